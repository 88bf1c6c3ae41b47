package dev.mooring.mqtt;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Bounds on connections and on CONNECTs per second, for the whole node. Safe for all threads. */
public final class ConnectGate {
    private final int connectionsMax;
    private final int ratePerSecond;
    private final AtomicInteger open = new AtomicInteger();
    private volatile boolean shut;
    private final AtomicLong window = new AtomicLong(); // second << 24 | CONNECTs in it

    /** @param ratePerSecond 0 for no bound */
    public ConnectGate(int connectionsMax, int ratePerSecond) {
        this.connectionsMax = connectionsMax;
        this.ratePerSecond = ratePerSecond;
    }

    /** A socket was accepted; false when it is one too many. {@link #closed} must follow either way. */
    boolean opened() {
        return open.incrementAndGet() <= connectionsMax && !shut;
    }

    /** The node stops: no more connections. */
    public void shut() {
        shut = true;
    }

    void closed() {
        open.decrementAndGet();
    }

    public int open() {
        return open.get();
    }

    /** A CONNECT came; false when this second has had its share. */
    boolean connect(long nowMs) {
        if (ratePerSecond == 0) {
            return true;
        }
        long second = nowMs / 1000 << 24;
        long next = window.updateAndGet(w -> (w & ~0xFF_FFFFL) == second ? w + 1 : second + 1);
        return (next & 0xFF_FFFFL) <= ratePerSecond;
    }
}
