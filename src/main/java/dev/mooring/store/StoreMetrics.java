package dev.mooring.store;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Figures of one pool, read from any thread. */
public final class StoreMetrics {
    /** connected, degraded (retrying) or down. */
    public enum State {
        CONNECTED,
        DEGRADED,
        DOWN
    }

    public volatile State state = State.CONNECTED;
    public final AtomicLong queuedOps = new AtomicLong();
    public final AtomicLong queuedBytes = new AtomicLong();
    public final LongAdder commits = new LongAdder();
    public final LongAdder applied = new LongAdder();
    public final LongAdder cancelled = new LongAdder();
    public final LongAdder failed = new LongAdder();
    public final LongAdder retried = new LongAdder();
    /** Nanoseconds spent in {@link Store#apply}, waiting included. */
    public final LongAdder applyNs = new LongAdder();
}
