package dev.mooring.spec;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages published on one node for subscribers of another. */
class ClusterForwardTest {

    @RegisterExtension
    static final SpecCluster CLUSTER = new SpecCluster(2, "{}");

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    @DisplayName("a subscription on another node counts from SUBACK on, at every QoS, in order")
    void reachesTransient(int qos) {
        String topic = RawClient.unique("t");
        try (RawClient subscriber = CLUSTER.online(1, topic + "s");
                RawClient publisher = CLUSTER.online(0, topic + "p")) {
            subscriber.subscribe(topic + "/#", qos);
            List<String> sent = publish(publisher, topic + "/a", qos, 50);
            assertThat(received(subscriber, 50)).isEqualTo(sent);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @DisplayName("a durable session on another node gets what is published while it is on line, and while it is not")
    void reachesDurable(int qos) {
        String topic = RawClient.unique("d");
        RawClient publisher = CLUSTER.online(0, topic + "p");
        List<String> sent;
        try (RawClient subscriber = CLUSTER.durable(1, topic + "s")) {
            subscriber.subscribe(topic, qos);
            sent = publish(publisher, topic, qos, 50);
            assertThat(received(subscriber, 50)).isEqualTo(sent);
            subscriber.disconnect();
        }
        sent = publish(publisher, topic, qos, 50);
        try (RawClient subscriber = CLUSTER.durable(1, topic + "s")) {
            assertThat(subscriber.connack().sessionPresent).isTrue();
            assertThat(received(subscriber, 50)).isEqualTo(sent);
        }
        publisher.close();
    }

    @Test
    @DisplayName("a topic without subscribers on another node is not forwarded any more after UNSUBSCRIBE")
    void unsubscribed() {
        String topic = RawClient.unique("u");
        try (RawClient subscriber = CLUSTER.online(1, topic + "s");
                RawClient publisher = CLUSTER.online(0, topic + "p")) {
            subscriber.subscribe(topic, 0);
            publish(publisher, topic, 0, 1);
            received(subscriber, 1);
            assertThat(isKnown(topic)).isTrue();
            subscriber.send(Packets.unsubscribe(5, 7).filter(topic));
            subscriber.expect(Frame.UNSUBACK);
            Awaitility.await().until(() -> !isKnown(topic));
        }
    }

    /** Whether the first node has a filter of this text, whose subscriber is on the other one. */
    private static boolean isKnown(String filter) {
        List<String> all = new ArrayList<>();
        CLUSTER.node(0)
                .broker()
                .index()
                .forEach(m -> all.add(m.subscription().filter().text()));
        return all.contains(filter);
    }

    static List<String> publish(RawClient publisher, String topic, int qos, int count) {
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            sent.add(topic + i);
            publisher.publish(topic, topic + i, qos);
        }
        return sent;
    }

    static List<String> received(RawClient subscriber, int count) {
        List<String> payloads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Frame publish = subscriber.nextPublish();
            payloads.add(publish.payloadText());
            if (publish.qos == 1) {
                subscriber.send(Packets.puback(publish.packetId));
            } else if (publish.qos == 2) {
                subscriber.send(Packets.pubrec(publish.packetId));
                subscriber.expectPubrelAmongPublishes(publish.packetId);
                subscriber.send(Packets.pubcomp(publish.packetId));
            }
        }
        return payloads;
    }
}
