package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 3.2, CONNACK: what it says, and that the server keeps to the limits it states there. */
class Mqtt32ConnackTest {
    /** Table 3-1 of MQTT 5.0. */
    private static final Set<Integer> CONNECT_REASON_CODES = Set.of(
            0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x90, 0x95, 0x97, 0x99, 0x9A,
            0x9B, 0x9C, 0x9D, 0x9F);

    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.2.0-1] CONNACK comes before anything else, also when messages are waiting")
    void connackFirst() {
        connackFirst(5);
    }

    @Test
    @DisplayName("[MQTT311-3.2.0-1] the first packet of the server is CONNACK, also when messages are waiting")
    void connackFirstOf311() {
        connackFirst(4);
    }

    private static void connackFirst(int version) {
        String topic = unique("c/");
        Packets.Connect connect =
                connect(version, unique("c")).cleanStart(false).sessionExpiryInterval(60);
        RawClient client = BROKER.online(connect);
        client.subscribe(topic, 1);
        client.disconnect();
        BROKER.online(version, unique("p")).publish(topic, "waiting", 1);
        RawClient again = BROKER.connect(version).send(connect, Packets.pingreq());
        assertThat(again.read().type).isEqualTo(Frame.CONNACK);
        Set<Integer> then = new HashSet<>(List.of(again.read().type, again.read().type));
        assertThat(then).containsExactlyInAnyOrder(Frame.PUBLISH, Frame.PINGRESP);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.2.0-2] one CONNACK and no more")
    void oneConnack(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        client.ping();
        client.expectNothing(50);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4, 5})
    @DisplayName("[MQTT-3.2.2-1] the acknowledge flags have no bit but Session Present; the packet has the form "
            + "of its version")
    void form(int version) {
        Packets.Connect connect =
                connect(version, unique("c")).cleanStart(false).sessionExpiryInterval(60);
        byte[] fresh = BROKER.online(connect).connack().bytes;
        assertThat(fresh[2]).isZero();
        if (version < 5) {
            assertThat(fresh).containsExactly(0x20, 2, 0, 0);
        }
        byte[] resumed = BROKER.online(connect).connack().bytes;
        assertThat(resumed[2]).isEqualTo((byte) (version == 3 ? resumed[2] & 1 : 1)); // 3.1 has no such flag
    }

    @Test
    @DisplayName("[MQTT-3.2.2-2] Clean Start 1 gives Session Present 0, session or not")
    void cleanStart() {
        cleanStart(5);
    }

    @Test
    @DisplayName("[MQTT311-3.2.2-1] clean session 1 gives Session Present 0, session or not")
    void cleanSessionOf311() {
        cleanStart(4);
    }

    private static void cleanStart(int version) {
        String id = unique("c");
        assertThat(present(version, id, true)).isFalse();
        present(version, id, false);
        assertThat(present(version, id, true)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.2.2-3] Clean Start 0 gives Session Present 1 exactly when there is a session")
    void resumed() {
        String id = unique("c");
        assertThat(present(5, id, false)).isFalse();
        assertThat(present(5, id, false)).isTrue();
        assertThat(present(5, id, true)).isFalse();
        assertThat(present(5, id, false)).isTrue();
    }

    @Test
    @DisplayName("[MQTT311-3.2.2-2] clean session 0 gives Session Present 1 where a session is stored")
    void resumedOf311() {
        String id = unique("c");
        present(4, id, false);
        assertThat(present(4, id, false)).isTrue();
    }

    @Test
    @DisplayName("[MQTT311-3.2.2-3] clean session 0 gives Session Present 0 where none is stored")
    void newSessionOf311() {
        String id = unique("c");
        assertThat(present(4, id, false)).isFalse();
        present(4, id, true); // a clean session leaves nothing
        assertThat(present(4, id, false)).isFalse();
    }

    @Test
    @DisplayName("[MQTT311-3.2.2-4] a refusal has Session Present 0: 3.1.1")
    void refusalOf311() {
        RawClient client = BROKER.connect(4).send(connect(4, "").cleanStart(false));
        assertThat(RawClient.hex(client.read().bytes)).isEqualTo("20 02 00 02");
    }

    @Test
    @DisplayName("[MQTT311-3.2.2-5] a refusal ends the connection: 3.1.1")
    void refusalOf311Ends() {
        RawClient client = BROKER.connect(4).send(connect(4, "").cleanStart(false));
        client.expectConnack(2);
        client.expectClosed();
    }

    @Test
    @DisplayName("[MQTT-3.2.2-6] a refusal has Session Present 0, even for a client with a session")
    void refusalHasNoSession() {
        String id = unique("c");
        BROKER.online(connect(5, id).sessionExpiryInterval(60)).disconnect();
        assertThat(refused(id).read().bytes[2]).isZero();
        assertThat(present(5, id, false)).isTrue(); // the refused one has done no harm to the session
    }

    @Test
    @DisplayName("[MQTT-3.2.2-7] a refusal ends the connection")
    void refusalEnds() {
        RawClient client = refused(unique("c"));
        client.expectConnack(0x8C);
        client.expectClosed();
    }

    @Test
    @DisplayName("[MQTT-3.2.2-8] a refusal has a reason code of table 3-1")
    void refusalCode() {
        Frame connack = refused(unique("c")).expect(Frame.CONNACK);
        assertThat(connack.reasonCode).isIn(CONNECT_REASON_CODES).isEqualTo(0x8C);
    }

    /** Has sent a CONNECT with an authentication method that the server doesn't know. */
    private static RawClient refused(String id) {
        Props unknown = props().authenticationMethod("no-such-method");
        return BROKER.connect(5).send(connect(5, id).cleanStart(false).properties(unknown));
    }

    @Test
    @DisplayName("[MQTT-3.2.2-9] this server supports QoS 2: it sends no Maximum QoS")
    void maximumQos() {
        RawClient client = BROKER.online(5, unique("c"));
        assertThat(client.connack().props.has(Props.MAXIMUM_QOS)).isFalse();
        client.publish(unique("q/"), "x", 1).publish(unique("q/"), "x", 2);
    }

    @Test
    @DisplayName("[MQTT-3.1.4-5] a CONNECT with a Will of any QoS, retained or not, is accepted")
    void wills() {
        wills(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.4-4] a CONNECT with a Will of any QoS, retained or not, is accepted: 3.1.1")
    void willsOf311() {
        wills(4);
    }

    private static void wills(int version) {
        for (int qos = 0; qos <= 2; qos++) {
            for (boolean retain : List.of(false, true)) {
                BROKER.online(connect(version, unique("c")).will(unique("w/"), "x", qos, retain))
                        .disconnect();
            }
        }
    }

    @Test
    @DisplayName("[MQTT-3.2.2-13] where CONNACK doesn't say otherwise, a retained Will is accepted")
    void retainAvailable() {
        RawClient client = BROKER.online(connect(5, unique("c")).will(unique("w/"), "x", 0, true));
        assertThat(client.connack().props.number(Props.RETAIN_AVAILABLE, 1)).isEqualTo(1);
    }

    @Test
    @DisplayName("[MQTT-3.8.4-7] where CONNACK doesn't say otherwise, wildcards, subscription identifiers and shared "
            + "subscriptions are granted")
    void capabilities() {
        RawClient client = BROKER.online(5, unique("c"));
        Props properties = client.connack().props;
        assertThat(properties.number(Props.WILDCARD_SUBSCRIPTION_AVAILABLE, 1)).isEqualTo(1);
        assertThat(properties.number(Props.SUBSCRIPTION_IDENTIFIER_AVAILABLE, 1))
                .isEqualTo(1);
        assertThat(properties.number(Props.SHARED_SUBSCRIPTION_AVAILABLE, 1)).isEqualTo(1);
        String topic = unique("c");
        client.send(subscribe(5, 1)
                .properties(props().subscriptionIdentifier(1))
                .filter(topic + "/+/#", 1)
                .filter("$share/" + topic + "/a", 2));
        assertThat(client.expect(Frame.SUBACK, 1).reasonCodes).isEqualTo(List.of(1, 2));
    }

    @Test
    @DisplayName("[MQTT-3.2.2-16] the Assigned Client Identifier is nobody else's, and only sent to who asked for one")
    void assignedClientIdentifier() {
        Set<String> ids = new HashSet<>();
        for (int i = 0; i < 20; i++) {
            RawClient client = BROKER.online(5, "");
            assertThat(ids.add(client.connack().props.text(Props.ASSIGNED_CLIENT_IDENTIFIER)))
                    .isTrue();
        }
        assertThat(ids).doesNotContainNull();
        assertThat(BROKER.online(5, unique("c")).connack().props.has(Props.ASSIGNED_CLIENT_IDENTIFIER))
                .isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.2.2-19] no reason string makes CONNACK larger than the client's Maximum Packet Size")
    void reasonStringFits() {
        assertThat(refusedInFiveBytes().props.has(Props.REASON_STRING)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.2.2-20] no user property makes CONNACK larger than the client's Maximum Packet Size")
    void userPropertiesFit() {
        assertThat(refusedInFiveBytes().props.has(Props.USER_PROPERTY)).isFalse();
    }

    /** The refusal of a client that takes no more than a CONNACK without properties. */
    private static Frame refusedInFiveBytes() {
        Props five = props().maximumPacketSize(5).authenticationMethod("no-such-method");
        RawClient client = BROKER.connect(5).send(connect(5, unique("c")).properties(five));
        Frame connack = client.expectConnack(0x8C);
        assertThat(connack.bytes).hasSize(5);
        return connack;
    }

    @Test
    @DisplayName("[MQTT-3.2.2-15] a PUBLISH larger than the server's Maximum Packet Size gets 0x95, from its "
            + "first bytes on")
    void serverMaximumPacketSize() {
        RawClient client = BROKER.online(5, unique("c"));
        long maximum = client.connack().props.number(Props.MAXIMUM_PACKET_SIZE, 0);
        assertThat(maximum).isBetween(1_000L, 268_435_455L);
        client.send(concat(new byte[] {0x30}, Props.varint(maximum))); // the packet would be longer by its header
        client.expectDisconnect(0x95);
    }

    @Test
    @DisplayName("[MQTT-3.3.4-1] a PUBLISH of exactly the server's Maximum Packet Size is taken and delivered")
    void exactlyServerMaximumPacketSize() {
        String topic = unique("big/");
        RawClient subscriber = BROKER.online(5, unique("s"));
        subscriber.subscribe(topic, 1);
        RawClient client = BROKER.online(5, unique("c"));
        int maximum = (int) client.connack().props.number(Props.MAXIMUM_PACKET_SIZE, 1_048_576);
        assertThat(maximum).isLessThanOrEqualTo(20_000_000);
        int overhead = publish(5, topic, "x".repeat(maximum - 100)).qos(1, 1).bytes().length - (maximum - 100);
        String payload = "x".repeat(maximum - overhead);
        client.send(publish(5, topic, payload).qos(1, 1)).expect(Frame.PUBACK, 1);
        assertThat(subscriber.expect(Frame.PUBLISH).payload).hasSize(payload.length());
    }

    private static byte[] concat(byte[] a, byte[] b) {
        byte[] all = java.util.Arrays.copyOf(a, a.length + b.length);
        System.arraycopy(b, 0, all, a.length, b.length);
        return all;
    }

    private static boolean present(int version, String id, boolean cleanStart) {
        RawClient client =
                BROKER.online(connect(version, id).cleanStart(cleanStart).sessionExpiryInterval(60));
        boolean present = client.connack().sessionPresent;
        client.disconnect();
        return present;
    }
}
