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
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapters 4.5 and 4.6: who gets a message, and in which order. */
class Mqtt46OrderTest {
    private static final int MESSAGES = 60;

    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-4.5.0-1] [MQTT311-4.5.0-1] a message joins every session with a matching subscription, connected "
                    + "or not, and no other")
    void everyMatchingSession(int version) {
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

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT311-4.6.0-2] [MQTT311-4.6.0-3] [MQTT-4.3.2-4] [MQTT-4.3.3-8] the broker's PUBACKs and PUBRECs are "
                    + "in the order of the PUBLISHes")
    void acknowledgementsAreInOrder(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        for (int qos = 1; qos <= 2; qos++) {
            Packets.Packet[] packets = new Packets.Packet[MESSAGES / 3];
            for (int i = 0; i < packets.length; i++) {
                packets[i] = publish(version, unique("t/"), "x").qos(qos, 100 - i);
            }
            client.send(packets);
            for (int i = 0; i < packets.length; i++) {
                client.expect(qos == 1 ? Frame.PUBACK : Frame.PUBREC, 100 - i);
            }
        }
        for (int i = 0; i < MESSAGES / 3; i++) {
            client.send(pubrel(100 - i));
            client.expect(Frame.PUBCOMP, 100 - i);
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT311-4.6.0-4] [MQTT-4.3.3-4] the broker's PUBRELs are in the order of the PUBRECs")
    void pubrelsAreInOrder(int version) {
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

    @ParameterizedTest(name = "MQTT level {0}, QoS {1}")
    @CsvSource({"4,0", "4,1", "4,2", "5,0", "5,1", "5,2"})
    @DisplayName(
            "[MQTT-4.6.0-5] [MQTT-4.6.0-6] [MQTT311-4.6.0-5] [MQTT311-4.6.0-6] each publisher's messages on a topic "
                    + "arrive in their order, at every QoS, at every subscriber")
    void orderPerPublisherAndTopic(int version, int qos) {
        String topic = unique("order/");
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

    @ParameterizedTest(name = "MQTT level {0}, QoS {1}")
    @CsvSource({"4,1", "4,2", "5,1", "5,2"})
    @DisplayName(
            "[MQTT-4.6.0-5] [MQTT311-4.6.0-6] [MQTT311-4.6.0-1] the order holds over a reconnect: first what was in "
                    + "flight, then what was queued, then what is new")
    void orderOverReconnect(int version, int qos) {
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
