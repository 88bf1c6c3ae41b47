package dev.mooring.mqtt;

import dev.mooring.config.Config;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/** Bounds on connections and on CONNECTs per second, for the whole node. Safe for all threads. */
public final class ConnectGate {
    private volatile Bounds bounds;
    private final AtomicInteger open = new AtomicInteger();
    private volatile boolean shut;
    private final AtomicIntegerArray listenerOpen;
    private final AtomicLong window = new AtomicLong(); // second << 24 | CONNECTs in it

    /**
     * @param ratePerSecond 0 for no bound
     * @param listenerMax connections of each listener, 0 for no bound of its own
     */
    private record Bounds(int connectionsMax, int ratePerSecond, List<Integer> listenerMax) {
        static Bounds of(Config config) {
            return new Bounds(
                    config.limits().connectionsMax(),
                    config.limits().connectRateMax(),
                    config.listeners().stream()
                            .map(Config.Listener::maxConnections)
                            .toList());
        }
    }

    public ConnectGate(Config config) {
        this.bounds = Bounds.of(config);
        this.listenerOpen = new AtomicIntegerArray(config.listeners().size());
    }

    /** Other bounds, for who comes from now on; the listeners are the same. */
    public void bounds(Config config) {
        bounds = Bounds.of(config);
    }

    /** A socket was accepted; false when it is one too many. {@link #closed} must follow either way. */
    boolean opened(int listener) {
        int all = open.incrementAndGet();
        int here = listenerOpen.incrementAndGet(listener);
        Bounds now = bounds;
        int hereMax = now.listenerMax.get(listener);
        return all <= now.connectionsMax && (hereMax == 0 || here <= hereMax) && !shut;
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
        int ratePerSecond = bounds.ratePerSecond;
        if (ratePerSecond == 0) {
            return true;
        }
        long second = nowMs / 1000 << 24;
        long next = window.updateAndGet(w -> (w & ~0xFF_FFFFL) == second ? w + 1 : second + 1);
        return (next & 0xFF_FFFFL) <= ratePerSecond;
    }
}
