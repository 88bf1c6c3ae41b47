package dev.mooring;

import dev.mooring.auth.AuthPolicy;
import dev.mooring.config.Config;
import dev.mooring.http.Lifecycle;
import dev.mooring.mqtt.MqttVerticle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the listeners, each on every loop. One whose way to know clients can't be loaded stays closed, and is tried
 * again: an open door that nobody watches would be worse. Safe for all threads.
 */
final class Listeners {
    private static final Logger LOG = LoggerFactory.getLogger(Listeners.class);
    private static final long RETRY_MS = 2_000;
    /** Each try that fails would drown what else the log says. */
    private static final int TRIES_A_MINUTE = 30;

    private final Vertx vertx;
    private final List<Config.Listener> listeners;
    private final Supplier<AuthPolicy> policy;
    private final List<MqttVerticle> loops;
    private final List<Integer> ports = new CopyOnWriteArrayList<>();
    private final Lifecycle lifecycle;
    private final AtomicIntegerArray tries;
    private volatile boolean stopped;

    /** @param loops filled before {@link #open} */
    Listeners(Vertx vertx, Config config, Supplier<AuthPolicy> policy, List<MqttVerticle> loops, Lifecycle lifecycle) {
        this.vertx = vertx;
        this.listeners = config.listeners();
        this.policy = policy;
        this.loops = loops;
        this.tries = new AtomicIntegerArray(listeners.size());
        this.lifecycle = lifecycle;
        for (Config.Listener listener : listeners) {
            ports.add(0);
            lifecycle.listenerClosed(listener.name());
        }
    }

    /**
     * Completes when each listener accepts, or stays closed until its logins can be loaded; fails when an address can't
     * be had.
     */
    Future<Void> open() {
        Future<Void> all = Future.succeededFuture();
        for (int i = 0; i < listeners.size(); i++) {
            int at = i;
            all = all.compose(v -> open(at));
        }
        return all;
    }

    private Future<Void> open(int at) {
        String name = listeners.get(at).name();
        return policy.get()
                .open(name)
                .map(v -> true)
                .otherwise(e -> {
                    if (tries.getAndIncrement(at) % TRIES_A_MINUTE == 0) {
                        LOG.error("listener {} stays closed, and is tried again: {}", name, e.getMessage());
                    }
                    vertx.setTimer(RETRY_MS, t -> again(at));
                    return false;
                })
                .compose(loaded -> loaded && !stopped ? listen(at) : Future.succeededFuture());
    }

    private void again(int at) {
        if (!stopped) {
            open(at).onComplete(done -> {
                if (done.failed()) {
                    LOG.error(
                            "listener {}: {}",
                            listeners.get(at).name(),
                            done.cause().getMessage());
                    vertx.setTimer(RETRY_MS, t -> again(at));
                } else if (ports.get(at) != 0) {
                    LOG.info("listener {} is open", listeners.get(at).name());
                }
            });
        }
    }

    /** Loops share a port that the system chooses only if it is asked for as a negative number, the same for all. */
    private Future<Void> listen(int at) {
        int wanted = listeners.get(at).port();
        int shared = wanted == 0 ? -1 - at : wanted;
        Future<?> all = Future.succeededFuture();
        for (MqttVerticle loop : loops) {
            all = all.compose(v -> loop.listen(at, shared)).onSuccess(port -> ports.set(at, port));
        }
        return all.<Void>mapEmpty()
                .onSuccess(v -> lifecycle.listenerOpen(listeners.get(at).name()));
    }

    List<Integer> ports() {
        return new ArrayList<>(ports);
    }

    /** Those that are open close with their loops; the others stay closed. */
    void stop() {
        stopped = true;
    }
}
