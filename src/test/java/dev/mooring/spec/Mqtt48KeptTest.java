package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.puback;
import static dev.mooring.spec.Packets.pubcomp;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.pubrec;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.route.Subscriber;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapter 4.8: what a shared subscription had waiting becomes the delivery of the member that gets it. */
class Mqtt48KeptTest {
    private static final int RETAIN_AS_PUBLISHED = 8;

    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    private final String topic = unique("s/");
    private final String id = unique("c");
    private final RawClient publisher = BROKER.online(5, unique("c"));

    @Test
    @DisplayName("[MQTT-4.8.2-3] what was kept for a group comes at the member's granted QoS, and so again")
    void grantedQos() {
        assertThat(kept()).extracting(f -> f.qos).containsExactly(1, 1, 1);
    }

    @Test
    @DisplayName("[MQTT-3.3.1-13] what was kept for a group comes with its RETAIN flag, if the member wants it so")
    void retainAsPublished() {
        assertThat(kept()).extracting(f -> f.retain).containsExactly(true, true, false);
    }

    @Test
    @DisplayName("[MQTT-3.3.4-3] what was kept for a group comes with the member's identifier, and so again")
    void identifier() {
        assertThat(kept())
                .extracting(f -> f.props.all(Props.SUBSCRIPTION_IDENTIFIER))
                .containsOnly(List.of(7L))
                .hasSize(3);
    }

    /** What comes to a member at QoS 1: the first of two messages, the same over a reconnect, the second. */
    private List<Frame> kept() {
        away(1 + RETAIN_AS_PUBLISHED, 7);
        publisher.publish(publish(5, topic, "m0").retain(), 2);
        publisher.publish(topic, "m1", 2);
        RawClient member = back();
        Frame first = member.expectPublish(topic, "m0");
        member.close();
        RawClient again = back();
        Frame second = again.expectPublish(topic, "m0");
        assertThat(second.dup).isTrue();
        assertThat(second.packetId).isEqualTo(first.packetId);
        again.send(puback(second.packetId));
        Frame paged = again.expectPublish(topic, "m1");
        again.send(puback(paged.packetId)).ping();
        return List.of(first, second, paged);
    }

    @Test
    @DisplayName("[MQTT-3.8.4-8] a message that a member had at QoS 1 comes at QoS 2 to one that is granted it")
    void isPublishedQosAgain() {
        away(1, 7);
        RawClient member = back();
        publisher.publish(publish(5, topic, "m0").retain(), 2);
        assertThat(member.expectPublish(topic, "m0").qos).isEqualTo(1);
        String heir = unique("h");
        RawClient other = BROKER.online(durable(heir));
        other.subscribe("$share/g/" + topic, 2 + RETAIN_AS_PUBLISHED);
        member.disconnect();
        BROKER.online(connect(5, id).cleanStart(true)).disconnect();
        int packetId = other.expectPublish(topic, "m0").packetId;
        other.close();
        RawClient again = BROKER.online(durable(heir));
        Frame given = again.expectPublish(topic, "m0");
        assertThat(given.packetId).isEqualTo(packetId);
        assertThat(given.qos).isEqualTo(2);
        assertThat(given.retain).isTrue();
        again.send(pubrec(packetId)).expect(Frame.PUBREL, packetId);
        again.send(pubcomp(packetId)).ping();
    }

    @Test
    @DisplayName("[MQTT-3.8.4-8] a durable member that is granted QoS 0 gets what was kept at QoS 0, and once")
    void qos0Once() {
        RawClient keeper = BROKER.online(durable(unique("k")));
        keeper.subscribe("$share/g/" + topic, 1);
        keeper.disconnect();
        publisher.publish(topic, "m0", 1);
        RawClient member = BROKER.online(durable(id));
        member.subscribe("$share/g/" + topic, 0);
        assertThat(member.expectPublish(topic, "m0").qos).isZero();
        member.disconnect();
        Subscriber session = BROKER.session(id);
        RawClient again = back();
        again.ping();
        again.expectNothing(200);
        assertThat(session.queuedCount).hasValue(0);
        assertThat(session.queuedBytes).hasValue(0);
    }

    /** A member with a durable session, which is not on line. */
    private void away(int options, int identifier) {
        RawClient member = back();
        member.send(subscribe(5, 3)
                .filter("$share/g/" + topic, options)
                .properties(new Props().subscriptionIdentifier(identifier)));
        member.expect(Frame.SUBACK, 3);
        member.disconnect();
    }

    private RawClient back() {
        return BROKER.online(durable(id));
    }

    private static Packets.Connect durable(String id) {
        return connect(5, id)
                .cleanStart(false)
                .properties(new Props().sessionExpiryInterval(60).receiveMaximum(1));
    }
}
