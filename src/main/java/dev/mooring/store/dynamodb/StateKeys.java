package dev.mooring.store.dynamodb;

import dev.mooring.message.MessageId;
import java.util.HexFormat;

/**
 * Keys of the broker's own state. A session has a partition of {@link Table#STATE}; what a connection needs besides the
 * queue stands together there: marks, fetches, inbound packet ids.
 */
final class StateKeys {
    static final String MARK = "f#";
    static final String FETCH = "g#";
    static final String INBOUND = "i#";
    static final String MOVE = "m#";
    static final String ENTRY = "q#";
    static final String TRIM = "t#";

    /** Behind a prefix: greater than all that begin so. */
    static final String END = "~";

    /** Partitions of {@link Table#SESSION}, and of {@link Table#RETAINED}. */
    static final int SHARDS = 16;

    /** Characters of a {@link #sid}. */
    static final int SID_LENGTH = 16;

    private static final HexFormat HEX = HexFormat.of();

    private StateKeys() {}

    /** 16 hex digits: sorts as the ids do. */
    static String sid(long sessionId) {
        return HEX.toHexDigits(sessionId);
    }

    static String shard(long sessionId) {
        return shard((int) sessionId & SHARDS - 1);
    }

    static String shard(String topic) {
        return shard(shardOf(topic));
    }

    static int shardOf(String topic) {
        return Math.floorMod(topic.hashCode(), SHARDS);
    }

    static String shard(int number) {
        return Integer.toString(number);
    }

    /** Of a subscription, behind the session's record. */
    static String subscription(String sid, String filter) {
        return LongKey.of(sid + "u#" + filter);
    }

    static String entry(MessageId position) {
        return ENTRY + position;
    }

    static String mark(MessageId position) {
        return MARK + position;
    }

    static String inbound(int packetId) {
        return INBOUND + packetId;
    }

    /** Of an entry or a mark. */
    static MessageId position(String key) {
        return MessageId.parse(key.substring(ENTRY.length()));
    }
}
