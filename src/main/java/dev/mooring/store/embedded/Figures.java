package dev.mooring.store.embedded;

import dev.mooring.store.codec.Damaged;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counters of the embedded store since the process started. Safe to read from any thread. */
final class Figures {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedStore.class);

    final AtomicLong commits = new AtomicLong();
    final AtomicLong syncs = new AtomicLong();
    final AtomicLong damagedRows = new AtomicLong();
    final AtomicLong droppedMessages = new AtomicLong();
    final AtomicLong expiredRows = new AtomicLong();
    final AtomicLong faults = new AtomicLong();

    void damaged(String where, Damaged e) {
        damaged(where, String.valueOf(e.getMessage()));
    }

    /** A row that cannot be used: counted, said, and left where it is for a person or a newer program. */
    void damaged(String where, String what) {
        long n = damagedRows.incrementAndGet();
        if (n <= 20 || n % 1000 == 0) {
            LOG.error("skipped a damaged row of {}: {} ({} so far); its bytes are kept", where, what, n);
        }
    }
}
