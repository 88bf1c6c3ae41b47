package dev.mooring.spec;

import static dev.mooring.spec.Packets.Subscribe.RETAIN_AS_PUBLISHED;
import static dev.mooring.spec.Packets.Subscribe.RETAIN_HANDLING_1;
import static dev.mooring.spec.Packets.Subscribe.RETAIN_HANDLING_2;
import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.unsubscribe;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 3.3, PUBLISH: the RETAIN flag (§3.3.1.3). */
class Mqtt33RetainTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {0, 1, 2})
    @DisplayName("[MQTT-3.3.1-5] a retained message replaces the older one of its topic")
    void replaced(int qos) {
        assertThat(retainedTwice(5, qos).payloadText()).isEqualTo("second");
    }

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {0, 1, 2})
    @DisplayName("[MQTT311-3.3.1-5] a retained message is stored with its QoS")
    void storedWithQos(int qos) {
        assertThat(retainedTwice(4, qos).qos).isEqualTo(qos);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.3.1-6] the last retained message of a topic comes to a new subscription")
    void lastComes(int version) {
        assertThat(retainedTwice(version, 1).payloadText()).isEqualTo("second");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.3.1-8] what comes because of a new subscription has RETAIN 1")
    void newSubscription(int version) {
        assertThat(retainedTwice(version, 1).retain).isTrue();
    }

    /** What a new subscription gets of a topic with two retained messages, the second of this QoS: one message. */
    private static Frame retainedTwice(int version, int qos) {
        String topic = unique("r/");
        retain(version, topic, "first", 1);
        retain(version, topic, "second", qos);
        RawClient late = BROKER.online(version, unique("l"));
        late.subscribe(topic, 2);
        Frame frame = late.expect(Frame.PUBLISH);
        late.ping();
        return frame;
    }

    @Test
    @DisplayName("[MQTT311-3.3.1-7] a retained message at QoS 0 drives out the older one at least")
    void qos0DrivesOut() {
        String topic = unique("r/");
        retain(4, topic, "old", 1);
        retain(4, topic, "new", 0);
        RawClient late = BROKER.online(4, unique("l"));
        late.subscribe(topic, 1);
        for (Frame frame : late.readUntilPingresp()) {
            assertThat(frame.payloadText()).isEqualTo("new"); // or nothing at all
        }
    }

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {0, 1, 2})
    @DisplayName("[MQTT-3.3.1-6] an empty retained message is delivered, and removes what was retained")
    void emptyRemoves(int qos) {
        emptyRemoves(5, qos);
    }

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {0, 1, 2})
    @DisplayName("[MQTT311-3.3.1-10] an empty retained message is delivered, and removes what was retained: 3.1.1")
    void emptyRemovesOf311(int qos) {
        emptyRemoves(4, qos);
    }

    private static void emptyRemoves(int version, int qos) {
        String topic = unique("r/");
        retain(version, topic, "old", 1);
        RawClient watcher = BROKER.online(version, unique("w"));
        watcher.subscribe(topic, 0);
        watcher.expectPublish(topic, "old");
        retain(version, topic, "", qos);
        watcher.expectPublish(topic, "");
        RawClient late = BROKER.online(version, unique("l"));
        late.subscribe(topic, 2);
        late.ping().expectNothing(50);
    }

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {0, 1, 2})
    @DisplayName("[MQTT-3.3.1-7] an empty message is not retained itself")
    void emptyIsNotRetained(int qos) {
        emptyIsNotRetained(5, qos);
    }

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {0, 1, 2})
    @DisplayName("[MQTT311-3.3.1-11] an empty message is not retained itself: 3.1.1")
    void emptyIsNotRetainedOf311(int qos) {
        emptyIsNotRetained(4, qos);
    }

    private static void emptyIsNotRetained(int version, int qos) {
        String topic = unique("r/");
        retain(version, topic, "", qos);
        RawClient late = BROKER.online(version, unique("l"));
        late.subscribe(topic, 2);
        late.subscribe(topic + "/#", 2);
        late.ping().expectNothing(50);
    }

    @Test
    @DisplayName("[MQTT-3.3.1-8] without RETAIN nothing is stored, replaced or removed")
    void withoutRetain() {
        withoutRetain(5);
    }

    @Test
    @DisplayName("[MQTT311-3.3.1-12] without RETAIN nothing is stored, replaced or removed: 3.1.1")
    void withoutRetainOf311() {
        withoutRetain(4);
    }

    private static void withoutRetain(int version) {
        String topic = unique("r/");
        RawClient publisher = BROKER.online(version, unique("p"));
        publisher.publish(topic + "/none", "x", 1);
        retain(version, topic + "/one", "kept", 1);
        publisher.publish(topic + "/one", "other", 1).publish(topic + "/one", "", 1);
        RawClient late = BROKER.online(version, unique("l"));
        late.subscribe(topic + "/#", 1);
        late.expectPublish(topic + "/one", "kept");
        late.ping();
    }

    @Test
    @DisplayName("[MQTT-3.3.1-12] an established subscription gets the message with RETAIN 0")
    void establishedSubscription() {
        establishedSubscription(5);
    }

    @Test
    @DisplayName("[MQTT311-3.3.1-9] an established subscription gets the message with RETAIN 0: 3.1.1")
    void establishedSubscriptionOf311() {
        establishedSubscription(4);
    }

    private static void establishedSubscription(int version) {
        String topic = unique("r/");
        RawClient watcher = BROKER.online(version, unique("w"));
        watcher.subscribe(topic, 0);
        retain(version, topic, "x", 1);
        assertThat(watcher.expectPublish(topic, "x").retain).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.3.1-12] without Retain As Published RETAIN is cleared, also beside a subscription with it")
    void retainIsCleared() {
        String topic = unique("r/");
        RawClient other = BROKER.online(5, unique("w"));
        other.subscribe(topic, RETAIN_AS_PUBLISHED);
        RawClient client = BROKER.online(5, unique("w"));
        client.subscribe(topic, 0);
        assertRetainFlags(client, topic, false);
    }

    @ParameterizedTest(name = "subscribed {0}")
    @ValueSource(strings = {"", "/#"})
    @DisplayName("[MQTT-3.3.1-13] with Retain As Published RETAIN is passed on as it came")
    void retainAsPublished(String wildcard) {
        String topic = unique("r/");
        RawClient other = BROKER.online(5, unique("w"));
        other.subscribe(topic, 0);
        RawClient client = BROKER.online(5, unique("w"));
        client.subscribe(topic + wildcard, RETAIN_AS_PUBLISHED);
        assertRetainFlags(client, topic, true);
    }

    /** A message published with RETAIN comes with this flag, and one published without comes without. */
    private static void assertRetainFlags(RawClient client, String topic, boolean flag) {
        retain(5, topic, "retained", 1);
        BROKER.online(4, unique("p")).publish(topic, "plain", 1);
        assertThat(client.expectPublish(topic, "retained").retain).isEqualTo(flag);
        assertThat(client.expectPublish(topic, "plain").retain).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.3.1-13] Retain As Published holds for messages queued for a session as well")
    void retainAsPublishedQueued() {
        String topic = unique("r/");
        String id = unique("c");
        RawClient client = BROKER.online(connect(5, id).sessionExpiryInterval(60));
        client.subscribe(topic + "/as", 1 | RETAIN_AS_PUBLISHED);
        client.subscribe(topic + "/not", 1);
        client.disconnect();
        retain(5, topic + "/as", "as", 1);
        retain(5, topic + "/not", "not", 1);
        BROKER.online(5, unique("p")).publish(topic + "/as", "plain", 1);
        RawClient again = BROKER.online(connect(5, id).cleanStart(false));
        Set<String> got = new TreeSet<>();
        for (int i = 0; i < 3; i++) {
            Frame frame = again.expect(Frame.PUBLISH);
            assertThat(frame.retain)
                    .as(frame.toString())
                    .isEqualTo(frame.payloadText().equals("as"));
            got.add(frame.payloadText());
        }
        assertThat(got).containsExactly("as", "not", "plain");
    }

    @Test
    @DisplayName("[MQTT-3.3.1-9] retain handling 0 sends the retained messages at every SUBSCRIBE, the first or not")
    void retainHandling0() {
        retainHandling0(5);
    }

    @Test
    @DisplayName("[MQTT311-3.8.4-3] every SUBSCRIBE sends the retained messages, the first or not: 3.1.1")
    void retainHandling0Of311() {
        retainHandling0(4);
    }

    private static void retainHandling0(int version) {
        String topic = unique("r/");
        retain(version, topic, "x", 1);
        RawClient client = BROKER.online(version, unique("c"));
        for (int i = 0; i < 3; i++) {
            client.subscribe(topic, 0);
            assertThat(client.expectPublish(topic, "x").retain).isTrue();
        }
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-3.3.1-10] retain handling 1 sends them only when the subscription is new")
    void retainHandling1() {
        String topic = unique("r/");
        retain(5, topic, "x", 1);
        for (String filter : new String[] {topic, topic + "/#"}) {
            RawClient client = BROKER.online(5, unique("c"));
            client.subscribe(filter, RETAIN_HANDLING_1);
            client.expectPublish(topic, "x");
            client.subscribe(filter, RETAIN_HANDLING_1);
            client.ping().expectNothing(50);
            client.send(unsubscribe(5, 9).filter(filter)).expect(Frame.UNSUBACK, 9);
            client.subscribe(filter, RETAIN_HANDLING_1);
            client.expectPublish(topic, "x");
        }
    }

    @Test
    @DisplayName("[MQTT-3.3.1-10] for retain handling 1 a subscription of a resumed session exists")
    void retainHandling1Resumed() {
        String topic = unique("r/");
        String id = unique("c");
        RawClient client = BROKER.online(connect(5, id).sessionExpiryInterval(60));
        client.subscribe(topic, RETAIN_HANDLING_1);
        client.disconnect();
        retain(5, topic, "x", 0);
        RawClient again = BROKER.online(connect(5, id).cleanStart(false));
        again.subscribe(topic, RETAIN_HANDLING_1);
        again.ping().expectNothing(50);
        again.subscribe(topic, 0);
        again.expectPublish(topic, "x");
    }

    @Test
    @DisplayName("[MQTT-3.3.1-11] retain handling 2 sends none at the time of the SUBSCRIBE, but live ones")
    void retainHandling2() {
        String topic = unique("r/");
        retain(5, topic, "x", 1);
        RawClient client = BROKER.online(5, unique("c"));
        client.subscribe(topic, RETAIN_HANDLING_2);
        client.subscribe(topic + "/#", RETAIN_HANDLING_2 | RETAIN_AS_PUBLISHED);
        client.ping().expectNothing(50);
        client.send(unsubscribe(5, 9).filter(topic + "/#")).expect(Frame.UNSUBACK, 9);
        retain(5, topic, "live", 1);
        assertThat(client.expectPublish(topic, "live").retain).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.3.1-9] wildcard filters get every retained message that matches, and no other")
    void wildcards() {
        wildcards(5);
    }

    @Test
    @DisplayName("[MQTT311-3.3.1-6] wildcard filters get every retained message that matches, and no other: 3.1.1")
    void wildcardsOf311() {
        wildcards(4);
    }

    private static void wildcards(int version) {
        String root = unique("r");
        for (String topic : new String[] {"", "/", "/a", "/a/b", "/a/b/c", "/b", "/b/b", "//b"}) {
            retain(version, root + topic, "x", 0);
        }
        assertRetained(version, root, "/#", "", "/", "/a", "/a/b", "/a/b/c", "/b", "/b/b", "//b");
        assertRetained(version, root, "/+", "/", "/a", "/b");
        assertRetained(version, root, "/+/b", "/a/b", "/b/b", "//b");
        assertRetained(version, root, "/a/#", "/a", "/a/b", "/a/b/c");
        assertRetained(version, root, "/+/b/#", "/a/b", "/a/b/c", "/b/b", "//b");
        assertRetained(version, root, "/+/+/+", "/a/b/c");
        assertRetained(version, root, "", "");
        assertRetained(version, root, "/a/c");
    }

    @Test
    @DisplayName("[MQTT-3.3.1-9] a thousand retained messages come to a wildcard subscription, none of them twice")
    void many() {
        String root = unique("r");
        RawClient publisher = BROKER.online(5, unique("p"));
        Packets.Packet[] burst = new Packets.Packet[1_000];
        for (int i = 0; i < burst.length; i++) {
            burst[i] = publish(5, root + "/" + i, "x").retain();
        }
        publisher.send(burst).publish(publish(5, root + "/last", "x").retain(), 1);
        RawClient client = BROKER.online(5, unique("c"));
        client.subscribe(root + "/#", 1);
        Set<String> topics = new TreeSet<>();
        for (int i = 0; i <= burst.length; i++) {
            assertThat(topics.add(client.expect(Frame.PUBLISH).topic)).isTrue();
        }
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-3.3.1-5] retained messages outlive a restart, with QoS and properties")
    void outlivesRestart() {
        String topic = unique("r/");
        Props sent = props().contentType("text").userProperty("a", "b").messageExpiryInterval(100);
        BROKER.online(5, unique("p")).publish(publish(5, topic, "x").retain().properties(sent), 2);
        BROKER.restart();
        RawClient client = BROKER.online(5, unique("c"));
        client.subscribe(topic, 2);
        Frame frame = client.expectPublish(topic, "x");
        assertThat(frame.qos).isEqualTo(2);
        assertThat(frame.retain).isTrue();
        assertThat(frame.props.text(Props.CONTENT_TYPE)).isEqualTo("text");
        assertThat(frame.props.userProperties()).containsExactly("a=b");
        assertThat(frame.props.number(Props.MESSAGE_EXPIRY_INTERVAL, -1)).isBetween(80L, 100L);
        client.ping();
    }

    @Test
    @DisplayName("[MQTT311-3.3.1-10] the removal of a retained message outlives a restart")
    void removalOutlivesRestart() {
        String topic = unique("r/");
        retain(4, topic + "/kept", "x", 1);
        retain(4, topic + "/gone", "x", 1);
        retain(4, topic + "/gone", "", 1);
        BROKER.restart();
        assertRetained(4, topic, "/#", "/kept");
    }

    private static void retain(int version, String topic, String payload, int qos) {
        RawClient publisher = BROKER.online(version, unique("p"));
        publisher.publish(publish(version, topic, payload).retain(), qos).ping().disconnect();
    }

    /** A new subscription gets these topics below {@code root}, once each, in any order. */
    private static void assertRetained(int version, String root, String filter, String... topics) {
        RawClient client = BROKER.online(version, unique("c"));
        client.subscribe(root + filter, 1);
        Set<String> got = new TreeSet<>();
        for (int i = 0; i < topics.length; i++) {
            Frame frame = client.expect(Frame.PUBLISH);
            assertThat(frame.retain).isTrue();
            got.add(frame.topic.substring(root.length()));
        }
        assertThat(got).as(filter).containsExactlyInAnyOrder(topics);
        client.ping().disconnect();
    }
}
