package dev.mooring.spec;

import static dev.mooring.spec.Packets.Subscribe.NO_LOCAL;
import static dev.mooring.spec.Packets.Subscribe.RETAIN_HANDLING_1;
import static dev.mooring.spec.Packets.Subscribe.RETAIN_HANDLING_2;
import static dev.mooring.spec.Packets.frame;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 3.8.4: what SUBSCRIBE does, and its answer. */
class Mqtt38ActionsTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.8.4-1] SUBSCRIBE is answered by SUBACK")
    void answered() {
        answered(5);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.8.4-1] SUBSCRIBE is answered by SUBACK")
    void answeredOf311(int version) {
        answered(version);
    }

    private static void answered(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        client.send(subscribe(version, 77).filter(unique("t/"), 1));
        assertThat(client.expect(Frame.SUBACK, 77).reasonCodes).containsExactly(1);
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-3.8.4-3] subscribing again replaces: the new QoS counts and one copy comes")
    void subscribingAgainReplaces() {
        subscribingAgainReplaces(5);
    }

    @Test
    @DisplayName("[MQTT311-3.8.4-3] subscribing again replaces: the new QoS counts and one copy comes")
    void subscribingAgainReplacesOf311() {
        subscribingAgainReplaces(4);
    }

    private static void subscribingAgainReplaces(int version) {
        String topic = unique("re/");
        RawClient subscriber = BROKER.online(version, unique("c"));
        RawClient publisher = BROKER.online(version, unique("c"));
        for (int qos : new int[] {0, 2, 1, 0}) {
            subscriber.subscribe(topic, qos);
            publisher.publish(topic, "at " + qos, 2);
            Frame frame = subscriber.expectPublish(topic, "at " + qos);
            assertThat(frame.qos).isEqualTo(qos);
            complete(subscriber, frame);
        }
    }

    @Test
    @DisplayName("[MQTT-3.8.4-3] subscribing again replaces the options and the subscription identifier too")
    void subscribingAgainReplacesOptions() {
        String topic = unique("re/");
        RawClient client = BROKER.online(5, unique("c"));
        client.send(subscribe(5, 1).filter(topic, NO_LOCAL).properties(new Props().subscriptionIdentifier(5)));
        client.expect(Frame.SUBACK, 1);
        client.send(subscribe(5, 2).filter(topic, 0).properties(new Props().subscriptionIdentifier(268_435_455)));
        client.expect(Frame.SUBACK, 2);
        client.publish(topic, "own", 0);
        assertThat(client.expectPublish(topic, "own").props.all(Props.SUBSCRIPTION_IDENTIFIER))
                .containsExactly(268_435_455L);
        client.subscribe(topic, 0);
        client.publish(topic, "no identifier", 0);
        assertThat(client.expectPublish(topic, "no identifier").props.has(Props.SUBSCRIPTION_IDENTIFIER))
                .isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.8.4-4] subscribing again sends the retained messages again")
    void subscribingAgainSendsRetained() {
        subscribingAgainSendsRetained(5);
    }

    @Test
    @DisplayName("[MQTT311-3.8.4-3] subscribing again sends the retained messages again")
    void subscribingAgainSendsRetainedOf311() {
        subscribingAgainSendsRetained(4);
    }

    private static void subscribingAgainSendsRetained(int version) {
        String topic = unique("re/");
        BROKER.online(version, unique("c"))
                .publish(publish(version, topic + "/a", "kept").retain(), 1);
        RawClient subscriber = BROKER.online(version, unique("c"));
        for (int i = 0; i < 3; i++) {
            subscriber.subscribe(topic + "/+", 0);
            assertThat(subscriber.expectPublish(topic + "/a", "kept").retain).isTrue();
        }
        if (version == 5) {
            subscriber.subscribe(topic + "/+", RETAIN_HANDLING_1);
            subscriber.subscribe(topic + "/+", RETAIN_HANDLING_2);
            subscriber.ping();
        }
    }

    @Test
    @DisplayName("[MQTT-3.8.4-4] subscribing again loses no message")
    void subscribingAgainLosesNothing() {
        subscribingAgainLosesNothing(5);
    }

    @Test
    @DisplayName("[MQTT311-3.8.4-3] subscribing again loses no message")
    void subscribingAgainLosesNothingOf311() {
        subscribingAgainLosesNothing(4);
    }

    private static void subscribingAgainLosesNothing(int version) {
        String topic = unique("re/");
        RawClient subscriber = BROKER.online(version, unique("c"));
        subscriber.subscribe(topic, 0);
        RawClient publisher = BROKER.online(version, unique("c"));
        List<String> got = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            for (int j = 0; j < 10; j++) {
                publisher.send(publish(version, topic, i + "." + j));
            }
            subscriber.send(subscribe(version, 1 + i).filter(topic, 0));
        }
        while (got.size() < 400) {
            Frame frame = subscriber.read();
            if (frame.type == Frame.PUBLISH) {
                got.add(frame.payloadText());
            }
        }
        assertThat(got).doesNotHaveDuplicates();
    }

    @Test
    @DisplayName("[MQTT-3.8.4-5] many filters in one SUBSCRIBE are as many subscriptions, of equal ones the last")
    void manyFilters() {
        manyFilters(5);
    }

    @Test
    @DisplayName("[MQTT311-3.8.4-4] many filters in one SUBSCRIBE are as many subscriptions, of equal ones the last")
    void manyFiltersOf311() {
        manyFilters(4);
    }

    private static void manyFilters(int version) {
        String topic = unique("many/");
        RawClient subscriber = BROKER.online(version, unique("c"));
        subscriber.send(fifty(version, topic).filter(topic + "/0", 0));
        subscriber.expect(Frame.SUBACK, 9);
        subscriber.ping(); // one SUBACK for all
        RawClient publisher = BROKER.online(version, unique("c"));
        for (int i = 0; i < 50; i++) {
            publisher.publish(topic + "/" + i, "x", 2);
            Frame frame = subscriber.expectPublish(topic + "/" + i, "x");
            assertThat(frame.qos).isEqualTo(i % 3);
            complete(subscriber, frame);
        }
    }

    @Test
    @DisplayName("[MQTT-3.8.4-6] SUBACK has a reason code for each filter, also for equal and for refused ones")
    void oneCodeForEachFilter() {
        RawClient subscriber = BROKER.online(5, unique("c"));
        String topic = unique("many/");
        subscriber.send(fifty(5, topic).filter(topic + "/0", 1).filter("/".repeat(300), 0));
        assertThat(subscriber.expect(Frame.SUBACK, 9).reasonCodes).hasSize(52);
    }

    @Test
    @DisplayName("[MQTT-3.8.4-7] a reason code is the granted QoS, or says that there is no subscription")
    void grantedOrFailed() {
        grantedOrFailed(5);
    }

    @Test
    @DisplayName(
            "[MQTT311-3.8.4-5] each filter's return code is the granted QoS, or says that there is no subscription")
    void grantedOrFailedOf311() {
        grantedOrFailed(4);
    }

    private static void grantedOrFailed(int version) {
        String topic = unique("code/");
        RawClient subscriber = BROKER.online(version, unique("c"));
        subscriber.send(subscribe(version, 3)
                .filter(topic + "/0", 0)
                .filter(topic + "/a" + "/".repeat(300), 2)
                .filter(topic + "/1", 1)
                .filter(topic + "/2", 2));
        List<Integer> codes = subscriber.expect(Frame.SUBACK, 3).reasonCodes;
        assertThat(codes).hasSize(4);
        assertThat(codes.get(1)).isGreaterThanOrEqualTo(0x80);
        RawClient publisher = BROKER.online(version, unique("c"));
        publisher.publish(topic + "/a", "x", 2);
        List<Integer> granted = List.of(codes.get(0), codes.get(2), codes.get(3));
        for (int i = 0; i < 3; i++) {
            publisher.publish(topic + "/" + i, "x", 2);
            Frame frame = subscriber.expectPublish(topic + "/" + i, "x");
            assertThat(frame.qos).isEqualTo(granted.get(i)).isLessThanOrEqualTo(i);
            complete(subscriber, frame);
        }
    }

    @ParameterizedTest(name = "published {0}, granted {1}")
    @CsvSource({"0,0", "0,1", "0,2", "1,0", "1,1", "1,2", "2,0", "2,1", "2,2"})
    @DisplayName("[MQTT-3.8.4-8] delivery is at the smaller of the published and the granted QoS")
    void smallerQos(int published, int granted) {
        smallerQos(5, published, granted);
    }

    @ParameterizedTest(name = "published {0}, granted {1}")
    @CsvSource({"0,0", "0,1", "0,2", "1,0", "1,1", "1,2", "2,0", "2,1", "2,2"})
    @DisplayName("[MQTT311-3.8.4-6] delivery is at the smaller of the published and the granted QoS")
    void smallerQosOf311(int published, int granted) {
        smallerQos(4, published, granted);
    }

    private static void smallerQos(int version, int published, int asked) {
        String topic = unique("min/");
        RawClient subscriber = BROKER.online(version, unique("c"));
        int granted = subscriber.subscribe(topic, asked).reasonCodes.get(0);
        BROKER.online(version, unique("c")).publish(topic, "x", published);
        assertThat(subscriber.expectPublish(topic, "x").qos).isEqualTo(Math.min(published, granted));
    }

    @Test
    @DisplayName("[MQTT-3.3.4-2] overlapping subscriptions are served at their highest QoS")
    void overlappingSubscriptions() {
        overlappingSubscriptions(5);
    }

    @Test
    @DisplayName("[MQTT311-3.3.5-1] overlapping subscriptions are served at their highest QoS")
    void overlappingSubscriptionsOf311() {
        overlappingSubscriptions(4);
    }

    private static void overlappingSubscriptions(int version) {
        String topic = unique("over/");
        RawClient subscriber = BROKER.online(version, unique("c"));
        subscriber.subscribe(topic + "/#", 0);
        subscriber.subscribe(topic + "/a", 2);
        subscriber.subscribe(topic + "/+", 1);
        RawClient publisher = BROKER.online(version, unique("c"));
        publisher.publish(topic + "/a", "x", 2);
        publisher.publish(topic + "/end", "end", 0);
        int highest = -1;
        int copies = 0;
        for (Frame f = subscriber.expect(Frame.PUBLISH); !f.payloadText().equals("end"); f = subscriber.read()) {
            if (f.type == Frame.PUBLISH) { // one copy, or one for each subscription
                highest = Math.max(highest, f.qos);
                copies++;
            }
        }
        assertThat(highest).isEqualTo(2);
        assertThat(copies).isBetween(1, 3);
    }

    @Test
    @DisplayName("[MQTT-3.3.4-3] the identifiers are those of the subscriptions that made the delivery, and no others")
    void subscriptionIdentifiers() {
        String topic = unique("sid/");
        RawClient subscriber = overlappingWithIdentifiers(topic);
        subscribeAs(subscriber, topic + "/other", 99);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.publish(topic + "/a", "x", 0).publish(topic + "/b/c", "end", 0);
        List<Object> identifiers = new ArrayList<>();
        Frame frame = subscriber.expect(Frame.PUBLISH);
        for (; frame.payloadText().equals("x"); frame = subscriber.expect(Frame.PUBLISH)) {
            identifiers.addAll(frame.props.all(Props.SUBSCRIPTION_IDENTIFIER));
        }
        assertThat(identifiers).contains(10L, 268_435_455L).doesNotContain(99L);
        assertThat(frame.props.all(Props.SUBSCRIPTION_IDENTIFIER)).containsExactly(10L);
    }

    @Test
    @DisplayName("[MQTT-3.3.4-4] one copy for overlapping subscriptions carries all their identifiers")
    void allIdentifiersInOneCopy() {
        String topic = unique("sid/");
        RawClient subscriber = overlappingWithIdentifiers(topic);
        BROKER.online(5, unique("c")).publish(topic + "/a", "x", 0).publish(topic + "/b/c", "end", 0);
        List<Object> identifiers =
                subscriber.expectPublish(topic + "/a", "x").props.all(Props.SUBSCRIPTION_IDENTIFIER);
        assertThat(identifiers).contains(10L, 268_435_455L).hasSizeBetween(2, 3);
        subscriber.expectPublish(topic + "/b/c", "end"); // there was one copy
    }

    @Test
    @DisplayName("[MQTT-3.3.4-5] of two copies, one of them for a group, each carries its own identifier")
    void anIdentifierInEachCopy() {
        String topic = unique("sid/");
        RawClient subscriber = BROKER.online(5, unique("c"));
        subscribeAs(subscriber, topic, 21);
        subscribeAs(subscriber, "$share/g/" + topic, 22);
        BROKER.online(5, unique("c")).publish(topic, "x", 0);
        List<List<Object>> identifiers = new ArrayList<>();
        for (int copy = 0; copy < 2; copy++) {
            identifiers.add(subscriber.expectPublish(topic, "x").props.all(Props.SUBSCRIPTION_IDENTIFIER));
        }
        assertThat(identifiers).containsExactlyInAnyOrder(List.of(21L), List.of(22L));
        subscriber.ping();
    }

    /** Four subscriptions match {@code topic/a}: identifiers 10, 268,435,455 and 10 again, and one has none. */
    private static RawClient overlappingWithIdentifiers(String topic) {
        RawClient subscriber = BROKER.online(5, unique("c"));
        subscribeAs(subscriber, topic + "/#", 10);
        subscribeAs(subscriber, topic + "/+", 268_435_455);
        subscribeAs(subscriber, topic + "/a", 10);
        subscriber.subscribe("+/" + topic.substring(topic.indexOf('/') + 1) + "/a", 0);
        return subscriber;
    }

    /** Fifty filters, the i-th at QoS i mod 3, but the first at QoS 2. */
    private static Packets.Subscribe fifty(int version, String topic) {
        Packets.Subscribe packet = subscribe(version, 9).filter(topic + "/0", 2);
        for (int i = 1; i < 50; i++) {
            packet.filter(topic + "/" + i, i % 3);
        }
        return packet;
    }

    private static void subscribeAs(RawClient client, String filter, int identifier) {
        client.send(subscribe(5, 1).filter(filter, 0).properties(new Props().subscriptionIdentifier(identifier)));
        assertThat(client.expect(Frame.SUBACK, 1).reasonCodes).containsExactly(0);
    }

    private static void complete(RawClient subscriber, Frame frame) {
        if (frame.qos == 1) {
            subscriber.send(Packets.puback(frame.packetId));
        } else if (frame.qos == 2) {
            subscriber.send(Packets.pubrec(frame.packetId));
            subscriber.expect(Frame.PUBREL, frame.packetId);
            subscriber.send(Packets.pubcomp(frame.packetId));
        }
    }
}
