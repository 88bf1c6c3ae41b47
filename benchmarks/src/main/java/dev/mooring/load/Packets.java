package dev.mooring.load;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The packets that a client of MQTT 3.1.1 sends, but PUBLISH, which is a {@link Frame}. */
final class Packets {
    static final int CONNACK = 2;
    static final int PUBLISH = 3;
    static final int PUBACK = 4;
    static final int PUBREC = 5;
    static final int PUBREL = 6;
    static final int PUBCOMP = 7;
    static final int SUBACK = 9;
    static final int UNSUBACK = 11;

    private Packets() {}

    static void connect(ByteBuf out, String clientId, boolean clean) {
        out.writeByte(0x10);
        length(out, 10 + 2 + clientId.length());
        text(out, "MQTT");
        out.writeByte(4).writeByte(clean ? 2 : 0).writeShort(0); // no keep alive
        text(out, clientId);
    }

    static void subscribe(ByteBuf out, int packetId, List<String> filters, int qos) {
        out.writeByte(0x82);
        length(out, 2 + bytes(filters) + filters.size());
        out.writeShort(packetId);
        for (String filter : filters) {
            text(out, filter);
            out.writeByte(qos);
        }
    }

    static void unsubscribe(ByteBuf out, int packetId, List<String> filters) {
        out.writeByte(0xA2);
        length(out, 2 + bytes(filters));
        out.writeShort(packetId);
        for (String filter : filters) {
            text(out, filter);
        }
    }

    static void ack(ByteBuf out, int type, int packetId) {
        out.writeInt((type << 4 | (type == PUBREL ? 2 : 0)) << 24 | 2 << 16 | packetId);
    }

    static void disconnect(ByteBuf out) {
        out.writeShort(0xE000);
    }

    /** All texts here are ASCII. */
    static void text(ByteBuf out, String text) {
        out.writeShort(text.length());
        ByteBufUtil.writeAscii(out, text);
    }

    static void length(ByteBuf out, int length) {
        int rest = length;
        while (rest > 0x7F) {
            out.writeByte(rest & 0x7F | 0x80);
            rest >>>= 7;
        }
        out.writeByte(rest);
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static int bytes(List<String> texts) {
        int bytes = 0;
        for (String text : texts) {
            bytes += 2 + text.length();
        }
        return bytes;
    }
}
