package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.puback;
import static dev.mooring.spec.Packets.pubcomp;
import static dev.mooring.spec.Packets.pubrec;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapter 4.4: what is sent again, and when. */
class Mqtt44RetryTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-4.4.0-1] a reconnect brings what is unacknowledged, PUBLISH and PUBREL, with its identifier")
    void sentAgainOnReconnect() {
        sentAgainOnReconnect(5);
    }

    @Test
    @DisplayName("[MQTT311-4.4.0-1] a reconnect brings what is unacknowledged, PUBLISH and PUBREL, with its identifier")
    void sentAgainOnReconnectOf311() {
        sentAgainOnReconnect(4);
    }

    private static void sentAgainOnReconnect(int version) {
        Interrupted state = interrupted(version);
        for (int attempt = 0; attempt < 2; attempt++) {
            Map<String, Integer> got = new TreeMap<>();
            for (Frame frame : again(version, state)) {
                got.put(frame.type == Frame.PUBREL ? "PUBREL" : frame.payloadText(), frame.packetId);
            }
            assertThat(got.remove("new")).isNotIn(state.open.values());
            assertThat(got).isEqualTo(state.open);
        }
    }

    @Test
    @DisplayName("[MQTT-3.3.1-1] what was sent before has DUP 1, what is new has DUP 0")
    void dup() {
        dup(5);
    }

    @Test
    @DisplayName("[MQTT311-3.3.1-1] what was sent before has DUP 1, what is new has DUP 0")
    void dupOf311() {
        dup(4);
    }

    private static void dup(int version) {
        Interrupted state = interrupted(version);
        for (int attempt = 0; attempt < 2; attempt++) {
            for (Frame frame : again(version, state)) {
                if (frame.type == Frame.PUBLISH) {
                    boolean sentBefore = attempt > 0 || !frame.payloadText().equals("new");
                    assertThat(frame.dup).as(frame.payloadText()).isEqualTo(sentBefore);
                }
            }
        }
    }

    @Test
    @DisplayName("[MQTT311-4.6.0-1] PUBLISH packets are sent again in their order, before anything new")
    void sentAgainInOrder() {
        Interrupted state = interrupted(4);
        for (int attempt = 0; attempt < 2; attempt++) {
            assertThat(again(4, state).stream().filter(f -> f.type == Frame.PUBLISH))
                    .extracting(Frame::payloadText)
                    .containsExactly("m0", "m1", "m2", "m3", "m6", "m7", "m8", "m9", "new");
        }
    }

    /** A session and the identifiers that are open in it, by payload. */
    private record Interrupted(String clientId, Map<String, Integer> open) {}

    /** Of ten messages at QoS 1 and 2 one is acknowledged, one released; "new" came when the client was gone. */
    private static Interrupted interrupted(int version) {
        String topic = unique("again/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(version, id));
        client.subscribe(topic, 2);
        RawClient publisher = BROKER.online(5, unique("c"));
        Map<String, Integer> open = new TreeMap<>();
        for (int i = 0; i < 10; i++) {
            publisher.publish(topic, "m" + i, 1 + i % 2);
            open.put("m" + i, client.expectPublish(topic, "m" + i).packetId);
        }
        client.send(puback(open.remove("m4")));
        int released = open.remove("m5");
        client.send(pubrec(released)).expect(Frame.PUBREL, released);
        open.put("PUBREL", released);
        client.disconnect();
        publisher.publish(topic, "new", 1);
        return new Interrupted(id, open);
    }

    /** All that another connection of the session gets; it acknowledges nothing. */
    private static List<Frame> again(int version, Interrupted state) {
        RawClient client = BROKER.online(persistent(version, state.clientId));
        assertThat(client.connack().sessionPresent).isTrue();
        List<Frame> frames = new ArrayList<>();
        while (frames.size() < state.open.size() + 1) {
            frames.add(client.read());
        }
        client.ping().close();
        return frames;
    }

    @Test
    @DisplayName("[MQTT-4.4.0-1] nothing is sent again on a connection that is open")
    void notSentAgainOtherwise() {
        notSentAgainOtherwise(5);
    }

    @Test
    @DisplayName("[MQTT311-4.4.0-1] nothing is sent again on a connection that is open")
    void notSentAgainOtherwiseOf311() {
        notSentAgainOtherwise(4);
    }

    private static void notSentAgainOtherwise(int version) {
        String topic = unique("quiet/");
        RawClient client = BROKER.online(persistent(version, unique("c")));
        client.subscribe(topic, 2);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.publish(topic, "one", 1).publish(topic, "two", 2).publish(topic, "three", 2);
        client.expectPublish(topic, "one");
        client.expectPublish(topic, "two");
        int three = client.expectPublish(topic, "three").packetId;
        client.send(pubrec(three));
        client.expect(Frame.PUBREL, three);
        client.expectNothing(1_500);
    }

    @Test
    @DisplayName("[MQTT-4.4.0-1] a clean start brings nothing again, nor does a session that is over")
    void notForANewSession() {
        notForANewSession(5);
    }

    @Test
    @DisplayName("[MQTT311-4.4.0-1] a clean start brings nothing again, nor does a session that is over")
    void notForANewSessionOf311() {
        notForANewSession(4);
    }

    private static void notForANewSession(int version) {
        String topic = unique("clean/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(version, id));
        client.subscribe(topic, 2);
        BROKER.online(5, unique("c")).publish(topic, "one", 1).publish(topic, "two", 2);
        client.expectPublish(topic, "one");
        int two = client.expectPublish(topic, "two").packetId;
        client.send(pubrec(two));
        client.expect(Frame.PUBREL, two);
        client.close();
        RawClient clean = BROKER.online(connect(version, id).sessionExpiryInterval(60));
        clean.ping();
        clean.close();
        BROKER.online(persistent(version, id)).ping();
    }

    @Test
    @DisplayName("[MQTT-4.4.0-2] a refusing PUBACK or PUBREC is an acknowledgement: the message does not come again")
    void refusalIsAnAcknowledgement() {
        String topic = unique("no/");
        String id = unique("c");
        RawClient client = BROKER.online(persistent(5, id));
        client.subscribe(topic, 2);
        RawClient publisher = BROKER.online(5, unique("c"));
        publisher.publish(topic, "one", 1).publish(topic, "two", 2).publish(topic, "three", 2);
        client.send(puback(client.expectPublish(topic, "one").packetId, 0x80));
        client.send(pubrec(client.expectPublish(topic, "two").packetId, 0x97));
        int three = client.expectPublish(topic, "three").packetId;
        client.ping(); // no PUBREL
        client.close();
        RawClient again = BROKER.online(persistent(5, id));
        assertThat(again.expectPublish(topic, "three").packetId).isEqualTo(three);
        again.ping();
        again.send(pubrec(three));
        again.expect(Frame.PUBREL, three);
        again.send(pubcomp(three));
        again.ping();
    }

    private static Packets.Connect persistent(int version, String id) {
        return connect(version, id).cleanStart(false).sessionExpiryInterval(60);
    }
}
