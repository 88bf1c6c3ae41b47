package dev.mooring;

import dev.mooring.config.Config;
import dev.mooring.config.Pool;
import dev.mooring.store.PatientStore;
import dev.mooring.store.Store;
import dev.mooring.store.StoreMetrics;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * The stores of a node, and the channels beside them.
 *
 * <p>A reload opens what is new beside what is there, under a name of its own on the bus, and proves that it can be
 * used before anything changes. A store that goes first does what it was given; one that comes in its place waits for
 * that.
 *
 * <p>Its methods are called one after the other: by the start, a reload, the stop.
 */
final class Pools {
    /** A worker thread may be this long in one commit before Vert.x warns. */
    private static final long WORKER_WARN_MS = 10_000;
    /** For opening all that a reload brings. */
    private static final long OPEN_S_MAX = 50;
    /** A store that does not come to its end by its own deadline is not waited for any longer. */
    private static final long CLOSE_MS_MORE = 30_000;

    private final Vertx vertx;
    private final UnaryOperator<Store> around;
    private final Supplier<Config> config;
    private final long openS;
    private final Map<String, StoreMetrics> figures = new ConcurrentSkipListMap<>();
    private Map<String, Open> open = new LinkedHashMap<>();
    private int replaced;

    /**
     * @param name of the store on the bus
     * @param turn completed once the one that this one replaces has ended
     * @param deployment of the store; its id
     */
    private record Open(
            Pool pool,
            String name,
            StoreMetrics figures,
            Promise<Void> turn,
            Future<String> deployment,
            List<String> channels) {}

    /** What a reload has opened, and nobody uses yet. */
    final class Opened {
        private final Map<String, Open> next = new LinkedHashMap<>();
        private final Map<String, Open> fresh = new LinkedHashMap<>();

        /** Why they can't be used, by pool; empty when they can. */
        Map<String, String> failures() {
            Map<String, String> failures = new LinkedHashMap<>();
            fresh.forEach((pool, one) -> {
                if (one.deployment.failed()) {
                    failures.put(pool, String.valueOf(one.deployment.cause().getMessage()));
                } else if (!one.deployment.isComplete()) {
                    failures.put(
                            pool,
                            "pool " + pool + " is not open after " + openS
                                    + " s: see that its server answers, and reload again");
                }
            });
            return failures;
        }

        /** Names on the bus, by pool. */
        Map<String, String> stores() {
            return names(next);
        }

        /** They are the pools from now on. What comes back closes the others, once nobody gives them any work. */
        Runnable use() {
            Map<String, Open> before = open;
            open = next;
            figures.keySet().retainAll(next.keySet());
            next.forEach((name, one) -> figures.put(name, one.figures));
            return () -> before.forEach((name, one) -> {
                Open now = next.get(name);
                if (now != one) {
                    closed(one).onComplete(x -> {
                        if (now != null) {
                            now.turn.tryComplete();
                        }
                    });
                }
            });
        }

        /** They are not wanted after all. */
        void abandon() {
            fresh.values().forEach(Pools.this::closed);
        }
    }

    /** @param config that counts now */
    Pools(Vertx vertx, UnaryOperator<Store> around, Supplier<Config> config) {
        this(vertx, around, config, OPEN_S_MAX);
    }

    /** @param openS how long a reload waits for a pool, seconds */
    Pools(Vertx vertx, UnaryOperator<Store> around, Supplier<Config> config, long openS) {
        this.openS = openS;
        this.vertx = vertx;
        this.around = around;
        this.config = config;
    }

    /** By pool. */
    Map<String, StoreMetrics> figures() {
        return Collections.unmodifiableMap(figures);
    }

    /** Names on the bus, by pool. */
    Map<String, String> stores() {
        return names(open);
    }

    private static Map<String, String> names(Map<String, Open> pools) {
        Map<String, String> names = new LinkedHashMap<>();
        pools.forEach((pool, one) -> names.put(pool, one.name));
        return names;
    }

    // ---- start

    /**
     * A pool that keeps the sessions, or is a folder, has to open; a server for rules is waited for beside the rest.
     */
    Future<Void> open() {
        Config now = config.get();
        Future<Void> all = Future.succeededFuture();
        for (String name : now.pools().keySet()) {
            all = all.compose(v -> {
                Promise<Void> turn = Promise.promise();
                turn.complete();
                Open one = open(now, name, name, false, turn);
                open.put(name, one);
                figures.put(name, one.figures);
                return one.deployment.mapEmpty();
            });
        }
        return all;
    }

    private Open open(Config next, String pool, String name, boolean needed, Promise<Void> turn) {
        boolean keepsSessions = pool.equals(next.session().pool());
        Pool described = java.util.Objects.requireNonNull(next.pools().get(pool));
        Store store = around.apply(Stores.of(described, keepsSessions, Stores.owner(next, pool), next.node(), vertx));
        StoreMetrics metrics = new StoreMetrics(store);
        boolean hasToOpen = needed || keepsSessions || store.blocking();
        // Only at the start: later somebody is on line.
        List<StoreOp> first =
                needed ? List.of() : Stores.first(pool, next.node().name(), next);
        PatientStore opening = new PatientStore(vertx, pool, store, metrics, hasToOpen, first);
        DeploymentOptions options = new DeploymentOptions();
        if (store.blocking()) {
            options.setThreadingModel(ThreadingModel.WORKER)
                    .setWorkerPoolName("mooring-store-" + name)
                    .setWorkerPoolSize(1)
                    .setMaxWorkerExecuteTime(WORKER_WARN_MS * 1_000_000);
        }
        StoreVerticle verticle = new StoreVerticle(
                pool, name, opening, metrics, () -> config.get().limits().storeDeadlineMs(), turn.future());
        return new Open(described, name, metrics, turn, vertx.deployVerticle(verticle, options), new ArrayList<>());
    }

    /** For the pools that have none yet. */
    Future<Void> openChannels() {
        Config now = config.get();
        Future<Void> all = Future.succeededFuture();
        for (Open one : open.values()) {
            if (one.channels.isEmpty()
                    && one.pool instanceof Pool.RedisPool redis
                    && !redis.channel().isEmpty()) {
                ChannelVerticle verticle =
                        new ChannelVerticle(Stores.redis(redis, now.node()), redis.channel(), now.loops());
                all = all.compose(v -> vertx.deployVerticle(verticle, new DeploymentOptions()))
                        .onSuccess(one.channels::add)
                        .mapEmpty();
            }
        }
        return all;
    }

    // ---- reload

    /**
     * Opens the pools that are new or other ones, beside those that are there. Does not fail: see
     * {@link Opened#failures}.
     *
     * @param changed pools that are to be opened anew although their values are the same
     */
    Future<Opened> prepare(Config next, Set<String> changed) {
        Opened opened = new Opened();
        List<Future<String>> deployments = new ArrayList<>();
        next.pools().forEach((name, pool) -> {
            Open now = open.get(name);
            Open one = now;
            if (now == null || !now.pool.equals(pool) || changed.contains(name)) {
                Promise<Void> turn = Promise.promise();
                if (now == null) {
                    turn.complete();
                }
                replaced++;
                one = open(next, name, name + "." + replaced, true, turn);
                opened.fresh.put(name, one);
                deployments.add(one.deployment);
            }
            opened.next.put(name, one);
        });
        return Future.join(deployments).timeout(openS, TimeUnit.SECONDS).transform(x -> Future.succeededFuture(opened));
    }

    /** After what it was given is done. */
    private Future<Void> closed(Open one) {
        long ms = config.get().limits().storeDeadlineMs() + CLOSE_MS_MORE;
        Future<Void> channels = Future.succeededFuture();
        for (String channel : one.channels) {
            channels = channels.transform(x -> vertx.undeploy(channel));
        }
        return channels.transform(x -> one.deployment)
                .compose(id -> vertx.undeploy(id).timeout(ms, TimeUnit.MILLISECONDS));
    }

    // ---- stop

    Future<Void> closeChannels() {
        Future<Void> all = Future.succeededFuture();
        for (Open one : open.values()) {
            for (String channel : one.channels) {
                all = all.transform(x -> vertx.undeploy(channel));
            }
            one.channels.clear();
        }
        return all.transform(x -> Future.succeededFuture());
    }

    Future<Void> close() {
        List<Future<Void>> all = new ArrayList<>();
        open.values().forEach(one -> all.add(closed(one)));
        open = new LinkedHashMap<>();
        return Future.join(all).transform(x -> Future.succeededFuture());
    }
}
