package dev.mooring.spec;

import static dev.mooring.spec.Packets.puback;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.pubrel;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.Packets.unsubscribe;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapter 2.2.1 (2.3.1 of 3.1.1): packet identifiers. */
class Mqtt22IdentifierTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    /** Packet identifiers in which neither byte can be taken for the other. */
    private static final int[] IDENTIFIERS = {1, 0x00FF, 0x0100, 0x7FFF, 0x8000, 0xFFFF};

    @Test
    @DisplayName("[MQTT-2.2.1-3] packet identifier 0 ends the connection")
    void packetIdentifierZero5() {
        packetIdentifierZero(5);
    }

    @Test
    @DisplayName("[MQTT311-2.3.1-1] packet identifier 0 ends the connection")
    void packetIdentifierZero311() {
        packetIdentifierZero(4);
    }

    private static void packetIdentifierZero(int version) {
        for (Packets.Packet packet : List.of(
                subscribe(version, 0).filter("a", 0),
                unsubscribe(version, 0).filter("a"),
                publish(version, "a", "x").qos(1, 0),
                publish(version, "a", "x").qos(2, 0))) {
            RawClient client = BROKER.online(version, unique("c"));
            client.send(packet);
            client.expectDisconnect(0x81, 0x82);
        }
    }

    @Test
    @DisplayName("[MQTT-2.2.1-4] the server's packet identifiers are not 0 and not in use")
    void serverIdentifiersAreFree5() {
        serverIdentifiersAreFree(5, 1, 2);
    }

    @Test
    @DisplayName("[MQTT311-2.3.1-4] the server's packet identifiers are not 0 and not in use")
    void serverIdentifiersAreFree311() {
        serverIdentifiersAreFree(4, 1, 2);
    }

    @Test
    @DisplayName("[MQTT-4.3.2-1] a new QoS 1 message has a packet identifier that no unacknowledged one has")
    void identifiersOfQos1AreFree() {
        serverIdentifiersAreFree(5, 1);
    }

    @Test
    @DisplayName("[MQTT-4.3.3-1] a new QoS 2 message has a packet identifier that no incomplete one has")
    void identifiersOfQos2AreFree() {
        serverIdentifiersAreFree(5, 2);
    }

    /** Of every ten messages one is not answered, and of every ten at QoS 2 another one by PUBREC only. */
    private static void serverIdentifiersAreFree(int version, int... qos) {
        String topic = unique("id/");
        RawClient subscriber = BROKER.online(version, unique("c"));
        subscriber.subscribe(topic, 2);
        RawClient publisher = BROKER.online(version, unique("c"));
        List<Integer> inUse = new ArrayList<>();
        for (int i = 0; i < 60; i++) {
            publisher.publish(topic, "m" + i, qos[i % qos.length]);
            Frame frame = subscriber.expectPublish(topic, "m" + i);
            assertThat(frame.packetId).isPositive().isNotIn(inUse);
            inUse.add(frame.packetId);
            if (i % 10 == 0) {
                continue;
            }
            if (frame.qos == 1) {
                subscriber.send(puback(frame.packetId));
            } else {
                subscriber.send(Packets.pubrec(frame.packetId));
                subscriber.expect(Frame.PUBREL, frame.packetId);
                if (i % 10 == 5) {
                    continue;
                }
                subscriber.send(Packets.pubcomp(frame.packetId));
            }
            inUse.remove((Integer) frame.packetId);
        }
    }

    @Test
    @DisplayName("[MQTT-2.2.1-5] acknowledgements repeat the packet identifier of their PUBLISH")
    void acknowledgements5() {
        acknowledgements(5);
    }

    @Test
    @DisplayName("[MQTT311-2.3.1-6] acknowledgements repeat the packet identifier of their PUBLISH")
    void acknowledgements311() {
        acknowledgements(4);
    }

    private static void acknowledgements(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        for (int id : IDENTIFIERS) {
            client.send(publish(version, unique("t/"), "x").qos(1, id));
            client.expect(Frame.PUBACK, id);
            client.send(publish(version, unique("t/"), "x").qos(2, id));
            client.expect(Frame.PUBREC, id);
            client.send(pubrel(id));
            client.expect(Frame.PUBCOMP, id);
        }
        String topic = unique("t/");
        client.subscribe(topic, 2);
        BROKER.online(version, unique("c")).publish(topic, "one", 2).publish(topic, "two", 2);
        int one = client.expectPublish(topic, "one").packetId;
        int two = client.expectPublish(topic, "two").packetId;
        client.send(Packets.pubrec(two)).expect(Frame.PUBREL, two);
        client.send(Packets.pubrec(one)).expect(Frame.PUBREL, one);
    }

    @Test
    @DisplayName("[MQTT-4.3.2-4] PUBACK has the packet identifier of the QoS 1 PUBLISH")
    void puback5() {
        RawClient client = BROKER.online(5, unique("c"));
        for (int id : IDENTIFIERS) {
            client.send(publish(5, unique("t/"), "x").qos(1, id));
            client.expect(Frame.PUBACK, id);
        }
    }

    @Test
    @DisplayName("[MQTT-4.3.3-8] PUBREC has the packet identifier of the QoS 2 PUBLISH")
    void pubrec5() {
        RawClient client = BROKER.online(5, unique("c"));
        for (int id : IDENTIFIERS) {
            client.send(publish(5, unique("t/"), "x").qos(2, id));
            client.expect(Frame.PUBREC, id);
        }
    }

    @Test
    @DisplayName("[MQTT-4.3.3-11] PUBCOMP has the packet identifier of the PUBREL, in whatever order they come")
    void pubcomp5() {
        RawClient client = BROKER.online(5, unique("c"));
        for (int id : IDENTIFIERS) {
            client.send(publish(5, unique("t/"), "x").qos(2, id));
            client.expect(Frame.PUBREC);
        }
        for (int i = IDENTIFIERS.length - 1; i >= 0; i--) {
            client.send(pubrel(IDENTIFIERS[i]));
            client.expect(Frame.PUBCOMP, IDENTIFIERS[i]);
        }
    }

    @Test
    @DisplayName("[MQTT-2.2.1-6] SUBACK and UNSUBACK repeat the packet identifier of their request")
    void requests5() {
        subacks(5);
        unsubacks(5);
    }

    @Test
    @DisplayName("[MQTT311-2.3.1-7] SUBACK and UNSUBACK repeat the packet identifier of their request")
    void requests311() {
        subacks(4);
        unsubacks(4);
    }

    @Test
    @DisplayName("[MQTT-3.8.4-2] SUBACK repeats the packet identifier of SUBSCRIBE")
    void suback5() {
        subacks(5);
    }

    @Test
    @DisplayName("[MQTT311-3.8.4-2] SUBACK repeats the packet identifier of SUBSCRIBE")
    void suback311() {
        subacks(4);
    }

    private static void subacks(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        for (int id : IDENTIFIERS) {
            client.send(subscribe(version, id).filter(unique("t/"), 0));
            client.expect(Frame.SUBACK, id);
        }
    }

    private static void unsubacks(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        for (int id : IDENTIFIERS) {
            client.send(unsubscribe(version, id).filter(unique("t/")));
            client.expect(Frame.UNSUBACK, id);
        }
    }
}
