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

    private static final byte[] OWN_MSG = utf8("mooring:msg:");
    private static final byte[] OWN_POSITION = utf8("mooring:position:");
    private static final byte[] OWN_ACKED = utf8("mooring:acked:");

    private Keys() {}

    static byte[] node(String node) {
        return join(NODE, utf8(node));
    }

    static byte[] client(String clientId) {
        return join(CLIENT, utf8(clientId));
    }

    static byte[] sub(String clientId) {
        return join(SUB, utf8(clientId));
    }

    /**
     * {@code mqtt:msg:{topic}}, the index. A topic that looks like a message id would have that message's key, so its
     * index has a name of its own, which no other program reads.
     */
    static byte[] index(byte[] topic) {
        return join(looksLikeId(topic) ? OWN_MSG : MSG, topic);
    }

    /** {@code mqtt:msg:{msgid}}, the body. */
    static byte[] body(byte[] id) {
        return join(MSG, id);
    }

    static byte[] retain(byte[] topic) {
        return join(RETAIN, topic);
    }

    static byte[] latest(byte[] topic) {
        return join(LATEST, topic);
    }

    /**
     * {@code mqtt:acked:{clientid}:{topic}}. Both may have colons, so two pairs could have one key; then it is the
     * pair's that is divided by the last colon before the first slash, which is nearly always the only one there is.
     * Any other has a name of its own.
     */
    static byte[] acked(String clientId, String topic) {
        String both = clientId + ":" + topic;
        return ackedColon(both) == clientId.length()
                ? join(ACKED, utf8(both))
                : join(OWN_POSITION, utf8(clientId.length() + ":" + both));
    }

    /** Where {@code {clientid}:{topic}} is divided; -1 when it has no colon. */
    static int ackedColon(String both) {
        int slash = both.indexOf('/');
        int colon = both.lastIndexOf(':', slash < 0 ? both.length() : slash);
        return colon < 0 ? both.indexOf(':') : colon;
    }

    /** The topics and filters that a client has positions for. */
    static byte[] ackedTopics(String clientId) {
        return join(OWN_ACKED, utf8(clientId));
    }

    /** 20 characters of base 62 until the year 2166, or 47 and more of EMQX 4. */
    static boolean looksLikeId(byte[] topic) {
        boolean isBase62 = topic.length == 20 && topic[0] >= '0' && topic[0] <= '9';
        boolean isEmqx4 = topic.length >= 47 && topic.length <= 52 && topic[0] >= 'M' && topic[0] <= 'O';
        if (!isBase62 && !isEmqx4) {
            return false;
        }
        for (byte b : topic) {
            if (!(b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z')) {
                return false;
            }
        }
        return true;
    }

    /** A key of the broker's own state of one session; the kinds are letters, listed in docs/storage.md. */
    static byte[] state(String kind, long sessionId) {
        return join(STATE, utf8(kind + ":" + session(sessionId)));
    }

    /** As the scripts call a session: text sorts as the number does. */
    static String session(long sessionId) {
        return HexFormat.of().toHexDigits(sessionId);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** As text. On the way of a PUBLISH: what the client does with a number takes a logarithm. */
    static byte[] number(long n) {
        return Long.toString(n).getBytes(StandardCharsets.ISO_8859_1);
    }

    static byte[] join(byte[] prefix, byte[] name) {
        byte[] key = new byte[prefix.length + name.length];
        System.arraycopy(prefix, 0, key, 0, prefix.length);
        System.arraycopy(name, 0, key, prefix.length, name.length);
        return key;
    }
}
