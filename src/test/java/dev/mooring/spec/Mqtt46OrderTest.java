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
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapters 4.5 and 4.6: who gets a message, and in which order. */
class Mqtt46OrderTest {
    private static final int MESSAGES = 60;

    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-4.5.0-1] a message joins every session with a matching subscription, connected "
            + "or not, and no other")
    void everyMatchingSession() {
        everyMatchingSession(5);
    }

    @Test
    @DisplayName("[MQTT311-4.5.0-1] a message joins every session with a matching subscription, "
            + "connected or not, and no other")
    void everyMatchingSessionOf311() {
        everyMatchingSession(4);
    }

    private static void everyMatchingSession(int version) {
        String topic = unique("all/");
        List<String> away = new ArrayList<>();
        List<RawClient> here = new ArrayList<>();
        for (String filter : List.of(topic + "/a", topic + "/+", topic + "/#", "+/+/a")) {
            String id = unique("c");
            RawClient client = BROKER.online(persistent(version, id));
            client.subscribe(filter, 1);
            client.disconnect();
            away.add(id);
            RawClient connected = BROKER.online(version, unique("c"));
            connected.subscribe(filter, 1);
            here.add(connected);
        }
        RawClient stranger = BROKER.online(version, unique("c"));
        stranger.subscribe(topic + "/b", 1);
        RawClient publisher = BROKER.online(version, unique("c"));
        publisher.publish(topic + "/a", "x", 1).publish(topic + "/b", "end", 1);
        here.forEach(c -> c.expectPublish(topic + "/a", "x"));
        away.forEach(id -> BROKER.online(persistent(version, id)).expectPublish(topic + "/a", "x"));
        stranger.expectPublish(topic + "/b", "end");
    }

    @Test
    @DisplayName("[MQTT-4.3.2-4] each QoS 1 PUBLISH is answered by its PUBACK, in order")
    void pubacksAreInOrder() {
        acknowledgementsAreInOrder(5, 1);
    }

    @Test
    @DisplayName("[MQTT311-4.6.0-2] PUBACKs are in the order of the PUBLISHes")
    void pubacksAreInOrderOf311() {
        acknowledgementsAreInOrder(4, 1);
    }

    @Test
    @DisplayName("[MQTT-4.3.3-8] each QoS 2 PUBLISH is answered by its PUBREC, in order")
    void pubrecsAreInOrder() {
        acknowledgementsAreInOrder(5, 2);
    }

    @Test
    @DisplayName("[MQTT311-4.6.0-3] PUBRECs are in the order of the PUBLISHes")
    void pubrecsAreInOrderOf311() {
        acknowledgementsAreInOrder(4, 2);
    }

    private static void acknowledgementsAreInOrder(int version, int qos) {
        RawClient client = BROKER.online(version, unique("c"));
        Packets.Packet[] packets = new Packets.Packet[MESSAGES / 3];
        for (int i = 0; i < packets.length; i++) {
            packets[i] = publish(version, unique("t/"), "x").qos(qos, 100 - i);
        }
        client.send(packets);
        for (int i = 0; i < packets.length; i++) {
            client.expect(qos == 1 ? Frame.PUBACK : Frame.PUBREC, 100 - i);
        }
    }

    @Test
    @DisplayName("[MQTT-4.3.3-4] every PUBREC is answered by its PUBREL, in order")
    void pubrelsAreInOrder() {
        pubrelsAreInOrder(5);
    }

    @Test
    @DisplayName("[MQTT311-4.6.0-4] PUBRELs are in the order of the PUBRECs")
    void pubrelsAreInOrderOf311() {
        pubrelsAreInOrder(4);
    }

    private static void pubrelsAreInOrder(int version) {
        String topic = unique("rel/");
        RawClient client = BROKER.online(version, unique("c"));
        client.subscribe(topic, 2);
        RawClient publisher = BROKER.online(version, unique("c"));
        List<Integer> identifiers = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            publisher.publish(topic, "m" + i, 2);
            identifiers.add(client.expectPublish(topic, "m" + i).packetId);
        }
        int[] order = {3, 0, 7, 1, 2, 6, 5, 4};
        client.send(
                IntStream.of(order).mapToObj(i -> pubrec(identifiers.get(i))).toArray(Packets.Packet[]::new));
        for (int i : order) {
            client.expect(Frame.PUBREL, identifiers.get(i));
        }
    }

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {0, 1, 2})
    @DisplayName("[MQTT-4.6.0-5] each publisher's messages on a topic arrive in their order, at every subscriber")
    void orderPerPublisherAndTopic(int qos) {
        orderPerPublisherAndTopic(5, qos, unique("order/"));
    }

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {0, 1, 2})
    @DisplayName("[MQTT311-4.6.0-6] each publisher's messages on a topic arrive in their order, at every subscriber")
    void orderPerPublisherAndTopicOf311(int qos) {
        orderPerPublisherAndTopic(4, qos, unique("order/"));
    }

    @ParameterizedTest(name = "a topic that begins with {0}")
    @ValueSource(strings = {"", "/", "//a/", "$", "a/b/c/d/e/f/"})
    @DisplayName("[MQTT-4.6.0-6] every kind of topic is ordered without being configured so")
    void everyTopicIsOrdered(String prefix) {
        orderPerPublisherAndTopic(5, 1, unique(prefix + "t"));
    }

    @ParameterizedTest(name = "a topic that begins with {0}")
    @ValueSource(strings = {"", "/", "//a/", "$", "a/b/c/d/e/f/"})
    @DisplayName("[MQTT311-4.6.0-5] every kind of topic is ordered without being configured so")
    void everyTopicIsOrderedOf311(String prefix) {
        orderPerPublisherAndTopic(4, 1, unique(prefix + "t"));
    }

    private static void orderPerPublisherAndTopic(int version, int qos, String topic) {
        List<RawClient> subscribers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            subscribers.add(BROKER.online(version, unique("c")));
            subscribers.get(i).subscribe(topic, qos);
        }
        List<RawClient> publishers = List.of(BROKER.online(version, unique("c")), BROKER.online(version, unique("c")));
        for (int start = 0; start < MESSAGES; start += 10) { // ten packets of each in one write, so that they compete
            for (int p = 0; p < 2; p++) {
                Packets.Packet[] packets = new Packets.Packet[10];
                for (int i = 0; i < 10; i++) {
                    Packets.Publish packet = publish(version, topic, p + ":" + (start + i));
                    packets[i] = qos == 0 ? packet : packet.qos(qos, start + i + 1);
                }
                publishers.get(p).send(packets);
            }
            for (int i = 0; i < 10 && qos > 0; i++) {
                int packetId = start + i + 1;
                publishers.forEach(c -> c.expect(qos == 1 ? Frame.PUBACK : Frame.PUBREC, packetId));
            }
            for (int i = 0; i < 10 && qos == 2; i++) {
                int packetId = start + i + 1;
                publishers.forEach(c -> c.send(pubrel(packetId)).expect(Frame.PUBCOMP, packetId));
            }
        }
        for (RawClient subscriber : subscribers) {
            assertInOrder(subscriber, qos);
        }
    }

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {1, 2})
    @DisplayName("[MQTT-4.6.0-5] the order holds over a reconnect: in flight, then queued, then new")
    void orderOverReconnect(int qos) {
        orderOverReconnect(5, qos);
    }

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {1, 2})
    @DisplayName("[MQTT311-4.6.0-6] the order holds over a reconnect: in flight, then queued, then new")
    void orderOverReconnectOf311(int qos) {
        orderOverReconnect(4, qos);
    }

    private static void orderOverReconnect(int version, int qos) {
        String topic = unique("order/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(version, id));
        client.subscribe(topic, qos);
        RawClient publisher = BROKER.online(version, unique("c"));
        publisher.publish(topic, "0:0", qos).publish(topic, "0:1", qos);
        client.expectPublish(topic, "0:0");
        client.expectPublish(topic, "0:1");
        client.close();
        for (int i = 2; i < MESSAGES / 2; i++) {
            publisher.publish(topic, "0:" + i, qos);
        }
        RawClient again = BROKER.online(persistent(version, id));
        for (int i = MESSAGES / 2; i < MESSAGES; i++) {
            publisher.publish(topic, "0:" + i, qos);
        }
        int next = 0;
        while (next < MESSAGES) {
            Frame frame = again.read();
            if (frame.type == Frame.PUBREL) {
                again.send(pubcomp(frame.packetId));
            } else {
                assertThat(frame.payloadText()).isEqualTo("0:" + next++);
                again.send(frame.qos == 1 ? puback(frame.packetId) : pubrec(frame.packetId));
            }
        }
    }

    private static void assertInOrder(RawClient subscriber, int qos) {
        int[] next = {0, 0};
        while (next[0] + next[1] < 2 * MESSAGES) {
            Frame frame = subscriber.read();
            if (frame.type == Frame.PUBREL) {
                subscriber.send(pubcomp(frame.packetId));
                continue;
            }
            String[] payload = frame.payloadText().split(":");
            int publisher = Integer.parseInt(payload[0]);
            assertThat(Integer.parseInt(payload[1])).isEqualTo(next[publisher]++);
            assertThat(frame.qos).isEqualTo(qos);
            if (qos > 0) {
                subscriber.send(qos == 1 ? puback(frame.packetId) : pubrec(frame.packetId));
            }
        }
    }

    private static Packets.Connect persistent(int version, String id) {
        return connect(version, id).cleanStart(false).sessionExpiryInterval(60);
    }
}
