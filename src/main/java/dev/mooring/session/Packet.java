package dev.mooring.session;

import dev.mooring.message.PublishProperties;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicName;
import dev.mooring.message.UserProperty;
import dev.mooring.message.Will;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Control packets as values, MQTT 5.0 inside: the decoder turns 3.1 and 3.1.1 packets into these, the encoder leaves
 * out what such a client can't read. Everything here has been checked against the standard already.
 */
public sealed interface Packet {
    /** {@code sessionExpiryS} of a session that never expires. */
    long NEVER_EXPIRES = 0xFFFF_FFFFL;

    /**
     * CONNECT, §3.1.
     *
     * @param protocolVersion 3 (MQTT 3.1), 4 (3.1.1) or 5
     * @param clientId may be empty
     * @param keepAliveS seconds, 0 for none
     * @param sessionExpiryS seconds; for 3.x: 0 with clean session, else {@link #NEVER_EXPIRES}
     * @param receiveMaximum 1..65,535
     * @param maximumPacketSize bytes, or {@code Integer.MAX_VALUE} for no limit
     */
    record Connect(
            int protocolVersion,
            String clientId,
            boolean cleanStart,
            int keepAliveS,
            @Nullable Will will,
            @Nullable String username,
            byte @Nullable [] password,
            long sessionExpiryS,
            int receiveMaximum,
            int maximumPacketSize,
            int topicAliasMaximum,
            boolean requestResponseInformation,
            boolean requestProblemInformation,
            @Nullable String authenticationMethod,
            byte @Nullable [] authenticationData,
            List<UserProperty> userProperties)
            implements Packet {}

    /**
     * CONNACK, §3.2. Every nullable or -1 value is left out of the packet.
     *
     * @param sessionExpiryS what the server uses when it differs from the request, or -1
     * @param topicAliasMaximum 0 leaves it out
     * @param serverKeepAliveS seconds, or -1
     */
    record Connack(
            boolean sessionPresent,
            ReasonCode reason,
            long sessionExpiryS,
            int receiveMaximum,
            int maximumQos,
            boolean retainAvailable,
            int maximumPacketSize,
            @Nullable String assignedClientId,
            int topicAliasMaximum,
            @Nullable String reasonString,
            int serverKeepAliveS,
            @Nullable String responseInformation,
            @Nullable String authenticationMethod,
            byte @Nullable [] authenticationData,
            @Nullable String serverReference)
            implements Packet {
        /** A refusal. */
        public static Connack refused(ReasonCode reason, @Nullable String reasonString) {
            return refused(reason, reasonString, null);
        }

        /** A refusal that says where to go. */
        public static Connack moved(String serverReference) {
            return refused(ReasonCode.SERVER_MOVED, null, serverReference);
        }

        private static Connack refused(
                ReasonCode reason, @Nullable String reasonString, @Nullable String serverReference) {
            return new Connack(
                    false, reason, -1, -1, 2, true, -1, null, 0, reasonString, -1, null, null, null, serverReference);
        }
    }

    /**
     * PUBLISH from a client, §3.3.
     *
     * @param packetId 1..65,535, or 0 at QoS 0
     * @param topic null when the packet has an empty topic and relies on the alias
     * @param topicAlias 1..65,535, or 0 for none
     * @param expiryS Message Expiry Interval, seconds, or -1 for none
     */
    record Publish(
            boolean dup,
            int qos,
            boolean retain,
            int packetId,
            @Nullable TopicName topic,
            int topicAlias,
            long expiryS,
            PublishProperties properties)
            implements Packet {}

    /** PUBACK, PUBREC, PUBREL or PUBCOMP, §3.4 to §3.7. */
    record Ack(Type type, int packetId, ReasonCode reason) implements Packet {
        /** In the order of the fixed header's type, from 4 on. */
        public enum Type {
            PUBACK,
            PUBREC,
            PUBREL,
            PUBCOMP
        }
    }

    /**
     * SUBSCRIBE, §3.8. A filter beyond the limits, or with a bad share name from a 3.1.1 client, is kept as an entry
     * with a null subscription, so that it can be answered by its own reason code.
     */
    record Subscribe(int packetId, List<Request> requests) implements Packet {
        /** @param filter the text as sent; {@code subscription} is null when it is refused */
        public record Request(String filter, @Nullable Subscription subscription) {}
    }

    /** UNSUBSCRIBE, §3.10: filters as sent. */
    record Unsubscribe(int packetId, List<String> filters) implements Packet {}

    /** PINGREQ, §3.12. */
    record Pingreq() implements Packet {}

    /**
     * DISCONNECT from a client, §3.14.
     *
     * @param sessionExpiryS seconds, or -1 when absent
     */
    record Disconnect(ReasonCode reason, long sessionExpiryS) implements Packet {}

    /** AUTH, §3.15. */
    record Auth(ReasonCode reason, @Nullable String method, byte @Nullable [] data) implements Packet {}
}
