package dev.mooring.mqtt;

import dev.mooring.config.Config;
import dev.mooring.config.Limits;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.Will;
import dev.mooring.session.Packet;
import org.jspecify.annotations.Nullable;

/** What a good CONNACK says: where the server differs from what CONNECT asked for, MQTT 5.0 §3.2.2.3. */
final class Connacks {
    private Connacks() {}

    /**
     * @param expiryS Session Expiry Interval as it is granted
     * @param keepAliveS as it counts, see {@link #keepAliveS}
     * @param authenticationData of an exchange, or null
     */
    static Packet.Connack of(
            Limits limits,
            Config.Mqtt mqtt,
            Packet.Connect c,
            String clientId,
            boolean present,
            long expiryS,
            int keepAliveS,
            byte @Nullable [] authenticationData) {
        String information = mqtt.responseInformation();
        boolean inform = c.requestResponseInformation() && !information.isEmpty();
        return new Packet.Connack(
                present,
                ReasonCode.SUCCESS,
                expiryS == c.sessionExpiryS() ? -1 : expiryS,
                limits.receiveMaximum(),
                mqtt.qosMax(),
                mqtt.retainAvailable(),
                limits.packetSizeMax(),
                clientId.equals(c.clientId()) ? null : clientId,
                limits.topicAliasMaxIn(),
                null,
                keepAliveS == c.keepAliveS() ? -1 : keepAliveS,
                inform ? information.replace("${clientid}", clientId) : null,
                c.authenticationMethod(),
                authenticationData,
                null);
    }

    /** A refusal. An MQTT 5 client that finds a node about to stop is told where to go, where that is configured. */
    static Packet.Connack refused(NodeState node, ReasonCode reason) {
        String reference = node.config().get().drain().serverReference();
        boolean elsewhere =
                reason == ReasonCode.SERVER_UNAVAILABLE && node.gate().isShut() && !reference.isEmpty();
        return elsewhere ? Packet.Connack.moved(reference) : Packet.Connack.refused(reason, null);
    }

    /** Why a Will is not to be had, or null: [MQTT-3.2.2-12], [MQTT-3.2.2-13]. */
    static @Nullable ReasonCode refusal(Config.Mqtt mqtt, @Nullable Will will) {
        if (will != null && will.retain() && !mqtt.retainAvailable()) {
            return ReasonCode.RETAIN_NOT_SUPPORTED;
        }
        return will != null && will.qos() > mqtt.qosMax() ? ReasonCode.QOS_NOT_SUPPORTED : null;
    }

    /** The client's keep alive, or the server's where it is longer than allowed; only MQTT 5 clients are told. */
    static int keepAliveS(Limits limits, Packet.Connect c) {
        int max = limits.keepAliveMaxS();
        boolean tooLong = max > 0 && (c.keepAliveS() == 0 || c.keepAliveS() > max);
        return tooLong ? max : c.keepAliveS();
    }
}
