package dev.mooring.mqtt;

import static dev.mooring.message.ReasonCode.MALFORMED_PACKET;
import static dev.mooring.message.ReasonCode.PROTOCOL_ERROR;

import dev.mooring.message.ReasonCode;
import dev.mooring.session.Packet;
import org.jspecify.annotations.Nullable;

/** The first byte of a packet, §2.1: its type and flags, which alone can show that it must not come. */
final class FixedHeader {
    static final int CONNECT = 1;
    static final int CONNACK = 2;
    static final int PUBLISH = 3;
    static final int PUBACK = 4;
    static final int PUBREC = 5;
    static final int PUBREL = 6;
    static final int PUBCOMP = 7;
    static final int SUBSCRIBE = 8;
    static final int SUBACK = 9;
    static final int UNSUBSCRIBE = 10;
    static final int UNSUBACK = 11;
    static final int PINGREQ = 12;
    static final int PINGRESP = 13;
    static final int DISCONNECT = 14;
    static final int AUTH = 15;

    /** By type, what only a server may send: CONNACK, SUBACK, UNSUBACK and PINGRESP. */
    private static final int FROM_SERVERS = 1 << CONNACK | 1 << SUBACK | 1 << UNSUBACK | 1 << PINGRESP;

    /** Why a packet is refused. */
    record Refusal(ReasonCode reason, String text) {}

    private FixedHeader() {}

    static int of(Packet.Ack.Type type) {
        return switch (type) {
            case PUBACK -> PUBACK;
            case PUBREC -> PUBREC;
            case PUBREL -> PUBREL;
            case PUBCOMP -> PUBCOMP;
        };
    }

    /**
     * Null if a client may send a packet with this first byte, now.
     *
     * @param version of the connection, 0 before CONNECT
     */
    static @Nullable Refusal refusal(int first, int version) {
        int type = first >> 4;
        if (type == 0 || type == AUTH && version != 5 && version != 0) {
            return new Refusal(MALFORMED_PACKET, "packet type " + type + " is reserved");
        }
        if (version == 0 && type != CONNECT) { // [MQTT-3.1.0-1]
            return new Refusal(PROTOCOL_ERROR, "first packet is not CONNECT");
        }
        if (version != 0 && type == CONNECT) { // [MQTT-3.1.0-2]
            return new Refusal(PROTOCOL_ERROR, "second CONNECT");
        }
        if ((FROM_SERVERS & 1 << type) != 0) {
            return new Refusal(PROTOCOL_ERROR, "packet type " + type + " is for servers to send");
        }
        return type == PUBLISH ? publishRefusal(first) : flagsRefusal(first, type, version);
    }

    private static @Nullable Refusal publishRefusal(int first) {
        if ((first & 0x06) == 0x06) { // [MQTT-3.3.1-4]
            return new Refusal(MALFORMED_PACKET, "QoS is 3");
        }
        if ((first & 0x0E) == 0x08) { // [MQTT-3.3.1-2]
            return new Refusal(MALFORMED_PACKET, "DUP at QoS 0");
        }
        return null;
    }

    /** [MQTT-2.1.3-1]; but 3.1 sets DUP on what it repeats, and leaves the other bits open. */
    private static @Nullable Refusal flagsRefusal(int first, int type, int version) {
        int expected = type == PUBREL || type == SUBSCRIBE || type == UNSUBSCRIBE ? 2 : 0;
        if (version == 3 || (first & 0x0F) == expected) {
            return null;
        }
        return new Refusal(MALFORMED_PACKET, "flags of packet type " + type + " are not as reserved");
    }
}
