package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Props.props;
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

/** Chapter 3.3, PUBLISH: properties (§3.3.2.3), MQTT 5.0 only. */
class Mqtt33PropertiesTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @ParameterizedTest(name = "Payload Format Indicator {0}")
    @ValueSource(ints = {-1, 0, 1})
    @DisplayName("[MQTT-3.3.2-4] the Payload Format Indicator is passed on unaltered: 0, 1 or absent")
    void payloadFormatIndicator(int indicator) {
        Props sent = indicator < 0 ? props() : props().payloadFormatIndicator(indicator);
        Props got = passOn(sent);
        if (indicator == 1) {
            assertThat(got.number(Props.PAYLOAD_FORMAT_INDICATOR, -1)).isEqualTo(1);
        } else { // 0 and absent mean the same
            assertThat(got.number(Props.PAYLOAD_FORMAT_INDICATOR, 0)).isZero();
        }
    }

    @Test
    @DisplayName("[MQTT-3.3.2-15] the Response Topic is passed on unaltered")
    void responseTopic() {
        assertThat(passOn(props().responseTopic("answers/ä/$x")).text(Props.RESPONSE_TOPIC))
                .isEqualTo("answers/ä/$x");
    }

    @Test
    @DisplayName("[MQTT-3.3.2-16] Correlation Data is passed on unaltered: any bytes, also none")
    void correlationData() {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        assertThat(passOn(props().correlationData(all)).binary(Props.CORRELATION_DATA))
                .isEqualTo(all);
        assertThat(passOn(props().correlationData(new byte[0])).binary(Props.CORRELATION_DATA))
                .isEmpty();
    }

    @Test
    @DisplayName(
            "[MQTT-3.3.2-17] [MQTT-3.3.2-18] User Properties are passed on unaltered and in order, repeated and empty ones, too")
    void userProperties() {
        Props sent = props().userProperty("z", "1")
                .userProperty("a", "2")
                .contentType("between")
                .userProperty("z", "1")
                .userProperty("", "")
                .userProperty("a", "ä€\uD83D\uDE00")
                .userProperty("A", "");
        assertThat(passOn(sent).userProperties()).containsExactly("z=1", "a=2", "z=1", "=", "a=ä€\uD83D\uDE00", "A=");
    }

    @Test
    @DisplayName("[MQTT-3.3.2-20] the Content Type is passed on unaltered")
    void contentType() {
        assertThat(passOn(props().contentType("application/ö")).text(Props.CONTENT_TYPE))
                .isEqualTo("application/ö");
        assertThat(passOn(props().contentType("")).text(Props.CONTENT_TYPE)).isEmpty();
    }

    @Test
    @DisplayName(
            "[MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-20] properties outlive the queue of a session and a restart")
    void outliveQueueAndRestart() {
        String topic = unique("q/");
        String id = unique("c");
        RawClient client = BROKER.online(connect(5, id).sessionExpiryInterval(60));
        client.subscribe(topic, 2);
        client.disconnect();
        Props sent = props().payloadFormatIndicator(1)
                .contentType("c")
                .responseTopic("r")
                .correlationData(new byte[] {1, 2})
                .userProperty("b", "1")
                .userProperty("a", "2");
        BROKER.online(5, unique("p")).publish(publish(5, topic, "x").properties(sent), 2);
        BROKER.restart();
        Props got = BROKER.online(connect(5, id).cleanStart(false)).expectPublish(topic, "x").props;
        assertThat(got.number(Props.PAYLOAD_FORMAT_INDICATOR, -1)).isEqualTo(1);
        assertThat(got.text(Props.CONTENT_TYPE)).isEqualTo("c");
        assertThat(got.text(Props.RESPONSE_TOPIC)).isEqualTo("r");
        assertThat(got.binary(Props.CORRELATION_DATA)).containsExactly(1, 2);
        assertThat(got.userProperties()).containsExactly("b=1", "a=2");
        assertThat(got.has(Props.MESSAGE_EXPIRY_INTERVAL)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.3.2-5] a message whose Message Expiry Interval has passed is not delivered")
    void expired() {
        String topic = unique("e/");
        String id = unique("c");
        RawClient client = BROKER.online(connect(5, id).sessionExpiryInterval(60));
        client.subscribe(topic, 2);
        client.disconnect();
        RawClient publisher = BROKER.online(5, unique("p"));
        publisher.publish(publish(5, topic, "short 1").properties(props().messageExpiryInterval(1)), 1);
        publisher.publish(publish(5, topic, "short 2").properties(props().messageExpiryInterval(1)), 2);
        publisher.publish(publish(5, topic, "long").properties(props().messageExpiryInterval(100)), 1);
        publisher.publish(
                publish(5, topic, "retained")
                        .properties(props().messageExpiryInterval(1))
                        .retain(),
                1);
        publisher.publish(topic, "for ever", 1);
        publisher.expectNothing(1_900);
        RawClient again = BROKER.online(connect(5, id).cleanStart(false));
        again.expectPublish(topic, "long");
        again.expectPublish(topic, "for ever");
        again.ping();
        RawClient late = BROKER.online(5, unique("l"));
        late.subscribe(topic, 0);
        late.ping().expectNothing(50);
    }

    @Test
    @DisplayName(
            "[MQTT-3.3.2-6] the Message Expiry Interval is reduced by the time the message has waited, in a queue or retained")
    void expiryIsReduced() {
        String topic = unique("e/");
        String id = unique("c");
        RawClient client = BROKER.online(connect(5, id).sessionExpiryInterval(60));
        client.subscribe(topic, 1);
        client.disconnect();
        RawClient publisher = BROKER.online(5, unique("p"));
        publisher.publish(
                publish(5, topic, "x")
                        .properties(props().messageExpiryInterval(30))
                        .retain(),
                1);
        publisher.expectNothing(1_300);
        Frame queued = BROKER.online(connect(5, id).cleanStart(false)).expectPublish(topic, "x");
        assertThat(queued.props.number(Props.MESSAGE_EXPIRY_INTERVAL, -1)).isBetween(25L, 29L);
        RawClient late = BROKER.online(5, unique("l"));
        late.subscribe(topic, 0);
        assertThat(late.expectPublish(topic, "x").props.number(Props.MESSAGE_EXPIRY_INTERVAL, -1))
                .isBetween(25L, 29L);
    }

    @Test
    @DisplayName(
            "[MQTT-3.3.2-6] a message that has not waited keeps its Message Expiry Interval; one without gets none")
    void expiryOfLive() {
        assertThat(passOn(props().messageExpiryInterval(100)).number(Props.MESSAGE_EXPIRY_INTERVAL, -1))
                .isBetween(98L, 100L);
        assertThat(passOn(props().messageExpiryInterval(0xFFFF_FFFFL)).number(Props.MESSAGE_EXPIRY_INTERVAL, -1))
                .isBetween(0xFFFF_FFFDL, 0xFFFF_FFFFL);
        assertThat(passOn(props()).has(Props.MESSAGE_EXPIRY_INTERVAL)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.3.2-5] expiry also holds for a message that waits for the client's receive maximum")
    void expiresBehindReceiveMaximum() {
        String topic = unique("e/");
        RawClient client = BROKER.online(connect(5, unique("c")).properties(props().receiveMaximum(1)));
        client.subscribe(topic, 1);
        RawClient publisher = BROKER.online(5, unique("p")).publish(topic, "first", 1);
        publisher.publish(publish(5, topic, "short").properties(props().messageExpiryInterval(1)), 1);
        publisher.publish(topic, "last", 1);
        int first = client.expectPublish(topic, "first").packetId;
        client.expectNothing(1_900);
        client.send(Packets.puback(first)).expectPublish(topic, "last");
    }

    @Test
    @DisplayName("[MQTT-3.3.2-12] every alias from 1 to the server's maximum is taken, can be used alone and set anew")
    void aliases() {
        String topic = unique("a/");
        RawClient watcher = BROKER.online(5, unique("w"));
        watcher.subscribe(topic + "/#", 0);
        RawClient client = BROKER.online(5, unique("c"));
        int maximum = (int) client.connack().props.number(Props.TOPIC_ALIAS_MAXIMUM, 0);
        assertThat(maximum).isPositive();
        int last = Math.min(maximum, 100);
        for (int alias = 1; alias <= last; alias++) {
            client.send(publish(5, topic + "/" + alias, "set").properties(props().topicAlias(alias)));
            watcher.expectPublish(topic + "/" + alias, "set");
        }
        for (int alias = last; alias >= 1; alias--) {
            client.publish(publish(5, "", "use").properties(props().topicAlias(alias)), alias % 3);
            Frame frame = watcher.expectPublish(topic + "/" + alias, "use");
            assertThat(frame.props.has(Props.TOPIC_ALIAS)).isFalse(); // the watcher allows none
        }
        client.send(publish(5, topic + "/new", "set").properties(props().topicAlias(1)));
        client.send(publish(5, "", "use").properties(props().topicAlias(1)));
        watcher.expectPublish(topic + "/new", "set");
        watcher.expectPublish(topic + "/new", "use");
        client.send(publish(5, topic + "/max", "set").properties(props().topicAlias(maximum)));
        watcher.expectPublish(topic + "/max", "set");
    }

    @Test
    @DisplayName(
            "[MQTT-3.3.2-7] the server forgets a client's aliases with the connection, also when the session goes on")
    void aliasesEndWithConnection() {
        String topic = unique("a/");
        String id = unique("c");
        RawClient watcher = BROKER.online(5, unique("w"));
        watcher.subscribe(topic, 0);
        RawClient client = BROKER.online(connect(5, id).sessionExpiryInterval(60));
        client.send(publish(5, topic, "x").properties(props().topicAlias(1)));
        watcher.expectPublish(topic, "x");
        client.disconnect();
        RawClient again = BROKER.online(connect(5, id).cleanStart(false).sessionExpiryInterval(60));
        again.send(publish(5, "", "y").properties(props().topicAlias(1)));
        again.expectDisconnect(0x82, 0x94);
        watcher.publish(topic, "marker", 0).expectPublish(topic, "marker");
    }

    @Test
    @DisplayName("[MQTT-3.3.2-7] an alias is only known to the client that set it")
    void aliasesAreTheClientsOwn() {
        RawClient one = BROKER.online(5, unique("c"));
        one.send(publish(5, unique("a/"), "x").properties(props().topicAlias(1)))
                .ping();
        RawClient two = BROKER.online(5, unique("c"));
        two.send(publish(5, "", "x").properties(props().topicAlias(1))).expectDisconnect(0x82, 0x94);
    }

    @ParameterizedTest(name = "alias {0}")
    @ValueSource(ints = {0, 65_535})
    @DisplayName("[MQTT-3.3.2-8] [MQTT-3.3.2-9] alias 0 and aliases above the server's maximum get 0x94")
    void aliasInvalid(int alias) {
        RawClient client = BROKER.online(5, unique("c"));
        assertThat(client.connack().props.number(Props.TOPIC_ALIAS_MAXIMUM, 0)).isLessThan(65_535);
        client.send(publish(5, unique("a/"), "x").properties(props().topicAlias(alias)))
                .expectDisconnect(0x94);
    }

    @Test
    @DisplayName("[MQTT-3.3.2-13] [MQTT-3.3.2-19] a Response Topic or Content Type that is not UTF-8 is malformed")
    void textIsUtf8() {
        for (String bad : Mqtt31ConnectTest.BAD_UTF8) {
            for (String id : List.of("08", "03")) {
                RawClient client = BROKER.online(5, unique("c"));
                String property = id + " 00 0" + RawClient.hex(bad).length + bad;
                client.send(publish(5, unique("u/"), "x").properties(props().raw(property)));
                client.expectDisconnect(0x81);
            }
        }
    }

    @ParameterizedTest(name = "Response Topic ''{0}''")
    @ValueSource(strings = {"#", "+", "a/+/b", "a/#"})
    @DisplayName("[MQTT-3.3.2-14] a Response Topic with wildcards is an error")
    void responseTopicWildcards(String topic) {
        RawClient client = BROKER.online(5, unique("c"));
        client.send(publish(5, unique("u/"), "x").properties(props().responseTopic(topic)));
        client.expectDisconnect(0x81, 0x82, 0x90);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource({
        "01 00 01 00, 82", // twice
        "02 00 00 00 09 02 00 00 00 09, 82",
        "23 00 01 23 00 01, 82",
        "08 00 01 61 08 00 01 61, 82",
        "09 00 01 61 09 00 01 61, 82",
        "03 00 01 61 03 00 01 61, 82",
        "11 00 00 00 01, 81", // properties of other packets
        "1F 00 01 61, 81",
        "21 00 01, 81",
        "12 00 01 61, 81",
        "00, 81", // no such property
        "7E 00, 81",
        "01, 81", // cut off
        "02 00 00 00, 81",
        "26 00 01 61 00 05 61, 81",
        "26 00 01 61 00 01 00, 81", // U+0000
        "09 00 04 61, 81"
    })
    @DisplayName("[MQTT-3.3.4-1] wrong properties of PUBLISH end the connection and the message goes nowhere")
    void badProperties(String properties, String code) {
        String topic = unique("b/");
        RawClient watcher = BROKER.online(5, unique("w"));
        watcher.subscribe(topic, 0);
        for (int qos = 0; qos <= 1; qos++) {
            Packets.Publish bad = publish(5, topic, "x").properties(props().raw(properties));
            BROKER.online(5, unique("c"))
                    .send(qos == 0 ? bad : bad.qos(1, 1))
                    .expectDisconnect(Integer.parseInt(code, 16));
        }
        watcher.publish(topic, "marker", 0).expectPublish(topic, "marker");
    }

    @Test
    @DisplayName("[MQTT-3.3.2-4] a Payload Format Indicator other than 0 and 1 is an error")
    void payloadFormatIndicator2() {
        RawClient client = BROKER.online(5, unique("c"));
        client.send(publish(5, unique("b/"), "x").properties(props().payloadFormatIndicator(2)));
        client.expectDisconnect(0x81, 0x82, 0x99);
    }

    @Test
    @DisplayName(
            "[MQTT-3.3.2-17] a packet with very many User Properties is passed on whole or refused, and does no harm")
    void propertyFlood() {
        String topic = unique("b/");
        RawClient watcher = BROKER.online(5, unique("w"));
        watcher.subscribe(topic, 0);
        Props flood = props();
        List<String> sent = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            flood.userProperty("k" + i, "");
            sent.add("k" + i + "=");
        }
        RawClient client = BROKER.online(5, unique("c"));
        client.send(publish(5, topic, "x").qos(1, 1).properties(flood));
        Frame answer = client.read(5_000);
        if (answer == null) {
            assertThat(client.ended()).isTrue();
        } else if (answer.type == Frame.PUBACK && answer.reasonCode < 0x80) {
            assertThat(watcher.expectPublish(topic, "x").props.userProperties()).isEqualTo(sent);
        } else {
            assertThat(answer.reasonCode).isGreaterThanOrEqualTo(0x80);
        }
        watcher.publish(topic, "marker", 0).expectPublish(topic, "marker");
    }

    /** The properties that a subscriber gets. */
    private static Props passOn(Props sent) {
        String topic = unique("pp/");
        RawClient watcher = BROKER.online(5, unique("w"));
        watcher.subscribe(topic, 0);
        BROKER.online(5, unique("p")).publish(publish(5, topic, "text").properties(sent), 0);
        return watcher.expectPublish(topic, "text").props;
    }
}
