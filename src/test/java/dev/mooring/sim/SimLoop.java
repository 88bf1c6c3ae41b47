package dev.mooring.sim;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalBody;
import dev.mooring.message.Message;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.Arrivals;
import dev.mooring.route.Deliveries;
import dev.mooring.route.Router;
import dev.mooring.route.Target;
import dev.mooring.session.GroupEnded;
import dev.mooring.session.GroupReady;
import dev.mooring.session.PublishMessage;
import dev.mooring.session.Published;
import dev.mooring.session.SessionClosed;
import dev.mooring.session.SessionOpened;
import dev.mooring.session.Settle;
import dev.mooring.session.TakeOver;
import dev.mooring.store.StoreClient;
import dev.mooring.store.StoreReplies;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code dev.mooring.mqtt.Loop} without Netty and hooks; its order of effects must stay the same. */
final class SimLoop {
    private static final long TICK_US = 100_000;

    final int number;
    final SimBroker broker;
    final World world;
    final Actor actor;
    final Router router;
    final StoreClient sessionStore;
    final SimPublishPath publishPath;
    final Arrivals arrivals;
    private final @Nullable Deliveries[] outgoing;
    private final Map<String, SimConnection> sessions = new HashMap<>();
    private final Map<Long, PendingFence> fences = new HashMap<>();
    private List<SimConnection> dirty = new ArrayList<>();
    private List<SimConnection> ticking = new ArrayList<>();
    private boolean tickScheduled;
    private boolean flushScheduled;
    private long fenceToken;

    record Fence(int fromLoop, long token) implements LocalBody {
        record Done(long token) implements LocalBody {}
    }

    private static final class PendingFence {
        int missing;
        final Runnable then;

        PendingFence(int missing, Runnable then) {
            this.missing = missing;
            this.then = then;
        }
    }

    SimLoop(int number, SimBroker broker) {
        this.number = number;
        this.broker = broker;
        this.world = broker.world;
        this.actor = new Actor("loop " + number, broker);
        this.router = new Router(broker.index, 16, 10_000);
        this.outgoing = new Deliveries[broker.settings.loops()];
        this.sessionStore = new StoreClient(
                broker.bus.bus, SimBroker.POOL, Address.loop(number), Integer.MAX_VALUE, Long.MAX_VALUE);
        this.publishPath = new SimPublishPath(this);
        this.arrivals = new Arrivals(number, broker.settings.workPerTurn(), this::nextTurn, this::stray);
    }

    private void stray(Message message, TopicFilter shared) {
        publishPath.redeliver(message, shared);
    }

    /** Somebody on line may take what the group has. */
    void groupReady(TopicFilter filter) {
        sendToShard(filter.text(), new GroupReady(filter));
    }

    void groupEnded(TopicFilter filter, long queueSessionId) {
        sendToShard(filter.text(), new GroupEnded(queueSessionId));
    }

    void nextTurn(Runnable task) {
        actor.post(() -> {
            wake();
            task.run();
        });
    }

    void wake() {
        scheduleFlush();
    }

    // ---- the bus

    void receive(io.vertx.core.eventbus.Message<LocalBody> m) {
        wake();
        LocalBody body = m.body();
        if (body instanceof Deliveries deliveries) {
            arrivals.deliver(deliveries, () -> {});
        } else if (body instanceof StoreReplies replies) {
            sessionStore.replies(replies);
        } else if (body instanceof SessionOpened opened) {
            opened.asked().answer().accept(opened);
        } else if (body instanceof Fence fence) {
            flush();
            send(fence.fromLoop(), new Fence.Done(fence.token()));
        } else if (body instanceof Fence.Done done) {
            fenceDone(done.token());
        } else if (body instanceof Settle) {
            flush();
            arrivals.afterAll(() -> m.reply(body));
        } else if (body instanceof PublishMessage will) {
            broker.checks.willRouted(will.message(), broker);
            publishPath.publish(
                    will.message(), null, 0, will.willSessionId(), reason -> m.reply(new Published(reason)));
        } else if (body instanceof TakeOver takeOver) {
            m.reply(takeOver(takeOver));
        }
    }

    void send(int loop, Message message, Target[] targets, @Nullable TopicFilter shared) {
        Deliveries batch = outgoing[loop];
        if (batch == null) {
            batch = new Deliveries();
            outgoing[loop] = batch;
            scheduleFlush();
        }
        batch.add(message, targets, shared);
    }

    void sendToShard(String clientId, LocalBody body) {
        sessionStore.flush(); // whoever hears of it finds the store as this loop left it
        broker.bus.bus.send(Address.session(broker.sessions.shard(clientId)), body, null);
    }

    private void send(int loop, LocalBody body) {
        broker.bus.bus.send(Address.loop(loop), body, null);
    }

    void fence(Runnable then) {
        int others = broker.settings.loops() - 1;
        if (others == 0) {
            actor.post(() -> arrivals.afterAll(then));
            return;
        }
        long token = ++fenceToken;
        fences.put(token, new PendingFence(others, then));
        for (int i = 0; i <= others; i++) {
            if (i != number) {
                send(i, new Fence(number, token));
            }
        }
    }

    private void fenceDone(long token) {
        PendingFence fence = fences.get(token);
        if (fence != null && --fence.missing == 0) {
            fences.remove(token);
            arrivals.afterAll(fence.then);
        }
    }

    private LocalBody takeOver(TakeOver takeOver) {
        SimConnection connection = sessions.get(takeOver.clientId());
        if (connection == null) {
            return new TakeOver.Gone();
        }
        SessionClosed closed = connection.takeOver(takeOver);
        sessionStore.flush();
        return closed == null ? new TakeOver.Gone() : closed;
    }

    // ---- connections

    void opened(String clientId, SimConnection connection) {
        sessions.put(clientId, connection);
    }

    void closed(String clientId, SimConnection connection) {
        sessions.remove(clientId, connection);
    }

    @Nullable
    SimConnection connection(String clientId) {
        return sessions.get(clientId);
    }

    void dirty(SimConnection connection) {
        dirty.add(connection);
        scheduleFlush();
    }

    void tickNext(SimConnection connection) {
        ticking.add(connection);
        if (!tickScheduled) {
            tickScheduled = true;
            long nextUs = (world.nowUs() / TICK_US + 1) * TICK_US;
            world.at(nextUs, () -> actor.post(this::tick));
        }
    }

    private void tick() {
        tickScheduled = false;
        wake();
        List<SimConnection> due = ticking;
        ticking = new ArrayList<>();
        due.forEach(SimConnection::tick);
    }

    // ---- end of the turn

    private void scheduleFlush() {
        if (!flushScheduled) {
            flushScheduled = true;
            actor.post(this::flush);
        }
    }

    private void flush() {
        flushScheduled = false;
        sessionStore.flush();
        for (int i = 0; i < outgoing.length; i++) {
            Deliveries batch = outgoing[i];
            if (batch != null) {
                outgoing[i] = null;
                send(i, batch);
            }
        }
        List<SimConnection> written = dirty;
        dirty = new ArrayList<>();
        written.forEach(SimConnection::flush);
    }
}
