package dev.mooring.spec;

import static dev.mooring.spec.RawClient.hex;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapters 3.12 and 3.13, PINGREQ and PINGRESP. */
class Mqtt312PingTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName("[MQTT-3.12.4-1] [MQTT311-3.12.4-1] every PINGREQ is answered by one PINGRESP")
    void answered(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        client.send("C0 00 C0 00 C0 00");
        for (int i = 0; i < 3; i++) {
            assertThat(hex(client.expect(Frame.PINGRESP).bytes)).isEqualTo("D0 00");
        }
        client.ping();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-4.13.1-1] [MQTT311-4.8.0-1] PINGREQ with a body is malformed")
    void withBody(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        client.send("C0 01 00");
        client.expectDisconnect(0x81);
    }
}
