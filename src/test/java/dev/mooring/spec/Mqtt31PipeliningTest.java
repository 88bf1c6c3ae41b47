package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapter 3.1, CONNECT: what comes right behind it, and how it may come itself. */
class Mqtt31PipeliningTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.1.4-6] nothing that follows a refused CONNECT is processed")
    void nothingAfterRefusal5() {
        nothingAfterRefusal(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.4-5] nothing that follows a refused CONNECT is processed")
    void nothingAfterRefusal311() {
        nothingAfterRefusal(4);
    }

    private static void nothingAfterRefusal(int version) {
        String topic = unique("refused/");
        RawClient watcher = BROKER.online(5, unique("w"));
        watcher.subscribe(topic, 0);
        Packets.Connect refused = version == 4
                ? connect(4, "").cleanStart(false)
                : connect(5, unique("r")).properties(props().authenticationMethod("no-such-method"));
        RawClient client = BROKER.connect(version);
        client.send(refused, publish(version, topic, "bad").retain());
        client.readToEnd();
        watcher.expectNothing(100);
        watcher.publish(topic, "good", 0).expectPublish(topic, "good");
        RawClient late = BROKER.online(version, unique("l"));
        late.subscribe(topic, 0);
        late.ping();
    }

    @Test
    @DisplayName("[MQTT-3.1.4-5] a CONNECT with more right behind it is answered, and the rest handled in order")
    void pipelined5() {
        pipelined(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.4-4] a CONNECT with more right behind it is answered, and the rest handled in order")
    void pipelined311() {
        pipelined(4);
    }

    @Test
    @DisplayName("[MQTT-3.2.0-1] CONNACK comes before the answers to what was sent right behind CONNECT")
    void connackFirst() {
        String topic = unique("pipe/");
        String id = unique("pipe");
        RawClient before = BROKER.online(connect(5, id).cleanStart(false).sessionExpiryInterval(60));
        before.subscribe(topic, 1);
        before.disconnect();
        BROKER.online(5, unique("p")).publish(topic, "queued", 1);
        RawClient client = BROKER.connect(5);
        client.send(connect(5, id).cleanStart(false).sessionExpiryInterval(60), Packets.pingreq());
        client.expectConnack(0);
        assertThat(List.of(client.read(), client.read()))
                .extracting(f -> f.type)
                .containsExactlyInAnyOrder(Frame.PUBLISH, Frame.PINGRESP);
    }

    private static void pipelined(int version) {
        String topic = unique("pipe/");
        RawClient client = BROKER.connect(version);
        client.send(
                connect(version, unique("pipe")),
                subscribe(version, 1).filter(topic, 1),
                publish(version, topic, "one").qos(1, 2),
                publish(version, topic, "two").qos(1, 3),
                Packets.pingreq());
        client.expectConnack(0);
        client.expect(Frame.SUBACK, 1);
        List<String> got = new ArrayList<>();
        boolean pong = false;
        for (int i = 0; i < 5; i++) {
            Frame f = client.read();
            pong |= f.type == Frame.PINGRESP;
            got.add(f.type == Frame.PUBLISH ? f.payloadText() : Frame.name(f.type) + f.packetId);
        }
        assertThat(pong).isTrue();
        assertThat(got).containsExactlyInAnyOrder("one", "two", "PUBACK2", "PUBACK3", "PINGRESP0");
        assertThat(got.indexOf("one")).isLessThan(got.indexOf("two"));
        assertThat(got.indexOf("PUBACK2")).isLessThan(got.indexOf("PUBACK3"));
    }

    @Test
    @DisplayName("[MQTT-3.1.4-5] a CONNECT that arrives byte by byte is understood")
    void dribbled() {
        RawClient client = BROKER.connect(5);
        for (byte b : connect(5, unique("drib")).userName("u").bytes()) {
            client.send(new byte[] {b});
        }
        assertThat(client.expect(Frame.CONNACK).reasonCode).isZero();
    }
}
