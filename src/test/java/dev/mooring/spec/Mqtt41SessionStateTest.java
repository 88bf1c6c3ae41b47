package dev.mooring.spec;

import static dev.mooring.spec.Packets.Subscribe.NO_LOCAL;
import static dev.mooring.spec.Packets.Subscribe.RETAIN_AS_PUBLISHED;
import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.puback;
import static dev.mooring.spec.Packets.pubcomp;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.pubrec;
import static dev.mooring.spec.Packets.pubrel;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.RawClient.hex;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapters 4.1 and 4.2: what a session keeps and for how long; the network. */
class Mqtt41SessionStateTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-4.1.0-1] a session lives as long as its connection, whatever its expiry")
    void livesWithItsConnection() {
        livesWithItsConnection(5);
    }

    @Test
    @DisplayName("[MQTT311-4.1.0-2] a session lives as long as its connection")
    void livesWithItsConnectionOf311() {
        livesWithItsConnection(4);
    }

    private static void livesWithItsConnection(int version) {
        String topic = unique("live/");
        RawClient none = BROKER.online(connect(version, unique("c")));
        RawClient oneSecond = BROKER.online(connect(version, unique("c")).sessionExpiryInterval(1));
        none.subscribe(topic, 1);
        oneSecond.subscribe(topic, 1);
        BROKER.untilASecondIsOver();
        BROKER.online(version, unique("c")).publish(topic, "x", 1);
        none.expectPublish(topic, "x");
        oneSecond.expectPublish(topic, "x");
    }

    @Test
    @DisplayName("[MQTT-4.1.0-2] a session ends when its expiry interval is over, and at once where that is 0")
    void endsAfterItsExpiry() {
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
        BROKER.untilASecondIsOver();
        assertThat(isPresent(second)).isFalse();
        assertThat(isPresent(minute)).isTrue();
    }

    @Test
    @DisplayName("[MQTT-3.1.2-23] subscriptions, queue, messages in flight and inbound QoS 2 "
            + "identifiers are kept while the client is away")
    void everythingIsKept() {
        everythingIsKept(5);
    }

    @Test
    @DisplayName("[MQTT311-4.1.0-1] subscriptions, queue, messages in flight and inbound QoS 2 "
            + "identifiers are kept while the client is away")
    void everythingIsKeptOf311() {
        everythingIsKept(4);
    }

    private static void everythingIsKept(int version) {
        keeps(version, false);
    }

    @Test
    @DisplayName("[MQTT-3.1.2-23] session state and retained messages outlive a restart of the broker")
    void everythingOutlivesARestart() {
        everythingOutlivesARestart(5);
    }

    @Test
    @DisplayName("[MQTT311-4.1.0-1] session state and retained messages outlive a restart of the broker")
    void everythingOutlivesARestartOf311() {
        everythingOutlivesARestart(4);
    }

    private static void everythingOutlivesARestart(int version) {
        keeps(version, true);
    }

    @Test
    @DisplayName("[MQTT-3.1.2-23] subscriptions outlive a restart with all that was said about them: QoS, "
            + "No Local, Retain As Published, identifier, share name")
    void subscriptionOptionsOutliveARestart() {
        String topic = unique("opt/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(5, id));
        client.send(subscribe(5, 1)
                .filter(topic + "/a", 1 | NO_LOCAL | RETAIN_AS_PUBLISHED)
                .filter("$share/g/" + topic + "/b", 2)
                .properties(new Props().subscriptionIdentifier(300)));
        assertThat(client.expect(Frame.SUBACK, 1).reasonCodes).containsExactly(1, 2);
        client.subscribe(topic + "/+", 0);
        client.send(Packets.unsubscribe(5, 2).filter(topic + "/+"));
        client.expect(Frame.UNSUBACK, 2);
        BROKER.restart();
        RawClient again = BROKER.online(persistent(5, id));
        assertThat(again.connack().sessionPresent).isTrue();
        again.publish(topic + "/a", "own", 0).publish(topic + "/c", "unsubscribed", 0);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.publish(publish(5, topic + "/a", "foreign").retain(), 2);
        Frame foreign = again.expectPublish(topic + "/a", "foreign");
        assertThat(foreign.qos).isEqualTo(1);
        assertThat(foreign.retain).isTrue();
        assertThat(foreign.props.all(Props.SUBSCRIPTION_IDENTIFIER)).containsExactly(300L);
        publisher.publish(topic + "/b", "shared", 2);
        Frame shared = again.expectPublish(topic + "/b", "shared");
        assertThat(shared.qos).isEqualTo(2);
        assertThat(shared.props.all(Props.SUBSCRIPTION_IDENTIFIER)).containsExactly(300L);
    }

    private static void keeps(int version, boolean restart) {
        String topic = unique("keep/");
        String id = unique("c");
        String watcherId = unique("w");
        RawClient watcher = BROKER.online(persistent(version, watcherId));
        watcher.subscribe(topic + "/in", 1);
        RawClient client = BROKER.online(persistent(version, id));
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
        client.disconnect();
        publisher
                .publish(topic, "four", 1)
                .publish(publish(version, topic + "/r", "kept").retain(), 1);
        watcher.send(Packets.disconnect());
        while (!watcher.ended()) {
            watcher.read(1_000); // a broker that routes at PUBLISH has sent "in" already
        }
        if (restart) {
            BROKER.restart();
        }
        RawClient again = BROKER.online(persistent(version, id));
        assertThat(again.connack().sessionPresent).isTrue();
        List<Frame> frames = List.of(again.read(), again.read(), again.read(), again.read());
        assertThat(frames.stream().filter(f -> f.type == Frame.PUBREL).map(f -> f.packetId))
                .containsExactly(two);
        List<Frame> publishes =
                frames.stream().filter(f -> f.type == Frame.PUBLISH).toList();
        assertThat(publishes).extracting(Frame::payloadText).containsExactly("one", "three", "four");
        assertThat(publishes).extracting(f -> f.dup).containsExactly(true, true, false);
        assertThat(publishes.get(0).packetId).isEqualTo(one);
        assertThat(publishes.get(1).packetId).isEqualTo(three);
        again.send(puback(one), pubcomp(two), pubrec(three), puback(publishes.get(2).packetId));
        again.expect(Frame.PUBREL, three);
        again.send(pubcomp(three));
        again.send(publish(version, topic + "/in", "in").qos(2, 500).dup());
        again.expect(Frame.PUBREC, 500);
        again.send(pubrel(500));
        again.expect(Frame.PUBCOMP, 500);
        again.publish(topic + "/in", "end", 1);
        RawClient watching = BROKER.online(persistent(version, watcherId));
        watching.expectPublish(topic + "/in", "in");
        watching.expectPublish(topic + "/in", "end");
        watching.subscribe(topic + "/r", 0);
        watching.expectPublish(topic + "/r", "kept");
    }

    @Test
    @DisplayName("[MQTT-4.2.0-1] TCP is a stream of bytes: packets come one byte at a time or many at " + "once")
    void streamOfBytes() {
        streamOfBytes(5);
    }

    @Test
    @DisplayName("[MQTT311-7.1.1-1] TCP is a stream of bytes: packets come one byte at a time or many " + "at once")
    void streamOfBytesOf311() {
        streamOfBytes(4);
    }

    private static void streamOfBytes(int version) {
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

    @Test
    @DisplayName("[MQTT311-7.0.0-2] a client that sends what the standard has, and nothing else, gets just that")
    void noExtensionIsNeeded() {
        String topic = unique("plain/");
        RawClient client = BROKER.connect(4);
        client.send(connect(4, unique("c")));
        assertThat(hex(client.expectConnack(0).bytes)).isEqualTo("20 02 00 00");
        client.send(subscribe(4, 1).filter(topic, 2));
        assertThat(hex(client.expect(Frame.SUBACK).bytes)).isEqualTo("90 03 00 01 02");
        RawClient publisher = BROKER.online(4, unique("c"));
        publisher.publish(topic, "zero", 0).publish(topic, "one", 1).publish(topic, "two", 2);
        client.expectPublish(topic, "zero");
        client.send(puback(client.expectPublish(topic, "one").packetId));
        int two = client.expectPublish(topic, "two").packetId;
        client.send(pubrec(two)).expect(Frame.PUBREL, two);
        client.send(pubcomp(two));
        client.send(Packets.unsubscribe(4, 2).filter(topic));
        assertThat(hex(client.expect(Frame.UNSUBACK).bytes)).isEqualTo("B0 02 00 02");
        client.send(Packets.pingreq());
        assertThat(hex(client.expect(Frame.PINGRESP).bytes)).isEqualTo("D0 00");
        client.disconnect();
    }

    private static Packets.Connect persistent(int version, String id) {
        return connect(version, id).cleanStart(false).sessionExpiryInterval(600);
    }

    private static boolean isPresent(String id) {
        RawClient client = BROKER.online(connect(5, id).cleanStart(false));
        boolean present = client.connack().sessionPresent;
        client.close();
        return present;
    }
}
