package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.frame;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.hex;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a broker says when retained messages or QoS are switched off and payload formats are checked. */
class Mqtt322SwitchesTest {
    @RegisterExtension
    static final SpecBroker BROKER =
            new SpecBroker("{\"mqtt\":{\"retain_available\":false,\"payload_format_check\":true}}");

    @RegisterExtension
    static final SpecBroker UP_TO_QOS_0 = new SpecBroker("{\"mqtt\": {\"qos_max\": 0}}");

    @RegisterExtension
    static final SpecBroker UP_TO_QOS_1 = new SpecBroker("{\"mqtt\": {\"qos_max\": 1}}");

    @Test
    @DisplayName("[MQTT-3.2.2-13] without retained messages a retained Will is refused with 0x9A, another is not")
    void retainedWill() {
        RawClient client = BROKER.connect(5).send(connect(5, unique("c")).will("a", "x", 0, true));
        client.expectConnack(0x9A);
        client.expectClosed();
        BROKER.online(connect(5, unique("c")).will("a", "x", 0, false)).disconnect();
    }

    @Test
    @DisplayName("[MQTT-3.2.2-14] without retained messages CONNACK says so, and a retained PUBLISH gets 0x9A")
    void retainedPublish() {
        RawClient client = BROKER.online(5, unique("c"));
        assertThat(client.connack().props.number(Props.RETAIN_AVAILABLE, 1)).isZero();
        client.send(publish(5, unique("t/"), "x").retain()).expectDisconnect(0x9A);
    }

    @Test
    @DisplayName("[MQTT311-3.2.2-4] a refusal has Session Present 0, even for a client with a session")
    void refusalOf311HasNoSession() {
        String id = unique("c");
        BROKER.online(connect(4, id).cleanStart(false)).disconnect();
        RawClient refused = BROKER.connect(4);
        refused.send(connect(4, id).cleanStart(false).will("a", "x", 0, true));
        assertThat(hex(refused.read().bytes)).isEqualTo("20 02 00 03");
        RawClient again = BROKER.online(connect(4, id).cleanStart(false));
        assertThat(again.connack().sessionPresent).isTrue();
    }

    @Test
    @DisplayName("[MQTT311-3.2.2-5] a retained Will of a 3.1.1 client is refused by a return code, and then the end")
    void refusalOf311Ends() {
        RawClient client = BROKER.connect(4).send(connect(4, unique("c")).will("a", "x", 0, true));
        client.expectConnack(3);
        client.expectClosed();
    }

    @Test
    @DisplayName("[MQTT-3.14.2-1] a QoS 0 payload that is not the UTF-8 it claims to be gets DISCONNECT 0x99")
    void badPayloadQos0() {
        BROKER.online(5, unique("c")).send(badPayload(unique("t/"), 0, "C3 28")).expectDisconnect(0x99);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"C3 28", "FF FE", "61 C0 80", "61 ED A0 80", "E2 82"})
    @DisplayName("[MQTT-3.4.2-1] a QoS 1 payload that is not the UTF-8 it claims to be gets PUBACK 0x99 and goes "
            + "nowhere")
    void badPayloadQos1(String payload) {
        badPayloadGoesNowhere(1, Frame.PUBACK, payload);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"C3 28", "FF FE", "61 C0 80", "61 ED A0 80", "E2 82"})
    @DisplayName("[MQTT-3.5.2-1] a QoS 2 payload that is not the UTF-8 it claims to be gets PUBREC 0x99 and goes "
            + "nowhere")
    void badPayloadQos2(String payload) {
        badPayloadGoesNowhere(2, Frame.PUBREC, payload);
    }

    private static void badPayloadGoesNowhere(int qos, int answer, String payload) {
        String topic = unique("t/");
        RawClient watcher = BROKER.online(5, unique("w"));
        watcher.subscribe(topic, 0);
        RawClient client = BROKER.online(5, unique("c")).send(badPayload(topic, qos, payload));
        assertThat(client.expect(answer, 7).reasonCode).isEqualTo(0x99);
        watcher.publish(topic, "marker", 0).expectPublish(topic, "marker");
    }

    @Test
    @DisplayName("[MQTT-4.3.3-9] after PUBREC 0x99 the packet identifier stands for a new message")
    void identifierIsFreeAfterRefusal() {
        String topic = unique("t/");
        RawClient watcher = BROKER.online(5, unique("w"));
        watcher.subscribe(topic, 0);
        RawClient client = BROKER.online(5, unique("c")).send(badPayload(topic, 2, "C3 28"));
        assertThat(client.expect(Frame.PUBREC, 7).reasonCode).isEqualTo(0x99);
        client.send(publish(5, topic, "fine").qos(2, 7));
        assertThat(client.expect(Frame.PUBREC, 7).reasonCode).isZero();
        client.send(Packets.pubrel(7));
        assertThat(client.expect(Frame.PUBCOMP, 7).reasonCode).isZero();
        watcher.expectPublish(topic, "fine");
    }

    @ParameterizedTest(name = "QoS {0}, Payload Format Indicator {1}")
    @CsvSource({"0, 0", "0, 1", "1, 0", "1, 1", "2, 0", "2, 1"})
    @DisplayName("[MQTT-3.3.2-4] where payloads are checked, the Payload Format Indicator is passed on unaltered, too")
    void goodPayload(int qos, int indicator) {
        String topic = unique("t/");
        RawClient watcher = BROKER.online(5, unique("w"));
        watcher.subscribe(topic, 0);
        RawClient client = BROKER.online(5, unique("c"));
        client.publish(
                publish(5, topic, "grüß €\uD83D\uDE00").properties(props().payloadFormatIndicator(indicator)), qos);
        Frame frame = watcher.expectPublish(topic, "grüß €\uD83D\uDE00");
        assertThat(frame.props.number(Props.PAYLOAD_FORMAT_INDICATOR, 0)).isEqualTo(indicator);
    }

    @ParameterizedTest(name = "properties {0}")
    @ValueSource(strings = {"00", "02 01 00"})
    @DisplayName("[MQTT-3.3.4-1] where payloads are checked, bytes that don't claim to be UTF-8 are acknowledged")
    void unmarkedBytes(String properties) {
        String topic = unique("t/");
        RawClient watcher = BROKER.online(5, unique("w"));
        watcher.subscribe(topic, 0);
        RawClient client = BROKER.online(5, unique("c"));
        client.send(frame(0x32, start(topic) + "00 07" + properties + "FF FE"));
        assertThat(client.expect(Frame.PUBACK, 7).reasonCode).isZero();
        assertThat(hex(watcher.expect(Frame.PUBLISH).payload)).isEqualTo("FF FE");
    }

    /** A PUBLISH with packet identifier 7 that says its payload is UTF-8. */
    private static byte[] badPayload(String topic, int qos, String payload) {
        return frame(0x30 | qos << 1, start(topic) + (qos == 0 ? "" : "00 07") + "02 01 01" + payload);
    }

    /** The topic name with its length, in hex. */
    private static String start(String topic) {
        return "00" + hex(new byte[] {(byte) topic.length()}) + hex(topic.getBytes(StandardCharsets.US_ASCII));
    }

    private static SpecBroker upTo(int qos) {
        return qos == 0 ? UP_TO_QOS_0 : UP_TO_QOS_1;
    }

    @ParameterizedTest(name = "qos_max {0}")
    @ValueSource(ints = {0, 1})
    @DisplayName("[MQTT-3.2.2-9] a server without QoS 2, or without 1 and 2, says its Maximum QoS in CONNACK")
    void maximumQosIsSaid(int max) {
        RawClient client = upTo(max).online(5, unique("c"));
        assertThat(client.connack().props.number(Props.MAXIMUM_QOS, 2)).isEqualTo(max);
    }

    @ParameterizedTest(name = "qos_max {0}")
    @ValueSource(ints = {0, 1})
    @DisplayName("[MQTT-3.2.2-10] subscriptions above the Maximum QoS are accepted, and get that much")
    void subscriptionAboveMaximumQos(int max) {
        String topic = unique("q/");
        RawClient client = upTo(max).online(5, unique("c"));
        for (int qos = 0; qos <= 2; qos++) {
            assertThat(client.subscribe(topic, qos).reasonCodes).isEqualTo(List.of(Math.min(qos, max)));
        }
        upTo(max).online(5, unique("p")).publish(topic, "x", max);
        assertThat(client.nextPublish().qos).isEqualTo(max);
    }

    @ParameterizedTest(name = "qos_max {0}")
    @ValueSource(ints = {0, 1})
    @DisplayName("[MQTT-3.2.2-11] a PUBLISH above the Maximum QoS ends the connection with 0x9B")
    void publishAboveMaximumQos(int max) {
        RawClient client = upTo(max).online(5, unique("c")).publish(unique("q/"), "allowed", max);
        client.send(publish(5, unique("q/"), "too much").qos(max + 1, 1)).expectDisconnect(0x9B);
    }

    @ParameterizedTest(name = "qos_max {0}")
    @ValueSource(ints = {0, 1})
    @DisplayName("[MQTT311-3.3.5-2] a 3.1.1 client's PUBLISH above the Maximum QoS ends the connection")
    void publishAboveMaximumQosOf311(int max) {
        RawClient client = upTo(max).online(4, unique("c")).publish(unique("q/"), "allowed", max);
        client.send(publish(4, unique("q/"), "too much").qos(max + 1, 1)).expectClosed();
    }

    @ParameterizedTest(name = "qos_max {0}")
    @ValueSource(ints = {0, 1})
    @DisplayName("[MQTT-3.2.2-12] a Will above the Maximum QoS is refused with 0x9B, one within it is not")
    void willAboveMaximumQos(int max) {
        RawClient client = upTo(max).connect(5);
        client.send(connect(5, unique("c")).will("a", "x", max + 1, false));
        client.expectConnack(0x9B);
        client.expectClosed();
        upTo(max).online(connect(5, unique("c")).will("a", "x", max, false)).disconnect();
    }
}
