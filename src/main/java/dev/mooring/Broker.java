package dev.mooring;

import dev.mooring.auth.AuthPolicy;
import dev.mooring.auth.Guard;
import dev.mooring.auth.Hashing;
import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.config.Config;
import dev.mooring.config.ConfigResult;
import dev.mooring.config.ConfigSources;
import dev.mooring.config.ReloadOutcome;
import dev.mooring.http.HttpVerticle;
import dev.mooring.http.Lifecycle;
import dev.mooring.message.MessageIds;
import dev.mooring.metrics.Metrics;
import dev.mooring.mqtt.ConnectGate;
import dev.mooring.mqtt.MqttVerticle;
import dev.mooring.mqtt.NodeState;
import dev.mooring.peer.Figures;
import dev.mooring.route.RetainedIndex;
import dev.mooring.route.SubscriptionIndex;
import dev.mooring.route.UnderWay;
import dev.mooring.rule.RulePlan;
import dev.mooring.session.QueueMemory;
import dev.mooring.session.Restore;
import dev.mooring.session.SessionVerticle;
import dev.mooring.session.Sessions;
import dev.mooring.store.Store;
import dev.mooring.store.StoreClient;
import dev.mooring.store.StoreMetrics;
import dev.mooring.store.StoreReplies;
import dev.mooring.trace.Traces;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node in a Vert.x instance of its own: deploys everything in the order in which it needs each other, and stops it
 * in the reverse. Stores first, then what they hold, then the session authority, the loops, and at last the listeners.
 */
public final class Broker {
    private static final Logger LOG = LoggerFactory.getLogger(Broker.class);
    /** How long an orderly stop may take, once clients have gone or the time for that is over. */
    public static final int STOP_S = 30;

    final Vertx vertx;
    final Metrics metrics;
    final Lifecycle lifecycle = new Lifecycle();
    final Pools pools;
    final LogLevels logLevels = new LogLevels();
    private final Joining joining;
    private final Reload reload;
    private final SubscriptionIndex index = new SubscriptionIndex();
    final RetainedIndex retained;
    final List<MqttVerticle> loops = new ArrayList<>();
    private final List<String> deployed = new ArrayList<>();
    final ConnectGate gate;
    final QueueMemory memory;
    private final PrometheusMeterRegistry registry;
    final Hashing hashing;
    final Guard guard;
    private final Listeners listeners;
    volatile Config config;
    volatile AuthPolicy policy;
    private @Nullable NodeState node;
    volatile @Nullable HttpVerticle http;
    private String httpDeployment = "";
    private @Nullable Future<Void> draining;

    private Broker(
            Vertx vertx,
            ConfigSources sources,
            ConfigResult.Valid read,
            PrometheusMeterRegistry registry,
            UnaryOperator<Store> around,
            Joining joining) {
        this.vertx = vertx;
        this.config = read.config();
        this.joining = joining;
        this.registry = registry;
        this.metrics = new Metrics(config.loops());
        logLevels.useNamed(config.log());
        this.pools = new Pools(vertx, around, () -> config);
        this.hashing = new Hashing(vertx);
        this.guard = new Guard(Policies.guard(config.auth().ban()));
        this.policy = Policies.of(config, vertx, hashing);
        this.listeners = new Listeners(vertx, config, () -> policy, loops, lifecycle);
        this.retained = new RetainedIndex(
                config.limits().retained().countMax(),
                config.limits().retained().bytesMax());
        this.gate = new ConnectGate(config);
        this.memory = new QueueMemory(config.limits().queuedMemoryBytesMax());
        this.reload = new Reload(
                vertx,
                sources,
                read,
                () -> config,
                (next, change) -> new NextConfig(this, next, change).take(),
                metrics.reload);
    }

    /**
     * Completes once all listeners accept; fails with a text for people, with nothing left running but {@code vertx}.
     *
     * @param sources that are read again by a reload
     * @param read what they gave
     * @param registry shown at {@code /metrics}, besides the broker's own figures
     */
    public static Future<Broker> start(
            Vertx vertx, ConfigSources sources, ConfigResult.Valid read, PrometheusMeterRegistry registry) {
        return start(vertx, sources, read, registry, UnaryOperator.identity(), Joining.ALONE);
    }

    /**
     * @param around put around each store: tests let it fail
     * @param joining {@link Joining#ALONE} for a node that has its session store to itself
     */
    static Future<Broker> start(
            Vertx vertx,
            ConfigSources sources,
            ConfigResult.Valid read,
            PrometheusMeterRegistry registry,
            UnaryOperator<Store> around,
            Joining joining) {
        LocalCodec.register(vertx);
        Broker broker = new Broker(vertx, sources, read, registry, around, joining);
        return Future.join(broker.openHttp(), broker.pools.open()) // side by side: each takes a while
                .compose(v -> broker.openSessions())
                .compose(v -> broker.openListeners())
                .compose(v -> broker.pools.openChannels())
                .onSuccess(v -> broker.running())
                .map(broker)
                .recover(cause -> broker.undeploy().transform(x -> Future.failedFuture(cause)));
    }

    /** Actual port of each listener, in the configuration's order; 0 for one that is closed yet. */
    public List<Integer> ports() {
        return listeners.ports();
    }

    /** Who is banned, by itself or by hand. */
    public Guard guard() {
        return guard;
    }

    /** Actual port of the HTTP listener; -1 when there is none. */
    public int httpPort() {
        return http == null ? -1 : http.port();
    }

    public Metrics metrics() {
        return metrics;
    }

    /** For tests that drain them step by step. */
    List<MqttVerticle> loops() {
        return Collections.unmodifiableList(loops);
    }

    /** By pool. */
    public Map<String, StoreMetrics> storeMetrics() {
        return pools.figures();
    }

    public SubscriptionIndex index() {
        return index;
    }

    public RetainedIndex retained() {
        return retained;
    }

    /** Reads the configuration again, see {@link Reload#reload}. */
    public Future<ReloadOutcome> reload(String why) {
        return reload.reload(why);
    }

    /** How long {@link #drain} may take, by the configuration that counts now. */
    int drainS() {
        return config.drain().timeoutS();
    }

    /** Reads the certificates of all listeners again, for new connections; fails when some can't be used. */
    public Future<Void> reloadCertificates() {
        return loops.get(0).reloadCertificates();
    }

    // ---- start

    private Future<Void> openHttp() {
        if (!config.http().enable()) {
            return Future.succeededFuture();
        }
        HttpVerticle verticle = new HttpVerticle(config, lifecycle, metrics, pools.figures(), registry);
        return vertx.deployVerticle(verticle)
                .onSuccess(id -> {
                    http = verticle;
                    httpDeployment = id;
                })
                .mapEmpty();
    }

    /** What is not needed to serve clients comes last. */
    private void running() {
        lifecycle.phase(Lifecycle.Phase.RUNNING);
        reload.start();
        HttpVerticle opened = http;
        if (opened != null && node != null) {
            opened.open(node, reload::reload, this::drain, Version.text()).onFailure(cause -> {
                if (lifecycle.phase() == Lifecycle.Phase.RUNNING) { // a stop comes at any time
                    LOG.error("/metrics and the API can't be opened", cause);
                }
            });
        }
    }

    private Future<Void> openSessions() {
        lifecycle.phase(Lifecycle.Phase.RESTORING_SESSIONS);
        String pool = config.session().pool();
        StoreClient client = new StoreClient(vertx.eventBus(), pool, "restore", Integer.MAX_VALUE, Long.MAX_VALUE);
        Promise<Void> done = Promise.promise();
        vertx.getOrCreateContext().runOnContext(v -> {
            MessageConsumer<LocalBody> replies = vertx.eventBus().localConsumer("restore", m -> {
                if (m.body() instanceof StoreReplies r) {
                    client.replies(r);
                }
            });
            long node = ThreadLocalRandom.current().nextLong();
            Sessions sessions = new Sessions(
                    vertx.eventBus(),
                    pool,
                    config.loops(),
                    index,
                    new MessageIds(node, 0),
                    new UnderWay(config.loops()),
                    joining.neighbours(vertx.eventBus()));
            new Restore(client, sessions, retained)
                    .run()
                    .compose(lastTimeUs -> {
                        MessageIds ids = sessions.ids();
                        ids.after(lastTimeUs);
                        return deployAll(sessions, ids);
                    })
                    .onComplete(r -> replies.unregister())
                    .onComplete(done);
        });
        return done.future();
    }

    private Future<Void> deployAll(Sessions sessions, MessageIds ids) {
        NodeState shared = new NodeState(
                () -> config,
                RulePlan.of(config.hooks(), metrics.actions()),
                pools.stores(),
                sessions,
                index,
                retained,
                ids,
                metrics,
                gate,
                memory,
                sessions.underWay(),
                () -> policy,
                hashing,
                guard,
                new Traces(Path.of(config.http().traceDir())));
        node = shared;
        Future<Void> all = Future.succeededFuture();
        for (int i = 0; i < config.loops(); i++) {
            MqttVerticle loop = new MqttVerticle(i, shared);
            loops.add(loop);
            all = all.compose(v -> deploy(loop, new DeploymentOptions()));
        }
        for (int i = 0; i < config.loops(); i++) {
            SessionVerticle shard = new SessionVerticle(i, sessions, shared::queueBounds);
            all = all.compose(v -> deploy(shard, new DeploymentOptions()));
        }
        int sysIntervalS = config.mqtt().sysIntervalS();
        SysTopics sys = new SysTopics(vertx.eventBus(), ids);
        all = all.compose(v -> joining.open(
                vertx,
                () -> config,
                pools::stores,
                metrics.cluster,
                sessions,
                retained,
                sysIntervalS > 0 ? sys : Figures.UNWANTED,
                d -> deploy(d, new DeploymentOptions())));
        if (sysIntervalS > 0) {
            SysFigures figures =
                    new SysFigures(sysIntervalS, config.node().name(), sys, metrics, sessions, index, retained);
            all = all.compose(v -> deploy(figures, new DeploymentOptions()));
        }
        return all.onSuccess(v -> sessions.restoreDone());
    }

    private Future<Void> openListeners() {
        lifecycle.phase(Lifecycle.Phase.OPENING_LISTENERS);
        return listeners.open();
    }

    private Future<Void> deploy(Deployable verticle, DeploymentOptions options) {
        return vertx.deployVerticle(verticle, options).onSuccess(deployed::add).mapEmpty();
    }

    // ---- stop

    /**
     * Sends all clients away at a bounded rate, with their sessions in the store before each of them goes, and lets
     * nobody in any more. The node stays up. Once begun it goes on: whoever asks again gets the same future, which does
     * not fail. From any thread.
     */
    public synchronized Future<Void> drain() {
        Future<Void> running = draining;
        if (running == null) {
            lifecycle.phase(Lifecycle.Phase.DRAINING);
            reload.stop();
            gate.shut();
            listeners.stop();
            running = new Drain(vertx, config, loops, metrics, pools.figures())
                    .run()
                    .onComplete(x -> lifecycle.phase(Lifecycle.Phase.DRAINED));
            draining = running;
        }
        return running;
    }

    /** Drains the node, or waits until that is done, and closes the stores. Sessions go on when the node comes back. */
    public Future<Void> stop() {
        return drain().transform(x -> leave()).transform(x -> undeploy());
    }

    private Future<Void> leave() {
        return node == null ? Future.succeededFuture() : joining.leave(vertx, node.sessions());
    }

    private Future<Void> undeploy() {
        List<String> reverse = new ArrayList<>(deployed);
        Collections.reverse(reverse);
        deployed.clear();
        Future<Void> all = pools.closeChannels();
        for (String id : reverse) {
            all = all.transform(x -> vertx.undeploy(id));
        }
        return all.transform(x -> pools.close())
                .transform(x -> {
                    policy.close();
                    return hashing.close();
                })
                .transform(x -> httpDeployment.isEmpty() ? Future.succeededFuture() : vertx.undeploy(httpDeployment))
                .transform(x -> Future.succeededFuture());
    }
}
