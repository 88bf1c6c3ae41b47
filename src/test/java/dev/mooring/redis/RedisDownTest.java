package dev.mooring.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.TestBroker;
import dev.mooring.store.StoreMetrics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * A Redis that is killed, frozen, full, read-only, slow, or loses its connections, under a flood of messages that are
 * to be stored before their PUBACK. Throughout, pings are answered and messages of QoS 0 are routed.
 */
class RedisDownTest {
    private static final String PAYLOADS = """
            local payloads = {}
            for i, id in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
                payloads[i] = redis.call('HGET', 'mqtt:msg:' .. id, 'payload') or id .. ' has no body'
            end
            return payloads
            """;
    private static final String[] DURABLE = {"appendonly yes", "appendfsync always"};

    /** For faults that are to be over before anybody is refused. */
    private static final int DEADLINE_MS = 3_000;
    /** For faults that are to last until somebody is. */
    private static final int SHORT_DEADLINE_MS = 800;

    private static TestBroker broker(String server, int deadlineMs, String more) {
        return TestBroker.start("""
                {"pools": {"local": {"backend": "embedded"},
                           "pool1": {"backend": "redis", "server": "%s", "command_timeout_ms": 1500 %s}},
                 "session": {"pool": "local"},
                 "limits": {"store_deadline_ms": %d},
                 "hooks": {"message.publish": [
                   {"topic": "#", "action": {"function": "on_message_publish"}, "pool": "pool1"}]}}
                """.formatted(server, more, deadlineMs));
    }

    private static StoreMetrics figures(TestBroker broker) {
        return broker.broker().storeMetrics().get("pool1");
    }

    /** Payloads of all messages that a reader finds by the indexes; in one call a topic, for there are many. */
    static Set<Integer> inRedis(RedisCli redis) {
        Set<Integer> numbers = new HashSet<>();
        for (int i = 0; i < Flood.TOPICS; i++) {
            String index = "mqtt:msg:flood/" + i;
            for (String payload : redis.list("EVAL_RO", PAYLOADS, "1", index)) {
                assertThat(payload).as("payload of a message in %s", index).matches("\\d+");
                numbers.add(Integer.valueOf(payload));
            }
        }
        return numbers;
    }

    /** The broker on a Redis, a flood into it, and somebody who wants nothing of the store. */
    private static final class Scene implements AutoCloseable {
        final TestBroker broker;
        final Flood flood;
        final Prober prober;

        Scene(String server, String more) {
            this(server, DEADLINE_MS, more);
        }

        Scene(String server, int deadlineMs, String more) {
            broker = broker(server, deadlineMs, more);
            flood = Flood.start(broker.port(), "f");
            prober = new Prober(broker.port(), () -> figures(broker).queuedOps.get());
        }

        void awaitMore(int more) {
            int target = flood.stored().size() + more;
            await().atMost(Duration.ofSeconds(60))
                    .untilAsserted(() -> assertThat(flood.stored().size()).isGreaterThan(target));
        }

        void awaitRefused() {
            int before = flood.refused();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(flood.refused()).isGreaterThan(before));
        }

        /** Recovery was by itself, the ledger agrees with Redis, and nobody else noticed. */
        void assertGood(RedisProcess redis) throws Exception {
            awaitMore(500);
            Set<Integer> acknowledged = flood.stop();
            try (RedisCli reader = redis.cli()) {
                Flood.assertNoneMissing(inRedis(reader), acknowledged);
            }
            assertThat(prober.mostOwed())
                    .as("operations that waited: what the publisher had not acknowledged, and a turn's")
                    .isLessThan(2 * Flood.WINDOW);
            prober.assertUndisturbed();
        }

        @Override
        public void close() throws Exception {
            prober.close();
            flood.close();
            broker.close();
        }
    }

    @Test
    @DisplayName("killed and started again: nothing acknowledged is missing, recovery is by itself")
    void killed() throws Exception {
        try (RedisProcess redis = RedisProcess.start(DURABLE);
                Scene scene = new Scene(redis.server(), "")) {
            for (int i = 0; i < 2; i++) {
                scene.awaitMore(500);
                redis.kill9();
                scene.prober.awaitDuringOutage(50);
                redis.restart();
            }
            scene.assertGood(redis);
        }
    }

    @Test
    @DisplayName("stopped in order and started again")
    void restarted() throws Exception {
        try (RedisProcess redis = RedisProcess.start(DURABLE);
                Scene scene = new Scene(redis.server(), "")) {
            for (int i = 0; i < 2; i++) {
                scene.awaitMore(500);
                redis.stop();
                scene.prober.awaitDuringOutage(50);
                redis.restart();
            }
            scene.assertGood(redis);
        }
    }

    @Test
    @DisplayName("frozen for 10 s: no PUBACK, no block, bounded memory; then it goes on")
    void frozen() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                Scene scene = new Scene(redis.server(), "")) {
            scene.awaitMore(500);
            redis.sigstop();
            long sinceNs = System.nanoTime();
            int before = scene.flood.stored().size();
            while (System.nanoTime() - sinceNs < Duration.ofSeconds(10).toNanos()) {
                scene.prober.awaitDuringOutage(10);
            }
            assertThat(scene.flood.stored().size() - before)
                    .as("answers that were on their way")
                    .isLessThan(200);
            assertThat(scene.flood.refused())
                    .as("after the deadline they hear that it failed")
                    .isPositive();
            redis.sigcont();
            scene.assertGood(redis);
        }
    }

    @Test
    @DisplayName("frozen, and more publishers than the bound allows: their sockets are not read, others' are")
    void bounded() throws Exception {
        int bound = 100;
        try (RedisProcess redis = RedisProcess.start();
                TestBroker broker = TestBroker.start("""
                        {"pools": {"pool1": {"backend": "redis", "server": "%s", "command_timeout_ms": 2000}},
                         "limits": {"store_deadline_ms": 20000, "store_queue": {"ops_max": %d}},
                         "hooks": {"message.publish": [
                           {"topic": "flood/#", "action": {"function": "on_message_publish"}, "pool": "pool1"},
                           {"topic": "probe/#", "action": {"function": "on_message_store"}, "pool": "pool1"}]}}
                        """.formatted(redis.server(), bound));
                Prober prober = new Prober(
                        broker.port(), () -> figures(broker).queuedOps.get())) {
            List<Flood> floods = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                floods.add(Flood.start(broker.port(), "f" + i, i * 1_000_000));
            }
            await().until(() -> floods.stream().allMatch(f -> f.stored().size() > 100));
            redis.sigstop();
            await().until(() -> figures(broker).queuedOps.get() >= bound);
            prober.awaitDuringOutage(100);
            assertThat(prober.mostOwed())
                    .as("the bound, and what a last read of each loop had in it; not all that was sent")
                    .isBetween((long) bound, (long) floods.size() * Flood.WINDOW / 2);
            assertThat(broker.broker().metrics().droppedSteps.sum())
                    .as("steps of QoS 0 messages, which found the queue full")
                    .isPositive();
            redis.sigcont();
            Set<Integer> acknowledged = new HashSet<>();
            List<Integer> before =
                    floods.stream().map(flood -> flood.stored().size()).toList();
            for (int i = 0; i < floods.size(); i++) {
                Flood flood = floods.get(i);
                int target = before.get(i) + 100;
                await().atMost(Duration.ofSeconds(60))
                        .until(() -> flood.stored().size() > target);
            }
            for (Flood flood : floods) {
                acknowledged.addAll(flood.stop());
            }
            try (RedisCli reader = redis.cli()) {
                Flood.assertNoneMissing(inRedis(reader), acknowledged);
            }
            prober.assertUndisturbed();
            for (Flood flood : floods) {
                flood.close();
            }
        }
    }

    @Test
    @DisplayName("out of memory: refused with 0x80 after the deadline, accepted again when there is room")
    void outOfMemory() throws Exception {
        try (RedisProcess redis = RedisProcess.start("maxmemory-policy noeviction");
                Scene scene = new Scene(redis.server(), SHORT_DEADLINE_MS, "")) {
            scene.awaitMore(100);
            redis.call("CONFIG", "SET", "maxmemory", "1");
            scene.awaitRefused();
            await().until(() -> figures(scene.broker).state == StoreMetrics.State.DOWN);
            assertThat(figures(scene.broker).lastFailure).contains("OOM", "free some or raise it");
            scene.prober.awaitDuringOutage(50);
            redis.call("CONFIG", "SET", "maxmemory", "0");
            scene.assertGood(redis);
            await().until(() -> figures(scene.broker).state == StoreMetrics.State.CONNECTED);
        }
    }

    @Test
    @DisplayName("Cluster, one master out of memory: what it refuses the body of enters no index on the others")
    void outOfMemoryInACluster() throws Exception {
        try (RedisClusterProcesses cluster = RedisClusterProcesses.start();
                TestBroker broker = broker(cluster.servers(), SHORT_DEADLINE_MS, ", \"type\": \"cluster\"");
                Flood flood = Flood.start(broker.port(), "f")) {
            await().until(() -> flood.stored().size() > 100);
            RedisProcess full = cluster.masterOf("mqtt:msg:flood/1");
            full.call("CONFIG", "SET", "maxmemory", "1");
            int before = flood.refused();
            await().atMost(Duration.ofSeconds(30)).until(() -> flood.refused() > before + 20);
            flood.stop();
            await().atMost(Duration.ofSeconds(30))
                    .until(() -> figures(broker).queuedOps.get() == 0);
            int found = 0;
            for (int i = 0; i < Flood.TOPICS; i++) {
                for (Object id : (List<?>) cluster.call("ZRANGE", "mqtt:msg:flood/" + i, "0", "-1")) {
                    assertThat(cluster.call("EXISTS", "mqtt:msg:" + id))
                            .as("the body of %s", id)
                            .isEqualTo(1L);
                    found++;
                }
            }
            assertThat(found).isPositive();
        }
    }

    @Test
    @DisplayName("a server that has become a read-only replica gets nothing, and everything once it is master again")
    void readOnly() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                Scene scene = new Scene(redis.server(), SHORT_DEADLINE_MS, "")) {
            scene.awaitMore(100);
            redis.call("REPLICAOF", "127.0.0.1", "1");
            scene.awaitRefused();
            assertThat(figures(scene.broker).lastFailure).contains("READONLY", "type sentinel");
            scene.prober.awaitDuringOutage(50);
            redis.call("REPLICAOF", "NO", "ONE");
            scene.assertGood(redis);
        }
    }

    @Test
    @DisplayName(
            "a fail-over turns the master into a read-only replica while it holds our connection; min_replicas all")
    void demoted() throws Exception {
        try (RedisSentinels sentinels = RedisSentinels.start();
                Scene scene = new Scene(
                        sentinels.servers(),
                        ", \"type\": \"sentinel\", \"sentinel\": \"%s\", \"min_replicas\": 2"
                                .formatted(RedisSentinels.NAME))) {
            scene.awaitMore(500);
            RedisProcess now = sentinels.failover();
            scene.assertGood(now);
            assertThat(scene.flood.refused()).isZero();
        }
    }

    @Test
    @DisplayName("CLIENT KILL in the middle of it, again and again")
    void clientKill() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                Scene scene = new Scene(redis.server(), "")) {
            for (int i = 0; i < 5; i++) {
                scene.awaitMore(200);
                redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            }
            scene.assertGood(redis);
            assertThat(scene.flood.refused()).isZero();
        }
    }

    @Test
    @DisplayName("the connection is cut in the middle of a batch, in either direction")
    void cutInABatch() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                SlowProxy proxy = SlowProxy.before(redis.port());
                Scene scene = new Scene(proxy.server(), "")) {
            for (int i = 0; i < 4; i++) {
                scene.awaitMore(200);
                proxy.cutAfterToServer(1_001 + 777 * i);
                scene.awaitMore(200);
                proxy.cutAfterToClient(101 + 77 * i);
            }
            scene.assertGood(redis);
            assertThat(scene.flood.refused()).isZero();
        }
    }

    @Test
    @DisplayName("a slow server slows publishers, and nobody else")
    void slow() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                SlowProxy proxy = SlowProxy.before(redis.port());
                Scene scene = new Scene(proxy.server(), "")) {
            proxy.delay(100, 100);
            scene.awaitMore(300);
            scene.prober.awaitDuringOutage(50);
            scene.assertGood(redis);
            assertThat(scene.flood.refused()).isZero();
        }
    }

    @Test
    @DisplayName("min_replicas: likewise when there is an error in every batch")
    void replicaAwayAndErrors() throws Exception {
        try (RedisProcess redis = RedisProcess.start("repl-diskless-sync-delay 0");
                RedisProcess replica = RedisProcess.start("replicaof 127.0.0.1 " + redis.port());
                TestBroker broker =
                        broker(redis.server(), SHORT_DEADLINE_MS, ", \"min_replicas\": 1, \"wait_timeout_ms\": 200")) {
            redis.call("SET", "mqtt:msg:flood/7", "another program's");
            try (Flood flood = Flood.start(broker.port(), "f")) {
                await().until(() -> flood.stored().size() > 500 && flood.refused() > 50);
                replica.sigstop();
                await().untilAsserted(() -> assertThat(figures(broker).lastFailure)
                        .contains("NOREPLICAS only 0 of 1 replicas have the batch after 200 ms"));
                int refused = flood.refused();
                await().atMost(Duration.ofSeconds(30)).until(() -> flood.refused() > refused + 10);
                int before = flood.stored().size();
                await().atMost(Duration.ofSeconds(30)).until(() -> flood.refused() > refused + 2 * Flood.WINDOW);
                assertThat(flood.stored().size() - before).isZero();
                replica.sigcont();
                await().atMost(Duration.ofSeconds(30))
                        .until(() -> flood.stored().size() > before + 500);
            }
        }
    }

    @Test
    @DisplayName("min_replicas: without a replica nothing is acknowledged, with one again everything is")
    void replicaAway() throws Exception {
        try (RedisProcess redis = RedisProcess.start("repl-diskless-sync-delay 0");
                RedisProcess replica = RedisProcess.start("replicaof 127.0.0.1 " + redis.port());
                Scene scene = new Scene(
                        redis.server(), SHORT_DEADLINE_MS, ", \"min_replicas\": 1, \"wait_timeout_ms\": 200")) {
            scene.awaitMore(500);
            replica.sigstop();
            scene.awaitRefused();
            int before = scene.flood.stored().size();
            scene.prober.awaitDuringOutage(50);
            scene.awaitRefused();
            assertThat(scene.flood.stored().size() - before).isZero();
            assertThat(figures(scene.broker).lastFailure).contains("only 0 of 1 replicas");
            replica.sigcont();
            scene.assertGood(redis);
            await().untilAsserted(() -> {
                try (RedisCli reader = replica.cli()) {
                    Flood.assertNoneMissing(inRedis(reader), scene.flood.stored());
                }
            });
        }
    }
}
