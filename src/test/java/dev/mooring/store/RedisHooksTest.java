package dev.mooring.store;

import dev.mooring.redis.RedisProcess;
import dev.mooring.store.redis.RedisConfig;
import dev.mooring.store.redis.RedisStore;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

class RedisHooksTest extends HooksContract {
    private static RedisProcess server;
    private static Vertx vertx;

    @BeforeAll
    static void start() throws Exception {
        server = RedisProcess.start();
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stop() throws Exception {
        await(vertx.close());
        server.close();
    }

    @AfterEach
    void flush() throws Exception {
        server.call("FLUSHALL");
    }

    @Override
    Store newStore() {
        return new OnContext(vertx, new RedisStore(vertx, RedisConfig.single(server.server())));
    }
}
