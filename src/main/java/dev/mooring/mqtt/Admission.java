package dev.mooring.mqtt;

import dev.mooring.auth.Guard;
import dev.mooring.config.Limits;
import dev.mooring.message.ReasonCode;
import dev.mooring.session.Packet;
import io.netty.buffer.ByteBufUtil;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is asked of a CONNECT before anybody asks who it is: bounds, bans, and what is switched off. */
final class Admission {
    private Admission() {}

    /** @param text for the log */
    record Refusal(ReasonCode reason, String text) {}

    /**
     * Null when the client may go on to log in.
     *
     * @param clientId of CONNECT, or made up when that has none
     */
    static @Nullable Refusal check(Loop loop, Arrival arrival, Packet.Connect c, String clientId) {
        Limits limits = arrival.limits();
        if (loop.node.gate().isShut()) {
            return new Refusal(ReasonCode.SERVER_UNAVAILABLE, "the node stops");
        }
        if (!arrival.acceptsMore()) {
            return new Refusal(ReasonCode.QUOTA_EXCEEDED, "too many connections");
        }
        if (!loop.node.gate().connect(arrival.listener(), loop.nowMs())) {
            return new Refusal(ReasonCode.CONNECTION_RATE_EXCEEDED, "too many CONNECTs per second");
        }
        if (c.clientId().isEmpty()) {
            if (c.protocolVersion() < 5 && (!c.cleanStart() || c.protocolVersion() == 3)) { // [MQTT-3.1.3-8] of 3.1.1
                return new Refusal(ReasonCode.CLIENT_IDENTIFIER_NOT_VALID, "an empty client id needs clean session");
            }
        } else if (ByteBufUtil.utf8Bytes(clientId) > limits.clientIdLengthMax()) {
            return new Refusal(ReasonCode.CLIENT_IDENTIFIER_NOT_VALID, "the client id is too long");
        }
        Optional<Guard.Ban> ban = loop.node.guard().ban(arrival.address(), clientId, loop.nowMs());
        if (ban.isPresent()) {
            return new Refusal(ReasonCode.BANNED, ban.get().toString());
        }
        ReasonCode ofWill = Connacks.refusal(loop.config().mqtt(), c.will());
        return ofWill == null ? null : new Refusal(ofWill, "Wills of this QoS, or retained, are switched off");
    }
}
