package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.MessageId;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** All that rules do, as the user that docs/storage.md has: nothing is denied, in no script either. */
class RedisPermissionsTest extends HooksContract {
    @RegisterExtension
    static final TestRedis REDIS = TestRedis.restricted();

    @Override
    Store newStore() {
        return REDIS.newStore();
    }

    @Test
    @DisplayName("a topic that was seen without anything is noted")
    void emptyTopic() throws Exception {
        done(publish(1, "e/a"), new StoreOp.AckedForQueue("c", "e/a", id(1)));
        assertThat(messages(new StoreOp.FetchForQueue("c", filter("e/+"), MessageId.ZERO, 9)))
                .isEmpty();
        assertThat(REDIS.call("ZCARD", "mooring:{topics}:empty:msg")).isEqualTo(1L);
    }

    @AfterEach
    void nothingIsDenied() {
        assertThat((List<?>) REDIS.call("ACL", "LOG")).isEmpty();
    }
}
