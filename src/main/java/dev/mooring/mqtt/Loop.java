package dev.mooring.mqtt;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.config.Limits;
import dev.mooring.message.Message;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.Deliveries;
import dev.mooring.route.Inbox;
import dev.mooring.route.Router;
import dev.mooring.route.Subscriber;
import dev.mooring.route.Target;
import dev.mooring.rule.RuleMatcher;
import dev.mooring.session.PublishMessage;
import dev.mooring.session.SessionClosed;
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
import java.util.ArrayList;
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

    /** How often a loop with stopped sockets looks for room, milliseconds. */
    private static final long ROOM_MS = 2;
    /** Retained messages looked at per tick for expired ones. */
    private static final int PURGE_TOPICS = 200;

    final int number;
    final NodeState node;
    final Vertx vertx;
    final ContextInternal context;
    final EventLoop eventLoop;
    final Router router;
    final RuleMatcher rules;
    final TopicCache topics = new TopicCache();
    final DecoderLimits decoderLimits;
    final PublishPath publishPath;
    final HookRunner hooks;
    final FrameCache frames = new FrameCache();
    final KeepAliveWheel keepAlive = new KeepAliveWheel();
    final StoreClient sessionStore;
    private final Map<String, StoreClient> stores = new HashMap<>();
    private final List<StoreClient> storeList = new ArrayList<>();
    private final EventBus bus;
    private final @Nullable Deliveries[] outgoing;
    private final Map<String, MqttConnection> sessions = new HashMap<>();
    private final Fences fences;
    private ArrayList<MqttConnection> dirty = new ArrayList<>();
    private ArrayList<MqttConnection> ticking = new ArrayList<>();
    private final ArrayDeque<MqttConnection> waitingForRoom = new ArrayDeque<>();
    private @Nullable String purgedUpTo;
    private boolean flushScheduled;
    private long nowMs = System.currentTimeMillis();

    Loop(int number, NodeState node, Vertx vertx, ContextInternal context) {
        this.number = number;
        this.node = node;
        this.vertx = vertx;
        this.context = context;
        this.eventLoop = context.nettyEventLoop();
        this.bus = vertx.eventBus();
        this.router = new Router(node.index());
        this.rules = new RuleMatcher(node.plan());
        int loops = node.config().loops();
        this.outgoing = new Deliveries[loops];
        this.fences = new Fences(bus, number, loops);
        Limits limits = node.config().limits();
        this.decoderLimits = new DecoderLimits(
                limits.packetSizeMax(),
                limits.topicLengthMax(),
                limits.topicLevelsMax(),
                limits.userPropertiesMax(),
                limits.filtersPerSubscribeMax());
        Limits.StoreQueue bound = limits.storeQueue();
        for (String pool : node.config().pools().keySet()) {
            StoreClient client = new StoreClient(
                    bus, pool, Address.loop(number), Math.max(1, bound.opsMax() / loops), bound.bytesMax() / loops);
            stores.put(pool, client);
            storeList.add(client);
        }
        this.sessionStore = store(node.config().session().pool());
        this.publishPath = new PublishPath(this);
        this.hooks = new HookRunner(this);
    }

    long nowMs() {
        return nowMs;
    }

    /**
     * Something happens on this loop: takes the time, and sees to it that {@link #flush} follows at the end of the
     * turn.
     */
    void wake() {
        nowMs = System.currentTimeMillis();
        scheduleFlush();
    }

    StoreClient store(String pool) {
        StoreClient client = stores.get(pool);
        if (client == null) {
            throw new IllegalStateException("no pool " + pool + ": the configuration was checked");
        }
        return client;
    }

    // ---- the bus

    void receive(io.vertx.core.eventbus.Message<LocalBody> m) {
        wake();
        LocalBody body = m.body();
        if (body instanceof Deliveries deliveries) {
            for (int i = 0; i < deliveries.size(); i++) {
                deliver(deliveries.message(i), deliveries.targets(i), deliveries.shared(i));
            }
            node.underWay().arrived(number, deliveries.bytes());
        } else if (body instanceof StoreReplies replies) {
            store(replies.pool()).replies(replies);
            resumeReaders();
        } else if (body instanceof Fence fence) {
            flush();
            bus.send(Address.loop(fence.fromLoop()), new Fence.Done(fence.token()), LocalCodec.OPTIONS);
        } else if (body instanceof Fence.Done done) {
            fences.done(done.token());
        } else if (body instanceof PublishMessage publish) {
            publishPath.publishInternal(publish, answer -> m.reply(answer, LocalCodec.OPTIONS));
        } else if (body instanceof Settle) {
            flush();
            m.reply(body, LocalCodec.OPTIONS);
        } else if (body instanceof TakeOver takeOver) {
            m.reply(takeOver(takeOver), LocalCodec.OPTIONS);
        } else if (body instanceof PolicyChanged) {
            List.copyOf(sessions.values()).forEach(c -> c.subscribing().policyChanged());
            m.reply(body, LocalCodec.OPTIONS);
        } else if (body instanceof ProxySubscribe p) {
            Optional.ofNullable(sessions.get(p.clientId())).ifPresent(c -> c.proxy(p));
        }
    }

    /**
     * Gives a message to sessions of this loop. Those that left meanwhile have it in their store, or have ended; one
     * that is on another loop by now reads it from its store there.
     */
    void deliver(Message message, Target[] targets, @Nullable TopicFilter shared) {
        for (Target target : targets) {
            Subscriber s = target.subscriber();
            Inbox inbox = s.loop() == number ? s.inbox() : null;
            if (inbox != null) {
                deliver(inbox, message, target, shared);
            } else if (shared != null && !s.durable()) {
                publishPath.redeliver(message, shared);
            }
        }
    }

    private static void deliver(Inbox inbox, Message message, Target target, @Nullable TopicFilter shared) {
        try {
            inbox.deliver(message, target, shared);
        } catch (RuntimeException bug) {
            inbox.failed(bug);
        }
    }

    /** For another loop, at the end of this tick. */
    void send(int loop, Message message, Target[] targets, @Nullable TopicFilter shared) {
        Deliveries batch = outgoing[loop];
        if (batch == null) {
            batch = new Deliveries();
            outgoing[loop] = batch;
            scheduleFlush();
        }
        batch.add(message, targets, shared);
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
        flushStores(); // whoever hears of it finds the store as this loop left it
        bus.send(address, body, LocalCodec.OPTIONS);
    }

    /** Runs {@code then} once every other loop has sent off what it had, and that has arrived. */
    void fence(Runnable then) {
        if (!fences.begin(then)) {
            eventLoop.execute(then);
        }
    }

    private LocalBody takeOver(TakeOver takeOver) {
        MqttConnection connection = sessions.get(takeOver.clientId());
        if (connection == null) {
            return new TakeOver.Gone();
        }
        node.metrics().sessionsTakenOver.increment();
        SessionClosed closed = connection.takeOver(takeOver);
        flushStores();
        return closed == null ? new TakeOver.Gone() : closed;
    }

    // ---- connections

    void opened(String clientId, MqttConnection connection) {
        sessions.put(clientId, connection);
    }

    void closed(String clientId, MqttConnection connection) {
        sessions.remove(clientId, connection);
    }

    Iterable<MqttConnection> connections() {
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

    /** The connection has stopped reading until {@link #takesMore}. */
    void waitForRoom(MqttConnection connection) {
        if (waitingForRoom.isEmpty()) {
            lookForRoomSoon();
        }
        waitingForRoom.add(connection);
    }

    /** Loops say nothing when they have caught up; so this one looks, as long as somebody waits. */
    private void lookForRoomSoon() {
        eventLoop.schedule(
                () -> {
                    wake();
                    resumeReaders();
                    if (!waitingForRoom.isEmpty()) {
                        lookForRoomSoon();
                    }
                },
                ROOM_MS,
                TimeUnit.MILLISECONDS);
    }

    /** Whether what a connection reads may bring more work for the stores and the other loops. */
    boolean takesMore() {
        if (node.underWay().isFull()) {
            return false;
        }
        for (int i = 0; i < storeList.size(); i++) {
            if (storeList.get(i).isFull()) {
                return false;
            }
        }
        return true;
    }

    private void resumeReaders() {
        if (waitingForRoom.isEmpty() || !node.underWay().hasRoom()) {
            return;
        }
        for (StoreClient client : storeList) {
            if (!client.hasRoom()) {
                return;
            }
        }
        int waiting = waitingForRoom.size();
        for (int i = 0; i < waiting && takesMore(); i++) {
            MqttConnection connection = waitingForRoom.poll();
            if (connection != null) {
                connection.reading().resume();
            }
        }
    }

    /** In a later turn of this loop. */
    void later(Runnable task) {
        eventLoop.execute(() -> {
            wake();
            task.run();
        });
    }

    /** After a while. */
    void later(long ms, Runnable task) {
        eventLoop.schedule(() -> later(task), ms, TimeUnit.MILLISECONDS);
    }

    /** Every {@link #TICK_MS}. */
    void tick() {
        wake();
        ArrayList<MqttConnection> due = ticking;
        ticking = new ArrayList<>();
        for (MqttConnection connection : due) {
            try {
                connection.tick();
            } catch (RuntimeException bug) {
                connection.bug(bug);
            }
        }
        keepAlive.advance();
        if (number == 0) {
            purgedUpTo = node.retained().purge(purgedUpTo, PURGE_TOPICS, nowMs);
        }
        resumeReaders();
    }

    // ---- end of the turn

    private void scheduleFlush() {
        if (!flushScheduled) {
            flushScheduled = true;
            eventLoop.execute(this::flush);
        }
    }

    private void flush() {
        flushScheduled = false;
        flushStores();
        for (int i = 0; i < outgoing.length; i++) {
            Deliveries batch = outgoing[i];
            if (batch != null) {
                outgoing[i] = null;
                node.underWay().sent(i, batch.bytes());
                bus.send(Address.loop(i), batch, LocalCodec.OPTIONS);
            }
        }
        if (!dirty.isEmpty()) {
            ArrayList<MqttConnection> written = dirty;
            dirty = new ArrayList<>();
            for (int i = 0; i < written.size(); i++) {
                written.get(i).flush();
            }
        }
        frames.clear();
    }

    private void flushStores() {
        for (int i = 0; i < storeList.size(); i++) {
            storeList.get(i).flush();
        }
    }
}
