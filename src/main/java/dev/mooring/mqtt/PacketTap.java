package dev.mooring.mqtt;

import dev.mooring.message.ReasonCode;
import dev.mooring.metrics.LoopMetrics;
import dev.mooring.session.Packet;

/** Between the decoder and the connection: counts what comes in. Confined to the loop of its connection. */
final class PacketTap implements PacketHandler {
    private final PacketHandler next;
    private final LoopMetrics figures;

    PacketTap(PacketHandler next, LoopMetrics figures) {
        this.next = next;
        this.figures = figures;
    }

    @Override
    public boolean connect(Packet.Connect connect) {
        figures.received(FixedHeader.CONNECT);
        return next.connect(connect);
    }

    @Override
    public boolean publish(Packet.Publish publish) {
        figures.received(FixedHeader.PUBLISH);
        figures.messageReceived(publish.qos());
        return next.publish(publish);
    }

    @Override
    public boolean ack(Packet.Ack.Type type, int packetId, ReasonCode reason) {
        figures.received(FixedHeader.of(type));
        return next.ack(type, packetId, reason);
    }

    @Override
    public boolean subscribe(Packet.Subscribe subscribe) {
        figures.received(FixedHeader.SUBSCRIBE);
        return next.subscribe(subscribe);
    }

    @Override
    public boolean unsubscribe(Packet.Unsubscribe unsubscribe) {
        figures.received(FixedHeader.UNSUBSCRIBE);
        return next.unsubscribe(unsubscribe);
    }

    @Override
    public boolean pingreq() {
        figures.received(FixedHeader.PINGREQ);
        return next.pingreq();
    }

    @Override
    public boolean disconnect(Packet.Disconnect disconnect) {
        figures.received(FixedHeader.DISCONNECT);
        return next.disconnect(disconnect);
    }

    @Override
    public boolean auth(Packet.Auth auth) {
        figures.received(FixedHeader.AUTH);
        return next.auth(auth);
    }

    @Override
    public void failed(ReasonCode reason, String text) {
        next.failed(reason, text);
    }
}
