package dev.mooring.store;

import org.junit.jupiter.api.extension.RegisterExtension;

class RedisClusterStoreTest extends StoreContract {
    @RegisterExtension
    static final TestRedis REDIS = TestRedis.cluster();

    @Override
    Store newStore() {
        return REDIS.newStore();
    }
}
