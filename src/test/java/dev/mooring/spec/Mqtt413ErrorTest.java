package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.Packets.unsubscribe;
import static dev.mooring.spec.RawClient.hex;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 4.13 (4.8 of MQTT 3.1.1): malformed packets and protocol errors. */
class Mqtt413ErrorTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "{0}: {2}")
    @CsvSource({
        "30 02 00 05, 81, PUBLISH with a topic that is cut",
        "30 01 00, 81, PUBLISH without a topic length",
        "30 00, 81, an empty PUBLISH",
        "32 04 00 01 61 00, 81, PUBLISH with half a packet identifier",
        "36 06 00 01 61 00 01 00, 81, QoS 3",
        "30 06 00 01 61 02 0B 01, 82, a subscription identifier from a client",
        "30 06 00 01 61 02 01 02, 81 82, a payload format that does not exist",
        "30 07 00 01 61 03 23 00 00, 82 94, topic alias 0",
        "30 07 00 01 61 03 23 FF FF, 94, a topic alias beyond the maximum",
        "30 06 00 00 03 23 00 05, 82 94, a topic alias that stands for nothing",
        "40 01 00, 81, PUBACK with half a packet identifier",
        "40 00, 81, an empty PUBACK",
        "40 03 00 01 05, 81 82, PUBACK with an unknown reason code",
        "40 04 00 01 00 05, 81, PUBACK with a property length that does not fit",
        "62 03 00 01 01, 81 82, PUBREL with an unknown reason code",
        "62 03 00 01 10, 81 82, PUBREL with the reason code of another packet",
        "82 02 00 01, 81 82, SUBSCRIBE that ends behind the identifier",
        "82 07 00 01 00 00 01 61 00 , , SUBSCRIBE that is good",
        "82 06 00 01 00 00 01 61, 81, SUBSCRIBE without options",
        "A2 05 00 01 00 00 02, 81, UNSUBSCRIBE with a filter that is cut",
        "20 03 00 00 00, 81 82, CONNACK from a client",
        "90 04 00 01 00 00, 81 82, SUBACK from a client",
        "B0 04 00 01 00 00, 81 82, UNSUBACK from a client",
        "D0 00, 81 82, PINGRESP from a client",
        "F0 00, 82, AUTH without authentication"
    })
    @DisplayName("[MQTT-4.13.1-1] MQTT 5: the reason in DISCONNECT, then the end")
    void errorsOf5(String packet, String codes, String what) {
        RawClient client = BROKER.online(5, unique("c"));
        client.send(packet);
        if (codes == null) {
            client.expect(Frame.SUBACK, 1);
            return;
        }
        List<Integer> allowed = new ArrayList<>();
        for (String code : codes.split(" ")) {
            allowed.add(Integer.parseInt(code, 16));
        }
        client.expectDisconnect(allowed.toArray(Integer[]::new));
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "30 02 00 05, PUBLISH with a topic that is cut",
        "30 01 00, PUBLISH without a topic length",
        "30 00, an empty PUBLISH",
        "32 04 00 01 61 00, PUBLISH with half a packet identifier",
        "36 05 00 01 61 00 01, QoS 3",
        "40 01 00, PUBACK with half a packet identifier",
        "40 03 00 01 00, PUBACK with a reason code",
        "62 03 00 01 00, PUBREL with a reason code",
        "82 05 00 01 00 01 61, SUBSCRIBE without QoS",
        "A2 04 00 01 00 02, UNSUBSCRIBE with a filter that is cut",
        "E0 01 00, DISCONNECT with a reason code",
        "20 02 00 00, CONNACK from a client",
        "90 03 00 01 00, SUBACK from a client",
        "B0 02 00 01, UNSUBACK from a client",
        "D0 00, PINGRESP from a client",
        "F0 00, AUTH"
    })
    @DisplayName("[MQTT311-4.8.0-1] MQTT 3.1.1: the end, nothing before it")
    void errorsOf311(String packet, String what) {
        RawClient client = BROKER.online(4, unique("c"));
        client.send(packet);
        client.expectClosed();
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] an error costs the connection it came on, publishes its Will, and "
            + "nobody else notices")
    void onlyThatConnection() {
        onlyThatConnection(5);
    }

    @Test
    @DisplayName("[MQTT311-4.8.0-1] an error costs the connection it came on, publishes its Will, and "
            + "nobody else notices")
    void onlyThatConnectionOf311() {
        onlyThatConnection(4);
    }

    private static void onlyThatConnection(int version) {
        String topic = unique("err/");
        RawClient neighbour = BROKER.online(version, unique("c"));
        neighbour.subscribe(topic, 0);
        for (int i = 0; i < 20; i++) {
            RawClient client = BROKER.online(connect(version, unique("c")).will(topic, "will " + i, 0, false));
            client.send("36 03 00 01 61");
            client.expectDisconnect(0x81);
            neighbour.expectPublish(topic, "will " + i);
        }
        neighbour.ping();
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] a packet beyond the maximum is refused at its fixed header, before it" + " has come")
    void packetTooLarge() {
        packetTooLarge(5);
    }

    @Test
    @DisplayName(
            "[MQTT311-4.8.0-1] a packet beyond the maximum is refused at its fixed header, before " + "it has come")
    void packetTooLargeOf311() {
        packetTooLarge(4);
    }

    private static void packetTooLarge(int version) {
        for (String header : List.of("30 FF FF FF 7F", "82 80 80 80 7F", "40 FF FF FF 7F", "30 81 80 80 01")) {
            RawClient client = BROKER.online(version, unique("c"));
            client.send(header);
            client.expectDisconnect(0x95, 0x81);
        }
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] a badly formed filter ends the connection, and nothing of its packet takes effect")
    void badFilters() {
        badFilters(5);
    }

    @Test
    @DisplayName("[MQTT311-4.8.0-1] a badly formed filter ends the connection, and nothing of its packet takes effect")
    void badFiltersOf311() {
        badFilters(4);
    }

    private static void badFilters(int version) {
        String id = unique("c");
        String topic = unique("bad/");
        RawClient first = BROKER.online(persistent(version, id));
        first.subscribe(topic, 1);
        first.disconnect();
        for (String bad : List.of("", "a#", "#/a", "a+")) {
            for (Packets.Packet packet : List.of(
                    unsubscribe(version, 2).filter(topic).filter(bad),
                    subscribe(version, 3).filter(topic + "/new", 1).filter(bad, 1))) {
                RawClient client = BROKER.online(persistent(version, id));
                client.send(packet);
                client.expectDisconnect(0x81);
            }
        }
        BROKER.online(5, unique("p")).publish(topic + "/new", "new", 1).publish(topic, "old", 1);
        BROKER.online(persistent(version, id)).expectPublish(topic, "old");
    }

    @Test
    @DisplayName("[MQTT-3.2.2-15] a packet of one byte more than CONNACK's Maximum Packet Size is refused with 0x95")
    void oneByteTooMany() {
        RawClient client = BROKER.online(5, unique("c"));
        int maximum = (int) client.connack().props.number(Props.MAXIMUM_PACKET_SIZE, 0);
        assertThat(maximum).isPositive();
        int header = publish(5, "a", "x".repeat(maximum)).bytes().length - maximum;
        Packets.Publish fits = publish(5, "a", "x".repeat(maximum - header));
        assertThat(fits.bytes()).hasSize(maximum);
        client.send(fits).ping();
        byte[] tooLarge = publish(5, "a", "x".repeat(maximum - header + 1)).bytes();
        client.send(Arrays.copyOf(tooLarge, header)); // its length is enough
        client.expectDisconnect(0x95);
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] a packet that claims 256 MB before CONNECT is refused at once")
    void hugeFirstPacket() {
        hugeFirstPacket(5);
    }

    @Test
    @DisplayName("[MQTT311-4.8.0-1] a packet that claims 256 MB before CONNECT is refused at once")
    void hugeFirstPacketOf311() {
        hugeFirstPacket(4);
    }

    private static void hugeFirstPacket(int version) {
        for (String header : List.of("10 FF FF FF 7F", "30 FF FF FF 7F", "00 FF FF FF 7F")) {
            RawClient client = BROKER.connect(version);
            client.send(header);
            client.expectRefused(0x81, 0x82, 0x95, 3);
        }
    }

    @Test
    @DisplayName("[MQTT311-3.2.2-6] a Will topic that can't be: no return code of 3.1.1 fits, so no CONNACK comes")
    void noReturnCodeFits() {
        for (String willTopic : List.of("a/#", "+", "a/b+")) {
            RawClient client = BROKER.connect(4);
            client.send(connect(4, unique("c")).will(willTopic, "x", 0, false));
            client.expectClosed();
        }
    }

    @Test
    @DisplayName("[MQTT311-3.1.4-1] a CONNECT that is not as it should be: the end, and no CONNACK")
    void malformedConnect() {
        for (byte[] packet : List.of(
                connect(4, unique("c")).flagsXor(0x01).bytes(), // the reserved flag
                connect(4, unique("c")).flagsXor(0x18).bytes(), // Will QoS without a Will
                connect(4, unique("c")).flagsXor(0x40).bytes(), // a password flag without user name and password
                connect(4, unique("c")).trailer("00").bytes())) {
            RawClient client = BROKER.connect(4);
            client.send(packet);
            client.expectClosed();
        }
    }

    @Test
    @DisplayName("[MQTT-4.13.2-1] a refusing CONNACK is followed by the end, and so is a DISCONNECT")
    void codesComeWithTheEnd() {
        RawClient refused = BROKER.connect(5);
        refused.send(connect(5, unique("c")).properties(new Props().authenticationMethod("none")));
        assertThat(refused.expect(Frame.CONNACK).reasonCode).isGreaterThanOrEqualTo(0x80);
        refused.expectClosed();
        RawClient client = BROKER.online(5, unique("c"));
        client.send(publish(5, "a", "x").properties(new Props().raw("99")));
        assertThat(client.expect(Frame.DISCONNECT).reasonCode).isGreaterThanOrEqualTo(0x80);
        client.expectClosed();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"36 03 00 01 61", "30 FF FF FF 7F"})
    @DisplayName("[MQTT-4.13.2-1] the reason reaches a client that goes on sending: it is not reset")
    void notResetWhileSending(String packet) {
        RawClient client = BROKER.online(5, unique("c"));
        client.send(packet);
        assertThat(client.pushes(16 << 20)).isTrue();
        client.expectDisconnect(packet.startsWith("36") ? 0x81 : 0x95);
        RawClient refused = BROKER.connect(5);
        refused.send(connect(5, unique("c")).properties(new Props().authenticationMethod("none")));
        assertThat(refused.pushes(16 << 20)).isTrue();
        refused.expectConnack(0x8C);
        refused.expectClosed();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("§4.13: a client that never closes is closed after a while")
    void closedInTheEnd(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        client.send("36 03 00 01 61");
        client.expectDisconnect(0x81);
        await().until(() -> !client.pushes(1));
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("§4.13: an acknowledgement of an unknown packet identifier harms nobody; MQTT 5 says 0x92 to PUBREC")
    void unknownIdentifiers(int version) {
        String topic = unique("ack/");
        RawClient client = BROKER.online(version, unique("c"));
        client.subscribe(topic, 1);
        client.send(hex("40 02 12 34 70 02 12 34 50 02 12 34"));
        List<Frame> answers = client.readUntilPingresp();
        if (version == 5) {
            assertThat(answers)
                    .singleElement()
                    .matches(f -> f.type == Frame.PUBREL && f.packetId == 0x1234 && f.reasonCode == 0x92);
        } else {
            assertThat(answers).singleElement().matches(f -> f.type == Frame.PUBREL && f.packetId == 0x1234);
        }
        client.send(publish(version, topic, "x"));
        client.expectPublish(topic, "x");
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] too many user properties are refused before they cost much")
    void propertyFlood() {
        Props flood = new Props();
        for (int i = 0; i < 100_000; i++) {
            flood.raw("26 0000 0000");
        }
        RawClient client = BROKER.online(5, unique("c"));
        client.send(publish(5, unique("t/"), "x").properties(flood));
        client.expectDisconnect(0x81, 0x82, 0x83, 0x95, 0x97);
    }

    private static Packets.Connect persistent(int version, String id) {
        return connect(version, id).cleanStart(false).sessionExpiryInterval(60);
    }
}
