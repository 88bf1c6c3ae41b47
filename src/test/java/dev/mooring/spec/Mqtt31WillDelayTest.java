package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapter 3.1.3.2.2: the Will Delay Interval, and the end of the session before it is over. */
class Mqtt31WillDelayTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.1.3-9] a take-over within the Will Delay Interval that resumes the session drops the Will")
    void takeOverWithinDelay() {
        String topic = unique("will/");
        String id = unique("d");
        RawClient watcher = watch(topic);
        RawClient first =
                BROKER.online(persistent(id).will(topic, "gone", 0, false).willDelayInterval(2));
        RawClient second = BROKER.online(persistent(id));
        first.expectDisconnect(0x8E);
        watcher.expectNothing(2_400);
        second.ping();
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] a take-over with Clean Start ends the session: its delayed Will is published at once")
    void takeOverWithCleanStart() {
        String topic = unique("will/");
        String id = unique("d");
        RawClient watcher = watch(topic);
        BROKER.online(persistent(id).will(topic, "gone", 0, false).willDelayInterval(30));
        BROKER.online(persistent(id).cleanStart(true));
        watcher.expectPublish(topic, "gone");
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] a new connection with Clean Start after the loss ends the session, too: the Will "
            + "comes before its delay is over")
    void cleanStartWithinDelay() {
        String topic = unique("will/");
        String id = unique("d");
        RawClient watcher = watch(topic);
        BROKER.online(persistent(id).will(topic, "gone", 0, false).willDelayInterval(30))
                .close();
        watcher.expectNothing(100);
        BROKER.online(persistent(id).cleanStart(true));
        watcher.expectPublish(topic, "gone");
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] the Will waits for its Will Delay Interval")
    void delayed() {
        String topic = unique("will/");
        RawClient watcher = watch(topic);
        long startNs = System.nanoTime();
        BROKER.online(persistent(unique("d")).will(topic, "gone", 0, false).willDelayInterval(1))
                .close();
        expectAfterASecond(watcher, topic, startNs);
        watcher.expectNothing(100);
    }

    @Test
    @DisplayName("[MQTT-3.1.3-9] a new connection within the Will Delay Interval drops the Will")
    void reconnectWithinDelay() {
        String topic = unique("will/");
        String id = unique("d");
        RawClient watcher = watch(topic);
        BROKER.online(persistent(id).will(topic, "gone", 0, false).willDelayInterval(2))
                .close();
        watcher.expectNothing(100);
        RawClient again = BROKER.online(persistent(id));
        assertThat(again.connack().sessionPresent).isTrue();
        watcher.expectNothing(2_400);
        again.disconnect();
        watcher.expectNothing(50);
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] the end of the session cuts the Will Delay short: without session expiry it "
            + "comes at once")
    void delayLongerThanNoSession() {
        String topic = unique("will/");
        RawClient watcher = watch(topic);
        BROKER.online(connect(5, unique("d")).will(topic, "gone", 0, false).willDelayInterval(30))
                .close();
        watcher.expectPublish(topic, "gone");
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] the end of the session cuts the Will Delay short: session expiry 1 s, delay 30 s")
    void delayLongerThanSession() {
        String topic = unique("will/");
        RawClient watcher = watch(topic);
        long startNs = System.nanoTime();
        BROKER.online(connect(5, unique("d"))
                        .sessionExpiryInterval(1)
                        .will(topic, "gone", 0, false)
                        .willDelayInterval(30))
                .close();
        expectAfterASecond(watcher, topic, startNs);
        watcher.expectNothing(100);
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] a DISCONNECT with 0x04 keeps to the Will Delay Interval")
    void disconnectWithDelayedWill() {
        String topic = unique("will/");
        RawClient watcher = watch(topic);
        RawClient client = BROKER.online(
                persistent(unique("d")).will(topic, "gone", 0, false).willDelayInterval(1));
        long startNs = System.nanoTime();
        client.disconnect(Packets.disconnect(0x04));
        expectAfterASecond(watcher, topic, startNs);
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] a DISCONNECT with 0x04 that also ends the session publishes a delayed Will at once")
    void disconnectWithWillEndsSession() {
        String topic = unique("will/");
        RawClient watcher = watch(topic);
        RawClient client = BROKER.online(
                persistent(unique("d")).will(topic, "gone", 0, false).willDelayInterval(30));
        client.disconnect(Packets.disconnect(0x04, props().sessionExpiryInterval(0)));
        watcher.expectPublish(topic, "gone");
    }

    @Test
    @DisplayName("[MQTT-3.1.3-10] the message expiry of a delayed Will counts from its publication")
    void expiryCountsFromPublication() {
        String topic = unique("will/");
        RawClient watcher = watch(topic);
        BROKER.online(persistent(unique("d"))
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
        RawClient watcher = BROKER.online(persistent(id));
        watcher.subscribe(topic, 1);
        watcher.disconnect();
        BROKER.online(persistent(unique("d")).will(topic, "gone", 1, false).willDelayInterval(2))
                .close();
        RawClient probe = BROKER.online(4, unique("p"));
        probe.ping();
        BROKER.restart();
        BROKER.online(persistent(id)).expectPublish(topic, "gone");
    }

    /** Times are kept in whole milliseconds, by another clock. */
    private static void expectAfterASecond(RawClient watcher, String topic, long startNs) {
        watcher.expectPublish(topic, "gone");
        assertThat(System.nanoTime() - startNs).isGreaterThan(990_000_000L);
    }

    private static RawClient watch(String topic) {
        RawClient watcher = BROKER.online(5, unique("watch"));
        watcher.subscribe(topic, 0);
        return watcher;
    }

    /** Resumes a session and keeps it for a minute. */
    private static Packets.Connect persistent(String id) {
        return connect(5, id).cleanStart(false).sessionExpiryInterval(60);
    }
}
