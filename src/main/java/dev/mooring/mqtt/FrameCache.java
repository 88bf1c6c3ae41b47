package dev.mooring.mqtt;

import dev.mooring.message.Message;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The message that a loop delivers to many sessions in a row, encoded once for each kind of them: the whole frame of a
 * small one, to be copied; the payload of a large one in a direct buffer, to be sent as slices. Confined to one loop;
 * emptied at the end of a tick.
 */
final class FrameCache {
    /** Payloads from this size on are sent as slices of one buffer; copying smaller ones is cheaper. Bytes. */
    static final int SLICE_FROM = 4_096;

    private static final int[] NO_IDENTIFIERS = {};
    private static final int KINDS = 6 << 3; // version, QoS, RETAIN

    private final @Nullable Frame[] frames = new Frame[KINDS];
    private int encodings;
    private @Nullable Message payloadMessage;
    private @Nullable ByteBuf payload;

    /** The last message of one kind, without DUP. */
    private static final class Frame {
        private byte[] bytes = new byte[512];
        private int length;
        private @Nullable Message message;

        /** Position of the packet id, behind the topic. */
        private int packetIdAt;

        void copyTo(ByteBuf out, boolean dup, int qos, int packetId) {
            int start = out.writerIndex();
            out.writeBytes(bytes, 0, length);
            if (dup) {
                out.setByte(start, bytes[0] | 8);
            }
            if (qos > 0) {
                out.setShort(start + packetIdAt, packetId);
            }
        }

        void keep(ByteBuf in, int start, boolean dup, int qos, Message m) {
            length = in.writerIndex() - start;
            if (length > bytes.length) {
                bytes = new byte[Math.max(length, SLICE_FROM + 512)];
            }
            in.getBytes(start, bytes, 0, length);
            if (dup) {
                bytes[0] &= (byte) ~8;
            }
            message = m;
            int lengthBytes = 1;
            while (bytes[lengthBytes] < 0) {
                lengthBytes++;
            }
            packetIdAt = qos == 0 ? 0 : 1 + lengthBytes + 2 + m.topic().utf8().length;
        }
    }

    /**
     * Appends PUBLISH without alias, subscription identifiers and expiry.
     *
     * @param qos 0..2; the frame is made once per message, version, QoS and RETAIN
     */
    void write(ByteBuf out, int version, boolean dup, int qos, boolean retain, int packetId, Message m) {
        int kind = version << 3 | qos << 1 | (retain ? 1 : 0);
        Frame frame = frames[kind];
        if (frame != null && frame.message == m) {
            frame.copyTo(out, dup, qos, packetId);
            return;
        }
        if (frame == null) {
            frame = new Frame();
            frames[kind] = frame;
        }
        int start = out.writerIndex();
        PublishEncoder.write(out, version, dup, qos, retain, packetId, 0, true, NO_IDENTIFIERS, -1, m);
        frame.keep(out, start, dup, qos, m);
        encodings++;
    }

    /** Frames and payloads that were encoded so far; wraps around. */
    int encodings() {
        return encodings;
    }

    /** The payload as a slice that the caller must release or write. */
    ByteBuf payload(ByteBufAllocator allocator, Message m) {
        ByteBuf cached = payload;
        if (cached == null || payloadMessage != m) {
            if (cached != null) {
                cached.release();
            }
            cached = allocator.directBuffer(m.payload().length).writeBytes(m.payload());
            payload = cached;
            payloadMessage = m;
            encodings++;
        }
        return cached.retainedDuplicate();
    }

    void clear() {
        for (Frame frame : frames) {
            if (frame != null) {
                frame.message = null;
            }
        }
        payloadMessage = null;
        if (payload != null) {
            payload.release();
            payload = null;
        }
    }
}
