package dev.mooring.session;

import dev.mooring.message.Will;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
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

    /** What a Will counts for; and the end of a session, which may have one. */
    private static final int WORK = 4;

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

    /** Takes deadlines that have passed, the earliest first, as far as this much work goes; one at least. */
    List<Deadline> poll(long nowMs, int workMax) {
        List<Deadline> due = new ArrayList<>();
        int work = 0;
        while (work < workMax && !all.isEmpty() && all.first().atMs <= nowMs) {
            Deadline next = all.pollFirst();
            int itsWork = work(next);
            if (!due.isEmpty() && work + itsWork > workMax) {
                all.add(next);
                break;
            }
            work += itsWork;
            due.add(next);
        }
        return due;
    }

    /** In the time that a subscription takes to leave the index; a Will, and an end as such, are writes and a round. */
    private static int work(Deadline deadline) {
        return deadline.will ? WORK : 2 * WORK + deadline.entry.subscriptions.size();
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
