package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.puback;
import static dev.mooring.spec.Packets.pubcomp;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.pubrec;
import static dev.mooring.spec.Packets.pubrel;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 4.3: the delivery protocols of QoS 1 and 2 with the broker as sender. */
class Mqtt43SendTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-4.3.2-1] a new QoS 1 message gets an identifier that no open one has")
    void freeIdentifierQos1() {
        freeIdentifier(5, 1);
    }

    @Test
    @DisplayName("[MQTT-4.3.2-2] QoS 1 is sent first with QoS 1 and DUP 0, whatever DUP it came with")
    void firstQos1() {
        first(5, 1);
    }

    @Test
    @DisplayName("[MQTT-4.3.2-3] QoS 1 comes again on each new connection, until PUBACK")
    void unacknowledgedUntilPuback() {
        unacknowledgedUntilPuback(5);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-4.3.2-1] QoS 1 is sent with a free identifier, DUP 0 at first, and again until PUBACK")
    void sendsQos1Of311(int version) {
        freeIdentifier(version, 1);
        first(version, 1);
        unacknowledgedUntilPuback(version);
    }

    @Test
    @DisplayName("[MQTT-4.3.3-1] a new QoS 2 message gets an identifier that no open one has")
    void freeIdentifierQos2() {
        freeIdentifier(5, 2);
    }

    @Test
    @DisplayName("[MQTT-4.3.3-2] QoS 2 is sent first with QoS 2 and DUP 0, whatever DUP it came with")
    void firstQos2() {
        first(5, 2);
    }

    @Test
    @DisplayName("[MQTT-4.3.3-3] QoS 2 comes again on each new connection, until PUBREC")
    void unacknowledgedUntilPubrec() {
        unacknowledgedUntilPubrec(5);
    }

    @Test
    @DisplayName("[MQTT-4.3.3-4] PUBREC of 0x00 or 0x10 is answered by PUBREL with its packet identifier")
    void pubrecIsAnswered() {
        String topic = unique("q2/");
        RawClient client = subscriber(5, unique("c"), topic, 2);
        BROKER.online(5, unique("c")).publish(topic, "one", 2).publish(topic, "two", 2);
        int one = client.expectPublish(topic, "one").packetId;
        int two = client.expectPublish(topic, "two").packetId;
        client.send(pubrec(two, 0x10)).expect(Frame.PUBREL, two);
        client.send(pubrec(one)).expect(Frame.PUBREL, one);
    }

    @Test
    @DisplayName("[MQTT-4.3.3-5] PUBREL comes again on each new connection, until PUBCOMP")
    void unacknowledgedUntilPubcomp() {
        unacknowledgedUntilPubcomp(5);
    }

    @Test
    @DisplayName("[MQTT-4.3.3-6] after PUBREL the PUBLISH does not come again")
    void noPublishAfterPubrel() {
        noPublishAfterPubrel(5);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-4.3.3-1] QoS 2 is sent with a free identifier, DUP 0 at first, and again until PUBREC, then "
            + "PUBREL until PUBCOMP, then nothing")
    void sendsQos2Of311(int version) {
        freeIdentifier(version, 2);
        first(version, 2);
        unacknowledgedUntilPubrec(version);
        unacknowledgedUntilPubcomp(version);
        noPublishAfterPubrel(version);
    }

    @Test
    @DisplayName("[MQTT-4.3.3-7] a message that was sent does not expire any more")
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

    private static void freeIdentifier(int version, int qos) {
        String topic = unique("id/");
        RawClient client = subscriber(version, unique("c"), topic, qos);
        RawClient publisher = BROKER.online(5, unique("c"));
        List<Integer> open = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            publisher.publish(topic, "m" + i, qos);
            int packetId = client.expectPublish(topic, "m" + i).packetId;
            assertThat(packetId).isPositive().isNotIn(open);
            open.add(packetId);
            if (i == 3) { // two of four are free again
                complete(client, open.remove(2), qos);
                complete(client, open.remove(0), qos);
            }
        }
    }

    private static void first(int version, int qos) {
        String topic = unique("first/");
        RawClient client = subscriber(version, unique("c"), topic, qos);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.send(publish(5, topic, "x").qos(qos, 5).dup());
        if (qos == 2) {
            publisher.expect(Frame.PUBREC, 5);
            publisher.send(pubrel(5));
        }
        Frame frame = client.expectPublish(topic, "x");
        assertThat(frame.qos).isEqualTo(qos);
        assertThat(frame.dup).isFalse();
    }

    private static void unacknowledgedUntilPuback(int version) {
        String id = unique("c");
        int packetId = comesAgain(version, id, 1);
        RawClient client = BROKER.online(persistent(version, id));
        client.expect(Frame.PUBLISH, packetId);
        client.send(puback(packetId)).ping().close();
        BROKER.online(persistent(version, id)).ping();
    }

    private static void unacknowledgedUntilPubrec(int version) {
        String id = unique("c");
        int packetId = comesAgain(version, id, 2);
        RawClient client = BROKER.online(persistent(version, id));
        client.expect(Frame.PUBLISH, packetId);
        client.send(pubrec(packetId)).expect(Frame.PUBREL, packetId);
    }

    /** One message, which comes with DUP 1 and its identifier on two connections that acknowledge nothing. */
    private static int comesAgain(int version, String id, int qos) {
        String topic = unique("open/");
        RawClient client = subscriber(version, id, topic, qos);
        BROKER.online(5, unique("c")).publish(topic, "x", qos);
        int packetId = client.expectPublish(topic, "x").packetId;
        client.close();
        for (int i = 0; i < 2; i++) {
            RawClient again = BROKER.online(persistent(version, id));
            Frame frame = again.expectPublish(topic, "x");
            assertThat(frame.packetId).isEqualTo(packetId);
            assertThat(frame.dup).isTrue();
            again.close();
        }
        return packetId;
    }

    private static void unacknowledgedUntilPubcomp(int version) {
        String id = unique("c");
        int packetId = released(version, id);
        BROKER.online(persistent(version, id)).expectPubrelAmongPublishes(packetId);
        RawClient client = BROKER.online(persistent(version, id));
        client.expectPubrelAmongPublishes(packetId);
        client.send(pubcomp(packetId)).ping().close();
        assertThat(BROKER.online(persistent(version, id)).readUntilPingresp()).isEmpty();
    }

    private static void noPublishAfterPubrel(int version) {
        String id = unique("c");
        int packetId = released(version, id);
        RawClient client = BROKER.online(persistent(version, id));
        client.send(pubrec(packetId));
        assertThat(client.readUntilPingresp()).extracting(f -> f.type).containsOnly(Frame.PUBREL);
    }

    /** A QoS 2 message for which PUBREL was sent, and PUBCOMP was not; the client is gone. @return its identifier */
    private static int released(int version, String id) {
        String topic = unique("rel/");
        RawClient client = subscriber(version, id, topic, 2);
        BROKER.online(5, unique("c")).publish(topic, "x", 2);
        int packetId = client.expectPublish(topic, "x").packetId;
        client.send(pubrec(packetId)).expect(Frame.PUBREL, packetId);
        client.close();
        return packetId;
    }

    private static void complete(RawClient client, int packetId, int qos) {
        if (qos == 1) {
            client.send(puback(packetId)).ping();
        } else {
            client.send(pubrec(packetId)).expect(Frame.PUBREL, packetId);
            client.send(pubcomp(packetId)).ping();
        }
    }

    private static RawClient subscriber(int version, String id, String topic, int qos) {
        RawClient client = BROKER.online(persistent(version, id));
        client.subscribe(topic, qos);
        return client;
    }

    private static Packets.Connect persistent(int version, String id) {
        return connect(version, id).cleanStart(false).sessionExpiryInterval(60);
    }
}
