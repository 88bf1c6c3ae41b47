package dev.mooring.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.TestBroker;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A master dies in the middle of a flood; with min_replicas nothing acknowledged dies with it. */
class RedisFailoverTest {
    private static TestBroker broker(String pool) {
        return TestBroker.start("""
                {"pools": {"local": {"backend": "embedded"},
                           "pool1": {"backend": "redis", "min_replicas": 1, "command_timeout_ms": 2000, %s}},
                 "session": {"pool": "local"},
                 "limits": {"store_deadline_ms": 30000},
                 "hooks": {"message.publish": [
                   {"topic": "#", "action": {"function": "on_message_publish"}, "pool": "pool1"}]}}
                """.formatted(pool));
    }

    private static void awaitMore(Flood flood, int more) {
        int target = flood.stored().size() + more;
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(flood.stored().size()).isGreaterThan(target));
    }

    @Test
    @DisplayName("Sentinel: the new master has every acknowledged message, and gets the next ones")
    void sentinel() throws Exception {
        try (RedisSentinels sentinels = RedisSentinels.start();
                TestBroker broker = broker("\"type\": \"sentinel\", \"server\": \"%s\", \"sentinel\": \"%s\""
                        .formatted(sentinels.servers(), RedisSentinels.NAME));
                Flood flood = Flood.start(broker.port(), "f")) {
            awaitMore(flood, 500);
            RedisProcess old = sentinels.killMaster();
            RedisProcess now = sentinels.awaitMasterAfter(old);
            awaitMore(flood, 500);
            Set<Integer> acknowledged = flood.stop();
            assertThat(flood.refused()).isZero();
            assertThat(RedisDownTest.inRedis(now.cli())).containsAll(acknowledged);
        }
    }

    @Test
    @DisplayName("Cluster: the promoted replica has every acknowledged message, and gets the next ones")
    void cluster() throws Exception {
        try (RedisClusterProcesses cluster = RedisClusterProcesses.start();
                TestBroker broker = broker("\"type\": \"cluster\", \"server\": \"%s\"".formatted(cluster.servers()));
                Flood flood = Flood.start(broker.port(), "f")) {
            awaitMore(flood, 500);
            String key = "mqtt:msg:flood/0";
            RedisProcess old = cluster.killMasterOf(key);
            cluster.awaitMasterOf(key, old);
            old.restart(); // as a replica, without which WAIT could not be satisfied
            awaitMore(flood, 500);
            Set<Integer> acknowledged = flood.stop();
            assertThat(flood.refused()).isZero();
            Set<Integer> found = new HashSet<>();
            for (int i = 0; i < Flood.TOPICS; i++) {
                for (Object id : (List<?>) cluster.call("ZRANGE", "mqtt:msg:flood/" + i, "0", "-1")) {
                    Object payload = cluster.call("HGET", "mqtt:msg:" + id, "payload");
                    found.add(Integer.valueOf(String.valueOf(payload)));
                }
            }
            assertThat(found).containsAll(acknowledged);
        }
    }
}
