package dev.mooring.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.mooring.TestBroker;
import dev.mooring.store.StoreMetrics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowingConsumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The broker's own state in Redis: over a fail-over, and from one broker to the next. */
class RedisSessionsTest {
    /** Its slot has the state of the broker. */
    private static final String STATE_KEY = "mooring:{state}:sessions";

    private static TestBroker broker(String node, String pool) {
        return TestBroker.start("""
                {"node": {"name": "%s"},
                 "pools": {"state": {"backend": "redis", "command_timeout_ms": 2000, %s}},
                 "session": {"pool": "state"}, "limits": {"store_deadline_ms": 30000}}
                """.formatted(node, pool));
    }

    /** A client whose session stays, not connected. */
    private static Mqtt5BlockingClient client(TestBroker broker, String id) {
        return MqttClient.builder()
                .useMqttVersion5()
                .identifier(id)
                .serverHost("127.0.0.1")
                .serverPort(broker.port())
                .buildBlocking();
    }

    private static boolean connect(Mqtt5BlockingClient client) {
        return client.connectWith().cleanStart(false).noSessionExpiry().send().isSessionPresent();
    }

    private static void subscribe(TestBroker broker, String id, String filter, MqttQos qos) {
        Mqtt5BlockingClient client = client(broker, id);
        connect(client);
        client.subscribeWith().topicFilter(filter).qos(qos).send();
        client.disconnect();
    }

    /** Numbers by topic, as they come, until all that are expected are there or nothing comes any more. */
    private static Map<String, List<Integer>> receive(TestBroker broker, String id, int expected) throws Exception {
        Map<String, List<Integer>> byTopic = new HashMap<>();
        Mqtt5BlockingClient client = client(broker, id);
        try (Mqtt5BlockingClient.Mqtt5Publishes received = client.publishes(MqttGlobalPublishFilter.ALL)) {
            assertThat(connect(client)).as("session present").isTrue();
            Optional<Mqtt5Publish> next = received.receive(10, TimeUnit.SECONDS);
            for (int count = 1; next.isPresent(); count++) {
                Mqtt5Publish publish = next.get();
                byTopic.computeIfAbsent(publish.getTopic().toString(), t -> new ArrayList<>())
                        .add(Integer.valueOf(new String(publish.getPayloadAsBytes(), StandardCharsets.UTF_8)));
                next = received.receive(count < expected ? 10_000 : 700, TimeUnit.MILLISECONDS);
            }
        }
        client.disconnect();
        return byTopic;
    }

    private static void awaitMore(Flood flood, int more) {
        int target = flood.stored().size() + more;
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(flood.stored().size()).isGreaterThan(target));
    }

    /** All that was acknowledged, each once, and in order. */
    private static void assertHasAll(TestBroker broker, String id, Set<Integer> acknowledged) throws Exception {
        Map<String, List<Integer>> got = receive(broker, id, acknowledged.size());
        List<Integer> numbersOfAll = got.values().stream().flatMap(List::stream).toList();
        Flood.assertNoneMissing(numbersOfAll, acknowledged);
        assertThat(numbersOfAll.size())
                .as("each once")
                .isEqualTo(Set.copyOf(numbersOfAll).size());
        assertThat(got.values()).allSatisfy(numbers -> assertThat(numbers).isSorted());
    }

    @Test
    @DisplayName("Sentinel: the queue of a durable session has every acknowledged message, once, in order")
    void sentinel() throws Exception {
        try (RedisSentinels sentinels = RedisSentinels.start();
                TestBroker broker = broker(
                        "n1",
                        "\"type\": \"sentinel\", \"server\": \"%s\", \"sentinel\": \"%s\", \"min_replicas\": 1"
                                .formatted(sentinels.servers(), RedisSentinels.NAME))) {
            subscribe(broker, "durable", "flood/#", MqttQos.AT_LEAST_ONCE);
            try (Flood flood = Flood.start(broker.port(), "f")) {
                awaitMore(flood, 500);
                sentinels.awaitMasterAfter(sentinels.killMaster());
                awaitMore(flood, 500);
                assertHasAll(broker, "durable", flood.stop());
            }
        }
    }

    @Test
    @DisplayName("Cluster: likewise")
    void cluster() throws Exception {
        masterIsReplaced(cluster -> {
            RedisProcess old = cluster.killMasterOf(STATE_KEY);
            cluster.awaitMasterOf(STATE_KEY, old);
            old.restart();
        });
    }

    @Test
    @DisplayName("Cluster: a replica that was promoted by hand has not got the scripts, and gets them")
    void promotedByHand() throws Exception {
        int refused = masterIsReplaced(cluster -> {
            RedisProcess old = cluster.masterOf(STATE_KEY);
            assertThat(cluster.replicaOf(old).call("CLUSTER", "FAILOVER")).isEqualTo("OK");
            cluster.awaitMasterOf(STATE_KEY, old);
        });
        assertThat(refused).isZero();
    }

    /** In the middle of a flood for a durable session. @return messages that were refused */
    private int masterIsReplaced(ThrowingConsumer<RedisClusterProcesses> how) throws Exception {
        try (RedisClusterProcesses cluster = RedisClusterProcesses.start();
                TestBroker broker = broker(
                        "n1",
                        "\"type\": \"cluster\", \"server\": \"%s\", \"min_replicas\": 1"
                                .formatted(cluster.servers()))) {
            subscribe(broker, "durable", "flood/#", MqttQos.AT_LEAST_ONCE);
            try (Flood flood = Flood.start(broker.port(), "f")) {
                awaitMore(flood, 500);
                how.accept(cluster);
                awaitMore(flood, 500);
                assertHasAll(broker, "durable", flood.stop());
                return flood.refused();
            }
        }
    }

    @Test
    @DisplayName("a server that has forgotten the scripts is given them again")
    void scriptsForgotten() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                TestBroker broker = broker("n1", "\"server\": \"%s\"".formatted(redis.server()))) {
            subscribe(broker, "durable", "flood/#", MqttQos.AT_LEAST_ONCE);
            try (Flood flood = Flood.start(broker.port(), "f")) {
                for (int i = 0; i < 5; i++) {
                    awaitMore(flood, 200);
                    redis.call("SCRIPT", "FLUSH");
                }
                awaitMore(flood, 200);
                assertHasAll(broker, "durable", flood.stop());
                assertThat(flood.refused()).isZero();
            }
        }
    }

    @Test
    @DisplayName("killed, frozen, full and cut off in the middle of a batch: likewise, and pings and QoS 0 go on")
    void faults() throws Exception {
        try (RedisProcess redis = RedisProcess.start("appendonly yes", "appendfsync always");
                SlowProxy proxy = SlowProxy.before(redis.port());
                TestBroker broker = broker("n1", "\"server\": \"%s\"".formatted(proxy.server()))) {
            subscribe(broker, "durable", "flood/#", MqttQos.AT_LEAST_ONCE);
            StoreMetrics figures = broker.broker().storeMetrics().get("state");
            try (Flood flood = Flood.start(broker.port(), "f");
                    Prober prober = new Prober(broker.port(), figures.queuedOps::get)) {
                awaitMore(flood, 500);
                redis.kill9();
                prober.awaitDuringOutage(50);
                redis.restart();
                awaitMore(flood, 500);
                redis.sigstop();
                prober.awaitDuringOutage(150); // longer than command_timeout_ms
                redis.sigcont();
                awaitMore(flood, 200);
                redis.call("CONFIG", "SET", "maxmemory", "1");
                prober.awaitDuringOutage(50);
                redis.call("CONFIG", "SET", "maxmemory", "0");
                for (int i = 0; i < 3; i++) {
                    awaitMore(flood, 200);
                    proxy.cutAfterToServer(1_001 + 777 * i);
                    awaitMore(flood, 200);
                    proxy.cutAfterToClient(101 + 77 * i);
                }
                awaitMore(flood, 200);
                assertHasAll(broker, "durable", flood.stop());
                prober.assertUndisturbed();
            }
        }
    }

    @Test
    @DisplayName("two brokers in turn hand over sessions, queues, retained messages and what is in flight")
    void inTurn() throws Exception {
        try (RedisProcess redis = RedisProcess.start()) {
            String pool = "\"server\": \"%s\"".formatted(redis.server());
            int sent = 0;
            for (int turn = 0; turn < 4; turn++) {
                try (TestBroker broker = broker("n" + turn % 2, pool)) {
                    if (turn == 0) {
                        subscribe(broker, "one", "a/#", MqttQos.EXACTLY_ONCE);
                        subscribe(broker, "two", "a/b", MqttQos.AT_LEAST_ONCE);
                    } else {
                        assertReceives(broker, "one", sent);
                        assertReceives(broker, "two", sent);
                        assertThat(retained(broker)).isEqualTo("state of turn " + (turn - 1));
                    }
                    sent = publish(broker, sent, 300);
                    leaveInFlight(broker, "one", 10);
                    leaveInFlight(broker, "two", 300);
                    retain(broker, "state of turn " + turn);
                }
            }
        }
    }

    /** The last 300, each once; those of one QoS in order, which is all that MQTT wants. */
    private static void assertReceives(TestBroker broker, String id, int sent) throws Exception {
        List<Integer> got = receive(broker, id, 300).get("a/b");
        assertThat(got).hasSize(300);
        for (int qos = 0; qos < 2; qos++) {
            int odd = qos;
            assertThat(got.stream().filter(number -> number % 2 == odd))
                    .containsExactlyElementsOf(IntStream.range(sent - 300, sent)
                            .filter(number -> number % 2 == odd)
                            .boxed()
                            .toList());
        }
    }

    /** Takes so many messages, of both QoS, and goes without an acknowledgement. */
    private static void leaveInFlight(TestBroker broker, String id, int count) throws Exception {
        Mqtt5BlockingClient client = client(broker, id);
        try (Mqtt5BlockingClient.Mqtt5Publishes received = client.publishes(MqttGlobalPublishFilter.ALL, true)) {
            assertThat(connect(client)).as("session present").isTrue();
            for (int i = 0; i < count; i++) {
                assertThat(received.receive(10, TimeUnit.SECONDS)).isPresent();
            }
        }
        client.disconnect();
    }

    private static int publish(TestBroker broker, int from, int count) {
        Mqtt5BlockingClient client = client(broker, "publisher");
        client.connect();
        for (int i = from; i < from + count; i++) {
            client.publishWith()
                    .topic("a/b")
                    .qos(i % 2 == 0 ? MqttQos.EXACTLY_ONCE : MqttQos.AT_LEAST_ONCE)
                    .payload(Integer.toString(i).getBytes(StandardCharsets.UTF_8))
                    .send();
        }
        client.disconnect();
        return from + count;
    }

    private static void retain(TestBroker broker, String text) {
        Mqtt5BlockingClient client = client(broker, "publisher");
        client.connect();
        client.publishWith()
                .topic("state")
                .retain(true)
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload(text.getBytes(StandardCharsets.UTF_8))
                .send();
        client.disconnect();
    }

    private static String retained(TestBroker broker) throws Exception {
        Mqtt5BlockingClient client = client(broker, "reader");
        try (Mqtt5BlockingClient.Mqtt5Publishes received = client.publishes(MqttGlobalPublishFilter.ALL)) {
            client.connect();
            client.subscribeWith().topicFilter("state").send();
            String text = new String(
                    received.receive(10, TimeUnit.SECONDS).orElseThrow().getPayloadAsBytes(), StandardCharsets.UTF_8);
            client.disconnect();
            return text;
        }
    }
}
