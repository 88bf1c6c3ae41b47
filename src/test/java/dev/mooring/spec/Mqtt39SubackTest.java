package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapter 3.9, SUBACK. */
class Mqtt39SubackTest {
    private static final int LEVELS = 8;
    private static final int SUBSCRIPTIONS = 5;

    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{\"limits\":{\"topic_levels_max\":" + LEVELS
            + ",\"subscriptions_per_client_max\":" + SUBSCRIPTIONS + "}}");

    @Test
    @DisplayName("[MQTT-3.9.3-1] the codes are in the order of the filters")
    void codesAreInOrder() {
        codesAreInOrder(5);
    }

    @Test
    @DisplayName("[MQTT311-3.9.3-1] the codes are in the order of the filters")
    void codesAreInOrderOf311() {
        codesAreInOrder(4);
    }

    private static void codesAreInOrder(int version) {
        String topic = unique("o/");
        RawClient client = BROKER.online(version, unique("c"));
        client.send(subscribe(version, 3)
                .filter(topic + "/a", 2)
                .filter(topic + deep(LEVELS + 1), 2)
                .filter(topic + "/b", 0)
                .filter(topic + "/c", 1));
        int refused = version == 5 ? 0x8F : 0x80;
        assertThat(client.expect(Frame.SUBACK, 3).reasonCodes).containsExactly(2, refused, 0, 1);
    }

    @Test
    @DisplayName("[MQTT-3.9.3-2] a filter with too many levels is refused by 0x8F")
    void tooManyLevels() {
        tooManyLevels(5);
    }

    @Test
    @DisplayName("[MQTT311-3.9.3-2] a filter with too many levels is refused by 0x80")
    void tooManyLevelsOf311() {
        tooManyLevels(4);
    }

    private static void tooManyLevels(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        for (String filter : List.of(deep(LEVELS + 1), deep(30_000), "+" + "/+".repeat(LEVELS), "/".repeat(65_535))) {
            client.send(subscribe(version, 4).filter(filter, 0));
            assertThat(client.expect(Frame.SUBACK, 4).reasonCodes).containsExactly(version == 5 ? 0x8F : 0x80);
        }
        client.subscribe(unique("t") + "/x".repeat(LEVELS - 1), 0);
    }

    @Test
    @DisplayName("[MQTT-3.9.3-2] a subscription beyond the limit is refused by 0x97, one that replaces "
            + "another is not, and room comes back")
    void tooManySubscriptions() {
        tooManySubscriptions(5);
    }

    @Test
    @DisplayName("[MQTT311-3.9.3-2] a subscription beyond the limit is refused by 0x80, one that "
            + "replaces another is not, and room comes back")
    void tooManySubscriptionsOf311() {
        tooManySubscriptions(4);
    }

    private static void tooManySubscriptions(int version) {
        int refused = version == 5 ? 0x97 : 0x80;
        String topic = unique("n/");
        RawClient client = BROKER.online(version, unique("c"));
        for (int i = 0; i < SUBSCRIPTIONS; i++) {
            client.subscribe(topic + "/" + i, 0);
        }
        client.send(subscribe(version, 5).filter(topic + "/more", 0));
        assertThat(client.expect(Frame.SUBACK, 5).reasonCodes).containsExactly(refused);
        client.subscribe(topic + "/1", 1);
        client.send(Packets.unsubscribe(version, 6).filter(topic + "/0"));
        client.expect(Frame.UNSUBACK, 6);
        client.send(subscribe(version, 7).filter(topic + "/more", 0).filter(topic + "/evenmore", 0));
        assertThat(client.expect(Frame.SUBACK, 7).reasonCodes).containsExactly(0, refused);
        client.publish(topic + "/evenmore", "nobody", 0).publish(topic + "/more", "us", 0);
        client.expectPublish(topic + "/more", "us");
    }

    @Test
    @DisplayName("[MQTT-3.9.2-1] no reason string makes SUBACK larger than the Maximum Packet Size")
    void noReasonStringBeyondMaximum() {
        assertThat(smallSuback().props.has(Props.REASON_STRING)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.9.2-2] no user property makes SUBACK larger than the Maximum Packet Size")
    void noUserPropertyBeyondMaximum() {
        assertThat(smallSuback().props.has(Props.USER_PROPERTY)).isFalse();
    }

    /** The answer to three filters, two of them refused, where a property of any length would be too much. */
    private static Frame smallSuback() {
        int header = 2 + 2 + 1; // fixed header, packet identifier, property length
        int filters = BROKER.online(5, unique("c")).connack().bytes.length - header;
        RawClient client =
                BROKER.online(connect(5, unique("c")).properties(new Props().maximumPacketSize(header + filters)));
        Packets.Subscribe packet =
                subscribe(5, 8).filter(deep(LEVELS + 1), 0).filter("$share/a/" + deep(LEVELS + 1), 0);
        for (int i = 2; i < filters; i++) {
            packet.filter(unique("t"), 0);
        }
        client.send(packet);
        Frame suback = client.expect(Frame.SUBACK, 8);
        assertThat(suback.reasonCodes).hasSize(filters);
        assertThat(suback.bytes.length).isLessThanOrEqualTo(header + filters);
        return suback;
    }

    @Test
    @DisplayName("[MQTT-3.1.2-29] no reason string and no user property with Request Problem Information 0")
    void noProblemInformation() {
        RawClient client = BROKER.online(connect(5, unique("c")).properties(new Props().requestProblemInformation(0)));
        client.send(subscribe(5, 8).filter(deep(LEVELS + 1), 0));
        assertThat(client.expect(Frame.SUBACK, 8).props.entries()).isEmpty();
    }

    private static String deep(int levels) {
        return "a" + "/a".repeat(levels - 1);
    }
}
