package dev.mooring.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A node whose store is slow, so that others don't wait for it any longer. */
class ClusterLateTest {
    private static final int SLOW_MS = 800;
    private static TestCluster cluster;

    @BeforeAll
    static void start() {
        cluster = TestCluster.startOnNetwork(2, "{\"cluster\": {\"answer_timeout_ms\": 100}}");
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static RawClient durable(int node, String name) {
        return RawClient.online(
                cluster.node(node).port(),
                Packets.connect(5, name).cleanStart(false).sessionExpiryInterval(3600));
    }

    /** It is asked for a fence while it is about to answer another one, so its answer comes behind what it sends. */
    @Test
    @DisplayName("[MQTT-4.6.0-6] what a late node forwards does not pass what it had stored for a session off line")
    void order() {
        String name = RawClient.unique("late");
        try (RawClient before = durable(1, name)) {
            before.subscribe(name, 1);
            before.disconnect();
        }
        RawClient publisher = durable(0, name + "p");
        cluster.toStore(0).delay(SLOW_MS, SLOW_MS);
        publisher.send(Packets.publish(5, name, "first").qos(1, 1));
        publisher.ping();
        RawClient another = durable(1, name + "a");
        publisher.send(Packets.publish(5, name, "second").qos(1, 2));
        publisher.ping();
        try (RawClient subscriber = durable(1, name)) {
            publisher.send(Packets.publish(5, name, "third").qos(1, 3));
            assertThat(ClusterForwardTest.received(subscriber, 3)).containsExactly("first", "second", "third");
        } finally {
            cluster.toStore(0).delay(0, 0);
            publisher.close();
            another.close();
        }
    }
}
