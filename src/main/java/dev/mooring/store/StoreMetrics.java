package dev.mooring.store;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Figures of one pool, read from any thread. What is counted is counted since the process started. */
public final class StoreMetrics {
    /** connected, degraded (retrying) or down. */
    public enum State {
        CONNECTED,
        DEGRADED,
        DOWN
    }

    private final Store store;

    public volatile State state = State.CONNECTED;
    /** For people: what failed last and what to do; empty for nothing. It may be over. */
    public volatile String lastFailure = "";

    public final AtomicLong queuedOps = new AtomicLong();
    public final AtomicLong queuedBytes = new AtomicLong();
    public final LongAdder commits = new LongAdder();
    public final LongAdder applied = new LongAdder();
    public final LongAdder cancelled = new LongAdder();
    public final LongAdder failed = new LongAdder();
    public final LongAdder retried = new LongAdder();
    /** Nanoseconds spent in {@link Store#apply}, waiting included. */
    public final LongAdder applyNs = new LongAdder();

    /** @param store that counts what only it knows */
    public StoreMetrics(Store store) {
        this.store = store;
    }

    /** Messages that gave way because their topic had too many. */
    public long droppedMessages() {
        return store.droppedMessageCount();
    }

    /** Rows or keys in the place of a message that are none, each time that they are met. */
    public long unreadableMessages() {
        return store.unreadableMessageCount();
    }
}
