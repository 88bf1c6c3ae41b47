package dev.mooring.hazard;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Client packets as bytes, and the parts for wrong ones. Version 4 is MQTT 3.1.1. */
final class Bytes {
    static final byte[] PINGREQ = {(byte) 0xC0, 0};
    static final byte[] DISCONNECT = {(byte) 0xE0, 0};

    private Bytes() {}

    /** A Will; {@code delayS} counts in version 5 only. */
    record Will(String topic, String payload, int qos, boolean retain, int delayS) {
        Will(String topic, String payload) {
            this(topic, payload, 1, false, 0);
        }
    }

    /** What a test says in CONNECT. {@code expiryS} is for version 5; earlier ones have only {@code clean}. */
    record Connect(
            int version, String clientId, boolean clean, long expiryS, int keepAliveS, Will will, int receiveMaximum) {
        /** Clean, without keep alive and Will. */
        static Connect of(int version, String clientId) {
            return new Connect(version, clientId, true, 0, 0, null, 0);
        }

        /** Goes on with the session there is, or makes one that lasts. */
        static Connect lasting(int version, String clientId) {
            return new Connect(version, clientId, false, 3600, 0, null, 0);
        }

        Connect will(Will w) {
            return new Connect(version, clientId, clean, expiryS, keepAliveS, w, receiveMaximum);
        }

        Connect expiry(long s) {
            return new Connect(version, clientId, clean, s, keepAliveS, will, receiveMaximum);
        }

        Connect keepAlive(int s) {
            return new Connect(version, clientId, clean, expiryS, s, will, receiveMaximum);
        }

        Connect cleanStart() {
            return new Connect(version, clientId, true, expiryS, keepAliveS, will, receiveMaximum);
        }

        /** For version 5. */
        Connect receiveMaximum(int max) {
            return new Connect(version, clientId, clean, expiryS, keepAliveS, will, max);
        }

        byte[] bytes() {
            int willFlags = will == null ? 0 : 4 | will.qos << 3 | (will.retain ? 0x20 : 0);
            byte[] head = join(text("MQTT"), u8(version), u8(willFlags | (clean ? 2 : 0)), u16(keepAliveS));
            byte[] properties = version < 5 ? new byte[0] : block(expiry(), receive());
            byte[] last = {};
            if (will != null) {
                byte[] own =
                        version < 5 ? new byte[0] : block(will.delayS > 0 ? join(u8(0x18), u32(will.delayS)) : u8());
                last = join(own, text(will.topic), text(will.payload));
            }
            return packet(0x10, head, properties, text(clientId), last);
        }

        private byte[] expiry() {
            return expiryS > 0 ? join(u8(0x11), u32(expiryS)) : u8();
        }

        private byte[] receive() {
            return receiveMaximum > 0 ? join(u8(0x21), u16(receiveMaximum)) : u8();
        }
    }

    /** QoS 0. */
    static byte[] publish(int version, String topic, byte[] payload) {
        return packet(0x30, text(topic), version == 5 ? u8(0) : u8(), payload);
    }

    static byte[] publish(int version, String topic, String payload, int qos, int packetId) {
        return publish(version, topic, payload, qos, packetId, 0);
    }

    /** @param flags more bits of the first byte: 1 RETAIN, 8 DUP */
    static byte[] publish(int version, String topic, String payload, int qos, int packetId, int flags) {
        return packet(
                0x30 | qos << 1 | flags,
                text(topic),
                qos > 0 ? u16(packetId) : u8(),
                version == 5 ? u8(0) : u8(),
                payload.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] subscribe(int version, int packetId, int qos, String... filters) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (String filter : filters) {
            all.writeBytes(text(filter));
            all.write(qos);
        }
        return packet(0x82, u16(packetId), version == 5 ? u8(0) : u8(), all.toByteArray());
    }

    static byte[] unsubscribe(int version, int packetId, String... filters) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (String filter : filters) {
            all.writeBytes(text(filter));
        }
        return packet(0xA2, u16(packetId), version == 5 ? u8(0) : u8(), all.toByteArray());
    }

    /** @param type one of {@link Frame}'s ack types */
    static byte[] ack(int type, int packetId) {
        return join(u8(type << 4 | (type == Frame.PUBREL ? 2 : 0), 2), u16(packetId));
    }

    /** A fixed header with the right remaining length, and what follows. */
    static byte[] packet(int first, byte[]... parts) {
        byte[] body = join(parts);
        return join(u8(first), varint(body.length), body);
    }

    /** Property length and properties. */
    static byte[] block(byte[]... properties) {
        byte[] all = join(properties);
        return join(varint(all.length), all);
    }

    static byte[] text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return join(u16(utf8.length), utf8);
    }

    static byte[] u8(int... bytes) {
        byte[] all = new byte[bytes.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) bytes[i];
        }
        return all;
    }

    static byte[] u16(int value) {
        return u8(value >>> 8, value);
    }

    static byte[] u32(long value) {
        return join(u16((int) (value >>> 16)), u16((int) value));
    }

    static byte[] varint(int value) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        int left = value;
        do {
            out.write(left & 0x7F | (left > 0x7F ? 0x80 : 0));
            left >>>= 7;
        } while (left > 0);
        return out.toByteArray();
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    /** The same bytes over and over. */
    static byte[] repeat(byte[] bytes, int times) {
        byte[] all = new byte[bytes.length * times];
        for (int i = 0; i < times; i++) {
            System.arraycopy(bytes, 0, all, i * bytes.length, bytes.length);
        }
        return all;
    }

    static byte[] filled(int count, int with) {
        byte[] all = new byte[count];
        Arrays.fill(all, (byte) with);
        return all;
    }
}
