package dev.mooring.sim;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.MessageId;
import dev.mooring.message.MessageIds;
import dev.mooring.route.QueueBound;
import dev.mooring.route.RetainedIndex;
import dev.mooring.route.Subscriber;
import dev.mooring.route.SubscriptionIndex;
import dev.mooring.route.UnderWay;
import dev.mooring.session.QueueMemory;
import dev.mooring.session.Restore;
import dev.mooring.session.SessionVerticle;
import dev.mooring.session.Sessions;
import dev.mooring.session.SharedQueues;
import dev.mooring.store.StoreClient;
import dev.mooring.store.StoreMetrics;
import dev.mooring.store.StoreReplies;
import dev.mooring.store.StoreReply;
import dev.mooring.store.StoreVerticle;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;

/** One life of the broker's process: from its start, out of the store, to its crash. */
final class SimBroker {
    static final String POOL = "sessions";

    final World world;
    final Settings settings;
    final Checks checks;
    final SubscriptionIndex index = new SubscriptionIndex();
    final RetainedIndex retained = new RetainedIndex();
    final Sessions sessions;
    final ModelStore store;
    final QueueMemory memory;
    final List<SimLoop> loops = new ArrayList<>();
    final SimBus bus;
    /** Entries that each queue had at the start. */
    private final Map<Long, Integer> restored = new HashMap<>();

    private final Map<Subscriber, Set<MessageId>> underWay = new HashMap<>();
    private int trimmed;
    private final Runnable whenCrashed;
    private long effectsLeft;
    private boolean alive = true;
    private boolean open;
    private Actor current;
    private long taskUs;

    /** Unwinds what the process was doing when it died. */
    private static final class Crash extends RuntimeException {
        private static final long serialVersionUID = 1;

        Crash() {
            super("crash", null, false, false);
        }
    }

    /** @param effects so many effects until it crashes */
    SimBroker(World world, Settings settings, Checks checks, Tables disk, long effects, Runnable whenCrashed) {
        this.world = world;
        this.settings = settings;
        this.checks = checks;
        this.effectsLeft = effects;
        this.whenCrashed = whenCrashed;
        this.bus = new SimBus(this);
        this.current = new Actor("main", this);
        MessageIds ids = new MessageIds(world.random.nextLong(), 0);
        this.sessions = new Sessions(
                bus.bus, POOL, settings.loops(), index, ids, new UnderWay(settings.loops()), world::nowMs, null);
        this.store = new ModelStore(this, disk);
        this.memory = new QueueMemory(settings.bigMessages() ? 1_000_000 : 1_000);
        disk.sessions.forEach((id, s) -> restored.put(id, s.queue.size()));
        Actor main = current;
        main.post(() -> start(main));
    }

    private void start(Actor main) {
        Actor worker = new Actor("store", this);
        long deadlineMs = settings.storeLate() ? -1 : 1_000_000_000_000L;
        store.runsOn(worker);
        StoreVerticle verticle = new StoreVerticle(POOL, store, new StoreMetrics(store), deadlineMs);
        worker.post(() -> {
            deploy(worker, vertx -> {
                verticle.init(vertx, bus.context(worker));
                verticle.start();
            });
            main.post(this::restore);
        });
    }

    private void restore() {
        StoreClient client = new StoreClient(bus.bus, POOL, "restore", Integer.MAX_VALUE, Long.MAX_VALUE);
        bus.bus.<LocalBody>localConsumer("restore", m -> client.replies((StoreReplies) m.body()));
        new Restore(client, sessions, retained).run().onComplete(r -> {
            if (r.succeeded()) {
                sessions.ids().after(r.result());
                openLoops();
            } else {
                crash(); // what a supervisor would do
            }
        });
    }

    private void openLoops() {
        int[] missing = {settings.loops()};
        for (int i = 0; i < settings.loops(); i++) {
            SimLoop loop = new SimLoop(i, this);
            loops.add(loop);
            loop.actor.post(() -> {
                bus.bus.<LocalBody>localConsumer("loop." + loop.number, loop::receive);
                if (--missing[0] == 0) {
                    openShards();
                }
            });
        }
    }

    private void openShards() {
        QueueBound member = new QueueBound(settings.queueCountMax(), Long.MAX_VALUE);
        QueueBound none = new QueueBound(Integer.MAX_VALUE, Long.MAX_VALUE);
        SharedQueues.Bounds bounds = new SharedQueues.Bounds(member, none, new LongAdder());
        int[] missing = {settings.loops()};
        for (int i = 0; i < settings.loops(); i++) {
            Actor actor = new Actor("shard " + i, this);
            SessionVerticle shard = new SessionVerticle(i, sessions, () -> bounds);
            actor.post(() -> {
                deploy(actor, vertx -> {
                    shard.init(vertx, bus.context(actor));
                    shard.start();
                });
                open = --missing[0] == 0;
            });
        }
    }

    private interface Deployment {
        void on(Vertx vertx) throws Exception;
    }

    private void deploy(Actor actor, Deployment deployment) {
        try {
            deployment.on(bus.vertx(actor));
        } catch (Crash e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * What a queue may have. One that the process before has taken something out of, to let something in, may be above
     * its limit if only the second of the two was stored when that process died. For one message by two subscriptions
     * the last place may be found twice. Retained messages come whether there is room or not.
     */
    boolean mayHave(long sessionId, int queued) {
        return settings.dropOldest() || settings.retaining() > 0 || (queued >= 0 && queued <= queueCountMax(sessionId));
    }

    private int queueCountMax(long sessionId) {
        return Math.max(settings.queueCountMax() + (settings.sharing() ? 1 : 0), restored.getOrDefault(sessionId, 0));
    }

    /** What has been counted for a session on line and may not have reached it yet. */
    Set<MessageId> underWay(Subscriber s) {
        return underWay.computeIfAbsent(s, k -> new HashSet<>());
    }

    /** What the store has dropped, as the broker counts it. */
    void trimmed(StoreReply.Trimmed answer) {
        trimmed += answer.count();
    }

    int trimmed() {
        return trimmed;
    }

    /** Whether connections are accepted. */
    boolean isOpen() {
        return alive && open;
    }

    boolean isAlive() {
        return alive;
    }

    Actor current() {
        return current;
    }

    /** The process does something that outlives the call: it may die before. */
    void effect() {
        if (!alive || --effectsLeft < 0) {
            crash();
            throw new Crash();
        }
        taskUs += world.chance(0.1) ? world.delayUs(settings.taskUs()) : 1;
    }

    /** How long the task that is being run has taken up to now: others go on beside it. */
    long taskUs() {
        return taskUs;
    }

    void neverCrash() {
        effectsLeft = Long.MAX_VALUE;
    }

    void run(Actor actor, Runnable task) {
        current = actor;
        taskUs = 0;
        try {
            task.run();
        } catch (Crash e) {
            world.trace("broker", () -> "crashed in " + actor.name);
        }
    }

    private void crash() {
        if (alive) {
            alive = false;
            world.trace("broker", () -> "CRASH");
            whenCrashed.run();
        }
    }
}
