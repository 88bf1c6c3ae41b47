package dev.mooring.spec;

import static dev.mooring.spec.Packets.ack;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.unique;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapters 3.4 to 3.7: acknowledgements that are not what the standard allows. */
class Mqtt34MalformedTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "flags {0}")
    @ValueSource(strings = {"0", "1", "3", "6", "A", "F"})
    @DisplayName("[MQTT-3.6.1-1] PUBREL with flags other than 0010 is malformed and not answered")
    void pubrelFlags(String flags) {
        pubrelFlags(5, flags);
    }

    @ParameterizedTest(name = "flags {0}")
    @ValueSource(strings = {"0", "1", "3", "6", "A", "F"})
    @DisplayName("[MQTT311-3.6.1-1] PUBREL with flags other than 0010 is malformed and not answered: 3.1.1")
    void pubrelFlagsOf311(String flags) {
        pubrelFlags(4, flags);
    }

    private static void pubrelFlags(int version, String flags) {
        RawClient client = BROKER.online(version, unique("c"));
        client.send(publish(version, unique("t/"), "x").qos(2, 1)).expect(Frame.PUBREC, 1);
        client.send(ack(0x60 | Integer.parseInt(flags, 16), 1)).expectDisconnect(0x81);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "41 02 00 01",
                "52 02 00 01",
                "78 02 00 01",
                "40 00",
                "40 01 00",
                "40 03 00 01 00",
                "50 04 00 01 00 00",
                "62 01 01",
                "62 03 00 01 00",
                "70 00"
            })
    @DisplayName("[MQTT311-4.8.0-1] a malformed acknowledgement ends the connection: 3.1.1")
    void malformedOf311(String packet) {
        BROKER.online(4, unique("c")).send(packet).expectClosed();
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                "41 02 00 01",
                "52 02 00 01",
                "78 02 00 01",
                "40 00",
                "50 01 00",
                "62 00",
                "70 01 01",
                "40 04 00 01 00 01", // property length beyond the end
                "50 04 00 01 00 80",
                "62 05 00 01 00 00 00", // bytes behind the properties
                "70 08 00 01 00 04 11 00 00 00", // property cut off
                "40 09 00 01 00 05 11 00 00 00 01", // property of another packet
                "50 07 00 01 00 03 23 00 01",
                "62 06 00 01 00 02 7D 00", // no such property
                "70 09 00 01 00 05 1F 00 02 ED A0" // not UTF-8
            })
    @DisplayName("[MQTT-4.13.1-1] a malformed acknowledgement ends the connection with 0x81")
    void malformed(String packet) {
        BROKER.online(5, unique("c")).send(packet).expectDisconnect(0x81);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"40", "50", "62", "70"})
    @DisplayName("[MQTT-4.13.1-1] two reason strings in an acknowledgement are a protocol error")
    void reasonStringTwice(String byte1) {
        Props twice = props().reasonString("a").reasonString("b");
        BROKER.online(5, unique("c"))
                .send(ack(Integer.parseInt(byte1, 16), 1, 0, twice))
                .expectDisconnect(0x82);
    }

    @ParameterizedTest(name = "0x{0}")
    @ValueSource(strings = {"01", "7F", "81", "8E", "92"})
    @DisplayName("[MQTT-3.4.2-1] a reason code that PUBACK doesn't have is an error")
    void pubackReasonCode(String reason) {
        unknownReasonCode(0x40, reason);
    }

    @ParameterizedTest(name = "0x{0}")
    @ValueSource(strings = {"01", "7F", "81", "8E", "92"})
    @DisplayName("[MQTT-3.5.2-1] a reason code that PUBREC doesn't have is an error")
    void pubrecReasonCode(String reason) {
        unknownReasonCode(0x50, reason);
    }

    @ParameterizedTest(name = "0x{0}")
    @ValueSource(strings = {"01", "10", "80", "91"})
    @DisplayName("[MQTT-3.6.2-1] a reason code that PUBREL doesn't have is an error")
    void pubrelReasonCode(String reason) {
        unknownReasonCode(0x62, reason);
    }

    @ParameterizedTest(name = "0x{0}")
    @ValueSource(strings = {"01", "10", "80", "91"})
    @DisplayName("[MQTT-3.7.2-1] a reason code that PUBCOMP doesn't have is an error")
    void pubcompReasonCode(String reason) {
        unknownReasonCode(0x70, reason);
    }

    private static void unknownReasonCode(int byte1, String reason) {
        BROKER.online(5, unique("c"))
                .send(ack(byte1, 1, Integer.parseInt(reason, 16)))
                .expectDisconnect(0x81, 0x82);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"40", "50", "62", "70"})
    @DisplayName("[MQTT-4.13.1-1] packet identifier 0 in an acknowledgement is a protocol error")
    void packetIdentifier0(String byte1) {
        BROKER.online(5, unique("c")).send(ack(Integer.parseInt(byte1, 16), 0)).expectDisconnect(0x82);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"40", "50", "62", "70"})
    @DisplayName("[MQTT311-4.8.0-1] packet identifier 0 in an acknowledgement ends the connection: 3.1.1")
    void packetIdentifier0Of311(String byte1) {
        BROKER.online(4, unique("c")).send(ack(Integer.parseInt(byte1, 16), 0)).expectClosed();
    }
}
