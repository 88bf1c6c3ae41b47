package dev.mooring.metrics;

import dev.mooring.message.ReasonCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** Counters of one node, for all threads; read by {@code $SYS} and by {@code /metrics}. */
public final class Metrics {
    private final List<LoopMetrics> loops;
    public final AtomicInteger connections = new AtomicInteger();
    public final LongAdder connectionsAccepted = new LongAdder();
    /** Ends of accepted connections, by the reason in DISCONNECT, or that would be in it. */
    public final EnumCounts<ReasonCode> connectionsClosedByServer = new EnumCounts<>(ReasonCode.class);
    /** By the reason in the client's DISCONNECT. */
    public final EnumCounts<ReasonCode> connectionsClosedByClient = new EnumCounts<>(ReasonCode.class);

    /** Without DISCONNECT. */
    public final LongAdder connectionsClosedSilently = new LongAdder();

    public final LongAdder connectionsLost = new LongAdder();
    /** Sessions that are on their way to the store, each with a connection that ends when they are there. */
    public final AtomicInteger handingOver = new AtomicInteger();
    /** By the reason in CONNACK, or that would be in it. */
    public final EnumCounts<ReasonCode> connectionsRefused = new EnumCounts<>(ReasonCode.class);

    /** Of TLS, or of the PROXY protocol. */
    public final LongAdder handshakesFailed = new LongAdder();

    public final LongAdder authenticationsAccepted = new LongAdder();
    /** Whoever it was is not who they say. */
    public final LongAdder authenticationsRefused = new LongAdder();
    /** Nobody could say who it was: what had to be asked was down, busy or wrong itself. */
    public final LongAdder authenticationsFailed = new LongAdder();

    public final LongAdder packetsMalformed = new LongAdder();
    public final LongAdder keepAliveTimeouts = new LongAdder();
    public final LongAdder sessionsTakenOver = new LongAdder();
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
    /** Of connected clients, whose rights then stay as they are. */
    public final LongAdder rightsNotRefreshed = new LongAdder();

    public final LongAdder publishesRejected = new LongAdder();
    public final LongAdder hookFailures = new LongAdder();
    /** Of messages of QoS 0, and of deliveries, because the queue of the pool was full. */
    public final LongAdder droppedSteps = new LongAdder();

    /** Deliveries at QoS 1 and 2 that were sent and are not acknowledged. */
    public final LongAdder inflight = new LongAdder();

    /** Figures stay 0 without a cluster. */
    public final ClusterMetrics cluster = new ClusterMetrics();

    public final ReloadMetrics reload = new ReloadMetrics();

    private final Actions actions = new Actions();

    public Metrics(int loops) {
        List<LoopMetrics> made = new ArrayList<>();
        for (int i = 0; i < loops; i++) {
            made.add(new LoopMetrics());
        }
        this.loops = List.copyOf(made);
    }

    /** In the order of their numbers. */
    public List<LoopMetrics> loops() {
        return loops;
    }

    public Actions actions() {
        return actions;
    }

    /** A CONNECT is answered with this reason, or with nothing. */
    public void refused(ReasonCode reason) {
        connectionsRefused.increment(reason);
    }

    /** A client has not shown who it is; reasons that say that it broke the protocol count elsewhere. */
    public void loginRefused(ReasonCode reason) {
        switch (reason) {
            case BAD_USER_NAME_OR_PASSWORD, NOT_AUTHORIZED -> authenticationsRefused.increment();
            case SERVER_UNAVAILABLE, SERVER_BUSY, UNSPECIFIED_ERROR -> authenticationsFailed.increment();
            default -> {}
        }
    }

    /** The connection of a session has ended. */
    public void disconnected(ConnectionEnd end) {
        connections.decrementAndGet();
        switch (end.by()) {
            case CLIENT -> connectionsClosedByClient.increment(end.reason());
            case SERVER -> connectionsClosedByServer.increment(end.reason());
            case CLOSING -> connectionsClosedSilently.increment();
            case LOSS -> connectionsLost.increment();
        }
    }

    public long messagesReceived() {
        long sum = 0;
        for (LoopMetrics loop : loops) {
            sum += loop.messagesReceived(0) + loop.messagesReceived(1) + loop.messagesReceived(2);
        }
        return sum;
    }

    public long messagesSent() {
        long sum = 0;
        for (LoopMetrics loop : loops) {
            sum += loop.messagesSent(0) + loop.messagesSent(1) + loop.messagesSent(2);
        }
        return sum;
    }

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
