package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Chapter 3.1, CONNECT: Will Messages (§3.1.2.5 to §3.1.2.7, §3.1.3.2). Those that wait are in
 * {@link Mqtt31WillDelayTest}.
 */
class Mqtt31WillTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"FIN", "RST"})
    @DisplayName("[MQTT-3.1.2-8] the Will is published when the connection ends without DISCONNECT")
    void publishedWhenConnectionIsLost5(String how) {
        publishedWhenConnectionIsLost(5, how);
    }

    @ParameterizedTest(name = "MQTT level {0}, {1}")
    @CsvSource({"3, FIN", "4, FIN", "4, RST"})
    @DisplayName("[MQTT311-3.1.2-8] the Will is published when the connection ends without DISCONNECT")
    void publishedWhenConnectionIsLost311(int version, String how) {
        publishedWhenConnectionIsLost(version, how);
    }

    private static void publishedWhenConnectionIsLost(int version, String how) {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        RawClient dying = BROKER.online(connect(version, unique("d")).will(topic, "gone", 0, false));
        watcher.expectNothing(50); // never before
        if (how.equals("RST")) {
            dying.abort();
        } else {
            dying.close();
        }
        watcher.expectPublish(topic, "gone");
        watcher.expectNothing(150); // and only once
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] the Will is published when the server ends the connection for a protocol error")
    void publishedOnProtocolError5() {
        publishedOnProtocolError(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-8] the Will is published when the server ends the connection for a protocol error")
    void publishedOnProtocolError311() {
        publishedOnProtocolError(4);
    }

    private static void publishedOnProtocolError(int version) {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        String id = unique("d");
        RawClient dying = BROKER.online(connect(version, id).will(topic, "gone", 0, false));
        dying.send(connect(version, id)).expectDisconnect(0x82);
        watcher.expectPublish(topic, "gone");
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] the Will is published when the keep alive time has passed")
    void publishedOnKeepAlive5() {
        publishedOnKeepAlive(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-8] the Will is published when the keep alive time has passed")
    void publishedOnKeepAlive311() {
        publishedOnKeepAlive(4);
    }

    private static void publishedOnKeepAlive(int version) {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        BROKER.online(connect(version, unique("d")).keepAlive(1).will(topic, "gone", 0, false));
        watcher.expectPublish(topic, "gone");
    }

    @Test
    @DisplayName("[MQTT-3.1.2-10] a normal DISCONNECT removes the Will, for good")
    void removedByDisconnect5() {
        removedByDisconnect(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-10] a normal DISCONNECT removes the Will, for good")
    void removedByDisconnect311() {
        removedByDisconnect(4);
    }

    private static void removedByDisconnect(int version) {
        String topic = unique("will/");
        String id = unique("d");
        RawClient watcher = watch(topic, 0);
        BROKER.online(persistent(version, id).will(topic, "gone", 0, false)).disconnect();
        BROKER.online(persistent(version, id)).close();
        watcher.expectNothing(200);
        watcher.publish(topic, "marker", 0).expectPublish(topic, "marker");
    }

    @Test
    @DisplayName("[MQTT-3.1.2-10] a published Will is removed: it isn't published again for a later connection "
            + "without one")
    void removedOncePublished5() {
        removedOncePublished(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-10] a published Will is removed: it isn't published again for a later "
            + "connection without one")
    void removedOncePublished311() {
        removedOncePublished(4);
    }

    private static void removedOncePublished(int version) {
        String topic = unique("will/");
        String id = unique("d");
        RawClient watcher = watch(topic, 0);
        BROKER.online(persistent(version, id).will(topic, "gone", 0, false)).close();
        watcher.expectPublish(topic, "gone");
        BROKER.online(persistent(version, id)).close();
        watcher.expectNothing(200);
        watcher.publish(topic, "marker", 0).expectPublish(topic, "marker");
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-12] a connection without the Will flag has no Will, also where the one before had")
    void noWillWithoutFlag() {
        String topic = unique("will/");
        String id = unique("d");
        RawClient watcher = watch(topic, 0);
        RawClient first = BROKER.online(persistent(4, id).will(topic, "gone", 0, false));
        RawClient second = BROKER.online(persistent(4, id));
        first.expectDisconnect();
        watcher.expectPublish(topic, "gone");
        second.close();
        watcher.expectNothing(200);
        watcher.publish(topic, "marker", 0).expectPublish(topic, "marker");
    }

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {0, 1, 2})
    @DisplayName("[MQTT-3.1.2-12] the Will is published at its QoS: 0, 1 or 2")
    void qos5(int qos) {
        qos(5, qos);
    }

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {0, 1, 2})
    @DisplayName("[MQTT311-3.1.2-14] the Will is published at its QoS: 0, 1 or 2")
    void qos311(int qos) {
        qos(4, qos);
    }

    private static void qos(int version, int qos) {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 2);
        BROKER.online(connect(version, unique("d")).will(topic, "gone", qos, false))
                .close();
        assertThat(watcher.expectPublish(topic, "gone").qos).isEqualTo(qos);
    }

    @Test
    @DisplayName("[MQTT-3.1.2-14] with Will Retain 0 the Will isn't retained")
    void notRetained5() {
        notRetained(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-16] with Will Retain 0 the Will isn't retained")
    void notRetained311() {
        notRetained(4);
    }

    private static void notRetained(int version) {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        BROKER.online(connect(version, unique("d")).will(topic, "gone", 1, false))
                .close();
        assertThat(watcher.expectPublish(topic, "gone").retain).isFalse();
        RawClient late = BROKER.online(version, unique("l"));
        late.subscribe(topic, 0);
        late.publish(topic, "marker", 0).expectPublish(topic, "marker");
    }

    @Test
    @DisplayName("[MQTT-3.1.2-15] with Will Retain 1 the Will is retained")
    void retained5() {
        retained(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-17] with Will Retain 1 the Will is retained")
    void retained311() {
        retained(4);
    }

    private static void retained(int version) {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        BROKER.online(connect(version, unique("d")).will(topic, "gone", 1, true))
                .close();
        assertThat(watcher.expectPublish(topic, "gone").retain).isFalse();
        RawClient late = BROKER.online(version, unique("l"));
        late.subscribe(topic, 0);
        assertThat(late.expectPublish(topic, "gone").retain).isTrue();
    }

    @Test
    @DisplayName("[MQTT-3.1.2-9] the Will fields are all there, though the Will Message is empty")
    void emptyWill5() {
        emptyWill(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-9] the Will fields are all there, though the Will Message is empty")
    void emptyWill311() {
        emptyWill(4);
    }

    private static void emptyWill(int version) {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        BROKER.online(connect(version, unique("d")).will(topic, "", 0, false)).close();
        watcher.expectPublish(topic, "");
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] the Will is queued for a session that is away")
    void queuedForOfflineSession5() {
        queuedForOfflineSession(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-8] the Will is queued for a session that is away")
    void queuedForOfflineSession311() {
        queuedForOfflineSession(4);
    }

    private static void queuedForOfflineSession(int version) {
        String topic = unique("will/");
        String id = unique("w");
        RawClient watcher = BROKER.online(persistent(version, id));
        watcher.subscribe(topic, 1);
        watcher.disconnect();
        RawClient other = watch(topic, 0);
        BROKER.online(connect(version, unique("d")).will(topic, "gone", 1, false))
                .close();
        other.expectPublish(topic, "gone");
        BROKER.online(persistent(version, id)).expectPublish(topic, "gone");
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] a take-over ends the first connection without DISCONNECT: its Will is published")
    void publishedOnTakeOver5() {
        publishedOnTakeOver(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-8] a take-over ends the first connection without DISCONNECT: its Will is published")
    void publishedOnTakeOver311() {
        publishedOnTakeOver(4);
    }

    private static void publishedOnTakeOver(int version) {
        String topic = unique("will/");
        String id = unique("d");
        RawClient watcher = watch(topic, 0);
        RawClient first = BROKER.online(persistent(version, id).will(topic, "gone", 0, false));
        RawClient second = BROKER.online(persistent(version, id));
        first.expectDisconnect(0x8E);
        watcher.expectPublish(topic, "gone");
        second.ping();
    }

    @ParameterizedTest(name = "reason code {0}")
    @ValueSource(strings = {"04", "80", "81", "82", "83", "90", "93", "94", "95", "96", "97", "98", "99"})
    @DisplayName("[MQTT-3.1.2-8] a DISCONNECT other than normal publishes the Will: 0x04 and " + "every error")
    void disconnectWithWill(String code) {
        String topic = unique("will/");
        RawClient watcher = watch(topic, 0);
        RawClient client = BROKER.online(connect(5, unique("d")).will(topic, "gone", 0, false));
        client.disconnect(Packets.disconnect(Integer.parseInt(code, 16)));
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
