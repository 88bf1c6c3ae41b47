package dev.mooring.session;

import dev.mooring.message.Will;
import java.util.Comparator;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * When the sessions of one shard that have no connection expire, and when their Wills are due. At most two entries for
 * a session, which go when it gets a connection or ends: whoever reconnects all day leaves nothing here. Confined to
 * the shard.
 */
final class SessionDeadlines {
    private static final Comparator<Deadline> ORDER = Comparator.comparingLong(Deadline::atMs)
            .thenComparing(d -> !d.will)
            .thenComparingLong(d -> d.entry.subscriber.sessionId());

    private final TreeSet<Deadline> all = new TreeSet<>(ORDER);

    /** @param will whether the Will is due, else the whole session */
    record Deadline(SessionEntry entry, long atMs, boolean will) {}

    /** The session has just lost its connection, or was found without one. */
    void set(SessionEntry entry) {
        clear(entry);
        Will will = entry.will;
        if (will != null) {
            long delayS = Math.min(will.delayS(), entry.expiryS);
            entry.willDeadline = add(new Deadline(entry, entry.disconnectedAtMs + 1000 * delayS, true));
        }
        if (entry.expiryS != Packet.NEVER_EXPIRES) {
            entry.expiryDeadline = add(new Deadline(entry, entry.disconnectedAtMs + 1000 * entry.expiryS, false));
        }
    }

    void clear(SessionEntry entry) {
        remove(entry.willDeadline);
        remove(entry.expiryDeadline);
        entry.willDeadline = null;
        entry.expiryDeadline = null;
    }

    /** Takes the next deadline that has passed; null when there is none. */
    @Nullable
    Deadline poll(long nowMs) {
        return all.isEmpty() || all.first().atMs > nowMs ? null : all.pollFirst();
    }

    private Deadline add(Deadline deadline) {
        all.add(deadline);
        return deadline;
    }

    private void remove(@Nullable Deadline deadline) {
        if (deadline != null) {
            all.remove(deadline);
        }
    }
}
