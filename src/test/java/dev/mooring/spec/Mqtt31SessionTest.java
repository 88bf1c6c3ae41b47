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

/** Chapter 3.1, CONNECT: sessions and their expiry. Their take-over is in {@link Mqtt31TakeOverTest}. */
class Mqtt31SessionTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.1.2-4] a clean start discards the session: subscriptions and queue")
    void cleanStartDiscards5() {
        cleanStartDiscards(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-6] a clean session discards the one before: subscriptions and queue")
    void cleanStartDiscards311() {
        cleanStartDiscards(4);
    }

    private static void cleanStartDiscards(int version) {
        String topic = unique("s/");
        String id = unique("c");
        RawClient first = BROKER.online(persistent(version, id));
        first.subscribe(topic, 1);
        first.disconnect();
        RawClient publisher = BROKER.online(5, unique("p"));
        publisher.publish(topic, "queued", 1);
        RawClient clean = BROKER.online(persistent(version, id).cleanStart(true));
        publisher.publish(topic, "live", 1);
        clean.ping();
        clean.subscribe(topic, 1);
        publisher.publish(topic, "after", 1);
        clean.expectPublish(topic, "after");
    }

    @Test
    @DisplayName("[MQTT-3.2.2-2] CONNACK of a clean start says that there is no session, though there was one")
    void cleanStartHasNoSession5() {
        cleanStartHasNoSession(5);
    }

    @Test
    @DisplayName("[MQTT311-3.2.2-1] CONNACK of a clean session says that there is no session, though there was one")
    void cleanStartHasNoSession311() {
        cleanStartHasNoSession(4);
    }

    private static void cleanStartHasNoSession(int version) {
        String id = unique("c");
        BROKER.online(persistent(version, id)).disconnect();
        RawClient clean = BROKER.online(persistent(version, id).cleanStart(true));
        assertThat(clean.connack().sessionPresent).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.1.2-5] without clean start the session goes on: its subscriptions hold")
    void sessionResumes5() {
        sessionResumes(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-4] without a clean session the old one goes on: its subscriptions hold")
    void sessionResumes311() {
        sessionResumes(4);
    }

    private static void sessionResumes(int version) {
        String topic = unique("s/");
        String id = unique("c");
        RawClient first = BROKER.online(persistent(version, id));
        first.subscribe(topic, 2);
        first.disconnect();
        RawClient again = BROKER.online(persistent(version, id));
        BROKER.online(5, unique("p")).publish(topic, "live", 2);
        assertThat(again.expectPublish(topic, "live").qos).isEqualTo(2);
    }

    @Test
    @DisplayName("[MQTT-3.1.2-23] a session is kept without its connection: it gets what came meanwhile")
    void sessionIsKept5() {
        sessionIsKept(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-5] a session without its connection collects what comes at QoS 1 and 2")
    void sessionIsKept311() {
        sessionIsKept(4);
    }

    private static void sessionIsKept(int version) {
        String topic = unique("s/");
        String id = unique("c");
        RawClient first = BROKER.online(persistent(version, id));
        first.subscribe(topic, 2);
        first.disconnect();
        RawClient publisher = BROKER.online(5, unique("p"));
        publisher.publish(topic, "one", 1).publish(topic, "two", 2).publish(topic, "three", 1);
        assertThat(take(BROKER.online(persistent(version, id)), 3))
                .containsExactlyInAnyOrder("1 one", "2 two", "1 three")
                .containsSubsequence("1 one", "1 three");
    }

    @Test
    @DisplayName("[MQTT-3.2.2-3] CONNACK says whether there is a session")
    void sessionPresent5() {
        sessionPresent(5);
    }

    @Test
    @DisplayName("[MQTT311-3.2.2-2] CONNACK says that there is a session where there is one")
    void sessionPresent311() {
        sessionPresent(4);
    }

    private static void sessionPresent(int version) {
        String id = unique("c");
        RawClient first = BROKER.online(persistent(version, id));
        assertThat(first.connack().sessionPresent).isFalse();
        first.disconnect();
        RawClient again = BROKER.online(persistent(version, id));
        assertThat(again.connack().sessionPresent).isTrue();
    }

    @Test
    @DisplayName("[MQTT-3.1.2-6] without clean start and without a session a new one begins")
    void newSession5() {
        newSession(5);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.1.2-4] without a clean session and without an old one a new one begins, and is kept")
    void newSession311(int version) {
        newSession(version);
    }

    private static void newSession(int version) {
        String topic = unique("s/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(version, id));
        client.subscribe(topic, 1);
        client.publish(topic, "live", 0).expectPublish(topic, "live");
        client.disconnect();
        RawClient again = BROKER.online(persistent(version, id));
        again.publish(topic, "live", 0).expectPublish(topic, "live");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.2.2-3] CONNACK says that there is no session where there is none")
    void noSessionPresent311(int version) {
        RawClient client = BROKER.online(persistent(version, unique("c")));
        assertThat(client.connack().sessionPresent).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.1.3-2] the client identifier, byte by byte, tells sessions apart")
    void clientIdIdentifies5() {
        clientIdIdentifies(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.3-2] the client identifier, byte by byte, tells sessions apart")
    void clientIdIdentifies311() {
        clientIdIdentifies(4);
    }

    private static void clientIdIdentifies(int version) {
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
    @DisplayName("[MQTT-4.1.0-2] without Session Expiry Interval, or with 0, the session ends with the connection")
    void noExpiryInterval() {
        for (Packets.Connect connect :
                List.of(connect(5, unique("c")), connect(5, unique("c")).sessionExpiryInterval(0))) {
            String topic = unique("s/");
            RawClient client = BROKER.online(connect);
            client.subscribe(topic, 1);
            client.disconnect();
            RawClient publisher = BROKER.online(5, unique("p")).publish(topic, "lost", 1);
            RawClient again = BROKER.online(connect.cleanStart(false));
            publisher.publish(topic, "not for you", 1);
            again.ping();
        }
    }

    @Test
    @DisplayName("[MQTT-3.2.2-3] CONNACK says that a session without Session Expiry Interval is gone")
    void notPresentWithoutExpiryInterval() {
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
        BROKER.online(connect(5, longId).sessionExpiryInterval(100)).disconnect();
        BROKER.online(connect(5, everId).sessionExpiryInterval(0xFFFF_FFFFL)).disconnect();
        BROKER.online(connect(5, shortId).sessionExpiryInterval(2)).disconnect();
        RawClient early = BROKER.online(connect(5, shortId).cleanStart(false).sessionExpiryInterval(2));
        assertThat(early.connack().sessionPresent).isTrue();
        early.expectNothing(2_300); // the interval counts from the end of the connection
        early.disconnect();
        early = BROKER.online(connect(5, shortId).cleanStart(false).sessionExpiryInterval(2));
        assertThat(early.connack().sessionPresent).isTrue();
        early.disconnect();
        BROKER.online(5, unique("wait")).expectNothing(2_900);
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

    @Test
    @DisplayName("[MQTT-3.1.2-23] a session with an expiry interval outlives a restart, with what was queued")
    void outlivesRestart5() {
        outlivesRestart(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-5] what a session has collected outlives a restart")
    void outlivesRestart311() {
        outlivesRestart(4);
    }

    private static void outlivesRestart(int version) {
        String topic = unique("s/");
        String id = unique("c");
        RawClient first = BROKER.online(persistent(version, id));
        first.subscribe(topic, 2);
        first.disconnect();
        BROKER.online(5, unique("p")).publish(topic, "one", 1).publish(topic, "two", 2);
        BROKER.restart();
        BROKER.online(4, unique("p")).publish(topic, "three", 1);
        assertThat(take(BROKER.online(persistent(version, id)), 3))
                .containsExactlyInAnyOrder("1 one", "2 two", "1 three")
                .containsSubsequence("1 one", "1 three");
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-4] a session and its subscriptions outlive a restart")
    void subscriptionsOutliveRestart() {
        String topic = unique("s/");
        String id = unique("c");
        RawClient first = BROKER.online(persistent(4, id));
        first.subscribe(topic, 1);
        first.disconnect();
        BROKER.restart();
        RawClient again = BROKER.online(persistent(4, id));
        assertThat(again.connack().sessionPresent).isTrue();
        again.publish(topic, "live", 0).expectPublish(topic, "live");
    }

    /** QoS and payload of the next messages, none of them a duplicate. Order holds for messages of one QoS only. */
    private static List<String> take(RawClient client, int count) {
        List<String> got = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Frame frame = client.expect(Frame.PUBLISH);
            assertThat(frame.dup).isFalse();
            got.add(frame.qos + " " + frame.payloadText());
        }
        return got;
    }

    /** Resumes a session and keeps it for a minute (5.0) or for ever (3.1.1). */
    private static Packets.Connect persistent(int version, String id) {
        return connect(version, id).cleanStart(false).sessionExpiryInterval(60);
    }
}
