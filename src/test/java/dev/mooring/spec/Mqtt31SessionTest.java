package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 3.1, CONNECT: sessions, their expiry and their take-over. */
class Mqtt31SessionTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-3.1.2-4] [MQTT-3.2.2-2] [MQTT311-3.1.2-6] [MQTT311-3.2.2-1] a clean start discards the session: subscriptions and queue")
    void cleanStartDiscards(int version) {
        String topic = unique("s/");
        String id = unique("c");
        RawClient first = BROKER.online(persistent(version, id));
        first.subscribe(topic, 1);
        first.disconnect();
        RawClient publisher = BROKER.online(5, unique("p"));
        publisher.publish(topic, "queued", 1);
        RawClient clean = BROKER.online(persistent(version, id).cleanStart(true));
        assertThat(clean.connack().sessionPresent).isFalse();
        publisher.publish(topic, "live", 1);
        clean.ping();
        clean.subscribe(topic, 1);
        publisher.publish(topic, "after", 1);
        clean.expectPublish(topic, "after");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-3.1.2-5] [MQTT-3.1.2-23] [MQTT-3.2.2-3] [MQTT311-3.1.2-4] [MQTT311-3.1.2-5] [MQTT311-3.2.2-2] without clean start the session goes on: subscriptions, and what came meanwhile at QoS 1 and 2")
    void sessionResumes(int version) {
        String topic = unique("s/");
        String id = unique("c");
        RawClient first = BROKER.online(persistent(version, id));
        first.subscribe(topic, 2);
        first.disconnect();
        RawClient publisher = BROKER.online(5, unique("p"));
        publisher.publish(topic, "one", 1).publish(topic, "two", 2).publish(topic, "three", 1);
        RawClient again = BROKER.online(persistent(version, id));
        assertThat(again.connack().sessionPresent).isTrue();
        for (String payload : List.of("one", "two", "three")) {
            Frame frame = again.expectPublish(topic, payload);
            assertThat(frame.qos).isEqualTo(payload.equals("two") ? 2 : 1);
            assertThat(frame.dup).isFalse();
        }
        publisher.publish(topic, "live", 0);
        again.expectPublish(topic, "live");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName(
            "[MQTT-3.1.2-6] [MQTT-3.2.2-3] [MQTT311-3.1.2-4] [MQTT311-3.2.2-3] without clean start and without a session a new one begins")
    void newSession(int version) {
        RawClient client = BROKER.online(persistent(version, unique("c")));
        assertThat(client.connack().sessionPresent).isFalse();
        client.ping();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.3-2] [MQTT311-3.1.3-2] the client identifier, byte by byte, tells sessions apart")
    void clientIdIdentifies(int version) {
        String id = unique("Case");
        BROKER.online(persistent(version, id)).disconnect();
        for (String other : List.of(id.toLowerCase(), id + " ", " " + id, id + "/", id.substring(1))) {
            RawClient client = BROKER.online(persistent(version, other));
            assertThat(client.connack().sessionPresent)
                    .as("'%s' against '%s'", other, id)
                    .isFalse();
            client.disconnect();
        }
        assertThat(BROKER.online(persistent(version, id)).connack().sessionPresent)
                .isTrue();
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-6] a clean session ends with its connection and is never resumed")
    void cleanSessionIsNotReused() {
        String topic = unique("s/");
        String id = unique("c");
        RawClient first = BROKER.online(4, id);
        first.subscribe(topic, 1);
        first.disconnect();
        RawClient second = BROKER.online(persistent(4, id));
        assertThat(second.connack().sessionPresent).isFalse();
        BROKER.online(4, unique("p")).publish(topic, "lost", 1);
        second.ping();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT311-3.1.2-7] retained messages are no part of the session and outlive it")
    void retainedOutlivesSession(int version) {
        String topic = unique("s/");
        String id = unique("c");
        RawClient client = BROKER.online(version, id);
        client.publish(publish(version, topic, "stays").retain(), 1).disconnect();
        BROKER.online(version, id).disconnect();
        RawClient late = BROKER.online(version, unique("l"));
        late.subscribe(topic, 0);
        late.expectPublish(topic, "stays");
    }

    @Test
    @DisplayName(
            "[MQTT-3.1.2-23] [MQTT-3.2.2-3] without Session Expiry Interval, or with 0, the session ends with the connection")
    void noExpiryInterval() {
        for (Packets.Connect connect :
                List.of(connect(5, unique("c")), connect(5, unique("c")).sessionExpiryInterval(0))) {
            BROKER.online(connect).disconnect();
            assertThat(BROKER.online(connect.cleanStart(false)).connack().sessionPresent)
                    .isFalse();
        }
    }

    @Test
    @DisplayName("[MQTT-3.1.2-23] the session is kept for its Session Expiry Interval and no longer")
    void expires() {
        String shortId = unique("c");
        String longId = unique("c");
        String everId = unique("c");
        BROKER.online(connect(5, shortId).sessionExpiryInterval(1)).disconnect();
        BROKER.online(connect(5, longId).sessionExpiryInterval(100)).disconnect();
        BROKER.online(connect(5, everId).sessionExpiryInterval(0xFFFF_FFFFL)).disconnect();
        RawClient early = BROKER.online(connect(5, shortId).cleanStart(false).sessionExpiryInterval(1));
        assertThat(early.connack().sessionPresent).isTrue();
        early.expectNothing(1_300); // the interval counts from the end of the connection
        early.disconnect();
        early = BROKER.online(connect(5, shortId).cleanStart(false).sessionExpiryInterval(1));
        assertThat(early.connack().sessionPresent).isTrue();
        early.disconnect();
        BROKER.online(5, unique("wait")).expectNothing(1_900);
        assertThat(BROKER.online(connect(5, shortId).cleanStart(false)).connack().sessionPresent)
                .isFalse();
        assertThat(BROKER.online(connect(5, longId).cleanStart(false)).connack().sessionPresent)
                .isTrue();
        assertThat(BROKER.online(connect(5, everId).cleanStart(false)).connack().sessionPresent)
                .isTrue();
    }

    @Test
    @DisplayName("[MQTT-3.1.2-23] the Session Expiry Interval of the latest CONNECT counts")
    void latestExpiryCounts() {
        String id = unique("c");
        BROKER.online(connect(5, id).sessionExpiryInterval(100)).disconnect();
        RawClient second = BROKER.online(connect(5, id).cleanStart(false).sessionExpiryInterval(0));
        assertThat(second.connack().sessionPresent).isTrue();
        second.disconnect();
        assertThat(BROKER.online(connect(5, id).cleanStart(false)).connack().sessionPresent)
                .isFalse();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-3.1.2-23] [MQTT311-3.1.2-4] [MQTT311-3.1.2-5] sessions, subscriptions and queued messages outlive a restart")
    void outlivesRestart(int version) {
        String topic = unique("s/");
        String id = unique("c");
        RawClient first = BROKER.online(persistent(version, id));
        first.subscribe(topic, 2);
        first.disconnect();
        BROKER.online(5, unique("p")).publish(topic, "one", 1).publish(topic, "two", 2);
        BROKER.restart();
        RawClient publisher = BROKER.online(4, unique("p")).publish(topic, "three", 1);
        RawClient again = BROKER.online(persistent(version, id));
        assertThat(again.connack().sessionPresent).isTrue();
        again.expectPublish(topic, "one");
        again.expectPublish(topic, "two");
        again.expectPublish(topic, "three");
        publisher.publish(topic, "live", 0);
        again.expectPublish(topic, "live");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName(
            "[MQTT-3.1.4-3] [MQTT311-3.1.4-2] a second client with the same identifier ends the first connection, in 5.0 with 0x8E")
    void takeOver(int version) {
        String id = unique("c");
        RawClient first = BROKER.online(version, id);
        RawClient second = BROKER.online(version, id);
        first.expectDisconnect(0x8E);
        second.ping();
    }

    @Test
    @DisplayName("[MQTT-3.1.4-3] [MQTT311-3.1.4-2] the versions of the two clients don't matter for a take-over")
    void takeOverAcrossVersions() {
        String id = unique("c");
        RawClient old = BROKER.online(4, id);
        RawClient middle = BROKER.online(5, id);
        old.expectDisconnect();
        RawClient last = BROKER.online(4, id);
        middle.expectDisconnect(0x8E);
        last.ping();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-3.1.4-3] [MQTT-3.1.4-4] [MQTT311-3.1.4-3] a take-over without clean start resumes the live session: subscriptions and what wasn't acknowledged")
    void takeOverResumes(int version) {
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

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-3.1.2-4] [MQTT-3.1.4-4] [MQTT311-3.1.2-6] [MQTT311-3.1.4-3] a take-over with clean start begins a new session")
    void takeOverWithCleanStart(int version) {
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

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-3.1.4-3] [MQTT311-3.1.4-2] after a storm of take-overs one connection lives and gets each message once")
    void takeOverStorm(int version) {
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
            Frame connack = client.read(5_000);
            if (connack != null && connack.type == Frame.CONNACK && connack.reasonCode == 0) {
                connected.add(client);
            }
        }
        List<RawClient> alive = new ArrayList<>(); // every CONNECT has been answered, so no take-over is to come
        for (RawClient client : connected) {
            Frame frame = client.send(Packets.pingreq()).read(5_000);
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
