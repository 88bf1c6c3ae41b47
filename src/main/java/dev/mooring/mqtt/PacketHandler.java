package dev.mooring.mqtt;

import dev.mooring.message.ReasonCode;
import dev.mooring.session.Packet;

/**
 * Takes the packets of one connection, in the order they came in. Called by {@link PacketDecoder} on the event loop of
 * the connection. A method that answers false stops the decoder until {@link PacketDecoder#resume()}: after CONNECT,
 * while authentication runs, or when the store is slow.
 */
public interface PacketHandler {
    boolean connect(Packet.Connect connect);

    /** @param payload of the PUBLISH, to be copied by who keeps it: it is gone when this method returns */
    boolean publish(Packet.Publish publish, Payload payload);

    /** PUBACK, PUBREC, PUBREL or PUBCOMP; without a {@link Packet.Ack}, because these are as many as the messages. */
    boolean ack(Packet.Ack.Type type, int packetId, ReasonCode reason);

    boolean subscribe(Packet.Subscribe subscribe);

    boolean unsubscribe(Packet.Unsubscribe unsubscribe);

    boolean pingreq();

    boolean disconnect(Packet.Disconnect disconnect);

    boolean auth(Packet.Auth auth);

    /**
     * The client sent what the standard or a limit does not allow. Called once; the decoder drops everything after it.
     *
     * @param reason what a CONNACK or DISCONNECT should say, see {@link PacketDecoder#replyVersion()}
     * @param text for the log, and for the reason string if the client wants those; says nothing about other clients
     */
    void failed(ReasonCode reason, String text);
}
