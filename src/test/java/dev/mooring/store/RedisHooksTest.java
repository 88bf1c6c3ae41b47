package dev.mooring.store;

import dev.mooring.store.redis.RedisConfig;
import dev.mooring.store.redis.RedisStore;
import io.vertx.core.Vertx;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

class RedisHooksTest extends HooksContract {
    private static RedisServer server;
    private static Vertx vertx;

    @BeforeAll
    static void start() throws Exception {
        server = new RedisServer();
        vertx = Vertx.vertx();
    }

    @AfterAll
    static void stop() throws Exception {
        await(vertx.close());
        server.close();
    }

    @AfterEach
    void flush() throws Exception {
        server.flush();
    }

    @Override
    Store newStore() {
        return new OnContext(vertx, new RedisStore(vertx, RedisConfig.single(server.address())));
    }
}
