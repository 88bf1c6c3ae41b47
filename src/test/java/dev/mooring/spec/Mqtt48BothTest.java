package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.disconnect;
import static dev.mooring.spec.Packets.puback;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.route.Subscriber;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapter 4.8: a persistent session that gets one message by more than one subscription of its own. */
class Mqtt48BothTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    private final String topic = unique("s/");
    private final String id = unique("c");
    private final RawClient publisher = BROKER.online(5, unique("c"));

    @Test
    @DisplayName("§4.8.2: of the two deliveries of one message, the one that is not acknowledged outlives a restart")
    void oneAcknowledged() {
        RawClient both = both();
        publisher.publish(topic, "m", 1);
        both.expectPublish(topic, "m");
        both.send(puback(both.expectPublish(topic, "m").packetId)).ping();
        BROKER.restart();
        RawClient again = back();
        assertThat(drain(again)).containsExactly("m");
        expectEmpty();
    }

    @Test
    @DisplayName("§4.8.2: what came while the session was away is delivered for each of its subscriptions")
    void whileAway() {
        both().disconnect();
        publisher.publish(topic, "m0", 1).publish(topic, "m1", 1);
        BROKER.restart();
        assertThat(drain(back())).containsExactlyInAnyOrder("m0", "m0", "m1", "m1");
        expectEmpty();
    }

    @Test
    @DisplayName("§4.8.2: each of two groups of which the same session is the only member has its delivery")
    void twoGroups() {
        RawClient member = back();
        member.subscribe("$share/g/" + topic, 1);
        member.subscribe("$share/h/" + topic, 1);
        publisher.publish(topic, "live", 1);
        member.expectPublish(topic, "live");
        member.send(puback(member.expectPublish(topic, "live").packetId)).ping();
        member.disconnect();
        publisher.publish(topic, "kept", 1);
        BROKER.restart();
        assertThat(drain(back())).containsExactlyInAnyOrder("live", "kept", "kept");
        expectEmpty();
    }

    @Test
    @DisplayName("§4.8.2: what a member had when its session ended comes to one that has the message already")
    void inherited() {
        RawClient first = BROKER.online(durable(unique("f")));
        first.subscribe("$share/g/" + topic, 1);
        RawClient second = back();
        second.subscribe(topic, 1);
        publisher.publish(topic, "m", 1);
        first.expectPublish(topic, "m");
        second.expectPublish(topic, "m");
        second.subscribe("$share/g/" + topic, 1);
        first.disconnect(disconnect(0, new Props().sessionExpiryInterval(0)));
        second.expectPublish(topic, "m");
        second.close();
        BROKER.restart();
        assertThat(drain(back())).containsExactly("m", "m");
        expectEmpty();
    }

    /** Is on line with an ordinary subscription, and as the only member of a group. */
    private RawClient both() {
        RawClient both = back();
        both.subscribe(topic, 1);
        both.subscribe("$share/g/" + topic, 1);
        return both;
    }

    private RawClient back() {
        return BROKER.online(durable(id));
    }

    private static Packets.Connect durable(String id) {
        return connect(5, id).cleanStart(false).sessionExpiryInterval(60);
    }

    /** What comes until nothing does for a while, all acknowledged. */
    private static List<String> drain(RawClient client) {
        List<String> got = new ArrayList<>();
        for (Frame frame = client.read(500); frame != null; frame = client.read(300)) {
            assertThat(frame.type).isEqualTo(Frame.PUBLISH);
            got.add(frame.payloadText());
            client.send(puback(frame.packetId));
        }
        client.ping();
        return got;
    }

    private void expectEmpty() {
        Subscriber session = BROKER.session(id);
        assertThat(session.queuedCount).hasValue(0);
        assertThat(session.queuedBytes).hasValue(0);
    }
}
