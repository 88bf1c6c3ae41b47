package dev.mooring.sim;

import dev.mooring.message.MessageId;
import dev.mooring.message.ReasonCode;
import dev.mooring.session.Packet;
import org.jspecify.annotations.Nullable;

/** What goes over a simulated connection. */
sealed interface SimPacket {
    record Connect(boolean cleanStart, boolean persistent, int receiveMaximum) implements SimPacket {}

    /** @param receiveMaximum 0 when refused */
    record Connack(boolean present, int receiveMaximum) implements SimPacket {}

    record Subscribe() implements SimPacket {}

    record Suback(boolean failed) implements SimPacket {}

    /** @param id what the broker calls it; null on the way to the broker */
    record Publish(Msg msg, @Nullable MessageId id, int packetId, int qos, boolean dup) implements SimPacket {
        @Override
        public String toString() {
            return "PUBLISH " + msg + (id == null ? "" : " " + Texts.of(id)) + " at qos " + qos + " id " + packetId
                    + (dup ? " dup" : "");
        }
    }

    record Ack(Packet.Ack.Type type, int packetId, ReasonCode reason) implements SimPacket {
        @Override
        public String toString() {
            return type + " " + packetId + (reason == ReasonCode.SUCCESS ? "" : " " + reason);
        }
    }
}
