package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.puback;
import static dev.mooring.spec.Packets.pubcomp;
import static dev.mooring.spec.Packets.pubrec;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 4.4: what is sent again, and when. */
class Mqtt44RetryTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT311-4.4.0-1] [MQTT311-4.6.0-1] [MQTT311-3.3.1-1] a reconnect brings "
                    + "what is unacknowledged: same order, same identifiers, DUP, before anything new")
    void sentAgainOnReconnect(int version) {
        String topic = unique("again/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(version, id));
        client.subscribe(topic, 2);
        RawClient publisher = BROKER.online(5, unique("c"));
        List<Integer> identifiers = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            publisher.publish(topic, "m" + i, 1 + i % 2);
            identifiers.add(client.expectPublish(topic, "m" + i).packetId);
        }
        client.send(puback(identifiers.get(4))); // gone
        client.send(pubrec(identifiers.get(5)));
        client.expect(Frame.PUBREL, identifiers.get(5)); // PUBREL is open
        client.disconnect();
        publisher.publish(topic, "new", 1);
        for (int attempt = 0; attempt < 2; attempt++) {
            RawClient again = BROKER.online(persistent(version, id));
            assertThat(again.connack().sessionPresent).isTrue();
            List<String> order = new ArrayList<>();
            while (!order.contains("new")) {
                Frame frame = again.read();
                if (frame.type == Frame.PUBREL) {
                    assertThat(frame.packetId).isEqualTo(identifiers.get(5));
                    order.add("PUBREL");
                    continue;
                }
                order.add(frame.payloadText());
                if (!frame.payloadText().equals("new")) {
                    int i = Integer.parseInt(frame.payloadText().substring(1));
                    assertThat(frame.packetId).isEqualTo(identifiers.get(i));
                    assertThat(frame.dup).isTrue();
                    assertThat(frame.qos).isEqualTo(1 + i % 2);
                } else {
                    assertThat(frame.packetId)
                            .isNotIn(identifiers.subList(0, 4))
                            .isNotIn(identifiers.subList(5, 10));
                    assertThat(frame.dup).isEqualTo(attempt > 0);
                }
            }
            if (!order.contains("PUBREL")) {
                again.expect(Frame.PUBREL, identifiers.get(5));
            }
            order.remove("PUBREL");
            assertThat(order).containsExactly("m0", "m1", "m2", "m3", "m6", "m7", "m8", "m9", "new");
            again.ping();
            again.close();
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.4.0-1] [MQTT311-4.4.0-1] nothing is sent again on a connection that is open")
    void notSentAgainOtherwise(int version) {
        String topic = unique("quiet/");
        RawClient client = BROKER.online(persistent(version, unique("c")));
        client.subscribe(topic, 2);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.publish(topic, "one", 1).publish(topic, "two", 2).publish(topic, "three", 2);
        client.expectPublish(topic, "one");
        client.expectPublish(topic, "two");
        int three = client.expectPublish(topic, "three").packetId;
        client.send(pubrec(three));
        client.expect(Frame.PUBREL, three);
        client.expectNothing(1_500);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.4.0-1] [MQTT311-4.4.0-1] a clean start brings nothing again, nor does a session that is over")
    void notForANewSession(int version) {
        String topic = unique("clean/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(version, id));
        client.subscribe(topic, 2);
        BROKER.online(5, unique("c")).publish(topic, "one", 1).publish(topic, "two", 2);
        client.expectPublish(topic, "one");
        int two = client.expectPublish(topic, "two").packetId;
        client.send(pubrec(two));
        client.expect(Frame.PUBREL, two);
        client.close();
        RawClient clean = BROKER.online(connect(version, id).sessionExpiryInterval(60));
        clean.ping();
        clean.close();
        BROKER.online(persistent(version, id)).ping();
    }

    @Test
    @DisplayName("[MQTT-4.4.0-2] a refusing PUBACK or PUBREC is an acknowledgement: the message does not come again")
    void refusalIsAnAcknowledgement() {
        String topic = unique("no/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(5, id));
        client.subscribe(topic, 2);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.publish(topic, "one", 1).publish(topic, "two", 2).publish(topic, "three", 2);
        client.send(puback(client.expectPublish(topic, "one").packetId, 0x80));
        client.send(pubrec(client.expectPublish(topic, "two").packetId, 0x97));
        int three = client.expectPublish(topic, "three").packetId;
        client.ping(); // no PUBREL
        client.close();
        RawClient again = BROKER.online(persistent(5, id));
        assertThat(again.expectPublish(topic, "three").packetId).isEqualTo(three);
        again.ping();
        again.send(pubrec(three));
        again.expect(Frame.PUBREL, three);
        again.send(pubcomp(three));
        again.ping();
    }

    private static Packets.Connect persistent(int version, String id) {
        return connect(version, id).cleanStart(false).sessionExpiryInterval(60);
    }
}
