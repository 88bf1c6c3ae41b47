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

import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
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
    @DisplayName("[MQTT-3.5.2-1] the server's PUBREC has the packet identifier and a code of its table; 3.1.1: "
            + "two bytes and no more")
    void pubrecOfServer(int version) {
        String topic = unique("t/");
        RawClient watcher = BROKER.online(version, unique("w"));
        watcher.subscribe(topic, 0);
        RawClient client = BROKER.online(version, unique("c"));
        Frame rec = client.send(publish(version, topic, "x").qos(2, 0x1234)).expect(Frame.PUBREC, 0x1234);
        assertThat(rec.reasonCode).isZero();
        assertThat(version == 5 || rec.bytes.length == 4).isTrue();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName("[MQTT-3.7.2-1] the server's PUBCOMP has the packet identifier and a code of its table; 3.1.1: "
            + "two bytes and no more")
    void pubcompOfServer(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        client.send(publish(version, unique("t/"), "x").qos(2, 0x1234)).expect(Frame.PUBREC, 0x1234);
        Frame comp = client.send(pubrel(0x1234)).expect(Frame.PUBCOMP, 0x1234);
        assertThat(comp.reasonCode).isZero();
        assertThat(version == 5 || comp.bytes.length == 4).isTrue();
    }

    @Test
    @DisplayName("[MQTT-3.6.1-1] the server's PUBREL has the flags 0010")
    void pubrelFlags() {
        assertThat(pubrelOfServer(5).bytes[0]).isEqualTo((byte) 0x62);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.6.1-1] the server's PUBREL has the flags 0010: 3.1.1")
    void pubrelFlagsOf311(int version) {
        assertThat(pubrelOfServer(version).bytes[0]).isEqualTo((byte) 0x62);
    }

    @Test
    @DisplayName("[MQTT-3.6.2-1] the server's PUBREL has a code of its table: success")
    void pubrelCode() {
        assertThat(pubrelOfServer(5).reasonCode).isZero();
    }

    /** The PUBREL of a QoS 2 message that goes out and is completed. */
    private static Frame pubrelOfServer(int version) {
        String topic = unique("t/");
        RawClient client = BROKER.online(version, unique("c"));
        client.subscribe(topic, 2);
        BROKER.online(version, unique("p")).publish(topic, "x", 2);
        int id = client.expectPublish(topic, "x").packetId;
        Frame rel = client.send(pubrec(id)).expect(Frame.PUBREL, id);
        client.send(pubcomp(id)).ping();
        return rel;
    }

    @Test
    @DisplayName("[MQTT-3.7.2-1] PUBCOMP for an unknown packet identifier has the code 0x92")
    void unknownPubrelCode() {
        RawClient client = BROKER.online(5, unique("c")).send(pubrel(4_321));
        assertThat(client.expect(Frame.PUBCOMP).reasonCode).isEqualTo(0x92);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.3.3-11] PUBREL for an unknown packet identifier is answered by PUBCOMP with it")
    void unknownPubrel(int version) {
        RawClient client = BROKER.online(version, unique("c")).send(pubrel(4_321));
        client.expect(Frame.PUBCOMP, 4_321);
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

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.3.2-3] PUBACK for another packet identifier is passed over and acknowledges nothing")
    void unknownPuback(int version) {
        String id = unique("c");
        RawClient client = BROKER.online(persistent(version, id));
        int packetId = received(client, unique("t/"), 1);
        client.send(puback(packetId + 1), pubcomp(packetId + 1)).ping().close();
        RawClient again = BROKER.online(persistent(version, id));
        assertThat(again.expect(Frame.PUBLISH, packetId).dup).isTrue();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.3.3-5] PUBCOMP for another packet identifier is passed over and completes nothing")
    void unknownPubcomp(int version) {
        String id = unique("c");
        RawClient client = BROKER.online(persistent(version, id));
        int packetId = received(client, unique("t/"), 2);
        client.send(pubrec(packetId)).expect(Frame.PUBREL, packetId);
        client.send(pubcomp(packetId + 1), puback(packetId + 1)).ping().close();
        RawClient again = BROKER.online(persistent(version, id));
        again.expect(Frame.PUBREL, packetId);
    }

    @ParameterizedTest(name = "QoS {0}: PUBREC {1}, then {2}")
    @MethodSource("wrongAcknowledgements")
    @DisplayName("[MQTT-4.13.1-1] an acknowledgement that its PUBLISH is not to be answered by is a protocol error, "
            + "and acknowledges nothing")
    void wrongAcknowledgement(int qos, boolean received, String type) {
        RawClient again = afterWrongAcknowledgement(5, qos, received, type);
        again.expect(received ? Frame.PUBREL : Frame.PUBLISH);
    }

    @ParameterizedTest(name = "QoS {0}: PUBREC {1}, then {2}")
    @MethodSource("wrongAcknowledgements")
    @DisplayName("[MQTT311-4.8.0-1] an acknowledgement that its PUBLISH is not to be answered by ends the connection, "
            + "and acknowledges nothing")
    void wrongAcknowledgementOf311(int qos, boolean received, String type) {
        RawClient again = afterWrongAcknowledgement(4, qos, received, type);
        again.expect(received ? Frame.PUBREL : Frame.PUBLISH);
    }

    private static Stream<Arguments> wrongAcknowledgements() {
        return Stream.of(
                Arguments.of(1, false, "PUBREC"),
                Arguments.of(1, false, "PUBCOMP"),
                Arguments.of(2, false, "PUBACK"),
                Arguments.of(2, false, "PUBCOMP"),
                Arguments.of(2, true, "PUBACK"));
    }

    /** The next connection. */
    private static RawClient afterWrongAcknowledgement(int version, int qos, boolean received, String type) {
        String id = unique("c");
        RawClient client = BROKER.online(persistent(version, id));
        int packetId = received(client, unique("t/"), qos);
        if (received) {
            client.send(pubrec(packetId)).expect(Frame.PUBREL, packetId);
        }
        switch (type) {
            case "PUBACK" -> client.send(puback(packetId));
            case "PUBREC" -> client.send(pubrec(packetId));
            default -> client.send(pubcomp(packetId));
        }
        client.expectDisconnect(0x82);
        return BROKER.online(persistent(version, id));
    }

    @Test
    @DisplayName("[MQTT-4.4.0-1] PUBREC for a PUBLISH that is still to be sent again on this connection completes "
            + "nothing: it comes, and then once")
    void pubrecBeforeRedelivery() {
        String id = unique("c");
        String topic = unique("t/");
        RawClient client = BROKER.online(persistent(5, id));
        client.subscribe(topic, 2);
        BROKER.online(5, unique("p")).publish(topic, "1", 2).publish(topic, "2", 2);
        int first = client.expectPublish(topic, "1").packetId;
        int second = client.expectPublish(topic, "2").packetId;
        client.close();
        RawClient again = BROKER.online(connect(5, id)
                .cleanStart(false)
                .properties(props().sessionExpiryInterval(60).receiveMaximum(1)));
        again.expect(Frame.PUBLISH, first);
        again.send(pubrec(second)).ping();
        again.send(pubrec(first)).expect(Frame.PUBREL, first);
        again.send(pubcomp(first));
        assertThat(again.expect(Frame.PUBLISH, second).dup).isTrue();
        assertThat(again.send(pubrec(second)).expect(Frame.PUBREL, second).reasonCode)
                .isZero();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.3.3-4] a PUBREC that comes again is answered by PUBREL again")
    void repeatedPubrec(int version) {
        String topic = unique("t/");
        RawClient client = BROKER.online(version, unique("c"));
        int id = received(client, topic, 2);
        client.send(pubrec(id)).expect(Frame.PUBREL, id);
        client.send(pubrec(id)).expect(Frame.PUBREL, id);
        client.send(pubcomp(id)).ping();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.3.3-6] after PUBREC the PUBLISH doesn't come back, on this connection or the next")
    void noPublishAfterPubrec(int version) {
        String id = unique("c");
        RawClient client = BROKER.online(persistent(version, id));
        int packetId = received(client, unique("t/"), 2);
        client.send(pubrec(packetId)).expect(Frame.PUBREL, packetId);
        client.ping().close();
        RawClient again = BROKER.online(persistent(version, id));
        again.expect(Frame.PUBREL, packetId);
        again.ping();
    }

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {1, 2})
    @DisplayName("[MQTT-4.4.0-2] what PUBACK or PUBREC refuses is not sent again")
    void refusedDelivery(int qos) {
        String id = unique("c");
        RawClient client = BROKER.online(persistent(5, id));
        int packetId = received(client, unique("t/"), qos);
        client.send(ack(qos == 1 ? 0x40 : 0x50, packetId, 0x80)).ping().disconnect();
        BROKER.online(persistent(5, id)).ping().expectNothing(30);
    }

    @ParameterizedTest(name = "0x{0}")
    @ValueSource(strings = {"10", "80", "83", "87", "90", "91", "97", "99"})
    @DisplayName("[MQTT-3.4.2-1] PUBACK is understood with every code of its table, and completes the delivery")
    void pubackCodes(String reason) {
        String topic = unique("t/");
        RawClient client = oneAtATime();
        int id = received(client, topic, 1);
        client.send(puback(id, Integer.parseInt(reason, 16)));
        received(client, topic, 1);
    }

    @ParameterizedTest(name = "0x{0}")
    @ValueSource(strings = {"80", "83", "87", "90", "91", "97", "99"})
    @DisplayName("[MQTT-3.5.2-1] PUBREC is understood with every error of its table, and ends the delivery")
    void pubrecCodes(String reason) {
        String topic = unique("t/");
        RawClient client = oneAtATime();
        int id = received(client, topic, 2);
        client.send(pubrec(id, Integer.parseInt(reason, 16)));
        received(client, topic, 2); // no PUBREL before it
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Form.class)
    @DisplayName("[MQTT-3.4.2-1] PUBACK is understood in its short and long forms")
    void pubackForms(Form form) {
        RawClient client = oneAtATime();
        String topic = unique("t/");
        client.send(form.of(0x40, received(client, topic, 1)));
        received(client, topic, 1);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Form.class)
    @DisplayName("[MQTT-3.5.2-1] PUBREC is understood in its short and long forms")
    void pubrecForms(Form form) {
        RawClient client = oneAtATime();
        int id = received(client, unique("t/"), 2);
        client.send(form.of(0x50, id)).expect(Frame.PUBREL, id);
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Form.class)
    @DisplayName("[MQTT-3.6.2-1] PUBREL is understood in its short and long forms")
    void pubrelForms(Form form) {
        RawClient client = BROKER.online(5, unique("c"));
        client.send(publish(5, unique("t/"), "x").qos(2, 9)).expect(Frame.PUBREC, 9);
        assertThat(client.send(form.of(0x62, 9)).expect(Frame.PUBCOMP, 9).reasonCode)
                .isZero();
    }

    @ParameterizedTest(name = "{0}")
    @EnumSource(Form.class)
    @DisplayName("[MQTT-3.7.2-1] PUBCOMP is understood in its short and long forms")
    void pubcompForms(Form form) {
        RawClient client = oneAtATime();
        String topic = unique("t/");
        int id = received(client, topic, 2);
        client.send(pubrec(id)).expect(Frame.PUBREL, id);
        client.send(form.of(0x70, id));
        received(client, topic, 2);
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

    /** How much of itself an acknowledgement spells out. */
    private enum Form {
        NO_CODE,
        CODE,
        NO_PROPERTIES,
        PROPERTIES;

        Packets.Packet of(int byte1, int packetId) {
            Props full = props().reasonString("because").userProperty("a", "b").userProperty("a", "b");
            return switch (this) {
                case NO_CODE -> ack(byte1, packetId);
                case CODE -> ack(byte1, packetId, 0);
                case NO_PROPERTIES -> ack(byte1, packetId, 0, props());
                case PROPERTIES -> ack(byte1, packetId, 0, full);
            };
        }
    }

    /** Gets the next message only when the one before is done with. */
    private static RawClient oneAtATime() {
        return BROKER.online(connect(5, unique("c")).properties(props().receiveMaximum(1)));
    }

    /** Subscribes, publishes and receives. @return the packet identifier of what has come */
    private static int received(RawClient client, String topic, int qos) {
        client.subscribe(topic, qos);
        BROKER.online(5, unique("p")).publish(topic, "x", qos);
        return client.expectPublish(topic, "x").packetId;
    }

    private static Packets.Connect persistent(int version, String id) {
        return connect(version, id).cleanStart(false).sessionExpiryInterval(60);
    }
}
