package dev.mooring.metrics;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Figures of one event loop: written by it alone, read from any thread. So there is no contention and nothing atomic on
 * the way of a message; a reader may see a count some nanoseconds late.
 */
public final class LoopMetrics {
    /** Types of packets, by their number in the fixed header; 0 is none. */
    public static final int TYPES = 16;

    private static final int QOS = TYPES; // messages by QoS stand behind the packets
    private static final int SIZE = TYPES + 3;

    /** What else is on the loop waits that long for one turn: more is a stall. */
    private static final long STALL_NS = TimeUnit.MILLISECONDS.toNanos(10);

    /** The largest lag is that of the last one to two windows. */
    private static final long WINDOW_NS = TimeUnit.SECONDS.toNanos(15);

    private volatile long lastTurnNs;
    private volatile boolean started;
    private volatile long lagNs; // largest of this window
    private volatile long lagBeforeNs; // and of the one before
    private final AtomicLongArray received = new AtomicLongArray(SIZE);
    private final AtomicLongArray sent = new AtomicLongArray(SIZE);
    private volatile long periodNs;
    private long turnBeganNs; // 0: not in a turn
    private volatile long stalls;
    private volatile long stalledNs;
    private long windowStartNs;

    /**
     * By a timer of the loop: what it is late is what everything on the loop had to wait.
     *
     * @param periodMs of the timer
     */
    public void turned(long nowNs, long periodMs) {
        periodNs = TimeUnit.MILLISECONDS.toNanos(periodMs);
        if (started) {
            long late = Math.max(0, nowNs - lastTurnNs - periodNs);
            if (nowNs - windowStartNs > WINDOW_NS) {
                windowStartNs = nowNs;
                lagBeforeNs = lagNs;
                lagNs = late;
            } else if (late > lagNs) {
                lagNs = late;
            }
        } else {
            windowStartNs = nowNs;
        }
        lastTurnNs = nowNs;
        started = true;
    }

    /** Something has come to a loop that had nothing to do, as far as is known here. */
    public void turnBegins(long nowNs) {
        turnBeganNs = nowNs;
    }

    /** All that came in the meantime is done, and its answers are on their way. */
    public void turnEnds(long nowNs) {
        long ns = turnBeganNs == 0 ? 0 : nowNs - turnBeganNs;
        turnBeganNs = 0;
        if (ns > STALL_NS) {
            stalls = stalls + 1; // there is no other writer
            stalledNs = stalledNs + ns;
        }
    }

    /** Turns that took longer than 10 ms. */
    public long stalls() {
        return stalls;
    }

    /** How long these took together. */
    public double stalledS() {
        return stalledNs / 1e9;
    }

    /** A packet of this type has come, and was understood. */
    public void received(int type) {
        increment(received, type);
    }

    /** A packet of this type was written. */
    public void sent(int type) {
        increment(sent, type);
    }

    /** A PUBLISH, which is a packet besides. */
    public void messageReceived(int qos) {
        increment(received, QOS + qos);
    }

    /** A PUBLISH, which is a packet besides. */
    public void messageSent(int qos) {
        increment(sent, QOS + qos);
    }

    public long packetsReceived(int type) {
        return received.getOpaque(type);
    }

    public long packetsSent(int type) {
        return sent.getOpaque(type);
    }

    public long messagesReceived(int qos) {
        return received.getOpaque(QOS + qos);
    }

    public long messagesSent(int qos) {
        return sent.getOpaque(QOS + qos);
    }

    private static void increment(AtomicLongArray counts, int at) {
        counts.setOpaque(at, counts.getPlain(at) + 1); // there is no other writer
    }

    /** Milliseconds since the last turn; 0 before the first. */
    public long silentMs(long nowNs) {
        return started ? TimeUnit.NANOSECONDS.toMillis(Math.max(0, nowNs - lastTurnNs)) : 0;
    }

    /** Largest lag of the last 15 to 30 seconds, or of what is going on. Seconds. */
    public double lagS(long nowNs) {
        long going = started ? nowNs - lastTurnNs - periodNs : 0;
        return Math.max(going, Math.max(lagNs, lagBeforeNs)) / 1e9;
    }
}
