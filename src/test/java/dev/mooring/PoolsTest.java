package dev.mooring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.config.Config;
import dev.mooring.redis.RedisProcess;
import io.vertx.core.Vertx;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class PoolsTest {
    @Test
    @DisplayName("a pool whose server takes the connection and says nothing is given up, with what to do")
    void silent() {
        Vertx vertx = Vertx.vertx();
        try (RedisProcess redis = RedisProcess.start()) {
            Config config = Config.of("{\"pools\": {\"r\": {\"backend\": \"redis\", \"server\": \"" + redis.server()
                    + "\"}}, \"session\": {\"pool\": \"r\"}}");
            Pools pools = new Pools(vertx, UnaryOperator.identity(), () -> config, 1);
            redis.sigstop();
            Pools.Opened opened = pools.prepare(config, Set.of()).await();
            redis.sigcont();
            assertThat(opened.failures())
                    .containsEntry("r", "pool r is not open after 1 s: see that its server answers, and reload again");
            opened.abandon();
        } finally {
            vertx.close().await();
        }
    }
}
