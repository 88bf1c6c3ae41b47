package dev.mooring.redis;

import static dev.mooring.redis.TestProcesses.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RedisClusterProcessesTest {
    @Test
    void keysAreSpreadAndSurviveTheirMaster() {
        try (RedisClusterProcesses cluster = RedisClusterProcesses.start()) {
            Set<RedisProcess> masters = new HashSet<>();
            for (int i = 0; i < 50; i++) {
                assertThat(cluster.call("SET", "k" + i, i)).isEqualTo("OK");
                masters.add(cluster.masterOf("k" + i));
            }
            assertThat(masters).hasSize(3);
            assertThat(cluster.servers().split(",")).hasSize(3);
            RedisProcess other = masters.stream()
                    .filter(m -> m != cluster.masterOf("k1"))
                    .findFirst()
                    .orElseThrow();
            assertThatThrownBy(() -> other.call("GET", "k1")).hasMessageStartingWith("MOVED");
            try (RedisCli cli = cluster.masterOf("k1").cli()) {
                cli.call("SET", "k1", "kept");
                assertThat(cli.call("WAIT", 1, 5_000)).isEqualTo(1L);
            }

            RedisProcess dead = cluster.killMasterOf("k1");
            RedisProcess heir = cluster.awaitMasterOf("k1", dead);
            assertThat(heir.call("GET", "k1")).isEqualTo("kept");

            dead.restart();
            eventually("the dead one follows", () -> {
                try (RedisCli cli = dead.cli()) {
                    return cli.info("replication", "role").equals("slave");
                }
            });
        }
    }
}
