package dev.mooring.mqtt;

import dev.mooring.message.ReasonCode;
import dev.mooring.session.Packet;
import io.netty.buffer.ByteBuf;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All packets to a client but PUBLISH, written at the end of {@code out} in the form of the client's {@code version}
 * (3, 4 or 5).
 *
 * <p>A reason string is the caller's to give or not, as the client's Request Problem Information wants it
 * ([MQTT-3.1.2-29]); it is left out here if the packet would be larger than {@code maxBytes}, the client's Maximum
 * Packet Size. What must be said is written even then: {@link Output} holds what can be too large against the limit.
 */
public final class PacketEncoder {
    private static final int CONNACK = 0x20;
    private static final int PUBACK = 0x40;
    private static final int SUBACK = 0x90;
    private static final int UNSUBACK = 0xB0;
    private static final int PINGRESP = 0xD0;
    private static final int DISCONNECT = 0xE0;
    private static final int AUTH = 0xF0;

    private PacketEncoder() {}

    /** CONNACK, §3.2. MQTT 3.1 has no session present flag. */
    public static void connack(ByteBuf out, int version, Packet.Connack c, int maxBytes) {
        int present = c.sessionPresent() && c.reason() == ReasonCode.SUCCESS ? 1 : 0; // [MQTT-3.2.2-6]
        if (version != 5) {
            out.writeByte(CONNACK).writeByte(2);
            out.writeByte(version == 3 ? 0 : present).writeByte(c.reason().v3());
            return;
        }
        PropertyWriter properties = new PropertyWriter()
                .u32(PropertyId.SESSION_EXPIRY_INTERVAL, c.sessionExpiryS())
                .u16(PropertyId.RECEIVE_MAXIMUM, c.receiveMaximum() == 65_535 ? -1 : c.receiveMaximum())
                .u8(PropertyId.MAXIMUM_QOS, c.maximumQos() == 2 ? -1 : c.maximumQos())
                .u8(PropertyId.RETAIN_AVAILABLE, c.retainAvailable() ? -1 : 0)
                .u32(PropertyId.MAXIMUM_PACKET_SIZE, c.maximumPacketSize())
                .string(PropertyId.ASSIGNED_CLIENT_IDENTIFIER, c.assignedClientId())
                .u16(PropertyId.TOPIC_ALIAS_MAXIMUM, c.topicAliasMaximum() == 0 ? -1 : c.topicAliasMaximum())
                .u16(PropertyId.SERVER_KEEP_ALIVE, c.serverKeepAliveS())
                .string(PropertyId.RESPONSE_INFORMATION, c.responseInformation())
                .string(PropertyId.AUTHENTICATION_METHOD, c.authenticationMethod())
                .binary(PropertyId.AUTHENTICATION_DATA, c.authenticationData())
                .fitting(PropertyId.SERVER_REFERENCE, c.serverReference(), 2, maxBytes)
                .reasonString(c.reasonString(), 2, maxBytes);
        out.writeByte(CONNACK);
        VariableByteInteger.write(out, 2 + properties.size());
        out.writeByte(present).writeByte(c.reason().code());
        properties.writeTo(out);
    }

    /** PUBACK, PUBREC, PUBREL or PUBCOMP without a text. Hot path. */
    public static void ack(ByteBuf out, int version, Packet.Ack.Type type, int packetId, ReasonCode reason) {
        out.writeByte(firstByte(type));
        if (version == 5 && reason != ReasonCode.SUCCESS) {
            out.writeByte(3).writeShort(packetId).writeByte(reason.code());
        } else {
            out.writeByte(2).writeShort(packetId);
        }
    }

    /** PUBACK, PUBREC, PUBREL or PUBCOMP, §3.4 to §3.7, with a text for a 5.0 client. */
    public static void ack(
            ByteBuf out,
            int version,
            Packet.Ack.Type type,
            int packetId,
            ReasonCode reason,
            @Nullable String reasonString,
            int maxBytes) {
        if (version != 5 || reasonString == null) { // nearly always: nothing is made for it
            ack(out, version, type, packetId, reason);
            return;
        }
        PropertyWriter properties = new PropertyWriter().reasonString(reasonString, 3, maxBytes);
        if (properties.length() == 0) {
            ack(out, version, type, packetId, reason);
            return;
        }
        out.writeByte(firstByte(type));
        VariableByteInteger.write(out, 3 + properties.size());
        out.writeShort(packetId).writeByte(reason.code());
        properties.writeTo(out);
    }

    private static int firstByte(Packet.Ack.Type type) {
        return PUBACK + (type.ordinal() << 4) | (type == Packet.Ack.Type.PUBREL ? 2 : 0);
    }

    /** SUBACK, §3.9: for 3.x every error is 0x80 (3.1.1 §3.9.3). */
    public static void suback(
            ByteBuf out,
            int version,
            int packetId,
            List<ReasonCode> reasons,
            @Nullable String reasonString,
            int maxBytes) {
        writeReasons(out, SUBACK, version, packetId, reasons, reasonString, maxBytes);
    }

    /** UNSUBACK, §3.11: for 3.x the packet identifier only. */
    public static void unsuback(
            ByteBuf out,
            int version,
            int packetId,
            List<ReasonCode> reasons,
            @Nullable String reasonString,
            int maxBytes) {
        if (version == 5) {
            writeReasons(out, UNSUBACK, version, packetId, reasons, reasonString, maxBytes);
        } else {
            out.writeByte(UNSUBACK).writeByte(2).writeShort(packetId);
        }
    }

    private static void writeReasons(
            ByteBuf out,
            int firstByte,
            int version,
            int packetId,
            List<ReasonCode> reasons,
            @Nullable String reasonString,
            int maxBytes) {
        int fixed = 2 + reasons.size();
        PropertyWriter properties =
                version == 5 ? new PropertyWriter().reasonString(reasonString, fixed, maxBytes) : null;
        out.writeByte(firstByte);
        VariableByteInteger.write(out, fixed + (properties == null ? 0 : properties.size()));
        out.writeShort(packetId);
        if (properties != null) {
            properties.writeTo(out);
        }
        for (ReasonCode reason : reasons) {
            out.writeByte(version != 5 && reason.isError() ? 0x80 : reason.code());
        }
    }

    /** PINGRESP, §3.13. */
    public static void pingresp(ByteBuf out) {
        out.writeByte(PINGRESP).writeByte(0);
    }

    /**
     * DISCONNECT, §3.14, for 5.0 clients only: older versions know none from a server. Has no session expiry, which a
     * server must not send ([MQTT-3.14.2-2]).
     */
    public static void disconnect(
            ByteBuf out,
            ReasonCode reason,
            @Nullable String serverReference,
            @Nullable String reasonString,
            int maxBytes) {
        PropertyWriter properties = new PropertyWriter()
                .fitting(PropertyId.SERVER_REFERENCE, serverReference, 1, maxBytes)
                .reasonString(reasonString, 1, maxBytes);
        out.writeByte(DISCONNECT);
        if (properties.length() > 0) {
            VariableByteInteger.write(out, 1 + properties.size());
            out.writeByte(reason.code());
            properties.writeTo(out);
        } else if (reason != ReasonCode.SUCCESS) {
            out.writeByte(1).writeByte(reason.code());
        } else {
            out.writeByte(0);
        }
    }

    /** AUTH, §3.15, for 5.0 clients only. */
    public static void auth(ByteBuf out, Packet.Auth auth, @Nullable String reasonString, int maxBytes) {
        PropertyWriter properties = new PropertyWriter()
                .string(PropertyId.AUTHENTICATION_METHOD, auth.method())
                .binary(PropertyId.AUTHENTICATION_DATA, auth.data())
                .reasonString(reasonString, 1, maxBytes);
        out.writeByte(AUTH);
        VariableByteInteger.write(out, 1 + properties.size());
        out.writeByte(auth.reason().code());
        properties.writeTo(out);
    }
}
