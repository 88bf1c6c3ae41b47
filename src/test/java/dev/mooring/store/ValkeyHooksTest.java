package dev.mooring.store;

import dev.mooring.redis.Needs;
import org.junit.jupiter.api.extension.RegisterExtension;

@Needs(Needs.Kind.VALKEY)
class ValkeyHooksTest extends HooksContract {
    @RegisterExtension
    static final TestRedis REDIS = TestRedis.valkey();

    @Override
    Store newStore() {
        return REDIS.newStore();
    }
}
