package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.frame;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.RawClient.hex;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a broker says when retained messages are switched off and payload formats are checked. */
class Mqtt322SwitchesTest {
    @RegisterExtension
    static final SpecBroker BROKER =
            new SpecBroker("{\"mqtt\":{\"retain_available\":false,\"payload_format_check\":true}}");

    @Test
    @DisplayName(
            "[MQTT-3.2.2-13] [MQTT-3.2.2-14] without retained messages: CONNACK says so, a retained Will is refused "
                    + "and a retained PUBLISH ends the connection, both with 0x9A")
    void retainNotAvailable() {
        RawClient client = BROKER.online(5, unique("c"));
        assertThat(client.connack().props.number(Props.RETAIN_AVAILABLE, 1)).isZero();
        client.send(publish(5, unique("t/"), "x").retain());
        client.expectDisconnect(0x9A);
        RawClient retainedWill = BROKER.connect(5);
        retainedWill.send(connect(5, unique("c")).will("a", "x", 0, true));
        retainedWill.expectRefused(0x9A);
        BROKER.online(connect(5, unique("c")).will("a", "x", 0, false)).disconnect();
    }

    @Test
    @DisplayName("[MQTT311-3.2.2-6] [MQTT311-3.2.2-5] a 3.1.1 client's retained Will is refused by a return code "
            + "or the end")
    void retainedWillOf311() {
        RawClient client = BROKER.connect(4);
        client.send(connect(4, unique("c")).will("a", "x", 0, true));
        client.expectRefused(3, 5);
    }

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {0, 1, 2})
    @DisplayName(
            "[MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-4.3.3-9] a payload that says it is UTF-8 and is not is refused by "
                    + "0x99, one that is goes through")
    void payloadFormat(int qos) {
        String topic = unique("t/");
        RawClient watcher = BROKER.online(5, unique("c"));
        watcher.subscribe(topic, 0);
        RawClient client = BROKER.online(5, unique("c"));
        String packetId = qos == 0 ? "" : "0007";
        String name = "00" + hex(new byte[] {(byte) topic.length()}) + hex(topic.getBytes(StandardCharsets.US_ASCII));
        client.send(frame(0x30 | qos << 1, name + packetId + "02 01 01 C3 28"));
        Frame answer = client.read();
        assertThat(answer.reasonCode).isEqualTo(0x99);
        assertThat(answer.type)
                .isEqualTo(List.of(Frame.DISCONNECT, Frame.PUBACK, Frame.PUBREC).get(qos));
        RawClient other = BROKER.online(5, unique("c"));
        other.publish(publish(5, topic, "\u00E9").properties(new Props().payloadFormatIndicator(1)), qos);
        Frame frame = watcher.expectPublish(topic, "\u00E9");
        assertThat(frame.props.number(Props.PAYLOAD_FORMAT_INDICATOR, 0)).isEqualTo(1);
        if (answer.type == Frame.PUBREC) { // the identifier is free again
            client.send(publish(5, topic, "fine").qos(2, 7));
            assertThat(client.expect(Frame.PUBREC, 7).reasonCode).isLessThan(0x80);
            client.send(Packets.pubrel(7));
            assertThat(client.expect(Frame.PUBCOMP, 7).reasonCode).isZero();
            watcher.expectPublish(topic, "fine");
        }
    }

    @ParameterizedTest(name = "qos_max {0}")
    @ValueSource(ints = {0, 1})
    @DisplayName("[MQTT-3.2.2-9] [MQTT-3.2.2-10] [MQTT-3.2.2-11] [MQTT-3.2.2-12] with a Maximum QoS: CONNACK says it, "
            + "subscriptions get that much, a PUBLISH above it ends the connection and a Will above it is refused, "
            + "with 0x9B")
    void maximumQos(int max) {
        try (TestBroker limited = TestBroker.start("{\"mqtt\": {\"qos_max\": " + max + "}}")) {
            RawClient subscriber = RawClient.online(limited.port(), 5, unique("c"));
            assertThat(subscriber.connack().props.number(Props.MAXIMUM_QOS, 2)).isEqualTo(max);
            String topic = unique("q/");
            for (int qos = 0; qos <= 2; qos++) {
                assertThat(subscriber.subscribe(topic, qos).reasonCodes).isEqualTo(List.of(Math.min(qos, max)));
            }
            RawClient publisher = RawClient.online(limited.port(), 5, unique("c"));
            publisher.publish(topic, "allowed", max);
            assertThat(subscriber.expectPublish(topic, "allowed").qos).isEqualTo(max);
            publisher.send(publish(5, topic, "too much").qos(max + 1, 1)).expectDisconnect(0x9B);
            RawClient will = RawClient.connect(limited.port());
            will.send(connect(5, unique("c")).will("a", "x", max + 1, false)).expectRefused(0x9B);
            RawClient.online(limited.port(), connect(5, unique("c")).will("a", "x", max, false))
                    .disconnect();
            RawClient old = RawClient.online(limited.port(), 4, unique("c"));
            old.send(publish(4, topic, "too much").qos(max + 1, 1)).expectClosed();
        }
    }
}
