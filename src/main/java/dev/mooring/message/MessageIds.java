package dev.mooring.message;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Gives out the {@link MessageId}s of one node, strictly increasing whatever the clock does. Safe for all threads.
 *
 * <p>One {@code long} holds the last time in microseconds and, below it, 8 bits of sequence; so a node may give out 256
 * ids per microsecond before it runs ahead of the clock, and one compare-and-set orders all of them, until the year
 * 3111.
 */
public final class MessageIds {
    private static final int SEQUENCE_BITS = 8;

    private final long node;
    private final AtomicLong last;

    /**
     * @param node 48 bits that name this node and process
     * @param lastTimeUs no id will be at or before this time: what a store saw last, or 0
     */
    public MessageIds(long node, long lastTimeUs) {
        this.node = (node & 0xFFFF_FFFF_FFFFL) << 16;
        this.last = new AtomicLong((lastTimeUs + 1) << SEQUENCE_BITS);
    }

    /** No id will be at or before this time: a store has seen it. Microseconds. */
    public void after(long timeUs) {
        last.accumulateAndGet((timeUs + 1) << SEQUENCE_BITS, Math::max);
    }

    /** @param nowMs the caller's notion of now; may stand still or go back */
    public MessageId next(long nowMs) {
        long now = (nowMs * 1000) << SEQUENCE_BITS;
        long previous;
        long next;
        do {
            previous = last.get();
            next = Math.max(now, previous + 1);
        } while (!last.compareAndSet(previous, next));
        return new MessageId(next >>> SEQUENCE_BITS, node | (next & ((1 << SEQUENCE_BITS) - 1)));
    }
}
