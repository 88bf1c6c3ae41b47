package dev.mooring.store.codec;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicName;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The value form of a {@link Message}, version 1, big-endian:
 *
 * <pre>version 1, flags 1 (qos 0..1, retain 4, a copy 8), id 16, [stored id 16], created at ms 8, expires at ms 8,
 * s(from), s(topic), properties 4+n, payload (the rest)</pre>
 */
public final class MessageCodec {
    /** First byte of every value. */
    public static final byte VERSION = 1;

    private static final int RETAIN = 4;
    private static final int COPY = 8;
    private static final int FIXED = 1 + 1 + 2 * MessageId.BYTES + 8 + 8 + 2 + 2 + 4;

    private static final byte[] NO_BYTES = {};

    private MessageCodec() {}

    /** The most bytes that {@link #write} appends. */
    public static int sizeMax(Message m) {
        return FIXED
                + 3 * m.from().length()
                + m.topic().utf8().length
                + m.properties().wire().length
                + m.payload().length;
    }

    public static void write(Message m, ByteBuffer out) {
        out.put(VERSION);
        boolean copy = !m.storedId().equals(m.id());
        out.put((byte) (m.qos() | (m.retain() ? RETAIN : 0) | (copy ? COPY : 0)));
        out.putLong(m.id().timeUs()).putLong(m.id().nodeSequence());
        if (copy) {
            out.putLong(m.storedId().timeUs()).putLong(m.storedId().nodeSequence());
        }
        out.putLong(m.createdAtMs()).putLong(m.expiresAtMs());
        writeText(utf8(m.from()), out);
        writeText(m.topic().utf8(), out);
        out.putInt(m.properties().wire().length).put(m.properties().wire());
        out.put(m.payload());
    }

    public static byte[] bytes(Message m) {
        ByteBuffer out = ByteBuffer.allocate(sizeMax(m));
        write(m, out);
        return Arrays.copyOf(out.array(), out.position());
    }

    /** Reads up to the end of {@code in}. */
    public static Message read(ByteBuffer in) throws Damaged {
        return read(in, new LastNames());
    }

    /** As {@link #read(ByteBuffer)}; names that come again are taken from {@code names}. */
    public static Message read(ByteBuffer in, LastNames names) throws Damaged {
        try {
            version(in);
            int flags = in.get();
            MessageId id = new MessageId(in.getLong(), in.getLong());
            MessageId storedId = (flags & COPY) == 0 ? id : new MessageId(in.getLong(), in.getLong());
            long createdAtMs = in.getLong();
            long expiresAtMs = in.getLong();
            String from = names.from(in);
            TopicName topic = names.topic(in);
            byte[] properties = bytes(in, in.getInt());
            byte[] payload = bytes(in, in.remaining());
            return new Message(
                    id,
                    from,
                    topic,
                    flags & 3,
                    (flags & RETAIN) != 0,
                    payload,
                    PublishProperties.ofWire(properties),
                    createdAtMs,
                    expiresAtMs,
                    storedId);
        } catch (BufferUnderflowException e) {
            throw new Damaged("a message ends too early");
        }
    }

    public static void version(ByteBuffer in) throws Damaged {
        int version = in.get();
        if (version != VERSION) {
            throw new Damaged("a value of version " + version + ", known is " + VERSION);
        }
    }

    public static void writeText(byte[] utf8, ByteBuffer out) {
        if (utf8.length > 0xFFFF) {
            throw new IllegalArgumentException("text longer than 65,535 bytes");
        }
        out.putShort((short) utf8.length).put(utf8);
    }

    public static String readText(ByteBuffer in) throws Damaged {
        return new String(bytes(in, in.getShort() & 0xFFFF), StandardCharsets.UTF_8);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    public static byte[] bytes(ByteBuffer in, int length) throws Damaged {
        if (length < 0 || length > in.remaining()) {
            throw new Damaged("a length of " + length + " where " + in.remaining() + " bytes are left");
        }
        byte[] bytes = length == 0 ? NO_BYTES : new byte[length];
        in.get(bytes);
        return bytes;
    }
}
