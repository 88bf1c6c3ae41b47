package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.frame;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.RawClient.hex;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 1.5: text, text pairs and variable byte integers. */
class Mqtt1DataTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    /** Surrogates, overlong forms, beyond U+10FFFF, stray and missing continuation bytes. */
    private static final List<String> ILL_FORMED = List.of(
            "ED A0 80",
            "ED BF BF",
            "ED A0 BD ED B8 80",
            "C0 AF",
            "C1 BF",
            "E0 80 AF",
            "F0 80 80 AF",
            "F4 90 80 80",
            "F5 80 80 80",
            "FF",
            "80",
            "E2 82",
            "C3",
            "F0 9F 98");

    @Test
    @DisplayName("[MQTT-1.5.4-1] ill-formed UTF-8 in a topic name ends the connection")
    void illFormedTopic() {
        illFormedTopic(5);
    }

    @Test
    @DisplayName("[MQTT311-1.5.3-1] ill-formed UTF-8 in a topic name ends the connection")
    void illFormedTopicOf311() {
        illFormedTopic(4);
    }

    private static void illFormedTopic(int version) {
        for (String bytes : ILL_FORMED) {
            RawClient client = BROKER.online(version, unique("c"));
            client.send(publishTo(version, "61 " + bytes));
            client.expectDisconnect(0x81);
        }
    }

    @Test
    @DisplayName("[MQTT-1.5.4-1] ill-formed UTF-8 in a CONNECT is never let in")
    void illFormedClientIdentifier() {
        illFormedClientIdentifier(5);
    }

    @Test
    @DisplayName("[MQTT311-1.5.3-1] ill-formed UTF-8 in a CONNECT is never let in")
    void illFormedClientIdentifierOf311() {
        illFormedClientIdentifier(4);
    }

    private static void illFormedClientIdentifier(int version) {
        for (String bytes : ILL_FORMED) {
            byte[] id = hex("61 " + bytes);
            String properties = version == 5 ? "00" : "";
            RawClient client = BROKER.connect(version);
            client.send(frame(
                    0x10,
                    "0004 4D515454 0" + version + " 02 0000" + properties + "00" + hex(new byte[] {(byte) id.length})
                            + hex(id)));
            client.expectRefused(0x81, 0x85, 2);
        }
    }

    @Test
    @DisplayName("[MQTT-1.5.4-2] U+0000 ends the connection")
    void nullCharacter() {
        nullCharacter(5);
    }

    @Test
    @DisplayName("[MQTT311-1.5.3-2] U+0000 ends the connection")
    void nullCharacterOf311() {
        nullCharacter(4);
    }

    private static void nullCharacter(int version) {
        for (String topic : List.of("00", "61 00", "00 61", "61 00 62")) {
            RawClient client = BROKER.online(version, unique("c"));
            client.send(publishTo(version, topic));
            client.expectDisconnect(0x81);
        }
    }

    @Test
    @DisplayName("[MQTT-1.5.4-3] U+FEFF is a character like any other")
    void byteOrderMarkIsKept() {
        byteOrderMarkIsKept(5);
    }

    @Test
    @DisplayName("[MQTT311-1.5.3-3] U+FEFF is a character like any other")
    void byteOrderMarkIsKeptOf311() {
        byteOrderMarkIsKept(4);
    }

    private static void byteOrderMarkIsKept(int version) {
        String topic = unique("bom/");
        RawClient subscriber = BROKER.online(version, unique("c"));
        subscriber.subscribe("\uFEFF" + topic, 0);
        subscriber.subscribe(topic + "\uFEFF/x", 0);
        RawClient publisher = BROKER.online(version, unique("c"));
        publisher.publish(topic, "without", 0).publish(topic + "/x", "without", 0);
        publisher.publish("\uFEFF" + topic, "first", 0);
        subscriber.expectPublish("\uFEFF" + topic, "first");
        publisher.publish(topic + "\uFEFF/x", "inside", 0);
        subscriber.expectPublish(topic + "\uFEFF/x", "inside");
    }

    @Test
    @DisplayName("[MQTT-1.5.4-1] every length of well-formed UTF-8 goes through unchanged")
    void wellFormedTopic() {
        wellFormedTopic(5);
    }

    @Test
    @DisplayName("[MQTT311-1.5.3-1] every length of well-formed UTF-8 goes through unchanged")
    void wellFormedTopicOf311() {
        wellFormedTopic(4);
    }

    private static void wellFormedTopic(int version) {
        String text = "a~ \u00A1\u07FF\u0800\uD7FF\uE000\uFFFD\uD800\uDC00\uDBFF\uDFFD";
        String topic = unique("utf8/") + "/" + text;
        RawClient subscriber = BROKER.online(version, unique("c"));
        subscriber.subscribe(topic, 0);
        BROKER.online(version, unique("c")).publish(topic, "x", 0);
        subscriber.expectPublish(topic, "x");
    }

    @ParameterizedTest(name = "[{0}]")
    @CsvSource({
        "C0 80 00, a remaining length of 0 in two bytes",
        "C0 80 80 00, a remaining length of 0 in three bytes",
        "30 84 00 00 01 61 00, a remaining length of 4 in two bytes",
        "30 86 00 00 01 61 80 00 78, both lengths",
        "30 06 00 01 61 80 00 78, a property length of 0 in two bytes",
        "82 88 80 00 00 01 00 00 01 61 00, SUBSCRIBE",
        "82 0A 00 01 03 0B 81 00 00 01 61 00, a subscription identifier"
    })
    @DisplayName("[MQTT-1.5.5-1] a variable byte integer with more bytes than it needs is malformed")
    void overlongInteger(String bytes, String what) {
        RawClient client = BROKER.online(5, unique("c"));
        client.send(bytes);
        client.expectDisconnect(0x81);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-1.5.5-1] a remaining length of more than four bytes ends the connection")
    void fiveByteRemainingLength(int version) {
        for (String bytes : List.of("C0 80 80 80 80 00", "30 FF FF FF FF 01", "30 80 80 80 80 80 80 80")) {
            RawClient client = BROKER.online(version, unique("c"));
            client.send(bytes);
            client.expectDisconnect(0x81);
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-1.5.5-1] the server writes the remaining length in as few bytes as it can")
    void shortestRemainingLength(int version) {
        String topic = unique("len/");
        RawClient subscriber = BROKER.online(version, unique("c"));
        subscriber.subscribe(topic, 0);
        RawClient publisher = BROKER.online(version, unique("c"));
        int overhead = 2 + topic.length() + (version == 5 ? 1 : 0);
        for (int length : new int[] {127, 128, 16_383, 16_384}) {
            publisher.publish(topic, "x".repeat(length - overhead), 0);
            Frame frame = subscriber.expect(Frame.PUBLISH);
            int lengthBytes = length < 128 ? 1 : length < 16_384 ? 2 : 3;
            assertThat(frame.bytes).hasSize(1 + lengthBytes + length);
        }
    }

    @ParameterizedTest(name = "[{0}]")
    @CsvSource({
        "26 0002 61FF 0001 62, bad UTF-8 in the name",
        "26 0001 61 0003 EDA080, a surrogate in the value",
        "26 0001 00 0001 62, U+0000 in the name",
        "26 0001 61 0002 6200, U+0000 in the value"
    })
    @DisplayName("[MQTT-1.5.7-1] both halves of a user property are checked")
    void userPropertyIsText(String property, String what) {
        RawClient client = BROKER.online(5, unique("c"));
        client.send(publish(5, unique("t/"), "x").properties(new Props().raw(property)));
        client.expectDisconnect(0x81);
        RawClient connecting = BROKER.connect(5);
        connecting.send(connect(5, unique("c")).properties(new Props().raw(property)));
        connecting.expectRefused(0x81);
    }

    @Test
    @DisplayName("[MQTT-1.5.7-1] a user property of any text goes through, empty text too")
    void userPropertyGoesThrough() {
        String topic = unique("up/");
        RawClient subscriber = BROKER.online(5, unique("c"));
        subscriber.subscribe(topic, 0);
        Props properties = new Props()
                .userProperty("", "")
                .userProperty("\uFEFF=", "\uD83D\uDE00")
                .userProperty("a", "");
        BROKER.online(5, unique("c")).send(publish(5, topic, "x").properties(properties));
        assertThat(subscriber.expectPublish(topic, "x").props.userProperties())
                .containsExactly("=", "\uFEFF==\uD83D\uDE00", "a=");
    }

    /** A QoS 0 PUBLISH with these bytes as its topic name. */
    private static byte[] publishTo(int version, String topicHex) {
        int length = hex(topicHex).length;
        return frame(0x30, "00" + hex(new byte[] {(byte) length}) + topicHex + (version == 5 ? "00" : "") + "78");
    }
}
