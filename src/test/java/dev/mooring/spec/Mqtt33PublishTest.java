package dev.mooring.spec;

import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.hex;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 3.3, PUBLISH: header, topic and the answers to it. */
class Mqtt33PublishTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.3.1-2] DUP at QoS 0 is malformed, and what goes out at QoS 0 has no DUP")
    void dupAtQos0() {
        dupAtQos0(5);
    }

    @Test
    @DisplayName("[MQTT311-3.3.1-2] DUP at QoS 0 is malformed, and what goes out at QoS 0 has no DUP: 3.1.1")
    void dupAtQos0Of311() {
        dupAtQos0(4);
    }

    private static void dupAtQos0(int version) {
        String topic = unique("p/");
        RawClient watcher = BROKER.online(version, unique("w"));
        watcher.subscribe(topic, 0);
        BROKER.online(version, unique("c"))
                .send(publish(version, topic, "bad").dup())
                .expectDisconnect(0x81);
        BROKER.online(version, unique("c"))
                .send(publish(version, topic, "x").qos(1, 1).dup())
                .expect(Frame.PUBACK, 1);
        assertThat(watcher.expectPublish(topic, "x").bytes[0]).isEqualTo((byte) 0x30);
    }

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {1, 2})
    @DisplayName("[MQTT-3.3.1-3] the DUP flag of the publisher isn't passed on")
    void dupIsNotPassedOn(int qos) {
        dupIsNotPassedOn(5, qos);
    }

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {1, 2})
    @DisplayName("[MQTT311-3.3.1-3] the DUP flag of the publisher isn't passed on: 3.1.1")
    void dupIsNotPassedOnOf311(int qos) {
        dupIsNotPassedOn(4, qos);
    }

    private static void dupIsNotPassedOn(int version, int qos) {
        String topic = unique("p/");
        RawClient watcher = BROKER.online(version, unique("w"));
        watcher.subscribe(topic, 2);
        RawClient client = BROKER.online(version, unique("c"));
        client.send(publish(version, topic, "x").qos(qos, 7).dup());
        client.expect(qos == 1 ? Frame.PUBACK : Frame.PUBREC, 7);
        assertThat(watcher.expectPublish(topic, "x").dup).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.3.1-4] QoS 3 is malformed")
    void qos3() {
        qos3(5);
    }

    @Test
    @DisplayName("[MQTT311-3.3.1-4] QoS 3 ends the connection")
    void qos3Of311() {
        qos3(4);
    }

    private static void qos3(int version) {
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

    @Test
    @DisplayName("[MQTT-3.3.2-1] a topic name that is not UTF-8 is malformed")
    void topicIsUtf8() {
        topicIsUtf8(5);
    }

    @Test
    @DisplayName("[MQTT311-3.3.2-1] a topic name that is not UTF-8 is malformed: 3.1.1")
    void topicIsUtf8Of311() {
        topicIsUtf8(4);
    }

    private static void topicIsUtf8(int version) {
        for (String bad : Mqtt31ConnectTest.BAD_UTF8) {
            String body = "00 0" + hex(bad).length + bad + (version == 5 ? "00" : "") + "78";
            BROKER.online(version, unique("c")).send(Packets.frame(0x30, body)).expectDisconnect(0x81, 0x90);
        }
    }

    @ParameterizedTest(name = "''{0}''")
    @ValueSource(strings = {"#", "+", "a/#", "a/+/b", "a+", "#/a"})
    @DisplayName("[MQTT-3.3.2-2] wildcards in a topic name end the connection")
    void wildcards(String topic) {
        wildcards(5, topic);
    }

    @ParameterizedTest(name = "''{0}''")
    @ValueSource(strings = {"#", "+", "a/#", "a/+/b", "a+", "#/a"})
    @DisplayName("[MQTT311-3.3.2-2] wildcards in a topic name end the connection: 3.1.1")
    void wildcardsOf311(String topic) {
        wildcards(4, topic);
    }

    private static void wildcards(int version, String topic) {
        for (int qos = 0; qos <= 2; qos++) {
            Packets.Publish bad = publish(version, topic, "x");
            BROKER.online(version, unique("c"))
                    .send(qos == 0 ? bad : bad.qos(qos, 1))
                    .expectDisconnect(0x81, 0x82, 0x90);
        }
    }

    @Test
    @DisplayName("[MQTT-3.3.2-1] an empty topic name without alias ends the connection")
    void emptyTopic() {
        emptyTopic(5);
    }

    @Test
    @DisplayName("[MQTT311-3.3.2-1] an empty topic name ends the connection: 3.1.1")
    void emptyTopicOf311() {
        emptyTopic(4);
    }

    private static void emptyTopic(int version) {
        BROKER.online(version, unique("c")).send(publish(version, "", "x")).expectDisconnect(0x81, 0x82, 0x90);
        BROKER.online(version, unique("c"))
                .send(publish(version, "", "x").qos(1, 1))
                .expectDisconnect(0x81, 0x82, 0x90);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "30 00",
                "30 01 00",
                "30 04 00 05 61 62",
                "30 03 00 01 61", // no property length
                "32 04 00 01 61 00",
                "32 05 00 01 61 00 01",
                "30 05 00 01 61 05 01", // properties longer than the packet
                "30 05 00 01 61 80 80",
                "30 08 00 01 61 80 80 80 80 00"
            })
    @DisplayName("[MQTT-4.13.1-1] a PUBLISH that its fields don't fill is malformed")
    void wrongLengths(String packet) {
        BROKER.online(5, unique("c")).send(packet).expectDisconnect(0x81);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {"30 00", "30 01 00", "30 02 00 05", "30 04 00 05 61 62", "32 03 00 01 61", "32 04 00 01 61 00"})
    @DisplayName("[MQTT311-4.8.0-1] a PUBLISH that its fields don't fill ends the connection: 3.1.1")
    void wrongLengthsOf311(String packet) {
        BROKER.online(4, unique("c")).send(packet).expectClosed();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"30 04 00 01 2F 00", "30 06 00 01 2F 02 01 01"})
    @DisplayName("[MQTT-3.3.2-1] the topic name is the first field; a packet needs no more than that")
    void smallest(String packet) {
        smallest(5, packet);
    }

    @Test
    @DisplayName("[MQTT311-3.3.2-1] the topic name is the first field; a packet needs no more than that: 3.1.1")
    void smallestOf311() {
        smallest(4, "30 03 00 01 2F");
    }

    private static void smallest(int version, String packet) {
        RawClient client = BROKER.online(version, unique("c"));
        client.subscribe("/", 0);
        client.send(packet).expectPublish("/", "");
    }

    @Test
    @DisplayName("[MQTT-3.3.4-1] QoS 0 is answered by nothing, QoS 1 by PUBACK, QoS 2 by PUBREC")
    void answers() {
        answers(5);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.3.4-1] QoS 0 is answered by nothing, QoS 1 by PUBACK, QoS 2 by PUBREC: 3.1.1")
    void answersOf311(int version) {
        answers(version);
    }

    private static void answers(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        String topic = unique("p/");
        client.send(publish(version, topic, "x")).ping();
        client.send(publish(version, topic, "x").qos(1, 1)).expect(Frame.PUBACK, 1);
        client.send(publish(version, topic, "x").qos(1, 65_535)).expect(Frame.PUBACK, 65_535);
        client.send(publish(version, topic, "x").qos(2, 258)).expect(Frame.PUBREC, 258);
        client.ping();
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
    @DisplayName("[MQTT-3.3.4-1] acknowledgements come in the order of the PUBLISH packets, messages in the order "
            + "of the publisher")
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
}
