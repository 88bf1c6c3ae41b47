package dev.mooring.mqtt;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.config.Config;
import dev.mooring.message.Message;
import dev.mooring.message.TopicFilter;
import dev.mooring.metrics.LoopMetrics;
import dev.mooring.route.Arrivals;
import dev.mooring.route.Deliveries;
import dev.mooring.route.Relays;
import dev.mooring.route.Router;
import dev.mooring.route.Target;
import dev.mooring.rule.RuleMatcher;
import dev.mooring.session.ClientsQuery;
import dev.mooring.session.OutboxLimits;
import dev.mooring.session.PublishMessage;
import dev.mooring.session.Published;
import dev.mooring.session.Rescan;
import dev.mooring.session.SessionClosed;
import dev.mooring.session.SessionOpened;
import dev.mooring.session.Settle;
import dev.mooring.session.TakeOver;
import dev.mooring.store.StoreClient;
import dev.mooring.store.StoreReplies;
import io.netty.channel.EventLoop;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBus;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One event loop and what it owns: its connections with their sessions, its router, its ways to the stores and to the
 * other loops. Confined to that event loop.
 *
 * <p><b>Tick.</b> What one turn of the event loop produces is collected and sent off at its end, by {@link #flush}:
 * first the store batches, then the deliveries for other loops, then the sockets. That order is what the rest relies
 * on: a message has reached its store before any subscriber can acknowledge it.
 */
final class Loop {
    /** Period of {@link #tick}, milliseconds. */
    static final long TICK_MS = 100;

    /** Sockets written to, or connections ticked, before the loop lets others have a turn. */
    private static final int CONNECTIONS_PER_TURN = 512;
    /** Retained messages looked at per tick for expired ones. */
    private static final int PURGE_TOPICS = 200;

    final int number;
    final NodeState node;
    final Vertx vertx;
    final ContextInternal context;
    final EventLoop eventLoop;
    final Router router;
    final RuleMatcher rules;
    final PoolClients pools;
    final TopicCache topics = new TopicCache();
    final PublishPath publishPath;
    private final OwnMessages ownMessages = new OwnMessages(this);
    final Arrivals arrivals;
    final HookRunner hooks;
    final FrameCache frames = new FrameCache();
    final KeepAliveWheel keepAlive = new KeepAliveWheel();
    final Lingering lingering = new Lingering(keepAlive);
    final StoreClient sessionStore;
    final Room room;
    final RulesRefresh refresh;
    final Looks looks = new Looks((what, then) -> forEach(List.copyOf(connections()), 0, what, then));
    private final EventBus bus;
    private final LoopMetrics figures;
    private Config config;
    private List<Bounds> bounds;
    private OutboxLimits outboxLimits;
    private final OutgoingDeliveries outgoing;
    private final OutgoingRelays relays;
    private final Map<String, MqttConnection> sessions = new HashMap<>();
    private final Fences fences;
    private final ArrayDeque<MqttConnection> dirty = new ArrayDeque<>();
    private final ArrayDeque<MqttConnection> ticking = new ArrayDeque<>();
    private @Nullable String purgedUpTo;
    private boolean flushScheduled;
    private boolean flushesLater;
    private long nowMs = System.currentTimeMillis();

    Loop(int number, NodeState node, Vertx vertx, ContextInternal context) {
        this.number = number;
        this.node = node;
        this.vertx = vertx;
        this.context = context;
        this.eventLoop = context.nettyEventLoop();
        this.bus = vertx.eventBus();
        this.figures = node.metrics().loops().get(number);
        this.router = new Router(node.index());
        this.rules = new RuleMatcher(node.plan());
        this.config = node.config().get();
        this.bounds = Bounds.of(config);
        this.outboxLimits = LiveSession.outboxLimits(node, config.limits());
        this.outgoing = new OutgoingDeliveries(bus, node.underWay(), config.loops());
        this.relays = new OutgoingRelays(bus, node.underWay(), number);
        this.fences = new Fences(this, bus, config.loops());
        this.pools = new PoolClients(bus, number);
        pools.use(config, node.stores());
        this.sessionStore = store(config.session().pool());
        this.publishPath = new PublishPath(this);
        this.arrivals = new Arrivals(number, Arrivals.WORK_PER_TURN, this::arrivalsTurn, publishPath::redeliver);
        this.room = new Room(this, arrivals, node.underWay(), pools.all());
        this.hooks = new HookRunner(this);
        this.refresh = new RulesRefresh(this, () -> node.policy().get().sources());
    }

    /** What counts here now; a reload puts another one in its place, between two turns. */
    Config config() {
        return config;
    }

    /** For connections that come from now on. */
    Bounds bounds(int listener) {
        return bounds.get(listener);
    }

    /** For connections that come from now on. */
    OutboxLimits outboxLimits() {
        return outboxLimits;
    }

    private void use(ConfigChanged changed) {
        config = changed.config();
        bounds = Bounds.of(config);
        outboxLimits = LiveSession.outboxLimits(node, config.limits());
        pools.use(config, changed.stores());
        rules.plan(changed.plan());
        publishPath.use(config.limits());
    }

    long nowMs() {
        return nowMs;
    }

    /** Something happens on this loop: takes the time, and has {@link #flush} follow at the end of the turn. */
    void wake() {
        nowMs = System.currentTimeMillis();
        scheduleFlush();
    }

    StoreClient store(String pool) {
        return pools.of(pool);
    }

    // ---- the bus

    void receive(io.vertx.core.eventbus.Message<LocalBody> m) {
        wake();
        LocalBody body = m.body();
        if (body instanceof Deliveries deliveries) {
            arrivals.deliver(deliveries, () -> node.underWay().arrived(number, deliveries.bytes()));
        } else if (body instanceof StoreReplies replies) {
            pools.replies(replies);
            room.look();
        } else if (body instanceof SessionOpened opened) {
            opened.asked().answer().accept(opened);
        } else if (body instanceof Fence fence) {
            flush();
            bus.send(Address.loop(fence.fromLoop()), new Fence.Done(fence.token()), LocalCodec.OPTIONS);
        } else if (body instanceof Fence.Done done) {
            fences.done(done.token());
        } else if (body instanceof PublishMessage publish) {
            ownMessages.publish(publish, reason -> m.reply(new Published(reason), LocalCodec.OPTIONS));
        } else if (body instanceof Settle settle) {
            flush();
            if (settle.stored()) {
                sessionStore.whenAnswered(() -> {
                    relays.flush();
                    m.reply(body, LocalCodec.OPTIONS);
                });
            } else {
                arrivals.afterAll(() -> m.reply(body, LocalCodec.OPTIONS));
            }
        } else if (body instanceof Relays relayed) {
            relayed.items().forEach(item -> publishPath.relayed(item, relayed.isLate()));
            node.underWay().arrived(number, relayed.bytes());
        } else if (body instanceof Rescan rescan) {
            looks.receive(rescan);
        } else if (body instanceof TakeOver takeOver) {
            m.reply(takeOver(takeOver), LocalCodec.OPTIONS);
        } else if (body instanceof ClientsQuery query) {
            m.reply(ConnectionInfos.of(query, sessions), LocalCodec.OPTIONS);
        } else if (body instanceof ConfigChanged changed) {
            use(changed);
            m.reply(body, LocalCodec.OPTIONS);
        } else if (body instanceof PolicyChanged) {
            List<MqttConnection> all = List.copyOf(sessions.values());
            forEach(all, 0, c -> c.subscribing().policyChanged(), () -> {
                refresh.all();
                m.reply(body, LocalCodec.OPTIONS);
            });
        } else if (body instanceof ProxySubscribe p) {
            Optional.ofNullable(sessions.get(p.clientId()))
                    .ifPresent(c -> c.subscribing().proxy(p));
        }
    }

    /** Some in each turn. */
    private void forEach(List<MqttConnection> all, int from, Consumer<MqttConnection> what, Runnable then) {
        int to = Math.min(all.size(), from + CONNECTIONS_PER_TURN);
        all.subList(from, to).forEach(what);
        if (to < all.size()) {
            later(() -> forEach(all, to, what, then));
        } else {
            then.run();
        }
    }

    /** For another loop, at the end of this tick. */
    void send(int loop, Message message, Target[] targets, @Nullable TopicFilter shared) {
        outgoing.add(loop, message, targets, shared);
        scheduleFlush();
    }

    /** For other nodes, at the end of this tick. */
    void relay(Relays.Item item) {
        relays.add(item);
        scheduleFlush();
    }

    /** Whatever thread the answer of {@code question}, which must not fail, comes on: it is given to this loop. */
    <T> void ask(Supplier<Future<T>> question, Consumer<T> answer) {
        ContextInternal before = context.beginDispatch();
        try {
            question.get().onSuccess(result -> {
                if (eventLoop.inEventLoop()) {
                    wake();
                    answer.accept(result);
                } else {
                    later(() -> answer.accept(result));
                }
            });
        } finally {
            context.endDispatch(before);
        }
    }

    void request(String address, LocalBody body, Consumer<@Nullable LocalBody> reply) {
        ContextInternal before = context.beginDispatch(); // the answer has to come to this loop
        try {
            bus.<LocalBody>request(address, body, LocalCodec.OPTIONS).onComplete(r -> {
                wake();
                reply.accept(r.succeeded() ? r.result().body() : null);
            });
        } finally {
            context.endDispatch(before);
        }
    }

    void send(String address, LocalBody body) {
        pools.flush(); // whoever hears of it finds the store as this loop left it
        bus.send(address, body, LocalCodec.OPTIONS);
    }

    /** As {@link #request}, with the store as this loop left it; {@code then} runs when there is an answer, or none. */
    void handOver(String address, SessionClosed closed, Runnable then) {
        pools.flush();
        request(address, closed, reply -> then.run());
    }

    /** Runs {@code then} once every loop of every node has sent off what it had, and that has been delivered. */
    void fence(Runnable then) {
        fences.begin(false, then);
    }

    /** The same, for whom it matters that not even a node that is slow has something left. */
    void fenceForAll(Runnable then) {
        fences.begin(true, then);
    }

    private LocalBody takeOver(TakeOver takeOver) {
        MqttConnection connection = sessions.get(takeOver.clientId());
        if (connection == null) {
            return new TakeOver.Gone();
        }
        node.metrics().sessionsTakenOver.increment();
        SessionClosed closed = connection.takeOver(takeOver);
        pools.flush();
        return closed == null ? new TakeOver.Gone() : closed;
    }

    private void arrivalsTurn(Runnable turn) {
        later(() -> {
            turn.run();
            room.look();
        });
    }

    // ---- connections

    void opened(String clientId, MqttConnection connection) {
        sessions.put(clientId, connection);
    }

    void closed(String clientId, MqttConnection connection) {
        sessions.remove(clientId, connection);
    }

    Collection<MqttConnection> connections() {
        return sessions.values();
    }

    /** The connection has written something in this tick. */
    void dirty(MqttConnection connection) {
        dirty.add(connection);
        scheduleFlush();
    }

    /** The connection wants {@link MqttConnection#tick} once, at the next tick. */
    void tickNext(MqttConnection connection) {
        ticking.add(connection);
    }

    /** In the next turn of this loop. */
    void later(Runnable task) {
        nextTurn(eventLoop, () -> {
            wake();
            task.run();
        });
    }

    /** After a while. */
    void later(long ms, Runnable task) {
        eventLoop.schedule(() -> later(task), ms, TimeUnit.MILLISECONDS);
    }

    /** After the loop's sockets had their turn: what is only executed runs before, again and again, for a second. */
    static void nextTurn(EventLoop eventLoop, Runnable task) {
        eventLoop.schedule(task, 0, TimeUnit.NANOSECONDS);
    }

    /** Every {@link #TICK_MS}. */
    void tick() {
        wake();
        tick(ticking.size());
        keepAlive.advance();
        refresh.tick();
        if (number == 0) {
            purgedUpTo = node.retained().purge(purgedUpTo, PURGE_TOPICS, nowMs);
        }
        room.look();
    }

    private void tick(int due) {
        int now = Math.min(due, CONNECTIONS_PER_TURN);
        for (int i = 0; i < now; i++) {
            MqttConnection connection = ticking.remove();
            try {
                connection.tick();
            } catch (RuntimeException bug) {
                connection.bug(bug);
            }
        }
        if (due > now) {
            later(() -> tick(due - now));
        }
    }

    // ---- end of the turn

    private void scheduleFlush() {
        if (!flushScheduled) {
            flushScheduled = true;
            figures.turnBegins(System.nanoTime());
            eventLoop.execute(this::flush);
        }
    }

    private void flush() {
        flushScheduled = false;
        pools.flush();
        outgoing.flush();
        relays.flush();
        for (int i = Math.min(dirty.size(), CONNECTIONS_PER_TURN); i > 0; i--) {
            dirty.remove().flush();
        }
        if (!dirty.isEmpty() && !flushesLater) {
            flushesLater = true;
            later(() -> flushesLater = false);
        }
        frames.clear();
        figures.turnEnds(System.nanoTime());
    }
}
