package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.Packets.unsubscribe;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 3.1, CONNECT: the limits and wishes that a client states for this connection. */
class Mqtt31LimitsTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.1.2-25] a message too large for the client is dropped as if it had been "
            + "sent; the next one comes")
    void maximumPacketSize() {
        String topic = unique("m/");
        String id = unique("c");
        RawClient client = BROKER.online(limited(id, 100));
        client.subscribe(topic, 2);
        RawClient publisher = BROKER.online(5, unique("p"));
        String big = "x".repeat(100);
        for (int qos = 0; qos <= 2; qos++) {
            publisher.publish(topic, big, qos).publish(topic, "small" + qos, qos);
        }
        for (int i = 0; i < 3; i++) { // order holds for messages of one QoS
            Frame frame = client.nextPublish();
            assertThat(frame.payloadText()).isEqualTo("small" + frame.qos);
            if (frame.qos == 1) {
                client.send(Packets.puback(frame.packetId));
            } else if (frame.qos == 2) {
                client.send(Packets.pubrec(frame.packetId)).expectPubrelAmongPublishes(frame.packetId);
                client.send(Packets.pubcomp(frame.packetId));
            }
        }
        client.ping().disconnect();
        RawClient again = BROKER.online(limited(id, 10_000)); // nothing was kept for a roomier connection
        publisher.publish(topic, "marker", 1);
        again.expectPublish(topic, "marker");
    }

    @Test
    @DisplayName("[MQTT-3.1.2-25] oversized messages don't use up the send quota")
    void oversizedCostsNoQuota() {
        String topic = unique("m/");
        RawClient client = BROKER.online(connect(5, unique("c"))
                .properties(props().maximumPacketSize(100).receiveMaximum(1)));
        client.subscribe(topic, 1);
        RawClient publisher = BROKER.online(5, unique("p"));
        publisher
                .publish(topic, "x".repeat(200), 1)
                .publish(topic, "y".repeat(200), 1)
                .publish(topic, "small", 1);
        client.expectPublish(topic, "small");
    }

    @Test
    @DisplayName("[MQTT-3.1.2-24] a packet of exactly the Maximum Packet Size is sent, one byte more is not")
    void exactMaximumPacketSize() {
        String topic = unique("m/");
        String payload = "p".repeat(60);
        int size = publish(5, topic, payload).bytes().length;
        RawClient exact = BROKER.online(connect(5, unique("c")).properties(props().maximumPacketSize(size)));
        RawClient less = BROKER.online(connect(5, unique("c")).properties(props().maximumPacketSize(size - 1)));
        exact.subscribe(topic, 0);
        less.subscribe(topic, 0);
        BROKER.online(5, unique("p")).publish(topic, payload, 0).publish(topic, "small", 0);
        exact.expectPublish(topic, payload);
        exact.expectPublish(topic, "small");
        less.expectPublish(topic, "small");
    }

    @Test
    @DisplayName(
            "[MQTT-3.1.2-25] a packet of exactly the Maximum Packet Size is not dropped for want of room for an alias")
    void exactMaximumPacketSizeWithoutAlias() {
        String topic = unique("m/");
        String payload = "p".repeat(60);
        int size = publish(5, topic, payload).bytes().length;
        RawClient client = BROKER.online(connect(5, unique("c"))
                .properties(props().maximumPacketSize(size).topicAliasMaximum(5)));
        client.subscribe(topic, 0);
        BROKER.online(5, unique("p")).publish(topic, payload, 0);
        client.expectPublish(topic, payload);
    }

    @Test
    @DisplayName("[MQTT-3.1.2-25] a retained message too large for the client is dropped, too")
    void oversizedRetained() {
        String topic = unique("m/");
        RawClient publisher = BROKER.online(5, unique("p"));
        publisher.publish(publish(5, topic + "/big", "x".repeat(200)).retain(), 1);
        publisher.publish(publish(5, topic + "/small", "s").retain(), 1);
        RawClient client = BROKER.online(limited(unique("c"), 100));
        client.subscribe(topic + "/#", 1);
        client.expectPublish(topic + "/small", "s");
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-3.1.2-24] every packet, not only PUBLISH, keeps to the Maximum Packet Size")
    void smallPackets() {
        RawClient client = BROKER.online(limited(unique("c"), 64));
        assertThat(client.connack().bytes.length).isLessThanOrEqualTo(64);
        client.send(publish(5, unique("m/"), "x").qos(1, 1), Packets.pubrel(77), Packets.pubrec(78));
        client.send(subscribe(5, 2).filter("a/b", 0), unsubscribe(5, 3).filter(unique("none/")));
        for (Frame frame : client.readUntilPingresp()) {
            assertThat(frame.bytes.length).as(frame.toString()).isLessThanOrEqualTo(64);
        }
    }

    @Test
    @DisplayName(
            "[MQTT-3.1.2-24] a client that takes no packet as large as CONNACK is given none, and its session is free")
    void connackTooLarge() {
        String id = unique("c");
        RawClient client = BROKER.connect(5);
        client.send(limited(id, 4));
        client.expectClosed();
        BROKER.online(connect(5, id)).ping();
    }

    @Test
    @DisplayName(
            "[MQTT-3.1.2-24] SUBACK or UNSUBACK that would be too large ends the connection before anything is done")
    void reasonsTooLarge() {
        String topic = unique("m/");
        Packets.Subscribe subscribe = subscribe(5, 2);
        Packets.Unsubscribe unsubscribe = unsubscribe(5, 3);
        for (int i = 0; i < 60; i++) {
            subscribe.filter(topic + i, 0);
            unsubscribe.filter(topic + i);
        }
        RawClient fits =
                BROKER.online(limited(unique("c"), 65)); // 2 of fixed header, 2 of packet id, 1 without properties
        fits.send(subscribe);
        assertThat(fits.expect(Frame.SUBACK).bytes).hasSize(65);
        RawClient subscriber = BROKER.online(limited(unique("c"), 64));
        subscriber.send(subscribe).expectDisconnect(0x83);
        RawClient unsubscriber = BROKER.online(limited(unique("c"), 64));
        unsubscriber.send(unsubscribe).expectDisconnect(0x83);
    }

    @ParameterizedTest(name = "Topic Alias Maximum {0}")
    @ValueSource(ints = {1, 3})
    @DisplayName("[MQTT-3.1.2-26] the server uses aliases up to the client's Topic Alias Maximum and none above")
    void topicAliasMaximum(int maximum) {
        assertThat(aliases(props().topicAliasMaximum(maximum))).contains(1L).allMatch(a -> a <= maximum);
    }

    @Test
    @DisplayName("[MQTT-3.1.2-27] without a Topic Alias Maximum, or with 0, the server uses no alias")
    void noTopicAliasMaximum() {
        assertThat(aliases(props())).containsOnly(0L);
        assertThat(aliases(props().topicAliasMaximum(0))).containsOnly(0L);
    }

    @Test
    @DisplayName("[MQTT-3.3.2-11] no PUBLISH has an alias above the client's Topic Alias Maximum")
    void noAliasAboveMaximum() {
        assertThat(aliases(props().topicAliasMaximum(2))).contains(1L).allMatch(a -> a <= 2);
    }

    /** The aliases, 0 for none, of messages on five topics in turn. */
    private static List<Long> aliases(Props properties) {
        String topic = unique("alias/") + "/a/topic/name/long/enough/to/be/worth/an/alias/";
        RawClient client = BROKER.online(connect(5, unique("c")).properties(properties));
        client.subscribe(topic + "#", 0);
        RawClient publisher = BROKER.online(5, unique("p"));
        List<Long> aliases = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            publisher.publish(topic + i % 5, "m" + i, 0);
        }
        for (int i = 0; i < 40; i++) { // RawClient resolves aliases, so a wrong one shows as a wrong topic
            aliases.add(client.expectPublish(topic + i % 5, "m" + i).props.number(Props.TOPIC_ALIAS, 0));
        }
        return aliases;
    }

    @Test
    @DisplayName("[MQTT-3.1.2-26] a topic that comes again and again is sent by its alias alone")
    void aliasIsUsed() {
        String topic = unique("alias/") + "/a/topic/name/long/enough/to/be/worth/an/alias";
        RawClient client = BROKER.online(connect(5, unique("c")).properties(props().topicAliasMaximum(2)));
        client.subscribe(topic, 1);
        RawClient publisher = BROKER.online(5, unique("p"));
        boolean used = false;
        for (int i = 0; i < 50; i++) {
            publisher.publish(topic, "m" + i, i % 2);
            Frame frame = client.expectPublish(topic, "m" + i);
            assertThat(frame.props.has(Props.TOPIC_ALIAS)).isTrue(); // one is free, so the first message sets it
            used |= frame.aliasOnly;
            if (frame.qos == 1) {
                client.send(Packets.puback(frame.packetId));
            }
        }
        assertThat(used).isTrue();
    }

    @Test
    @DisplayName("[MQTT-3.3.2-7] aliases the server has set end with the connection: a redelivery names its topic")
    void serverForgetsAliases() {
        String id = unique("c");
        String topic = thirtyUnacknowledged(id);
        RawClient again = BROKER.online(withAliases(id));
        for (int i = 0; i < 30; i++) { // RawClient fails if an alias comes that it has not been told here
            again.expectPublish(topic, "m" + i);
        }
    }

    @Test
    @DisplayName("[MQTT-3.1.2-27] a session that comes back without a Topic Alias Maximum is sent no alias")
    void aliasesOfTheLastConnection() {
        String id = unique("c");
        String topic = thirtyUnacknowledged(id);
        RawClient without = BROKER.online(connect(5, id).cleanStart(false));
        for (int i = 0; i < 30; i++) {
            assertThat(without.expectPublish(topic, "m" + i).props.has(Props.TOPIC_ALIAS))
                    .isFalse();
        }
    }

    /** Their topic: a session that lost its connection was sent them there, by an alias after the first. */
    private static String thirtyUnacknowledged(String id) {
        String topic = unique("alias/") + "/a/topic/name/long/enough/to/be/worth/an/alias";
        RawClient client = BROKER.online(withAliases(id));
        client.subscribe(topic, 1);
        RawClient publisher = BROKER.online(5, unique("p"));
        boolean used = false;
        for (int i = 0; i < 30; i++) {
            publisher.publish(topic, "m" + i, 1);
            used |= client.expectPublish(topic, "m" + i).aliasOnly;
        }
        assertThat(used).isTrue();
        client.close();
        return topic;
    }

    private static Packets.Connect withAliases(String id) {
        return connect(5, id)
                .cleanStart(false)
                .properties(props().sessionExpiryInterval(60).topicAliasMaximum(5));
    }

    @ParameterizedTest(name = "Request Response Information {0}")
    @ValueSource(ints = {-1, 0})
    @DisplayName("[MQTT-3.1.2-28] without the client's wish no Response Information is sent")
    void noResponseInformation(int wish) {
        Props properties = wish < 0 ? props() : props().requestResponseInformation(wish);
        RawClient client = BROKER.online(connect(5, unique("c")).properties(properties));
        assertThat(client.connack().props.has(Props.RESPONSE_INFORMATION)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.1.2-28] Request Response Information 1 is accepted")
    void responseInformation() {
        BROKER.online(connect(5, unique("c")).properties(props().requestResponseInformation(1)))
                .ping();
    }

    @Test
    @DisplayName("[MQTT-3.1.2-29] with Request Problem Information 0 acknowledgements carry no reason string and "
            + "no user property")
    void noProblemInformation() {
        RawClient client = BROKER.online(connect(5, unique("c")).properties(props().requestProblemInformation(0)));
        client.send(
                publish(5, unique("nobody/"), "x").qos(1, 1),
                publish(5, unique("nobody/"), "x").qos(2, 2),
                publish(5, "$SYS/nobody", "x").qos(1, 4),
                Packets.pubrel(77),
                Packets.pubrec(78),
                subscribe(5, 3).filter(unique("s/"), 0),
                unsubscribe(5, 5).filter(unique("none/")));
        for (Frame frame : client.readUntilPingresp()) {
            if (frame.type != Frame.PUBLISH && frame.type != Frame.DISCONNECT) {
                assertThat(frame.props.has(Props.REASON_STRING))
                        .as(frame.toString())
                        .isFalse();
                assertThat(frame.props.has(Props.USER_PROPERTY))
                        .as(frame.toString())
                        .isFalse();
            }
        }
    }

    @Test
    @DisplayName("[MQTT-3.1.2-29] without it the acknowledgement of a refused PUBLISH says why")
    void problemInformation() {
        RawClient client = BROKER.online(5, unique("c"));
        client.send(
                publish(5, "$SYS/nobody", "x").qos(1, 1),
                publish(5, "$SYS/nobody", "x").qos(2, 2));
        for (Frame answer : List.of(client.expect(Frame.PUBACK, 1), client.expect(Frame.PUBREC, 2))) {
            assertThat(answer.reasonCode).isEqualTo(0x87);
            assertThat(answer.props.has(Props.REASON_STRING)).isTrue();
        }
    }

    @Test
    @DisplayName("[MQTT-3.3.2-17] with Request Problem Information 0 user properties of messages still come")
    void userPropertiesOfMessages() {
        String topic = unique("m/");
        RawClient client = BROKER.online(connect(5, unique("c")).properties(props().requestProblemInformation(0)));
        client.subscribe(topic, 0);
        BROKER.online(5, unique("p")).publish(publish(5, topic, "x").properties(props().userProperty("a", "b")), 0);
        assertThat(client.expectPublish(topic, "x").props.userProperties()).isEqualTo(List.of("a=b"));
    }

    private static Packets.Connect limited(String id, int maximumPacketSize) {
        return connect(5, id)
                .cleanStart(false)
                .properties(props().sessionExpiryInterval(60).maximumPacketSize(maximumPacketSize));
    }
}
