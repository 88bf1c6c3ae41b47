package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.core.ConditionTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three nodes on one Redis under load, while nodes are killed and frozen. Clients go to any node that is up.
 * {@code -Dmooring.freeze.s=9} freezes for less.
 */
@Tag("cluster-load")
class ClusterLedgerIT {
    private static final int NODES = 3;
    private static final int NO_HEARTBEAT_S = 4;
    private static final int FREEZE_S = Integer.getInteger("mooring.freeze.s", 30);
    private static final int ACKS_BETWEEN = 300;
    /** Well below the bound of a queue, at which the oldest goes. */
    private static final int AHEAD_MAX = 10_000;

    private static final Duration POLL = Duration.ofMillis(500);
    /** Nothing has come for so long: nothing will. */
    private static final Duration STUCK = Duration.ofSeconds(40);

    @TempDir
    private Path folder;

    private final long seed = Long.getLong("mooring.seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final RunningClients clients = new RunningClients();
    private final List<MooringProcess> up = new CopyOnWriteArrayList<>();
    private ClusterProcesses cluster;
    private List<MooringProcess> nodes;
    private Ledger ledger;
    private List<Ledger.Subscriber> subscribers;
    private List<Ledger.Publisher> publishers;

    @BeforeEach
    void start() throws Exception {
        System.out.println("ClusterLedgerIT: repeat with -Dmooring.seed=" + seed);
        cluster = ClusterProcesses.start(
                folder, NODES, NO_HEARTBEAT_S, "\"limits\": {\"memory_queue\": {\"count_max\": 50}}");
        nodes = cluster.nodes();
        up.addAll(nodes);
        ledger = new Ledger(() -> up.get(random.nextInt(up.size())).port(), AHEAD_MAX);
        subscribers = List.of(
                ledger.new Subscriber("fast", () -> Connect.v5("fast"), true),
                ledger.new Subscriber("slow", () -> Connect.v5("slow").receiveMaximum(3), true));
        subscribers.forEach(clients::run);
        clients.waitFor(() -> subscribers.stream().allMatch(Ledger.Subscriber::isSubscribed));
        publishers = List.of(
                ledger.new Publisher("ledger/1a", 1, false),
                ledger.new Publisher("ledger/1b", 1, false),
                ledger.new Publisher("ledger/2a", 2, false),
                ledger.new Publisher("ledger/2b", 2, false));
        publishers.forEach(clients::run);
        acknowledgements();
    }

    @AfterEach
    void stop() {
        clients.close();
        cluster.close();
    }

    @Test
    @Timeout(420)
    @DisplayName("kill -9 of a node under load loses nothing acknowledged, repeats no QoS 2, and keeps the order")
    void killed() throws Exception {
        for (int i = 0; i < 2; i++) {
            MooringProcess node = someNode();
            up.remove(node);
            node.kill9();
            acknowledgements();
            node.start();
            up.add(node);
            ledger.everybodyMoves();
            acknowledgements();
        }
        compare();
    }

    @Test
    @Timeout(420)
    @DisplayName("a node that is frozen, taken for dead, and wakes does no harm")
    void frozen() throws Exception {
        MooringProcess node = someNode();
        up.remove(node);
        node.freeze();
        ledger.everybodyMoves();
        long thawAtNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(FREEZE_S);
        acknowledgements();
        clients.waitFor(() -> System.nanoTime() - thawAtNs > 0);
        node.thaw();
        acknowledgements();
        up.add(node);
        ledger.everybodyMoves();
        acknowledgements();
        compare();
    }

    @Test
    @Timeout(420)
    @DisplayName("nodes that stop in order and come back, one after the other, under load")
    void rolled() throws Exception {
        for (MooringProcess node : nodes) {
            up.remove(node);
            node.terminate();
            acknowledgements();
            node.start();
            up.add(node);
            acknowledgements();
        }
        compare();
    }

    private MooringProcess someNode() {
        return nodes.get(random.nextInt(NODES));
    }

    /** Until some more have come. */
    private void acknowledgements() {
        int until = ledger.acknowledged.get() + ACKS_BETWEEN;
        clients.waitFor(() -> ledger.acknowledged.get() >= until);
    }

    private void compare() throws Exception {
        ledger.publishing = false;
        for (int before = -1; before < received(); ) { // the slow one may be behind by thousands
            before = received();
            int known = before;
            try {
                await().pollDelay(POLL).atMost(STUCK).until(() -> isAllReceived() || received() > known);
            } catch (ConditionTimeoutException e) {
                throw new AssertionError("stuck: " + state(), e);
            }
            if (isAllReceived()) {
                break;
            }
        }
        ledger.receiving = false;
        clients.join();
        for (Ledger.Subscriber subscriber : subscribers) {
            for (Ledger.Publisher publisher : publishers) {
                compare(publisher, subscriber);
            }
        }
        System.out.println("ClusterLedgerIT: " + ledger.acknowledged + " acknowledged");
    }

    /** For people: what is missing where. */
    private String state() {
        StringBuilder text = new StringBuilder("seed " + seed);
        for (Ledger.Subscriber s : subscribers) {
            for (Ledger.Publisher p : publishers) {
                Set<Integer> missing = new HashSet<>(p.acked);
                missing.removeAll(s.received(p.topic));
                text.append("\n").append(p.topic).append(" to ").append(s.name).append(": sent ");
                text.append(p.lastSent() + 1).append(", acknowledged ").append(p.acked.size());
                text.append(", received ").append(s.received(p.topic).size());
                text.append(", missing ").append(missing.size()).append(' ');
                text.append(missing.stream().sorted().limit(10).toList());
            }
        }
        return text.toString();
    }

    private int received() {
        return subscribers.stream()
                .mapToInt(s -> publishers.stream()
                        .mapToInt(p -> s.received(p.topic).size())
                        .sum())
                .sum();
    }

    private boolean isAllReceived() {
        return subscribers.stream()
                .allMatch(s ->
                        publishers.stream().allMatch(p -> s.received(p.topic).size() > p.lastSent()));
    }

    private void compare(Ledger.Publisher publisher, Ledger.Subscriber subscriber) {
        String name = publisher.topic + " to " + subscriber.name + ", seed " + seed;
        List<Integer> arrivals = subscriber.arrivals.get(publisher.topic);
        Set<Integer> lost = new HashSet<>(publisher.acked);
        lost.removeAll(arrivals);
        assertThat(lost).as("acknowledged but not received: " + name).isEmpty();
        List<Integer> first = arrivals.stream().distinct().toList();
        assertThat(first).as("order of first deliveries: " + name).isSorted();
        if (publisher.qos == 2) {
            assertThat(arrivals).as("received twice: " + name).doesNotHaveDuplicates();
        }
    }
}
