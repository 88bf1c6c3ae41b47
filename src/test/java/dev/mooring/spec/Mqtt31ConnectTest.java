package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.Props.props;
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

/** Chapter 3.1, CONNECT: what the packet must look like, and what the server does with it. */
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

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "C0 00",
                "30 05 00 01 61 00 62",
                "82 08 00 01 00 00 02 61 62 00",
                "A2 06 00 01 00 02 61 62",
                "40 02 00 01",
                "62 02 00 01",
                "E0 00",
                "F0 00",
                "20 02 00 00",
                "00 00"
            })
    @DisplayName(
            "[MQTT-3.1.0-1] [MQTT311-3.1.0-1] a first packet that is not CONNECT ends the connection, without an answer")
    void firstPacketIsConnect(String packet) {
        RawClient client = BROKER.connect(5).send(packet);
        client.expectClosed();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName("[MQTT-3.1.0-2] [MQTT311-3.1.0-2] a second CONNECT is a protocol error and ends the connection")
    void secondConnect(int version) {
        String id = unique("second");
        RawClient client = BROKER.online(version, id);
        client.send(connect(version, id));
        client.expectDisconnect(0x82);
    }

    @ParameterizedTest(name = "name ''{0}'' level {1}")
    @CsvSource({"MQTX, 5", "MQTX, 4", "mqtt, 4", "MQTTT, 4", "'', 4", "'MQTT ', 5", "MQIsdp, 4", "MQIsdp, 5"})
    @DisplayName(
            "[MQTT-3.1.2-1] [MQTT311-3.1.2-1] another protocol name is not served as MQTT: at most 'unsupported', then the end")
    void protocolName(String name, int level) {
        RawClient client = BROKER.connect(level);
        client.send(connect(level, unique("name")).protocolName(name));
        assertUnsupportedOrNothing(client.readToEnd());
    }

    @ParameterizedTest(name = "level {0}")
    @ValueSource(ints = {0, 6, 7, 127, 255})
    @DisplayName(
            "[MQTT-3.1.2-2] a protocol version the server does not know is refused: at most 'unsupported', then the end")
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

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName("[MQTT-3.1.4-5] [MQTT311-3.1.4-4] a valid CONNECT is acknowledged with success")
    void connectIsAcknowledged(int version) {
        RawClient client = BROKER.online(version, unique("ok"));
        assertThat(client.connack().reasonCode).isZero();
        client.ping();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.2-3] [MQTT311-3.1.2-3] the reserved connect flag must be 0")
    void reservedFlag(int version) {
        refusedAsMalformed(version, connect(version, unique("reserved")).flagsXor(0x01));
    }

    @ParameterizedTest(name = "MQTT level {0}, flag bits {1}")
    @CsvSource({"4, 8", "4, 16", "4, 24", "5, 8", "5, 16", "5, 24"})
    @DisplayName("[MQTT-3.1.2-11] [MQTT311-3.1.2-11] [MQTT311-3.1.2-13] Will QoS without Will flag is malformed")
    void willQosWithoutWill(int version, int bits) {
        refusedAsMalformed(version, connect(version, unique("willqos")).flagsXor(bits));
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.2-13] [MQTT311-3.1.2-11] [MQTT311-3.1.2-15] Will Retain without Will flag is malformed")
    void willRetainWithoutWill(int version) {
        refusedAsMalformed(version, connect(version, unique("willretain")).flagsXor(0x20));
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.2-12] [MQTT311-3.1.2-14] Will QoS 3 is malformed")
    void willQos3(int version) {
        refusedAsMalformed(version, connect(version, unique("will3")).will("t", "p", 3, false));
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.2-9] [MQTT311-3.1.2-9] a Will flag without Will fields is malformed")
    void willFlagWithoutFields(int version) {
        refusedAsMalformed(version, connect(version, unique("nofields")).flagsXor(0x04));
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT311-3.1.2-11] [MQTT-3.1.4-1] [MQTT311-3.1.4-1] Will fields without a Will flag are malformed")
    void willFieldsWithoutFlag(int version) {
        refusedAsMalformed(
                version,
                connect(version, unique("noflag")).will("t", "p", 0, false).flagsXor(0x04));
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.2-16] [MQTT311-3.1.2-18] a User Name without its flag is malformed")
    void userNameWithoutFlag(int version) {
        refusedAsMalformed(version, connect(version, unique("u")).userName("me").flagsXor(0x80));
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.2-17] [MQTT311-3.1.2-19] a User Name flag without the field is malformed")
    void userNameFlagWithoutField(int version) {
        refusedAsMalformed(version, connect(version, unique("u")).flagsXor(0x80));
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.2-18] [MQTT311-3.1.2-20] a Password without its flag is malformed")
    void passwordWithoutFlag(int version) {
        refusedAsMalformed(
                version,
                connect(version, unique("p")).userName("me").password("pw").flagsXor(0x40));
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.2-19] [MQTT311-3.1.2-21] a Password flag without the field is malformed")
    void passwordFlagWithoutField(int version) {
        refusedAsMalformed(version, connect(version, unique("p")).userName("me").flagsXor(0x40));
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-22] in 3.1.1 a Password needs a User Name")
    void passwordAlone() {
        refusedAsMalformed(4, connect(4, unique("p")).password("pw"));
    }

    @Test
    @DisplayName("[MQTT-3.1.2-19] in 5.0 a Password may come without a User Name")
    void passwordAloneIsWellFormed() {
        RawClient client = BROKER.connect(5).send(connect(5, unique("p")).password("pw"));
        assertThat(client.expect(Frame.CONNACK).reasonCode).isIn(0, 0x86, 0x87, 0x8C);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.3-3] [MQTT311-3.1.3-3] a CONNECT without a client identifier is malformed")
    void clientIdIsPresent(int version) {
        String body = version == 5 ? "00 04 4D 51 54 54 05 02 00 00 00" : "00 04 4D 51 54 54 04 02 00 00";
        RawClient client = BROKER.connect(version).send(Packets.frame(0x10, body));
        client.expectRefused(version == 5 ? 0x81 : -1);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.3-4] [MQTT311-3.1.3-4] a client identifier that is not UTF-8 is refused")
    void clientIdIsUtf8(int version) {
        for (String bad : BAD_UTF8) {
            byte[] id = hex(bad);
            String head = version == 5 ? "00 04 4D 51 54 54 05 02 00 00 00" : "00 04 4D 51 54 54 04 02 00 00";
            RawClient client = BROKER.connect(version);
            client.send(Packets.frame(0x10, head + " 00 0" + id.length + bad));
            client.expectRefused(version == 5 ? new Integer[] {0x81, 0x85} : new Integer[] {0x02});
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName("[MQTT-3.1.3-5] [MQTT311-3.1.3-5] client identifiers of 1 to 23 letters and digits are accepted")
    void clientIdOfLettersAndDigits(int version) {
        for (String id : List.of("7", "0123456789abcdefghijklm", "nopqrstuvwxyzABCDEFGHIJ", "KLMNOPQRSTUVWXYZ")) {
            BROKER.online(version, id).disconnect();
        }
    }

    @Test
    @DisplayName(
            "[MQTT-3.1.3-6] [MQTT-3.1.3-7] [MQTT-3.2.2-16] an empty client identifier gets a new one, told in CONNACK, that is its own from then on")
    void assignedClientId() {
        RawClient one = BROKER.online(connect(5, "").sessionExpiryInterval(60));
        RawClient two = BROKER.online(connect(5, "").sessionExpiryInterval(60));
        String first = one.connack().props.text(Props.ASSIGNED_CLIENT_IDENTIFIER);
        String second = two.connack().props.text(Props.ASSIGNED_CLIENT_IDENTIFIER);
        assertThat(first).isNotEmpty();
        assertThat(second).isNotEmpty().isNotEqualTo(first);
        one.disconnect();
        RawClient again = BROKER.online(connect(5, first).cleanStart(false));
        assertThat(again.connack().sessionPresent).isTrue();
        assertThat(again.connack().props.has(Props.ASSIGNED_CLIENT_IDENTIFIER)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.1.3-6] an empty client identifier is allowed with Clean Start 0, too, in 5.0")
    void assignedClientIdWithoutCleanStart() {
        RawClient client = BROKER.online(connect(5, "").cleanStart(false));
        assertThat(client.connack().sessionPresent).isFalse();
        assertThat(client.connack().props.text(Props.ASSIGNED_CLIENT_IDENTIFIER))
                .isNotEmpty();
    }

    @Test
    @DisplayName("[MQTT311-3.1.3-6] in 3.1.1 clients without an identifier get one each and do not disturb one another")
    void emptyClientIdsAreDistinct() {
        RawClient one = BROKER.online(4, "");
        RawClient two = BROKER.online(4, "");
        one.ping();
        two.ping();
    }

    @Test
    @DisplayName(
            "[MQTT311-3.1.3-8] [MQTT311-3.2.2-5] an empty client identifier with Clean Session 0 gets return code 0x02, then the end")
    void emptyClientIdNeedsCleanSession() {
        RawClient client = BROKER.connect(4).send(connect(4, "").cleanStart(false));
        client.expectConnack(0x02);
        client.expectClosed();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-3.1.3-8] [MQTT311-3.1.3-9] a client identifier that the server does not want is refused by its own code")
    void clientIdTooLong(int version) {
        RawClient client = BROKER.connect(version).send(connect(version, "x".repeat(65_535)));
        Frame connack = client.read(5_000);
        if (connack != null && connack.reasonCode == 0) {
            return; // a server may take it
        }
        if (version == 4 || connack != null) {
            assertThat(connack).isNotNull();
            assertThat(connack.reasonCode).isEqualTo(version == 4 ? 0x02 : 0x85);
        }
        client.expectClosed();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.3-11] [MQTT311-3.1.3-10] a Will Topic that is not UTF-8 is malformed")
    void willTopicIsUtf8(int version) {
        for (String bad : BAD_UTF8) {
            refusedAsMalformed(
                    version,
                    connect(version, unique("wt")).will("t", "p", 0, false).willTopic(hex(bad)));
        }
    }

    @ParameterizedTest(name = "MQTT level {0}, ''{1}''")
    @CsvSource({"4, a/+", "4, #", "4, ''", "5, a/+", "5, #", "5, ''"})
    @DisplayName("[MQTT-3.1.4-1] [MQTT311-3.1.4-1] a Will Topic is a topic name: not empty, no wildcards")
    void willTopicIsATopicName(int version, String topic) {
        RawClient client = BROKER.connect(version);
        client.send(connect(version, unique("wt")).will(topic, "p", 0, false));
        client.expectRefused(version == 5 ? new Integer[] {0x81, 0x82, 0x90} : new Integer[] {3, 5});
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.3-12] [MQTT311-3.1.3-11] a User Name that is not UTF-8 is malformed")
    void userNameIsUtf8(int version) {
        for (String bad : BAD_UTF8) {
            refusedAsMalformed(
                    version, connect(version, unique("un")).userName(hex(bad)).password("p"));
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.4-1] [MQTT311-3.1.4-1] bytes behind the payload are malformed")
    void trailingBytes(int version) {
        refusedAsMalformed(version, connect(version, unique("trail")).trailer("00"));
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.4-1] [MQTT311-3.1.4-1] a CONNECT cut anywhere inside is malformed")
    void cutShort(int version) {
        byte[] whole = connect(version, "abc")
                .will("t", "p", 1, true)
                .userName("u")
                .password("p")
                .bytes();
        for (int length = 0; length < whole.length - 2; length++) {
            byte[] body = java.util.Arrays.copyOfRange(whole, 2, 2 + length);
            byte[] answer =
                    BROKER.connect(version).send(Packets.frame(0x10, body)).readToEnd();
            boolean refusal = answer.length >= 4 && answer[0] == 0x20 && answer[3] != 0;
            assertThat(answer.length == 0 || refusal)
                    .as("cut to %s: %s", length, hex(answer))
                    .isTrue();
        }
    }

    @ParameterizedTest(name = "CONNECT properties {0}: {1}")
    @CsvSource({
        "11 00 00 00 01 11 00 00 00 01, 82", // each of them twice
        "21 00 0A 21 00 0A, 82",
        "27 00 00 10 00 27 00 00 10 00, 82",
        "22 00 0A 22 00 0A, 82",
        "19 00 19 00, 82",
        "17 01 17 01, 82",
        "15 00 01 61 15 00 01 61, 82",
        "15 00 01 61 16 00 01 61 16 00 01 61, 82",
        "21 00 00, 82", // receive maximum 0
        "27 00 00 00 00, 82", // maximum packet size 0
        "19 02, 82", // neither 0 nor 1
        "17 02, 82",
        "16 00 01 61, 82", // authentication data without method
        "02 00 00 00 01, 81", // properties of other packets
        "18 00 00 00 01, 81",
        "23 00 01, 81",
        "0B 01, 81",
        "1F 00 01 61, 81",
        "12 00 01 61, 81",
        "13 00 0A, 81",
        "24 01, 81",
        "00, 81", // no such property
        "04 00, 81",
        "2B 00, 81",
        "7F 00, 81",
        "80 01 00, 81",
        "11 00 00, 81", // cut off
        "26 00 01 61, 81",
        "26 00 01 61 00 02 ED A0, 81", // not UTF-8
        "26 00 01 00 00 00, 81"
    })
    @DisplayName("[MQTT-3.1.4-1] wrong properties of CONNECT are refused")
    void badProperties(String properties, String code) {
        RawClient client = BROKER.connect(5);
        client.send(connect(5, unique("prop")).properties(props().raw(properties)));
        client.expectRefused(Integer.parseInt(code, 16));
    }

    @ParameterizedTest(name = "Will properties {0}: {1}")
    @CsvSource({
        "18 00 00 00 01 18 00 00 00 01, 82",
        "01 01 01 01, 82",
        "02 00 00 00 01 02 00 00 00 01, 82",
        "03 00 01 61 03 00 01 61, 82",
        "08 00 01 61 08 00 01 61, 82",
        "09 00 01 61 09 00 01 61, 82",
        "11 00 00 00 01, 81",
        "23 00 01, 81",
        "0B 01, 81",
        "2B 00, 81",
        "18 00 00, 81"
    })
    @DisplayName("[MQTT-3.1.4-1] wrong Will properties are refused")
    void badWillProperties(String properties, String code) {
        RawClient client = BROKER.connect(5);
        client.send(connect(5, unique("wp")).will("t", "p", 0, false).willProperties(props().raw(properties)));
        client.expectRefused(Integer.parseInt(code, 16));
    }

    @Test
    @DisplayName("[MQTT-3.1.4-1] a property length that runs over the packet is malformed")
    void propertyLengthTooLong() {
        RawClient client = BROKER.connect(5);
        client.send("10 0E 00 04 4D 51 54 54 05 02 00 00 7F 00 01 61");
        client.expectRefused(0x81);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.4-6] [MQTT311-3.1.4-5] nothing that follows a refused CONNECT is processed")
    void nothingAfterRefusal(int version) {
        String topic = unique("refused/");
        RawClient watcher = BROKER.online(5, unique("w"));
        watcher.subscribe(topic, 0);
        Packets.Connect refused = version == 4
                ? connect(4, "").cleanStart(false)
                : connect(5, unique("r")).properties(props().authenticationMethod("no-such-method"));
        RawClient client = BROKER.connect(version);
        client.send(refused, publish(version, topic, "bad").retain());
        client.readToEnd();
        watcher.expectNothing(100);
        watcher.publish(topic, "good", 0).expectPublish(topic, "good");
        RawClient late = BROKER.online(version, unique("l"));
        late.subscribe(topic, 0);
        late.ping();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.4-5] [MQTT-3.2.0-1] packets sent right behind CONNECT are kept and handled in order")
    void pipelined(int version) {
        String topic = unique("pipe/");
        RawClient client = BROKER.connect(version);
        client.send(
                connect(version, unique("pipe")),
                subscribe(version, 1).filter(topic, 1),
                publish(version, topic, "one").qos(1, 2),
                publish(version, topic, "two").qos(1, 3),
                Packets.pingreq());
        client.expectConnack(0);
        client.expect(Frame.SUBACK, 1);
        List<String> got = new java.util.ArrayList<>();
        boolean pong = false;
        for (int i = 0; i < 5; i++) {
            Frame f = client.read();
            pong |= f.type == Frame.PINGRESP;
            got.add(f.type == Frame.PUBLISH ? f.payloadText() : Frame.name(f.type) + f.packetId);
        }
        assertThat(pong).isTrue();
        assertThat(got).containsExactlyInAnyOrder("one", "two", "PUBACK2", "PUBACK3", "PINGRESP0");
        assertThat(got.indexOf("one")).isLessThan(got.indexOf("two"));
        assertThat(got.indexOf("PUBACK2")).isLessThan(got.indexOf("PUBACK3"));
    }

    @Test
    @DisplayName("[MQTT-3.1.4-5] a CONNECT that arrives byte by byte is understood")
    void dribbled() {
        RawClient client = BROKER.connect(5);
        for (byte b : connect(5, unique("drib")).userName("u").bytes()) {
            client.send(new byte[] {b});
        }
        assertThat(client.expect(Frame.CONNACK).reasonCode).isZero();
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
