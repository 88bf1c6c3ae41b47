package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.pubrel;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 4.3: a client's PUBLISH or PUBREL that comes again, and packet identifiers that are used again. */
class Mqtt43DuplicatesTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.3.3-10] a QoS 2 PUBLISH that comes again before PUBREL is acknowledged again and "
            + "delivered once")
    void duplicateBeforePubrel(int version) {
        String topic = unique("t/");
        RawClient watcher = BROKER.online(version, unique("w"));
        watcher.subscribe(topic, 2);
        RawClient client = BROKER.online(version, unique("c"));
        client.send(publish(version, topic, "x").qos(2, 5)).expect(Frame.PUBREC, 5);
        client.send(publish(version, topic, "x").qos(2, 5).dup()).expect(Frame.PUBREC, 5);
        client.send(
                publish(version, topic, "x").qos(2, 5).dup(),
                publish(version, topic, "x").qos(2, 5).dup());
        client.expect(Frame.PUBREC, 5);
        client.expect(Frame.PUBREC, 5);
        client.send(pubrel(5)).expect(Frame.PUBCOMP, 5);
        client.publish(topic, "marker", 2);
        watcher.expectPublish(topic, "x");
        watcher.expectPublish(topic, "marker");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.3.3-10] both copies of a QoS 2 PUBLISH in one burst are acknowledged, and one delivered")
    void duplicateInOneBurst(int version) {
        String topic = unique("t/");
        RawClient watcher = BROKER.online(version, unique("w"));
        watcher.subscribe(topic, 2);
        RawClient client = BROKER.online(version, unique("c"));
        client.send(
                publish(version, topic, "x").qos(2, 5),
                publish(version, topic, "x").qos(2, 5).dup(),
                publish(version, topic, "y").qos(2, 6));
        client.expect(Frame.PUBREC, 5);
        client.expect(Frame.PUBREC, 5);
        client.expect(Frame.PUBREC, 6);
        client.send(pubrel(5), pubrel(6)).expect(Frame.PUBCOMP, 5);
        client.expect(Frame.PUBCOMP, 6);
        watcher.expectPublish(topic, "x");
        watcher.expectPublish(topic, "y");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.3.3-12] after PUBCOMP the same packet identifier is a new message, whatever its DUP says")
    void reuseAfterPubcomp(int version) {
        String topic = unique("t/");
        RawClient watcher = BROKER.online(version, unique("w"));
        watcher.subscribe(topic, 0);
        RawClient client = BROKER.online(version, unique("c"));
        for (int i = 0; i < 4; i++) {
            Packets.Publish next = publish(version, topic, "m" + i).qos(2, 5);
            client.send(i % 2 == 0 ? next : next.dup()).expect(Frame.PUBREC, 5);
            client.send(pubrel(5)).expect(Frame.PUBCOMP, 5);
            watcher.expectPublish(topic, "m" + i);
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.3.2-5] after PUBACK the same packet identifier is a new message, whatever its DUP says")
    void reuseAfterPuback(int version) {
        String topic = unique("t/");
        RawClient watcher = BROKER.online(version, unique("w"));
        watcher.subscribe(topic, 0);
        RawClient client = BROKER.online(version, unique("c"));
        for (int i = 0; i < 4; i++) {
            Packets.Publish next = publish(version, topic, "m" + i).qos(1, 5);
            client.send(i % 2 == 0 ? next : next.dup()).expect(Frame.PUBACK, 5);
            watcher.expectPublish(topic, "m" + i);
        }
    }

    @ParameterizedTest(name = "MQTT level {0}, {1}")
    @CsvSource({"4, reconnect", "5, reconnect", "4, restart", "5, restart", "4, take over", "5, take over"})
    @DisplayName("[MQTT-4.3.3-10] a QoS 2 PUBLISH that comes again on another connection is acknowledged again and "
            + "delivered once")
    void duplicateOverReconnect(int version, String how) {
        String topic = unique("t/");
        String id = unique("c");
        String watcherId = unique("w");
        RawClient watcher = BROKER.online(persistent(version, watcherId));
        watcher.subscribe(topic, 2);
        watcher.disconnect();
        RawClient client = BROKER.online(persistent(version, id));
        client.send(publish(version, topic, "half").qos(2, 5)).expect(Frame.PUBREC, 5);
        RawClient again = connectedAgain(client, persistent(version, id), how);
        again.send(publish(version, topic, "half").qos(2, 5).dup()).expect(Frame.PUBREC, 5);
        again.send(pubrel(5)).expect(Frame.PUBCOMP, 5);
        again.publish(topic, "marker", 2);
        RawClient back = BROKER.online(persistent(version, watcherId));
        back.expectPublish(topic, "half");
        back.expectPublish(topic, "marker");
    }

    @ParameterizedTest(name = "MQTT level {0}, {1}")
    @CsvSource({"4, reconnect", "5, reconnect", "4, restart", "5, restart", "4, take over", "5, take over"})
    @DisplayName("[MQTT-4.3.3-11] PUBREL on another connection is answered by PUBCOMP, the first one and another")
    void pubrelOverReconnect(int version, String how) {
        String id = unique("c");
        RawClient client = BROKER.online(persistent(version, id));
        client.send(publish(version, unique("t/"), "done").qos(2, 6)).expect(Frame.PUBREC, 6);
        client.send(pubrel(6)).expect(Frame.PUBCOMP, 6);
        client.send(publish(version, unique("t/"), "half").qos(2, 5)).expect(Frame.PUBREC, 5);
        RawClient again = connectedAgain(client, persistent(version, id), how);
        again.send(pubrel(6)).expect(Frame.PUBCOMP, 6); // as if its PUBCOMP had been lost
        assertThat(again.send(pubrel(5)).expect(Frame.PUBCOMP, 5).reasonCode).isZero();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.3.3-12] a new session knows nothing of the identifiers of the old one")
    void cleanStartForgetsIdentifiers(int version) {
        String topic = unique("t/");
        String id = unique("c");
        RawClient watcher = BROKER.online(version, unique("w"));
        watcher.subscribe(topic, 0);
        RawClient client = BROKER.online(persistent(version, id));
        client.send(publish(version, topic, "old").qos(2, 5)).expect(Frame.PUBREC, 5);
        client.close();
        RawClient again = BROKER.online(persistent(version, id).cleanStart(true));
        again.send(publish(version, topic, "new").qos(2, 5)).expect(Frame.PUBREC, 5);
        again.send(pubrel(5)).expect(Frame.PUBCOMP, 5);
        watcher.expectPublish(topic, "old");
        watcher.expectPublish(topic, "new");
    }

    /** After the end of the connection, or of the broker, or while the old connection is open. */
    private static RawClient connectedAgain(RawClient client, Packets.Connect connect, String how) {
        if (how.equals("restart")) {
            BROKER.restart();
        } else if (how.equals("reconnect")) {
            client.close();
        }
        RawClient again = BROKER.online(connect);
        assertThat(again.connack().sessionPresent).isTrue();
        return again;
    }

    private static Packets.Connect persistent(int version, String id) {
        return connect(version, id).cleanStart(false).sessionExpiryInterval(60);
    }
}
