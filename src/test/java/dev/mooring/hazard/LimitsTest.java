package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import dev.mooring.metrics.Metrics;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every limit of the configuration that a client can run into: what it is told, and what becomes of the others. */
class LimitsTest {
    private static void with(String limits, Consumer<TestBroker> test) {
        try (TestBroker broker =
                TestBroker.start("{\"loops\": 1, \"mqtt\": {\"sys_interval_s\": 0}, \"limits\": {" + limits + "}}")) {
            test.accept(broker);
        }
    }

    @ParameterizedTest(name = "MQTT level {0}: CONNACK {1}")
    @CsvSource({"5, 0x97", "4, 3"})
    @DisplayName("connections_max: one more is refused; when one has gone there is room again")
    void connections(int version, int refused) {
        with("\"connections_max\": 2", broker -> {
            Peer first = Peer.online(broker.port(), version, "a");
            try (Peer second = Peer.online(broker.port(), version, "b")) {
                refused(broker, version, "c", refused);
                second.ping();
            }
            first.disconnect();
            Wait.until(
                    "the sockets are gone",
                    () -> broker.broker().metrics().connections.get() == 0);
            Peer.online(broker.port(), version, "c").disconnect();
        });
    }

    @ParameterizedTest(name = "MQTT level {0}: CONNACK {1}")
    @CsvSource({"5, 0x9F", "4, 3"})
    @DisplayName("connect_rate_max: more CONNECTs in a second are refused")
    void connectRate(int version, int refused) {
        with("\"connect_rate_max\": 3", broker -> {
            int in = 0;
            List<Integer> reasons = new ArrayList<>();
            for (int i = 0; i < 30 && reasons.isEmpty(); i++) {
                try (Peer p = Peer.open(broker.port()).version(version)) {
                    p.send(Bytes.Connect.of(version, "c" + i).bytes());
                    int reason = p.expect(Frame.CONNACK).reason();
                    if (reason == 0) {
                        in++;
                    } else {
                        reasons.add(reason);
                    }
                }
            }
            assertThat(in).isPositive();
            assertThat(reasons).containsExactly(refused);
        });
    }

    @ParameterizedTest(name = "MQTT level {0}: CONNACK {1}")
    @CsvSource({"5, 0x85", "4, 2"})
    @DisplayName("client_id_length_max: the longest is taken, a longer one refused; counted in UTF-8")
    void clientId(int version, int refused) {
        with("\"client_id_length_max\": 24", broker -> {
            Peer.online(broker.port(), version, "ä".repeat(12)).disconnect();
            refused(broker, version, "ä".repeat(12) + "x", refused);
        });
    }

    private static void refused(TestBroker broker, int version, String clientId, int reason) {
        try (Peer p = Peer.open(broker.port()).version(version)) {
            p.send(Bytes.Connect.of(version, clientId).bytes());
            assertThat(p.expect(Frame.CONNACK).reason()).isEqualTo(reason);
            assertThat(p.expectEnd()).isNull();
        }
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("topic_length_max: the longest topic is taken, a longer one ends the connection with 0x90")
    void topicLength(int version) {
        with("\"topic_length_max\": 10", broker -> {
            try (Peer p = Peer.online(broker.port(), version, "c")) {
                assertThat(p.subscribe(1, "123456789/#").granted(0)).isEqualTo(version == 5 ? 0x8F : 0x80);
                p.publish("123456789/", "x");
                p.send(Bytes.publish(version, "123456789/1", "x", 1, 8));
                p.expectDisconnect(0x90);
            }
        });
    }

    @Test
    @DisplayName("inflight_max: no more is sent before an ack, although the client would take it")
    void inflight() {
        with("\"inflight_max\": 3", broker -> {
            try (Peer reader = Peer.online(broker.port(), 5, "reader");
                    Peer writer = Peer.online(broker.port(), 5, "writer")) {
                reader.subscribe(1, "t");
                for (int i = 0; i < 5; i++) {
                    writer.publish("t", "m" + i);
                }
                Frame first = reader.expectPublish("m0");
                reader.expectPublish("m1");
                reader.expectPublish("m2");
                reader.ping();
                reader.send(Bytes.ack(Frame.PUBACK, first.packetId()));
                reader.expectPublish("m3");
                reader.ping();
            }
        });
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"\"message_rate_max\": 20", "\"byte_rate_max\": 2000"})
    @DisplayName("message_rate_max, byte_rate_max: who sends more is read more slowly, loses nothing, delays nobody")
    void rates(String limit) {
        with(limit, broker -> {
            try (Peer writer = Peer.online(broker.port(), 4, "writer");
                    Peer reader = Peer.online(broker.port(), 4, "reader");
                    Peer other = Peer.online(broker.port(), 4, "other")) {
                reader.subscribe(0, "t");
                long startNs = System.nanoTime();
                for (int i = 0; i < 60; i++) { // three times what a second may bring
                    writer.send(Bytes.publish(4, "t", "x".repeat(100), 0, 0));
                }
                other.ping();
                for (int i = 0; i < 60; i++) {
                    reader.expect(Frame.PUBLISH);
                }
                assertThat(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - startNs))
                        .isGreaterThan(1_000);
                writer.ping();
            }
        });
    }

    @Test
    @DisplayName("message_expiry_max_s: a message without expiry gets one, a longer one is cut")
    void messageExpiry() {
        with("\"message_expiry_max_s\": 100", broker -> {
            try (Peer reader = Peer.online(broker.port(), 5, "reader");
                    Peer writer = Peer.online(broker.port(), 5, "writer")) {
                reader.subscribe(0, "t");
                byte[] longer = Bytes.block(Bytes.join(Bytes.u8(2), Bytes.u32(1_000)));
                byte[] shorter = Bytes.block(Bytes.join(Bytes.u8(2), Bytes.u32(50)));
                for (byte[] properties : List.of(Bytes.block(), longer, shorter)) {
                    writer.send(Bytes.packet(0x30, Bytes.text("t"), properties));
                }
                assertThat(expiry(reader)).isEqualTo(100);
                assertThat(expiry(reader)).isEqualTo(100);
                assertThat(expiry(reader)).isEqualTo(50);
            }
        });
    }

    /** The first property of the next PUBLISH. */
    private static int expiry(Peer reader) {
        byte[] body = reader.expect(Frame.PUBLISH).body();
        assertThat(body).hasSize(3 + 1 + 5).containsSequence(5, 2);
        return body[8];
    }

    // ---- full queues

    @ParameterizedTest(name = "policy {0}")
    @CsvSource({"drop_oldest, m2 m3 m4", "drop_new, m0 m1 m2"})
    @DisplayName("queue.count_max of a session that is away: the policy says who stays; what is dropped is counted")
    void queueCount(String policy, String left) {
        with("\"queue\": {\"count_max\": 3, \"policy\": \"" + policy + "\"}", broker -> {
            Metrics metrics = broker.broker().metrics();
            Bytes.Connect away = Bytes.Connect.lasting(5, "away");
            try (Peer writer = Peer.online(broker.port(), 5, "writer")) {
                Peer reader = Peer.online(broker.port(), away);
                reader.subscribe(1, "t");
                reader.disconnect();
                for (int i = 0; i < 5; i++) {
                    writer.publish("t", "m" + i);
                }
                Wait.until("two are dropped", () -> metrics.droppedQueueFull.sum() == 2);
                try (Peer back = Peer.online(broker.port(), away)) {
                    for (String payload : left.split(" ")) {
                        back.send(Bytes.ack(
                                Frame.PUBACK, back.expectPublish(payload).packetId()));
                    }
                    back.ping();
                }
            }
        });
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("queue.policy reject_publisher: 0x97, or the end for 3.1.1; the queue stays as it is")
    void rejectPublisher(int version) {
        with("\"queue\": {\"count_max\": 2, \"policy\": \"reject_publisher\"}", broker -> {
            Bytes.Connect away = Bytes.Connect.lasting(5, "away");
            Peer reader = Peer.online(broker.port(), away);
            reader.subscribe(1, "t");
            reader.disconnect();
            try (Peer writer = Peer.online(broker.port(), version, "writer")) {
                writer.publish("t", "m0").publish("t", "m1");
                writer.send(Bytes.publish(version, "t", "m2", 1, 9));
                if (version == 5) {
                    assertThat(writer.expect(Frame.PUBACK, 9).reason()).isEqualTo(0x97);
                    writer.publish("elsewhere", "x");
                } else {
                    assertThat(writer.expectEnd()).isNull();
                }
            }
            try (Peer back = Peer.online(broker.port(), away)) {
                back.expectPublish("m0");
                back.expectPublish("m1");
                back.ping();
            }
        });
    }

    @Test
    @DisplayName("queue.bytes_max of a session that is away: the oldest go")
    void queueBytes() {
        with("\"packet_size_max\": 65536, \"queue\": {\"bytes_max\": 65536}", broker -> {
            Bytes.Connect away = Bytes.Connect.lasting(4, "away");
            Peer reader = Peer.online(broker.port(), away);
            reader.subscribe(1, "t");
            reader.disconnect();
            String filling = "x".repeat(20_000);
            try (Peer writer = Peer.online(broker.port(), 4, "writer")) {
                for (int i = 0; i < 6; i++) {
                    writer.publish("t", i + filling);
                }
            }
            try (Peer back = Peer.online(broker.port(), away)) {
                List<String> left = new ArrayList<>();
                while (!left.contains("5")) {
                    left.add(back.expect(Frame.PUBLISH).payload().substring(0, 1));
                }
                assertThat(left).endsWith("4", "5").hasSizeBetween(2, 3).isSorted();
            }
        });
    }

    @Test
    @DisplayName("queue.age_max_s: what waited for longer is dropped and counted when its turn comes")
    void queueAge() {
        with("\"queue\": {\"age_max_s\": 2}", broker -> {
            Metrics metrics = broker.broker().metrics();
            Bytes.Connect away = Bytes.Connect.lasting(4, "away");
            Peer reader = Peer.online(broker.port(), away);
            reader.subscribe(1, "t");
            reader.disconnect();
            try (Peer writer = Peer.online(broker.port(), 4, "writer")) {
                writer.publish("t", "old");
                long old = System.currentTimeMillis();
                Wait.until("it is old", () -> System.currentTimeMillis() - old > 2_100);
                writer.publish("t", "new");
            }
            try (Peer back = Peer.online(broker.port(), away)) {
                back.expectPublish("new");
                assertThat(metrics.droppedExpired.sum()).isEqualTo(1);
            }
        });
    }

    @Test
    @DisplayName("shared_queue.count_max: what a group has waiting while its members are away is bounded, and counted")
    void sharedQueue() {
        with("\"shared_queue\": {\"count_max\": 2}", broker -> {
            Bytes.Connect away = Bytes.Connect.lasting(5, "away");
            Peer reader = Peer.online(broker.port(), away);
            reader.subscribe(1, "$share/g/t");
            reader.disconnect();
            try (Peer writer = Peer.online(broker.port(), 5, "writer")) {
                for (int i = 0; i < 4; i++) {
                    writer.publish("t", "m" + i);
                }
            }
            assertThat(broker.broker().metrics().droppedQueueFull.sum()).isEqualTo(2);
            try (Peer back = Peer.online(broker.port(), away)) {
                back.expectPublish("m0");
                back.expectPublish("m1");
                back.ping();
            }
        });
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName("retained.count_max: one more topic is not retained (0x97), but delivered; replacing goes on")
    void retainedCount(int version) {
        with("\"retained\": {\"count_max\": 2}", broker -> {
            Metrics metrics = broker.broker().metrics();
            try (Peer writer = Peer.online(broker.port(), version, "writer");
                    Peer live = Peer.online(broker.port(), version, "live")) {
                live.subscribe(0, "#");
                writer.retain("a", "1").retain("b", "1").retain("a", "2");
                writer.send(Bytes.publish(version, "c", "1", 1, 9, 1));
                assertThat(writer.expect(Frame.PUBACK, 9).reason()).isEqualTo(version == 5 ? 0x97 : 0);
                assertThat(metrics.droppedRetainedFull.sum()).isEqualTo(1);
                for (String topic : List.of("a", "b", "a", "c")) {
                    assertThat(live.expect(Frame.PUBLISH).topic()).isEqualTo(topic);
                }
                writer.retain("b", "").retain("c", "2");
            }
            try (Peer later = Peer.online(broker.port(), version, "later")) {
                later.subscribe(0, "#");
                List<String> topics = List.of(
                        later.expect(Frame.PUBLISH).topic(),
                        later.expect(Frame.PUBLISH).topic());
                assertThat(topics).containsExactlyInAnyOrder("a", "c");
                later.ping();
            }
        });
    }

    @Test
    @DisplayName("will_delay_max_s: a longer delay is cut")
    void willDelay() {
        with("\"will_delay_max_s\": 1", broker -> {
            try (Peer reader = Peer.online(broker.port(), 5, "reader")) {
                reader.subscribe(0, "will");
                Bytes.Will will = new Bytes.Will("will", "gone", 1, false, 3_600);
                Peer.online(broker.port(), Bytes.Connect.lasting(5, "lost").will(will))
                        .close();
                reader.expectPublish("gone");
            }
        });
    }
}
