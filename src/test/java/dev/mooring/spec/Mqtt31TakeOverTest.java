package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 3.1.4: a second connection with the client identifier of the first. */
class Mqtt31TakeOverTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.1.4-3] a second client with the same identifier ends the first connection, with 0x8E")
    void takeOver5() {
        takeOver(5);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.1.4-2] a second client with the same identifier ends the first connection")
    void takeOver311(int version) {
        takeOver(version);
    }

    private static void takeOver(int version) {
        String id = unique("c");
        RawClient first = BROKER.online(version, id);
        RawClient second = BROKER.online(version, id);
        first.expectDisconnect(0x8E);
        second.ping();
    }

    @Test
    @DisplayName("[MQTT-3.1.4-3] a client of 3.1.1 with the same identifier ends the first connection, with 0x8E")
    void takeOverBy311() {
        String id = unique("c");
        RawClient first = BROKER.online(5, id);
        RawClient second = BROKER.online(4, id);
        first.expectDisconnect(0x8E);
        second.ping();
    }

    @Test
    @DisplayName("[MQTT311-3.1.4-2] a client of 5.0 with the same identifier ends the first connection")
    void takeOverBy5() {
        String id = unique("c");
        RawClient first = BROKER.online(4, id);
        RawClient second = BROKER.online(5, id);
        first.expectDisconnect();
        second.ping();
    }

    @Test
    @DisplayName("[MQTT-3.1.4-4] a take-over without clean start resumes the live session: subscriptions and "
            + "what wasn't acknowledged")
    void takeOverResumes5() {
        takeOverResumes(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.4-3] a take-over without clean start resumes the live session: subscriptions and "
            + "what wasn't acknowledged")
    void takeOverResumes311() {
        takeOverResumes(4);
    }

    private static void takeOverResumes(int version) {
        String topic = unique("s/");
        String id = unique("c");
        RawClient first = BROKER.online(persistent(version, id));
        first.subscribe(topic, 1);
        RawClient publisher = BROKER.online(5, unique("p")).publish(topic, "inflight", 1);
        int packetId = first.expectPublish(topic, "inflight").packetId;
        RawClient second = BROKER.online(persistent(version, id));
        assertThat(second.connack().sessionPresent).isTrue();
        Frame again = second.expectPublish(topic, "inflight");
        assertThat(again.packetId).isEqualTo(packetId);
        assertThat(again.dup).isTrue();
        publisher.publish(topic, "live", 0);
        second.expectPublish(topic, "live");
        first.expectDisconnect(0x8E);
    }

    @Test
    @DisplayName("[MQTT-3.1.4-4] a take-over with clean start begins a new session")
    void takeOverWithCleanStart5() {
        takeOverWithCleanStart(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.4-3] a take-over with clean start begins a new session")
    void takeOverWithCleanStart311() {
        takeOverWithCleanStart(4);
    }

    private static void takeOverWithCleanStart(int version) {
        String topic = unique("s/");
        String id = unique("c");
        RawClient first = BROKER.online(persistent(version, id));
        first.subscribe(topic, 1);
        RawClient second = BROKER.online(persistent(version, id).cleanStart(true));
        assertThat(second.connack().sessionPresent).isFalse();
        BROKER.online(5, unique("p")).publish(topic, "not for you", 1);
        second.ping();
        first.expectDisconnect(0x8E);
    }

    @Test
    @DisplayName("[MQTT-3.1.4-3] after a storm of take-overs one connection lives and gets each message once")
    void takeOverStorm5() {
        takeOverStorm(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.4-2] after a storm of take-overs one connection lives and gets each message once")
    void takeOverStorm311() {
        takeOverStorm(4);
    }

    private static void takeOverStorm(int version) {
        String topic = unique("s/");
        String id = unique("c");
        RawClient setUp = BROKER.online(persistent(version, id));
        setUp.subscribe(topic, 1);
        List<RawClient> storm = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            storm.add(BROKER.connect(version).send(persistent(version, id)));
        }
        List<RawClient> connected = new ArrayList<>();
        for (RawClient client : storm) {
            Frame connack = client.read(20_000);
            if (connack != null && connack.type == Frame.CONNACK && connack.reasonCode == 0) {
                connected.add(client);
            }
        }
        List<RawClient> alive = new ArrayList<>(); // every CONNECT has been answered, so no take-over is to come
        for (RawClient client : connected) {
            Frame frame = client.send(Packets.pingreq()).read(20_000);
            if (frame != null && frame.type == Frame.PINGRESP) {
                alive.add(client);
            }
        }
        assertThat(alive).hasSize(1);
        RawClient survivor = alive.get(0);
        RawClient publisher = BROKER.online(5, unique("p")).publish(topic, "once", 1);
        Frame frame = survivor.expectPublish(topic, "once");
        survivor.send(Packets.puback(frame.packetId));
        publisher.publish(topic, "marker", 1);
        survivor.expectPublish(topic, "marker");
    }

    /** Resumes a session and keeps it for a minute (5.0) or for ever (3.1.1). */
    private static Packets.Connect persistent(int version, String id) {
        return connect(version, id).cleanStart(false).sessionExpiryInterval(60);
    }
}
