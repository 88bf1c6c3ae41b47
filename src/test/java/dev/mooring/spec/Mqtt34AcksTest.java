package dev.mooring.spec;

import static dev.mooring.spec.Packets.ack;
import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.puback;
import static dev.mooring.spec.Packets.pubcomp;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.pubrec;
import static dev.mooring.spec.Packets.pubrel;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapters 3.4 to 3.7: PUBACK, PUBREC, PUBREL and PUBCOMP, in both directions. */
class Mqtt34AcksTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName("[MQTT-3.4.2-1] the server's PUBACK has the packet identifier and a code of its table; 3.1.1: "
            + "two bytes and no more")
    void qos1Inbound(int version) {
        String topic = unique("t/");
        RawClient watcher = BROKER.online(version, unique("w"));
        watcher.subscribe(topic, 0);
        RawClient client = BROKER.online(version, unique("c"));
        Frame frame = client.send(publish(version, topic, "x").qos(1, 0x1234)).expect(Frame.PUBACK, 0x1234);
        assertThat(frame.reasonCode).isZero();
        if (version < 5) {
            assertThat(frame.bytes).containsExactly(0x40, 2, 0x12, 0x34);
        }
        watcher.expectPublish(topic, "x");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName("[MQTT-3.5.2-1] [MQTT-3.7.2-1] QoS 2 inbound: PUBLISH, PUBREC, PUBREL, PUBCOMP; the message is "
            + "delivered once")
    void qos2Inbound(int version) {
        String topic = unique("t/");
        RawClient watcher = BROKER.online(version, unique("w"));
        watcher.subscribe(topic, 0);
        RawClient client = BROKER.online(version, unique("c"));
        Frame rec = client.send(publish(version, topic, "x").qos(2, 0x1234)).expect(Frame.PUBREC, 0x1234);
        Frame comp = client.send(pubrel(0x1234)).expect(Frame.PUBCOMP, 0x1234);
        assertThat(rec.reasonCode).isZero();
        assertThat(comp.reasonCode).isZero();
        if (version < 5) {
            assertThat(rec.bytes).containsExactly(0x50, 2, 0x12, 0x34);
            assertThat(comp.bytes).containsExactly(0x70, 2, 0x12, 0x34);
        }
        watcher.expectPublish(topic, "x");
        watcher.publish(topic, "marker", 0).expectPublish(topic, "marker");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName("[MQTT-3.6.1-1] [MQTT-3.6.2-1] [MQTT311-3.6.1-1] QoS 2 outbound: PUBLISH, PUBREC, PUBREL with "
            + "flags 0010, PUBCOMP, then nothing")
    void qos2Outbound(int version) {
        String topic = unique("t/");
        RawClient client = BROKER.online(version, unique("c"));
        client.subscribe(topic, 2);
        BROKER.online(version, unique("p")).publish(topic, "x", 2);
        Frame frame = client.expectPublish(topic, "x");
        assertThat(frame.qos).isEqualTo(2);
        Frame rel = client.send(pubrec(frame.packetId)).expect(Frame.PUBREL, frame.packetId);
        assertThat(rel.bytes[0]).isEqualTo((byte) 0x62);
        assertThat(rel.reasonCode).isZero();
        client.send(pubcomp(frame.packetId)).ping().expectNothing(50);
    }

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
    @DisplayName("[MQTT-4.3.3-10] [MQTT-4.3.3-11] what a session has received at QoS 2 is remembered over "
            + "reconnect, take-over and restart: no duplicate")
    void qos2InboundOverReconnect(int version, String how) {
        String topic = unique("t/");
        String id = unique("c");
        String watcherId = unique("w");
        RawClient watcher = BROKER.online(persistent(version, watcherId));
        watcher.subscribe(topic, 2);
        watcher.disconnect();
        RawClient client = BROKER.online(persistent(version, id));
        client.send(publish(version, topic, "done").qos(2, 6)).expect(Frame.PUBREC, 6);
        client.send(pubrel(6)).expect(Frame.PUBCOMP, 6);
        client.send(publish(version, topic, "half").qos(2, 5)).expect(Frame.PUBREC, 5);
        if (how.equals("restart")) {
            BROKER.restart();
        } else if (how.equals("reconnect")) {
            client.close();
        }
        RawClient again = BROKER.online(persistent(version, id));
        assertThat(again.connack().sessionPresent).isTrue();
        again.send(pubrel(6)).expect(Frame.PUBCOMP, 6); // as if its PUBCOMP had been lost
        again.send(publish(version, topic, "half").qos(2, 5).dup()).expect(Frame.PUBREC, 5);
        again.send(pubrel(5)).expect(Frame.PUBCOMP, 5);
        again.publish(topic, "marker", 2);
        RawClient back = BROKER.online(persistent(version, watcherId));
        back.expectPublish(topic, "done");
        back.expectPublish(topic, "half");
        back.expectPublish(topic, "marker");
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

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.7.2-1] [MQTT-4.3.3-11] PUBREL for an unknown packet identifier is answered by PUBCOMP, "
            + "in 5.0 with 0x92")
    void unknownPubrel(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        Frame comp = client.send(pubrel(4_321)).expect(Frame.PUBCOMP, 4_321);
        assertThat(comp.reasonCode).isEqualTo(version == 5 ? 0x92 : 0);
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-3.6.2-1] PUBREC for an unknown packet identifier is answered by PUBREL with 0x92")
    void unknownPubrec() {
        RawClient client = BROKER.online(5, unique("c"));
        assertThat(client.send(pubrec(4_321)).expect(Frame.PUBREL, 4_321).reasonCode)
                .isEqualTo(0x92);
        client.ping();
        client.send(pubrec(4_321, 0x80)).ping(); // an error is not answered
    }

    @ParameterizedTest(name = "MQTT level {0}: {1}")
    @CsvSource({"4, 40", "4, 70", "5, 40", "5, 70"})
    @DisplayName("[MQTT-3.4.2-1] [MQTT-3.7.2-1] PUBACK and PUBCOMP for unknown identifiers are ignored or a "
            + "protocol error, and harm nobody else")
    void unknownAcks(int version, String byte1) {
        String topic = unique("t/");
        RawClient watcher = BROKER.online(version, unique("w"));
        watcher.subscribe(topic, 1);
        RawClient client = BROKER.online(version, unique("c"));
        client.send(ack(Integer.parseInt(byte1, 16), 4_321), Packets.pingreq());
        Frame frame = client.read(5_000);
        if (frame != null && frame.type == Frame.DISCONNECT) {
            assertThat(frame.reasonCode).isEqualTo(0x82);
        } else if (frame != null) {
            assertThat(frame.type).isEqualTo(Frame.PINGRESP);
        } else {
            assertThat(version).isEqualTo(4);
            client.expectClosed();
        }
        watcher.publish(topic, "x", 0).expectPublish(topic, "x");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.3.3-4] [MQTT-4.3.3-6] a PUBREC that comes again is answered by PUBREL again; PUBLISH "
            + "doesn't come back")
    void repeatedPubrec(int version) {
        String topic = unique("t/");
        RawClient client = BROKER.online(version, unique("c"));
        client.subscribe(topic, 2);
        BROKER.online(5, unique("p")).publish(topic, "x", 2);
        int id = client.expectPublish(topic, "x").packetId;
        client.send(pubrec(id)).expect(Frame.PUBREL, id);
        client.send(pubrec(id)).expect(Frame.PUBREL, id);
        client.send(pubcomp(id)).ping();
    }

    @ParameterizedTest(name = "{0} with reason {1}")
    @CsvSource({"50, 80", "50, 83", "50, 87", "50, 90", "50, 91", "50, 97", "50, 99", "40, 80", "40, 87", "40, 97"})
    @DisplayName("[MQTT-4.4.0-2] [MQTT-3.4.2-1] [MQTT-3.5.2-1] PUBACK or PUBREC with an error ends the delivery: "
            + "no PUBREL, no redelivery")
    void refusedDelivery(String byte1, String reason) {
        String topic = unique("t/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(5, id));
        boolean qos2 = byte1.equals("50");
        client.subscribe(topic, 2);
        BROKER.online(5, unique("p")).publish(topic, "x", qos2 ? 2 : 1);
        int packetId = client.expectPublish(topic, "x").packetId;
        client.send(ack(Integer.parseInt(byte1, 16), packetId, Integer.parseInt(reason, 16)));
        client.ping().disconnect();
        BROKER.online(persistent(5, id)).ping().expectNothing(30);
    }

    @Test
    @DisplayName("[MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1] acknowledgements in their short and "
            + "long forms are understood")
    void forms() {
        String topic = unique("t/");
        RawClient client = BROKER.online(connect(5, unique("c")).properties(props().receiveMaximum(1)));
        client.subscribe(topic, 2);
        Props full = props().reasonString("because").userProperty("a", "b").userProperty("a", "b");
        RawClient publisher = BROKER.online(5, unique("p"));
        for (int form = 0; form < 4; form++) {
            publisher.publish(topic, "one", 1);
            client.send(inForm(form, 0x40, client.expectPublish(topic, "one").packetId, full));
            publisher.publish(topic, "two", 2);
            int id = client.expectPublish(topic, "two").packetId;
            client.send(inForm(form, 0x50, id, full)).expect(Frame.PUBREL, id);
            client.send(inForm(form, 0x70, id, full)).ping();
            client.send(publish(5, unique("other/"), "x").qos(2, 9)).expect(Frame.PUBREC, 9);
            assertThat(client.send(inForm(form, 0x62, 9, full)).expect(Frame.PUBCOMP, 9).reasonCode)
                    .isZero();
        }
        int id = publishAndTake(publisher, client, topic);
        client.send(puback(id, 0x10)).ping(); // No matching subscribers is a success
    }

    @Test
    @DisplayName("[MQTT-4.3.3-13] QoS 2 goes on to its end although the message has expired meanwhile")
    void qos2GoesOnAfterExpiry() {
        String topic = unique("t/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(5, id));
        client.subscribe(topic, 2);
        RawClient publisher = BROKER.online(5, unique("p"));
        publisher.publish(publish(5, topic, "x").properties(props().messageExpiryInterval(1)), 2);
        int packetId = client.expectPublish(topic, "x").packetId;
        client.send(publish(5, unique("o/"), "y").qos(2, 3).properties(props().messageExpiryInterval(1)));
        client.expect(Frame.PUBREC, 3);
        client.expectNothing(1_300);
        client.send(pubrel(3));
        assertThat(client.expect(Frame.PUBCOMP, 3).reasonCode).isZero();
        client.send(pubrec(packetId));
        assertThat(client.expect(Frame.PUBREL, packetId).reasonCode).isZero();
        client.send(pubcomp(packetId)).ping();
    }

    private static int publishAndTake(RawClient publisher, RawClient client, String topic) {
        publisher.publish(topic, "x", 1);
        return client.expectPublish(topic, "x").packetId;
    }

    /** Without code, with code, with code and no properties, with properties. */
    private static Packets.Packet inForm(int form, int byte1, int packetId, Props properties) {
        return switch (form) {
            case 0 -> ack(byte1, packetId);
            case 1 -> ack(byte1, packetId, 0);
            case 2 -> ack(byte1, packetId, 0, props());
            default -> ack(byte1, packetId, 0, properties);
        };
    }

    private static Packets.Connect persistent(int version, String id) {
        return connect(version, id).cleanStart(false).sessionExpiryInterval(60);
    }
}
