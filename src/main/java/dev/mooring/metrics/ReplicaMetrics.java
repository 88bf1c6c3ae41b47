package dev.mooring.metrics;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What nodes tell each other of what they have. For all threads. */
public final class ReplicaMetrics {
    /** Entries of this node. */
    public final AtomicLong ownEntries = new AtomicLong();
    /** Entries of other nodes. */
    public final LongAdder copiedEntries = new LongAdder();

    public final LongAdder deltasSent = new LongAdder();
    public final LongAdder deltasReceived = new LongAdder();
    /** A link had no room: the peer gets a copy instead. */
    public final LongAdder deltasDropped = new LongAdder();

    public final LongAdder pagesSent = new LongAdder();
    public final LongAdder pagesReceived = new LongAdder();
    /** For a copy, or the rest of one. */
    public final LongAdder requestsSent = new LongAdder();

    public final LongAdder requestsRepeated = new LongAdder();
    /** A change was missing. */
    public final LongAdder gaps = new LongAdder();
    /** A copy was not like its original although no change was missing: must be 0. */
    public final LongAdder repairs = new LongAdder();
}
