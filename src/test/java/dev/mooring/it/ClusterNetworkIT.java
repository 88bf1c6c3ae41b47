package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestNetwork;
import dev.mooring.redis.Needs;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Three processes and a Redis, each on a host of its own, under a flood of QoS 1 and 2, while what some hosts send to
 * others gets lost without a word. Clients reach every node all the time. Afterwards the nodes are one broker again.
 * {@code -Dmooring.seed=N} repeats the choices, {@code -Dmooring.chaos.steps=30} makes {@link #flaps} longer.
 */
@Tag("cluster-load")
@Needs(Needs.Kind.NAMESPACES)
class ClusterNetworkIT {
    private static final int NODES = 3;
    /** Its host, behind those of the nodes. */
    private static final int STORE = NODES;

    private static final int NO_HEARTBEAT_S = 4;
    /** Long enough for both sides to take each other for dead, and to try to be one again in vain. */
    private static final int APART_S = 3 * NO_HEARTBEAT_S;

    private static final int SILENCE_S = 2;
    private static final int STEPS = Integer.getInteger("mooring.chaos.steps", 8);
    private static final int ACKS_BETWEEN = 300;
    private static final int AHEAD_MAX = 10_000;
    /** The store is away for longer than it usually may be until clients are told. */
    private static final String MORE =
            "\"limits\": {\"memory_queue\": {\"count_max\": 50}, \"store_deadline_ms\": 60000}";

    @TempDir
    private Path folder;

    private final RunningClients clients = new RunningClients();
    /** Where clients go that may choose. */
    private final List<MooringProcess> serving = new CopyOnWriteArrayList<>();

    private final List<Ledger.Subscriber> subscribers = new ArrayList<>();
    private final List<Ledger.Publisher> publishers = new ArrayList<>();
    private final List<String> steps = new ArrayList<>();
    private long seed;
    private Random random;
    private TestNetwork network;
    private ClusterProcesses cluster;
    private OneBroker broker;
    private Ledger ledger;

    static LongStream seeds() {
        return LongStream.of(Long.getLong("mooring.seed", System.nanoTime()));
    }

    private void start(long seeded, String name) throws Exception {
        System.out.println("ClusterNetworkIT." + name + ": repeat with -Dmooring.seed=" + seeded);
        seed = seeded;
        random = new Random(seed);
        network = TestNetwork.start(NODES + 1);
        cluster = ClusterProcesses.startOn(network, folder, NODES, NO_HEARTBEAT_S, MORE);
        broker = new OneBroker(cluster.nodes());
        serving.addAll(cluster.nodes());
        Random choice = new Random(seed);
        ledger = new Ledger(() -> Ledger.anyOf(serving, choice).address(), AHEAD_MAX);
        subscribers.add(ledger.new Subscriber("fast", () -> Connect.v5("fast"), true));
        subscribers.add(ledger.new Subscriber("slow", () -> Connect.v5("slow").receiveMaximum(3), true));
        subscribers.forEach(clients::run);
        clients.waitFor(() -> subscribers.stream().allMatch(Ledger.Subscriber::isSubscribed));
        publishers.addAll(ledger.publishers(clients));
        broker.witness();
        acknowledgements();
    }

    /** All of them, whatever becomes of one, and the last one that was made first. */
    @AfterEach
    void stop() {
        TestNetwork hosts = network;
        ClusterProcesses nodes = cluster;
        OneBroker witnesses = broker;
        try (hosts;
                nodes;
                witnesses) {
            clients.close();
        }
    }

    @ParameterizedTest(
            name = "seed {0}: a node that sees no other node, but the store and clients, and sees them again")
    @MethodSource("seeds")
    @Timeout(600)
    void withoutPeers(long seeded) throws Exception {
        start(seeded, "withoutPeers");
        int alone = random.nextInt(NODES);
        long untilNs = afterNs(APART_S);
        cut(alone, others(alone));
        clients.waitFor(() ->
                broker.peers(alone) == 0 && others(alone).stream().allMatch(other -> broker.peers(other) == NODES - 2));
        serveApart(untilNs);
        heal();
        end();
    }

    @ParameterizedTest(
            name = "seed {0}: a node that nobody but its clients reaches acknowledges nothing, and loses nothing")
    @MethodSource("seeds")
    @Timeout(600)
    void withoutAnything(long seeded) throws Exception {
        start(seeded, "withoutAnything");
        int alone = random.nextInt(NODES);
        MooringProcess[] at = {cluster.nodes().get(alone)};
        List<Ledger.Publisher> stuck = List.of(
                ledger.new Publisher("ledger/1c", 1, false, () -> at[0].address()),
                ledger.new Publisher("ledger/2c", 2, false, () -> at[0].address()));
        stuck.forEach(clients::run);
        publishers.addAll(stuck);
        acknowledgements(stuck);
        serving.remove(at[0]);
        ledger.everybodyMoves();
        acknowledgements();
        long untilNs = afterNs(APART_S);
        cut(alone, others(alone));
        cut(alone, List.of(STORE));
        awaitSilence(stuck);
        int before = acknowledged(stuck);
        acknowledgements();
        clients.waitFor(() -> System.nanoTime() - untilNs > 0);
        assertThat(acknowledged(stuck)).as("acknowledged without a store").isEqualTo(before);
        if (random.nextBoolean()) {
            steps.add("its clients leave");
            at[0] = Ledger.anyOf(serving, random);
            ledger.everybodyMoves();
            acknowledgements(stuck);
        }
        heal();
        acknowledgements(stuck);
        serving.add(cluster.nodes().get(alone));
        end();
    }

    @ParameterizedTest(name = "seed {0}: two nodes that don''t see each other, while the third one sees both")
    @MethodSource("seeds")
    @Timeout(600)
    void pair(long seeded) throws Exception {
        pair(seeded, false);
    }

    @ParameterizedTest(name = "seed {0}: a node that hears another one and is not heard by it")
    @MethodSource("seeds")
    @Timeout(600)
    void oneWay(long seeded) throws Exception {
        pair(seeded, true);
    }

    private void pair(long seeded, boolean isOneWay) throws Exception {
        start(seeded, isOneWay ? "oneWay" : "pair");
        int one = random.nextInt(NODES);
        int other = otherThan(one);
        long untilNs = afterNs(APART_S);
        if (isOneWay) {
            steps.add(one + " not heard by " + other);
            network.lose(one, other);
        } else {
            cut(one, List.of(other));
        }
        clients.waitFor(() -> !broker.isLinked(one, other) && !broker.isLinked(other, one));
        serveApart(untilNs);
        heal();
        end();
    }

    /** Clients go from node to node twice, and publish at each. */
    private void serveApart(long untilNs) throws Exception {
        acknowledgements();
        ledger.everybodyMoves();
        broker.witness();
        acknowledgements();
        ledger.everybodyMoves();
        acknowledgements();
        clients.waitFor(() -> System.nanoTime() - untilNs > 0);
    }

    /** What gets lost for a while. */
    private enum Loss {
        PEERS,
        STORE,
        PEERS_AND_STORE,
        PAIR,
        ONE_WAY,
        FROM_STORE
    }

    @ParameterizedTest(
            name = "seed {0}: whatever gets lost for a while, one after the other, also before it is noticed")
    @MethodSource("seeds")
    @Timeout(900)
    void flaps(long seeded) throws Exception {
        start(seeded, "flaps");
        for (int i = 0; i < STEPS; i++) {
            int node = random.nextInt(NODES);
            Loss loss = Loss.values()[random.nextInt(Loss.values().length)];
            long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(2_000 * NO_HEARTBEAT_S));
            lose(loss, node);
            if (random.nextBoolean()) {
                steps.add("move at "
                        + publishers.stream().map(Ledger.Publisher::lastAcked).toList());
                ledger.everybodyMoves();
            }
            clients.waitFor(() -> System.nanoTime() - untilNs > 0);
            heal();
            if (random.nextBoolean()) {
                acknowledgements();
            }
        }
        end();
    }

    private void lose(Loss loss, int node) {
        switch (loss) {
            case PEERS -> cut(node, others(node));
            case STORE -> cut(node, List.of(STORE));
            case PEERS_AND_STORE -> {
                cut(node, others(node));
                cut(node, List.of(STORE));
            }
            case PAIR -> cut(node, List.of(otherThan(node)));
            case ONE_WAY -> {
                int other = otherThan(node);
                steps.add(node + " not heard by " + other);
                network.lose(node, other);
            }
            case FROM_STORE -> {
                steps.add(node + " does not hear the store");
                network.lose(STORE, node);
            }
        }
    }

    private List<Integer> others(int node) {
        return List.of((node + 1) % NODES, (node + 2) % NODES);
    }

    private int otherThan(int node) {
        return others(node).get(random.nextInt(NODES - 1));
    }

    private void cut(int one, List<Integer> others) {
        steps.add(one + " cut from " + others);
        others.forEach(other -> network.cut(one, other));
    }

    private void heal() {
        steps.add("healed at "
                + publishers.stream().map(Ledger.Publisher::lastAcked).toList());
        network.heal();
    }

    private static long afterNs(int seconds) {
        return System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    }

    private void acknowledgements() {
        acknowledgements(publishers);
    }

    /** Until some more have come. */
    private void acknowledgements(List<Ledger.Publisher> to) {
        int until = acknowledged(to) + ACKS_BETWEEN;
        waitFor("acknowledgements", () -> acknowledged(to) >= until);
    }

    private static int acknowledged(List<Ledger.Publisher> to) {
        return to.stream().mapToInt(publisher -> publisher.acked.size()).sum();
    }

    /** Until no more come. */
    private void awaitSilence(List<Ledger.Publisher> to) {
        int[] known = {-1};
        long[] sinceNs = {0};
        clients.waitFor(() -> {
            int now = acknowledged(to);
            sinceNs[0] = now == known[0] ? sinceNs[0] : System.nanoTime();
            known[0] = now;
            return System.nanoTime() - sinceNs[0] > TimeUnit.SECONDS.toNanos(SILENCE_S);
        });
    }

    private void waitFor(String what, java.util.concurrent.Callable<Boolean> condition) {
        try {
            clients.waitFor(condition);
        } catch (RuntimeException e) {
            throw new AssertionError(
                    "no " + what + " after " + steps + ", seed " + seed + ", " + ledger.verdict(publishers) + ", "
                            + ledger + ", " + broker.said(),
                    e);
        }
    }

    /** The nodes are one broker again, and nothing is missing. */
    private void end() throws Exception {
        waitFor("one broker", () -> broker.isOne(subscribers.size() + publishers.size()));
        broker.reachesWitnesses();
        acknowledgements();
        ledger.everybodyMoves();
        acknowledgements();
        ledger.publishing = false;
        waitFor(
                "end",
                () -> subscribers.stream()
                        .allMatch(s -> publishers.stream()
                                .allMatch(p -> s.received(p.topic).size() > p.lastSent())));
        ledger.receiving = false;
        clients.join();
        Ledger.Verdict verdict = ledger.verdict(publishers);
        System.out.println("ClusterNetworkIT: " + steps + ", " + verdict);
        assertThat(verdict.isClean())
                .as("%s after %s, seed %d", verdict, steps, seed)
                .isTrue();
    }
}
