package dev.mooring.spec;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Builders of every client packet, fields named as in the standard. They check nothing: tests need wrong packets. */
final class Packets {
    private Packets() {}

    /** Anything that can be sent. */
    interface Packet {
        byte[] bytes();
    }

    /** A fixed header with the right Remaining Length, then {@code body}. */
    static byte[] frame(int byte1, byte[] body) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(byte1);
        out.writeBytes(Props.varint(body.length));
        out.writeBytes(body);
        return out.toByteArray();
    }

    static byte[] frame(int byte1, String bodyHex) {
        return frame(byte1, RawClient.hex(bodyHex));
    }

    /** @param version protocol level: 3 (MQTT 3.1), 4 (3.1.1) or 5 */
    static Connect connect(int version, String clientIdentifier) {
        return new Connect(version, clientIdentifier);
    }

    static Publish publish(int version, String topicName, String payload) {
        return new Publish(version, topicName, payload.getBytes(StandardCharsets.UTF_8));
    }

    /** Without reason code: Remaining Length 2, both versions. */
    static Packet puback(int packetIdentifier) {
        return ack(0x40, packetIdentifier);
    }

    static Packet puback(int packetIdentifier, int reasonCode) {
        return ack(0x40, packetIdentifier, reasonCode);
    }

    static Packet pubrec(int packetIdentifier) {
        return ack(0x50, packetIdentifier);
    }

    static Packet pubrec(int packetIdentifier, int reasonCode) {
        return ack(0x50, packetIdentifier, reasonCode);
    }

    static Packet pubrel(int packetIdentifier) {
        return ack(0x62, packetIdentifier);
    }

    static Packet pubrel(int packetIdentifier, int reasonCode) {
        return ack(0x62, packetIdentifier, reasonCode);
    }

    static Packet pubcomp(int packetIdentifier) {
        return ack(0x70, packetIdentifier);
    }

    static Packet pubcomp(int packetIdentifier, int reasonCode) {
        return ack(0x70, packetIdentifier, reasonCode);
    }

    static Packet ack(int byte1, int packetIdentifier) {
        byte[] b = {(byte) byte1, 2, (byte) (packetIdentifier >>> 8), (byte) packetIdentifier};
        return () -> b;
    }

    static Packet ack(int byte1, int packetIdentifier, int reasonCode) {
        byte[] b = {(byte) byte1, 3, (byte) (packetIdentifier >>> 8), (byte) packetIdentifier, (byte) reasonCode};
        return () -> b;
    }

    static Packet ack(int byte1, int packetIdentifier, int reasonCode, Props properties) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write(packetIdentifier >>> 8);
        body.write(packetIdentifier);
        body.write(reasonCode);
        body.writeBytes(properties.bytes());
        return () -> frame(byte1, body.toByteArray());
    }

    static Subscribe subscribe(int version, int packetIdentifier) {
        return new Subscribe(version, packetIdentifier);
    }

    static Unsubscribe unsubscribe(int version, int packetIdentifier) {
        return new Unsubscribe(version, packetIdentifier);
    }

    static Packet pingreq() {
        return () -> new byte[] {(byte) 0xC0, 0};
    }

    /** Remaining Length 0: normal disconnection, both versions. */
    static Packet disconnect() {
        return () -> new byte[] {(byte) 0xE0, 0};
    }

    static Packet disconnect(int reasonCode) {
        return () -> new byte[] {(byte) 0xE0, 1, (byte) reasonCode};
    }

    static Packet disconnect(int reasonCode, Props properties) {
        return withReason(0xE0, reasonCode, properties);
    }

    static Packet auth(int reasonCode, Props properties) {
        return withReason(0xF0, reasonCode, properties);
    }

    private static Packet withReason(int byte1, int reasonCode, Props properties) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        body.write(reasonCode);
        body.writeBytes(properties.bytes());
        return () -> frame(byte1, body.toByteArray());
    }

    /** CONNECT: clean start, keep alive 0, no Will and no name unless told otherwise. */
    static final class Connect implements Packet {
        final int version;
        private String protocolName;
        private int protocolVersion;
        private final byte[] clientIdentifier;
        private boolean cleanStart = true;
        private int keepAlive;
        private Props properties = new Props();
        private int willFlags;
        private Props willProperties = new Props();
        private byte[] willTopic;
        private byte[] willPayload;
        private byte[] userName;
        private byte[] password;
        private int flagsXor;
        private String trailer = "";

        private Connect(int version, String clientIdentifier) {
            this.version = version;
            this.protocolName = version == 3 ? "MQIsdp" : "MQTT";
            this.protocolVersion = version;
            this.clientIdentifier = clientIdentifier.getBytes(StandardCharsets.UTF_8);
        }

        Connect protocolName(String v) {
            protocolName = v;
            return this;
        }

        Connect protocolVersion(int v) {
            protocolVersion = v;
            return this;
        }

        /** Clean Start, or Clean Session for 3.1.1. */
        Connect cleanStart(boolean v) {
            cleanStart = v;
            return this;
        }

        Connect keepAlive(int seconds) {
            keepAlive = seconds;
            return this;
        }

        /** Left out for 3.x. */
        Connect properties(Props v) {
            properties = v;
            return this;
        }

        Connect sessionExpiryInterval(long seconds) {
            properties.sessionExpiryInterval(seconds);
            return this;
        }

        Connect will(String topic, String payload, int qos, boolean retain) {
            willTopic = topic.getBytes(StandardCharsets.UTF_8);
            willPayload = payload.getBytes(StandardCharsets.UTF_8);
            willFlags = 0x04 | qos << 3 | (retain ? 0x20 : 0);
            return this;
        }

        Connect willTopic(byte[] v) {
            willTopic = v;
            return this;
        }

        /** Left out for 3.x. */
        Connect willProperties(Props v) {
            willProperties = v;
            return this;
        }

        Connect willDelayInterval(long seconds) {
            willProperties.willDelayInterval(seconds);
            return this;
        }

        Connect userName(String v) {
            userName = v.getBytes(StandardCharsets.UTF_8);
            return this;
        }

        Connect userName(byte[] v) {
            userName = v;
            return this;
        }

        Connect password(String v) {
            password = v.getBytes(StandardCharsets.UTF_8);
            return this;
        }

        /** Turns bits of the Connect Flags over without touching the payload. */
        Connect flagsXor(int bits) {
            flagsXor = bits;
            return this;
        }

        /** Bytes behind the payload, inside the Remaining Length. */
        Connect trailer(String hex) {
            trailer = hex;
            return this;
        }

        @Override
        public byte[] bytes() {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            Props.writeString(out, protocolName);
            out.write(protocolVersion);
            int flags =
                    (cleanStart ? 2 : 0) | willFlags | (userName != null ? 0x80 : 0) | (password != null ? 0x40 : 0);
            out.write(flags ^ flagsXor);
            out.write(keepAlive >>> 8);
            out.write(keepAlive);
            if (version == 5) {
                out.writeBytes(properties.bytes());
            }
            writeBinary(out, clientIdentifier);
            if (willTopic != null) {
                if (version == 5) {
                    out.writeBytes(willProperties.bytes());
                }
                writeBinary(out, willTopic);
                writeBinary(out, willPayload);
            }
            if (userName != null) {
                writeBinary(out, userName);
            }
            if (password != null) {
                writeBinary(out, password);
            }
            out.writeBytes(RawClient.hex(trailer));
            return frame(0x10, out.toByteArray());
        }
    }

    /** PUBLISH: QoS 0, not retained, unless told otherwise. */
    static final class Publish implements Packet {
        private final int version;
        private final byte[] topicName;
        private final byte[] payload;
        private int flags;
        private int packetIdentifier = -1;
        private Props properties = new Props();

        private Publish(int version, String topicName, byte[] payload) {
            this.version = version;
            this.topicName = topicName.getBytes(StandardCharsets.UTF_8);
            this.payload = payload;
        }

        Publish qos(int v, int packetId) {
            flags = flags & 0x09 | v << 1;
            packetIdentifier = packetId;
            return this;
        }

        Publish retain() {
            flags |= 1;
            return this;
        }

        Publish dup() {
            flags |= 8;
            return this;
        }

        /** Left out for 3.x. */
        Publish properties(Props v) {
            properties = v;
            return this;
        }

        @Override
        public byte[] bytes() {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            writeBinary(out, topicName);
            if (packetIdentifier >= 0) {
                out.write(packetIdentifier >>> 8);
                out.write(packetIdentifier);
            }
            if (version == 5) {
                out.writeBytes(properties.bytes());
            }
            out.writeBytes(payload);
            return frame(0x30 | flags, out.toByteArray());
        }
    }

    static final class Subscribe implements Packet {
        static final int NO_LOCAL = 0x04;
        static final int RETAIN_AS_PUBLISHED = 0x08;
        static final int RETAIN_HANDLING_1 = 0x10;
        static final int RETAIN_HANDLING_2 = 0x20;

        private final int version;
        private final int packetIdentifier;
        private Props properties = new Props();
        private final ByteArrayOutputStream payload = new ByteArrayOutputStream();

        private Subscribe(int version, int packetIdentifier) {
            this.version = version;
            this.packetIdentifier = packetIdentifier;
        }

        /** @param subscriptionOptions maximum QoS, or'ed with the options above for MQTT 5 */
        Subscribe filter(String topicFilter, int subscriptionOptions) {
            Props.writeString(payload, topicFilter);
            payload.write(subscriptionOptions);
            return this;
        }

        /** Left out for 3.x. */
        Subscribe properties(Props v) {
            properties = v;
            return this;
        }

        @Override
        public byte[] bytes() {
            return frame(0x82, body(version, packetIdentifier, properties, payload));
        }
    }

    static final class Unsubscribe implements Packet {
        private final int version;
        private final int packetIdentifier;
        private Props properties = new Props();
        private final ByteArrayOutputStream payload = new ByteArrayOutputStream();

        private Unsubscribe(int version, int packetIdentifier) {
            this.version = version;
            this.packetIdentifier = packetIdentifier;
        }

        Unsubscribe filter(String topicFilter) {
            Props.writeString(payload, topicFilter);
            return this;
        }

        /** Left out for 3.x. */
        Unsubscribe properties(Props v) {
            properties = v;
            return this;
        }

        @Override
        public byte[] bytes() {
            return frame(0xA2, body(version, packetIdentifier, properties, payload));
        }
    }

    private static byte[] body(int version, int packetIdentifier, Props properties, ByteArrayOutputStream payload) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(packetIdentifier >>> 8);
        out.write(packetIdentifier);
        if (version == 5) {
            out.writeBytes(properties.bytes());
        }
        out.writeBytes(payload.toByteArray());
        return out.toByteArray();
    }

    private static void writeBinary(ByteArrayOutputStream out, byte[] v) {
        out.write(v.length >>> 8);
        out.write(v.length);
        out.writeBytes(v);
    }
}
