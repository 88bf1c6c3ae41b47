package dev.mooring.cluster;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicName;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads what {@link BodyWriter} wrote. Every length is checked against what is left before anything is made of it.
 * Confined to its owner.
 */
public final class BodyReader {
    private static final int COPY = 8;
    private static final int RETAIN = 4;

    private final byte[] bytes;
    private final int end;
    private int at;

    /** @param length of what may be read, from {@code from} on */
    public BodyReader(byte[] bytes, int from, int length) {
        this.bytes = bytes;
        this.at = from;
        this.end = from + length;
    }

    public int remaining() {
        return end - at;
    }

    public int u8() throws Malformed {
        need(1);
        return bytes[at++] & 0xFF;
    }

    public int u16() throws Malformed {
        need(2);
        at += 2;
        return (bytes[at - 2] & 0xFF) << 8 | bytes[at - 1] & 0xFF;
    }

    public int i32() throws Malformed {
        need(4);
        at += 4;
        return bytes[at - 4] << 24 | (bytes[at - 3] & 0xFF) << 16 | (bytes[at - 2] & 0xFF) << 8 | bytes[at - 1] & 0xFF;
    }

    public long i64() throws Malformed {
        return (long) i32() << 32 | i32() & 0xFFFF_FFFFL;
    }

    public boolean bool() throws Malformed {
        return u8() != 0;
    }

    /** The next bytes, without a length before them. */
    public byte[] raw(int length) throws Malformed {
        if (length < 0) {
            throw new Malformed("a length of " + length);
        }
        need(length);
        at += length;
        return Arrays.copyOfRange(bytes, at - length, at);
    }

    public byte[] bytes() throws Malformed {
        return raw(i32());
    }

    public String text() throws Malformed {
        return text(raw(u16()));
    }

    /**
     * A number of things to come.
     *
     * @param bytesMin what each takes at least, so that no list is made that the rest can't fill
     */
    public int count(int bytesMin) throws Malformed {
        int count = i32();
        if (count < 0 || (long) count * bytesMin > remaining()) {
            throw new Malformed(count + " things in " + remaining() + " bytes");
        }
        return count;
    }

    public Message message() throws Malformed {
        int flags = u8();
        MessageId id = id();
        MessageId storedId = (flags & COPY) == 0 ? id : id();
        long createdAtMs = i64();
        long expiresAtMs = i64();
        String from = text();
        byte[] topic = raw(u16());
        String topicText = text(topic);
        byte[] properties = bytes();
        byte[] payload = bytes();
        if ((flags & 3) == 3 || !TopicName.isValid(topicText) || !PublishProperties.isWellFormed(properties)) {
            throw new Malformed("a message that is none");
        }
        return new Message(
                id,
                from,
                TopicName.ofChecked(topicText, topic),
                flags & 3,
                (flags & RETAIN) != 0,
                payload,
                PublishProperties.ofWire(properties),
                createdAtMs,
                expiresAtMs,
                storedId);
    }

    public MessageId id() throws Malformed {
        return new MessageId(i64(), i64());
    }

    /** A reader of the next bytes alone; this one goes on behind them. */
    BodyReader part(int length) throws Malformed {
        if (length < 0) {
            throw new Malformed("a length of " + length);
        }
        need(length);
        at += length;
        return new BodyReader(bytes, at - length, length);
    }

    /** All that is left. */
    byte[] rest() {
        int from = at;
        at = end;
        return Arrays.copyOfRange(bytes, from, end);
    }

    private static String text(byte[] utf8) throws Malformed {
        for (byte b : utf8) {
            if (b < 0) {
                return strict(utf8);
            }
        }
        return new String(utf8, StandardCharsets.US_ASCII);
    }

    private static String strict(byte[] utf8) throws Malformed {
        try {
            CharBuffer text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8));
            return text.toString();
        } catch (CharacterCodingException e) {
            throw new Malformed("a text that is no UTF-8");
        }
    }

    private void need(int length) throws Malformed {
        if (end - at < length) {
            throw new Malformed(length + " bytes are missing, " + (end - at) + " are left");
        }
    }
}
