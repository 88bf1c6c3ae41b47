package dev.mooring.mqtt;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/** Bounds on connections and on CONNECTs per second, for the whole node. Safe for all threads. */
public final class ConnectGate {
    private final int connectionsMax;
    private final int ratePerSecond;
    private final AtomicInteger open = new AtomicInteger();
    private volatile boolean shut;
    private final int[] listenerMax; // 0: none of its own
    private final AtomicIntegerArray listenerOpen;
    private final AtomicLong window = new AtomicLong(); // second << 24 | CONNECTs in it

    /**
     * @param ratePerSecond 0 for no bound
     * @param listenerMax connections of each listener, 0 for no bound of its own
     */
    public ConnectGate(int connectionsMax, int ratePerSecond, int... listenerMax) {
        this.connectionsMax = connectionsMax;
        this.ratePerSecond = ratePerSecond;
        this.listenerMax = listenerMax;
        this.listenerOpen = new AtomicIntegerArray(listenerMax.length);
    }

    /** A socket was accepted; false when it is one too many. {@link #closed} must follow either way. */
    boolean opened(int listener) {
        int all = open.incrementAndGet();
        int here = listenerOpen.incrementAndGet(listener);
        return all <= connectionsMax && (listenerMax[listener] == 0 || here <= listenerMax[listener]) && !shut;
    }

    /** The node stops: no more connections. */
    public void shut() {
        shut = true;
    }

    boolean isShut() {
        return shut;
    }

    void closed(int listener) {
        open.decrementAndGet();
        listenerOpen.decrementAndGet(listener);
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
