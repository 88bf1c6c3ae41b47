package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.hex;
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

/** Chapter 3.3, PUBLISH: header, topic, and who gets the message at which QoS. */
class Mqtt33PublishTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-3.3.1-2] [MQTT311-3.3.1-2] DUP at QoS 0 is an error or ignored: no QoS 0 message goes out with DUP")
    void dupAtQos0(int version) {
        String topic = unique("p/");
        RawClient watcher = BROKER.online(version, unique("w"));
        watcher.subscribe(topic, 2);
        RawClient client = BROKER.online(version, unique("c"));
        client.send(publish(version, topic, "x").dup(), Packets.pingreq());
        Frame frame = client.read(5_000);
        boolean refused = frame == null || frame.type == Frame.DISCONNECT;
        if (!refused) {
            assertThat(frame.type).isEqualTo(Frame.PINGRESP);
            assertThat(watcher.expectPublish(topic, "x").dup).isFalse(); // Frame checks it, too
        } else {
            client.expectClosed();
        }
        watcher.publish(topic, "marker", 0).expectPublish(topic, "marker");
    }

    @ParameterizedTest(name = "MQTT level {0}, QoS {1}")
    @CsvSource({"4, 1", "4, 2", "5, 1", "5, 2"})
    @DisplayName("[MQTT-3.3.1-3] [MQTT311-3.3.1-3] the DUP flag of the publisher isn't passed on")
    void dupIsNotPassedOn(int version, int qos) {
        String topic = unique("p/");
        RawClient watcher = BROKER.online(version, unique("w"));
        watcher.subscribe(topic, 2);
        RawClient client = BROKER.online(version, unique("c"));
        client.send(publish(version, topic, "x").qos(qos, 7).dup());
        client.expect(qos == 1 ? Frame.PUBACK : Frame.PUBREC, 7);
        assertThat(watcher.expectPublish(topic, "x").dup).isFalse();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.3.1-4] [MQTT311-3.3.1-4] QoS 3 is malformed")
    void qos3(int version) {
        String topic = unique("p/");
        RawClient watcher = BROKER.online(version, unique("w"));
        watcher.subscribe(topic, 0);
        for (String flags : List.of("", "dup")) {
            Packets.Publish bad = publish(version, topic, "x").qos(3, 1);
            BROKER.online(version, unique("c"))
                    .send(flags.isEmpty() ? bad : bad.dup().retain())
                    .expectDisconnect(0x81);
        }
        watcher.publish(topic, "marker", 0).expectPublish(topic, "marker");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.3.2-1] [MQTT311-3.3.2-1] a topic name that is not UTF-8 is malformed")
    void topicIsUtf8(int version) {
        for (String bad : Mqtt31ConnectTest.BAD_UTF8) {
            String body = "00 0" + hex(bad).length + bad + (version == 5 ? "00" : "") + "78";
            BROKER.online(version, unique("c")).send(Packets.frame(0x30, body)).expectDisconnect(0x81, 0x90);
        }
    }

    @ParameterizedTest(name = "MQTT level {0}, ''{1}''")
    @CsvSource({"4, #", "4, +", "4, a/#", "4, a/+/b", "4, a+", "4, #/a", "5, #", "5, +", "5, a/#", "5, a/+/b", "5, a+"})
    @DisplayName("[MQTT-3.3.2-2] [MQTT311-3.3.2-2] wildcards in a topic name end the connection")
    void wildcards(int version, String topic) {
        for (int qos = 0; qos <= 2; qos++) {
            Packets.Publish bad = publish(version, topic, "x");
            BROKER.online(version, unique("c"))
                    .send(qos == 0 ? bad : bad.qos(qos, 1))
                    .expectDisconnect(0x81, 0x82, 0x90);
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.3.2-1] [MQTT311-3.3.2-1] an empty topic name (without alias) ends the connection")
    void emptyTopic(int version) {
        BROKER.online(version, unique("c")).send(publish(version, "", "x")).expectDisconnect(0x81, 0x82, 0x90);
        BROKER.online(version, unique("c"))
                .send(publish(version, "", "x").qos(1, 1))
                .expectDisconnect(0x81, 0x82, 0x90);
    }

    @ParameterizedTest(name = "MQTT level {0}: {1}")
    @CsvSource({
        "4, 30 00",
        "4, 30 01 00",
        "4, 30 02 00 05",
        "4, 30 04 00 05 61 62",
        "4, 32 03 00 01 61",
        "4, 32 04 00 01 61 00",
        "5, 30 00",
        "5, 30 01 00",
        "5, 30 04 00 05 61 62",
        "5, 30 03 00 01 61", // no property length
        "5, 32 04 00 01 61 00",
        "5, 32 05 00 01 61 00 01",
        "5, 30 05 00 01 61 05 01", // properties longer than the packet
        "5, 30 05 00 01 61 80 80",
        "5, 30 08 00 01 61 80 80 80 80 00"
    })
    @DisplayName("[MQTT-3.3.2-1] [MQTT311-3.3.2-1] a PUBLISH whose fields don't fill it is malformed")
    void wrongLengths(int version, String packet) {
        BROKER.online(version, unique("c")).send(packet).expectDisconnect(0x81);
    }

    @ParameterizedTest(name = "MQTT level {0}: {1}")
    @CsvSource({"4, 30 03 00 01 61", "5, 30 04 00 01 61 00", "5, 30 06 00 01 61 02 01 01", "4, 30 04 00 01 2F 00"})
    @DisplayName("[MQTT-3.3.2-1] [MQTT311-3.3.2-1] the smallest packets are fine: no payload")
    void smallest(int version, String packet) {
        BROKER.online(version, unique("c")).send(packet).ping();
    }

    @ParameterizedTest(name = "MQTT level {0}, QoS {1}")
    @CsvSource({"4, 1", "4, 2", "5, 1", "5, 2"})
    @DisplayName("[MQTT-3.3.4-1] [MQTT311-3.3.4-1] packet identifier 0 is an error, and never acknowledged")
    void packetIdentifier0(int version, int qos) {
        BROKER.online(version, unique("c"))
                .send(publish(version, unique("p/"), "x").qos(qos, 0))
                .expectDisconnect(0x81, 0x82);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName(
            "[MQTT-3.3.4-1] [MQTT311-3.3.4-1] QoS 0 is answered by nothing, QoS 1 by PUBACK, QoS 2 by PUBREC, each with the packet identifier")
    void answers(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        String topic = unique("p/");
        client.send(publish(version, topic, "x")).ping();
        client.send(publish(version, topic, "x").qos(1, 1)).expect(Frame.PUBACK, 1);
        client.send(publish(version, topic, "x").qos(1, 65_535)).expect(Frame.PUBACK, 65_535);
        client.send(publish(version, topic, "x").qos(2, 258)).expect(Frame.PUBREC, 258);
        client.ping();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName(
            "[MQTT-3.3.2-3] [MQTT311-3.3.2-3] the delivered topic name is the published one and matches the filter; the payload is unaltered")
    void topicAndPayload(int version) {
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
    @DisplayName(
            "[MQTT-3.3.4-2] [MQTT311-3.3.5-1] a message is delivered at the lower of the published and the granted QoS")
    void deliveredQos(int published, int granted) {
        for (int version : List.of(4, 5)) {
            String topic = unique("p/");
            RawClient client = BROKER.online(version, unique("c"));
            client.subscribe(topic, granted);
            BROKER.online(version, unique("p")).publish(topic, "x", published);
            assertThat(client.expectPublish(topic, "x").qos).isEqualTo(Math.min(published, granted));
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-3.3.4-2] [MQTT311-3.3.5-1] overlapping subscriptions: one copy at the highest QoS, or one for each subscription at its own")
    void overlapping(int version) {
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
    @DisplayName(
            "[MQTT-3.3.4-3] [MQTT-3.3.4-4] [MQTT-3.3.4-5] the subscription identifiers of all matching subscriptions come with the message, together or each with its copy")
    void subscriptionIdentifiers() {
        String topic = unique("o/");
        RawClient client = BROKER.online(5, unique("c"));
        long[] ids = {1, 268_435_455, 300};
        String[] filters = {topic + "/#", topic + "/a", topic + "/other"};
        for (int i = 0; i < 3; i++) {
            client.send(subscribe(5, i + 1).filter(filters[i], 0).properties(props().subscriptionIdentifier(ids[i])));
            client.expect(Frame.SUBACK, i + 1);
        }
        client.subscribe(topic + "/+", 0); // without identifier
        RawClient publisher = BROKER.online(4, unique("p"));
        publisher.publish(topic + "/a", "x", 0).publish(topic + "/a", "marker", 0);
        List<Object> got = new ArrayList<>();
        int copies = 0;
        Frame frame = client.expect(Frame.PUBLISH);
        for (; frame.payloadText().equals("x"); frame = client.expect(Frame.PUBLISH)) {
            got.addAll(frame.props.all(Props.SUBSCRIPTION_IDENTIFIER));
            copies++;
        }
        assertThat(got).containsExactlyInAnyOrder(1L, 268_435_455L);
        assertThat(copies).isIn(1, 3);
    }

    @Test
    @DisplayName(
            "[MQTT-3.3.4-3] the subscription identifier comes with messages queued for a session, too, and with retained ones")
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
    @DisplayName("[MQTT-3.3.4-6] a subscription identifier in a client's PUBLISH is a protocol error")
    void subscriptionIdentifierFromClient() {
        RawClient client = BROKER.online(5, unique("c"));
        client.send(publish(5, unique("p/"), "x").properties(props().subscriptionIdentifier(1)));
        client.expectDisconnect(0x82, 0x81);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.3.4-1] a message that nobody wants is acknowledged all the same")
    void nobodySubscribed(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        Frame puback =
                client.send(publish(version, unique("n/"), "x").qos(1, 1)).expect(Frame.PUBACK, 1);
        assertThat(puback.reasonCode).isIn(0x00, 0x10);
        Frame pubrec =
                client.send(publish(version, unique("n/"), "x").qos(2, 1)).expect(Frame.PUBREC, 1);
        assertThat(pubrec.reasonCode).isIn(0x00, 0x10);
        Frame pubcomp = client.send(Packets.pubrel(1)).expect(Frame.PUBCOMP, 1);
        assertThat(pubcomp.reasonCode).isZero();
    }

    @ParameterizedTest(name = "MQTT level {0}, QoS {1}")
    @CsvSource({"4, 0", "4, 1", "4, 2", "5, 0", "5, 1", "5, 2"})
    @DisplayName(
            "[MQTT-3.3.4-1] acknowledgements come in the order of the PUBLISH packets, messages in the order of the publisher")
    void order(int version, int qos) {
        String topic = unique("order/");
        RawClient client = BROKER.online(version, unique("c"));
        client.subscribe(topic, 0);
        RawClient publisher = BROKER.online(version, unique("p"));
        Packets.Packet[] burst = new Packets.Packet[100];
        for (int i = 0; i < burst.length; i++) {
            Packets.Publish p = publish(version, topic, "m" + i);
            burst[i] = qos == 0 ? p : p.qos(qos, i + 1);
        }
        publisher.send(burst);
        for (int i = 0; i < burst.length && qos > 0; i++) {
            publisher.expect(qos == 1 ? Frame.PUBACK : Frame.PUBREC, i + 1);
        }
        for (int i = 0; i < burst.length; i++) {
            client.expectPublish(topic, "m" + i);
        }
    }

    @Test
    @DisplayName(
            "[MQTT-3.3.2-3] [MQTT311-3.3.2-3] messages pass between the versions; properties stay with those who know them")
    void acrossVersions() {
        String topic = unique("x/");
        List<RawClient> all = new ArrayList<>();
        for (int version = 3; version <= 5; version++) {
            RawClient client = BROKER.online(version, unique("c"));
            client.subscribe(topic, 1);
            all.add(client);
        }
        for (RawClient from : all) {
            RawClient publisher = BROKER.online(from.version(), unique("p"));
            Packets.Publish message = publish(from.version(), topic, "from " + from.version());
            publisher.publish(message.properties(props().contentType("c").userProperty("a", "b")), 1);
            for (RawClient to : all) {
                Frame frame = to.expectPublish(topic, "from " + from.version());
                assertThat(frame.props.has(Props.CONTENT_TYPE)).isEqualTo(from.version() == 5 && to.version() == 5);
                assertThat(frame.props.has(Props.PAYLOAD_FORMAT_INDICATOR)).isFalse();
            }
        }
    }
}
