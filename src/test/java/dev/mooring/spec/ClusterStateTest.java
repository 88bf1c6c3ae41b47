package dev.mooring.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.TopicFilter;
import dev.mooring.route.SharedGroup;
import dev.mooring.route.SubscriptionIndex;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Retained messages, Wills and shared subscriptions over nodes; nodes that come and go in order. */
class ClusterStateTest {
    private static final int GROUP_MAX = 20;

    @RegisterExtension
    static final SpecCluster CLUSTER = new SpecCluster(
            2,
            "{\"mqtt\": {\"shared_prefer_local\": false}, " + "\"limits\": {\"shared_queue\": {\"count_max\": "
                    + GROUP_MAX + "}}}");

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    @DisplayName("[MQTT-3.3.1-9] what is retained on one node is sent to new subscribers of another, and removed there")
    void retained(int qos) {
        String topic = RawClient.unique("r");
        try (RawClient publisher = CLUSTER.online(0, topic + "p")) {
            publisher.publish(Packets.publish(5, topic, "kept").retain(), qos);
            publisher.ping();
            Awaitility.await().untilAsserted(() -> {
                try (RawClient subscriber = CLUSTER.online(1, RawClient.unique("s"))) {
                    subscriber.subscribe(topic, 1);
                    Frame first = subscriber.read(200);
                    assertThat(first).isNotNull();
                    assertThat(first.retain).isTrue();
                }
            });
            publisher.publish(Packets.publish(5, topic, "").retain(), qos);
            publisher.ping();
            Awaitility.await().untilAsserted(() -> {
                try (RawClient subscriber = CLUSTER.online(1, RawClient.unique("s"))) {
                    subscriber.subscribe(topic, 1);
                    assertThat(subscriber.readUntilPingresp()).isEmpty();
                }
            });
        }
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] a Will reaches subscribers of other nodes")
    void will() {
        String topic = RawClient.unique("w");
        try (RawClient subscriber = CLUSTER.online(1, topic + "s")) {
            subscriber.subscribe(topic, 1);
            RawClient dying = RawClient.online(
                    CLUSTER.node(0).port(), Packets.connect(5, topic).will(topic, "last words", 1, false));
            dying.abort();
            assertThat(ClusterForwardTest.received(subscriber, 1)).containsExactly("last words");
            subscriber.ping();
        }
    }

    @Test
    @DisplayName("[MQTT-4.8.2-4] a shared subscription with members on both nodes gets each message once")
    void sharedOnce() {
        String topic = RawClient.unique("g");
        try (RawClient here = CLUSTER.online(0, topic + "0");
                RawClient there = CLUSTER.online(1, topic + "1");
                RawClient durable = CLUSTER.durable(1, topic + "2");
                RawClient publisher = CLUSTER.online(0, topic + "p")) {
            for (RawClient member : List.of(here, there, durable)) {
                member.subscribe("$share/g/" + topic, 1);
            }
            List<String> sent = ClusterForwardTest.publish(publisher, topic, 1, 60);
            List<String> got = new ArrayList<>();
            for (RawClient member : List.of(here, there, durable)) {
                List<String> of = ClusterForwardTest.received(member, 20);
                assertThat(of).isSubsetOf(sent);
                got.addAll(of);
                member.ping();
            }
            assertThat(got).containsExactlyInAnyOrderElementsOf(sent);
        }
    }

    @Test
    @DisplayName(
            "messages for a shared subscription whose durable members are all off line wait, and are handed out once")
    void sharedWaits() {
        String topic = RawClient.unique("o");
        CLUSTER.cluster().add();
        int third = CLUSTER.cluster().size() - 1;
        RawClient first = CLUSTER.durable(0, topic + "0");
        RawClient second = CLUSTER.durable(1, topic + "1");
        first.subscribe("$share/g/" + topic, 1);
        second.subscribe("$share/g/" + topic, 1);
        first.disconnect();
        second.disconnect();
        List<String> sent = new ArrayList<>();
        try (RawClient publisher0 = CLUSTER.online(0, topic + "p");
                RawClient publisher1 = CLUSTER.online(1, topic + "q");
                RawClient publisher2 = CLUSTER.online(third, topic + "r")) {
            TopicFilter filter = TopicFilter.of("$share/g/" + topic);
            for (int node : new int[] {0, 1, third}) {
                SubscriptionIndex index = CLUSTER.node(node).broker().index();
                Awaitility.await().until(() -> index.group(filter).pick(SharedGroup.ANY_LOOP) == null);
            }
            sent.addAll(ClusterForwardTest.publish(publisher0, topic, 1, 5));
            sent.addAll(ClusterForwardTest.publish(publisher1, topic, 1, 5));
            sent.addAll(ClusterForwardTest.publish(publisher2, topic, 1, 5));
        }
        try (RawClient back = CLUSTER.durable(1, topic + "1")) {
            List<String> got = ClusterForwardTest.received(back, sent.size());
            assertThat(got).containsExactlyInAnyOrderElementsOf(sent);
            back.ping();
        }
    }

    @Test
    @DisplayName("what has been handed out of a group's queue by another node counts no more for its bound")
    void sharedBound() {
        String topic = RawClient.unique("b");
        TopicFilter filter = TopicFilter.of("$share/g/" + topic);
        RawClient member = CLUSTER.durable(0, topic);
        member.subscribe(filter.text(), 1);
        try (RawClient publisher0 = CLUSTER.online(0, topic + "p");
                RawClient publisher1 = CLUSTER.online(1, topic + "q")) {
            for (int round = 0; round < 4; round++) {
                member.disconnect();
                for (int node = 0; node < 2; node++) {
                    SubscriptionIndex index = CLUSTER.node(node).broker().index();
                    Awaitility.await().until(() -> index.group(filter).pick(SharedGroup.ANY_LOOP) == null);
                }
                List<String> sent = new ArrayList<>(ClusterForwardTest.publish(publisher0, topic, 1, 8));
                sent.addAll(ClusterForwardTest.publish(publisher1, topic, 1, 8));
                member = CLUSTER.durable(0, topic);
                assertThat(ClusterForwardTest.received(member, sent.size())).containsExactlyInAnyOrderElementsOf(sent);
                member.ping();
                for (int node = 0; node < 2; node++) {
                    SubscriptionIndex index = CLUSTER.node(node).broker().index();
                    Awaitility.await()
                            .until(() -> index.group(filter).queue().queuedCount.get() < GROUP_MAX / 2);
                }
            }
            member.close();
        }
    }

    @Test
    @DisplayName(
            "a node that stops in order leaves its sessions to the others; one that comes learns all that there is")
    void nodesComeAndGo() {
        String name = RawClient.unique("n");
        CLUSTER.cluster().add();
        int third = CLUSTER.cluster().size() - 1;
        RawClient subscriber = CLUSTER.durable(third, name);
        subscriber.subscribe(name, 1);
        try (RawClient publisher = CLUSTER.online(0, name + "p")) {
            publisher.publish(Packets.publish(5, name + "/r", "kept").retain(), 1);
            CLUSTER.cluster().stop(third);
            subscriber.close();
            List<String> sent = ClusterForwardTest.publish(publisher, name, 1, 10);
            try (RawClient back = CLUSTER.durable(1, name)) {
                assertThat(back.connack().sessionPresent).isTrue();
                assertThat(ClusterForwardTest.received(back, 10)).isEqualTo(sent);
                CLUSTER.cluster().add();
                try (RawClient late = CLUSTER.online(CLUSTER.cluster().size() - 1, name + "l")) {
                    late.subscribe(name + "/+", 1);
                    assertThat(ClusterForwardTest.received(late, 1)).containsExactly("kept");
                    late.publish(name, "from the new one", 1);
                    assertThat(ClusterForwardTest.received(back, 1)).containsExactly("from the new one");
                }
            }
        }
    }

    @Test
    @DisplayName("a session whose node has stopped expires, and its Will is published, by another node")
    void adopted() {
        String name = RawClient.unique("a");
        Object before = CLUSTER.cluster().redis().call("ZCARD", "mooring:{state}:sessions");
        CLUSTER.cluster().add();
        int last = CLUSTER.cluster().size() - 1;
        try (RawClient watcher = CLUSTER.online(0, name + "w")) {
            watcher.subscribe(name + "/will", 1);
            RawClient.online(
                    CLUSTER.node(last).port(),
                    Packets.connect(5, name)
                            .sessionExpiryInterval(4)
                            .willProperties(new Props().willDelayInterval(3))
                            .will(name + "/will", "gone", 1, false));
            CLUSTER.cluster().stop(last);
            assertThat(ClusterForwardTest.received(watcher, 1)).containsExactly("gone");
        }
        Awaitility.await()
                .until(() -> CLUSTER.cluster()
                        .redis()
                        .call("ZCARD", "mooring:{state}:sessions")
                        .equals(before));
    }
}
