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
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 3.2, CONNACK: the limits that the server is configured with, stated and kept. */
class Mqtt32LimitsTest {
    /** What is to happen within one and a half seconds has happened by then, though the machine be busy. */
    private static final long BUSY_MS = 6_000;

    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("""
            {"limits": {"connect_timeout_s": 1, "keep_alive_max_s": 1, "receive_maximum": 5, "packet_size_max": 2048,
                        "topic_alias_max_in": 3, "session_expiry_max_s": 100},
             "mqtt": {"response_information": "answers/${clientid}"}}
            """);

    @Test
    @DisplayName("[MQTT-3.1.4-1] a connection without a whole CONNECT is closed after a while, without an answer")
    void connectTimeout() {
        connectTimeout(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.4-1] a connection without a whole CONNECT is closed after a while, without an answer")
    void connectTimeoutOf311() {
        connectTimeout(4);
    }

    private static void connectTimeout(int version) {
        long start = System.nanoTime();
        List<RawClient> clients = new ArrayList<>();
        for (String bytes : List.of("", "10", "10 20 00 04 4D 51 54 54 0" + version + " 02 00")) {
            clients.add(BROKER.connect(version).send(bytes));
        }
        clients.forEach(RawClient::expectClosed);
        assertThat((System.nanoTime() - start) / 1_000_000).isLessThan(BUSY_MS);
    }

    @Test
    @DisplayName("[MQTT-3.1.4-1] a CONNECT that dribbles in is not waited for any longer")
    void connectDribbles() {
        connectDribbles(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.4-1] a CONNECT that dribbles in is not waited for any longer: 3.1.1")
    void connectDribblesOf311() {
        connectDribbles(4);
    }

    private static void connectDribbles(int version) {
        String start = version == 5 ? "05 02 00 00 00 00 60" : "04 02 00 00 00 60";
        RawClient client = BROKER.connect(version).send("10 7F 00 04 4D 51 54 54" + start);
        long begin = System.nanoTime();
        while (!client.ended() && (System.nanoTime() - begin) / 1_000_000 < BUSY_MS) {
            client.send("61");
            client.read(200);
        }
        assertThat(client.ended()).isTrue();
    }

    @Test
    @DisplayName("[MQTT-3.2.2-21] a keep alive the server does not want is replaced by Server Keep Alive, which "
            + "then counts")
    void serverKeepAlive() {
        RawClient client = BROKER.online(connect(5, unique("k")).keepAlive(60));
        assertThat(client.connack().props.number(Props.SERVER_KEEP_ALIVE, -1)).isEqualTo(1);
        long start = System.nanoTime();
        client.expectDisconnect(0x8D);
        assertThat((System.nanoTime() - start) / 1_000_000).isBetween(1_400L, BUSY_MS);
    }

    @Test
    @DisplayName("[MQTT-3.1.2-21] keep alive 0 is replaced, too, where the server wants one")
    void serverKeepAliveForNone() {
        RawClient client = BROKER.online(connect(5, unique("k")).keepAlive(0));
        assertThat(client.connack().props.number(Props.SERVER_KEEP_ALIVE, -1)).isEqualTo(1);
    }

    @Test
    @DisplayName("[MQTT-3.1.2-23] a Session Expiry Interval that the server cuts is told in CONNACK, and the "
            + "session is kept")
    void sessionExpiryCut() {
        RawClient cut = BROKER.online(connect(5, unique("c")).sessionExpiryInterval(1_000));
        assertThat(cut.connack().props.number(Props.SESSION_EXPIRY_INTERVAL, -1))
                .isEqualTo(100);
        RawClient kept = BROKER.online(connect(5, unique("c")).sessionExpiryInterval(50));
        assertThat(kept.connack().props.number(Props.SESSION_EXPIRY_INTERVAL, 50))
                .isEqualTo(50);
        String id = unique("c");
        BROKER.online(connect(5, id).sessionExpiryInterval(1_000)).disconnect();
        assertThat(BROKER.online(connect(5, id).cleanStart(false)).connack().sessionPresent)
                .isTrue();
    }

    @Test
    @DisplayName("[MQTT-3.1.2-28] Response Information comes to who asks for it, and only then")
    void responseInformation() {
        String id = unique("c");
        RawClient asks = BROKER.online(connect(5, id).properties(props().requestResponseInformation(1)));
        assertThat(asks.connack().props.text(Props.RESPONSE_INFORMATION)).isEqualTo("answers/" + id);
        assertThat(BROKER.online(5, unique("c")).connack().props.has(Props.RESPONSE_INFORMATION))
                .isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.3.4-7] more unacknowledged QoS 2 messages than the server's Receive Maximum get 0x93")
    void receiveMaximumExceeded() {
        RawClient client = BROKER.online(5, unique("c"));
        assertThat(client.connack().props.number(Props.RECEIVE_MAXIMUM, 65_535)).isEqualTo(5);
        for (int i = 1; i <= 5; i++) {
            client.send(publish(5, unique("r/"), "x").qos(2, i)).expect(Frame.PUBREC, i);
        }
        client.ping();
        client.send(publish(5, unique("r/"), "x").qos(2, 6)).expectDisconnect(0x93);
    }

    @Test
    @DisplayName("[MQTT-3.3.4-7] PUBCOMP gives the quota back; QoS 0, and QoS 1 once acknowledged, don't use it up")
    void receiveMaximumKept() {
        String topic = unique("r/");
        RawClient client = BROKER.online(5, unique("c"));
        for (int i = 1; i <= 5; i++) {
            client.send(publish(5, topic, "x").qos(2, i)).expect(Frame.PUBREC, i);
        }
        for (int i = 0; i < 10; i++) {
            client.send(publish(5, topic, "x"));
        }
        client.ping();
        client.send(publish(5, topic, "x").qos(2, 3).dup()).expect(Frame.PUBREC, 3); // a duplicate is no sixth
        client.send(Packets.pubrel(1)).expect(Frame.PUBCOMP, 1);
        client.send(publish(5, topic, "x").qos(2, 7)).expect(Frame.PUBREC, 7);
        for (int i : new int[] {2, 3, 4, 5, 7}) {
            client.send(Packets.pubrel(i)).expect(Frame.PUBCOMP, i);
        }
        for (int i = 1; i <= 20; i++) {
            client.publish(topic, "x", 1 + i % 2);
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.2.2-15] a packet above the server's Maximum Packet Size ends the connection, in 5.0 "
            + "with 0x95, before it has arrived")
    void maximumPacketSize(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        if (version == 5) {
            assertThat(client.connack().props.number(Props.MAXIMUM_PACKET_SIZE, -1))
                    .isEqualTo(2048);
        }
        client.send("30 FE 0F").expectDisconnect(0x95); // 2046 bytes to come, 2049 in all
    }

    @Test
    @DisplayName("[MQTT-3.3.4-1] a packet of exactly the Maximum Packet Size is taken")
    void exactMaximumPacketSize() {
        exactMaximumPacketSize(5);
    }

    @Test
    @DisplayName("[MQTT311-3.3.4-1] a packet of exactly the Maximum Packet Size is taken: 3.1.1")
    void exactMaximumPacketSizeOf311() {
        exactMaximumPacketSize(4);
    }

    private static void exactMaximumPacketSize(int version) {
        String topic = unique("m/");
        int overhead = publish(version, topic, "x".repeat(1_000)).qos(1, 1).bytes().length - 1_000;
        Packets.Publish exact = publish(version, topic, "x".repeat(2_048 - overhead));
        BROKER.online(version, unique("c")).send(exact.qos(1, 1)).expect(Frame.PUBACK, 1);
    }

    @Test
    @DisplayName("[MQTT-3.1.4-1] a CONNECT above the server's Maximum Packet Size is refused")
    void connectTooLarge() {
        RawClient client = BROKER.connect(5).send(connect(5, unique("c")).userName("u".repeat(3_000)));
        client.expectRefused(0x95);
    }

    @Test
    @DisplayName("[MQTT-3.3.2-8] alias 0 gets 0x94")
    void aliasZero() {
        badAlias(0);
    }

    @Test
    @DisplayName("[MQTT-3.3.2-9] the first alias above the server's Topic Alias Maximum gets 0x94")
    void aliasAboveMaximum() {
        badAlias(4);
    }

    @Test
    @DisplayName("[MQTT-3.2.2-17] the largest alias gets 0x94 where CONNACK says less")
    void aliasFarAboveMaximum() {
        badAlias(65_535);
    }

    private static void badAlias(int alias) {
        RawClient client = BROKER.online(5, unique("c"));
        assertThat(client.connack().props.number(Props.TOPIC_ALIAS_MAXIMUM, 0)).isEqualTo(3);
        client.send(publish(5, unique("a/"), "fine").properties(props().topicAlias(3)));
        client.send(publish(5, unique("a/"), "x").properties(props().topicAlias(alias)));
        client.expectDisconnect(0x94);
    }
}
