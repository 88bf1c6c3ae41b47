package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.puback;
import static dev.mooring.spec.Packets.pubcomp;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.pubrec;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapter 4.9: the send quota, both ways. */
class Mqtt49FlowTest {
    private static final int RECEIVE_MAXIMUM = 10;

    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{\"limits\":{\"receive_maximum\":" + RECEIVE_MAXIMUM + "}}");

    @Test
    @DisplayName("[MQTT-4.9.0-1] with a Receive Maximum of 1 messages come, one at a time")
    void receiveMaximumOne() {
        String topic = unique("f/");
        RawClient client = subscriber(topic, 1);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.publish(topic, "m0", 1).publish(topic, "m1", 2).publish(topic, "m2", 1);
        int first = client.expectPublish(topic, "m0").packetId;
        client.ping();
        client.send(puback(first));
        int second = client.expectPublish(topic, "m1").packetId;
        client.send(pubrec(second));
        client.expect(Frame.PUBREL, second);
        client.ping();
        client.send(pubcomp(second));
        client.expectPublish(topic, "m2");
    }

    @Test
    @DisplayName("[MQTT-4.9.0-2] with the quota used up no further QoS 1 and 2 PUBLISH comes, also not on PUBREC")
    void quotaIsKept() {
        String topic = unique("f/");
        RawClient client = subscriber(topic, 3);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.publish(topic, "m0", 1).publish(topic, "m1", 2).publish(topic, "m2", 2);
        publisher.publish(topic, "m3", 1).publish(topic, "m4", 2);
        client.expectPublish(topic, "m0");
        int m1 = client.expectPublish(topic, "m1").packetId;
        client.expectPublish(topic, "m2");
        client.expectNothing(200);
        client.send(pubrec(m1)).expect(Frame.PUBREL, m1);
        client.expectNothing(200);
    }

    @Test
    @DisplayName("[MQTT-3.3.4-9] each PUBACK, PUBCOMP and refusing PUBREC makes room for one, and nothing else does")
    void roomIsMade() {
        String topic = unique("f/");
        RawClient client = subscriber(topic, 3);
        RawClient publisher = BROKER.online(5, unique("c"));
        for (int i = 0; i < 8; i++) {
            publisher.publish(topic, "m" + i, i == 0 ? 1 : 2);
        }
        int m0 = client.expectPublish(topic, "m0").packetId;
        int m1 = client.expectPublish(topic, "m1").packetId;
        int m2 = client.expectPublish(topic, "m2").packetId;
        client.send(pubrec(m1)).expect(Frame.PUBREL, m1);
        client.send(puback(60_000)).ping();
        client.send(puback(m0));
        client.expectPublish(topic, "m3");
        client.send(puback(m0)).ping(); // the same again
        client.send(pubcomp(m1));
        client.expectPublish(topic, "m4");
        client.ping();
        client.send(pubrec(m2, 0x80));
        client.expectPublish(topic, "m5");
        client.expectNothing(100);
    }

    @Test
    @DisplayName("[MQTT-4.9.0-1] the quota begins anew with each connection, at that connection's Receive Maximum")
    void quotaOfTheNextConnection() {
        String topic = unique("f/");
        String id = unique("c");
        RawClient client = BROKER.online(
                connect(5, id).properties(new Props().receiveMaximum(4).sessionExpiryInterval(60)));
        client.subscribe(topic, 1);
        RawClient publisher = BROKER.online(5, unique("c"));
        for (int i = 0; i < 6; i++) {
            publisher.publish(topic, "m" + i, 1);
        }
        for (int i = 0; i < 4; i++) {
            client.expectPublish(topic, "m" + i);
        }
        client.close();
        RawClient again = BROKER.online(connect(5, id)
                .cleanStart(false)
                .properties(new Props().receiveMaximum(2).sessionExpiryInterval(60)));
        for (int i = 0; i < 5; i += 2) {
            int one = again.expectPublish(topic, "m" + i).packetId;
            int two = again.expectPublish(topic, "m" + (i + 1)).packetId;
            again.expectNothing(60);
            again.send(puback(one), puback(two));
        }
    }

    @Test
    @DisplayName("[MQTT-3.3.4-10] with the quota used up every packet but PUBLISH comes without delay")
    void otherPacketsAreNotDelayed() {
        String topic = unique("f/");
        RawClient client = subscriber(topic, 1);
        int one = useUp(client, topic);
        client.ping();
        client.send(Packets.subscribe(5, 11).filter(topic + "/x", 0)).expect(Frame.SUBACK, 11);
        client.publish(topic + "/y", "in", 1).publish(topic + "/y", "in", 2);
        client.send(Packets.unsubscribe(5, 12).filter(topic + "/x")).expect(Frame.UNSUBACK, 12);
        client.send(pubrec(one)).expect(Frame.PUBREL, one);
        client.ping();
        client.send(pubcomp(one));
        client.expectPublish(topic, "two");
    }

    @Test
    @DisplayName("[MQTT-4.9.0-3] with the quota used up what the client sends has its effect")
    void everythingElseIsProcessed() {
        String topic = unique("f/");
        RawClient other = BROKER.online(5, unique("c"));
        other.subscribe(topic + "/+", 0);
        RawClient client = subscriber(topic, 1);
        useUp(client, topic);
        for (int qos = 0; qos <= 2; qos++) {
            client.publish(topic + "/out", "at " + qos, qos);
            other.expectPublish(topic + "/out", "at " + qos);
        }
        client.subscribe(topic + "/in", 0);
        other.publish(topic + "/in", "QoS 0 does not count", 0);
        client.expectPublish(topic + "/in", "QoS 0 does not count");
        client.send(Packets.unsubscribe(5, 12).filter(topic + "/in")).expect(Frame.UNSUBACK, 12);
        other.publish(topic + "/in", "nobody", 0).expectPublish(topic + "/in", "QoS 0 does not count");
        other.expectPublish(topic + "/in", "nobody");
        client.ping();
    }

    /** "one" is out, "two" waits. @return the identifier of "one" */
    private static int useUp(RawClient client, String topic) {
        BROKER.online(5, unique("c")).publish(topic, "one", 2).publish(topic, "two", 1);
        return client.expectPublish(topic, "one").packetId;
    }

    @Test
    @DisplayName("[MQTT-3.3.4-7] a client that exceeds the broker's Receive Maximum is disconnected with 0x93")
    void clientExceedsReceiveMaximum() {
        RawClient client = BROKER.online(5, unique("c"));
        assertThat(client.connack().props.number(Props.RECEIVE_MAXIMUM, 65_535)).isEqualTo(RECEIVE_MAXIMUM);
        for (int i = 1; i <= RECEIVE_MAXIMUM; i++) {
            client.send(publish(5, unique("t/"), "x").qos(2, i));
            client.expect(Frame.PUBREC, i);
        }
        client.publish(unique("t/"), "QoS 0 does not count", 0);
        client.ping();
        client.send(publish(5, unique("t/"), "x").qos(2, RECEIVE_MAXIMUM + 1));
        client.expectDisconnect(0x93);
    }

    @Test
    @DisplayName("[MQTT-3.3.4-7] what is completed, or sent again, does not count against the broker's Receive Maximum")
    void completedDoesNotCount() {
        RawClient client = BROKER.online(5, unique("c"));
        for (int i = 1; i <= 3 * RECEIVE_MAXIMUM; i++) {
            client.publish(unique("t/"), "x", 1 + i % 2);
        }
        for (int i = 1; i < RECEIVE_MAXIMUM; i++) {
            client.send(publish(5, unique("t/"), "x").qos(2, i));
            client.expect(Frame.PUBREC, i);
        }
        for (int i = 0; i < 3; i++) {
            client.send(publish(5, unique("t/"), "x").qos(2, 1).dup());
            client.expect(Frame.PUBREC, 1);
        }
        for (int id : List.of(1, 2, 3)) {
            client.send(Packets.pubrel(id));
            client.expect(Frame.PUBCOMP, id);
            client.send(publish(5, unique("t/"), "x").qos(2, id));
            client.expect(Frame.PUBREC, id);
        }
        client.ping();
    }

    private static RawClient subscriber(String topic, int receiveMaximum) {
        RawClient client =
                BROKER.online(connect(5, unique("c")).properties(new Props().receiveMaximum(receiveMaximum)));
        client.subscribe(topic, 2);
        return client;
    }
}
