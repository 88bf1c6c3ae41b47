package dev.mooring.session;

import dev.mooring.message.MessageId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deliveries of one session that wait in memory, against the session's bounds and the node's. What was in flight on an
 * earlier connection comes before the rest, and only the rest is ever dropped. Confined to the session.
 */
final class MemoryQueue {
    private final OutboxLimits limits;
    private final ArrayDeque<Delivery> again = new ArrayDeque<>(0);
    private final ArrayDeque<Delivery> fresh = new ArrayDeque<>(0);
    private long bytes;

    MemoryQueue(OutboxLimits limits) {
        this.limits = limits;
    }

    /** A single delivery may always wait, or nothing would move once the node's memory is used up. */
    boolean isFull() {
        return size() >= limits.memoryCountMax()
                || bytes >= limits.memoryBytesMax()
                || (!isEmpty() && limits.memory().isFull());
    }

    boolean isEmpty() {
        return fresh.isEmpty() && again.isEmpty();
    }

    int size() {
        return again.size() + fresh.size();
    }

    /** How many have not been sent before. */
    int freshSize() {
        return fresh.size();
    }

    void add(Delivery d) {
        (d.again ? again : fresh).add(d);
        bytes += d.sizeBytes();
        limits.memory().add(d.sizeBytes());
    }

    /** The one to be sent next; there must be one. */
    Delivery remove() {
        return removed(again.isEmpty() ? fresh.remove() : again.remove());
    }

    /** The oldest that has not been sent before; null when there is none. */
    @Nullable
    Delivery removeFresh() {
        return fresh.isEmpty() ? null : removed(fresh.remove());
    }

    private Delivery removed(Delivery d) {
        bytes -= d.sizeBytes();
        limits.memory().add(-d.sizeBytes());
        return d;
    }

    boolean has(MessageId position) {
        return has(again, position) || has(fresh, position);
    }

    private static boolean has(Collection<Delivery> deliveries, MessageId position) {
        for (Delivery d : deliveries) {
            if (d.position.equals(position)) {
                return true;
            }
        }
        return false;
    }

    /** A copy, in order. */
    List<Delivery> all() {
        List<Delivery> all = new ArrayList<>(size());
        all.addAll(again);
        all.addAll(fresh);
        return all;
    }

    /** Whoever needs what is left has taken it. */
    void close() {
        limits.memory().add(-bytes);
        bytes = 0;
        again.clear();
        fresh.clear();
    }
}
