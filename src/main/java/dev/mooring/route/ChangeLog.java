package dev.mooring.route;

import dev.mooring.message.TopicFilter;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The filters of the latest changes of a {@link SubscriptionIndex}, so that a reader who kept the result of a match can
 * see whether it still holds. Safe for all threads, without locks.
 *
 * <p>Changes are numbered from 1, and each stands in a ring at its number. Between taking its number and standing there
 * it is missing, and so is one that a later change has overwritten. Whoever misses a change has to expect anything of
 * it; so neither a race nor the size of the ring can hide a change, they only cost a match.
 */
final class ChangeLog {
    /** How many changes are kept. A power of two. */
    static final int KEPT = 1024;

    /** Longer filters, in characters, are logged as "may concern every topic": the bound of what the ring holds. */
    static final int LENGTH_MAX = 512;

    private record Entry(long number, @Nullable TopicFilter filter) {}

    private final AtomicLong latest = new AtomicLong();
    private final AtomicReferenceArray<@Nullable Entry> ring = new AtomicReferenceArray<>(KEPT);

    /** Number of the latest change. */
    long latest() {
        return latest.get();
    }

    /** To be called when the change can be seen, and before its author is told. */
    void add(TopicFilter filter) {
        long number = latest.incrementAndGet();
        boolean keep = filter.text().length() <= LENGTH_MAX;
        ring.set(place(number), new Entry(number, keep ? filter : null));
    }

    /** Whether a change after number {@code from}, up to number {@code to}, may concern the topic. */
    boolean concerns(String topic, long from, long to) {
        for (long number = from + 1; number <= to; number++) {
            Entry entry = ring.get(place(number));
            if (entry == null || entry.number != number || entry.filter == null || entry.filter.matches(topic)) {
                return true;
            }
        }
        return false;
    }

    private static int place(long number) {
        return (int) (number & (KEPT - 1));
    }
}
