package dev.mooring;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import dev.mooring.config.Config;
import dev.mooring.metrics.Metrics;
import dev.mooring.mqtt.MqttVerticle;
import dev.mooring.session.Settle;
import dev.mooring.store.StoreMetrics;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends all clients of a node away, once. First a wait, in which load balancers notice that the node is not ready; then
 * a number of clients per step, twenty steps a second; then the store gets what their sessions have left. When the
 * time-out is over, all that are left go at once.
 *
 * <p>Steps are counted, not timed: after a pause of the process there is no burst that makes up for it.
 */
final class Drain {
    static final int STEPS_PER_S = 20;
    private static final long STEP_MS = 1000 / STEPS_PER_S;
    private static final Logger LOG = LoggerFactory.getLogger(Drain.class);

    private final Vertx vertx;
    private final Config config;
    private final List<MqttVerticle> loops;
    private final Metrics metrics;
    private final Map<String, StoreMetrics> stores;
    private final Promise<Void> clientsGone = Promise.promise();
    private final long startNs = System.nanoTime();
    private long steps;

    /** @param stores figures by pool */
    Drain(Vertx vertx, Config config, List<MqttVerticle> loops, Metrics metrics, Map<String, StoreMetrics> stores) {
        this.vertx = vertx;
        this.config = config;
        this.loops = loops;
        this.metrics = metrics;
        this.stores = stores;
    }

    /** Completes when nobody is connected and the store has everything, or when there is no time left; never fails. */
    Future<Void> run() {
        if (left() > 0) {
            LOG.info(
                    "draining: {} clients, {} per second",
                    left(),
                    config.drain().rate());
        }
        long timer = vertx.setTimer(1000L * config.drain().timeoutS(), t -> timeOut());
        if (left() == 0 || config.drain().waitS() == 0) {
            next();
        } else {
            vertx.setTimer(1000L * config.drain().waitS(), t -> next());
        }
        return clientsGone
                .future()
                .transform(x -> settle()) // the shards get the sessions, and send Wills to the loops
                .transform(x -> settle()) // the loops route them
                .transform(x -> settle())
                .transform(x -> flushed())
                .onComplete(x -> vertx.cancelTimer(timer));
    }

    /** Clients that the step of this number, from 0 on, may send away. */
    static int ofStep(int rate, long step) {
        return (int) (upTo(rate, step + 1) - upTo(rate, step));
    }

    private static long upTo(int rate, long steps) {
        return (rate * steps + STEPS_PER_S - 1) / STEPS_PER_S;
    }

    private void next() {
        if (left() == 0) {
            clientsGone.tryComplete();
        } else if (!clientsGone.future().isComplete()) {
            step().onComplete(x -> vertx.setTimer(STEP_MS, t -> next()));
        }
    }

    /** Completes with how many clients this step has begun to send away. */
    Future<Integer> step() {
        return sendAway(ofStep(config.drain().rate(), steps++));
    }

    private Future<Integer> sendAway(int max) {
        Future<Integer> begun = Future.succeededFuture(0);
        for (MqttVerticle loop : loops) {
            begun = begun.compose(n -> n == max
                    ? Future.succeededFuture(n)
                    : loop.sendAway(max - n).map(more -> n + more));
        }
        return begun;
    }

    private void timeOut() {
        if (left() > 0) {
            LOG.warn(
                    "{} clients are left after drain.timeout_s, {} s: they go at once",
                    left(),
                    config.drain().timeoutS());
        }
        List<Future<?>> all = new ArrayList<>();
        loops.forEach(loop -> all.add(loop.sendAway(Integer.MAX_VALUE)));
        loops.forEach(loop -> all.add(loop.endDepartures())); // behind the others, on each loop
        Future.join(all).onComplete(x -> clientsGone.tryComplete());
    }

    /** Connected, or with a session that is on its way to the store. */
    private int left() {
        return metrics.connections.get() + metrics.handingOver.get();
    }

    private Future<Void> settle() {
        return settle(Address::session).transform(x -> settle(Address::loop));
    }

    private Future<Void> settle(IntFunction<String> address) {
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < config.loops(); i++) {
            all.add(vertx.eventBus().request(address.apply(i), new Settle(), LocalCodec.OPTIONS));
        }
        return Future.join(all).transform(x -> Future.succeededFuture());
    }

    /** Completes when no pool that works has anything to write, or when there is no time left. */
    private Future<Void> flushed() {
        Promise<Void> done = Promise.promise();
        flushed(done);
        return done.future();
    }

    private void flushed(Promise<Void> done) {
        boolean writes = stores.values().stream()
                .anyMatch(pool -> pool.state != StoreMetrics.State.DOWN && pool.queuedOps.get() > 0);
        long passedMs = (System.nanoTime() - startNs) / 1_000_000;
        if (!writes || passedMs >= 1000L * config.drain().timeoutS()) {
            done.complete();
        } else {
            vertx.setTimer(STEP_MS, t -> flushed(done));
        }
    }
}
