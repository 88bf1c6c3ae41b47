package dev.mooring.session;

import dev.mooring.message.MessageId;
import java.util.ArrayDeque;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/**
 * Deliveries of one session that wait in memory, against the session's bounds and the node's. Confined to the session.
 */
final class MemoryQueue {
    private final OutboxLimits limits;
    private final ArrayDeque<Delivery> deliveries = new ArrayDeque<>(0);
    private long bytes;

    MemoryQueue(OutboxLimits limits) {
        this.limits = limits;
    }

    /** A single delivery may always wait, or nothing would move once the node's memory is used up. */
    boolean isFull() {
        return deliveries.size() >= limits.memoryCountMax()
                || bytes >= limits.memoryBytesMax()
                || (!deliveries.isEmpty() && limits.memory().isFull());
    }

    boolean isEmpty() {
        return deliveries.isEmpty();
    }

    int size() {
        return deliveries.size();
    }

    void add(Delivery d) {
        deliveries.add(d);
        bytes += d.sizeBytes();
        limits.memory().add(d.sizeBytes());
    }

    @Nullable
    Delivery peek() {
        return deliveries.peek();
    }

    /** The oldest; there must be one. */
    Delivery remove() {
        Delivery d = deliveries.remove();
        bytes -= d.sizeBytes();
        limits.memory().add(-d.sizeBytes());
        return d;
    }

    boolean has(MessageId position) {
        for (Delivery d : deliveries) {
            if (d.position.equals(position)) {
                return true;
            }
        }
        return false;
    }

    Collection<Delivery> all() {
        return deliveries;
    }

    /** Whoever needs what is left has taken it. */
    void close() {
        limits.memory().add(-bytes);
        bytes = 0;
        deliveries.clear();
    }
}
