package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.puback;
import static dev.mooring.spec.Packets.pubcomp;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.pubrec;
import static dev.mooring.spec.Packets.pubrel;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 4.3: the delivery protocols of QoS 0, 1 and 2, the broker as sender and as receiver. */
class Mqtt43DeliveryTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{" + TestBroker.SYS_FOR_ALL + "}");

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName("[MQTT-4.3.1-1] [MQTT311-4.3.1-1] QoS 0 is sent with QoS 0 and DUP 0 and not acknowledged")
    void qos0(int version) {
        String topic = unique("q0/");
        RawClient client = BROKER.online(version, unique("c"));
        client.subscribe(topic, 2);
        client.publish(topic, "x", 0);
        Frame frame = client.expectPublish(topic, "x");
        assertThat(frame.qos).isZero();
        assertThat(frame.dup).isFalse();
        client.ping();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName("[MQTT-4.3.2-1] [MQTT-4.3.2-2] [MQTT-4.3.2-3] [MQTT311-4.3.2-1] the broker sends QoS 1 with a free "
            + "identifier, DUP 0 at first, and counts it as unacknowledged until PUBACK")
    void sendsQos1(int version) {
        String topic = unique("q1/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(version, id));
        client.subscribe(topic, 1);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.publish(topic, "acknowledged", 1).publish(topic, "open", 1);
        Frame acknowledged = client.expectPublish(topic, "acknowledged");
        Frame open = client.expectPublish(topic, "open");
        assertThat(acknowledged.qos).isEqualTo(1);
        assertThat(acknowledged.dup || open.dup).isFalse();
        assertThat(acknowledged.packetId).isNotEqualTo(open.packetId);
        client.send(puback(acknowledged.packetId));
        client.ping();
        client.close();
        RawClient again = BROKER.online(persistent(version, id));
        Frame repeated = again.expectPublish(topic, "open");
        assertThat(repeated.packetId).isEqualTo(open.packetId);
        assertThat(repeated.dup).isTrue();
        again.send(puback(open.packetId));
        again.ping();
        again.close();
        BROKER.online(persistent(version, id)).ping();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-4.3.2-4] [MQTT-4.3.2-5] [MQTT311-4.3.2-2] after PUBACK a QoS 1 PUBLISH with the same identifier "
                    + "is a new message, with DUP or without")
    void receivesQos1(int version) {
        String topic = unique("q1/");
        RawClient subscriber = BROKER.online(version, unique("c"));
        subscriber.subscribe(topic, 0);
        RawClient client = BROKER.online(version, unique("c"));
        client.send(publish(version, topic, "one").qos(1, 7));
        client.expect(Frame.PUBACK, 7);
        client.send(publish(version, topic, "two").qos(1, 7).dup());
        client.expect(Frame.PUBACK, 7);
        client.send(publish(version, topic, "two").qos(1, 7));
        client.expect(Frame.PUBACK, 7);
        subscriber.expectPublish(topic, "one");
        assertThat(subscriber.expectPublish(topic, "two").dup).isFalse();
        subscriber.expectPublish(topic, "two");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName("[MQTT-4.3.3-1] [MQTT-4.3.3-2] [MQTT-4.3.3-3] [MQTT-4.3.3-4] [MQTT-4.3.3-5] [MQTT-4.3.3-6] "
            + "[MQTT311-4.3.3-1] the broker sends QoS 2: PUBLISH until PUBREC, then PUBREL until PUBCOMP, then nothing")
    void sendsQos2(int version) {
        String topic = unique("q2/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(version, id));
        client.subscribe(topic, 2);
        BROKER.online(5, unique("c")).publish(topic, "x", 2);
        Frame first = client.expectPublish(topic, "x");
        assertThat(first.qos).isEqualTo(2);
        assertThat(first.dup).isFalse();
        client.close();
        client = BROKER.online(persistent(version, id));
        Frame repeated = client.expectPublish(topic, "x");
        assertThat(repeated.dup).isTrue();
        assertThat(repeated.packetId).isEqualTo(first.packetId);
        client.send(pubrec(first.packetId));
        client.expect(Frame.PUBREL, first.packetId);
        client.ping();
        client.close();
        client = BROKER.online(persistent(version, id));
        client.expect(Frame.PUBREL, first.packetId);
        client.ping(); // no PUBLISH any more
        client.send(pubcomp(first.packetId));
        client.ping();
        client.close();
        client = BROKER.online(persistent(version, id));
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-4.3.3-7] [MQTT-4.3.2-3] a message that was sent does not expire any more")
    void noExpiryOnceSent() {
        String topic = unique("exp/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(5, id));
        client.subscribe(topic, 2);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.publish(publish(5, topic, "two").properties(new Props().messageExpiryInterval(1)), 2);
        publisher.publish(publish(5, topic, "released").properties(new Props().messageExpiryInterval(1)), 2);
        int two = client.expectPublish(topic, "two").packetId;
        int released = client.expectPublish(topic, "released").packetId;
        client.send(pubrec(released));
        client.expect(Frame.PUBREL, released);
        client.disconnect();
        publisher.publish(publish(5, topic, "never sent").properties(new Props().messageExpiryInterval(1)), 2);
        BROKER.untilASecondIsOver();
        RawClient again = BROKER.online(persistent(5, id));
        List<Frame> frames = List.of(again.read(), again.read()); // in either order
        assertThat(frames).extracting(f -> f.type).containsExactlyInAnyOrder(Frame.PUBLISH, Frame.PUBREL);
        for (Frame frame : frames) {
            assertThat(frame.packetId).isEqualTo(frame.type == Frame.PUBREL ? released : two);
        }
        again.ping();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-4.3.3-8] [MQTT-4.3.3-10] [MQTT-4.3.3-11] [MQTT311-4.3.3-2] the broker receives QoS 2: PUBREC for "
                    + "every repetition, one delivery, PUBCOMP for every PUBREL")
    void receivesQos2(int version) {
        String topic = unique("q2/");
        RawClient subscriber = BROKER.online(version, unique("c"));
        subscriber.subscribe(topic, 0);
        RawClient client = BROKER.online(version, unique("c"));
        for (int i = 0; i < 3; i++) {
            Packets.Publish packet = publish(version, topic, "once").qos(2, 9);
            client.send(i == 0 ? packet : packet.dup());
            assertThat(client.expect(Frame.PUBREC, 9).reasonCode).isIn(0x00, 0x10, 0x91);
        }
        client.send(pubrel(9));
        assertThat(client.expect(Frame.PUBCOMP, 9).reasonCode).isZero();
        client.send(pubrel(9));
        assertThat(client.expect(Frame.PUBCOMP, 9).reasonCode).isIn(0x00, version == 5 ? 0x92 : 0x00);
        client.publish(topic, "end", 2);
        subscriber.expectPublish(topic, "once");
        subscriber.expectPublish(topic, "end");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.3.3-10] [MQTT311-4.3.3-2] the repetition may come on another connection of the session")
    void receivesQos2OverReconnect(int version) {
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

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.3.3-12] [MQTT311-4.3.3-2] after PUBCOMP the identifier stands for a new message")
    void identifierIsFreeAfterPubcomp(int version) {
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
            Frame answer = client.read(5_000);
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
