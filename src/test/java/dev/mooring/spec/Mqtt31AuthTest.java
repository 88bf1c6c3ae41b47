package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import com.password4j.Password;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 3.1, CONNECT: what happens around a client that is not let in. */
class Mqtt31AuthTest {
    @RegisterExtension
    static final SpecBroker BROKER =
            new SpecBroker("""
            {"auth": {"allow_anonymous": false, "users": [{"username": "ann", "password_hash": "%s"}]}}
            """.formatted(Password.hash("secret").withBcrypt().getResult()));

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName("[MQTT-3.1.4-5] [MQTT311-3.1.4-4] the right User Name and Password are let in")
    void letIn(int version) {
        BROKER.online(ann(version, unique("c"))).ping();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName(
            "[MQTT-3.1.4-2] [MQTT-3.2.2-7] [MQTT-3.2.2-8] [MQTT311-3.2.2-5] wrong, missing or empty passwords and unknown users are refused and cut off")
    void refused(int version) {
        for (Packets.Connect connect : new Packets.Connect[] {
            connect(version, unique("c")),
            connect(version, unique("c")).userName("ann"),
            connect(version, unique("c")).userName("ann").password(""),
            connect(version, unique("c")).userName("ann").password("Secret"),
            connect(version, unique("c")).userName("ann ").password("secret"),
            connect(version, unique("c")).userName("").password("secret"),
            connect(version, unique("c")).userName("bob").password("secret")
        }) {
            RawClient client = BROKER.connect(version).send(connect);
            Frame connack = client.expect(Frame.CONNACK);
            assertThat(connack.reasonCode).isIn(version == 5 ? new Object[] {0x86, 0x87} : new Object[] {4, 5});
            assertThat(connack.sessionPresent).isFalse();
            client.expectClosed();
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-3.1.4-2] [MQTT-3.1.4-6] [MQTT311-3.1.4-5] a refused client takes over nothing, publishes nothing and leaves no Will")
    void refusedDoesNoHarm(int version) {
        String id = unique("c");
        String topic = unique("a/");
        RawClient victim = BROKER.online(ann(version, id).cleanStart(false).sessionExpiryInterval(60));
        victim.subscribe(topic, 1);
        RawClient intruder = BROKER.connect(version);
        intruder.send(
                connect(version, id).userName("ann").password("guess").will(topic, "will", 1, true),
                publish(version, topic, "smuggled").qos(1, 1));
        assertThat(intruder.expect(Frame.CONNACK).reasonCode).isNotZero();
        intruder.expectClosed();
        victim.ping().expectNothing(150);
        victim.disconnect();
        RawClient again = BROKER.online(ann(version, id).cleanStart(false));
        assertThat(again.connack().sessionPresent).isTrue();
        again.ping();
    }

    @Test
    @DisplayName("[MQTT-3.1.4-5] packets sent right behind a CONNECT that takes time to check are handled after it")
    void pipelinedBehindAuthentication() {
        String topic = unique("a/");
        RawClient client = BROKER.connect(5);
        client.send(ann(5, unique("c")), Packets.subscribe(5, 1).filter(topic, 0), publish(5, topic, "x"));
        client.expectConnack(0);
        client.expect(Frame.SUBACK, 1);
        client.expectPublish(topic, "x");
    }

    private static Packets.Connect ann(int version, String id) {
        return connect(version, id).userName("ann").password("secret");
    }
}
