package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.unique;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Chapter 3.1, CONNECT: wrong properties, of the packet and of the Will. */
class Mqtt31PropertiesTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

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
}
