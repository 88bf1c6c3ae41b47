package dev.mooring.mqtt;

import dev.mooring.message.Message;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The message that a loop delivers to many sessions in a row, encoded once: the whole frame of a small one, to be
 * copied; the payload of a large one in a direct buffer, to be sent as slices. Confined to one loop; emptied at the end
 * of a tick.
 */
final class FrameCache {
    /** Payloads from this size on are sent as slices of one buffer; copying smaller ones is cheaper. Bytes. */
    static final int SLICE_FROM = 4_096;

    private static final int[] NO_IDENTIFIERS = {};

    private byte[] frame = new byte[SLICE_FROM + 512];
    private int frameLength;
    private @Nullable Message frameMessage;
    private int frameKey;
    private @Nullable Message lastMessage; // that was written, and how
    private int lastKey;
    private @Nullable Message payloadMessage;
    private @Nullable ByteBuf payload;

    /** Position of the packet id in the frame, behind the topic. */
    private int packetIdAt;

    /**
     * Appends PUBLISH without alias, subscription identifiers and expiry.
     *
     * @param qos 0..2; the frame is made twice per message, version, QoS and RETAIN, then copied: most have one
     *     receiver only, for which none need be kept
     */
    void write(ByteBuf out, int version, boolean dup, int qos, boolean retain, int packetId, Message m) {
        int key = version << 3 | qos << 1 | (retain ? 1 : 0);
        int start = out.writerIndex();
        if (m != frameMessage || key != frameKey) {
            PublishEncoder.write(out, version, dup, qos, retain, packetId, 0, true, NO_IDENTIFIERS, -1, m);
            if (m == lastMessage && key == lastKey) {
                keep(out, start, dup, qos, m);
                frameKey = key;
            }
            lastMessage = m;
            lastKey = key;
            return;
        }
        out.writeBytes(frame, 0, frameLength);
        if (dup) {
            out.setByte(start, frame[0] | 8);
        }
        if (qos > 0) {
            out.setShort(start + packetIdAt, packetId);
        }
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
        }
        return cached.retainedDuplicate();
    }

    void clear() {
        frameMessage = null;
        lastMessage = null;
        payloadMessage = null;
        if (payload != null) {
            payload.release();
            payload = null;
        }
    }

    private void keep(ByteBuf out, int start, boolean dup, int qos, Message m) {
        frameLength = out.writerIndex() - start;
        if (frameLength > frame.length) {
            frame = new byte[frameLength];
        }
        out.getBytes(start, frame, 0, frameLength);
        if (dup) {
            frame[0] &= (byte) ~8;
        }
        frameMessage = m;
        int lengthBytes = 1;
        while (frame[lengthBytes] < 0) {
            lengthBytes++;
        }
        packetIdAt = qos == 0 ? 0 : 1 + lengthBytes + 2 + m.topic().utf8().length;
    }
}
