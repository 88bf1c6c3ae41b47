package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.frame;
import static dev.mooring.spec.Packets.puback;
import static dev.mooring.spec.Packets.pubcomp;
import static dev.mooring.spec.Packets.pubrec;
import static dev.mooring.spec.Packets.unsubscribe;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapters 3.10 and 3.11, UNSUBSCRIBE and UNSUBACK. */
class Mqtt310UnsubscribeTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.10.1-1] flags other than 0010 are malformed")
    void reservedFlags5() {
        reservedFlags(5);
    }

    @Test
    @DisplayName("[MQTT311-3.10.1-1] flags other than 0010 are malformed")
    void reservedFlags311() {
        reservedFlags(4);
    }

    private static void reservedFlags(int version) {
        for (int flags = 0; flags < 16; flags++) {
            if (flags != 2) {
                RawClient client = BROKER.online(version, unique("c"));
                client.send(frame(0xA0 | flags, version == 5 ? "0001 00 0001 61" : "0001 0001 61"));
                client.expectDisconnect(0x81);
            }
        }
    }

    @Test
    @DisplayName("[MQTT-3.10.3-1] a filter that is not UTF-8 ends the connection")
    void filterIsText5() {
        filterIsText(5);
    }

    @Test
    @DisplayName("[MQTT311-3.10.3-1] a filter that is not UTF-8 ends the connection")
    void filterIsText311() {
        filterIsText(4);
    }

    private static void filterIsText(int version) {
        for (String filter : List.of("0002 61FF", "0003 EDA080", "0001 00", "0005 61", "0001 61 00")) {
            RawClient client = BROKER.online(version, unique("c"));
            client.send(frame(0xA2, "0001" + (version == 5 ? "00" : "") + filter));
            client.expectDisconnect(0x81);
        }
    }

    @Test
    @DisplayName("[MQTT-3.10.3-2] UNSUBSCRIBE without a filter is a protocol error")
    void noFilter5() {
        noFilter(5);
    }

    @Test
    @DisplayName("[MQTT311-3.10.3-2] UNSUBSCRIBE without a filter is a protocol error")
    void noFilter311() {
        noFilter(4);
    }

    private static void noFilter(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        client.send(unsubscribe(version, 1));
        client.expectDisconnect(0x82);
    }

    @Test
    @DisplayName("[MQTT-3.10.4-1] only the filter that is equal, character by character, is deleted")
    void filtersAreCompared5() {
        filtersAreCompared(5);
    }

    @Test
    @DisplayName("[MQTT311-3.10.4-1] only the filter that is equal, character by character, is deleted")
    void filtersAreCompared311() {
        filtersAreCompared(4);
    }

    private static void filtersAreCompared(int version) {
        String topic = unique("Eq/");
        RawClient client = BROKER.online(version, unique("c"));
        client.subscribe(topic + "/+", 0);
        client.subscribe(topic + "/a/#", 0);
        client.send(unsubscribe(version, 5)
                .filter(topic + "/a")
                .filter(topic + "/#")
                .filter(topic + "/+/")
                .filter(topic.toLowerCase() + "/+")
                .filter(topic + "/+/ ")
                .filter(topic + "/a/+"));
        client.expect(Frame.UNSUBACK, 5);
        client.publish(topic + "/b", "plus", 0).publish(topic + "/a/x", "hash", 0);
        client.expectPublish(topic + "/b", "plus");
        client.expectPublish(topic + "/a/x", "hash");
        client.send(unsubscribe(version, 6).filter(topic + "/+"));
        client.expect(Frame.UNSUBACK, 6);
        client.publish(topic + "/b", "plus", 0).publish(topic + "/a/x", "hash", 0);
        client.expectPublish(topic + "/a/x", "hash");
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-3.10.4-2] after UNSUBACK no new message comes, at any QoS")
    void nothingNewAfterwards5() {
        nothingNewAfterwards(5);
    }

    @Test
    @DisplayName("[MQTT311-3.10.4-2] after UNSUBACK no new message comes, at any QoS")
    void nothingNewAfterwards311() {
        nothingNewAfterwards(4);
    }

    private static void nothingNewAfterwards(int version) {
        String topic = unique("un/");
        RawClient client = BROKER.online(version, unique("c"));
        client.subscribe(topic, 2);
        client.subscribe(topic + "/end", 0);
        client.send(unsubscribe(version, 5).filter(topic));
        client.expect(Frame.UNSUBACK, 5);
        RawClient publisher = BROKER.online(version, unique("c"));
        publisher.publish(topic, "0", 0).publish(topic, "1", 1).publish(topic, "2", 2);
        publisher.publish(topic + "/end", "end", 2);
        client.expectPublish(topic + "/end", "end");
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-3.10.4-3] deliveries that began are finished, over a reconnect too")
    void beganIsFinished5() {
        beganIsFinished(5);
    }

    @Test
    @DisplayName("[MQTT311-3.10.4-3] deliveries that began are finished, over a reconnect too")
    void beganIsFinished311() {
        beganIsFinished(4);
    }

    private static void beganIsFinished(int version) {
        String topic = unique("un/");
        String id = unique("c");
        RawClient client = BROKER.online(connect(version, id).cleanStart(false).sessionExpiryInterval(60));
        client.subscribe(topic, 2);
        BROKER.online(version, unique("c"))
                .publish(topic, "one", 1)
                .publish(topic, "two", 2)
                .publish(topic, "three", 2);
        int one = client.expectPublish(topic, "one").packetId;
        int two = client.expectPublish(topic, "two").packetId;
        int three = client.expectPublish(topic, "three").packetId;
        client.send(unsubscribe(version, 5).filter(topic));
        client.expect(Frame.UNSUBACK, 5);
        client.send(pubrec(two));
        client.expect(Frame.PUBREL, two);
        client.send(pubcomp(two));
        client.ping();
        client.close();
        RawClient again = BROKER.online(connect(version, id).cleanStart(false).sessionExpiryInterval(60));
        assertThat(again.expectPublish(topic, "one").packetId).isEqualTo(one);
        assertThat(again.expectPublish(topic, "three").packetId).isEqualTo(three);
        again.send(puback(one), pubrec(three));
        again.expect(Frame.PUBREL, three);
        again.send(pubcomp(three));
        again.ping();
    }

    @Test
    @DisplayName("[MQTT-3.10.4-4] UNSUBSCRIBE is answered by UNSUBACK")
    void answered5() {
        answered(5, true);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.10.4-4] UNSUBSCRIBE is answered by UNSUBACK with its packet identifier")
    void answered311(int version) {
        answered(version, true);
    }

    @Test
    @DisplayName("[MQTT-3.10.4-5] UNSUBACK comes with the packet identifier though nothing is deleted")
    void nothingToDelete5() {
        answered(5, false);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.10.4-5] UNSUBACK comes though nothing is deleted")
    void nothingToDelete311(int version) {
        answered(version, false);
    }

    private static void answered(int version, boolean subscribed) {
        String topic = unique("un/");
        RawClient client = BROKER.online(version, unique("c"));
        for (int id : new int[] {1, 256, 65_535}) {
            if (subscribed) {
                client.subscribe(topic, 0);
            }
            client.send(unsubscribe(version, id).filter(topic));
            client.expect(Frame.UNSUBACK, id);
        }
    }

    @Test
    @DisplayName("[MQTT-3.10.4-6] many filters go in one UNSUBSCRIBE, with one UNSUBACK")
    void manyFilters5() {
        manyFilters(5);
    }

    @Test
    @DisplayName("[MQTT311-3.10.4-6] many filters go in one UNSUBSCRIBE, with one UNSUBACK")
    void manyFilters311() {
        manyFilters(4);
    }

    private static void manyFilters(int version) {
        String topic = unique("un/");
        RawClient client = BROKER.online(version, unique("c"));
        Packets.Unsubscribe packet = unsubscribe(version, 9);
        for (int i = 0; i < 20; i++) {
            client.subscribe(topic + "/" + i, 0);
            packet.filter(topic + "/" + i);
        }
        client.subscribe(topic + "/end", 0);
        client.send(packet);
        client.expect(Frame.UNSUBACK, 9);
        for (int i = 0; i < 20; i++) {
            client.publish(topic + "/" + i, "x", 0);
        }
        client.publish(topic + "/end", "end", 0);
        client.expectPublish(topic + "/end", "end");
        client.ping();
    }

    @Test
    @DisplayName("[MQTT-3.11.3-1] the codes are in the order of the filters")
    void codesAreInOrder() {
        String topic = unique("un/");
        RawClient client = BROKER.online(5, unique("c"));
        client.subscribe(topic + "/a", 0);
        client.subscribe("$share/g/" + topic, 0);
        client.send(unsubscribe(5, 4)
                .filter(topic + "/none")
                .filter(topic + "/a")
                .filter(topic + "/a")
                .filter(topic)
                .filter("$share/g/" + topic));
        assertThat(client.expect(Frame.UNSUBACK, 4).reasonCodes).containsExactly(0x11, 0x00, 0x11, 0x11, 0x00);
    }

    @Test
    @DisplayName("[MQTT-3.11.3-2] a filter that was there is answered by 0x00, one that was not by 0x11")
    void codes() {
        for (String filter : List.of(unique("un/"), unique("un/") + "/+/#", "$share/g/" + unique("un/"))) {
            RawClient client = BROKER.online(5, unique("c"));
            client.subscribe(filter, 0);
            client.send(unsubscribe(5, 4).filter(filter));
            assertThat(client.expect(Frame.UNSUBACK, 4).reasonCodes).containsExactly(0x00);
            client.send(unsubscribe(5, 5).filter(filter));
            assertThat(client.expect(Frame.UNSUBACK, 5).reasonCodes).containsExactly(0x11);
        }
    }

    @Test
    @DisplayName("[MQTT-3.11.2-1] an UNSUBACK that just fits has no reason string")
    void noRoomForAReasonString() {
        assertThat(unsubackThatJustFits().props.has(Props.REASON_STRING)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.11.2-2] an UNSUBACK that just fits has no user properties")
    void noRoomForUserProperties() {
        assertThat(unsubackThatJustFits().props.has(Props.USER_PROPERTY)).isFalse();
    }

    /** To a client whose Maximum Packet Size leaves room for the codes, and for not one property. */
    private static Frame unsubackThatJustFits() {
        int size = BROKER.online(5, unique("c")).connack().bytes.length + 12;
        RawClient client = BROKER.online(connect(5, unique("c")).properties(new Props().maximumPacketSize(size)));
        Packets.Unsubscribe packet = unsubscribe(5, 8).filter("b/+/").filter("/");
        for (int i = 2; i < size - 5; i++) { // two bytes of fixed header, two of packet identifier, one of properties
            packet.filter(unique("t"));
        }
        Frame unsuback = client.send(packet).expect(Frame.UNSUBACK, 8);
        assertThat(unsuback.reasonCodes).hasSize(size - 5);
        assertThat(unsuback.bytes.length).isLessThanOrEqualTo(size);
        return unsuback;
    }

    @Test
    @DisplayName("[MQTT-3.1.2-29] UNSUBACK has no reason string and no user properties where none are wanted")
    void noProblemInformation() {
        RawClient client = BROKER.online(connect(5, unique("c")).properties(new Props().requestProblemInformation(0)));
        client.send(unsubscribe(5, 8).filter("b/+/").filter("/").filter(unique("t")));
        assertThat(client.expect(Frame.UNSUBACK, 8).props.entries()).isEmpty();
    }
}
