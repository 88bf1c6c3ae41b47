package dev.mooring.metrics;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** Figures of the link to one node, over all of its lives. For all threads. */
public final class LinkMetrics {
    /** Whether what is sent can go at once. */
    public volatile boolean connected;

    /** Not acknowledged, sent or not. */
    public final AtomicLong queuedBytes = new AtomicLong();

    public final LongAdder batchesSent = new LongAdder();
    /** After a connection had broken. */
    public final LongAdder batchesResent = new LongAdder();
    /** Never acknowledged: the peer left. It may have got them, or not. */
    public final LongAdder batchesGivenUp = new LongAdder();

    public final LongAdder batchesReceived = new LongAdder();
    /** Resent by the peer although they had arrived; not passed on a second time. */
    public final LongAdder batchesRepeated = new LongAdder();

    public final LongAdder bytesSent = new LongAdder();
    public final LongAdder bytesReceived = new LongAdder();
    /** Connections that were made, in the direction from here to the peer. */
    public final LongAdder connects = new LongAdder();
    /** Times that the queue became full. */
    public final LongAdder full = new LongAdder();
    /** Bodies that did not get into a full queue. */
    public final LongAdder refused = new LongAdder();
    /** Messages at QoS 0 for which the queue had no room; counted by who routes them. */
    public final LongAdder droppedQos0 = new LongAdder();
    /** Bodies that only newer versions know. */
    public final LongAdder skipped = new LongAdder();
}
