package dev.mooring.mqtt;

import dev.mooring.message.ReasonCode;
import dev.mooring.session.Packet;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** A packet handler that remembers; {@code goOn} says what its methods answer. */
final class Recorder implements PacketHandler {
    final List<Packet> packets = new ArrayList<>();
    /** Of the PUBLISH packets, in their order. */
    final List<byte[]> payloads = new ArrayList<>();

    Predicate<Packet> goOn = packet -> true;
    ReasonCode failure;
    String failureText = "";
    int failures;

    private boolean add(Packet packet) {
        packets.add(packet);
        return goOn.test(packet);
    }

    byte[] lastPayload() {
        return payloads.get(payloads.size() - 1);
    }

    @SuppressWarnings("unchecked")
    <T extends Packet> T last() {
        return (T) packets.get(packets.size() - 1);
    }

    @Override
    public boolean connect(Packet.Connect connect) {
        return add(connect);
    }

    @Override
    public boolean publish(Packet.Publish publish, Payload payload) {
        payloads.add(payload.copy());
        return add(publish);
    }

    @Override
    public boolean ack(Packet.Ack.Type type, int packetId, ReasonCode reason) {
        return add(new Packet.Ack(type, packetId, reason));
    }

    @Override
    public boolean subscribe(Packet.Subscribe subscribe) {
        return add(subscribe);
    }

    @Override
    public boolean unsubscribe(Packet.Unsubscribe unsubscribe) {
        return add(unsubscribe);
    }

    @Override
    public boolean pingreq() {
        return add(new Packet.Pingreq());
    }

    @Override
    public boolean disconnect(Packet.Disconnect disconnect) {
        return add(disconnect);
    }

    @Override
    public boolean auth(Packet.Auth auth) {
        return add(auth);
    }

    @Override
    public void failed(ReasonCode reason, String text) {
        failures++;
        failure = reason;
        failureText = text;
    }
}
