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

/** Chapter 3.8, SUBSCRIBE. */
class Mqtt38SubscribeTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.8.1-1] [MQTT311-3.8.1-1] flags other than 0010 are malformed")
    void reservedFlags(int version) {
        for (int flags = 0; flags < 16; flags++) {
            if (flags != 2) {
                RawClient client = BROKER.online(version, unique("c"));
                client.send(frame(0x80 | flags, version == 5 ? "0001 00 0001 61 00" : "0001 0001 61 00"));
                client.expectDisconnect(0x81);
            }
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.8.3-1] [MQTT311-3.8.3-1] a filter that is not UTF-8 ends the connection")
    void filterIsText(int version) {
        for (String filter : List.of("0002 61FF 00", "0003 EDA080 00", "0001 00 00", "0005 61 00")) {
            RawClient client = BROKER.online(version, unique("c"));
            client.send(frame(0x82, "0001" + (version == 5 ? "00" : "") + filter));
            client.expectDisconnect(0x81);
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.8.3-2] [MQTT311-3.8.3-3] [MQTT311-4.8.0-1] SUBSCRIBE without a filter is a protocol error")
    void noFilter(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        client.send(subscribe(version, 1));
        client.expectDisconnect(0x82);
    }

    @Test
    @DisplayName("[MQTT-3.8.3-3] with No Local a client does not get its own messages, others do")
    void noLocal() {
        String topic = unique("nl/");
        RawClient client = BROKER.online(5, unique("c"));
        client.subscribe(topic + "/#", 2 | NO_LOCAL);
        RawClient other = BROKER.online(5, unique("c"));
        other.subscribe(topic + "/+", 2);
        for (int qos = 0; qos <= 2; qos++) {
            client.publish(topic + "/a", "own" + qos, qos);
            other.expectPublish(topic + "/a", "own" + qos);
        }
        other.publish(topic + "/b", "foreign", 0);
        client.expectPublish(topic + "/b", "foreign");
    }

    @Test
    @DisplayName("[MQTT-3.8.3-3] No Local holds by client identifier: also for what was published before a reconnect, "
            + "and not for an overlapping subscription without it")
    void noLocalIsByClientIdentifier() {
        String topic = unique("nl/");
        String id = unique("c");
        RawClient client = BROKER.online(Packets.connect(5, id).sessionExpiryInterval(60));
        client.subscribe(topic, 1 | NO_LOCAL);
        client.publish(topic, "own", 1);
        client.disconnect();
        RawClient again = BROKER.online(Packets.connect(5, id).cleanStart(false).sessionExpiryInterval(60));
        again.publish(topic, "own again", 0);
        again.ping();
        again.subscribe(topic + "/#", 0);
        again.send(publish(5, topic, "both"));
        again.expectPublish(topic, "both");
    }

    @Test
    @DisplayName("[MQTT-3.8.3-4] No Local on a shared subscription is a protocol error")
    void noLocalOnSharedSubscription() {
        RawClient client = BROKER.online(5, unique("c"));
        client.send(subscribe(5, 1).filter("$share/g/" + unique("t"), NO_LOCAL));
        client.expectDisconnect(0x82);
    }

    @Test
    @DisplayName("[MQTT-3.8.3-5] reserved bits of the subscription options are malformed")
    void reservedOptionBits() {
        for (int options : new int[] {0x40, 0x80, 0xC0, 0x81}) {
            RawClient client = BROKER.online(5, unique("c"));
            client.send(subscribe(5, 1).filter("a", 0).filter("b", options));
            client.expectDisconnect(0x81);
        }
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] QoS 3 and Retain Handling 3 are protocol errors")
    void valuesThatDoNotExist() {
        for (int options : new int[] {0x03, 0x30, 0x31}) {
            RawClient client = BROKER.online(5, unique("c"));
            client.send(subscribe(5, 1).filter("a", options));
            client.expectDisconnect(0x82, 0x81);
        }
    }

    @Test
    @DisplayName("[MQTT311-3.8.3-4] reserved bits beside the QoS, or QoS 3, end a 3.1.1 connection")
    void reservedBitsOf311() {
        for (int qosByte : new int[] {0x03, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF}) {
            RawClient client = BROKER.online(4, unique("c"));
            client.send(subscribe(4, 1).filter("a", qosByte));
            client.expectClosed();
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName("[MQTT-3.8.4-1] [MQTT311-3.8.4-1] SUBSCRIBE is answered by SUBACK")
    void answered(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        client.send(subscribe(version, 77).filter(unique("t/"), 1));
        assertThat(client.expect(Frame.SUBACK, 77).reasonCodes).containsExactly(1);
        client.ping();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.8.4-3] [MQTT311-3.8.4-3] subscribing again replaces: the new QoS counts and one copy comes")
    void subscribingAgainReplaces(int version) {
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

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.8.4-4] [MQTT311-3.8.4-3] subscribing again sends the retained messages again")
    void subscribingAgainSendsRetained(int version) {
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

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.8.4-4] [MQTT311-3.8.4-3] subscribing again loses no message")
    void subscribingAgainLosesNothing(int version) {
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

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "[MQTT-3.8.4-5] [MQTT-3.8.4-6] [MQTT311-3.8.4-4] [MQTT311-3.8.4-5] many filters are many subscriptions "
                    + "with one SUBACK, a code for each; of equal ones the last counts")
    void manyFilters(int version) {
        String topic = unique("many/");
        RawClient subscriber = BROKER.online(version, unique("c"));
        Packets.Subscribe packet = subscribe(version, 9).filter(topic + "/0", 2);
        for (int i = 1; i < 50; i++) {
            packet.filter(topic + "/" + i, i % 3);
        }
        subscriber.send(packet.filter(topic + "/0", 0));
        assertThat(subscriber.expect(Frame.SUBACK, 9).reasonCodes).hasSize(51).endsWith(0);
        RawClient publisher = BROKER.online(version, unique("c"));
        for (int i = 0; i < 50; i++) {
            publisher.publish(topic + "/" + i, "x", 2);
            Frame frame = subscriber.expectPublish(topic + "/" + i, "x");
            assertThat(frame.qos).isEqualTo(i % 3);
            complete(subscriber, frame);
        }
    }

    @ParameterizedTest(name = "published {0}, granted {1}")
    @CsvSource({"0,0", "0,1", "0,2", "1,0", "1,1", "1,2", "2,0", "2,1", "2,2"})
    @DisplayName("[MQTT-3.8.4-7] [MQTT-3.8.4-8] [MQTT311-3.8.4-5] [MQTT311-3.8.4-6] delivery is at the smaller of the "
            + "published and the granted QoS")
    void smallerQos(int published, int asked) {
        for (int version : new int[] {4, 5}) {
            String topic = unique("min/");
            RawClient subscriber = BROKER.online(version, unique("c"));
            int granted = subscriber.subscribe(topic, asked).reasonCodes.get(0);
            assertThat(granted).isLessThanOrEqualTo(asked);
            BROKER.online(version, unique("c")).publish(topic, "x", published);
            assertThat(subscriber.expectPublish(topic, "x").qos).isEqualTo(Math.min(published, granted));
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.3.4-2] [MQTT311-3.3.5-1] overlapping subscriptions are served at their highest QoS")
    void overlappingSubscriptions(int version) {
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
    @DisplayName("[MQTT-3.3.4-3] [MQTT-3.3.4-4] [MQTT-3.3.4-5] overlapping subscriptions bring all their identifiers, "
            + "in one copy or one each; equal identifiers of two subscriptions too")
    void subscriptionIdentifiers() {
        String topic = unique("sid/");
        RawClient subscriber = BROKER.online(5, unique("c"));
        subscribeAs(subscriber, topic + "/#", 10);
        subscribeAs(subscriber, topic + "/+", 268_435_455);
        subscribeAs(subscriber, topic + "/a", 10);
        subscriber.subscribe("+/" + topic.substring(topic.indexOf('/') + 1) + "/a", 0);
        subscribeAs(subscriber, topic + "/other", 99);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.publish(topic + "/a", "x", 0).publish(topic + "/b/c", "end", 0);
        List<Object> identifiers = new ArrayList<>();
        int copies = 0;
        Frame frame = subscriber.expect(Frame.PUBLISH);
        for (; frame.payloadText().equals("x"); frame = subscriber.expect(Frame.PUBLISH)) {
            identifiers.addAll(frame.props.all(Props.SUBSCRIPTION_IDENTIFIER));
            copies++;
        }
        assertThat(identifiers).contains(10L, 268_435_455L).doesNotContain(99L);
        assertThat(identifiers.size()).as("%d copies", copies).isIn(2, 3);
        assertThat(frame.props.all(Props.SUBSCRIPTION_IDENTIFIER)).containsExactly(10L);
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] subscription identifier 0, two of them, or one that is too large are errors")
    void badSubscriptionIdentifiers() {
        for (String property : List.of("0B 00", "0B 01 0B 02", "0B 80 80 80 80 01", "0B FF FF FF FF 0F")) {
            RawClient client = BROKER.online(5, unique("c"));
            client.send(subscribe(5, 1).filter("a", 0).properties(new Props().raw(property)));
            client.expectDisconnect(property.length() <= 11 ? 0x82 : 0x81);
        }
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
