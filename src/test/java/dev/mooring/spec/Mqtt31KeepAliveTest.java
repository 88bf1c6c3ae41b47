package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 3.1.2.10: the keep alive that a client states, and what keeps a connection. */
class Mqtt31KeepAliveTest {
    /** What is to happen within one and a half seconds has happened by then, though the machine be busy. */
    private static final long BUSY_MS = 6_000;

    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.1.2-22] a silent client is cut off after one and a half times its keep alive, with 0x8D")
    void keepAlive5() {
        keepAlive(5);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.1.2-24] a silent client is cut off after one and a half times its keep alive")
    void keepAlive311(int version) {
        keepAlive(version);
    }

    private static void keepAlive(int version) {
        RawClient client = BROKER.online(connect(version, unique("k")).keepAlive(1));
        long start = System.nanoTime();
        client.expectDisconnect(0x8D);
        assertThat((System.nanoTime() - start) / 1_000_000).isBetween(1_400L, BUSY_MS);
    }

    @Test
    @DisplayName("[MQTT-3.2.2-22] without Server Keep Alive the client's own value holds, each client's for itself")
    void keepAliveOfTheClient() {
        RawClient patient = BROKER.online(connect(5, unique("k")).keepAlive(60));
        RawClient hasty = BROKER.online(connect(5, unique("k")).keepAlive(1));
        assertThat(patient.connack().props.has(Props.SERVER_KEEP_ALIVE)).isFalse();
        assertThat(hasty.connack().props.has(Props.SERVER_KEEP_ALIVE)).isFalse();
        hasty.expectDisconnect(0x8D);
        patient.ping();
    }

    @Test
    @DisplayName("[MQTT-3.1.2-22] any packet in time keeps the connection")
    void keptAlive5() {
        keptAlive(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-24] any packet in time keeps the connection")
    void keptAlive311() {
        keptAlive(4);
    }

    private static void keptAlive(int version) {
        String topic = unique("k/");
        RawClient client = BROKER.online(connect(version, unique("k")).keepAlive(2));
        client.expectNothing(1_100);
        client.send(publish(version, topic, "hello")).expectNothing(1_100);
        client.ping().expectNothing(1_100);
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-3.1.2-22] bytes that never make a packet don't keep the connection")
    void dribbleIsNoPacket5() {
        dribbleIsNoPacket(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-24] bytes that never make a packet don't keep the connection")
    void dribbleIsNoPacket311() {
        dribbleIsNoPacket(4);
    }

    private static void dribbleIsNoPacket(int version) {
        RawClient client = BROKER.online(connect(version, unique("k")).keepAlive(1));
        client.send("30 7F 00 40");
        long start = System.nanoTime();
        Frame last = null;
        while (last == null && !client.ended() && (System.nanoTime() - start) / 1_000_000 < BUSY_MS) {
            last = client.send("61").read(200);
        }
        if (version == 5) {
            assertThat(last).isNotNull();
            assertThat(last.reasonCode).isEqualTo(0x8D);
        } else {
            assertThat(last).isNull();
            assertThat(client.ended()).isTrue();
            assertThat((System.nanoTime() - start) / 1_000_000).isGreaterThan(1_400);
        }
    }

    @Test
    @DisplayName("[MQTT-3.1.2-22] what the server sends doesn't keep the connection: only the client's packets count")
    void deliveriesDoNotCount5() {
        deliveriesDoNotCount(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-24] what the server sends doesn't keep the connection: only the client's "
            + "packets count")
    void deliveriesDoNotCount311() {
        deliveriesDoNotCount(4);
    }

    private static void deliveriesDoNotCount(int version) {
        String topic = unique("k/");
        RawClient client = BROKER.online(connect(version, unique("k")).keepAlive(1));
        client.subscribe(topic, 0);
        RawClient publisher = BROKER.online(version, unique("p"));
        long start = System.nanoTime();
        while (!client.ended() && (System.nanoTime() - start) / 1_000_000 < BUSY_MS) {
            publisher.publish(topic, "tick", 0);
            client.read(5_000);
            client.read(300);
        }
        assertThat(client.ended()).isTrue();
    }

    @Test
    @DisplayName("[MQTT-3.2.2-22] keep alive 0 without Server Keep Alive turns the time-out off")
    void keepAliveOff5() {
        keepAliveOff(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-24] keep alive 0 turns the time-out off")
    void keepAliveOff311() {
        keepAliveOff(4);
    }

    private static void keepAliveOff(int version) {
        RawClient client = BROKER.online(connect(version, unique("k")).keepAlive(0));
        assertThat(client.connack().props.has(Props.SERVER_KEEP_ALIVE)).isFalse();
        client.expectNothing(1_800);
        client.ping();
    }
}
