package dev.mooring.store;

import dev.mooring.redis.NeedsServer;
import org.junit.jupiter.api.extension.RegisterExtension;

@NeedsServer(NeedsServer.Kind.VALKEY)
class ValkeyHooksTest extends HooksContract {
    @RegisterExtension
    static final TestRedis REDIS = TestRedis.valkey();

    @Override
    Store newStore() {
        return REDIS.newStore();
    }
}
