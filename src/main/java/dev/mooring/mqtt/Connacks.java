package dev.mooring.mqtt;

import dev.mooring.config.Config;
import dev.mooring.config.Limits;
import dev.mooring.message.ReasonCode;
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
                2,
                mqtt.retainAvailable(),
                limits.packetSizeMax(),
                clientId.equals(c.clientId()) ? null : clientId,
                limits.topicAliasMaxIn(),
                null,
                keepAliveS == c.keepAliveS() ? -1 : keepAliveS,
                inform ? information.replace("${clientid}", clientId) : null,
                c.authenticationMethod(),
                authenticationData);
    }

    /** The client's keep alive, or the server's where it is longer than allowed; only MQTT 5 clients are told. */
    static int keepAliveS(Limits limits, Packet.Connect c) {
        int max = limits.keepAliveMaxS();
        boolean tooLong = max > 0 && (c.keepAliveS() == 0 || c.keepAliveS() > max);
        return tooLong ? max : c.keepAliveS();
    }
}
