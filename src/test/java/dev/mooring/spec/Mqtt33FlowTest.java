package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.puback;
import static dev.mooring.spec.Packets.pubcomp;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.pubrec;
import static dev.mooring.spec.Packets.pubrel;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 3.3, PUBLISH: flow control (§3.3.4) and redelivery (DUP, §3.3.1.1). */
class Mqtt33FlowTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.3.4-9] no more QoS 1 messages than the client's Receive Maximum are under way; PUBACK "
            + "makes room, in order")
    void receiveMaximumQos1() {
        String topic = unique("f/");
        RawClient client = BROKER.online(connect(5, unique("c")).properties(props().receiveMaximum(2)));
        client.subscribe(topic, 1);
        publishNumbered(topic, 6, 1);
        int a = client.expectPublish(topic, "0").packetId;
        int b = client.expectPublish(topic, "1").packetId;
        client.ping().expectNothing(50);
        client.send(puback(a));
        int c = client.expectPublish(topic, "2").packetId;
        client.ping();
        client.send(puback(b), puback(c));
        client.expectPublish(topic, "3");
        client.expectPublish(topic, "4");
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-3.3.4-9] at QoS 2 PUBCOMP makes room, PUBREC does not")
    void receiveMaximumQos2() {
        String topic = unique("f/");
        RawClient client = BROKER.online(connect(5, unique("c")).properties(props().receiveMaximum(1)));
        client.subscribe(topic, 2);
        publishNumbered(topic, 3, 2);
        for (int i = 0; i < 3; i++) {
            int id = client.expectPublish(topic, "" + i).packetId;
            client.send(pubrec(id)).expect(Frame.PUBREL, id);
            client.ping().expectNothing(30);
            client.send(pubcomp(id));
        }
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-3.3.4-9] a PUBREC with an error code makes room, too, and ends the delivery without PUBREL")
    void receiveMaximumPubrecError() {
        String topic = unique("f/");
        RawClient client = BROKER.online(connect(5, unique("c")).properties(props().receiveMaximum(1)));
        client.subscribe(topic, 2);
        publishNumbered(topic, 3, 2);
        for (int i = 0; i < 3; i++) {
            int id = client.expectPublish(topic, "" + i).packetId;
            client.send(pubrec(id, 0x80));
        }
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-3.3.4-9] a PUBACK with an error code makes room, too")
    void receiveMaximumPubackError() {
        String topic = unique("f/");
        RawClient client = BROKER.online(connect(5, unique("c")).properties(props().receiveMaximum(1)));
        client.subscribe(topic, 1);
        publishNumbered(topic, 3, 1);
        for (int i = 0; i < 3; i++) {
            client.send(puback(client.expectPublish(topic, "" + i).packetId, 0x97));
        }
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-3.3.4-9] mixed QoS 1 and 2 share the Receive Maximum and keep their order")
    void receiveMaximumMixed() {
        String topic = unique("f/");
        RawClient client = BROKER.online(connect(5, unique("c")).properties(props().receiveMaximum(1)));
        client.subscribe(topic, 2);
        RawClient publisher = BROKER.online(5, unique("p"));
        for (int i = 0; i < 8; i++) {
            publisher.publish(topic, "" + i, 1 + i % 2);
        }
        int[] next = {0, 0, 1}; // order holds for messages of one QoS
        for (int i = 0; i < 8; i++) {
            Frame frame = client.expect(Frame.PUBLISH);
            assertThat(frame.payloadText()).isEqualTo("" + next[frame.qos]);
            next[frame.qos] += 2;
            if (frame.qos == 1) {
                client.send(puback(frame.packetId));
            } else {
                client.send(pubrec(frame.packetId)).expect(Frame.PUBREL, frame.packetId);
                client.send(pubcomp(frame.packetId));
            }
        }
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-3.3.4-9] the Receive Maximum of a new connection counts for what the session has under way")
    void receiveMaximumAfterReconnect() {
        String topic = unique("f/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(5, id));
        client.subscribe(topic, 1);
        publishNumbered(topic, 5, 1);
        for (int i = 0; i < 5; i++) {
            client.expectPublish(topic, "" + i);
        }
        client.close();
        RawClient again = BROKER.online(connect(5, id).cleanStart(false).properties(props().receiveMaximum(2)));
        int first = again.expectPublish(topic, "0").packetId;
        again.expectPublish(topic, "1");
        again.ping().expectNothing(50);
        again.send(puback(first)).expectPublish(topic, "2");
        again.ping();
    }

    @Test
    @DisplayName("[MQTT-3.3.4-10] a full Receive Maximum holds up nothing but PUBLISH")
    void otherPacketsAreNotDelayed() {
        String topic = unique("f/");
        RawClient client = BROKER.online(connect(5, unique("c")).properties(props().receiveMaximum(1)));
        client.subscribe(topic, 2);
        publishNumbered(topic, 3, 2);
        int id = client.expectPublish(topic, "0").packetId;
        client.ping();
        client.subscribe(unique("other/"), 1);
        client.publish(unique("other/"), "x", 1).publish(unique("other/"), "x", 2);
        client.send(Packets.unsubscribe(5, 9).filter("none")).expect(Frame.UNSUBACK, 9);
        client.send(pubrec(id)).expect(Frame.PUBREL, id);
    }

    @Test
    @DisplayName("[MQTT-3.3.1-1] after a reconnect unacknowledged QoS 1 messages come again: same identifiers, "
            + "same order, DUP, and new ones behind them")
    void redeliveryQos1() {
        redeliveryQos1(5);
    }

    @Test
    @DisplayName("[MQTT311-3.3.1-1] after a reconnect unacknowledged QoS 1 messages come again: same "
            + "identifiers, same order, DUP, and new ones behind them")
    void redeliveryQos1Of311() {
        redeliveryQos1(4);
    }

    private static void redeliveryQos1(int version) {
        String topic = unique("f/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(version, id));
        client.subscribe(topic, 1);
        publishNumbered(topic, 5, 1);
        int[] ids = new int[5];
        for (int i = 0; i < 5; i++) {
            ids[i] = client.expectPublish(topic, "" + i).packetId;
        }
        client.send(puback(ids[0]), puback(ids[1])).ping().close();
        BROKER.online(5, unique("p")).publish(topic, "new", 1);
        for (int round = 0; round < 2; round++) { // the second round: as if nothing had been said in the first
            RawClient again = BROKER.online(persistent(version, id));
            for (int i = 2; i < 5; i++) {
                Frame frame = again.expectPublish(topic, "" + i);
                assertThat(frame.packetId).isEqualTo(ids[i]);
                assertThat(frame.dup).isTrue();
            }
            Frame fresh = again.expectPublish(topic, "new");
            assertThat(fresh.dup).isEqualTo(round == 1);
            assertThat(fresh.packetId).isNotIn(ids[2], ids[3], ids[4]);
            again.ping().close();
        }
    }

    @Test
    @DisplayName("[MQTT-3.3.1-1] after a reconnect QoS 2 goes on where it was: PUBLISH with DUP before PUBREC, "
            + "PUBREL after it, nothing after PUBCOMP")
    void redeliveryQos2() {
        redeliveryQos2(5);
    }

    @Test
    @DisplayName("[MQTT311-3.3.1-1] after a reconnect QoS 2 goes on where it was: PUBLISH with DUP before "
            + "PUBREC, PUBREL after it, nothing after PUBCOMP")
    void redeliveryQos2Of311() {
        redeliveryQos2(4);
    }

    private static void redeliveryQos2(int version) {
        String topic = unique("f/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(version, id));
        client.subscribe(topic, 2);
        publishNumbered(topic, 3, 2);
        int done = client.expectPublish(topic, "0").packetId;
        int released = client.expectPublish(topic, "1").packetId;
        int sent = client.expectPublish(topic, "2").packetId;
        client.send(pubrec(done)).expect(Frame.PUBREL, done);
        client.send(pubcomp(done));
        client.send(pubrec(released)).expect(Frame.PUBREL, released);
        client.ping().close();
        for (int round = 0; round < 2; round++) {
            if (round == 1) {
                BROKER.restart();
            }
            RawClient again = BROKER.online(persistent(version, id));
            Set<Integer> types = new HashSet<>();
            for (int i = 0; i < 2; i++) {
                Frame frame = again.read();
                types.add(frame.type);
                assertThat(frame.packetId).isEqualTo(frame.type == Frame.PUBREL ? released : sent);
                assertThat(frame.dup).isEqualTo(frame.type == Frame.PUBLISH);
            }
            assertThat(types).containsExactlyInAnyOrder(Frame.PUBREL, Frame.PUBLISH);
            again.ping().close();
        }
        RawClient last = BROKER.online(persistent(version, id));
        last.read();
        last.read();
        last.send(pubcomp(released), pubrec(sent)).expect(Frame.PUBREL, sent);
        last.send(pubcomp(sent)).ping().disconnect();
        BROKER.online(persistent(version, id)).ping().expectNothing(50);
    }

    @Test
    @DisplayName("[MQTT-3.3.1-1] what was acknowledged doesn't come back, not even after a restart")
    void acknowledgedIsForgotten() {
        acknowledgedIsForgotten(5);
    }

    @Test
    @DisplayName("[MQTT311-3.3.1-1] what was acknowledged doesn't come back, not even after a restart")
    void acknowledgedIsForgottenOf311() {
        acknowledgedIsForgotten(4);
    }

    private static void acknowledgedIsForgotten(int version) {
        String topic = unique("f/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(version, id));
        client.subscribe(topic, 1);
        publishNumbered(topic, 10, 1);
        for (int i = 0; i < 10; i++) {
            client.send(puback(client.expectPublish(topic, "" + i).packetId));
        }
        client.ping().disconnect();
        BROKER.online(persistent(version, id)).ping().disconnect();
        BROKER.restart();
        RawClient again = BROKER.online(persistent(version, id));
        assertThat(again.connack().sessionPresent).isTrue();
        again.ping().expectNothing(50);
    }

    @Test
    @DisplayName("[MQTT-3.3.1-1] within a connection nothing is sent twice, however long the acknowledgement takes")
    void noRetryWithinConnection() {
        String topic = unique("f/");
        RawClient client = BROKER.online(4, unique("c"));
        client.subscribe(topic, 1);
        publishNumbered(topic, 1, 1);
        client.expectPublish(topic, "0");
        client.expectNothing(1_500);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.3.1-1] after a restart unacknowledged messages come again with their identifiers, in "
            + "order, with DUP")
    void redeliveryAfterRestart(int version) {
        String topic = unique("f/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(version, id));
        client.subscribe(topic, 2);
        RawClient publisher = BROKER.online(5, unique("p"));
        for (int i = 0; i < 6; i++) {
            publisher.publish(topic, "" + i, 1 + i % 2);
        }
        List<Frame> first = new ArrayList<>(); // order between QoS 1 and 2 is free the first time, and fixed then
        for (int i = 0; i < 6; i++) {
            first.add(client.expect(Frame.PUBLISH));
        }
        client.ping();
        BROKER.restart();
        RawClient again = BROKER.online(persistent(version, id));
        for (Frame original : first) {
            Frame frame = again.expectPublish(topic, original.payloadText());
            assertThat(frame.packetId).isEqualTo(original.packetId);
            assertThat(frame.dup).isTrue();
        }
    }

    @Test
    @DisplayName("[MQTT-3.3.4-1] server and client may use the same packet identifier at the same time")
    void identifiersOfBothSidesAreApart() {
        String topic = unique("f/");
        RawClient client = BROKER.online(5, unique("c"));
        client.subscribe(topic, 2);
        publishNumbered(topic, 1, 2);
        int id = client.expectPublish(topic, "0").packetId;
        client.send(publish(5, unique("other/"), "x").qos(2, id)).expect(Frame.PUBREC, id);
        client.send(subscribe(5, id + 1).filter(unique("s/"), 0)).expect(Frame.SUBACK, id + 1);
        client.send(pubrec(id)).expect(Frame.PUBREL, id);
        client.send(pubrel(id)).expect(Frame.PUBCOMP, id);
        client.send(pubcomp(id)).ping();
    }

    @ParameterizedTest(name = "MQTT level {0}, QoS {1}")
    @CsvSource({"4, 1", "5, 1", "5, 2"})
    @DisplayName("[MQTT-3.3.4-9] identifiers under way are all different, and free again afterwards")
    void identifiersAreUnique(int version, int qos) {
        String topic = unique("f/");
        RawClient client = BROKER.online(version, unique("c"));
        client.subscribe(topic, qos);
        for (int round = 0; round < 3; round++) {
            publishNumbered(topic, 100, qos);
            Set<Integer> ids = new LinkedHashSet<>();
            for (int i = 0; i < 100; i++) {
                assertThat(ids.add(client.expectPublish(topic, "" + i).packetId))
                        .isTrue();
            }
            for (int id : ids) {
                if (qos == 1) {
                    client.send(puback(id));
                } else {
                    client.send(pubrec(id)).expect(Frame.PUBREL, id);
                    client.send(pubcomp(id));
                }
            }
        }
        client.ping();
    }

    /** Publishes 0, 1, 2 ... and waits until all are acknowledged. */
    private static void publishNumbered(String topic, int count, int qos) {
        RawClient publisher = BROKER.online(5, unique("p"));
        for (int i = 0; i < count; i++) {
            publisher.publish(topic, "" + i, qos);
        }
        publisher.disconnect();
    }

    private static Packets.Connect persistent(int version, String id) {
        return connect(version, id).cleanStart(false).sessionExpiryInterval(60);
    }
}
