package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import com.password4j.Password;
import java.nio.charset.StandardCharsets;
import java.util.List;
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

    @Test
    @DisplayName("[MQTT-3.1.4-5] the right User Name and Password are let in")
    void letIn5() {
        letIn(5);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.1.4-4] the right User Name and Password are let in")
    void letIn311(int version) {
        letIn(version);
    }

    private static void letIn(int version) {
        BROKER.online(ann(version, unique("c"))).ping();
    }

    @Test
    @DisplayName("[MQTT-3.1.4-2] who fails the check of user name and password is cut off")
    void strangersAreCutOff() {
        for (Packets.Connect stranger : strangers(5)) {
            RawClient client = BROKER.connect(5).send(stranger, Packets.pingreq());
            client.readToEnd();
            assertThat(client.ended()).isTrue();
        }
    }

    @Test
    @DisplayName("[MQTT-3.2.2-7] behind a CONNACK that refuses comes the end")
    void refusalIsTheEnd5() {
        refusalIsTheEnd(5);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.2.2-5] behind a CONNACK that refuses comes the end")
    void refusalIsTheEnd311(int version) {
        refusalIsTheEnd(version);
    }

    private static void refusalIsTheEnd(int version) {
        for (Packets.Connect stranger : strangers(version)) {
            RawClient client = BROKER.connect(version).send(stranger);
            int code = client.expect(Frame.CONNACK).reasonCode;
            assertThat(code).isBetween(version == 5 ? 0x80 : 4, version == 5 ? 0xFF : 5);
            client.expectClosed();
        }
    }

    @Test
    @DisplayName("[MQTT-3.2.2-8] strangers are refused by 0x86 or 0x87")
    void reasonCodes() {
        for (Packets.Connect stranger : strangers(5)) {
            Frame connack = BROKER.connect(5).send(stranger).expect(Frame.CONNACK);
            assertThat(connack.reasonCode).isIn(0x86, 0x87);
        }
    }

    /** Wrong, missing or empty passwords, and unknown users. */
    private static List<Packets.Connect> strangers(int version) {
        return List.of(
                connect(version, unique("c")),
                connect(version, unique("c")).userName("ann"),
                connect(version, unique("c")).userName("ann").password(""),
                connect(version, unique("c")).userName("ann").password("Secret"),
                connect(version, unique("c")).userName("ann ").password("secret"),
                connect(version, unique("c")).userName("").password("secret"),
                connect(version, unique("c")).userName("bob").password("secret"));
    }

    @Test
    @DisplayName("[MQTT-3.1.4-6] a refused client takes over nothing, publishes nothing and leaves no Will")
    void refusedDoesNoHarm5() {
        refusedDoesNoHarm(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.4-5] a refused client takes over nothing, publishes nothing and leaves no Will")
    void refusedDoesNoHarm311() {
        refusedDoesNoHarm(4);
    }

    private static void refusedDoesNoHarm(int version) {
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

    @Test
    @DisplayName("[MQTT-3.1.3-1] identifier, Will, User Name and Password are read in this order, byte for byte")
    void payloadInOrder5() {
        payloadInOrder(5, "05 C6 0000 05 11 0000003C", "00");
    }

    @Test
    @DisplayName("[MQTT311-3.1.3-1] identifier, Will, User Name and Password are read in this order, byte for byte")
    void payloadInOrder311() {
        payloadInOrder(4, "04 C6 0000", "");
    }

    /** A client with the fields in order gets in, its Will and its session are as told; with two swapped it doesn't. */
    private static void payloadInOrder(int version, String levelToProperties, String willProperties) {
        String head = "0004 4D515454" + levelToProperties;
        String id = text(unique("c"));
        String topic = unique("a/");
        String will = willProperties + text(topic) + text("gone");
        RawClient watcher = BROKER.online(ann(version, unique("w")));
        watcher.subscribe(topic, 0);
        RawClient swapped = BROKER.connect(version);
        swapped.send(Packets.frame(0x10, head + id + text("ann") + text("secret") + will));
        swapped.expectRefused(version == 5 ? new Integer[] {0x81, 0x82, 0x86, 0x87} : new Integer[] {4, 5});
        RawClient client = BROKER.connect(version);
        client.send(Packets.frame(0x10, head + id + will + text("ann") + text("secret")));
        client.expectConnack(0);
        client.close();
        watcher.expectPublish(topic, "gone");
    }

    /** UTF-8 text with its length before it, in hex. */
    private static String text(String ascii) {
        byte[] bytes = ascii.getBytes(StandardCharsets.US_ASCII);
        return RawClient.hex(new byte[] {0, (byte) bytes.length}) + RawClient.hex(bytes);
    }

    private static Packets.Connect ann(int version, String id) {
        return connect(version, id).userName("ann").password("secret");
    }
}
