package dev.mooring.session;

import dev.mooring.message.MessageId;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deliveries in flight by packet id, and the allocator of packet ids 1..65,535. Confined to the session.
 *
 * <p>A table of a power of two, indexed by the low bits of the packet id: ids are given out in turn, so that the slot
 * is nearly always free; an id whose slot is taken is passed over. No hashing, no boxing, and an id in use is never
 * given out again ([MQTT-2.2.1-3]).
 */
final class Inflight {
    private static final int CAPACITY_MIN = 2;
    private static final int CAPACITY_MAX = 1 << 16;

    private @Nullable Delivery[] table = new Delivery[CAPACITY_MIN];
    private int size;
    private int lastId;

    int size() {
        return size;
    }

    @Nullable
    Delivery get(int packetId) {
        Delivery d = table[packetId & (table.length - 1)];
        return d != null && d.packetId == packetId ? d : null;
    }

    /** Gives the delivery a packet id that is not in use. There must be fewer than 65,535 in flight. */
    void add(Delivery delivery) {
        if (size >= table.length / 2) {
            grow();
        }
        int id = lastId;
        do {
            id = id == 0xFFFF ? 1 : id + 1;
        } while (table[id & (table.length - 1)] != null);
        lastId = id;
        put(delivery, id);
    }

    /** Takes up a delivery under the packet id that it had before. */
    void restore(Delivery delivery, int packetId) {
        while (table[packetId & (table.length - 1)] != null && table.length < CAPACITY_MAX) {
            grow();
        }
        lastId = packetId; // new ids go on behind the last one used
        put(delivery, packetId);
    }

    @Nullable
    Delivery remove(int packetId) {
        Delivery d = get(packetId);
        if (d != null) {
            table[packetId & (table.length - 1)] = null;
            size--;
        }
        return d;
    }

    boolean has(MessageId position) {
        for (Delivery d : table) {
            if (d != null && d.position.equals(position)) {
                return true;
            }
        }
        return false;
    }

    /** All of them, in no order. */
    List<Delivery> all() {
        List<Delivery> all = new ArrayList<>(size);
        for (Delivery d : table) {
            if (d != null) {
                all.add(d);
            }
        }
        return all;
    }

    private void put(Delivery delivery, int packetId) {
        delivery.packetId = packetId;
        table[packetId & (table.length - 1)] = delivery;
        size++;
    }

    /** Doubles the table; ids that differed in their low bits still do. */
    private void grow() {
        if (table.length == CAPACITY_MAX) {
            return;
        }
        @Nullable Delivery[] old = table;
        table = new Delivery[old.length * 2];
        for (Delivery d : old) {
            if (d != null) {
                table[d.packetId & (table.length - 1)] = d;
            }
        }
    }
}
