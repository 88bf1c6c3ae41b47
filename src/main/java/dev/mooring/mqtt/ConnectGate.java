package dev.mooring.mqtt;

import dev.mooring.config.Config;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/** Bounds on connections and on CONNECTs per second, for the whole node. Safe for all threads. */
public final class ConnectGate {
    private volatile Limit limit;
    private final AtomicInteger open = new AtomicInteger();
    private volatile boolean shut;
    private final AtomicIntegerArray listenerOpen;
    private final AtomicLong window = new AtomicLong(); // second << 24 | CONNECTs in it
    private final AtomicLongArray listenerWindow; // the same of each listener

    /**
     * @param ratePerSecond 0 for no bound
     * @param listenerMax connections of each listener, 0 for no bound of its own
     * @param listenerRate the same for CONNECTs per second
     */
    private record Limit(int connectionsMax, int ratePerSecond, List<Integer> listenerMax, List<Integer> listenerRate) {
        static Limit of(Config config) {
            return new Limit(
                    config.limits().connectionsMax(),
                    config.limits().connectRateMax(),
                    config.listeners().stream()
                            .map(Config.Listener::maxConnections)
                            .toList(),
                    config.listeners().stream()
                            .map(listener -> listener.limits().connectRateMax())
                            .toList());
        }
    }

    public ConnectGate(Config config) {
        this.limit = Limit.of(config);
        this.listenerWindow = new AtomicLongArray(config.listeners().size());
        this.listenerOpen = new AtomicIntegerArray(config.listeners().size());
    }

    /** Other bounds, for who comes from now on; the listeners are the same. */
    public void bounds(Config config) {
        limit = Limit.of(config);
    }

    /** A socket was accepted; false when it is one too many. {@link #closed} must follow either way. */
    boolean opened(int listener) {
        int all = open.incrementAndGet();
        int here = listenerOpen.incrementAndGet(listener);
        Limit now = limit;
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

    /** A CONNECT came; false when this second has had its share, of the listener or of the node. */
    boolean connect(int listener, long nowMs) {
        Limit now = limit;
        long second = nowMs / 1000 << 24;
        int here = now.listenerRate.get(listener);
        if (here > 0 && isOver(listenerWindow.updateAndGet(listener, w -> counted(w, second)), here)) {
            return false; // and takes no share of the node's
        }
        return now.ratePerSecond == 0 || !isOver(window.updateAndGet(w -> counted(w, second)), now.ratePerSecond);
    }

    private static long counted(long window, long second) {
        return (window & ~0xFF_FFFFL) == second ? window + 1 : second + 1;
    }

    private static boolean isOver(long window, int max) {
        return (window & 0xFF_FFFFL) > max;
    }
}
