package dev.mooring.store.embedded;

import dev.mooring.message.MessageId;
import dev.mooring.store.Fetch;
import dev.mooring.store.codec.SessionCodec;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Builds keys as {@link Table} lays them out, and reads their parts. */
final class Keys {
    static final int RUN_BYTES = 8 + 8;

    private Keys() {}

    static byte[] session(long sessionId) {
        return ByteBuffer.allocate(8).putLong(sessionId).array();
    }

    static byte[] entry(long sessionId, MessageId position) {
        return ByteBuffer.allocate(24)
                .putLong(sessionId)
                .putLong(position.timeUs())
                .putLong(position.nodeSequence())
                .array();
    }

    /** Of a run of {@link InFlight}; they grow. */
    static byte[] run(long sessionId, long number) {
        return ByteBuffer.allocate(RUN_BYTES).putLong(sessionId).putLong(number).array();
    }

    static long runOf(byte[] key) {
        return ByteBuffer.wrap(key).getLong(8);
    }

    static byte[] packet(long sessionId, int packetId) {
        return ByteBuffer.allocate(10)
                .putLong(sessionId)
                .putShort((short) packetId)
                .array();
    }

    static byte[] trim(long sessionId) {
        return ByteBuffer.allocate(12).put(utf8("trim")).putLong(sessionId).array();
    }

    static byte[] move(long toSessionId, long fromSessionId) {
        return ByteBuffer.allocate(20)
                .put(moves(toSessionId))
                .putLong(fromSessionId)
                .array();
    }

    /** What {@link #move} begins with. */
    static byte[] moves(long toSessionId) {
        return ByteBuffer.allocate(12).put(utf8("move")).putLong(toSessionId).array();
    }

    static byte[] subscription(long sessionId, String filter) {
        byte[] text = utf8(filter);
        return ByteBuffer.allocate(8 + text.length).putLong(sessionId).put(text).array();
    }

    static byte[] fetch(long sessionId, Fetch fetch) {
        byte[] name = SessionCodec.fetchName(fetch);
        return ByteBuffer.allocate(8 + name.length).putLong(sessionId).put(name).array();
    }

    /** {@code s(first), second}: no two pairs give the same key. */
    static byte[] pair(String first, String second) {
        byte[] a = utf8(first);
        byte[] b = utf8(second);
        if (a.length > 0xFFFF) {
            throw new IllegalArgumentException("name longer than 65,535 bytes");
        }
        return ByteBuffer.allocate(2 + a.length + b.length)
                .putShort((short) a.length)
                .put(a)
                .put(b)
                .array();
    }

    /** The second part of a {@link #pair} that begins with {@code prefix}. */
    static String second(byte[] key, byte[] prefix) {
        return new String(key, prefix.length, key.length - prefix.length, StandardCharsets.UTF_8);
    }

    static byte[] topicMessage(byte[] topic, MessageId id) {
        return ByteBuffer.allocate(topic.length + 1 + MessageId.BYTES)
                .put(topic)
                .put((byte) 0)
                .putLong(id.timeUs())
                .putLong(id.nodeSequence())
                .array();
    }

    /** The first key after every row of this topic in {@code topic_msg}. */
    static byte[] afterTopic(byte[] topic) {
        byte[] key = Arrays.copyOf(topic, topic.length + 1);
        key[topic.length] = 1;
        return key;
    }

    /** The topic's bytes of a key of {@code topic_msg}. */
    static byte[] topicOf(byte[] key) {
        return Arrays.copyOf(key, Math.max(0, key.length - 1 - MessageId.BYTES));
    }

    static MessageId idAtEnd(byte[] key) {
        return MessageId.ofBytes(key, key.length - MessageId.BYTES);
    }

    static long sessionOf(byte[] key) {
        return ByteBuffer.wrap(key).getLong();
    }

    /** What stands behind the session id. */
    static ByteBuffer afterSession(byte[] key) {
        return ByteBuffer.wrap(key, 8, key.length - 8);
    }

    static boolean startsWith(byte[] key, byte[] prefix) {
        return key.length >= prefix.length && Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
