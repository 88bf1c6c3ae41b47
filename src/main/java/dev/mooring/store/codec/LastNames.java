package dev.mooring.store.codec;

import dev.mooring.message.TopicName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Publisher and topic of the message that was read last: the next one in a queue mostly has the same, which then are
 * not made anew. Confined to one thread.
 */
public final class LastNames {
    private byte[] fromUtf8 = new byte[0];
    private String from = "";
    private TopicName topic = TopicName.ofChecked("", fromUtf8);

    String from(ByteBuffer in) throws Damaged {
        int length = in.getShort() & 0xFFFF;
        if (!follows(in, fromUtf8, length)) {
            fromUtf8 = MessageCodec.bytes(in, length);
            from = new String(fromUtf8, StandardCharsets.UTF_8);
        }
        return from;
    }

    TopicName topic(ByteBuffer in) throws Damaged {
        int length = in.getShort() & 0xFFFF;
        if (!follows(in, topic.utf8(), length)) {
            byte[] utf8 = MessageCodec.bytes(in, length);
            topic = TopicName.ofChecked(new String(utf8, StandardCharsets.UTF_8), utf8);
        }
        return topic;
    }

    /** Whether {@code known} is what comes next; it is passed over then. */
    private static boolean follows(ByteBuffer in, byte[] known, int length) {
        if (length != known.length || length > in.remaining()) {
            return false;
        }
        int at = in.position();
        for (int i = 0; i < length; i++) {
            if (in.get(at + i) != known[i]) {
                return false;
            }
        }
        in.position(at + length);
        return true;
    }
}
