package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestCluster;
import dev.mooring.redis.SlowProxy;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three nodes in this process, one of which is cut off from the others, or from the store, while clients publish. */
class ClusterPartitionIT {
    private static final int ACKS = 100;
    /** Longer than nodes look after one that has left for what it has stored, and than sessions wait to be adopted. */
    private static final int APART_S = 4;

    private static final String IMPATIENT =
            "{\"cluster\": {\"answer_timeout_ms\": 100}, \"limits\": {\"store_deadline_ms\": 60000}}";
    private static final int STORE_MS = 20;
    private static final int SILENCE_MS = 400;
    private static final int SLOW_MS = 400;
    private static final int NOWHERE = -1;
    private static final int CLOSED_PORT = 1;

    private final RunningClients clients = new RunningClients();
    private TestCluster cluster;
    private volatile int publishersNode;
    private volatile int subscribersNode;
    private final Ledger publishing = new Ledger(() -> portOf(publishersNode), Integer.MAX_VALUE);
    private final Ledger receiving = new Ledger(() -> portOf(subscribersNode), Integer.MAX_VALUE);
    private final List<Ledger.Publisher> publishers =
            List.of(publishing.new Publisher("ledger/1", 1, false), publishing.new Publisher("ledger/2", 2, false));
    private final Ledger.Subscriber subscriber =
            receiving.new Subscriber("subscriber", () -> Connect.v5("subscriber"), true);

    @AfterEach
    void stop() {
        clients.close();
        cluster.close();
    }

    private int portOf(int node) {
        return node == NOWHERE ? CLOSED_PORT : cluster.node(node).port();
    }

    private void start(TestCluster started, int publishersOn, int subscriberOn) {
        cluster = started;
        publishersNode = publishersOn;
        subscribersNode = subscriberOn;
        clients.run(subscriber);
        clients.waitFor(subscriber::isSubscribed);
        publishers.forEach(clients::run);
        acknowledgements();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @Timeout(120)
    @DisplayName("[MQTT-4.6.0-6] what a client published at a node that was cut off comes before what it publishes at"
            + " another one")
    void publisherMoves(int to) throws Exception {
        start(TestCluster.startOnNetwork(3, "{}"), 0, 2);
        cluster.toStore(0).delay(STORE_MS, STORE_MS); // or so much is stored that the subscriber is always behind
        cluster.partition(0, true);
        seconds(APART_S);
        acknowledgements();
        publishersNode = to;
        publishing.everybodyMoves();
        acknowledgements();
        cluster.toStore(0).delay(0, 0);
        cluster.partition(0, false);
        acknowledgements();
        compare();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @Timeout(120)
    @DisplayName("[MQTT-4.6.0-6] so it does when the client has left the node that was cut off, which has stored that")
    void publisherComesBack(int to) throws Exception {
        start(TestCluster.startOnNetwork(3, "{}"), 0, 2);
        cluster.partition(0, true);
        seconds(APART_S);
        acknowledgements();
        publishersNode = NOWHERE;
        publishing.everybodyMoves();
        seconds(1);
        publishersNode = to;
        acknowledgements();
        cluster.partition(0, false);
        acknowledgements();
        compare();
    }

    @Test
    @Timeout(120)
    @DisplayName("[MQTT-4.6.0-6] what a client published at a node that has been started since comes before what comes"
            + " live, when parts of the cluster meet")
    void startedInAnotherPart() throws Exception {
        start(TestCluster.startOnNetwork(2, "{}"), 0, 1);
        cluster.partition(1, true);
        cluster.restart(0);
        seconds(APART_S);
        acknowledgements();
        cluster.partition(1, false);
        acknowledgements();
        compare();
    }

    @Test
    @Timeout(120)
    @DisplayName("[MQTT-4.6.0-6] what a client publishes at another node does not pass what is on its way from the one"
            + " before to a third")
    void slowToAThird() throws Exception {
        start(TestCluster.startOnNetwork(3, "{}"), 0, 2);
        cluster.between(0, 2).forEach(network -> network.delay(SLOW_MS, SLOW_MS));
        acknowledgements();
        publishersNode = 1;
        publishing.everybodyMoves();
        acknowledgements();
        cluster.between(0, 2).forEach(network -> network.delay(0, 0));
        acknowledgements();
        compare();
    }

    @Test
    @Timeout(120)
    @DisplayName("[MQTT-4.6.0-6] nor what waits there, since that one does not reach the third at all")
    void cutFromAThird() throws Exception {
        start(TestCluster.startOnNetwork(3, "{}"), 0, 2);
        cluster.between(0, 2).forEach(SlowProxy::refuse);
        cluster.between(0, 2).forEach(SlowProxy::cut);
        receiving.everybodyMoves(); // and is not answered by one of them
        seconds(APART_S);
        acknowledgements();
        publishersNode = 1;
        publishing.everybodyMoves();
        acknowledgements();
        cluster.between(0, 2).forEach(SlowProxy::accept);
        acknowledgements();
        compare();
    }

    @Test
    @Timeout(120)
    @DisplayName("[MQTT-4.3.3-1] QoS 2 that a node stores once more, as the answer was lost, does not come twice when"
            + " another node has delivered it meanwhile")
    void storedAgain() throws Exception {
        start(TestCluster.startOnNetwork(2, IMPATIENT), 0, 1);
        cluster.toStore(0).refuse();
        cluster.toStore(0).cutAfterToClient(0);
        Ledger.Publisher exactlyOnce = publishers.get(1);
        awaitSilence();
        receiving.everybodyMoves(); // so that it reads its queue
        clients.waitFor(() -> subscriber.received(exactlyOnce.topic).size() > exactlyOnce.acked.size());
        cluster.toStore(0).accept();
        acknowledgements();
        receiving.everybodyMoves();
        acknowledgements();
        compare();
    }

    private void seconds(int some) {
        long untilNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(some);
        clients.waitFor(() -> System.nanoTime() - untilNs > 0);
    }

    /** Until some more have come. */
    private void acknowledgements() {
        int until = publishing.acknowledged.get() + ACKS;
        clients.waitFor(() -> publishing.acknowledged.get() >= until);
    }

    /** Until no more come. */
    private void awaitSilence() {
        int[] known = {-1};
        long[] sinceNs = {0};
        clients.waitFor(() -> {
            int now = publishing.acknowledged.get();
            sinceNs[0] = now == known[0] ? sinceNs[0] : System.nanoTime();
            known[0] = now;
            return System.nanoTime() - sinceNs[0] > TimeUnit.MILLISECONDS.toNanos(SILENCE_MS);
        });
    }

    private void compare() throws Exception {
        publishing.publishing = false;
        clients.waitFor(() ->
                publishers.stream().allMatch(p -> subscriber.received(p.topic).size() > p.lastSent()));
        receiving.everybodyMoves(); // what is left in its queue would come
        clients.waitFor(
                () -> cluster.redis().cli().list("KEYS", "mooring:{state}:q:*").isEmpty());
        receiving.receiving = false;
        clients.join();
        Ledger.Verdict verdict = receiving.verdict(publishers);
        assertThat(verdict.isClean()).as(verdict.toString()).isTrue();
    }
}
