package dev.mooring.session;

import dev.mooring.message.ReasonCode;

/**
 * Keeps PUBACK and PUBREC in the order of the PUBLISH packets they answer ([MQTT-4.6.0-2], [MQTT-4.6.0-3]), although
 * stores answer in another order. A ring that grows up to the receive maximum. Confined to the session.
 */
final class AckOrder {
    private static final ReasonCode[] REASONS = ReasonCode.values();
    private static final int DONE = 1 << 31;
    private static final int QOS_2 = 1 << 30;

    private int[] ring = new int[2]; // done | qos 2 | reason ordinal << 16 | packet id
    private long head;
    private long tail;

    /** Acks that wait for an answer. */
    int waiting() {
        return (int) (tail - head);
    }

    /** Takes the next place; the number goes to {@link #complete}. */
    long add(int packetId, boolean qos2) {
        if (tail - head == ring.length) {
            grow();
        }
        ring[(int) tail & (ring.length - 1)] = packetId | (qos2 ? QOS_2 : 0);
        return tail++;
    }

    /** The place has its answer; what is complete from the front on is sent. */
    void complete(long place, ReasonCode reason, SessionPort port) {
        ring[(int) place & (ring.length - 1)] |= DONE | reason.ordinal() << 16;
        while (head < tail) {
            int slot = ring[(int) head & (ring.length - 1)];
            if (slot >= 0) { // DONE is the sign bit
                return;
            }
            head++;
            Packet.Ack.Type type = (slot & QOS_2) != 0 ? Packet.Ack.Type.PUBREC : Packet.Ack.Type.PUBACK;
            port.send(type, slot & 0xFFFF, REASONS[slot >>> 16 & 0x3FFF]);
        }
    }

    private void grow() {
        int[] old = ring;
        ring = new int[old.length * 2];
        for (long i = head; i < tail; i++) {
            ring[(int) i & (ring.length - 1)] = old[(int) i & (old.length - 1)];
        }
    }
}
