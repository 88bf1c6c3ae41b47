package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 3.3, PUBLISH: who gets the message, at which QoS and with which subscription identifiers. */
class Mqtt33ReceiversTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.3.2-3] the delivered topic name is the published one and matches the filter")
    void topicAndPayload() {
        topicAndPayload(5);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.3.2-3] the delivered topic name is the published one and matches the filter: 3.1.1")
    void topicAndPayloadOf311(int version) {
        topicAndPayload(version);
    }

    private static void topicAndPayload(int version) {
        String base = unique("p");
        RawClient client = BROKER.online(version, unique("c"));
        client.subscribe(base + "/+/ä b/#", 0);
        for (String payload : List.of("", "x", "\0\1\u00FF€", "y".repeat(70_000))) {
            client.publish(base + "//ä b/c d/", payload, 0).expectPublish(base + "//ä b/c d/", payload);
        }
        client.publish(base + "/x/ä b", "parent", 0).expectPublish(base + "/x/ä b", "parent");
        client.publish(base + "/x/a b", "no match", 0).ping();
    }

    @ParameterizedTest(name = "published {0}, subscribed {1}")
    @CsvSource({"0, 0", "0, 1", "0, 2", "1, 0", "1, 1", "1, 2", "2, 0", "2, 1", "2, 2"})
    @DisplayName("[MQTT-3.8.4-8] a message is delivered at the lower of the published and the granted QoS")
    void deliveredQos(int published, int granted) {
        deliveredQos(5, published, granted);
    }

    @ParameterizedTest(name = "published {0}, subscribed {1}")
    @CsvSource({"0, 0", "0, 1", "0, 2", "1, 0", "1, 1", "1, 2", "2, 0", "2, 1", "2, 2"})
    @DisplayName("[MQTT311-3.8.4-6] a message is delivered at the lower of the published and the granted QoS: 3.1.1")
    void deliveredQosOf311(int published, int granted) {
        deliveredQos(4, published, granted);
    }

    private static void deliveredQos(int version, int published, int granted) {
        String topic = unique("p/");
        RawClient client = BROKER.online(version, unique("c"));
        client.subscribe(topic, granted);
        BROKER.online(version, unique("p")).publish(topic, "x", published);
        assertThat(client.expectPublish(topic, "x").qos).isEqualTo(Math.min(published, granted));
    }

    @Test
    @DisplayName("[MQTT-3.3.4-2] overlapping subscriptions: one copy at the highest QoS, or one for each at its own")
    void overlapping() {
        overlapping(5);
    }

    @Test
    @DisplayName("[MQTT311-3.3.5-1] overlapping subscriptions: one copy at the highest QoS, or one each: 3.1.1")
    void overlappingOf311() {
        overlapping(4);
    }

    private static void overlapping(int version) {
        String topic = unique("o/");
        RawClient client = BROKER.online(version, unique("c"));
        client.subscribe(topic + "/#", 0);
        client.subscribe(topic + "/a", 2);
        client.subscribe(topic + "/+", 1);
        RawClient publisher = BROKER.online(version, unique("p")).publish(topic + "/a", "x", 2);
        publisher.publish(topic + "/a", "marker", 2);
        List<Integer> copies = new ArrayList<>();
        Frame frame = client.expect(Frame.PUBLISH);
        while (frame.payloadText().equals("x")) {
            copies.add(frame.qos);
            if (frame.qos == 1) {
                client.send(Packets.puback(frame.packetId));
            } else if (frame.qos == 2) {
                client.send(Packets.pubrec(frame.packetId)).expectPubrelAmongPublishes(frame.packetId);
                client.send(Packets.pubcomp(frame.packetId));
            }
            frame = client.nextPublish();
        }
        if (copies.size() == 1) {
            assertThat(copies).containsExactly(2);
        } else {
            assertThat(copies).containsExactlyInAnyOrder(0, 1, 2);
        }
    }

    @Test
    @DisplayName("[MQTT-3.3.4-3] the subscription identifiers of all matching subscriptions come with the message")
    void subscriptionIdentifiers() {
        assertThat(copiesOfOverlapping().stream().flatMap(f -> f.props.all(Props.SUBSCRIPTION_IDENTIFIER).stream()))
                .containsExactlyInAnyOrder(1L, 268_435_455L);
    }

    @Test
    @DisplayName("[MQTT-3.3.4-4] this server sends a single copy, with the identifiers of all that match")
    void singleCopy() {
        List<Frame> copies = copiesOfOverlapping();
        assertThat(copies).hasSize(1);
        assertThat(copies.get(0).props.all(Props.SUBSCRIPTION_IDENTIFIER)).contains(1L, 268_435_455L);
    }

    /** What a client gets of one message that three of its subscriptions match, two of them with an identifier. */
    private static List<Frame> copiesOfOverlapping() {
        String topic = unique("o/");
        RawClient client = BROKER.online(5, unique("c"));
        subscribeAs(client, 1, topic + "/#");
        subscribeAs(client, 268_435_455, topic + "/a");
        subscribeAs(client, 300, topic + "/other");
        client.subscribe(topic + "/+", 0); // without identifier
        BROKER.online(4, unique("p")).publish(topic + "/a", "x", 0).publish(topic + "/a", "marker", 0);
        List<Frame> copies = new ArrayList<>();
        for (Frame f = client.nextPublish(); f.payloadText().equals("x"); f = client.nextPublish()) {
            copies.add(f);
        }
        return copies;
    }

    @Test
    @DisplayName("[MQTT-3.3.4-5] the copies for a plain and a shared subscription have the identifier of their own")
    void severalCopies() {
        String topic = unique("o/");
        RawClient client = BROKER.online(5, unique("c"));
        subscribeAs(client, 5, topic);
        subscribeAs(client, 6, "$share/g/" + topic);
        BROKER.online(4, unique("p")).publish(topic, "x", 1);
        List<Object> identifiers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            identifiers.add(client.expectPublish(topic, "x").props.all(Props.SUBSCRIPTION_IDENTIFIER));
        }
        assertThat(identifiers).containsExactlyInAnyOrder(List.of(5L), List.of(6L));
    }

    private static void subscribeAs(RawClient client, long identifier, String filter) {
        client.send(subscribe(5, 1).filter(filter, 0).properties(props().subscriptionIdentifier(identifier)));
        client.expect(Frame.SUBACK, 1);
    }

    @Test
    @DisplayName("[MQTT-3.3.4-3] the subscription identifier comes with messages queued for a session, too, and "
            + "with retained ones")
    void subscriptionIdentifierOfQueued() {
        String topic = unique("o/");
        String id = unique("c");
        RawClient publisher =
                BROKER.online(5, unique("p")).publish(publish(5, topic, "kept").retain(), 1);
        RawClient client = BROKER.online(connect(5, id).sessionExpiryInterval(60));
        client.send(subscribe(5, 1).filter(topic, 1).properties(props().subscriptionIdentifier(77)));
        client.expect(Frame.SUBACK, 1);
        Frame kept = client.expectPublish(topic, "kept");
        assertThat(kept.props.all(Props.SUBSCRIPTION_IDENTIFIER)).isEqualTo(List.of(77L));
        client.send(Packets.puback(kept.packetId)).ping().disconnect();
        publisher.publish(topic, "queued", 1);
        RawClient again = BROKER.online(connect(5, id).cleanStart(false));
        assertThat(again.expectPublish(topic, "queued").props.all(Props.SUBSCRIPTION_IDENTIFIER))
                .isEqualTo(List.of(77L));
    }

    @Test
    @DisplayName("[MQTT-3.3.2-3] an MQTT 5.0 client gets messages of every version, with properties if they had some")
    void acrossVersions() {
        acrossVersions(5);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.3.2-3] a 3.1.1 client gets messages of every version, without properties")
    void acrossVersionsOf311(int version) {
        acrossVersions(version);
    }

    private static void acrossVersions(int to) {
        String topic = unique("x/");
        RawClient client = BROKER.online(to, unique("c"));
        client.subscribe(topic, 1);
        for (int from = 3; from <= 5; from++) {
            Packets.Publish message = publish(from, topic, "from " + from);
            BROKER.online(from, unique("p")).publish(message.properties(props().contentType("c")), 1);
            Frame frame = client.expectPublish(topic, "from " + from);
            assertThat(frame.props.has(Props.CONTENT_TYPE)).isEqualTo(from == 5 && to == 5);
            assertThat(frame.props.has(Props.PAYLOAD_FORMAT_INDICATOR)).isFalse();
        }
    }
}
