package dev.mooring.spec;

import static dev.mooring.spec.Packets.ack;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapters 3.4 to 3.7: acknowledgements that are not what the standard allows. */
class Mqtt34MalformedTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "MQTT level {0}, flags {1}")
    @CsvSource({"4, 0", "4, 1", "4, 3", "4, 6", "4, A", "4, F", "5, 0", "5, 1", "5, 3", "5, 6", "5, A", "5, F"})
    @DisplayName("[MQTT-3.6.1-1] [MQTT311-3.6.1-1] PUBREL with flags other than 0010 is malformed and not answered")
    void pubrelFlags(int version, String flags) {
        RawClient client = BROKER.online(version, unique("c"));
        client.send(publish(version, unique("t/"), "x").qos(2, 1)).expect(Frame.PUBREC, 1);
        client.send(ack(0x60 | Integer.parseInt(flags, 16), 1)).expectDisconnect(0x81);
    }

    @ParameterizedTest(name = "MQTT level {0}: {1}")
    @CsvSource({
        "4, 41 02 00 01",
        "4, 52 02 00 01",
        "4, 78 02 00 01",
        "4, 40 00",
        "4, 40 01 00",
        "4, 40 03 00 01 00",
        "4, 50 04 00 01 00 00",
        "4, 62 01 01",
        "4, 62 03 00 01 00",
        "4, 70 00",
        "5, 41 02 00 01",
        "5, 52 02 00 01",
        "5, 78 02 00 01",
        "5, 40 00",
        "5, 50 01 00",
        "5, 62 00",
        "5, 70 01 01",
        "5, 40 04 00 01 00 01", // property length beyond the end
        "5, 50 04 00 01 00 80",
        "5, 62 05 00 01 00 00 00", // bytes behind the properties
        "5, 70 08 00 01 00 04 11 00 00 00", // property cut off
        "5, 40 09 00 01 00 05 11 00 00 00 01", // property of another packet
        "5, 50 07 00 01 00 03 23 00 01",
        "5, 62 06 00 01 00 02 7D 00", // no such property
        "5, 70 09 00 01 00 05 1F 00 02 ED A0" // not UTF-8
    })
    @DisplayName("[MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1] a malformed acknowledgement ends "
            + "the connection, in 5.0 with 0x81")
    void malformed(int version, String packet) {
        BROKER.online(version, unique("c")).send(packet).expectDisconnect(0x81);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"40", "50", "62", "70"})
    @DisplayName("[MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1] two reason strings in an "
            + "acknowledgement are a protocol error")
    void reasonStringTwice(String byte1) {
        Props twice = props().reasonString("a").reasonString("b");
        BROKER.online(5, unique("c"))
                .send(ack(Integer.parseInt(byte1, 16), 1, 0, twice))
                .expectDisconnect(0x82);
    }

    @ParameterizedTest(name = "{0} with reason {1}")
    @CsvSource({"40, 92", "40, 01", "40, 8E", "50, 92", "50, 7F", "62, 80", "62, 91", "70, 10", "70, 80"})
    @DisplayName("[MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1] a reason code that this "
            + "acknowledgement doesn't have is an error")
    void unknownReasonCode(String byte1, String reason) {
        BROKER.online(5, unique("c"))
                .send(ack(Integer.parseInt(byte1, 16), 1, Integer.parseInt(reason, 16)))
                .expectDisconnect(0x81, 0x82);
    }

    @ParameterizedTest(name = "MQTT level {0}: {1}")
    @CsvSource({"4, 40", "4, 50", "4, 62", "4, 70", "5, 40", "5, 50", "5, 62", "5, 70"})
    @DisplayName("[MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1] packet identifier 0 never "
            + "acknowledges anything: ignored or an error")
    void packetIdentifier0(int version, String byte1) {
        RawClient client = BROKER.online(version, unique("c"));
        client.send(ack(Integer.parseInt(byte1, 16), 0), Packets.pingreq());
        Frame frame = client.read(5_000);
        if (frame == null) {
            assertThat(client.ended()).isTrue();
        } else if (frame.type == Frame.DISCONNECT) {
            assertThat(frame.reasonCode).isIn(0x81, 0x82);
        } else {
            assertThat(frame.type).isEqualTo(Frame.PINGRESP);
        }
    }
}
