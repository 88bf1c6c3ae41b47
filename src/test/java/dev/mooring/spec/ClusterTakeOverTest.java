package dev.mooring.spec;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.spec.Packets.Connect;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that connects to a node while another one has its session. */
class ClusterTakeOverTest {
    private static final int TAKEN_OVER = 0x8E;

    @RegisterExtension
    static final SpecCluster CLUSTER = new SpecCluster(2, "{}");

    private static Connect session(String name) {
        return Packets.connect(5, name).cleanStart(false).sessionExpiryInterval(3600);
    }

    @Test
    @DisplayName("[MQTT-3.1.4-3] the connection on the other node ends with 0x8E, with a durable session or without")
    void otherConnectionEnds() {
        String name = RawClient.unique("e");
        try (RawClient first = CLUSTER.online(0, name);
                RawClient second = CLUSTER.online(1, name)) {
            first.expectDisconnect(TAKEN_OVER);
            try (RawClient third = CLUSTER.durable(0, name)) {
                second.expectDisconnect(TAKEN_OVER);
                try (RawClient fourth = CLUSTER.durable(1, name)) {
                    third.expectDisconnect(TAKEN_OVER);
                    assertThat(fourth.connack().sessionPresent).isTrue();
                    fourth.ping();
                }
            }
        }
    }

    @Test
    @DisplayName("[MQTT-3.1.2-4] a clean start on another node ends the session everywhere")
    void cleanStart() {
        String name = RawClient.unique("c");
        try (RawClient first = CLUSTER.durable(0, name)) {
            first.subscribe(name, 1);
            try (RawClient second = RawClient.online(
                            CLUSTER.node(1).port(), Packets.connect(5, name).sessionExpiryInterval(3600));
                    RawClient publisher = CLUSTER.online(0, name + "p")) {
                assertThat(second.connack().sessionPresent).isFalse();
                publisher.publish(name, "x", 1);
                second.ping();
                second.disconnect();
            }
        }
        try (RawClient third = CLUSTER.durable(0, name)) {
            assertThat(third.connack().sessionPresent).isTrue();
            third.ping();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @DisplayName("[MQTT-4.4.0-1] what is in flight and what is queued moves along, under its packet ids")
    void stateMoves(int qos) {
        String name = RawClient.unique("m");
        List<Integer> ids = new ArrayList<>();
        RawClient publisher = CLUSTER.online(1, name + "p");
        RawClient first = CLUSTER.durable(0, name);
        first.subscribe(name, qos);
        List<String> sent = ClusterForwardTest.publish(publisher, name, qos, 3);
        for (int i = 0; i < 3; i++) {
            ids.add(first.nextPublish().packetId);
        }
        try (RawClient second = CLUSTER.durable(1, name)) {
            first.expectDisconnect(TAKEN_OVER);
            List<String> again = new ArrayList<>();
            List<Integer> idsAgain = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                Frame publish = second.nextPublish();
                assertThat(publish.dup).isTrue();
                again.add(publish.payloadText());
                idsAgain.add(publish.packetId);
            }
            assertThat(again).isEqualTo(sent);
            assertThat(idsAgain).isEqualTo(ids);
        }
        first.close();
        publisher.close();
    }

    @Test
    @DisplayName("[MQTT-4.3.3-10] a QoS 2 PUBLISH that one node has is not taken for another one by the next")
    void qos2OnceFromPublisher() {
        String name = RawClient.unique("q");
        try (RawClient subscriber = CLUSTER.online(1, name + "s")) {
            subscriber.subscribe(name, 2);
            RawClient first = CLUSTER.durable(0, name);
            first.send(Packets.publish(5, name, "x").qos(2, 7));
            first.expect(Frame.PUBREC, 7);
            try (RawClient second = CLUSTER.durable(1, name)) {
                first.expectDisconnect(TAKEN_OVER);
                second.send(Packets.publish(5, name, "x").qos(2, 7).dup());
                second.expect(Frame.PUBREC, 7);
                second.send(Packets.pubrel(7));
                second.expect(Frame.PUBCOMP, 7);
            }
            assertThat(ClusterForwardTest.received(subscriber, 1)).containsExactly("x");
            subscriber.ping();
            first.close();
        }
    }

    @Test
    @DisplayName("of two that connect at once one stays, and the other is told")
    void bothAtOnce() {
        List<RawClient> winners = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            String name = RawClient.unique("b");
            RawClient[] both = {
                RawClient.connect(CLUSTER.node(0).port()),
                RawClient.connect(CLUSTER.node(1).port())
            };
            for (RawClient each : both) {
                each.send(i % 2 == 0 ? session(name) : Packets.connect(5, name));
            }
            RawClient loser = firstToEnd(both);
            RawClient winner = loser == both[0] ? both[1] : both[0];
            if (winner.connack() == null) {
                winner.expectConnack(0);
            }
            winners.add(winner);
            loser.close();
        }
        winners.get(0).expectNothing(1_000); // nor does any of them end when the dust has settled
        for (RawClient winner : winners) {
            winner.ping().close();
        }
    }

    /** Returns the one that is sent away, which is told why; meanwhile the other may have got its CONNACK. */
    private static RawClient firstToEnd(RawClient[] both) {
        long endNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
        for (int i = 0; System.nanoTime() < endNs; i++) {
            RawClient client = both[i % 2];
            Frame frame = client.read(20);
            if (frame != null && (frame.type != Frame.CONNACK || frame.reasonCode != 0)) {
                assertThat(frame.reasonCode).as("%s", frame).isEqualTo(TAKEN_OVER);
                return client;
            }
            if (client.ended()) {
                return client;
            }
        }
        throw new AssertionError("both stay");
    }

    @Test
    @DisplayName(
            "while two connect at once again and again under load, nothing is lost, QoS 2 comes once, and in order")
    void bothAtOnceUnderLoad() throws Exception {
        String name = RawClient.unique("r");
        int count = 300;
        CLUSTER.durable(0, name).subscribe(name, 2);
        CompletableFuture<Void> publishing = CompletableFuture.runAsync(() -> {
            try (RawClient publisher = CLUSTER.online(1, name + "p")) {
                for (int i = 0; i < count; i++) {
                    publisher.publish(name, Integer.toString(i), 2);
                }
            }
        });
        List<Integer> got = new ArrayList<>();
        Set<Integer> unreleased = new HashSet<>();
        for (int round = 0; !isLast(got, count); round++) {
            assertThat(publishing.isCompletedExceptionally()).isFalse();
            List<CompletableFuture<Void>> both = new ArrayList<>();
            for (int node = 0; node < 2; node++) {
                RawClient client =
                        RawClient.connect(CLUSTER.node((node + round) % 2).port());
                client.send(session(name));
                both.add(CompletableFuture.runAsync(() -> takeOne(client, got, unreleased, count)));
            }
            CompletableFuture.allOf(both.toArray(new CompletableFuture<?>[0])).get(60, TimeUnit.SECONDS);
        }
        publishing.get(30, TimeUnit.SECONDS);
        assertThat(got).hasSize(count).isSorted();
    }

    /** One of two clients with one session: what both got counts together. Its connection is left open. */
    private static void takeOne(RawClient client, List<Integer> got, Set<Integer> unreleased, int count) {
        for (int i = 0; i < 30; i++) {
            synchronized (got) {
                if (isLast(got, count)) {
                    return;
                }
            }
            Frame frame = client.read(300);
            if (frame == null) {
                return;
            }
            synchronized (got) {
                if (frame.type == Frame.PUBREL) {
                    unreleased.remove(frame.packetId);
                    client.send(Packets.pubcomp(frame.packetId));
                } else if (frame.type == Frame.PUBLISH) {
                    if (unreleased.add(frame.packetId)) { // else it is the same one again
                        got.add(Integer.parseInt(frame.payloadText()));
                    }
                    client.send(Packets.pubrec(frame.packetId));
                } else if (frame.reasonCode != 0) {
                    assertThat(frame.reasonCode).isEqualTo(TAKEN_OVER);
                }
            }
        }
    }

    private static boolean isLast(List<Integer> got, int count) {
        return !got.isEmpty() && got.get(got.size() - 1) == count - 1;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @DisplayName("a session that wanders between nodes under load loses nothing, gets QoS 2 once, and all in order")
    void wanders(int qos) throws Exception {
        String name = RawClient.unique("w");
        int count = 400;
        CLUSTER.durable(0, name).subscribe(name, qos);
        AtomicBoolean failed = new AtomicBoolean();
        CompletableFuture<Void> publishing = CompletableFuture.runAsync(() -> {
            try (RawClient publisher = CLUSTER.online(0, name + "p")) {
                for (int i = 0; i < count; i++) {
                    publisher.publish(name, Integer.toString(i), qos);
                }
            } catch (AssertionError e) {
                failed.set(true);
                throw e;
            }
        });
        List<Integer> got = new ArrayList<>();
        Set<Integer> unreleased = new HashSet<>();
        for (int round = 0; got.isEmpty() || got.get(got.size() - 1) < count - 1; round++) {
            assertThat(failed).isFalse();
            RawClient client = CLUSTER.durable((round + 1) % 2, name);
            assertThat(client.connack().sessionPresent).isTrue();
            take(client, qos, got, unreleased, count, 40);
        }
        publishing.get(30, TimeUnit.SECONDS);
        List<Integer> first = got.stream().distinct().toList();
        assertThat(first).hasSize(count).isSorted();
        if (qos == 2) {
            assertThat(got).hasSize(count);
        }
    }

    /**
     * Answers all but what is on its way when it has got so many; then the connection is left open, to be taken over.
     */
    private static void take(
            RawClient client, int qos, List<Integer> got, Set<Integer> unreleased, int count, int atMost) {
        for (int i = 0; i < atMost && (got.isEmpty() || got.get(got.size() - 1) < count - 1); i++) {
            Frame frame = client.read(500);
            if (frame == null) {
                return;
            }
            if (frame.type == Frame.PUBREL) {
                unreleased.remove(frame.packetId);
                client.send(Packets.pubcomp(frame.packetId));
            } else if (frame.type == Frame.PUBLISH) {
                if (qos == 1 || unreleased.add(frame.packetId)) { // else it is the same one again
                    got.add(Integer.parseInt(frame.payloadText()));
                }
                client.send(qos == 1 ? Packets.puback(frame.packetId) : Packets.pubrec(frame.packetId));
            }
        }
    }
}
