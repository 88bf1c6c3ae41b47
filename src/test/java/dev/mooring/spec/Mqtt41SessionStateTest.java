package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.puback;
import static dev.mooring.spec.Packets.pubcomp;
import static dev.mooring.spec.Packets.pubrec;
import static dev.mooring.spec.Packets.pubrel;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapters 4.1 and 4.2: what a session keeps and for how long; the network. */
class Mqtt41SessionStateTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.1.0-1] [MQTT311-4.1.0-2] a session lives as long as its connection, whatever its expiry")
    void livesWithItsConnection(int version) throws InterruptedException {
        String topic = unique("live/");
        RawClient none = BROKER.online(connect(version, unique("c")));
        RawClient oneSecond = BROKER.online(connect(version, unique("c")).sessionExpiryInterval(1));
        none.subscribe(topic, 1);
        oneSecond.subscribe(topic, 1);
        Thread.sleep(1_600);
        BROKER.online(version, unique("c")).publish(topic, "x", 1);
        none.expectPublish(topic, "x");
        oneSecond.expectPublish(topic, "x");
    }

    @Test
    @DisplayName("[MQTT-4.1.0-2] a session ends when its expiry interval is over, and at once where that is 0")
    void endsAfterItsExpiry() throws InterruptedException {
        String zero = unique("c");
        String absent = unique("c");
        String second = unique("c");
        String minute = unique("c");
        BROKER.online(connect(5, absent)).disconnect();
        BROKER.online(connect(5, zero).sessionExpiryInterval(0)).disconnect();
        BROKER.online(connect(5, second).sessionExpiryInterval(1)).disconnect();
        BROKER.online(connect(5, minute).sessionExpiryInterval(60)).disconnect();
        assertThat(isPresent(zero)).isFalse();
        assertThat(isPresent(absent)).isFalse();
        Thread.sleep(1_900);
        assertThat(isPresent(second)).isFalse();
        assertThat(isPresent(minute)).isTrue();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT311-4.1.0-1] [MQTT-3.1.2-23] [MQTT-4.1.0-1] subscriptions, queue, messages in flight and inbound "
            + "QoS 2 identifiers are kept while the client is away")
    void everythingIsKept(int version) {
        keeps(version, false);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT311-4.1.0-1] [MQTT-3.1.2-23] session state and retained messages outlive a restart of the broker")
    void everythingOutlivesARestart(int version) {
        keeps(version, true);
    }

    private static void keeps(int version, boolean restart) {
        String topic = unique("keep/");
        String id = unique("c");
        RawClient client = BROKER.online(connect(version, id).cleanStart(false).sessionExpiryInterval(600));
        client.subscribe(topic, 2);
        RawClient publisher = BROKER.online(version, unique("c"));
        publisher.publish(topic, "one", 1).publish(topic, "two", 2).publish(topic, "three", 2);
        int one = client.expectPublish(topic, "one").packetId;
        int two = client.expectPublish(topic, "two").packetId;
        int three = client.expectPublish(topic, "three").packetId;
        client.send(pubrec(two));
        client.expect(Frame.PUBREL, two);
        client.send(publish(version, topic + "/in", "in").qos(2, 500));
        client.expect(Frame.PUBREC, 500);
        client.close();
        publisher.publish(topic, "four", 1).publish(publish(version, topic + "/r", "kept").retain(), 1);
        if (restart) {
            BROKER.restart();
        }
        RawClient watcher = BROKER.online(version, unique("c"));
        watcher.subscribe(topic + "/in", 0);
        watcher.subscribe(topic + "/+", 0);
        watcher.expectPublish(topic + "/r", "kept");
        RawClient again = BROKER.online(connect(version, id).cleanStart(false).sessionExpiryInterval(600));
        assertThat(again.connack().sessionPresent).isTrue();
        boolean pubrelSeen = false;
        for (String payload : new String[] {"one", "three", "four"}) {
            Frame frame = again.read();
            if (frame.type == Frame.PUBREL) {
                assertThat(frame.packetId).isEqualTo(two);
                pubrelSeen = true;
                frame = again.read();
            }
            assertThat(frame.payloadText()).isEqualTo(payload);
            assertThat(frame.dup).as("%s is a duplicate", payload).isEqualTo(!payload.equals("four"));
            if (!payload.equals("four")) {
                assertThat(frame.packetId).isEqualTo(payload.equals("one") ? one : three);
            }
            again.send(frame.qos == 1 ? puback(frame.packetId) : pubrec(frame.packetId, version == 5 ? 0x80 : 0));
            if (version == 4 && frame.qos == 2) {
                again.expect(Frame.PUBREL, frame.packetId);
            }
        }
        if (!pubrelSeen) {
            again.expect(Frame.PUBREL, two);
        }
        again.send(pubcomp(two));
        again.ping();
        again.send(publish(version, topic + "/in", "in").qos(2, 500).dup());
        again.expect(Frame.PUBREC, 500);
        again.send(pubrel(500));
        again.expect(Frame.PUBCOMP, 500);
        again.publish(topic + "/end", "end", 1);
        long copies = watcher.readUntil("end").stream().filter(f -> f.payloadText().equals("in")).count();
        // Before the restart nobody was subscribed to "/in"; a broker that routes at PUBREL delivers it now, once.
        assertThat(copies).isLessThanOrEqualTo(1);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.2.0-1] [MQTT311-7.1.1-1] [MQTT311-7.0.0-2] TCP is a stream of bytes: packets come one byte at "
            + "a time or many at once")
    void streamOfBytes(int version) {
        String topic = unique("tcp/");
        RawClient client = BROKER.connect(version);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(connect(version, unique("c")).bytes());
        all.writeBytes(subscribe(version, 1).filter(topic, 1).bytes());
        all.writeBytes(publish(version, topic, "x".repeat(300)).qos(1, 2).bytes());
        for (byte b : all.toByteArray()) {
            client.send(new byte[] {b});
        }
        client.expectConnack(0);
        client.expect(Frame.SUBACK, 1);
        Frame one = client.read();
        Frame other = client.read();
        assertThat(new int[] {one.type, other.type}).containsExactlyInAnyOrder(Frame.PUBACK, Frame.PUBLISH);
        RawClient atOnce = BROKER.connect(version);
        all.reset();
        all.writeBytes(connect(version, unique("c")).bytes());
        all.writeBytes(subscribe(version, 1).filter(topic, 1).bytes());
        for (int i = 0; i < 50; i++) {
            all.writeBytes(publish(version, topic, "m" + i).bytes());
        }
        atOnce.send(all.toByteArray());
        atOnce.expectConnack(0);
        atOnce.expect(Frame.SUBACK, 1);
        for (int i = 0; i < 50; i++) {
            atOnce.expectPublish(topic, "m" + i);
        }
    }

    private static boolean isPresent(String id) {
        RawClient client = BROKER.online(connect(5, id).cleanStart(false));
        boolean present = client.connack().sessionPresent;
        client.close();
        return present;
    }
}
