package dev.mooring.mqtt;

import dev.mooring.message.Message;
import io.netty.buffer.ByteBuf;

/**
 * PUBLISH to a client, §3.3: the hot path of the outbound side. Topic, properties and payload lie in the message as
 * they stand on the wire, so that writing is four copies and a few bytes, and allocates nothing.
 *
 * <p>Of a large payload one buffer can serve all subscribers: {@link #writeHeader} for each, then a retained slice. The
 * parameters are the same everywhere; what a version does not have is ignored:
 *
 * <ul>
 *   <li>{@code topicAlias} 1..65,535, or 0 for none;
 *   <li>{@code sendTopic} false to leave the topic empty, because the client knows the alias already;
 *   <li>{@code identifiers} of the subscriptions that matched, without zeros ([MQTT-3.3.4-3]);
 *   <li>{@code expiryS} what is left of the Message Expiry Interval ([MQTT-3.3.2-6]), or -1 for none.
 * </ul>
 */
public final class PublishEncoder {
    private static final int[] NO_IDENTIFIERS = {};

    private PublishEncoder() {}

    /**
     * Bytes of the whole packet, to hold against the client's Maximum Packet Size ([MQTT-3.1.2-24]). More than
     * 268,435,460 if it can't be sent at all.
     */
    public static long size(
            int version, int qos, int topicAlias, boolean sendTopic, int[] identifiers, long expiryS, Message m) {
        long remaining = remaining(version, qos, topicAlias, sendTopic, identifiers, expiryS, m);
        return 1 + (remaining > VariableByteInteger.MAX ? 5 : VariableByteInteger.size((int) remaining)) + remaining;
    }

    /** {@link #size} for a 3.x client or one that uses nothing of what 5.0 adds. */
    public static long size(int version, int qos, Message m) {
        return size(version, qos, 0, true, NO_IDENTIFIERS, -1, m);
    }

    /** The whole packet. {@code packetId} counts at QoS 1 and 2 only. */
    public static void write(
            ByteBuf out,
            int version,
            boolean dup,
            int qos,
            boolean retain,
            int packetId,
            int topicAlias,
            boolean sendTopic,
            int[] identifiers,
            long expiryS,
            Message m) {
        writeHeader(out, version, dup, qos, retain, packetId, topicAlias, sendTopic, identifiers, expiryS, m);
        out.writeBytes(m.payload());
    }

    /** Everything before the payload, which must follow. */
    public static void writeHeader(
            ByteBuf out,
            int version,
            boolean dup,
            int qos,
            boolean retain,
            int packetId,
            int topicAlias,
            boolean sendTopic,
            int[] identifiers,
            long expiryS,
            Message m) {
        out.writeByte(0x30 | (dup ? 8 : 0) | qos << 1 | (retain ? 1 : 0));
        long remaining = remaining(version, qos, topicAlias, sendTopic, identifiers, expiryS, m);
        VariableByteInteger.write(out, (int) remaining);
        if (sendTopic || version != 5) {
            byte[] topic = m.topic().utf8();
            out.writeShort(topic.length);
            out.writeBytes(topic);
        } else {
            out.writeShort(0);
        }
        if (qos > 0) {
            out.writeShort(packetId);
        }
        if (version == 5) {
            writeProperties(
                    out, topicAlias, identifiers, expiryS, m.properties().wire());
        }
    }

    private static void writeProperties(
            ByteBuf out, int topicAlias, int[] identifiers, long expiryS, byte[] forwarded) {
        VariableByteInteger.write(out, propertiesLength(topicAlias, identifiers, expiryS, forwarded));
        if (expiryS >= 0) {
            out.writeByte(PropertyId.MESSAGE_EXPIRY_INTERVAL);
            out.writeInt((int) expiryS);
        }
        if (topicAlias > 0) {
            out.writeByte(PropertyId.TOPIC_ALIAS);
            out.writeShort(topicAlias);
        }
        for (int identifier : identifiers) {
            out.writeByte(PropertyId.SUBSCRIPTION_IDENTIFIER);
            VariableByteInteger.write(out, identifier);
        }
        out.writeBytes(forwarded);
    }

    /** A {@code long}, because an array may be larger than a packet. */
    private static long remaining(
            int version, int qos, int topicAlias, boolean sendTopic, int[] identifiers, long expiryS, Message m) {
        long size = 2 + (qos > 0 ? 2 : 0) + (long) m.payload().length;
        if (sendTopic || version != 5) {
            size += m.topic().utf8().length;
        }
        if (version == 5) {
            int length = propertiesLength(
                    topicAlias, identifiers, expiryS, m.properties().wire());
            size += VariableByteInteger.size(length) + length;
        }
        return size;
    }

    private static int propertiesLength(int topicAlias, int[] identifiers, long expiryS, byte[] forwarded) {
        int length = forwarded.length + (expiryS >= 0 ? 5 : 0) + (topicAlias > 0 ? 3 : 0);
        for (int identifier : identifiers) {
            length += 1 + VariableByteInteger.size(identifier);
        }
        return length;
    }
}
