package dev.mooring;

import dev.mooring.auth.AuthPolicy;
import dev.mooring.auth.Guard;
import dev.mooring.auth.Hashing;
import dev.mooring.bus.Address;
import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.config.Config;
import dev.mooring.config.Pool;
import dev.mooring.http.HttpVerticle;
import dev.mooring.http.Lifecycle;
import dev.mooring.http.Registry;
import dev.mooring.message.MessageIds;
import dev.mooring.metrics.Metrics;
import dev.mooring.mqtt.ConnectGate;
import dev.mooring.mqtt.MqttVerticle;
import dev.mooring.mqtt.NodeState;
import dev.mooring.mqtt.PolicyChanged;
import dev.mooring.route.RetainedIndex;
import dev.mooring.route.SubscriptionIndex;
import dev.mooring.route.UnderWay;
import dev.mooring.rule.Function;
import dev.mooring.rule.Rule;
import dev.mooring.rule.RulePlan;
import dev.mooring.session.QueueMemory;
import dev.mooring.session.Restore;
import dev.mooring.session.SessionVerticle;
import dev.mooring.session.Sessions;
import dev.mooring.store.PatientStore;
import dev.mooring.store.Store;
import dev.mooring.store.StoreClient;
import dev.mooring.store.StoreMetrics;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReplies;
import dev.mooring.store.StoreVerticle;
import dev.mooring.trace.Traces;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Deployable;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageConsumer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
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

    /** A worker thread may be this long in one commit before Vert.x warns. */
    private static final long WORKER_WARN_MS = 10_000;

    private final Vertx vertx;
    private final Config config;
    private final UnaryOperator<Store> around;
    private final Metrics metrics;
    private final Lifecycle lifecycle = new Lifecycle();
    private final Map<String, StoreMetrics> storeMetrics = new ConcurrentSkipListMap<>();
    private final SubscriptionIndex index = new SubscriptionIndex();
    private final RetainedIndex retained;
    private final List<MqttVerticle> loops = new ArrayList<>();
    private final List<String> deployed = new ArrayList<>();
    private final ConnectGate gate;
    private final PrometheusMeterRegistry registry;
    private final Hashing hashing;
    private final Guard guard;
    private final Listeners listeners;
    private volatile AuthPolicy policy;
    private @Nullable NodeState node;
    private @Nullable HttpVerticle http;
    private String httpDeployment = "";
    private @Nullable Future<Void> draining;

    private Broker(Vertx vertx, Config config, PrometheusMeterRegistry registry, UnaryOperator<Store> around) {
        this.vertx = vertx;
        this.config = config;
        this.around = around;
        this.registry = registry;
        this.metrics = new Metrics(config.loops());
        this.hashing = new Hashing(vertx);
        this.guard = new Guard(Policies.guard(config.auth().ban()));
        this.policy = Policies.of(config, vertx, hashing);
        this.listeners = new Listeners(vertx, config, () -> policy, loops, lifecycle);
        this.retained = new RetainedIndex(
                config.limits().retained().countMax(),
                config.limits().retained().bytesMax());
        this.gate = new ConnectGate(
                config.limits().connectionsMax(),
                config.limits().connectRateMax(),
                config.listeners().stream()
                        .mapToInt(Config.Listener::maxConnections)
                        .toArray());
    }

    /**
     * Completes once all listeners accept; fails with a text for people, with nothing left running but {@code vertx}.
     */
    public static Future<Broker> start(Vertx vertx, Config config) {
        return start(vertx, config, Registry.create());
    }

    /** @param registry shown at {@code /metrics}, besides the broker's own figures */
    public static Future<Broker> start(Vertx vertx, Config config, PrometheusMeterRegistry registry) {
        return start(vertx, config, registry, UnaryOperator.identity());
    }

    /** @param around put around each store: tests let it fail */
    static Future<Broker> start(
            Vertx vertx, Config config, PrometheusMeterRegistry registry, UnaryOperator<Store> around) {
        LocalCodec.register(vertx);
        Broker broker = new Broker(vertx, config, registry, around);
        return Future.join(broker.openHttp(), broker.openStores()) // side by side: each takes a while
                .compose(v -> broker.openSessions())
                .compose(v -> broker.openListeners())
                .compose(v -> broker.openChannels())
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
        return Collections.unmodifiableMap(storeMetrics);
    }

    public SubscriptionIndex index() {
        return index;
    }

    public RetainedIndex retained() {
        return retained;
    }

    /**
     * Who may do what, by another configuration with the same listeners: counts for new clients at once. Completes when
     * connected ones have the rights, and only those, that they have by it. Fails, and has changed nothing, when what
     * it needs can't be loaded.
     */
    public Future<Void> policy(Config next) {
        AuthPolicy opened = Policies.of(next, vertx, hashing);
        List<Future<?>> loaded = new ArrayList<>();
        config.listeners().forEach(l -> loaded.add(opened.open(l.name())));
        return Future.join(loaded).onFailure(e -> opened.close()).compose(v -> {
            policy.close();
            policy = opened;
            guard.settings(Policies.guard(next.auth().ban()));
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < config.loops(); i++) {
                all.add(vertx.eventBus().request(Address.loop(i), new PolicyChanged(), LocalCodec.OPTIONS));
            }
            return Future.join(all).mapEmpty();
        });
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
        HttpVerticle verticle = new HttpVerticle(config, lifecycle, metrics, storeMetrics, registry);
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
        HttpVerticle opened = http;
        if (opened != null && node != null) {
            opened.open(node, Version.text(), this::drain).onFailure(cause -> {
                if (lifecycle.phase() == Lifecycle.Phase.RUNNING) { // a stop comes at any time
                    LOG.error("/metrics and the API can't be opened", cause);
                }
            });
        }
    }

    /**
     * A pool that keeps the sessions, or is a folder, has to open; a server for rules is waited for beside the rest.
     */
    private Future<Void> openStores() {
        Future<Void> all = Future.succeededFuture();
        for (Map.Entry<String, Pool> pool : config.pools().entrySet()) {
            String name = pool.getKey();
            boolean keepsSessions = name.equals(config.session().pool());
            Store store = around.apply(Stores.of(pool.getValue(), keepsSessions, config.node(), vertx));
            StoreMetrics figures = new StoreMetrics(store);
            storeMetrics.put(name, figures);
            boolean needed = keepsSessions || store.blocking();
            PatientStore opening = new PatientStore(vertx, name, store, figures, needed, first(name));
            DeploymentOptions options = new DeploymentOptions();
            if (store.blocking()) {
                options.setThreadingModel(ThreadingModel.WORKER)
                        .setWorkerPoolName("mooring-store-" + name)
                        .setWorkerPoolSize(1)
                        .setMaxWorkerExecuteTime(WORKER_WARN_MS * 1_000_000);
            }
            StoreVerticle verticle =
                    new StoreVerticle(name, opening, figures, config.limits().storeDeadlineMs());
            all = all.compose(v -> deploy(verticle, options));
        }
        return all;
    }

    /** Where rules keep who is on line, nobody is: a crash of this node may have left somebody there. */
    private List<StoreOp> first(String pool) {
        for (Rule rule : config.hooks()) {
            if (rule.enabled()
                    && rule.action() == Function.CLIENT_CONNECTED
                    && rule.pool().equals(pool)) {
                return List.of(new StoreOp.NodeClear(config.node().name(), System.currentTimeMillis() / 1000));
            }
        }
        return List.of();
    }

    private Future<Void> openChannels() {
        Future<Void> all = Future.succeededFuture();
        for (Pool pool : config.pools().values()) {
            if (pool instanceof Pool.RedisPool redis && !redis.channel().isEmpty()) {
                ChannelVerticle verticle =
                        new ChannelVerticle(Stores.redis(redis, config.node()), redis.channel(), config.loops());
                all = all.compose(v -> deploy(verticle, new DeploymentOptions()));
            }
        }
        return all;
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
                    new UnderWay(config.loops()));
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
                config,
                RulePlan.of(config.hooks(), metrics.actions()),
                sessions,
                index,
                retained,
                ids,
                metrics,
                gate,
                new QueueMemory(config.limits().queuedMemoryBytesMax()),
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
            SessionVerticle shard = new SessionVerticle(i, sessions);
            all = all.compose(v -> deploy(shard, new DeploymentOptions()));
        }
        if (config.mqtt().sysIntervalS() > 0) {
            SysTopics sys = new SysTopics(config.mqtt().sysIntervalS(), metrics, ids, sessions, index, retained);
            all = all.compose(v -> deploy(sys, new DeploymentOptions()));
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
            gate.shut();
            listeners.stop();
            running = new Drain(vertx, config, loops, metrics, storeMetrics)
                    .run()
                    .onComplete(x -> lifecycle.phase(Lifecycle.Phase.DRAINED));
            draining = running;
        }
        return running;
    }

    /** Drains the node, or waits until that is done, and closes the stores. Sessions go on when the node comes back. */
    public Future<Void> stop() {
        return drain().transform(x -> undeploy());
    }

    private Future<Void> undeploy() {
        List<String> reverse = new ArrayList<>(deployed);
        Collections.reverse(reverse);
        deployed.clear();
        Future<Void> all = Future.succeededFuture();
        for (String id : reverse) {
            all = all.transform(x -> vertx.undeploy(id));
        }
        return all.transform(x -> {
                    policy.close();
                    return hashing.close();
                })
                .transform(x -> httpDeployment.isEmpty() ? Future.succeededFuture() : vertx.undeploy(httpDeployment))
                .transform(x -> Future.succeededFuture());
    }
}
