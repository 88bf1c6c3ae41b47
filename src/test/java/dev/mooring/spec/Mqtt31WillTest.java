package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 3.1, CONNECT: Will Messages (§3.1.2.5 to §3.1.2.7, §3.1.3.2). */
class Mqtt31WillTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "MQTT level {0}, {1}")
    @CsvSource({"3, FIN", "4, FIN", "5, FIN", "4, RST", "5, RST"})
    @DisplayName(
            "[MQTT-3.1.2-7] [MQTT-3.1.2-8] [MQTT311-3.1.2-8] [MQTT-3.1.3-1] [MQTT311-3.1.3-1] the Will is published when the connection ends without DISCONNECT")
    void publishedWhenConnectionIsLost(int version, String how) {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        RawClient dying = BROKER.online(connect(version, unique("d"))
                .will(topic, "gone", 0, false)
                .userName("user")
                .password("word"));
        watcher.expectNothing(50); // never before
        if (how.equals("RST")) {
            dying.abort();
        } else {
            dying.close();
        }
        watcher.expectPublish(topic, "gone");
        watcher.expectNothing(150); // and only once
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-3.1.2-8] [MQTT311-3.1.2-8] the Will is published when the server ends the connection for a protocol error")
    void publishedOnProtocolError(int version) {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        String id = unique("d");
        RawClient dying = BROKER.online(connect(version, id).will(topic, "gone", 0, false));
        dying.send(connect(version, id)).expectDisconnect(0x82);
        watcher.expectPublish(topic, "gone");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.2-8] [MQTT311-3.1.2-8] the Will is published when the keep alive time has passed")
    void publishedOnKeepAlive(int version) {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        BROKER.online(connect(version, unique("d")).keepAlive(1).will(topic, "gone", 0, false));
        watcher.expectPublish(topic, "gone");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.2-8] [MQTT-3.1.2-10] [MQTT311-3.1.2-10] a normal DISCONNECT removes the Will, for good")
    void removedByDisconnect(int version) {
        String topic = unique("will/");
        String id = unique("d");
        RawClient watcher = watch(topic, 0);
        BROKER.online(persistent(version, id).will(topic, "gone", 0, false)).disconnect();
        BROKER.online(persistent(version, id)).close();
        watcher.expectNothing(200);
        watcher.publish(topic, "marker", 0).expectPublish(topic, "marker");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-3.1.2-10] [MQTT311-3.1.2-10] [MQTT311-3.1.2-12] a published Will is removed: it isn't published again for a later connection without one")
    void removedOncePublished(int version) {
        String topic = unique("will/");
        String id = unique("d");
        RawClient watcher = watch(topic, 0);
        BROKER.online(persistent(version, id).will(topic, "gone", 0, false)).close();
        watcher.expectPublish(topic, "gone");
        BROKER.online(persistent(version, id)).close();
        watcher.expectNothing(200);
        watcher.publish(topic, "marker", 0).expectPublish(topic, "marker");
    }

    @ParameterizedTest(name = "MQTT level {0}, QoS {1}")
    @CsvSource({"4, 0", "4, 1", "4, 2", "5, 0", "5, 1", "5, 2"})
    @DisplayName("[MQTT-3.1.2-9] [MQTT-3.1.2-12] [MQTT311-3.1.2-9] [MQTT311-3.1.2-14] the Will is published at its QoS")
    void qos(int version, int qos) {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 2);
        BROKER.online(connect(version, unique("d")).will(topic, "gone", qos, false))
                .close();
        assertThat(watcher.expectPublish(topic, "gone").qos).isEqualTo(qos);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.2-14] [MQTT311-3.1.2-16] with Will Retain 0 the Will isn't retained")
    void notRetained(int version) {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        BROKER.online(connect(version, unique("d")).will(topic, "gone", 1, false))
                .close();
        assertThat(watcher.expectPublish(topic, "gone").retain).isFalse();
        RawClient late = BROKER.online(version, unique("l"));
        late.subscribe(topic, 0);
        late.publish(topic, "marker", 0).expectPublish(topic, "marker");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.2-15] [MQTT311-3.1.2-17] with Will Retain 1 the Will is retained")
    void retained(int version) {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        BROKER.online(connect(version, unique("d")).will(topic, "gone", 1, true))
                .close();
        assertThat(watcher.expectPublish(topic, "gone").retain).isFalse();
        RawClient late = BROKER.online(version, unique("l"));
        late.subscribe(topic, 0);
        assertThat(late.expectPublish(topic, "gone").retain).isTrue();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.1.2-9] [MQTT311-3.1.2-9] an empty Will Message is allowed")
    void emptyWill(int version) {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        BROKER.online(connect(version, unique("d")).will(topic, "", 0, false)).close();
        watcher.expectPublish(topic, "");
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] [MQTT311-3.1.2-8] the Will is queued for a session that is away")
    void queuedForOfflineSession() {
        String topic = unique("will/");
        String id = unique("w");
        RawClient watcher = BROKER.online(persistent(5, id));
        watcher.subscribe(topic, 1);
        watcher.disconnect();
        RawClient other = watch(topic, 0);
        BROKER.online(connect(4, unique("d")).will(topic, "gone", 1, false)).close();
        other.expectPublish(topic, "gone");
        BROKER.online(persistent(5, id)).expectPublish(topic, "gone");
    }

    @Test
    @DisplayName(
            "[MQTT-3.1.2-8] [MQTT311-3.1.2-8] a take-over ends the first connection without DISCONNECT: its Will is published")
    void publishedOnTakeOver() {
        for (int version : List.of(4, 5)) {
            String topic = unique("will/");
            String id = unique("d");
            RawClient watcher = watch(topic, 0);
            RawClient first = BROKER.online(persistent(version, id).will(topic, "gone", 0, false));
            RawClient second = BROKER.online(persistent(version, id));
            first.expectDisconnect(0x8E);
            watcher.expectPublish(topic, "gone");
            second.ping();
        }
    }

    @Test
    @DisplayName("[MQTT-3.1.3-9] a take-over within the Will Delay Interval that resumes the session drops the Will")
    void takeOverWithinDelay() {
        String topic = unique("will/");
        String id = unique("d");
        RawClient watcher = watch(topic, 0);
        RawClient first =
                BROKER.online(persistent(5, id).will(topic, "gone", 0, false).willDelayInterval(1));
        RawClient second = BROKER.online(persistent(5, id));
        first.expectDisconnect(0x8E);
        watcher.expectNothing(1_400);
        second.ping();
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] a take-over with Clean Start ends the session: its delayed Will is published at once")
    void takeOverWithCleanStart() {
        String topic = unique("will/");
        String id = unique("d");
        RawClient watcher = watch(topic, 0);
        BROKER.online(persistent(5, id).will(topic, "gone", 0, false).willDelayInterval(30));
        BROKER.online(persistent(5, id).cleanStart(true));
        watcher.expectPublish(topic, "gone");
    }

    @Test
    @DisplayName(
            "[MQTT-3.1.2-8] a new connection with Clean Start after the loss ends the session, too: the Will comes before its delay is over")
    void cleanStartWithinDelay() {
        String topic = unique("will/");
        String id = unique("d");
        RawClient watcher = watch(topic, 0);
        BROKER.online(persistent(5, id).will(topic, "gone", 0, false).willDelayInterval(30))
                .close();
        watcher.expectNothing(100);
        BROKER.online(persistent(5, id).cleanStart(true));
        watcher.expectPublish(topic, "gone");
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] the Will waits for its Will Delay Interval")
    void delayed() {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        BROKER.online(persistent(5, unique("d")).will(topic, "gone", 0, false).willDelayInterval(1))
                .close();
        watcher.expectNothing(700);
        watcher.expectPublish(topic, "gone");
        watcher.expectNothing(100);
    }

    @Test
    @DisplayName("[MQTT-3.1.3-9] a new connection within the Will Delay Interval drops the Will")
    void reconnectWithinDelay() {
        String topic = unique("will/");
        String id = unique("d");
        RawClient watcher = watch(topic, 0);
        BROKER.online(persistent(5, id).will(topic, "gone", 0, false).willDelayInterval(1))
                .close();
        watcher.expectNothing(100);
        RawClient again = BROKER.online(persistent(5, id));
        assertThat(again.connack().sessionPresent).isTrue();
        watcher.expectNothing(1_400);
        again.disconnect();
        watcher.expectNothing(50);
    }

    @Test
    @DisplayName(
            "[MQTT-3.1.2-8] the end of the session cuts the Will Delay short: without session expiry it comes at once")
    void delayLongerThanNoSession() {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        BROKER.online(connect(5, unique("d")).will(topic, "gone", 0, false).willDelayInterval(30))
                .close();
        watcher.expectPublish(topic, "gone");
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] the end of the session cuts the Will Delay short: session expiry 1 s, delay 30 s")
    void delayLongerThanSession() {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        BROKER.online(connect(5, unique("d"))
                        .sessionExpiryInterval(1)
                        .will(topic, "gone", 0, false)
                        .willDelayInterval(30))
                .close();
        watcher.expectNothing(700);
        watcher.expectPublish(topic, "gone");
        watcher.expectNothing(100);
    }

    @ParameterizedTest(name = "reason code {0}")
    @ValueSource(strings = {"04", "80", "81", "82", "83", "90", "93", "94", "95", "96", "97", "98", "99"})
    @DisplayName(
            "[MQTT-3.1.2-8] [MQTT-3.1.2-10] a DISCONNECT other than normal publishes the Will: 0x04 and every error")
    void disconnectWithWill(String code) {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        RawClient client = BROKER.online(connect(5, unique("d")).will(topic, "gone", 0, false));
        client.disconnect(Packets.disconnect(Integer.parseInt(code, 16)));
        watcher.expectPublish(topic, "gone");
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] a DISCONNECT with 0x04 keeps to the Will Delay Interval")
    void disconnectWithDelayedWill() {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        RawClient client = BROKER.online(
                persistent(5, unique("d")).will(topic, "gone", 0, false).willDelayInterval(1));
        client.disconnect(Packets.disconnect(0x04));
        watcher.expectNothing(700);
        watcher.expectPublish(topic, "gone");
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] a DISCONNECT with 0x04 that also ends the session publishes a delayed Will at once")
    void disconnectWithWillEndsSession() {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        RawClient client = BROKER.online(
                persistent(5, unique("d")).will(topic, "gone", 0, false).willDelayInterval(30));
        client.disconnect(Packets.disconnect(0x04, props().sessionExpiryInterval(0)));
        watcher.expectPublish(topic, "gone");
    }

    @Test
    @DisplayName("[MQTT-3.1.3-10] Will Properties travel with the Will, user properties in order")
    void properties() {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        BROKER.online(connect(5, unique("d"))
                        .will(topic, "gone", 0, false)
                        .willProperties(props().userProperty("b", "1")
                                .payloadFormatIndicator(1)
                                .messageExpiryInterval(60)
                                .userProperty("a", "2")
                                .contentType("text/plain")
                                .responseTopic("answer/here")
                                .userProperty("b", "3")
                                .correlationData(new byte[] {0, 1, -1})
                                .userProperty("b", "1")))
                .close();
        Props got = watcher.expectPublish(topic, "gone").props;
        assertThat(got.userProperties()).containsExactly("b=1", "a=2", "b=3", "b=1");
        assertThat(got.number(Props.PAYLOAD_FORMAT_INDICATOR, -1)).isEqualTo(1);
        assertThat(got.number(Props.MESSAGE_EXPIRY_INTERVAL, -1)).isBetween(58L, 60L);
        assertThat(got.text(Props.CONTENT_TYPE)).isEqualTo("text/plain");
        assertThat(got.text(Props.RESPONSE_TOPIC)).isEqualTo("answer/here");
        assertThat(got.binary(Props.CORRELATION_DATA)).containsExactly(0, 1, -1);
        assertThat(got.has(Props.WILL_DELAY_INTERVAL)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.1.3-10] the message expiry of a delayed Will counts from its publication")
    void expiryCountsFromPublication() {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        BROKER.online(persistent(5, unique("d"))
                        .will(topic, "gone", 0, false)
                        .willProperties(props().willDelayInterval(1).messageExpiryInterval(1)))
                .close();
        assertThat(watcher.expectPublish(topic, "gone").props.number(Props.MESSAGE_EXPIRY_INTERVAL, -1))
                .isBetween(0L, 1L);
    }

    @Test
    @DisplayName("[MQTT-3.1.2-7] a delayed Will outlives a restart of the server")
    void outlivesRestart() {
        String topic = unique("will/");
        String id = unique("w");
        RawClient watcher = BROKER.online(persistent(5, id));
        watcher.subscribe(topic, 1);
        watcher.disconnect();
        BROKER.online(persistent(5, unique("d")).will(topic, "gone", 1, false).willDelayInterval(2))
                .close();
        RawClient probe = BROKER.online(4, unique("p"));
        probe.ping();
        BROKER.restart();
        BROKER.online(persistent(5, id)).expectPublish(topic, "gone");
    }

    private static RawClient watch(String topic, int qos) {
        RawClient watcher = BROKER.online(5, unique("watch"));
        watcher.subscribe(topic, qos);
        return watcher;
    }

    /** Resumes a session and keeps it for a minute (5.0) or for ever (3.1.1). */
    private static Packets.Connect persistent(int version, String id) {
        return connect(version, id).cleanStart(false).sessionExpiryInterval(60);
    }
}
