package dev.mooring.cluster;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bytes on their way to a peer, big-endian, in an array that grows. Confined to its owner. */
public final class BodyWriter {
    private static final int LENGTH_BYTES = 4;
    private static final int COPY = 8;
    private static final int RETAIN = 4;

    private byte[] bytes;
    private int size;

    /** @param capacity what to begin with, in bytes */
    public BodyWriter(int capacity) {
        bytes = new byte[capacity];
    }

    /** Bytes written so far. */
    public int size() {
        return size;
    }

    /** A copy of what is written. */
    public byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    public BodyWriter u8(int value) {
        room(1);
        bytes[size++] = (byte) value;
        return this;
    }

    public BodyWriter u16(int value) {
        room(2);
        bytes[size++] = (byte) (value >>> 8);
        bytes[size++] = (byte) value;
        return this;
    }

    public BodyWriter i32(int value) {
        room(4);
        put32(size, value);
        size += 4;
        return this;
    }

    public BodyWriter i64(long value) {
        room(8);
        put32(size, (int) (value >>> 32));
        put32(size + 4, (int) value);
        size += 8;
        return this;
    }

    public BodyWriter bool(boolean value) {
        return u8(value ? 1 : 0);
    }

    /** The bytes alone, without a length. */
    public BodyWriter raw(byte[] value, int from, int length) {
        room(length);
        System.arraycopy(value, from, bytes, size, length);
        size += length;
        return this;
    }

    /** With 32 bits of length. */
    public BodyWriter bytes(byte[] value) {
        return i32(value.length).raw(value, 0, value.length);
    }

    /**
     * With 16 bits of length in UTF-8, as MQTT has it.
     *
     * @throws IllegalArgumentException when it is longer than 65,535 bytes
     */
    public BodyWriter text(String value) {
        return text(value.getBytes(StandardCharsets.UTF_8));
    }

    private BodyWriter text(byte[] utf8) {
        if (utf8.length > 0xFFFF) {
            throw new IllegalArgumentException("a text of " + utf8.length + " bytes");
        }
        return u16(utf8.length).raw(utf8, 0, utf8.length);
    }

    /** All of a message, its id included. */
    public BodyWriter message(Message m) {
        boolean copy = !m.storedId().equals(m.id());
        u8(m.qos() | (m.retain() ? RETAIN : 0) | (copy ? COPY : 0));
        id(m.id());
        if (copy) {
            id(m.storedId());
        }
        return i64(m.createdAtMs())
                .i64(m.expiresAtMs())
                .text(m.from())
                .text(m.topic().utf8())
                .bytes(m.properties().wire())
                .bytes(m.payload());
    }

    public BodyWriter id(MessageId id) {
        return i64(id.timeUs()).i64(id.nodeSequence());
    }

    /** Leaves room for a length of 32 bits, to be given to {@link #end}. */
    int begin() {
        i32(0);
        return size;
    }

    /** Writes how much came since {@link #begin}. */
    void end(int begun) {
        put32(begun - LENGTH_BYTES, size - begun);
    }

    /** Forgets what was written after this size. */
    void cut(int newSize) {
        size = newSize;
    }

    private void put32(int at, int value) {
        bytes[at] = (byte) (value >>> 24);
        bytes[at + 1] = (byte) (value >>> 16);
        bytes[at + 2] = (byte) (value >>> 8);
        bytes[at + 3] = (byte) value;
    }

    private void room(int more) {
        if (bytes.length - size < more) {
            long wanted = Math.max((long) size + more, bytes.length * 2L);
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8, Math.max(64, wanted)));
        }
    }
}
