package dev.mooring.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * The PUBLISH packets of one topic, encoded once; each has its packet id and the head of its payload written over. The
 * head says who sent it, as which of its messages, and when it was due.
 */
public final class Frame {
    /** Of a payload: publisher (4), sequence (4), due time in ns (8). */
    static final int HEAD_BYTES = 16;

    private final byte[] bytes;
    private final int idAt;
    private final int payloadAt;

    /** @param payloadBytes 0, or at least {@value #HEAD_BYTES} */
    public Frame(String topic, int qos, boolean retain, int payloadBytes) {
        ByteBuf out = Unpooled.buffer();
        out.writeByte(0x30 | qos << 1 | (retain ? 1 : 0));
        Packets.length(out, 2 + topic.length() + (qos > 0 ? 2 : 0) + payloadBytes);
        Packets.text(out, topic);
        idAt = qos > 0 ? out.writerIndex() : -1;
        if (qos > 0) {
            out.writeShort(0);
        }
        payloadAt = payloadBytes == 0 ? -1 : out.writerIndex();
        for (int i = 0; i < payloadBytes; i++) {
            out.writeByte('x');
        }
        bytes = new byte[out.readableBytes()];
        out.readBytes(bytes);
    }

    void write(ByteBuf out, int packetId, int publisher, int sequence, long dueNs) {
        int at = out.writerIndex();
        out.writeBytes(bytes);
        if (idAt >= 0) {
            out.setShort(at + idAt, packetId);
        }
        if (payloadAt >= 0) {
            out.setInt(at + payloadAt, publisher);
            out.setInt(at + payloadAt + 4, sequence);
            out.setLong(at + payloadAt + 8, dueNs);
        }
    }

    boolean isAcknowledged() {
        return idAt >= 0;
    }
}
