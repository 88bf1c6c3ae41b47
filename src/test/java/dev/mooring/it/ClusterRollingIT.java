package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestCluster;
import dev.mooring.cluster.Wire;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Nodes in this process that stop in order and come back, one after the other, under load. */
class ClusterRollingIT {
    private static final int ACKS_BETWEEN = 300;
    /** Well below the bound of a queue, at which the oldest goes. */
    private static final int AHEAD_MAX = 10_000;

    private final long seed = Long.getLong("mooring.seed", System.nanoTime());
    private final RunningClients clients = new RunningClients();
    private Ledger ledger;

    @Test
    @DisplayName("all nodes are restarted one after the other under load, and nothing acknowledged is lost")
    void rolled() throws Exception {
        rolled(Wire.VERSION);
    }

    @Test
    @DisplayName("the same from the version before to this one: meanwhile nodes of both are one cluster")
    void upgraded() throws Exception {
        rolled(Wire.VERSION - 1);
    }

    /** @param from newest version of the protocol between nodes that they know before the restart */
    private void rolled(int from) throws Exception {
        Random random = new Random(seed);
        List<Integer> up = new CopyOnWriteArrayList<>(List.of(0, 1, 2));
        String limits = "{\"limits\": {\"memory_queue\": {\"count_max\": 50}}}";
        try (TestCluster cluster = TestCluster.startSpeaking(from, 3, limits)) {
            cluster.speaking(Wire.VERSION);
            ledger = new Ledger(() -> cluster.node(Ledger.anyOf(up, random)).port(), AHEAD_MAX);
            List<Ledger.Subscriber> subscribers = List.of(
                    ledger.new Subscriber("fast", () -> Connect.v5("fast"), true),
                    ledger.new Subscriber("slow", () -> Connect.v5("slow").receiveMaximum(3), true));
            subscribers.forEach(clients::run);
            clients.waitFor(() -> subscribers.stream().allMatch(Ledger.Subscriber::isSubscribed));
            List<Ledger.Publisher> publishers = ledger.publishers(clients);
            acknowledgements();
            for (int i = 0; i < 3; i++) {
                up.remove(Integer.valueOf(i));
                cluster.restart(i);
                up.add(i);
                acknowledgements();
                assertThat(cluster.versions(i)).isEqualTo(spoken(from, i));
            }
            ledger.publishing = false;
            clients.waitFor(() -> subscribers.stream()
                    .allMatch(s -> publishers.stream()
                            .allMatch(p -> s.received(p.topic).size() > p.lastSent())));
            ledger.receiving = false;
            clients.join();
            for (Ledger.Subscriber subscriber : subscribers) {
                for (Ledger.Publisher publisher : publishers) {
                    List<Integer> arrivals = subscriber.arrivals.get(publisher.topic);
                    String name = publisher.topic + " to " + subscriber.name + ", seed " + seed;
                    assertThat(arrivals).as("lost: " + name).containsAll(publisher.acked);
                    assertThat(arrivals.stream().distinct().toList())
                            .as("order: " + name)
                            .isSorted();
                    if (publisher.qos == 2) {
                        assertThat(arrivals).as("twice: " + name).doesNotHaveDuplicates();
                    }
                }
            }
        } finally {
            clients.close();
        }
    }

    /** By the node that was restarted last: with those that are of another version still, and with those before it. */
    private static Set<Integer> spoken(int from, int last) {
        Set<Integer> versions = new HashSet<>();
        if (last < 2) {
            versions.add(from);
        }
        if (last > 0) {
            versions.add(Wire.VERSION);
        }
        return versions;
    }

    private void acknowledgements() {
        int until = ledger.acknowledged.get() + ACKS_BETWEEN;
        clients.waitFor(() -> ledger.acknowledged.get() >= until);
    }
}
