package dev.mooring.mqtt;

import dev.mooring.message.PublishProperties;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.UserProperty;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The properties of one packet or Will, MQTT 5.0 §2.2.2, read and checked. A value is what the standard says for an
 * absent property until that property comes.
 *
 * <p>An identifier that the packet must not have is malformed (§2.2.2.2); one that comes twice, or a value outside its
 * range, is a protocol error (the section of the property). Failures are on the {@link WireReader}.
 */
final class PropertyReader {
    static final long CONNECT = PropertyId.set(
            PropertyId.SESSION_EXPIRY_INTERVAL,
            PropertyId.AUTHENTICATION_METHOD,
            PropertyId.AUTHENTICATION_DATA,
            PropertyId.REQUEST_PROBLEM_INFORMATION,
            PropertyId.REQUEST_RESPONSE_INFORMATION,
            PropertyId.RECEIVE_MAXIMUM,
            PropertyId.TOPIC_ALIAS_MAXIMUM,
            PropertyId.USER_PROPERTY,
            PropertyId.MAXIMUM_PACKET_SIZE);

    private static final long FORWARDED = PropertyId.set(
            PropertyId.PAYLOAD_FORMAT_INDICATOR,
            PropertyId.CONTENT_TYPE,
            PropertyId.RESPONSE_TOPIC,
            PropertyId.CORRELATION_DATA,
            PropertyId.USER_PROPERTY);

    static final long WILL =
            FORWARDED | PropertyId.set(PropertyId.WILL_DELAY_INTERVAL, PropertyId.MESSAGE_EXPIRY_INTERVAL);

    /** With the subscription identifier, which only a server may send: a protocol error and not a malformed packet. */
    static final long PUBLISH = FORWARDED
            | PropertyId.set(
                    PropertyId.MESSAGE_EXPIRY_INTERVAL, PropertyId.TOPIC_ALIAS, PropertyId.SUBSCRIPTION_IDENTIFIER);

    static final long ACK = PropertyId.set(PropertyId.REASON_STRING, PropertyId.USER_PROPERTY);
    static final long SUBSCRIBE = PropertyId.set(PropertyId.SUBSCRIPTION_IDENTIFIER, PropertyId.USER_PROPERTY);
    static final long UNSUBSCRIBE = PropertyId.set(PropertyId.USER_PROPERTY);

    /** With the server reference, which only a server may send. */
    static final long DISCONNECT =
            ACK | PropertyId.set(PropertyId.SESSION_EXPIRY_INTERVAL, PropertyId.SERVER_REFERENCE);

    static final long AUTH = ACK | PropertyId.set(PropertyId.AUTHENTICATION_METHOD, PropertyId.AUTHENTICATION_DATA);

    private static final byte[] NO_BYTES = {};

    /** What a packet without properties has. Never written to. */
    static final PropertyReader NONE = new PropertyReader(0, 0);

    long sessionExpiryS = -1;
    long messageExpiryS = -1;
    long willDelayS;
    int receiveMaximum = 65_535;
    int maximumPacketSize = Integer.MAX_VALUE;
    int topicAliasMaximum;
    int topicAlias;
    int subscriptionIdentifier;
    boolean requestProblemInformation = true;
    boolean requestResponseInformation;

    @Nullable
    String authenticationMethod;

    byte @Nullable [] authenticationData;
    int userPropertyCount;

    private final long allowed;
    private final int userPropertiesMax;
    private long seen;
    private @Nullable List<UserProperty> userProperties;
    private byte[] forwarded = NO_BYTES;
    private int forwardedLength;

    private PropertyReader(long allowed, int userPropertiesMax) {
        this.allowed = allowed;
        this.userPropertiesMax = userPropertiesMax;
    }

    /**
     * Reads the length and the properties.
     *
     * @param allowed one of the sets above
     * @param userPropertiesMax more of them fail the packet
     */
    static PropertyReader read(WireReader in, long allowed, int userPropertiesMax) {
        int length = in.variableByteInteger();
        if (length == 0) {
            return NONE;
        }
        PropertyReader properties = new PropertyReader(allowed, userPropertiesMax);
        int outer = in.narrow(length);
        if (!in.failed() && (allowed == PUBLISH || allowed == WILL)) {
            properties.forwarded = new byte[length]; // no more than has arrived already
        }
        while (in.remaining() > 0) {
            properties.property(in);
        }
        in.widen(outer);
        return properties;
    }

    boolean has(int identifier) {
        return (seen & 1L << identifier) != 0;
    }

    /** Kept for CONNECT only: of other packets nobody asks. */
    List<UserProperty> userProperties() {
        return userProperties == null ? List.of() : List.copyOf(userProperties);
    }

    /** What travels with the message, byte by byte and in the order it came ([MQTT-3.3.2-18]). */
    PublishProperties forwarded() {
        boolean exact = forwardedLength == forwarded.length;
        return PublishProperties.ofWire(exact ? forwarded : Arrays.copyOf(forwarded, forwardedLength));
    }

    private void property(WireReader in) {
        int from = in.at();
        int id = in.variableByteInteger();
        if (in.failed()) {
            return;
        }
        if (id > PropertyId.LAST || (allowed & 1L << id) == 0) {
            in.fail(ReasonCode.MALFORMED_PACKET, "property " + id + " is not one of this packet");
            return;
        }
        if (has(id) && id != PropertyId.USER_PROPERTY) {
            in.fail(ReasonCode.PROTOCOL_ERROR, "property " + id + " comes twice");
            return;
        }
        seen |= 1L << id;
        value(id, in);
        if ((FORWARDED & 1L << id) != 0 && forwarded.length > 0 && !in.failed()) {
            int length = in.at() - from;
            in.buffer().getBytes(from, forwarded, forwardedLength, length);
            forwardedLength += length;
        }
    }

    private void value(int id, WireReader in) {
        switch (id) {
            case PropertyId.PAYLOAD_FORMAT_INDICATOR -> flag(in, "payload format indicator");
            case PropertyId.MESSAGE_EXPIRY_INTERVAL -> messageExpiryS = in.u32();
            case PropertyId.CONTENT_TYPE -> in.skipString("content type");
            case PropertyId.RESPONSE_TOPIC -> responseTopic(in);
            case PropertyId.CORRELATION_DATA -> in.skip(in.u16());
            case PropertyId.SUBSCRIPTION_IDENTIFIER -> {
                subscriptionIdentifier = in.variableByteInteger();
                notZero(subscriptionIdentifier, in, "subscription identifier");
            }
            case PropertyId.SESSION_EXPIRY_INTERVAL -> sessionExpiryS = in.u32();
            case PropertyId.AUTHENTICATION_METHOD -> authenticationMethod = in.string("authentication method");
            case PropertyId.AUTHENTICATION_DATA -> authenticationData = in.binary();
            case PropertyId.REQUEST_PROBLEM_INFORMATION ->
                requestProblemInformation = flag(in, "request problem information");
            case PropertyId.WILL_DELAY_INTERVAL -> willDelayS = in.u32();
            case PropertyId.REQUEST_RESPONSE_INFORMATION ->
                requestResponseInformation = flag(in, "request response information");
            case PropertyId.SERVER_REFERENCE -> in.skipString("server reference");
            case PropertyId.REASON_STRING -> in.skipString("reason string");
            case PropertyId.RECEIVE_MAXIMUM -> {
                receiveMaximum = in.u16();
                notZero(receiveMaximum, in, "receive maximum");
            }
            case PropertyId.TOPIC_ALIAS_MAXIMUM -> topicAliasMaximum = in.u16();
            case PropertyId.TOPIC_ALIAS -> {
                topicAlias = in.u16();
                if (topicAlias == 0) { // [MQTT-3.3.2-8]
                    in.fail(ReasonCode.TOPIC_ALIAS_INVALID, "topic alias is zero");
                }
            }
            case PropertyId.USER_PROPERTY -> userProperty(in);
            case PropertyId.MAXIMUM_PACKET_SIZE -> {
                long size = in.u32();
                notZero(size, in, "maximum packet size");
                maximumPacketSize = (int) Math.min(size, Integer.MAX_VALUE);
            }
            default -> in.fail(ReasonCode.MALFORMED_PACKET, "property " + id + " is unknown");
        }
    }

    private static boolean flag(WireReader in, String what) {
        int value = in.u8();
        if (value > 1) {
            in.fail(ReasonCode.PROTOCOL_ERROR, what + " is neither 0 nor 1");
        }
        return value == 1;
    }

    private static void notZero(long value, WireReader in, String what) {
        if (value == 0) {
            in.fail(ReasonCode.PROTOCOL_ERROR, what + " is zero");
        }
    }

    /** A topic name: not empty ([MQTT-4.7.3-1]) and without wildcards ([MQTT-3.3.2-14]). */
    private static void responseTopic(WireReader in) {
        int length = in.u16();
        int from = in.at();
        in.skipUtf8(length, "response topic");
        ByteBuf buffer = in.buffer();
        boolean wrong = length == 0;
        for (int i = from; i < from + length && !in.failed(); i++) {
            int b = buffer.getByte(i);
            wrong |= b == '+' || b == '#';
        }
        if (wrong) {
            in.fail(ReasonCode.PROTOCOL_ERROR, "response topic is not a topic name");
        }
    }

    private void userProperty(WireReader in) {
        if (++userPropertyCount > userPropertiesMax) {
            in.fail(ReasonCode.QUOTA_EXCEEDED, "too many user properties");
        } else if (allowed != CONNECT) {
            in.skipString("user property name");
            in.skipString("user property value");
        } else {
            if (userProperties == null) {
                userProperties = new ArrayList<>();
            }
            userProperties.add(new UserProperty(in.string("user property name"), in.string("user property value")));
        }
    }
}
