package dev.mooring.mqtt;

import dev.mooring.message.Message;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.TopicName;
import dev.mooring.metrics.LoopMetrics;
import dev.mooring.session.Packet;
import dev.mooring.trace.Trace;
import dev.mooring.trace.Traces;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/**
 * Between the decoder and the connection: counts what comes in and, while somebody traces, tells what comes and goes.
 * Confined to the loop of its connection. Without a trace it costs a read and a comparison for each packet.
 */
final class PacketTap implements PacketHandler {
    private final PacketHandler next;
    private final LoopMetrics figures;
    private final Traces traces;
    private String clientId = "";
    private final String address;

    /** @param address of the client, in digits */
    PacketTap(PacketHandler next, Loop loop, String address) {
        this.next = next;
        this.figures = loop.node.metrics().loops().get(loop.number);
        this.traces = loop.node.traces();
        this.address = address;
    }

    /** As it is now, when the broker has chosen it. */
    void clientId(String assigned) {
        clientId = assigned;
    }

    @Override
    public boolean connect(Packet.Connect connect) {
        figures.received(FixedHeader.CONNECT);
        clientId = connect.clientId();
        if (traces.active() != null) {
            received(
                    "CONNECT",
                    null,
                    new JsonObject()
                            .put("protocol", connect.protocolVersion())
                            .put("username", connect.username())
                            .put("clean_start", connect.cleanStart())
                            .put("keep_alive_s", connect.keepAliveS())
                            .put("session_expiry_s", connect.sessionExpiryS())
                            .put("will", connect.will() != null));
        }
        return next.connect(connect);
    }

    @Override
    public boolean publish(Packet.Publish publish, Payload payload) {
        figures.received(FixedHeader.PUBLISH);
        figures.messageReceived(publish.qos());
        if (traces.active() != null) {
            TopicName topic = publish.topic();
            received(
                    "PUBLISH",
                    topic == null ? null : topic.text(),
                    new JsonObject()
                            .put("topic", topic == null ? null : topic.text())
                            .put("topic_alias", publish.topicAlias())
                            .put("packet_id", publish.packetId())
                            .put("qos", publish.qos())
                            .put("retain", publish.retain())
                            .put("dup", publish.dup())
                            .put("bytes", payload.length()));
        }
        return next.publish(publish, payload);
    }

    @Override
    public boolean ack(Packet.Ack.Type type, int packetId, ReasonCode reason) {
        figures.received(FixedHeader.of(type));
        if (traces.active() != null) {
            received(
                    type.name(),
                    null,
                    new JsonObject().put("packet_id", packetId).put("reason", reason.name()));
        }
        return next.ack(type, packetId, reason);
    }

    @Override
    public boolean subscribe(Packet.Subscribe subscribe) {
        figures.received(FixedHeader.SUBSCRIBE);
        if (traces.active() != null) {
            received("SUBSCRIBE", null, new JsonObject().put("packet", subscribe.toString()));
        }
        return next.subscribe(subscribe);
    }

    @Override
    public boolean unsubscribe(Packet.Unsubscribe unsubscribe) {
        figures.received(FixedHeader.UNSUBSCRIBE);
        if (traces.active() != null) {
            received("UNSUBSCRIBE", null, new JsonObject().put("packet", unsubscribe.toString()));
        }
        return next.unsubscribe(unsubscribe);
    }

    @Override
    public boolean pingreq() {
        figures.received(FixedHeader.PINGREQ);
        if (traces.active() != null) {
            received("PINGREQ", null, new JsonObject());
        }
        return next.pingreq();
    }

    @Override
    public boolean disconnect(Packet.Disconnect disconnect) {
        figures.received(FixedHeader.DISCONNECT);
        if (traces.active() != null) {
            received(
                    "DISCONNECT",
                    null,
                    new JsonObject().put("reason", disconnect.reason().name()));
        }
        return next.disconnect(disconnect);
    }

    @Override
    public boolean auth(Packet.Auth auth) {
        figures.received(FixedHeader.AUTH);
        if (traces.active() != null) {
            received("AUTH", null, new JsonObject().put("reason", auth.reason().name()));
        }
        return next.auth(auth);
    }

    @Override
    public void failed(ReasonCode reason, String text) {
        if (traces.active() != null) {
            tell(
                    "malformed",
                    null,
                    new JsonObject().put("reason", reason.name()).put("why", text));
        }
        next.failed(reason, text);
    }

    private void received(String packet, @Nullable String topic, JsonObject what) {
        tell("received " + packet, topic, what);
    }

    // ---- what the connection does

    /** A packet was written that is no PUBLISH. */
    void sent(int type) {
        if (traces.active() != null) {
            tell("sent " + PacketTypes.name(type), null, new JsonObject());
        }
    }

    void sent(Message message, int packetId, boolean dup, int qos, boolean retain) {
        if (traces.active() != null) {
            String topic = message.topic().text();
            tell(
                    "sent PUBLISH",
                    topic,
                    new JsonObject()
                            .put("topic", topic)
                            .put("from", message.from())
                            .put("packet_id", packetId)
                            .put("qos", qos)
                            .put("retain", retain)
                            .put("dup", dup)
                            .put("bytes", message.payload().length));
        }
    }

    void state(MqttConnection.State state, String why) {
        if (traces.active() != null) {
            tell("connection " + state.name(), null, new JsonObject().put("why", why));
        }
    }

    private void tell(String event, @Nullable String topic, JsonObject what) {
        Trace[] active = traces.active();
        if (active != null) {
            Traces.event(active, clientId, address, topic, event, what);
        }
    }
}
