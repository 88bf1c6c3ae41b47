package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.RawClient.hex;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 3.1.3.1: client identifiers, the client's own and those that the server assigns. */
class Mqtt31ClientIdTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.1.3-3] a CONNECT without a client identifier is malformed")
    void clientIdIsPresent5() {
        clientIdIsPresent(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.3-3] a CONNECT without a client identifier is malformed")
    void clientIdIsPresent311() {
        clientIdIsPresent(4);
    }

    private static void clientIdIsPresent(int version) {
        String body = version == 5 ? "00 04 4D 51 54 54 05 02 00 00 00" : "00 04 4D 51 54 54 04 02 00 00";
        RawClient client = BROKER.connect(version).send(Packets.frame(0x10, body));
        client.expectRefused(version == 5 ? 0x81 : -1);
    }

    @Test
    @DisplayName("[MQTT-3.1.3-4] a client identifier that is not UTF-8 is refused")
    void clientIdIsText5() {
        clientIdIsText(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.3-4] a client identifier that is not UTF-8 is refused")
    void clientIdIsText311() {
        clientIdIsText(4);
    }

    private static void clientIdIsText(int version) {
        for (String bad : Mqtt31ConnectTest.BAD_UTF8) {
            byte[] id = hex(bad);
            String head = version == 5 ? "00 04 4D 51 54 54 05 02 00 00 00" : "00 04 4D 51 54 54 04 02 00 00";
            RawClient client = BROKER.connect(version);
            client.send(Packets.frame(0x10, head + " 00 0" + id.length + bad));
            client.expectRefused(version == 5 ? new Integer[] {0x81, 0x85} : new Integer[] {0x02});
        }
    }

    @Test
    @DisplayName("[MQTT-3.1.3-5] client identifiers of 1 to 23 letters and digits are accepted")
    void clientIdOfLettersAndDigits5() {
        clientIdOfLettersAndDigits(5);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.1.3-5] client identifiers of 1 to 23 letters and digits are accepted")
    void clientIdOfLettersAndDigits311(int version) {
        clientIdOfLettersAndDigits(version);
    }

    private static void clientIdOfLettersAndDigits(int version) {
        for (String id : List.of("7", "0123456789abcdefghijklm", "nopqrstuvwxyzABCDEFGHIJ", "KLMNOPQRSTUVWXYZ")) {
            BROKER.online(version, id).disconnect();
        }
    }

    @Test
    @DisplayName("[MQTT-3.1.3-6] clients with an empty identifier get one each")
    void assignedClientId() {
        RawClient one = BROKER.online(connect(5, ""));
        RawClient two = BROKER.online(connect(5, ""));
        assertThat(assigned(one)).isNotEmpty().isNotEqualTo(assigned(two));
        one.ping();
        two.ping();
    }

    @Test
    @DisplayName("[MQTT-3.1.3-7] the assigned identifier, which CONNACK tells, is the client's own from then on")
    void assignedClientIdIsUsed() {
        String topic = unique("own/");
        RawClient client = BROKER.online(connect(5, "").sessionExpiryInterval(60));
        client.subscribe(topic, 1);
        client.disconnect();
        RawClient again = BROKER.online(connect(5, assigned(client)).cleanStart(false));
        assertThat(again.connack().sessionPresent).isTrue();
        assertThat(again.connack().props.has(Props.ASSIGNED_CLIENT_IDENTIFIER)).isFalse();
        again.publish(topic, "still", 0).expectPublish(topic, "still");
    }

    @Test
    @DisplayName("[MQTT-3.2.2-16] an assigned identifier is no other session's, on line or away")
    void assignedClientIdIsNew() {
        Set<String> all = new HashSet<>();
        for (int i = 0; i < 30; i++) {
            RawClient client = BROKER.online(connect(5, "").cleanStart(false).sessionExpiryInterval(60));
            assertThat(client.connack().sessionPresent).isFalse();
            assertThat(all.add(assigned(client))).isTrue();
            if (i % 2 == 0) {
                client.disconnect();
            }
        }
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
    @DisplayName("[MQTT311-3.1.3-8] an empty client identifier with Clean Session 0 gets 0x02, then the end")
    void emptyClientIdNeedsCleanSession() {
        RawClient client = BROKER.connect(4).send(connect(4, "").cleanStart(false));
        client.expectConnack(0x02);
        client.expectClosed();
    }

    @Test
    @DisplayName("[MQTT-3.1.3-8] a client identifier that the server does not want is refused by 0x85, then the end")
    void clientIdTooLong5() {
        RawClient client = BROKER.connect(5).send(connect(5, "x".repeat(65_535)));
        client.expectConnack(0x85);
        client.expectClosed();
    }

    @Test
    @DisplayName("[MQTT311-3.1.3-9] a client identifier that the server does not want is refused by 0x02, then the end")
    void clientIdTooLong311() {
        RawClient client = BROKER.connect(4).send(connect(4, "x".repeat(65_535)));
        client.expectConnack(0x02);
        client.expectClosed();
    }

    private static String assigned(RawClient client) {
        return client.connack().props.text(Props.ASSIGNED_CLIENT_IDENTIFIER);
    }
}
