package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 3.9, SUBACK. */
class Mqtt39SubackTest {
    private static final int LEVELS = 8;
    private static final int SUBSCRIPTIONS = 5;

    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{\"limits\":{\"topic_levels_max\":" + LEVELS
            + ",\"subscriptions_per_client_max\":" + SUBSCRIPTIONS + "}}");

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.9.3-1] [MQTT311-3.9.3-1] the codes are in the order of the filters")
    void codesAreInOrder(int version) {
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

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.9.3-2] [MQTT311-3.9.3-2] a filter with too many levels is refused by 0x8F (3.1.1: 0x80)")
    void tooManyLevels(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        for (String filter : List.of(deep(LEVELS + 1), deep(30_000), "+" + "/+".repeat(LEVELS), "/".repeat(65_535))) {
            client.send(subscribe(version, 4).filter(filter, 0));
            assertThat(client.expect(Frame.SUBACK, 4).reasonCodes).containsExactly(version == 5 ? 0x8F : 0x80);
        }
        client.subscribe(unique("t") + "/x".repeat(LEVELS - 1), 0);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("[MQTT-3.9.3-2] [MQTT311-3.9.3-2] a subscription beyond the limit is refused by 0x97 (3.1.1: 0x80), "
            + "one that replaces another is not, and room comes back")
    void tooManySubscriptions(int version) {
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
    @DisplayName("[MQTT-3.9.2-1] [MQTT-3.9.2-2] SUBACK stays within the Maximum Packet Size")
    void maximumPacketSize() {
        int size = BROKER.online(5, unique("c")).connack().bytes.length + 12;
        RawClient client = BROKER.online(connect(5, unique("c")).properties(new Props().maximumPacketSize(size)));
        client.send(subscribe(5, 8)
                .filter(deep(LEVELS + 1), 0)
                .filter("$share/a+/b", 0)
                .filter(unique("t"), 0));
        assertThat(client.expect(Frame.SUBACK, 8).bytes.length).isLessThanOrEqualTo(size);
    }

    @Test
    @DisplayName("[MQTT-3.9.2-1] [MQTT-3.9.2-2] [MQTT-3.1.2-29] no reason string with Request Problem Information 0")
    void noProblemInformation() {
        RawClient client = BROKER.online(connect(5, unique("c")).properties(new Props().requestProblemInformation(0)));
        client.send(subscribe(5, 8).filter(deep(LEVELS + 1), 0));
        assertThat(client.expect(Frame.SUBACK, 8).props.entries()).isEmpty();
    }

    private static String deep(int levels) {
        return "a" + "/a".repeat(levels - 1);
    }
}
