package dev.mooring.store;

import dev.mooring.redis.Needs;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The contract on the image {@code valkey/valkey:8.0}. */
@Needs(Needs.Kind.DOCKER)
class ValkeyContainerTest extends StoreContract {
    @RegisterExtension
    static final TestRedis REDIS = TestRedis.container("valkey/valkey:8.0");

    @Override
    Store newStore() {
        return REDIS.newStore();
    }
}
