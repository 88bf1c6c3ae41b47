package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import dev.mooring.hazard.Bytes.Connect;
import dev.mooring.metrics.Metrics;
import dev.mooring.route.Subscriber;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazards 11 and 22: queues of sessions that are connected and do not acknowledge, and of shared groups. */
@Timeout(120)
class FullQueueTest {
    private static void with(String limits, Consumer<TestBroker> test) {
        try (TestBroker broker =
                TestBroker.start("{\"loops\": 1, \"mqtt\": {\"sys_interval_s\": 0}, \"limits\": {" + limits + "}}")) {
            test.accept(broker);
        }
    }

    private static String queue(int countMax, String policy) {
        return "\"queue\": {\"count_max\": " + countMax + ", \"policy\": \"" + policy + "\"}";
    }

    @Test
    @DisplayName("drop_new on line: what is dropped is not delivered, and acks make room for as many as before")
    void dropNewOnLine() {
        with(queue(2, "drop_new"), broker -> {
            Metrics metrics = broker.broker().metrics();
            try (Peer reader = Peer.online(broker.port(), Connect.lasting(5, "reader"));
                    Peer writer = Peer.online(broker.port(), 5, "writer")) {
                reader.subscribe(1, "t");
                Subscriber session = broker.subscriber("reader");
                for (int round = 0; round < 3; round++) {
                    for (int i = 0; i < 5; i++) {
                        writer.publish("t", "m" + round + i);
                    }
                    assertThat(metrics.droppedQueueFull.sum()).isEqualTo(3 * (round + 1));
                    int first = reader.expectPublish("m" + round + "0").packetId();
                    int second = reader.expectPublish("m" + round + "1").packetId();
                    reader.ping();
                    assertThat(session.queuedCount).hasValue(2);
                    reader.send(Bytes.ack(Frame.PUBACK, first), Bytes.ack(Frame.PUBACK, second))
                            .ping();
                    assertThat(session.queuedCount).hasValue(0);
                    assertThat(session.queuedBytes).hasValue(0);
                }
            }
        });
    }

    @Test
    @DisplayName("drop_new: who has no room is left out, and everybody else gets the message, at QoS 0 as well")
    void dropNewLeavesOutOnlyTheFull() {
        with(queue(1, "drop_new"), broker -> {
            try (Peer full = Peer.online(broker.port(), Connect.lasting(5, "full"));
                    Peer other = Peer.online(broker.port(), Connect.lasting(5, "other"));
                    Peer plain = Peer.online(broker.port(), 5, "plain");
                    Peer writer = Peer.online(broker.port(), 5, "writer")) {
                for (Peer peer : List.of(full, other, plain)) {
                    peer.subscribe(1, "t");
                }
                for (int i = 0; i < 3; i++) {
                    writer.publish("t", "m" + i);
                    acknowledge(other, "m" + i);
                    acknowledge(plain, "m" + i);
                }
                full.expectPublish("m0");
                writer.send(Bytes.publish(5, "t", "zero", 0, 0));
                full.expectPublish("zero");
                full.ping();
            }
        });
    }

    @Test
    @DisplayName("drop_oldest after a reconnect with a smaller window: what is in flight does not stop it")
    void dropOldestBehindRestored() {
        with(queue(5, "drop_oldest"), broker -> {
            try (Peer writer = Peer.online(broker.port(), 5, "writer")) {
                Peer before =
                        Peer.online(broker.port(), Connect.lasting(5, "reader").receiveMaximum(10));
                before.subscribe(1, "t");
                writer.publish("t", "m0").publish("t", "m1");
                before.expectPublish("m0");
                before.expectPublish("m1");
                before.close();
                try (Peer reader =
                        Peer.online(broker.port(), Connect.lasting(5, "reader").receiveMaximum(1))) {
                    int first = reader.expectPublish("m0").packetId();
                    for (int i = 2; i < 30; i++) {
                        writer.publish("t", "m" + i);
                    }
                    assertThat(broker.subscriber("reader").queuedCount.get()).isLessThanOrEqualTo(5);
                    assertThat(broker.broker().metrics().droppedQueueFull.sum()).isEqualTo(25);
                    reader.send(Bytes.ack(Frame.PUBACK, first));
                    for (String left : List.of("m1", "m27", "m28", "m29")) {
                        acknowledge(reader, left);
                    }
                    reader.ping();
                }
            }
        });
    }

    @Test
    @DisplayName("drop_oldest under a flood past a session that acknowledges nothing: the bound holds, the newest stay")
    void dropOldestUnderFlood() {
        int batch = 500;
        int count = 40 * batch;
        with(queue(1_000, "drop_oldest") + ", \"memory_queue\": {\"count_max\": 100}", broker -> {
            Connect connect = Connect.lasting(5, "reader").receiveMaximum(1);
            try (Peer reader = Peer.online(broker.port(), connect);
                    Peer writer = Peer.online(broker.port(), 4, "writer")) {
                reader.subscribe(1, "t");
                Subscriber session = broker.subscriber("reader");
                int most = 0;
                for (int n = 0; n < count; n += batch) {
                    for (int i = 0; i < batch; i++) {
                        writer.send(Bytes.publish(4, "t", "m" + (n + i), 1, i + 1));
                    }
                    for (int i = 0; i < batch; i++) {
                        writer.expect(Frame.PUBACK, i + 1);
                        most = Math.max(most, session.queuedCount.get());
                    }
                }
                assertThat(most)
                        .as("besides what is on its way between two loops")
                        .isLessThanOrEqualTo(1_000 + 2 * batch);
                Wait.until("the bound holds", () -> session.queuedCount.get() <= 1_000);
                acknowledge(reader, "m0");
                Frame next = reader.expect(Frame.PUBLISH);
                reader.send(Bytes.ack(Frame.PUBACK, next.packetId()));
                int oldest = Integer.parseInt(next.payload().substring(1));
                assertThat(count - oldest)
                        .as("the store drops up to a 16th more at once")
                        .isBetween(999 - 63, 999);
                for (int n = oldest + 1; n < count; n++) {
                    acknowledge(reader, "m" + n);
                }
                reader.ping();
                assertThat(session.queuedCount).hasValue(0);
            }
        });
    }

    @ParameterizedTest(name = "policy {0}")
    @ValueSource(strings = {"drop_new", "reject_publisher", "drop_oldest"})
    @DisplayName("a member of a shared subscription whose queue is full is passed over while another has room")
    void sharedPassesOver(String policy) {
        with(queue(2, policy), broker -> {
            try (Peer stuck = Peer.online(broker.port(), Connect.lasting(5, "stuck"));
                    Peer busy = Peer.online(broker.port(), Connect.lasting(5, "busy"));
                    Peer writer = Peer.online(broker.port(), 5, "writer")) {
                stuck.subscribe(1, "$share/g/t");
                busy.subscribe(1, "$share/g/t");
                List<String> sent = new ArrayList<>();
                for (int i = 0; i < 4; i++) { // in turn
                    writer.publish("t", "m" + i);
                    sent.add(i % 2 == 0 ? "stuck" : acknowledge(busy, "m" + i));
                }
                for (int i = 4; i < 20; i++) {
                    writer.publish("t", "m" + i);
                    acknowledge(busy, "m" + i);
                }
                assertThat(sent).hasSize(4);
                stuck.expectPublish("m0");
                stuck.expectPublish("m2");
                stuck.ping();
                assertThat(broker.subscriber("stuck").queuedCount).hasValue(2);
            }
        });
    }

    @ParameterizedTest(name = "policy {0}")
    @ValueSource(strings = {"drop_new", "reject_publisher"})
    @DisplayName("when no member has room the group's queue takes it, and hands it out as soon as one has")
    void sharedWaitsForRoom(String policy) {
        with(queue(2, policy), broker -> {
            try (Peer member = Peer.online(broker.port(), Connect.lasting(5, "member"));
                    Peer writer = Peer.online(broker.port(), 5, "writer")) {
                member.subscribe(1, "$share/g/t");
                for (int i = 0; i < 9; i++) {
                    writer.publish("t", "m" + i);
                }
                Subscriber session = broker.subscriber("member");
                List<Frame> open = List.of(member.expectPublish("m0"), member.expectPublish("m1"));
                member.ping();
                assertThat(session.queuedCount).hasValue(2);
                open.forEach(f -> member.send(Bytes.ack(Frame.PUBACK, f.packetId())));
                for (int i = 2; i < 9; i++) {
                    acknowledge(member, "m" + i);
                }
                member.ping();
                assertThat(session.queuedCount).hasValue(0);
                assertThat(broker.broker().metrics().droppedQueueFull.sum()).isZero();
            }
        });
    }

    @Test
    @DisplayName("reject_publisher: when the members and the group's queue are full, the publisher is told")
    void sharedRejects() {
        with(queue(1, "reject_publisher") + ", \"shared_queue\": {\"count_max\": 1}", broker -> {
            try (Peer member = Peer.online(broker.port(), Connect.lasting(5, "member"));
                    Peer writer = Peer.online(broker.port(), 5, "writer")) {
                member.subscribe(1, "$share/g/t");
                writer.publish("t", "m0").publish("t", "m1");
                writer.send(Bytes.publish(5, "t", "m2", 1, 9));
                assertThat(writer.expect(Frame.PUBACK, 9).reason()).isEqualTo(0x97);
                acknowledge(member, "m0");
                acknowledge(member, "m1");
                writer.publish("t", "m3");
                acknowledge(member, "m3");
            }
        });
    }

    @Test
    @DisplayName("shared_queue.count_max also counts for what a durable member had when its session ended")
    void givenBack() {
        with("\"shared_queue\": {\"count_max\": 2}", broker -> {
            try (Peer writer = Peer.online(broker.port(), 5, "writer")) {
                Peer heir = Peer.online(broker.port(), Connect.lasting(5, "heir"));
                Peer leaves =
                        Peer.online(broker.port(), Connect.lasting(5, "leaves").receiveMaximum(2));
                heir.subscribe(1, "$share/g/t");
                leaves.subscribe(1, "$share/g/t");
                heir.disconnect();
                for (int i = 0; i < 5; i++) {
                    writer.publish("t", "m" + i);
                }
                leaves.expectPublish("m0");
                leaves.close();
                Peer.online(broker.port(), Connect.of(5, "leaves")).disconnect(); // with a clean start
                keepsTwo(broker);
            }
        });
    }

    @Test
    @DisplayName("shared_queue.count_max also counts for what only the memory of a member had")
    void redelivered() {
        with("\"shared_queue\": {\"count_max\": 2}", broker -> {
            try (Peer writer = Peer.online(broker.port(), 5, "writer")) {
                Peer heir = Peer.online(broker.port(), Connect.lasting(5, "heir"));
                heir.subscribe(1, "$share/g/t");
                heir.disconnect();
                Peer leaves = Peer.online(broker.port(), 5, "leaves");
                leaves.subscribe(1, "$share/g/t");
                for (int i = 0; i < 5; i++) {
                    writer.publish("t", "m" + i);
                }
                leaves.expectPublish("m0");
                leaves.close();
                keepsTwo(broker);
            }
        });
    }

    private static void keepsTwo(TestBroker broker) {
        Metrics metrics = broker.broker().metrics();
        Wait.until("three are dropped", () -> metrics.droppedQueueFull.sum() == 3);
        try (Peer heir = Peer.online(broker.port(), Connect.lasting(5, "heir"))) {
            acknowledge(heir, "m0");
            acknowledge(heir, "m1");
            heir.ping();
        }
    }

    @Test
    @DisplayName("a Will is not rejected because one of its subscribers has no room: the others get it, once")
    void willUnderRejectPublisher() {
        with(queue(1, "reject_publisher"), broker -> {
            Connect full = Connect.lasting(5, "full");
            Connect empty = Connect.lasting(5, "empty");
            for (Connect connect : List.of(full, empty)) {
                Peer peer = Peer.online(broker.port(), connect);
                peer.subscribe(1, "will", connect == full ? "filling" : "none");
                peer.disconnect();
            }
            try (Peer writer = Peer.online(broker.port(), 5, "writer")) {
                writer.publish("filling", "m0");
            }
            Connect lost = Connect.lasting(5, "lost").will(new Bytes.Will("will", "gone", 1, false, 0));
            Peer.online(broker.port(), lost).abort();
            Wait.until(
                    "the Will is there",
                    () -> broker.subscriber("empty").queuedCount.get() == 1);
            assertThat(broker.broker().metrics().droppedQueueFull.sum()).isEqualTo(1);
            broker.restart();
            for (Connect connect : List.of(full, empty)) {
                try (Peer peer = Peer.online(broker.port(), connect)) {
                    acknowledge(peer, connect == full ? "m0" : "gone");
                    peer.ping();
                }
            }
        });
    }

    private static String acknowledge(Peer peer, String payload) {
        peer.send(Bytes.ack(Frame.PUBACK, peer.expectPublish(payload).packetId()));
        return payload;
    }
}
