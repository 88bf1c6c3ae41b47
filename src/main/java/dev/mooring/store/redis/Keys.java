package dev.mooring.store.redis;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Names of keys, as bytes. The documented ones are EMQX's to the letter; the broker's own begin with mooring:. */
final class Keys {
    private static final byte[] NODE = utf8("mqtt:node:");
    private static final byte[] CLIENT = utf8("mqtt:client:");
    private static final byte[] SUB = utf8("mqtt:sub:");
    private static final byte[] MSG = utf8("mqtt:msg:");
    private static final byte[] RETAIN = utf8("mqtt:retain:");
    private static final byte[] ACKED = utf8("mqtt:acked:");
    private static final byte[] LATEST = utf8("mqtt:latest_msg:");

    /** What every key of the broker's own state begins with. */
    static final byte[] STATE = utf8("mooring:{state}:");

    private Keys() {}

    static byte[] node(String node) {
        return key(NODE, utf8(node));
    }

    static byte[] client(String clientId) {
        return key(CLIENT, utf8(clientId));
    }

    static byte[] sub(String clientId) {
        return key(SUB, utf8(clientId));
    }

    /** {@code mqtt:msg:{topic}}, the index. */
    static byte[] index(byte[] topic) {
        return key(MSG, topic);
    }

    /** {@code mqtt:msg:{msgid}}, the body. */
    static byte[] body(byte[] id) {
        return key(MSG, id);
    }

    static byte[] retain(byte[] topic) {
        return key(RETAIN, topic);
    }

    static byte[] acked(String clientId, String topic) {
        return key(ACKED, utf8(clientId + ":" + topic));
    }

    static byte[] latest(byte[] topic) {
        return key(LATEST, topic);
    }

    /** A key of the broker's own state of one session; the kinds are letters, listed in docs/storage.md. */
    static byte[] state(String kind, long sessionId) {
        return key(STATE, utf8(kind + ":" + session(sessionId)));
    }

    /** As the scripts call a session: text sorts as the number does. */
    static String session(long sessionId) {
        return HexFormat.of().toHexDigits(sessionId);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] key(byte[] prefix, byte[] name) {
        byte[] key = new byte[prefix.length + name.length];
        System.arraycopy(prefix, 0, key, 0, prefix.length);
        System.arraycopy(name, 0, key, prefix.length, name.length);
        return key;
    }
}
