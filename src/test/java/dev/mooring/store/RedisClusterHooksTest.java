package dev.mooring.store;

import org.junit.jupiter.api.extension.RegisterExtension;

class RedisClusterHooksTest extends HooksContract {
    @RegisterExtension
    static final TestRedis REDIS = TestRedis.cluster();

    @Override
    Store newStore() {
        return REDIS.newStore();
    }
}
