package dev.mooring.metrics;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Counters of one node, for all threads; read by {@code $SYS} and, later, by the metrics endpoint. */
public final class Metrics {
    public final AtomicInteger connections = new AtomicInteger();
    public final LongAdder connectionsAccepted = new LongAdder();
    public final LongAdder connectionsRefused = new LongAdder();
    public final LongAdder handshakesFailed = new LongAdder();
    public final LongAdder loginsFailed = new LongAdder();
    public final LongAdder connectionsBanned = new LongAdder();
    public final LongAdder packetsMalformed = new LongAdder();
    public final LongAdder keepAliveTimeouts = new LongAdder();
    public final LongAdder sessionsTakenOver = new LongAdder();
    public final LongAdder messagesReceived = new LongAdder();
    public final LongAdder messagesSent = new LongAdder();
    public final LongAdder bytesReceived = new LongAdder();
    public final LongAdder bytesSent = new LongAdder();
    public final LongAdder droppedExpired = new LongAdder();
    public final LongAdder droppedTooLarge = new LongAdder();
    public final LongAdder droppedQueueFull = new LongAdder();
    public final LongAdder droppedSlowQos0 = new LongAdder();
    public final LongAdder droppedRefused = new LongAdder();
    public final LongAdder droppedForbidden = new LongAdder();
    public final LongAdder droppedNoMember = new LongAdder();
    public final LongAdder droppedRetainedFull = new LongAdder();
    public final LongAdder publishesDenied = new LongAdder();
    public final LongAdder subscriptionsDenied = new LongAdder();
    public final LongAdder willsDenied = new LongAdder();
    public final LongAdder publishesRejected = new LongAdder();
    public final LongAdder hookFailures = new LongAdder();
    /** Of messages of QoS 0, and of deliveries, because the queue of the pool was full. */
    public final LongAdder droppedSteps = new LongAdder();

    /** All messages that were not delivered, whatever the reason. */
    public long dropped() {
        return droppedExpired.sum()
                + droppedTooLarge.sum()
                + droppedQueueFull.sum()
                + droppedSlowQos0.sum()
                + droppedRefused.sum()
                + droppedForbidden.sum()
                + droppedNoMember.sum();
    }
}
