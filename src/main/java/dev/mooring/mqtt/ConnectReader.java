package dev.mooring.mqtt;

import dev.mooring.message.PublishProperties;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.TopicName;
import dev.mooring.message.Will;
import dev.mooring.session.Packet;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * CONNECT, §3.1. MQTT 3.1 differs from 3.1.1 by its protocol name, by flag bits that it tells servers to ignore, and by
 * allowing that a user name or password is announced and then missing.
 */
final class ConnectReader {
    private static final int CLEAN_START = 0x02;
    private static final int WILL = 0x04;
    private static final int WILL_RETAIN = 0x20;
    private static final int PASSWORD = 0x40;
    private static final int USERNAME = 0x80;

    private ConnectReader() {}

    /**
     * Reads protocol name and level. Gives the version in whose form the client should be answered: 3, 4 or 5, or 0 if
     * this is no MQTT client. It is the version of the connection, too, unless the reader has failed.
     */
    static int protocol(WireReader in) {
        String name = in.string("protocol name");
        int level = in.u8();
        if (in.failed()) {
            return 0;
        }
        if (name.equals("MQTT") && (level == 4 || level == 5) || name.equals("MQIsdp") && level == 3) {
            return level;
        }
        in.fail(ReasonCode.UNSUPPORTED_PROTOCOL_VERSION, "protocol name and level are not of MQTT 3.1, 3.1.1 or 5.0");
        if (!name.equals("MQTT") && !name.equals("MQIsdp")) {
            return 0;
        }
        return level >= 5 && level < 0x80 ? 5 : 4; // bridges of old set the top bit and read a 3.1.1 CONNACK
    }

    /** Reads what follows the level; null when the reader has failed. */
    static Packet.@Nullable Connect read(WireReader in, int version, DecoderLimits limits) {
        int flags = in.u8();
        checkFlags(in, version, flags);
        int keepAliveS = in.u16();
        PropertyReader properties = version == 5
                ? PropertyReader.read(in, PropertyReader.CONNECT, limits.maxUserProperties())
                : PropertyReader.NONE;
        if (properties.authenticationData != null && properties.authenticationMethod == null) {
            in.fail(ReasonCode.PROTOCOL_ERROR, "authentication data without a method");
        }
        String clientId = in.string("client identifier");
        Will will = (flags & WILL) == 0 ? null : will(in, version, flags, properties.userPropertyCount, limits);
        String username = follows(in, version, flags & USERNAME) ? in.string("user name") : null;
        byte[] password = follows(in, version, flags & PASSWORD) ? in.binary() : null;
        in.expectEnd();
        if (in.failed()) {
            return null;
        }
        boolean cleanStart = (flags & CLEAN_START) != 0;
        long sessionExpiryS =
                version == 5 ? Math.max(properties.sessionExpiryS, 0) : cleanStart ? 0 : Packet.NEVER_EXPIRES;
        return new Packet.Connect(
                version,
                clientId,
                cleanStart,
                keepAliveS,
                will,
                username,
                password,
                sessionExpiryS,
                properties.receiveMaximum,
                properties.maximumPacketSize,
                properties.topicAliasMaximum,
                properties.requestResponseInformation,
                properties.requestProblemInformation,
                properties.authenticationMethod,
                properties.authenticationData,
                properties.userProperties());
    }

    private static void checkFlags(WireReader in, int version, int flags) {
        if ((flags & WILL) != 0 && willQos(flags) == 3) {
            in.fail(ReasonCode.MALFORMED_PACKET, "Will QoS is 3"); // [MQTT-3.1.2-12]
        }
        if (version == 3) {
            return;
        }
        if ((flags & 1) != 0) {
            in.fail(ReasonCode.MALFORMED_PACKET, "reserved connect flag is set"); // [MQTT-3.1.2-3]
        }
        if ((flags & WILL) == 0 && (willQos(flags) != 0 || (flags & WILL_RETAIN) != 0)) {
            // [MQTT-3.1.2-11], [MQTT-3.1.2-13]; in 3.1.1 [MQTT-3.1.2-13], [MQTT-3.1.2-15]
            in.fail(ReasonCode.MALFORMED_PACKET, "Will QoS or retain without a Will");
        }
        if (version == 4 && (flags & (USERNAME | PASSWORD)) == PASSWORD) {
            in.fail(ReasonCode.MALFORMED_PACKET, "password without a user name"); // 3.1.1 [MQTT-3.1.2-22]
        }
    }

    private static int willQos(int flags) {
        return flags >> 3 & 3;
    }

    private static boolean follows(WireReader in, int version, int flag) {
        return flag != 0 && !(version == 3 && in.remaining() == 0);
    }

    private static @Nullable Will will(
            WireReader in, int version, int flags, int userProperties, DecoderLimits limits) {
        PropertyReader properties = version == 5
                ? PropertyReader.read(in, PropertyReader.WILL, limits.maxUserProperties() - userProperties)
                : PropertyReader.NONE;
        int length = in.u16();
        int from = in.skipUtf8(length, "Will topic");
        if (in.failed()) {
            return null;
        }
        TopicName topic = topic(in.buffer(), from, length, limits);
        if (topic == null) {
            in.fail(ReasonCode.TOPIC_NAME_INVALID, "Will topic is empty, too long or has a wildcard");
            return null;
        }
        byte[] payload = in.binary();
        PublishProperties forwarded = properties.forwarded();
        return new Will(
                topic,
                willQos(flags),
                (flags & WILL_RETAIN) != 0,
                payload,
                forwarded,
                properties.willDelayS,
                properties.messageExpiryS);
    }

    private static @Nullable TopicName topic(ByteBuf in, int from, int length, DecoderLimits limits) {
        TopicName topic = length > limits.maxTopicBytes() ? null : TopicCache.read(in, from, length);
        return topic == null || topic.levels() > limits.maxTopicLevels() ? null : topic;
    }
}
