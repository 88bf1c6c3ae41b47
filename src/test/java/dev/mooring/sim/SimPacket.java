package dev.mooring.sim;

import dev.mooring.message.MessageId;
import dev.mooring.message.ReasonCode;
import dev.mooring.session.Packet;
import org.jspecify.annotations.Nullable;

/** What goes over a simulated connection. */
sealed interface SimPacket {
    /** @param will what the broker says once the connection is lost, or null */
    record Connect(
            boolean cleanStart,
            boolean persistent,
            int receiveMaximum,
            @Nullable Msg will) implements SimPacket {
        @Override
        public String toString() {
            return "CONNECT" + (cleanStart ? " clean" : "") + (persistent ? " persistent" : "")
                    + (will == null ? "" : " Will " + will);
        }
    }

    /** Reason code 0x00: the Will goes. */
    record Disconnect() implements SimPacket {}

    /** @param receiveMaximum 0 when refused */
    record Connack(boolean present, int receiveMaximum) implements SimPacket {}

    record Subscribe() implements SimPacket {}

    record Suback(boolean failed) implements SimPacket {}

    /**
     * @param id what the broker calls it; null on the way to the broker
     * @param group the identifier of the shared subscription that it comes by, or 0
     * @param retained from the broker: it was there before the subscription
     */
    record Publish(Msg msg, @Nullable MessageId id, int packetId, int qos, boolean dup, int group, boolean retained)
            implements SimPacket {
        @Override
        public String toString() {
            return "PUBLISH " + msg + (id == null ? "" : " " + Texts.of(id)) + (group == 0 ? "" : " by group " + group)
                    + (retained ? " retained" : "") + " at qos " + qos + " id " + packetId + (dup ? " dup" : "");
        }
    }

    record Ack(Packet.Ack.Type type, int packetId, ReasonCode reason) implements SimPacket {
        @Override
        public String toString() {
            return type + " " + packetId + (reason == ReasonCode.SUCCESS ? "" : " " + reason);
        }
    }
}
