package dev.mooring.session;

import java.util.concurrent.atomic.LongAdder;

/**
 * Bytes of the deliveries that wait in memory, of all sessions of a node, against their bound. Safe for all threads.
 */
public final class QueueMemory {
    private volatile long bytesMax;
    private final LongAdder bytes = new LongAdder();

    public QueueMemory(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    public void bytesMax(long max) {
        bytesMax = max;
    }

    void add(long more) {
        bytes.add(more);
    }

    /** Exact enough: adding from several threads may pass the bound by what is under way. */
    boolean isFull() {
        return bytes.sum() >= bytesMax;
    }

    public long bytes() {
        return bytes.sum();
    }
}
