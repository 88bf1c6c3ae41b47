package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.TestBroker;
import dev.mooring.it.PacketClient.Received;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.core.ThrowingRunnable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three processes on one Redis, which are one broker to their clients; then one is drained, and one is killed. */
class ClusterProcessesIT {
    private static final int A = 0;
    private static final int B = 1;
    private static final int C = 2;
    private static final int[] NODES = {A, B, C};
    /** The default of {@code cluster.no_heartbeat_s}. */
    private static final int NO_HEARTBEAT_S = 10;

    private static final int DRAIN_RATE_PER_S = 20;
    private static final int DRAINED_CLIENTS = 40;
    private static final int FILTERS_OF_KILLED = 100;

    private static final int TAKEN_OVER = 0x8E;
    private static final int SHUTTING_DOWN = 0x8B;
    private static final int NO_MATCHING_SUBSCRIBERS = 0x10;

    private static final String MQTT = "\"mqtt\": {\"sys_interval_s\": 1";

    @TempDir
    private static Path folder;

    private static ClusterProcesses cluster;

    @BeforeAll
    static void start() throws IOException {
        String drain = "\"drain\": {\"rate\": " + DRAIN_RATE_PER_S + "}";
        cluster = ClusterProcesses.start(
                folder, NODES.length, NO_HEARTBEAT_S, MQTT + "}, " + drain + ", " + TestBroker.SYS_FOR_ALL);
    }

    @AfterAll
    static void stop() {
        if (cluster != null) {
            cluster.close();
        }
    }

    /** Whichever test came before: one of them has stopped a node, another one has killed one. */
    @BeforeEach
    void allUp() {
        cluster.nodes().stream().filter(node -> !node.isAlive()).forEach(MooringProcess::start);
        eventually(() -> {
            for (int node : NODES) {
                assertThat(figure(node, "cluster_peers")).isEqualTo(2);
            }
        });
    }

    private static void eventually(ThrowingRunnable assertion) {
        await().atMost(MooringProcess.PATIENCE).untilAsserted(assertion);
    }

    private static PacketClient online(int node, String name) {
        return online(node, Connect.clean(name));
    }

    private static PacketClient online(int node, Connect connect) {
        return PacketClient.online(cluster.nodes().get(node).port(), connect);
    }

    /** @param series name and labels of one of the node's metrics, without the prefix */
    private static double figure(int node, String series) {
        String all = cluster.nodes().get(node).ask("GET", "/metrics");
        Matcher line = Pattern.compile("(?m)^mooring_" + Pattern.quote(series) + " (\\S+)$")
                .matcher(all);
        assertThat(line.find()).as(series + " in:\n" + all).isTrue();
        return Double.parseDouble(line.group(1));
    }

    // ---- one broker
    // ---------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    @DisplayName("what is published on A reaches B and C, at every QoS, in order and once, with and without state")
    void reachesAll(int qos) {
        String topic = "order/" + qos;
        try (PacketClient onB = online(B, topic + "b");
                PacketClient onC = online(C, topic + "c");
                PacketClient lasting = online(C, Connect.v5(topic + "d"));
                PacketClient publisher = online(A, topic + "p")) {
            List<PacketClient> subscribers = List.of(onB, onC, lasting);
            subscribers.forEach(s -> s.subscribe("order/+", qos));
            for (int i = 0; i < 40; i++) {
                publisher.publish(topic, "m" + i, qos);
            }
            for (PacketClient subscriber : subscribers) {
                for (int i = 0; i < 40; i++) {
                    assertThat(subscriber.takePublish(topic, "m" + i).qos()).isEqualTo(qos);
                }
                assertThat(subscriber.untilPingresp()).isEmpty();
            }
        }
    }

    @Test
    @DisplayName("what is retained on A is read on B, and removed on C for all")
    void retained() {
        try (PacketClient onA = online(A, "retains");
                PacketClient onC = online(C, "removes")) {
            onA.publish("retained", "kept", 1, true);
            awaitRetained(B, List.of("kept"));
            awaitRetained(C, List.of("kept"));
            onC.publish("retained", "", 1, true);
            for (int node : NODES) {
                awaitRetained(node, List.of());
            }
        }
    }

    /** What a new subscription on the node is sent. */
    private static void awaitRetained(int node, List<String> payloads) {
        eventually(() -> {
            try (PacketClient reader = online(node, "reader of retained")) {
                List<Received> got = reader.subscribe("retained", 0).untilPingresp();
                assertThat(got).extracting(Received::payload).isEqualTo(payloads);
                assertThat(got).allMatch(Received::retain);
            }
        });
    }

    @Test
    @DisplayName("a shared subscription with members on all nodes gets each message once, and all have their turn")
    void shared() {
        try (PacketClient onA = online(A, "member a");
                PacketClient onB = online(B, "member b");
                PacketClient onC = online(C, "member c");
                PacketClient publisher = online(A, "publisher for members")) {
            List<PacketClient> members = List.of(onA, onB, onC);
            members.forEach(m -> m.subscribe("$share/g/shared", 2).subscribe("shared/end", 2));
            List<String> sent = new ArrayList<>();
            for (int i = 0; i < 60; i++) {
                publisher.publish("shared", "m" + i, 2);
                sent.add("m" + i);
            }
            publisher.publish("shared/end", "end", 2);
            List<String> all = new ArrayList<>();
            for (PacketClient member : members) {
                List<String> own = untilEnd(member);
                assertThat(own).isNotEmpty();
                all.addAll(own);
            }
            assertThat(all).containsExactlyInAnyOrderElementsOf(sent);
        }
    }

    @Test
    @DisplayName("with mqtt.shared_prefer_local, which a reload sets, members on the publisher's node get all")
    void sharedPrefersLocal() throws IOException {
        MooringProcess node = cluster.nodes().get(B);
        String before = Files.readString(node.configuration());
        Files.writeString(node.configuration(), before.replace(MQTT, MQTT + ", \"shared_prefer_local\": true"));
        node.hangUp();
        node.awaitLine(Pattern.compile("reloaded \\(.*\\): /mqtt/shared_prefer_local"));
        try (PacketClient onA = online(A, "far member a");
                PacketClient onB = online(B, "near member");
                PacketClient onC = online(C, "far member c");
                PacketClient publisher = online(B, "publisher near a member")) {
            for (PacketClient member : List.of(onA, onB, onC)) {
                member.subscribe("$share/g/near", 1).subscribe("near/end", 1);
            }
            List<String> sent = new ArrayList<>();
            for (int i = 0; i < 30; i++) {
                publisher.publish("near", "m" + i, 1);
                sent.add("m" + i);
            }
            publisher.publish("near/end", "end", 1);
            assertThat(untilEnd(onB)).isEqualTo(sent);
            assertThat(untilEnd(onA)).isEmpty();
            assertThat(untilEnd(onC)).isEmpty();
        }
    }

    /** The payloads before "end", behind which nothing may come. */
    private static List<String> untilEnd(PacketClient member) {
        List<String> payloads = new ArrayList<>();
        for (Received p = member.expect(MqttMessageType.PUBLISH);
                !p.payload().equals("end");
                p = member.expect(MqttMessageType.PUBLISH)) {
            member.finish(p);
            payloads.add(p.payload());
        }
        assertThat(member.untilPingresp()).isEmpty();
        return payloads;
    }

    @Test
    @DisplayName("the Will of a client of A whose connection is cut reaches B and C")
    void will() {
        try (PacketClient onB = online(B, "heir b").subscribe("will", 1);
                PacketClient onC = online(C, "heir c").subscribe("will", 1)) {
            online(A, Connect.clean("testator").will("will", "gone", 1, false, 0))
                    .close();
            for (PacketClient heir : List.of(onB, onC)) {
                heir.takePublish("will", "gone");
                assertThat(heir.untilPingresp()).isEmpty();
            }
        }
    }

    @Test
    @DisplayName("$SYS of every node is read on every node")
    void sys() {
        for (int node : NODES) {
            eventually(() -> {
                Map<String, String> found = new TreeMap<>();
                try (PacketClient reader = online(node, "reader of figures")) {
                    for (String filter : List.of("$SYS/brokers", "$SYS/brokers/+/stats/connections/count")) {
                        reader.subscribe(filter, 0).untilPingresp().forEach(p -> found.put(p.topic(), p.payload()));
                    }
                }
                assertThat(found).hasSize(4).containsEntry("$SYS/brokers", "node0,node1,node2");
                for (int of : NODES) {
                    assertThat(found.get("$SYS/brokers/node" + of + "/stats/connections/count"))
                            .matches("\\d+");
                }
            });
        }
    }

    @Test
    @DisplayName("who connects on B with an id that is live on A takes its session: 0x8E there, its messages here")
    void takeOver() {
        try (PacketClient publisher = online(C, "publisher for the mover");
                PacketClient onA = online(A, Connect.v5("mover").receiveMaximum(1))) {
            onA.subscribe("moves", 2);
            publisher.publish("moves", "in flight", 2).publish("moves", "queued", 2);
            Received inFlight = onA.expectPublish("moves", "in flight");
            try (PacketClient onB = online(B, Connect.v5("mover"))) {
                assertThat(onB.sessionPresent()).isTrue();
                assertThat(onA.expect(MqttMessageType.DISCONNECT).code()).isEqualTo(TAKEN_OVER);
                assertThat(onA.untilEnd()).isEmpty();
                Received again = onB.takePublish("moves", "in flight");
                assertThat(again.dup()).isTrue();
                assertThat(again.packetId()).isEqualTo(inFlight.packetId());
                onB.takePublish("moves", "queued");
                publisher.publish("moves", "live", 2);
                onB.takePublish("moves", "live");
                assertThat(onB.untilPingresp()).isEmpty();
            }
        }
    }

    // ---- nodes that go
    // ------------------------------------------------------------------------------------------------

    @Test
    @DisplayName("a node that is drained sends its clients away at its rate; the others have them, and their sessions")
    void drained() throws Exception {
        MooringProcess node = cluster.nodes().get(C);
        Queue<Long> sentAwayMs = new ConcurrentLinkedQueue<>();
        try (RunningClients clients = new RunningClients()) {
            List<PacketClient> onC = new ArrayList<>();
            for (int i = 0; i < DRAINED_CLIENTS; i++) {
                onC.add(online(C, Connect.v5("drained " + i)).subscribe("drained", 1));
            }
            long startNs = System.nanoTime();
            node.ask("POST", "/api/v1/drain");
            for (int i = 0; i < DRAINED_CLIENTS; i++) {
                int number = i;
                clients.run(() -> {
                    PacketClient client = onC.get(number);
                    assertThat(client.expect(MqttMessageType.DISCONNECT).code()).isEqualTo(SHUTTING_DOWN);
                    sentAwayMs.add((System.nanoTime() - startNs) / 1_000_000);
                    assertThat(client.untilEnd()).isEmpty();
                    client.close();
                    PacketClient back = online(number % 2 == 0 ? A : B, Connect.v5("drained " + number));
                    assertThat(back.sessionPresent()).isTrue();
                    back.takePublish("drained", "welcome");
                    back.disconnect();
                });
            }
            clients.waitFor(() -> sentAwayMs.size() == DRAINED_CLIENTS);
            try (PacketClient publisher = online(A, "publisher for the drained")) {
                publisher.publish("drained", "welcome", 1);
            }
            clients.join();
        }
        node.terminate();
        // Whatever holds the node up makes it later, never earlier: so many may have gone by then, and no more.
        List<Long> sorted = sentAwayMs.stream().sorted().toList();
        for (int i = 0; i < DRAINED_CLIENTS; i++) {
            assertThat(sorted.get(i))
                    .as("client %d of %s", i, sorted)
                    .isGreaterThanOrEqualTo(1000L * i / DRAIN_RATE_PER_S);
        }
    }

    @Test
    @DisplayName("kill -9: after cluster.no_heartbeat_s at most, the others have no route to the node any more")
    void killed() {
        try (PacketClient onB = online(B, "killed");
                PacketClient publisher = online(A, "publisher for the killed")) {
            for (int i = 0; i < FILTERS_OF_KILLED; i++) {
                onB.subscribe("killed/" + i, 1);
            }
            eventually(() -> {
                assertThat(entriesOfOthers(A)).isEqualTo(ownEntries(B) + ownEntries(C));
                assertThat(entriesOfOthers(C)).isEqualTo(ownEntries(A) + ownEntries(B));
            });
            double filtersOnA = figure(A, "subscription_filters");
            double filtersOnC = figure(C, "subscription_filters");
            assertThat(publishedTo(publisher, "killed/0")).isZero();

            cluster.nodes().get(B).kill9();
            await().atMost(Duration.ofSeconds(NO_HEARTBEAT_S)).untilAsserted(() -> {
                assertThat(figure(A, "cluster_peers")).isEqualTo(1);
                assertThat(figure(C, "cluster_peers")).isEqualTo(1);
                assertThat(entriesOfOthers(A)).isEqualTo(ownEntries(C));
                assertThat(entriesOfOthers(C)).isEqualTo(ownEntries(A));
                assertThat(figure(A, "subscription_filters")).isLessThanOrEqualTo(filtersOnA - FILTERS_OF_KILLED);
                assertThat(figure(C, "subscription_filters")).isLessThanOrEqualTo(filtersOnC - FILTERS_OF_KILLED);
            });
            for (int i = 0; i < FILTERS_OF_KILLED; i++) {
                assertThat(publishedTo(publisher, "killed/" + i)).isEqualTo(NO_MATCHING_SUBSCRIBERS);
            }
        }
    }

    private static double ownEntries(int node) {
        return figure(node, "replica_entries{of=\"own\"}");
    }

    private static double entriesOfOthers(int node) {
        return figure(node, "replica_entries{of=\"others\"}");
    }

    /** The reason code of PUBACK. */
    private static int publishedTo(PacketClient publisher, String topic) {
        int packetId = 1;
        publisher.sendPublish(topic, "x", 1, packetId, false, false);
        return publisher.expectAck(MqttMessageType.PUBACK, packetId).code();
    }
}
