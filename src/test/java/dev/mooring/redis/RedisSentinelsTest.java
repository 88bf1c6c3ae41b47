package dev.mooring.redis;

import static dev.mooring.redis.TestProcesses.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RedisSentinelsTest {
    @Test
    void aReplicaBecomesMasterWhenItIsToldToAndWhenTheMasterDies() {
        try (RedisSentinels sentinels = RedisSentinels.start()) {
            RedisProcess first = sentinels.master();
            assertThat(sentinels.replicas()).hasSize(2).doesNotContain(first);
            assertThat(sentinels.servers().split(",")).hasSize(3);
            try (RedisCli cli = first.cli()) {
                cli.call("SET", "k", "v");
                assertThat(cli.call("WAIT", 2, 5_000)).isEqualTo(2L);
            }

            RedisProcess second = sentinels.failover();
            assertThat(second).isNotSameAs(first);
            assertThat(second.call("GET", "k")).isEqualTo("v");
            eventually("the old master follows", () -> role(first).equals("slave"));

            RedisProcess dead = sentinels.killMaster();
            assertThat(dead).isSameAs(second);
            RedisProcess third = sentinels.awaitMasterAfter(dead);
            assertThat(third.call("SET", "k", "w")).isEqualTo("OK");
            dead.restart();
            eventually("the dead one follows", () -> role(dead).equals("slave"));
        }
    }

    private static Object role(RedisProcess redis) {
        return ((List<?>) redis.call("ROLE")).get(0);
    }
}
