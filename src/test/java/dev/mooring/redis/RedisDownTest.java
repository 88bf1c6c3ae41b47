package dev.mooring.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.TestBroker;
import dev.mooring.store.StoreMetrics;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * A Redis that is killed, frozen, full, read-only, slow, or loses its connections, under a flood of messages that are
 * to be stored before their PUBACK.
 */
class RedisDownTest {
    private static final String[] DURABLE = {"appendonly yes", "appendfsync always"};

    private static TestBroker broker(String server, String more) {
        return TestBroker.start("""
                {"pools": {"local": {"backend": "embedded"},
                           "pool1": {"backend": "redis", "server": "%s", "command_timeout_ms": 1500 %s}},
                 "session": {"pool": "local"},
                 "limits": {"store_deadline_ms": 3000},
                 "hooks": {"message.publish": [
                   {"topic": "#", "action": {"function": "on_message_publish"}, "pool": "pool1"}]}}
                """.formatted(server, more));
    }

    private static StoreMetrics figures(TestBroker broker) {
        return broker.broker().storeMetrics().get("pool1");
    }

    /** Payloads of all messages that a reader finds by the indexes. */
    static Set<Integer> inRedis(RedisCli redis) {
        Set<Integer> numbers = new HashSet<>();
        for (int i = 0; i < Flood.TOPICS; i++) {
            List<String> ids = redis.list("ZRANGE", "mqtt:msg:flood/" + i, "0", "-1");
            for (String id : ids) {
                String payload = redis.text("HGET", "mqtt:msg:" + id, "payload");
                assertThat(payload).as("the body of %s", id).isNotNull();
                numbers.add(Integer.valueOf(payload));
            }
        }
        return numbers;
    }

    private static void awaitMore(Flood flood, int more) {
        int target = flood.stored().size() + more;
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(flood.stored().size()).isGreaterThan(target));
    }

    @Test
    @DisplayName("killed and started again: nothing acknowledged is missing, recovery is by itself")
    void killed() throws Exception {
        try (RedisProcess redis = RedisProcess.start(DURABLE);
                TestBroker broker = broker(redis.server(), "");
                Flood flood = Flood.start(broker.port(), "f")) {
            for (int i = 0; i < 2; i++) {
                awaitMore(flood, 500);
                redis.kill9();
                assertThat(flood.ping()).isTrue();
                redis.restart();
            }
            awaitMore(flood, 500);
            Set<Integer> acknowledged = flood.stop();
            assertThat(inRedis(redis.cli())).containsAll(acknowledged);
        }
    }

    @Test
    @DisplayName("frozen for 10 s: no PUBACK, no block, bounded memory; then it goes on")
    void frozen() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                TestBroker broker = broker(redis.server(), "");
                Flood flood = Flood.start(broker.port(), "f");
                Flood other = new Flood(broker.port(), "o")) {
            awaitMore(flood, 500);
            redis.sigstop();
            long until = System.nanoTime() + Duration.ofSeconds(10).toNanos();
            int before = flood.stored().size();
            while (System.nanoTime() < until) {
                assertThat(other.ping()).isTrue();
                assertThat(flood.ping()).isTrue();
                assertThat(figures(broker).queuedOps.get()).isLessThan(1_000);
            }
            assertThat(flood.stored().size() - before)
                    .as("answers that were on their way")
                    .isLessThan(200);
            assertThat(flood.refused())
                    .as("after the deadline they hear that it failed")
                    .isPositive();
            redis.sigcont();
            awaitMore(flood, 500);
            Set<Integer> acknowledged = flood.stop();
            assertThat(inRedis(redis.cli())).containsAll(acknowledged);
        }
    }

    @Test
    @DisplayName("out of memory: refused with 0x80 after the deadline, accepted again when there is room")
    void outOfMemory() throws Exception {
        try (RedisProcess redis = RedisProcess.start("maxmemory-policy noeviction");
                TestBroker broker = broker(redis.server(), "");
                Flood flood = Flood.start(broker.port(), "f")) {
            awaitMore(flood, 100);
            redis.call("CONFIG", "SET", "maxmemory", "1");
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(flood.refused()).isPositive());
            assertThat(figures(broker).state).isEqualTo(StoreMetrics.State.DOWN);
            redis.call("CONFIG", "SET", "maxmemory", "0");
            awaitMore(flood, 500);
            assertThat(figures(broker).state).isEqualTo(StoreMetrics.State.CONNECTED);
            Set<Integer> acknowledged = flood.stop();
            assertThat(inRedis(redis.cli())).containsAll(acknowledged);
        }
    }

    @Test
    @DisplayName("a server that has become a read-only replica gets nothing, and everything once it is master again")
    void readOnly() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                TestBroker broker = broker(redis.server(), "");
                Flood flood = Flood.start(broker.port(), "f")) {
            awaitMore(flood, 100);
            redis.call("REPLICAOF", "127.0.0.1", "1");
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(flood.refused()).isPositive());
            redis.call("REPLICAOF", "NO", "ONE");
            awaitMore(flood, 500);
            Set<Integer> acknowledged = flood.stop();
            assertThat(inRedis(redis.cli())).containsAll(acknowledged);
        }
    }

    @Test
    @DisplayName("CLIENT KILL in the middle of it, again and again")
    void clientKill() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                TestBroker broker = broker(redis.server(), "");
                Flood flood = Flood.start(broker.port(), "f")) {
            for (int i = 0; i < 5; i++) {
                awaitMore(flood, 200);
                redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
            }
            awaitMore(flood, 200);
            Set<Integer> acknowledged = flood.stop();
            assertThat(flood.refused()).isZero();
            assertThat(inRedis(redis.cli())).containsAll(acknowledged);
        }
    }

    @Test
    @DisplayName("the connection is cut in the middle of a batch, in either direction")
    void cutInABatch() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                SlowProxy proxy = SlowProxy.before(redis.port());
                TestBroker broker = broker(proxy.server(), "");
                Flood flood = Flood.start(broker.port(), "f")) {
            for (int i = 0; i < 4; i++) {
                awaitMore(flood, 200);
                proxy.cutAfterToServer(1_001 + 777 * i);
                awaitMore(flood, 200);
                proxy.cutAfterToClient(101 + 77 * i);
            }
            awaitMore(flood, 200);
            Set<Integer> acknowledged = flood.stop();
            assertThat(flood.refused()).isZero();
            assertThat(inRedis(redis.cli())).containsAll(acknowledged);
        }
    }

    @Test
    @DisplayName("a slow server slows publishers, and nobody else")
    void slow() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                SlowProxy proxy = SlowProxy.before(redis.port());
                TestBroker broker = broker(proxy.server(), "");
                Flood flood = Flood.start(broker.port(), "f");
                Flood other = new Flood(broker.port(), "o")) {
            proxy.delay(100, 100);
            awaitMore(flood, 300);
            assertThat(other.ping()).isTrue();
            assertThat(flood.refused()).isZero();
            Set<Integer> acknowledged = flood.stop();
            assertThat(inRedis(redis.cli())).containsAll(acknowledged);
        }
    }
}
