package dev.mooring.store;

import dev.mooring.redis.RedisClusterProcesses;
import dev.mooring.redis.RedisProcess;
import dev.mooring.store.redis.RedisConfig;
import dev.mooring.store.redis.RedisStore;
import io.vertx.core.Vertx;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

class RedisClusterStoreTest extends StoreContract {
    private static RedisClusterProcesses cluster;
    private static Vertx vertx;

    @BeforeAll
    static void start() throws Exception {
        cluster = RedisClusterProcesses.start();
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stop() throws Exception {
        await(vertx.close());
        cluster.close();
    }

    @AfterEach
    void flush() throws Exception {
        for (RedisProcess node : cluster.nodes()) {
            if (node.call("ROLE").toString().contains("master")) {
                node.call("FLUSHALL");
            }
        }
    }

    @Override
    Store newStore() {
        List<String> servers = List.of(cluster.servers().split(","));
        return new OnContext(vertx, new RedisStore(vertx, RedisConfig.of(RedisConfig.Type.CLUSTER, servers, "")));
    }
}
