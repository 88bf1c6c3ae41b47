package dev.mooring.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.SharedGroup;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What clients of one broker may expect of each other, each on another node; shared subscriptions prefer their node.
 */
class ClusterThreeNodesTest {
    private static final int A = 0;
    private static final int B = 1;
    private static final int C = 2;

    @RegisterExtension
    static final SpecCluster CLUSTER = new SpecCluster(
            3, "{\"mqtt\": {\"sys_interval_s\": 1, \"shared_prefer_local\": true}, " + TestBroker.SYS_FOR_ALL + "}");

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    @DisplayName(
            "[MQTT-4.6.0-6] what is published on A reaches B and C, at every QoS, in order, with and without state")
    void reachesAll(int qos) {
        String topic = RawClient.unique("t");
        try (RawClient onB = CLUSTER.online(B, topic + "b");
                RawClient onC = CLUSTER.online(C, topic + "c");
                RawClient lasting = CLUSTER.durable(C, topic + "d");
                RawClient publisher = CLUSTER.online(A, topic + "p")) {
            for (RawClient subscriber : List.of(onB, onC, lasting)) {
                subscriber.subscribe(topic + "/+", qos);
            }
            List<String> sent = ClusterForwardTest.publish(publisher, topic + "/x", qos, 40);
            for (RawClient subscriber : List.of(onB, onC, lasting)) {
                assertThat(ClusterForwardTest.received(subscriber, 40)).isEqualTo(sent);
                subscriber.ping();
            }
        }
    }

    @Test
    @DisplayName("[MQTT-3.3.1-6] what is retained on A is read on B, and deleted on C for all")
    void retained() {
        String topic = RawClient.unique("r");
        try (RawClient onA = CLUSTER.online(A, topic + "a");
                RawClient onC = CLUSTER.online(C, topic + "c")) {
            onA.publish(Packets.publish(5, topic, "kept").retain(), 1);
            awaitRetained(B, topic, List.of("kept"));
            awaitRetained(C, topic, List.of("kept"));
            onC.publish(Packets.publish(5, topic, "").retain(), 1);
            for (int node : new int[] {A, B, C}) {
                awaitRetained(node, topic, List.of());
            }
        }
    }

    /** What a new subscription on the node is sent. */
    private static void awaitRetained(int node, String topic, List<String> payloads) {
        Awaitility.await().untilAsserted(() -> {
            try (RawClient subscriber = CLUSTER.online(node, RawClient.unique("s"))) {
                subscriber.subscribe(topic, 0);
                List<Frame> got = subscriber.readUntilPingresp();
                assertThat(got).extracting(Frame::payloadText).isEqualTo(payloads);
                assertThat(got).allMatch(f -> f.retain);
            }
        });
    }

    @Test
    @DisplayName("[MQTT-3.3.1-10] retain handling 1 goes by what the session had, on whichever node")
    void retainHandling1() {
        String topic = RawClient.unique("h");
        try (RawClient publisher = CLUSTER.online(A, topic + "p")) {
            keep(publisher, topic);
            try (RawClient onB = CLUSTER.durable(B, topic + "s")) {
                onB.subscribe(topic + "/#", Packets.Subscribe.RETAIN_HANDLING_1);
                assertThat(onB.readUntilPingresp()).hasSize(1);
                onB.disconnect();
            }
            try (RawClient onC = CLUSTER.durable(C, topic + "s")) {
                assertThat(onC.connack().sessionPresent).isTrue();
                onC.subscribe(topic + "/#", Packets.Subscribe.RETAIN_HANDLING_1);
                assertThat(onC.readUntilPingresp()).isEmpty();
                onC.subscribe(topic + "/#", Packets.Subscribe.RETAIN_AS_PUBLISHED);
                assertThat(onC.readUntilPingresp()).hasSize(1);
                publisher.publish(Packets.publish(5, topic + "/x", "new").retain(), 1);
                assertThat(onC.nextPublish().retain).isTrue();
            }
        }
    }

    @Test
    @DisplayName("[MQTT-3.3.1-11] retain handling 2 sends nothing that another node has retained")
    void retainHandling2() {
        String topic = RawClient.unique("h");
        try (RawClient publisher = CLUSTER.online(A, topic + "p");
                RawClient onB = CLUSTER.online(B, topic + "s")) {
            keep(publisher, topic);
            onB.subscribe(topic, Packets.Subscribe.RETAIN_HANDLING_2);
            assertThat(onB.readUntilPingresp()).isEmpty();
        }
    }

    /** Retains a message that B and C then have. */
    private static void keep(RawClient publisher, String topic) {
        publisher.publish(Packets.publish(5, topic, "kept").retain(), 1);
        awaitRetained(B, topic, List.of("kept"));
        awaitRetained(C, topic, List.of("kept"));
    }

    @Test
    @DisplayName("[MQTT-3.3.4-3] subscription identifiers come with messages of other nodes, live and queued")
    void subscriptionIdentifiers() {
        String topic = RawClient.unique("i");
        try (RawClient publisher = CLUSTER.online(A, topic + "p")) {
            try (RawClient onB = CLUSTER.durable(B, topic + "s")) {
                onB.send(Packets.subscribe(5, 70)
                        .filter(topic, 1)
                        .properties(new Props().subscriptionIdentifier(268_435_455)));
                onB.expect(Frame.SUBACK, 70);
                publisher.publish(topic, "live", 1);
                Frame live = onB.nextPublish();
                assertThat(live.props.all(Props.SUBSCRIPTION_IDENTIFIER)).isEqualTo(List.of(268_435_455L));
                onB.send(Packets.puback(live.packetId)).ping().disconnect();
            }
            publisher.publish(topic, "queued", 1);
            try (RawClient onC = CLUSTER.durable(C, topic + "s")) {
                Frame queued = onC.nextPublish();
                assertThat(queued.payloadText()).isEqualTo("queued");
                assertThat(queued.props.all(Props.SUBSCRIPTION_IDENTIFIER)).isEqualTo(List.of(268_435_455L));
                publisher.publish(topic, "live again", 0);
                assertThat(onC.nextPublish().props.all(Props.SUBSCRIPTION_IDENTIFIER))
                        .isEqualTo(List.of(268_435_455L));
            }
        }
    }

    @Test
    @DisplayName("[MQTT-3.8.3-3] no local holds on whichever node the client publishes, and for nobody else")
    void noLocal() {
        String topic = RawClient.unique("n");
        try (RawClient other = CLUSTER.online(C, topic + "o");
                RawClient publisher = CLUSTER.online(C, topic + "p")) {
            other.subscribe(topic, 1);
            try (RawClient onA = CLUSTER.durable(A, topic + "s")) {
                onA.subscribe(topic, 1 | Packets.Subscribe.NO_LOCAL);
                onA.publish(topic, "own on A", 1);
                assertThat(ClusterForwardTest.received(other, 1)).containsExactly("own on A");
            }
            try (RawClient onB = CLUSTER.durable(B, topic + "s")) {
                assertThat(onB.connack().sessionPresent).isTrue();
                onB.publish(topic, "own on B", 1);
                assertThat(ClusterForwardTest.received(other, 1)).containsExactly("own on B");
                publisher.publish(topic, "another's", 1);
                assertThat(ClusterForwardTest.received(onB, 1)).containsExactly("another's");
                onB.ping();
            }
        }
    }

    @Test
    @DisplayName("a shared subscription prefers members of the publisher's node; without any there all"
            + " others have their turn, and no message comes twice")
    void sharedPrefersLocal() {
        String topic = RawClient.unique("g");
        String share = "$share/g/" + topic;
        try (RawClient onA = CLUSTER.online(A, topic + "a");
                RawClient onB = CLUSTER.online(B, topic + "b");
                RawClient fromA = CLUSTER.online(A, topic + "p");
                RawClient fromC = CLUSTER.online(C, topic + "q")) {
            onA.subscribe(share, 1);
            onB.subscribe(share, 1);
            for (int node : new int[] {A, B, C}) {
                awaitMembers(node, share, 2);
            }
            List<String> sent = ClusterForwardTest.publish(fromA, topic, 1, 20);
            assertThat(ClusterForwardTest.received(onA, 20)).isEqualTo(sent);
            onA.ping();
            onB.ping();

            sent = ClusterForwardTest.publish(fromC, topic, 2, 20);
            List<String> got = new ArrayList<>(ClusterForwardTest.received(onA, 10));
            got.addAll(ClusterForwardTest.received(onB, 10));
            assertThat(got).containsExactlyInAnyOrderElementsOf(sent);
            onA.ping();
            onB.ping();
        }
    }

    private static void awaitMembers(int node, String share, int count) {
        Awaitility.await().until(() -> {
            SharedGroup group = CLUSTER.node(node).broker().index().group(TopicFilter.of(share));
            return group != null && group.size() == count;
        });
    }

    @Test
    @DisplayName("[MQTT-3.1.2-15] a retained Will of A stands on B and C as well")
    void retainedWill() {
        String topic = RawClient.unique("w");
        RawClient.online(CLUSTER.node(A).port(), Packets.connect(5, topic).will(topic, "gone", 1, true))
                .abort();
        awaitRetained(B, topic, List.of("gone"));
        awaitRetained(C, topic, List.of("gone"));
    }

    @Test
    @DisplayName("[MQTT-3.1.3-9] a Will that waits for its delay is dropped when the client is back, on another node")
    void willDelay() {
        String topic = RawClient.unique("d");
        try (RawClient watcher = CLUSTER.online(C, topic + "w")) {
            watcher.subscribe(topic + "/#", 1);
            RawClient.online(
                            CLUSTER.node(A).port(),
                            Packets.connect(5, topic)
                                    .sessionExpiryInterval(60)
                                    .willProperties(new Props().willDelayInterval(2))
                                    .will(topic + "/will", "gone", 1, false))
                    .abort();
            try (RawClient back = CLUSTER.durable(B, topic)) {
                assertThat(back.connack().sessionPresent).isTrue();
                // The Will of this one comes later than that of the first one would have come.
                RawClient.online(
                                CLUSTER.node(B).port(),
                                Packets.connect(5, topic + "2")
                                        .sessionExpiryInterval(60)
                                        .willProperties(new Props().willDelayInterval(3))
                                        .will(topic + "/other", "gone, too", 1, false))
                        .abort();
                assertThat(ClusterForwardTest.received(watcher, 1)).containsExactly("gone, too");
            }
        }
    }

    @Test
    @DisplayName("every node has $SYS of all nodes; that of one which has left goes")
    void sys() {
        CLUSTER.cluster().add();
        int last = CLUSTER.cluster().size() - 1;
        for (int node : new int[] {A, B, C, last}) {
            awaitSys(node, "node0,node1,node2,node" + last);
        }
        CLUSTER.cluster().stop(last);
        for (int node : new int[] {A, B, C}) {
            awaitSys(node, "node0,node1,node2");
        }
    }

    @Test
    @DisplayName("a node that leaves with thousands of filters and a session leaves no filter behind on the others")
    void manyFilters() {
        String topic = RawClient.unique("f");
        CLUSTER.cluster().add();
        int last = CLUSTER.cluster().size() - 1;
        RawClient many = CLUSTER.online(last, topic + "m");
        for (int i = 0; i < 25; i++) {
            Packets.Subscribe subscribe = Packets.subscribe(5, 100 + i);
            for (int j = 0; j < 100; j++) {
                subscribe.filter(topic + "/" + i + "/" + j + "/+", 0);
            }
            many.send(subscribe);
            many.expect(Frame.SUBACK, 100 + i);
        }
        assertThat(filters(A, topic)).isEqualTo(2_500);
        assertThat(filters(B, topic)).isEqualTo(2_500);
        CLUSTER.cluster().stop(last);
        Awaitility.await().untilAsserted(() -> assertThat(filters(A, topic)).isZero());
        Awaitility.await().untilAsserted(() -> assertThat(filters(B, topic)).isZero());
    }

    @Test
    @DisplayName("a thousand SUBSCRIBEs at once are not a thousand lists of subscriptions for each node")
    void subscribesAtOnce() {
        String topic = RawClient.unique("q");
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int i = 1; i <= 1_000; i++) {
            all.writeBytes(Packets.subscribe(5, i).filter(topic + "/" + i, 1).bytes());
        }
        try (RawClient client = CLUSTER.durable(A, topic + "s")) {
            long before = sentBytes();
            client.send(all.toByteArray());
            for (int i = 1; i <= 1_000; i++) {
                client.expect(Frame.SUBACK, i);
            }
            assertThat(filters(B, topic)).isEqualTo(1_000);
            // A list for each would be 1,000 times 500 subscriptions of 20 bytes on average: 10 MB.
            assertThat(sentBytes() - before).isLessThan(2_000_000);
        }
    }

    private static long sentBytes() {
        return CLUSTER.node(A)
                .broker()
                .metrics()
                .cluster
                .link("node1")
                .bytesSent
                .sum();
    }

    private static long filters(int node, String topic) {
        List<String> found = new ArrayList<>();
        CLUSTER.node(node).broker().index().forEach(m -> {
            String filter = m.subscription().filter().text();
            if (filter.startsWith(topic)) {
                found.add(filter);
            }
        });
        return found.size();
    }

    private static void awaitSys(int node, String names) {
        Awaitility.await().untilAsserted(() -> {
            Map<String, String> found = new TreeMap<>();
            try (RawClient reader = CLUSTER.online(node, RawClient.unique("s"))) {
                for (String filter : List.of("$SYS/brokers", "$SYS/brokers/+/version", "$SYS/brokers/+/stats/#")) {
                    reader.subscribe(filter, 0);
                    reader.readUntilPingresp().forEach(f -> found.put(f.topic, f.payloadText()));
                }
            }
            assertThat(found.remove("$SYS/brokers")).isEqualTo(names);
            String[] all = names.split(",");
            for (String name : all) {
                assertThat(found).containsKey("$SYS/brokers/" + name + "/version");
                assertThat(found).containsKey("$SYS/brokers/" + name + "/stats/connections/count");
            }
            assertThat(found).hasSize(all.length * 5);
        });
    }
}
