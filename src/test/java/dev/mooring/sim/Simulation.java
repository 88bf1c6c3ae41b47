package dev.mooring.sim;

import dev.mooring.message.Subscription;
import dev.mooring.message.TopicName;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One run: a seed makes the clients, the faults and the chance; then everything must drain and be right. */
final class Simulation {
    /** Virtual time that everything has to drain in, once the faults have stopped. */
    private static final long DRAIN_MS = 120_000;

    private static final long TICK_MS = 100;

    /** In the end all clients are gone for so long, which is more than the delay of a Will. */
    private static final long AWAY_MS = 3_000;

    private static final String[] TOPICS = {"a", "b", "c/d"};
    private static final String[] FILTERS = {"#", "a", "b", "+/d", "c/#"};
    private static final byte[] EMPTY = {};
    private static final byte[] SMALL = new byte[20];
    private static final byte[] BIG = new byte[180_000];

    final World world;
    final Settings settings;
    final Checks checks;
    private final Tables disk = new Tables();
    private final List<SimClient> clients = new ArrayList<>();
    private SimBroker broker;
    private int crashesLeft;
    private boolean faults = true;

    Simulation(long seed, boolean tracing) {
        this.settings = Settings.of(seed);
        this.world = new World(seed, tracing);
        this.checks = new Checks(world, settings);
        this.crashesLeft = settings.crashes();
        disk.onTrimmed = checks::lostOldest;
        this.broker = newBroker();
    }

    /** @throws World.Violation when a promise is broken */
    void run() {
        for (int i = 0; i < settings.clients(); i++) {
            addClient(i);
        }
        for (int i = 0; i < settings.messages(); i++) {
            world.after(world.random.nextInt(settings.activeMs() * 1000), this::publish);
        }
        world.after(2_000, this::disturb);
        world.run(settings.activeMs());
        faults = false;
        world.trace("world", () -> "the faults are over");
        broker.neverCrash();
        broker.store.neverFail();
        drain();
        checks.atTheEnd(broker);
        for (SimClient client : clients) {
            checks.due(client.vanish(), null);
        }
        world.pass(AWAY_MS);
        clients.forEach(SimClient::reconnectLater);
        drain();
        checks.atTheEnd(broker);
    }

    private void drain() {
        if (!world.run(world.elapsedMs() + DRAIN_MS)) {
            world.violation("not drained after " + DRAIN_MS + " ms: " + clients);
        }
        // Queues of groups are handed out tick by tick.
        for (int i = 0; i < DRAIN_MS / TICK_MS && broker.store.disk().hasEntries(); i++) {
            world.pass(TICK_MS);
        }
    }

    private void addClient(int number) {
        boolean persistent = world.chance(0.75);
        List<Subscription> subscriptions = new ArrayList<>();
        for (String filter : FILTERS) {
            if (world.chance(0.4)) {
                Subscription s = Subscription.of(filter, world.between(0, 2));
                int handling = settings.retaining() > 0 ? world.between(0, 2) : 0;
                subscriptions.add(new Subscription(s.filter(), s.qos(), false, false, handling, 0));
            }
        }
        if (settings.sharing() && world.chance(0.6)) {
            if (world.chance(0.5)) {
                subscriptions.clear();
            }
            persistent = true;
            subscriptions.add(
                    SharedChecks.subscription(world.chance(0.5) ? SharedChecks.GROUP_QOS_1 : SharedChecks.GROUP_QOS_2));
        }
        long willDelayS = world.chance(0.5) ? -1 : world.random.nextInt(2);
        SimClient client =
                new SimClient("c" + number, this, persistent, world.between(1, 20), subscriptions, willDelayS);
        clients.add(client);
        checks.add(client);
        client.reconnectLater();
    }

    private void publish() {
        SimClient from = clients.get(world.random.nextInt(clients.size()));
        TopicName topic = TopicName.of(TOPICS[world.random.nextInt(TOPICS.length)]);
        long expiryMs = world.chance(settings.expiring()) ? world.between(1, 200) : -1;
        int qos = world.between(1, 2);
        boolean retain = isRetained();
        byte[] payload = retain && world.chance(0.3) ? EMPTY : settings.bigMessages() ? BIG : SMALL;
        Msg msg = new Msg(checks.messages(), from, topic, qos, payload, retain, expiryMs, -1);
        checks.created(msg);
        from.publish(msg);
    }

    private boolean isRetained() {
        return settings.retaining() > 0 && world.chance(settings.retaining());
    }

    /** Of the connection that the client is about to make. */
    Msg will(SimClient of) {
        TopicName topic = TopicName.of(TOPICS[world.random.nextInt(TOPICS.length)]);
        int qos = world.between(1, 2);
        Msg will = new Msg(checks.messages(), of, topic, qos, new byte[20], isRetained(), -1, of.willDelayS);
        checks.created(will);
        return will;
    }

    /** Every millisecond something may go wrong. */
    private void disturb() {
        if (!faults) {
            return;
        }
        for (SimClient client : clients) {
            Wire wire = client.wire();
            if (wire != null && world.chance(settings.cuts())) {
                world.trace("world", () -> "cuts the connection of " + client.id);
                wire.cut();
            } else if (client.mayTakeOver() && world.chance(settings.cuts() / 2)) {
                client.connect();
            } else if (client.mayTakeOver() && world.chance(settings.cuts() / 2)) {
                client.disconnect();
            } else if (wire != null && world.chance(settings.slowReaders() / 10)) {
                wire.server.slowFor(world.delayUs(30_000));
            }
        }
        world.after(1_000, this::disturb);
    }

    // ---- the broker

    private SimBroker newBroker() {
        long effects =
                crashesLeft-- > 0 && faults ? world.random.nextInt(world.chance(0.3) ? 100 : 3_000) : Long.MAX_VALUE;
        return new SimBroker(world, settings, checks, disk, effects, this::crashed);
    }

    private void crashed() {
        broker.store.crash();
        for (SimClient client : clients) {
            client.brokerDied();
            Wire wire = client.wire();
            if (wire != null) {
                wire.serverDied();
            }
        }
        world.after(world.delayUs(20_000), () -> {
            world.trace("broker", () -> "starts");
            broker = newBroker();
            if (!faults) {
                broker.neverCrash();
                broker.store.neverFail();
            }
        });
    }

    @Nullable
    SimLoop anyLoop() {
        return broker.isOpen() ? broker.loops.get(world.random.nextInt(broker.loops.size())) : null;
    }

    boolean hasFaults() {
        return faults;
    }

    long eventsHappened() {
        return world.eventsHappened();
    }
}
