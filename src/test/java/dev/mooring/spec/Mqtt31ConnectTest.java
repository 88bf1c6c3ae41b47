package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.RawClient.hex;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Chapter 3.1, CONNECT: what the packet must look like, and what the server does with it. The Connect Flags are in
 * {@link Mqtt31FlagsTest}, client identifiers in {@link Mqtt31ClientIdTest}.
 */
class Mqtt31ConnectTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    /** Ill-formed UTF-8 and what MQTT forbids on top. */
    static final List<String> BAD_UTF8 = List.of(
            "61 00", // U+0000
            "ED A0 80", // D800
            "ED BF BF", // DFFF
            "C0 80", // U+0000 in two bytes
            "C1 BF", // over-long
            "E0 80 AF", // over-long
            "F4 90 80 80", // above U+10FFFF
            "61 80", // continuation without start
            "E2 82", // cut off
            "FF");

    @Test
    @DisplayName("[MQTT-3.1.0-1] a first packet that is not CONNECT ends the connection, without an answer")
    void firstPacketIsConnect5() {
        firstPacketIsConnect("00");
    }

    @Test
    @DisplayName("[MQTT311-3.1.0-1] a first packet that is not CONNECT ends the connection, without an answer")
    void firstPacketIsConnect311() {
        firstPacketIsConnect("");
    }

    /** @param properties of a packet that has none, in hex: as the versions write it */
    private static void firstPacketIsConnect(String properties) {
        List<byte[]> packets = List.of(
                hex("C0 00"),
                Packets.frame(0x30, "0001 61" + properties + "62"),
                Packets.frame(0x82, "0001" + properties + "0002 6162 00"),
                Packets.frame(0xA2, "0001" + properties + "0002 6162"),
                hex("40 02 00 01"),
                hex("62 02 00 01"),
                hex("E0 00"),
                hex("F0 00"),
                Packets.frame(0x20, "0000" + properties),
                hex("00 00"));
        for (byte[] packet : packets) {
            BROKER.connect(5).send(packet).expectClosed();
        }
    }

    @Test
    @DisplayName("[MQTT-3.1.0-2] a second CONNECT is a protocol error and ends the connection")
    void secondConnect5() {
        secondConnect(5);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.1.0-2] a second CONNECT ends the connection")
    void secondConnect311(int version) {
        secondConnect(version);
    }

    private static void secondConnect(int version) {
        String id = unique("second");
        RawClient client = BROKER.online(version, id);
        client.send(connect(version, id));
        client.expectDisconnect(0x82);
    }

    @ParameterizedTest(name = "name ''{0}''")
    @ValueSource(strings = {"", "MQTX", "mqtt", "MQTTT", "MQTT ", "MQIsdp"})
    @DisplayName("[MQTT-3.1.2-1] another protocol name gets CONNACK 0x84 at most, then the end")
    void protocolName5(String name) {
        protocolName(name, 5);
    }

    @ParameterizedTest(name = "name ''{0}''")
    @ValueSource(strings = {"", "MQTX", "mqtt", "MQTTT", "MQTT ", "MQIsdp"})
    @DisplayName("[MQTT311-3.1.2-1] another protocol name is not served as MQTT 3.1.1")
    void protocolName311(String name) {
        protocolName(name, 4);
    }

    private static void protocolName(String name, int level) {
        RawClient client = BROKER.connect(level);
        client.send(connect(level, unique("name")).protocolName(name));
        assertUnsupportedOrNothing(client.readToEnd());
    }

    @ParameterizedTest(name = "level {0}")
    @ValueSource(ints = {0, 6, 7, 127, 255})
    @DisplayName("[MQTT-3.1.2-2] a protocol version the server does not know is refused: at most 'unsupported', "
            + "then the end")
    void protocolVersion(int level) {
        RawClient client = BROKER.connect(5);
        client.send(connect(5, unique("level")).protocolVersion(level));
        assertUnsupportedOrNothing(client.readToEnd());
    }

    @ParameterizedTest(name = "level {0}")
    @ValueSource(ints = {0, 1, 2})
    @DisplayName("[MQTT311-3.1.2-2] an unsupported protocol level is answered by return code 0x01, then the end")
    void protocolLevel(int level) {
        RawClient client = BROKER.connect(4);
        client.send(connect(4, unique("level")).protocolVersion(level));
        assertThat(hex(client.readToEnd())).isEqualTo("20 02 00 01");
    }

    @Test
    @DisplayName("[MQTT-3.1.4-5] a valid CONNECT is acknowledged with success")
    void connectIsAcknowledged5() {
        connectIsAcknowledged(5);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.1.4-4] a valid CONNECT is acknowledged with success")
    void connectIsAcknowledged311(int version) {
        connectIsAcknowledged(version);
    }

    private static void connectIsAcknowledged(int version) {
        RawClient client = BROKER.online(version, unique("ok"));
        assertThat(client.connack().reasonCode).isZero();
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-3.1.3-11] a Will Topic that is not UTF-8 is malformed")
    void willTopicIsText5() {
        willTopicIsText(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.3-10] a Will Topic that is not UTF-8 is malformed")
    void willTopicIsText311() {
        willTopicIsText(4);
    }

    private static void willTopicIsText(int version) {
        for (String bad : BAD_UTF8) {
            refusedAsMalformed(
                    version,
                    connect(version, unique("wt")).will("t", "p", 0, false).willTopic(hex(bad)));
        }
    }

    @ParameterizedTest(name = "''{0}''")
    @ValueSource(strings = {"a/+", "#", ""})
    @DisplayName("[MQTT-3.1.4-1] a Will Topic is a topic name: not empty, no wildcards")
    void willTopicIsATopicName5(String topic) {
        RawClient client = BROKER.connect(5);
        client.send(connect(5, unique("wt")).will(topic, "p", 0, false));
        client.expectRefused(0x81, 0x82, 0x90);
    }

    @ParameterizedTest(name = "''{0}''")
    @ValueSource(strings = {"a/+", "#", ""})
    @DisplayName("[MQTT311-3.1.4-1] a Will Topic is a topic name: not empty, no wildcards")
    void willTopicIsATopicName311(String topic) {
        RawClient client = BROKER.connect(4);
        client.send(connect(4, unique("wt")).will(topic, "p", 0, false));
        client.expectRefused(3, 5);
    }

    @Test
    @DisplayName("[MQTT-3.1.3-12] a User Name that is not UTF-8 is malformed")
    void userNameIsText5() {
        userNameIsText(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.3-11] a User Name that is not UTF-8 is malformed")
    void userNameIsText311() {
        userNameIsText(4);
    }

    private static void userNameIsText(int version) {
        for (String bad : BAD_UTF8) {
            refusedAsMalformed(
                    version, connect(version, unique("un")).userName(hex(bad)).password("p"));
        }
    }

    @Test
    @DisplayName("[MQTT-3.1.4-1] bytes behind the payload are malformed")
    void trailingBytes5() {
        trailingBytes(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.4-1] bytes behind the payload are malformed")
    void trailingBytes311() {
        trailingBytes(4);
    }

    private static void trailingBytes(int version) {
        refusedAsMalformed(version, connect(version, unique("trail")).trailer("00"));
    }

    @Test
    @DisplayName("[MQTT-3.1.4-1] a CONNECT cut anywhere inside is malformed")
    void cutShort5() {
        cutShort(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.4-1] a CONNECT cut anywhere inside is malformed")
    void cutShort311() {
        cutShort(4);
    }

    private static void cutShort(int version) {
        byte[] whole = connect(version, "abc")
                .will("t", "p", 1, true)
                .userName("u")
                .password("p")
                .bytes();
        for (int length = 0; length < whole.length - 2; length++) {
            byte[] body = java.util.Arrays.copyOfRange(whole, 2, 2 + length);
            byte[] answer =
                    BROKER.connect(version).send(Packets.frame(0x10, body)).readToEnd();
            boolean refusal = version == 5 && answer.length >= 4 && answer[0] == 0x20 && answer[3] != 0;
            assertThat(answer.length == 0 || refusal)
                    .as("cut to %s: %s", length, hex(answer))
                    .isTrue();
        }
    }

    private static void refusedAsMalformed(int version, Packets.Connect connect) {
        RawClient client = BROKER.connect(version).send(connect);
        client.expectRefused(version == 5 ? new Integer[] {0x81, 0x82} : new Integer[] {});
    }

    private static void assertUnsupportedOrNothing(byte[] answer) {
        boolean unsupported = answer.length >= 4
                && answer[0] == 0x20
                && answer[2] == 0
                && (answer[3] == 1 || answer[3] == (byte) 0x84);
        assertThat(answer.length == 0 || unsupported).as(hex(answer)).isTrue();
    }
}
