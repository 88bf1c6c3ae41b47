package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
 * Three processes on one Redis, under a flood of QoS 1 and 2: nodes are killed, frozen and stopped, several at a time,
 * while what is between others and the store is slow or cut and clients move, in an order that a seed gives.
 * {@code -Dmooring.seed=N} repeats one, {@code -Dmooring.chaos.steps=30} goes on for longer than some two minutes.
 */
@Tag("cluster-load")
class ClusterMixedIT {
    private static final int NODES = 3;
    private static final int NO_HEARTBEAT_S = 5;
    private static final int STEPS = Integer.getInteger("mooring.chaos.steps", 8);
    private static final int ACKS_BETWEEN = 300;
    private static final int AHEAD_MAX = 10_000;
    /** Longer than others wait for a node that does not answer. */
    private static final int SLOW_MS = 3_000;
    /**
     * At most: publishers wait for a subscriber that is far behind, and there it may have three messages in that time.
     */
    private static final int SLOW_FOR_MS = 10_000;

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

    private final RunningClients clients = new RunningClients();
    private final List<MooringProcess> up = new CopyOnWriteArrayList<>();
    private final List<String> steps = new ArrayList<>();
    private Random random;
    private ClusterProcesses cluster;
    private Ledger ledger;

    /** What befalls a node while the others serve on. */
    private enum Down {
        KILL,
        FREEZE,
        STOP
    }

    /** What befalls a node that serves. */
    private enum Hitch {
        NONE,
        SLOW_STORE,
        STORE_CUT,
        MOVE
    }

    static LongStream seeds() {
        return LongStream.of(Long.getLong("mooring.seed", System.nanoTime()));
    }

    @AfterEach
    void stop() {
        clients.close();
        if (cluster != null) {
            cluster.close();
        }
    }

    @ParameterizedTest(name = "seed {0}: kills, stops and delays at once lose nothing, double no QoS 2, keep the order")
    @MethodSource("seeds")
    @Timeout(900)
    void mixed(long seed) throws Exception {
        System.out.println("ClusterMixedIT: repeat with -Dmooring.seed=" + seed);
        random = new Random(seed);
        cluster = ClusterProcesses.startOnNetwork(
                folder, NODES, NO_HEARTBEAT_S, "\"limits\": {\"memory_queue\": {\"count_max\": 50}}");
        up.addAll(cluster.nodes());
        Random ports = new Random(seed);
        ledger = new Ledger(() -> Ledger.anyOf(up, ports).port(), AHEAD_MAX);
        List<Ledger.Subscriber> subscribers = List.of(
                ledger.new Subscriber("fast", () -> Connect.v5("fast"), true),
                ledger.new Subscriber("slow", () -> Connect.v5("slow").receiveMaximum(3), true));
        subscribers.forEach(clients::run);
        clients.waitFor(() -> subscribers.stream().allMatch(Ledger.Subscriber::isSubscribed));
        List<Ledger.Publisher> publishers = ledger.publishers(clients);
        try {
            acknowledgements();
            for (int i = 0; i < STEPS; i++) {
                befall(random.nextInt(NODES), NODES - 1);
                clients.waitFor(() -> haveOneOwnerEach(subscribers.size() + publishers.size()));
            }
            ledger.publishing = false;
            clients.waitFor(() -> subscribers.stream()
                    .allMatch(s -> publishers.stream()
                            .allMatch(p -> s.received(p.topic).size() > p.lastSent())));
            ledger.receiving = false;
            clients.join();
        } catch (RuntimeException e) {
            throw new AssertionError("stuck after " + steps + ", seed " + seed + ", " + ledger + ", " + said(), e);
        }
        Ledger.Verdict verdict = ledger.verdict(publishers);
        System.out.println("ClusterMixedIT: " + steps + ", " + verdict);
        if (!verdict.isClean()) {
            System.out.println("nodes at "
                    + cluster.nodes().stream().map(MooringProcess::port).toList());
            ledger.diary().forEach(System.out::println);
        }
        assertThat(verdict.isClean())
                .as("%s after %s, seed %d", verdict, steps, seed)
                .isTrue();
    }

    /** @param more how many nodes may be down at once, this one included */
    private void befall(int number, int more) {
        MooringProcess node = cluster.nodes().get(number);
        Down what = Down.values()[random.nextInt(Down.values().length)];
        step(what + " " + number);
        up.remove(node);
        switch (what) {
            case KILL -> node.kill9();
            case FREEZE -> {
                node.freeze();
                ledger.everybodyMoves();
            }
            case STOP -> node.terminate();
        }
        int other = (number + 1 + random.nextInt(NODES - 1)) % NODES;
        long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(random.nextInt(2_000 * NO_HEARTBEAT_S));
        hitch(other);
        if (more > 1 && random.nextInt(3) == 0) {
            befall(other, more - 1);
        }
        acknowledgements();
        if (what == Down.FREEZE) {
            clients.waitFor(() -> System.nanoTime() - untilNs > 0);
            node.thaw();
        } else {
            node.start();
        }
        ledger.note(number + " is back");
        up.add(node);
        acknowledgements();
    }

    private void step(String what) {
        steps.add(what);
        ledger.note(what);
    }

    private void hitch(int number) {
        Hitch what = Hitch.values()[random.nextInt(Hitch.values().length)];
        step(what + " " + number);
        switch (what) {
            case NONE -> acknowledgements();
            case SLOW_STORE -> {
                int ms = random.nextInt(SLOW_MS);
                cluster.toStore(number).delay(ms, ms);
                acknowledgements(SLOW_FOR_MS);
                cluster.toStore(number).delay(0, 0);
            }
            case STORE_CUT -> cluster.toStore(number).cut();
            case MOVE -> ledger.everybodyMoves();
        }
    }

    private boolean haveOneOwnerEach(int count) throws IOException {
        try {
            Map<String, Integer> owners = owners();
            return owners.size() == count && owners.values().stream().allMatch(nodes -> nodes == 1);
        } catch (AssertionError e) {
            return false; // a node that has just started does not say so yet
        }
    }

    /** By client id, how many nodes have a connection of it; they say so themselves. */
    private Map<String, Integer> owners() throws IOException {
        Map<String, Integer> owners = new HashMap<>();
        for (MooringProcess node : up) {
            JsonNode page = JSON.readTree(node.ask("GET", "/api/v1/clients?state=connected&limit=1000"));
            for (JsonNode client : page.get("items")) {
                owners.merge(client.get("clientid").asText(), 1, Integer::sum);
            }
        }
        return owners;
    }

    /** What the nodes that are up know of the subscriber that is behind. */
    private List<String> said() {
        return up.stream()
                .map(node -> {
                    try {
                        return node.ask("GET", "/api/v1/client?clientid=slow");
                    } catch (RuntimeException | AssertionError e) {
                        return String.valueOf(e.getMessage());
                    }
                })
                .toList();
    }

    /** Until some more have come. */
    private void acknowledgements() {
        acknowledgements(Integer.MAX_VALUE);
    }

    /** The same, or until that time has passed. */
    private void acknowledgements(int mostMs) {
        int until = ledger.acknowledged.get() + ACKS_BETWEEN;
        long untilNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(mostMs);
        clients.waitFor(() -> ledger.acknowledged.get() >= until || System.nanoTime() - untilNs > 0);
    }
}
