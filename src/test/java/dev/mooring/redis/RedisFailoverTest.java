package dev.mooring.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.TestBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * A master dies in the middle of a flood; with min_replicas nothing acknowledged dies with it, and pings and QoS 0 go
 * on.
 */
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

    private static Prober prober(TestBroker broker) {
        return new Prober(broker.port(), broker.broker().storeMetrics().get("pool1").queuedOps::get);
    }

    private static void awaitMore(Flood flood, int more) {
        int target = flood.stored().size() + more;
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(flood.stored().size()).isGreaterThan(target));
    }

    /** Payloads of all messages that a reader of all masters finds by the indexes. */
    static Set<Integer> inCluster(RedisClusterProcesses cluster) {
        List<String> ids = new ArrayList<>();
        Map<String, Integer> bodies = new HashMap<>();
        for (RedisProcess node : cluster.nodes()) {
            try (RedisCli cli = node.cli()) {
                if (!((List<?>) cli.call("ROLE")).get(0).equals("master")) {
                    continue;
                }
                for (String key : cli.list("KEYS", "mqtt:msg:*")) {
                    if (key.startsWith("mqtt:msg:flood/")) {
                        ids.addAll(cli.list("ZRANGE", key, "0", "-1"));
                    } else {
                        bodies.put(
                                key.substring("mqtt:msg:".length()), Integer.valueOf(cli.text("HGET", key, "payload")));
                    }
                }
            }
        }
        assertThat(bodies).containsKeys(ids.toArray(String[]::new));
        return ids.stream().map(bodies::get).collect(Collectors.toSet());
    }

    @Test
    @DisplayName("Sentinel: the new master has every acknowledged message, and gets the next ones")
    void sentinel() throws Exception {
        try (RedisSentinels sentinels = RedisSentinels.start();
                TestBroker broker = broker("\"type\": \"sentinel\", \"server\": \"%s\", \"sentinel\": \"%s\""
                        .formatted(sentinels.servers(), RedisSentinels.NAME));
                Flood flood = Flood.start(broker.port(), "f");
                Prober prober = prober(broker)) {
            awaitMore(flood, 500);
            RedisProcess old = sentinels.killMaster();
            RedisProcess now = sentinels.awaitMasterAfter(old);
            awaitMore(flood, 500);
            Set<Integer> acknowledged = flood.stop();
            prober.assertUndisturbed();
            assertThat(flood.refused()).isZero();
            Flood.assertNoneMissing(RedisDownTest.inRedis(now.cli()), acknowledged);
        }
    }

    @Test
    @DisplayName("Cluster: the promoted replica has every acknowledged message, and gets the next ones")
    void cluster() throws Exception {
        try (RedisClusterProcesses cluster = RedisClusterProcesses.start();
                TestBroker broker = broker("\"type\": \"cluster\", \"server\": \"%s\"".formatted(cluster.servers()));
                Flood flood = Flood.start(broker.port(), "f");
                Prober prober = prober(broker)) {
            awaitMore(flood, 500);
            String key = "mqtt:msg:flood/0";
            RedisProcess old = cluster.killMasterOf(key);
            cluster.awaitMasterOf(key, old);
            old.restart(); // as a replica, without which WAIT could not be satisfied
            awaitMore(flood, 500);
            Set<Integer> acknowledged = flood.stop();
            prober.assertUndisturbed();
            assertThat(flood.refused()).isZero();
            Flood.assertNoneMissing(inCluster(cluster), acknowledged);
        }
    }
}
