package dev.mooring.spec;

import static dev.mooring.spec.RawClient.hex;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapters 3.12 and 3.13, PINGREQ and PINGRESP. */
class Mqtt312PingTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.12.4-1] every PINGREQ is answered by one PINGRESP")
    void answered() {
        answered(5);
    }

    @Test
    @DisplayName("[MQTT311-3.12.4-1] every PINGREQ is answered by one PINGRESP")
    void answeredOf311() {
        answered(3);
        answered(4);
    }

    private static void answered(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        client.send("C0 00 C0 00 C0 00");
        for (int i = 0; i < 3; i++) {
            assertThat(hex(client.expect(Frame.PINGRESP).bytes)).isEqualTo("D0 00");
        }
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] PINGREQ with a body is malformed")
    void withBody() {
        withBody(5);
    }

    @Test
    @DisplayName("[MQTT311-4.8.0-1] PINGREQ with a body is malformed")
    void withBodyOf311() {
        withBody(4);
    }

    private static void withBody(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        client.send("C0 01 00");
        client.expectDisconnect(0x81);
    }
}
