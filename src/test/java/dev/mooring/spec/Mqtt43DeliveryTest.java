package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.pubrel;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 4.3: QoS 0, and the delivery protocols of QoS 1 and 2 with the broker as receiver. */
class Mqtt43DeliveryTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{" + TestBroker.SYS_FOR_ALL + "}");

    @Test
    @DisplayName("[MQTT-4.3.1-1] QoS 0 is sent with QoS 0 and DUP 0 and not acknowledged")
    void qos0() {
        qos0(5);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-4.3.1-1] QoS 0 is sent with QoS 0 and DUP 0 and not acknowledged")
    void qos0Of311(int version) {
        qos0(version);
    }

    private static void qos0(int version) {
        String topic = unique("q0/");
        RawClient client = BROKER.online(version, unique("c"));
        client.subscribe(topic, 2);
        client.subscribe(topic + "/low", 0);
        RawClient publisher = BROKER.online(version, unique("c"));
        publisher.publish(topic, "published so", 0);
        publisher.publish(publish(version, topic + "/low", "granted so").dup(), 2);
        for (int i = 0; i < 2; i++) {
            Frame frame = client.expect(Frame.PUBLISH);
            assertThat(frame.qos).isZero();
            assertThat(frame.dup).isFalse();
        }
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-4.3.2-4] PUBACK has the packet identifier, and what it acknowledges outlives a restart")
    void ownedAfterPuback() {
        String topic = unique("q1/");
        String id = unique("c");
        RawClient subscriber = BROKER.online(persistent(5, id));
        subscriber.subscribe(topic, 1);
        subscriber.disconnect();
        RawClient client = BROKER.online(5, unique("c"));
        client.send(publish(5, topic, "mine").qos(1, 7)).expect(Frame.PUBACK, 7);
        BROKER.restart();
        BROKER.online(persistent(5, id)).expectPublish(topic, "mine");
    }

    @Test
    @DisplayName("[MQTT-4.3.2-5] after PUBACK the identifier stands for a new message, with DUP or without")
    void identifierIsFreeAfterPuback() {
        identifierIsFreeAfterPuback(5);
    }

    @Test
    @DisplayName("[MQTT311-4.3.2-2] QoS 1 is answered by PUBACK, after which the identifier stands for a new message")
    void identifierIsFreeAfterPubackOf311() {
        identifierIsFreeAfterPuback(4);
    }

    private static void identifierIsFreeAfterPuback(int version) {
        String topic = unique("q1/");
        RawClient subscriber = BROKER.online(version, unique("c"));
        subscriber.subscribe(topic, 0);
        RawClient client = BROKER.online(version, unique("c"));
        client.send(publish(version, topic, "one").qos(1, 7)).expect(Frame.PUBACK, 7);
        client.send(publish(version, topic, "two").qos(1, 7).dup()).expect(Frame.PUBACK, 7);
        client.send(publish(version, topic, "two").qos(1, 7)).expect(Frame.PUBACK, 7);
        subscriber.expectPublish(topic, "one");
        subscriber.expectPublish(topic, "two");
        subscriber.expectPublish(topic, "two");
    }

    @Test
    @DisplayName("[MQTT-4.3.3-8] PUBREC has the packet identifier, and what it acknowledges outlives a restart")
    void ownedAfterPubrec() {
        String topic = unique("q2/");
        String subscriberId = unique("c");
        RawClient subscriber = BROKER.online(persistent(5, subscriberId));
        subscriber.subscribe(topic, 1);
        subscriber.disconnect();
        String id = unique("c");
        RawClient client = BROKER.online(persistent(5, id));
        client.send(publish(5, topic, "mine").qos(2, 9)).expect(Frame.PUBREC, 9);
        BROKER.restart();
        BROKER.online(persistent(5, id)).send(pubrel(9)).expect(Frame.PUBCOMP, 9);
        BROKER.online(persistent(5, subscriberId)).expectPublish(topic, "mine");
    }

    @Test
    @DisplayName("[MQTT-4.3.3-10] every repetition before PUBREL is answered by PUBREC, and there is one delivery")
    void repetitionBeforePubrel() {
        repetitionBeforePubrel(5);
    }

    @Test
    @DisplayName("[MQTT311-4.3.3-2] every repetition before PUBREL is answered by PUBREC, and there is one delivery")
    void repetitionBeforePubrelOf311() {
        repetitionBeforePubrel(4);
    }

    private static void repetitionBeforePubrel(int version) {
        String topic = unique("q2/");
        RawClient subscriber = BROKER.online(version, unique("c"));
        subscriber.subscribe(topic, 0);
        RawClient client = BROKER.online(version, unique("c"));
        for (int i = 0; i < 3; i++) {
            Packets.Publish packet = publish(version, topic, "once").qos(2, 9);
            client.send(i == 0 ? packet : packet.dup());
            assertThat(client.expect(Frame.PUBREC, 9).reasonCode).isIn(0x00, 0x10, 0x91);
        }
        client.send(pubrel(9)).expect(Frame.PUBCOMP, 9);
        client.publish(topic, "end", 2);
        subscriber.expectPublish(topic, "once");
        subscriber.expectPublish(topic, "end");
    }

    @Test
    @DisplayName("[MQTT-4.3.3-11] every PUBREL is answered by PUBCOMP with its packet identifier")
    void answeredByPubcomp() {
        answeredByPubcomp(5);
    }

    @Test
    @DisplayName("[MQTT311-4.3.3-2] every PUBREL is answered by PUBCOMP with its packet identifier")
    void answeredByPubcompOf311() {
        answeredByPubcomp(4);
    }

    private static void answeredByPubcomp(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        for (int packetId : new int[] {9, 65_535}) {
            client.send(publish(version, unique("q2/"), "x").qos(2, packetId)).expect(Frame.PUBREC, packetId);
        }
        for (int packetId : new int[] {65_535, 9}) {
            client.send(pubrel(packetId));
            assertThat(client.expect(Frame.PUBCOMP, packetId).reasonCode).isZero();
            client.send(pubrel(packetId));
            assertThat(client.expect(Frame.PUBCOMP, packetId).reasonCode).isIn(0x00, version == 5 ? 0x92 : 0x00);
        }
    }

    @Test
    @DisplayName("[MQTT-4.3.3-10] the repetition may come on another connection of the session")
    void receivesQos2OverReconnect() {
        receivesQos2OverReconnect(5);
    }

    @Test
    @DisplayName("[MQTT311-4.3.3-2] the repetition may come on another connection of the session")
    void receivesQos2OverReconnectOf311() {
        receivesQos2OverReconnect(4);
    }

    private static void receivesQos2OverReconnect(int version) {
        String topic = unique("q2/");
        String id = unique("c");
        RawClient subscriber = BROKER.online(version, unique("c"));
        subscriber.subscribe(topic, 0);
        RawClient client = BROKER.online(persistent(version, id));
        client.send(
                publish(version, topic, "once").qos(2, 9),
                publish(version, topic, "twice").qos(2, 10));
        client.expect(Frame.PUBREC, 9);
        client.expect(Frame.PUBREC, 10);
        client.send(pubrel(10));
        client.expect(Frame.PUBCOMP, 10);
        client.abort();
        client = BROKER.online(persistent(version, id));
        client.send(publish(version, topic, "once").qos(2, 9).dup());
        client.expect(Frame.PUBREC, 9);
        client.send(pubrel(9));
        client.expect(Frame.PUBCOMP, 9);
        client.send(pubrel(10));
        client.expect(Frame.PUBCOMP, 10);
        client.publish(topic, "end", 2);
        int once = 0;
        for (Frame f = subscriber.read(); !f.payloadText().equals("end"); f = subscriber.read()) {
            once += f.payloadText().equals("once") ? 1 : 0;
        }
        assertThat(once).isEqualTo(1);
    }

    @Test
    @DisplayName("[MQTT-4.3.3-12] after PUBCOMP the identifier stands for a new message")
    void identifierIsFreeAfterPubcomp() {
        identifierIsFreeAfterPubcomp(5);
    }

    @Test
    @DisplayName("[MQTT311-4.3.3-2] after PUBCOMP the identifier stands for a new message")
    void identifierIsFreeAfterPubcompOf311() {
        identifierIsFreeAfterPubcomp(4);
    }

    private static void identifierIsFreeAfterPubcomp(int version) {
        String topic = unique("q2/");
        RawClient subscriber = BROKER.online(version, unique("c"));
        subscriber.subscribe(topic, 0);
        RawClient client = BROKER.online(version, unique("c"));
        for (int i = 0; i < 3; i++) {
            client.send(publish(version, topic, "m" + i).qos(2, 11));
            client.expect(Frame.PUBREC, 11);
            client.send(pubrel(11));
            client.expect(Frame.PUBCOMP, 11);
            subscriber.expectPublish(topic, "m" + i);
        }
    }

    @Test
    @DisplayName("[MQTT-4.3.3-13] the exchange is finished although the message has expired meanwhile")
    void exchangeOutlivesExpiry() {
        String topic = unique("q2/");
        RawClient client = BROKER.online(5, unique("c"));
        Packets.Publish packet = publish(5, topic, "x")
                .properties(new Props().messageExpiryInterval(1))
                .qos(2, 3);
        client.send(packet);
        client.expect(Frame.PUBREC, 3);
        BROKER.untilASecondIsOver();
        client.send(packet.dup());
        client.expect(Frame.PUBREC, 3);
        client.send(pubrel(3));
        assertThat(client.expect(Frame.PUBCOMP, 3).reasonCode).isZero();
    }

    @Test
    @DisplayName("[MQTT-4.3.3-9] after a refusing PUBREC the identifier stands for a new message")
    void identifierIsFreeAfterRefusal() {
        String topic = unique("q2/");
        RawClient subscriber = BROKER.online(5, unique("c"));
        subscriber.subscribe(topic, 0);
        RawClient client = BROKER.online(5, unique("c"));
        client.send(publish(5, "$SYS/broker/" + topic, "forbidden").qos(2, 12));
        assertThat(client.expect(Frame.PUBREC, 12).reasonCode).isIn(0x87, 0x90);
        client.send(publish(5, topic, "allowed").qos(2, 12));
        assertThat(client.expect(Frame.PUBREC, 12).reasonCode).isIn(0x00, 0x10);
        client.send(pubrel(12));
        assertThat(client.expect(Frame.PUBCOMP, 12).reasonCode).isZero();
        subscriber.expectPublish(topic, "allowed");
    }

    @Test
    @DisplayName(
            "[MQTT311-3.3.5-2] a 3.1.1 client's forbidden PUBLISH is acknowledged as usual or ends the connection, "
                    + "and goes to nobody")
    void forbiddenPublishOf311() {
        String topic = "$SYS/broker/" + unique("x");
        RawClient watcher = BROKER.online(4, unique("c"));
        watcher.subscribe(topic, 0);
        for (int qos = 1; qos <= 2; qos++) {
            RawClient client = BROKER.online(4, unique("c"));
            client.send(publish(4, topic, "forbidden").qos(qos, 5));
            Frame answer = client.read(20_000);
            if (answer == null) {
                assertThat(client.ended()).isTrue();
                continue;
            }
            assertThat(answer.type).isEqualTo(qos == 1 ? Frame.PUBACK : Frame.PUBREC);
            if (qos == 2) {
                client.send(pubrel(5));
                client.expect(Frame.PUBCOMP, 5);
            }
        }
        watcher.ping();
        watcher.expectNothing(200);
    }

    private static Packets.Connect persistent(int version, String id) {
        return connect(version, id).cleanStart(false).sessionExpiryInterval(60);
    }
}
