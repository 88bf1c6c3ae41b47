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
    @DisplayName("[MQTT-3.3.2-17] User Properties are passed on unaltered, repeated and empty ones, too")
    void userProperties() {
        assertThat(passOn(manyUserProperties()).userProperties()).containsExactlyInAnyOrder(MANY);
    }

    @Test
    @DisplayName("[MQTT-3.3.2-18] User Properties are passed on in their order")
    void userPropertiesInOrder() {
        assertThat(passOn(manyUserProperties()).userProperties()).containsExactly(MANY);
    }

    private static final String[] MANY = {"z=1", "a=2", "z=1", "=", "a=ä€\uD83D\uDE00", "A="};

    /** {@link #MANY}, with another property between them. */
    private static Props manyUserProperties() {
        return props().userProperty("z", "1")
                .userProperty("a", "2")
                .contentType("between")
                .userProperty("z", "1")
                .userProperty("", "")
                .userProperty("a", "ä€\uD83D\uDE00")
                .userProperty("A", "");
    }

    @Test
    @DisplayName("[MQTT-3.3.2-20] the Content Type is passed on unaltered")
    void contentType() {
        assertThat(passOn(props().contentType("application/ö")).text(Props.CONTENT_TYPE))
                .isEqualTo("application/ö");
        assertThat(passOn(props().contentType("")).text(Props.CONTENT_TYPE)).isEmpty();
    }

    @Test
    @DisplayName("[MQTT-3.3.2-4] the Payload Format Indicator outlives the queue of a session and a restart")
    void payloadFormatIndicatorAfterRestart() {
        assertThat(afterRestart().number(Props.PAYLOAD_FORMAT_INDICATOR, -1)).isEqualTo(1);
    }

    @Test
    @DisplayName("[MQTT-3.3.2-15] the Response Topic outlives the queue of a session and a restart")
    void responseTopicAfterRestart() {
        assertThat(afterRestart().text(Props.RESPONSE_TOPIC)).isEqualTo("r");
    }

    @Test
    @DisplayName("[MQTT-3.3.2-16] Correlation Data outlive the queue of a session and a restart")
    void correlationDataAfterRestart() {
        assertThat(afterRestart().binary(Props.CORRELATION_DATA)).containsExactly(1, 2);
    }

    @Test
    @DisplayName("[MQTT-3.3.2-17] User Properties outlive the queue of a session and a restart")
    void userPropertiesAfterRestart() {
        assertThat(afterRestart().userProperties()).containsExactlyInAnyOrder("b=1", "a=2");
    }

    @Test
    @DisplayName("[MQTT-3.3.2-18] the order of User Properties outlives the queue of a session and a restart")
    void userPropertiesInOrderAfterRestart() {
        assertThat(afterRestart().userProperties()).containsExactly("b=1", "a=2");
    }

    @Test
    @DisplayName("[MQTT-3.3.2-20] the Content Type outlives the queue of a session and a restart")
    void contentTypeAfterRestart() {
        assertThat(afterRestart().text(Props.CONTENT_TYPE)).isEqualTo("c");
    }

    @Test
    @DisplayName("[MQTT-3.3.2-6] a message without Message Expiry Interval has none after a restart")
    void noExpiryAfterRestart() {
        assertThat(afterRestart().has(Props.MESSAGE_EXPIRY_INTERVAL)).isFalse();
    }

    private static Props afterRestart;

    /** What a session gets from its queue after a restart; there is one restart for all who ask. */
    private static Props afterRestart() {
        if (afterRestart != null) {
            return afterRestart;
        }
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
        afterRestart = BROKER.online(connect(5, id).cleanStart(false)).expectPublish(topic, "x").props;
        return afterRestart;
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
    @DisplayName("[MQTT-3.3.2-6] the Message Expiry Interval is reduced by the time the message has waited, in a "
            + "queue or retained")
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
    @DisplayName("[MQTT-3.3.2-6] a message that has not waited keeps its Message Expiry Interval; one without "
            + "gets none")
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
    @DisplayName("[MQTT-3.3.2-13] a Response Topic that is not UTF-8 is malformed")
    void responseTopicIsUtf8() {
        textIsUtf8("08");
    }

    @Test
    @DisplayName("[MQTT-3.3.2-19] a Content Type that is not UTF-8 is malformed")
    void contentTypeIsUtf8() {
        textIsUtf8("03");
    }

    private static void textIsUtf8(String propertyId) {
        for (String bad : Mqtt31ConnectTest.BAD_UTF8) {
            String property = propertyId + " 00 0" + RawClient.hex(bad).length + bad;
            RawClient client = BROKER.online(5, unique("c"));
            client.send(publish(5, unique("u/"), "x").properties(props().raw(property)));
            client.expectDisconnect(0x81);
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
    @DisplayName("[MQTT-4.13.1-1] wrong properties of PUBLISH end the connection and the message goes nowhere")
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
    @DisplayName("[MQTT-4.13.1-1] a Payload Format Indicator other than 0 and 1 is an error")
    void payloadFormatIndicator2() {
        RawClient client = BROKER.online(5, unique("c"));
        client.send(publish(5, unique("b/"), "x").properties(props().payloadFormatIndicator(2)));
        client.expectDisconnect(0x81, 0x82, 0x99);
    }

    @Test
    @DisplayName("[MQTT-3.3.2-17] a packet with very many User Properties is passed on whole or refused, and does "
            + "no harm")
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
        Frame answer = client.read(20_000);
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
