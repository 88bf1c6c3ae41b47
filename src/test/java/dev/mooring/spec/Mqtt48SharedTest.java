package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.puback;
import static dev.mooring.spec.Packets.pubcomp;
import static dev.mooring.spec.Packets.pubrec;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.Packets.unsubscribe;
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

/** Chapter 4.8: shared subscriptions. */
class Mqtt48SharedTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"$share/", "$share//t", "$share//", "$share///t"})
    @DisplayName("[MQTT-4.8.2-1] a shared filter without a share name is malformed")
    void noShareName(String filter) {
        expectMalformed(filter);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"$share/g", "$share/g/"})
    @DisplayName("[MQTT-4.8.2-2] a share name without a filter behind it is malformed")
    void noFilter(String filter) {
        expectMalformed(filter);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"$share/+/t", "$share/#/t", "$share/a+/t", "$share/a#b/t", "$share/g/a#", "$share/g/#/a"})
    @DisplayName("[MQTT-4.8.2-2] a share name or filter with misplaced wildcards is malformed")
    void wildcardInShareName(String filter) {
        expectMalformed(filter);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"$share/g", "$share/g/", "$share/", "$share//t", "$share/+/t"})
    @DisplayName("a filter to MQTT 3.1.1, but no shared one: 0x80, and what else is in the packet counts")
    void badShareNameOf311(String filter) {
        RawClient client = BROKER.online(4, unique("c"));
        client.send(subscribe(4, 1).filter(unique("s/"), 1).filter(filter, 1));
        assertThat(client.expect(Frame.SUBACK, 1).reasonCodes).containsExactly(1, 0x80);
        client.send(unsubscribe(4, 2).filter(filter));
        client.expect(Frame.UNSUBACK, 2);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"$share/#/t", "$share/a+/t", "$share/g/a#", "$share/g/#/a"})
    @DisplayName(
            "[MQTT311-4.8.0-1] a shared filter that is no filter without its share name either ends the connection")
    void wildcardInShareNameOf311(String filter) {
        RawClient client = BROKER.online(4, unique("c"));
        client.send(subscribe(4, 1).filter(filter, 0));
        client.expectClosed();
    }

    @Test
    @DisplayName("[MQTT-4.8.2-1] a filter is shared if it begins with $share/ and a name of one character or more")
    void beginsWithShare() {
        String topic = unique("s/");
        List<RawClient> red = members("$share/r/" + topic, 2);
        RawClient other = members("$Share/r/" + topic, 1).get(0);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.publish(topic, "shared", 1).publish("$Share/r/" + topic, "not shared", 1);
        assertThat(drain(red, 1)).containsExactly("shared");
        assertThat(drain(List.of(other), 1)).containsExactly("not shared");
        red.forEach(RawClient::ping);
    }

    @Test
    @DisplayName("§4.8.2: one member of a group gets each message, every group gets it, and who subscribed alone")
    void oneMemberOfEachGroup() {
        String topic = unique("s/");
        List<RawClient> red = members("$share/red/" + topic + "/+", 3);
        List<RawClient> blue = members("$share/blue/" + topic + "/#", 2);
        RawClient both = BROKER.online(5, unique("c"));
        both.subscribe(topic + "/+", 0);
        both.subscribe("$share/alone/" + topic + "/+", 0);
        RawClient publisher = BROKER.online(5, unique("c"));
        for (int i = 0; i < 30; i++) {
            publisher.publish(topic + "/" + i, "m" + i, 1);
        }
        assertThat(drain(red, 30)).doesNotHaveDuplicates().hasSize(30);
        assertThat(drain(blue, 30)).doesNotHaveDuplicates().hasSize(30);
        assertThat(drain(List.of(both), 60)).hasSize(60).allMatch(m -> m.startsWith("m"));
    }

    @Test
    @DisplayName("[MQTT-4.8.2-2] share name and filter together name the group; who unsubscribes is out of it")
    void groupIsNameAndFilter() {
        String topic = unique("s/");
        RawClient a = members("$share/g/" + topic, 1).get(0);
        RawClient b = members("$share/g/" + topic + "/#", 1).get(0);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.publish(topic, "x", 1);
        a.expectPublish(topic, "x");
        b.expectPublish(topic, "x");
        RawClient third = members("$share/g/" + topic, 1).get(0);
        a.send(Packets.unsubscribe(5, 2).filter("$share/g/" + topic));
        assertThat(a.expect(Frame.UNSUBACK, 2).reasonCodes).containsExactly(0);
        for (int i = 0; i < 5; i++) {
            publisher.publish(topic, "m" + i, 0);
            third.expectPublish(topic, "m" + i);
        }
        a.ping();
    }

    @ParameterizedTest(name = "published {0}, granted {1}")
    @CsvSource({"2,0", "2,1", "1,0", "0,2", "2,2"})
    @DisplayName("[MQTT-4.8.2-3] a member gets messages at its own granted QoS")
    void grantedQos(int published, int granted) {
        String topic = unique("s/");
        RawClient member = BROKER.online(5, unique("c"));
        member.subscribe("$share/g/" + topic, granted);
        BROKER.online(5, unique("c")).publish(topic, "x", published);
        assertThat(member.expectPublish(topic, "x").qos).isEqualTo(Math.min(published, granted));
    }

    @Test
    @DisplayName("[MQTT-4.8.2-4] a QoS 2 message that was begun with a member is finished with it when it comes back")
    void qos2StaysWithItsMember() {
        String topic = unique("s/");
        String id = unique("c");
        RawClient member = BROKER.online(durable(id));
        member.subscribe("$share/g/" + topic, 2);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.publish(topic, "sent", 2).publish(topic, "received", 2);
        int sent = member.expectPublish(topic, "sent").packetId;
        int received = member.expectPublish(topic, "received").packetId;
        member.send(pubrec(received));
        member.expect(Frame.PUBREL, received);
        RawClient other = BROKER.online(5, unique("c"));
        other.subscribe("$share/g/" + topic, 2);
        other.subscribe(topic + "/end", 2);
        member.close();
        publisher.publish(topic + "/end", "end", 2);
        other.expectPublish(topic + "/end", "end");
        RawClient again = BROKER.online(durable(id));
        List<Frame> frames = List.of(again.read(), again.read()); // in either order
        assertThat(frames).extracting(f -> f.type).containsExactlyInAnyOrder(Frame.PUBLISH, Frame.PUBREL);
        for (Frame frame : frames) {
            assertThat(frame.packetId).isEqualTo(frame.type == Frame.PUBREL ? received : sent);
        }
        again.send(pubcomp(received), pubrec(sent));
        again.expect(Frame.PUBREL, sent);
        again.send(pubcomp(sent));
        again.ping();
        other.ping();
    }

    @Test
    @DisplayName("[MQTT-4.8.2-5] a QoS 2 message that was begun with a member whose session ends goes to nobody else")
    void qos2GoesToNobodyElse() {
        String topic = unique("s/");
        RawClient member = BROKER.online(5, unique("c"));
        member.subscribe("$share/g/" + topic, 2);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.publish(topic, "begun", 2);
        member.expectPublish(topic, "begun");
        RawClient other = BROKER.online(5, unique("c"));
        other.subscribe("$share/g/" + topic, 2);
        member.disconnect();
        publisher.publish(topic, "end", 2);
        other.expectPublish(topic, "end");
        other.expectNothing(300);
    }

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {1, 2})
    @DisplayName(
            "[MQTT-4.8.2-6] a message that a member refuses is dropped: no other member gets it, nor the same again")
    void refusedIsDropped(int qos) {
        String topic = unique("s/");
        RawClient member = BROKER.online(5, unique("c"));
        member.subscribe("$share/g/" + topic, qos);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.publish(topic, "refused", qos);
        int packetId = member.expectPublish(topic, "refused").packetId;
        RawClient other = BROKER.online(5, unique("c"));
        other.subscribe("$share/g/" + topic, qos);
        member.send(qos == 1 ? puback(packetId, 0x80) : pubrec(packetId, 0x99));
        member.ping();
        member.disconnect();
        publisher.publish(topic, "end", qos);
        other.expectPublish(topic, "end");
        other.expectNothing(300);
    }

    @Test
    @DisplayName(
            "§4.8.2: QoS 1 messages that a member has not acknowledged go to another when its session ends, and so "
                    + "do those that were waiting behind them")
    void qos1GoesToAnother() {
        String topic = unique("s/");
        RawClient member = BROKER.online(connect(5, unique("c")).properties(new Props().receiveMaximum(2)));
        member.subscribe("$share/g/" + topic, 1);
        RawClient publisher = BROKER.online(5, unique("c"));
        for (int i = 0; i < 5; i++) {
            publisher.publish(topic, "m" + i, 1);
        }
        member.expectPublish(topic, "m0");
        member.send(puback(member.expectPublish(topic, "m1").packetId));
        member.expectPublish(topic, "m2");
        RawClient other = BROKER.online(5, unique("c"));
        other.subscribe("$share/g/" + topic, 1);
        member.disconnect();
        assertThat(drain(List.of(other), 4)).containsExactlyInAnyOrder("m0", "m2", "m3", "m4");
    }

    @Test
    @DisplayName("§4.8.2: messages are kept for a group whose durable members are all away, and each comes once")
    void keptWhileAllAreAway() {
        String topic = unique("s/");
        String a = unique("c");
        String b = unique("c");
        for (String id : List.of(a, b)) {
            RawClient client = BROKER.online(durable(id));
            client.subscribe("$share/g/" + topic, 1);
            client.disconnect();
        }
        RawClient publisher = BROKER.online(5, unique("c"));
        for (int i = 0; i < 8; i++) {
            publisher.publish(topic, "m" + i, 1);
        }
        RawClient first = BROKER.online(durable(a));
        RawClient second = BROKER.online(durable(b));
        List<String> got = drain(List.of(first, second), 8);
        assertThat(got).containsExactlyInAnyOrder("m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7");
        first.expectNothing(200);
        second.expectNothing(100);
    }

    @Test
    @DisplayName("§4.8.2: what is kept for a group outlives a restart of the broker, and each message comes once")
    void keptOverARestart() {
        String topic = unique("s/");
        String a = unique("c");
        String b = unique("c");
        for (String id : List.of(a, b)) {
            RawClient client = BROKER.online(durable(id));
            client.subscribe("$share/g/" + topic, 1);
            client.disconnect();
        }
        RawClient publisher = BROKER.online(5, unique("c"));
        for (int i = 0; i < 6; i++) {
            publisher.publish(topic, "m" + i, 1);
        }
        BROKER.restart();
        RawClient first = BROKER.online(durable(a));
        RawClient second = BROKER.online(durable(b));
        assertThat(drain(List.of(first, second), 6)).containsExactlyInAnyOrder("m0", "m1", "m2", "m3", "m4", "m5");
        first.expectNothing(200);
        second.expectNothing(100);
    }

    @Test
    @DisplayName("§4.8.2: an unacknowledged QoS 1 message goes to another member by the time the session of the "
            + "first has expired")
    void goesToAnotherWhenTheSessionExpires() {
        String topic = unique("s/");
        RawClient member = BROKER.online(connect(5, unique("c")).sessionExpiryInterval(1));
        member.subscribe("$share/g/" + topic, 1);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.publish(topic, "open", 1);
        member.expectPublish(topic, "open");
        RawClient other = BROKER.online(5, unique("c"));
        other.subscribe("$share/g/" + topic, 1);
        member.disconnect();
        assertThat(drain(List.of(other), 1)).containsExactly("open");
        other.expectNothing(100);
    }

    @Test
    @DisplayName("§4.8.2: a member that is away does not swallow messages while another is there")
    void awayMembersDoNotSwallow() {
        String topic = unique("s/");
        for (int i = 0; i < 3; i++) {
            RawClient away = BROKER.online(durable(unique("c")));
            away.subscribe("$share/g/" + topic, 1);
            away.disconnect();
        }
        RawClient here = members("$share/g/" + topic, 1).get(0);
        RawClient publisher = BROKER.online(5, unique("c"));
        for (int i = 0; i < 9; i++) {
            publisher.publish(topic, "m" + i, 1);
        }
        assertThat(drain(List.of(here), 9)).doesNotHaveDuplicates().hasSize(9);
    }

    @Test
    @DisplayName("[MQTT-3.3.4-3] each member gets the identifier of its own shared subscription")
    void subscriptionIdentifier() {
        String topic = unique("s/");
        RawClient first = BROKER.online(5, unique("c"));
        RawClient second = BROKER.online(5, unique("c"));
        subscribeAs(first, topic, 1);
        subscribeAs(second, topic, 2);
        String end = unique("end/");
        first.subscribe(end, 0);
        second.subscribe(end, 0);
        RawClient publisher = BROKER.online(5, unique("c"));
        for (int i = 0; i < 10; i++) {
            publisher.publish(topic, "x", 1);
        }
        publisher.publish(end, "", 1);
        List<Frame> got = readUntil(end, first);
        assertThat(got).allMatch(f -> f.props.number(Props.SUBSCRIPTION_IDENTIFIER, 0) == 1);
        assertThat(readUntil(end, second))
                .hasSize(10 - got.size())
                .allMatch(f -> f.props.number(Props.SUBSCRIPTION_IDENTIFIER, 0) == 2);
    }

    /** What comes before a message of the same publisher on that topic. */
    private static List<Frame> readUntil(String topic, RawClient member) {
        List<Frame> frames = new ArrayList<>();
        for (Frame f = member.expect(Frame.PUBLISH); !f.topic.equals(topic); f = member.expect(Frame.PUBLISH)) {
            frames.add(f);
        }
        return frames;
    }

    @Test
    @DisplayName("[MQTT-3.8.4-3] subscribing again to a shared filter replaces the identifier, and one copy comes")
    void subscribingAgainReplaces() {
        String topic = unique("s/");
        RawClient member = BROKER.online(5, unique("c"));
        for (int identifier = 1; identifier <= 2; identifier++) {
            subscribeAs(member, topic, identifier);
            member.publish(topic, "x", 0);
            assertThat(member.expectPublish(topic, "x").props.all(Props.SUBSCRIPTION_IDENTIFIER))
                    .containsExactly((long) identifier);
        }
        member.ping();
    }

    private static void subscribeAs(RawClient member, String topic, int identifier) {
        member.send(subscribe(5, 3)
                .filter("$share/g/" + topic, 0)
                .properties(new Props().subscriptionIdentifier(identifier)));
        member.expect(Frame.SUBACK, 3);
    }

    private static void expectMalformed(String filter) {
        for (Packets.Packet packet :
                List.of(subscribe(5, 1).filter(filter, 0), unsubscribe(5, 1).filter(filter))) {
            RawClient client = BROKER.online(5, unique("c"));
            client.send(packet);
            client.expectDisconnect(0x81);
        }
    }

    /** New connections, each subscribed at QoS 1. */
    private static List<RawClient> members(String filter, int count) {
        List<RawClient> members = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            members.add(BROKER.online(5, unique("c")));
            members.get(i).subscribe(filter, 1);
        }
        return members;
    }

    /** Payloads that these clients get, acknowledged, until there are so many of them or none comes for a while. */
    private static List<String> drain(List<RawClient> clients, int count) {
        List<String> got = new ArrayList<>();
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (got.size() < count && System.nanoTime() < deadline) {
            for (RawClient client : clients) {
                Frame frame = client.read(20);
                while (frame != null) {
                    assertThat(frame.type).isEqualTo(Frame.PUBLISH);
                    got.add(frame.payloadText());
                    if (frame.qos == 1) {
                        client.send(puback(frame.packetId));
                    }
                    frame = client.read(20);
                }
            }
        }
        return got;
    }

    private static Packets.Connect durable(String id) {
        return connect(5, id).cleanStart(false).sessionExpiryInterval(60);
    }
}
