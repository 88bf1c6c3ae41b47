package dev.mooring.store;

import org.junit.jupiter.api.extension.RegisterExtension;

class RedisHooksTest extends HooksContract {
    @RegisterExtension
    static final TestRedis REDIS = TestRedis.single();

    @Override
    Store newStore() {
        return REDIS.newStore();
    }
}
