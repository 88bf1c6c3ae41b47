package dev.mooring.cluster;

import dev.mooring.metrics.ReplicaMetrics;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What one node knows of another one's entries; tells each difference to the listener. Confined to its owner. */
final class Copy {
    private final NodeId origin;
    private final ReplicaListener listener;
    private final ReplicaMetrics metrics;
    private final EntrySet entries = new EntrySet();

    Copy(NodeId origin, ReplicaListener listener, ReplicaMetrics metrics) {
        this.origin = origin;
        this.listener = listener;
        this.metrics = metrics;
    }

    /** Not to be changed. */
    EntrySet entries() {
        return entries;
    }

    void put(Entry entry) {
        Entry before = entries.put(entry);
        if (before == null) {
            metrics.copiedEntries.increment();
            listener.added(origin, entry);
        } else if (!before.equals(entry)) {
            listener.changed(origin, before, entry);
        }
    }

    /** @param key of which kind and key count */
    void remove(Entry key) {
        Entry removed = entries.remove(key);
        if (removed != null) {
            metrics.copiedEntries.decrement();
            listener.removed(origin, removed);
        }
    }

    /**
     * Lets a range hold these entries and no others.
     *
     * @param after the range begins behind this one; null for the beginning
     * @param to it ends with this one; null for the end
     * @param right in order
     */
    void correct(@Nullable Entry after, @Nullable Entry to, List<Entry> right) {
        int next = 0;
        for (Entry old : entries.range(after, to)) {
            while (next < right.size() && right.get(next).compareTo(old) < 0) {
                next++;
            }
            if (next == right.size() || right.get(next).compareTo(old) > 0) {
                remove(old);
            }
        }
        for (Entry entry : right) {
            put(entry);
        }
    }
}
