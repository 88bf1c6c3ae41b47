package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.TestCluster;
import dev.mooring.redis.SlowProxy;
import dev.mooring.route.Subscriber;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Three nodes on networks that are cut, slow and apart, and that are restarted, in an order that a seed gives, while
 * clients publish and move. {@code -Dmooring.chaos.steps=100} goes on for longer.
 */
@Tag("cluster-load")
class ClusterChaosIT {
    private static final int NODES = 3;
    private static final int STEPS = Integer.getInteger("mooring.chaos.steps", 12);
    private static final int ACKS_BETWEEN = 300;
    private static final int AHEAD_MAX = 20_000;
    /** Longer than others wait for a node that does not answer. */
    private static final int SLOW_MS = 3_000;

    private final long seed = Long.getLong("mooring.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final List<Future<?>> running = new ArrayList<>();
    private final List<Integer> up = new CopyOnWriteArrayList<>(List.of(0, 1, 2));
    private final List<String> steps = new ArrayList<>();
    private TestCluster cluster;
    private Ledger ledger;

    /** What befalls the cluster, between two lots of acknowledgements. */
    private enum Step {
        MOVE,
        CUT,
        SLOW_LINK,
        SLOW_STORE,
        STORE_CUT,
        RESTART,
        PARTITION
    }

    private static final List<Step> WITHOUT_PARTITIONS =
            Stream.of(Step.values()).filter(s -> s != Step.PARTITION).toList();

    @Test
    @Timeout(600)
    @DisplayName("whatever befalls links, store and nodes: nothing acknowledged is lost, QoS 2 not doubled, order kept")
    void chaos() throws Exception {
        Ledger.Verdict verdict = run(WITHOUT_PARTITIONS);
        assertThat(verdict.isClean())
                .as("%s after %s, seed %d", verdict, steps, seed)
                .isTrue();
    }

    @Test
    @Timeout(600)
    @DisplayName("with partitions of the cluster in between the same holds")
    void partitions() throws Exception {
        Ledger.Verdict verdict = run(List.of(Step.values()));
        assertThat(verdict.isClean())
                .as("%s after %s, seed %d", verdict, steps, seed)
                .isTrue();
    }

    private Ledger.Verdict run(List<Step> kinds) throws Exception {
        System.out.println("ClusterChaosIT: repeat with -Dmooring.seed=" + seed);
        cluster = TestCluster.startOnNetwork(NODES, "{\"limits\": {\"memory_queue\": {\"count_max\": 50}}}");
        try (TestCluster closed = cluster) {
            ledger = new Ledger(
                    () -> closed.node(up.get(random.nextInt(up.size()))).port(), AHEAD_MAX);
            List<Ledger.Subscriber> subscribers = List.of(
                    ledger.new Subscriber("fast", () -> Connect.v5("fast"), true),
                    ledger.new Subscriber("second", () -> Connect.v5("second"), true),
                    ledger.new Subscriber("slow", () -> Connect.v5("slow").receiveMaximum(5), true));
            subscribers.forEach(s -> running.add(threads.submit(s)));
            waitFor(() -> subscribers.stream().allMatch(Ledger.Subscriber::isSubscribed));
            List<Ledger.Publisher> publishers = List.of(
                    ledger.new Publisher("ledger/1a", 1, false),
                    ledger.new Publisher("ledger/1b", 1, false),
                    ledger.new Publisher("ledger/2a", 2, false),
                    ledger.new Publisher("ledger/2b", 2, false));
            publishers.forEach(p -> running.add(threads.submit(p)));
            acknowledgements();
            for (int i = 0; i < STEPS; i++) {
                befall(kinds.get(random.nextInt(kinds.size())));
                acknowledgements();
            }
            ledger.publishing = false;
            waitFor(() -> subscribers.stream()
                    .allMatch(s -> publishers.stream()
                            .allMatch(p -> s.received(p.topic).size() > p.lastSent())));
            for (Ledger.Subscriber s : subscribers) {
                waitFor(() -> owners(s.name) == 1);
            }
            ledger.receiving = false;
            for (Future<?> client : running) {
                client.get(30, TimeUnit.SECONDS);
            }
            Ledger.Verdict verdict = ledger.verdict(publishers);
            System.out.println("ClusterChaosIT: " + steps + ", " + verdict);
            return verdict;
        } finally {
            threads.shutdownNow();
        }
    }

    private void befall(Step step) {
        int node = random.nextInt(NODES);
        int other = (node + 1 + random.nextInt(NODES - 1)) % NODES;
        steps.add(step + " " + node + (step == Step.CUT || step == Step.SLOW_LINK ? " " + other : ""));
        switch (step) {
            case MOVE -> ledger.everybodyMoves();
            case CUT -> cluster.between(node, other).forEach(SlowProxy::cut);
            case SLOW_LINK -> slowDown(cluster.between(node, other));
            case SLOW_STORE -> slowDown(List.of(cluster.toStore(node)));
            case STORE_CUT -> cluster.toStore(node).cut();
            case RESTART -> {
                up.remove(Integer.valueOf(node));
                cluster.restart(node);
                up.add(node);
            }
            case PARTITION -> {
                cluster.partition(node, true);
                acknowledgements();
                cluster.partition(node, false);
            }
        }
    }

    /** Until some acknowledgements have come all the same; bytes under way keep their time then. */
    private void slowDown(List<SlowProxy> networks) {
        int ms = random.nextInt(SLOW_MS);
        networks.forEach(n -> n.delay(ms, ms));
        acknowledgements();
        networks.forEach(n -> n.delay(0, 0));
    }

    /** Nodes that have a connection of the client. */
    private long owners(String clientId) {
        return up.stream()
                .filter(node -> cluster.node(node).subscriber(clientId).isHere())
                .count();
    }

    /** Until some more have come. */
    private void acknowledgements() {
        int until = ledger.acknowledged.get() + ACKS_BETWEEN;
        waitFor(() -> ledger.acknowledged.get() >= until);
    }

    /** A client that fails ends the waiting. */
    private void waitFor(Callable<Boolean> condition) {
        try {
            await().pollInterval(Duration.ofMillis(50))
                    .atMost(90, TimeUnit.SECONDS)
                    .until(() -> {
                        for (Future<?> client : running) {
                            if (client.isDone()) {
                                client.get();
                            }
                        }
                        return condition.call();
                    });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("stuck after " + steps + ", seed " + seed + ", " + ledger, e);
        }
    }
}
