package dev.mooring.store;

import dev.mooring.redis.Needs;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract on the image {@code redis:7.0}. */
@Needs(Needs.Kind.DOCKER)
class RedisContainerTest extends StoreContract {
    @RegisterExtension
    static final TestRedis REDIS = TestRedis.container("redis:7.0");

    @Override
    Store newStore() {
        return REDIS.newStore();
    }
}
