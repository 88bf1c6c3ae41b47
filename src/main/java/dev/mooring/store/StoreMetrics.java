package dev.mooring.store;

import dev.mooring.metrics.LatencyCounts;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
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
    /** How long commits took: {@link Store#apply}, waiting included. */
    public final LatencyCounts commitLatency = new LatencyCounts();

    private final AtomicLongArray retriedByKind = new AtomicLongArray(OpKind.values().length);
    /** Nanoseconds spent in {@link Store#apply}, waiting included. */
    public final LongAdder applyNs = new LongAdder();

    /** An operation has to be tried again. Only by the store's own context. */
    void retried(OpKind kind) {
        retriedByKind.setOpaque(kind.ordinal(), retriedByKind.getPlain(kind.ordinal()) + 1);
    }

    public long retriedOf(OpKind kind) {
        return retriedByKind.getOpaque(kind.ordinal());
    }

    /** @param store that counts what only it knows */
    public StoreMetrics(Store store) {
        this.store = store;
    }

    /** Messages that gave way because their topic had too many. */
    public long droppedMessages() {
        return store.droppedMessageCount();
    }

    /** Times that the disk was made to write; 0 where the backend has none of its own. */
    public long fsyncs() {
        return store.fsyncCount();
    }

    /** Rows or keys in the place of a message that are none, each time that they are met. */
    public long unreadableMessages() {
        return store.unreadableMessageCount();
    }

    /** Messages that a view which other programs read has no room for, though they are stored and found. */
    public long unlistedMessages() {
        return store.unlistedMessageCount();
    }

    /** Operations refused because a name or a message is larger than the backend takes. */
    public long refusedBySize() {
        return store.refusedBySizeCount();
    }
}
