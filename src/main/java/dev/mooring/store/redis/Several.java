package dev.mooring.store.redis;

import dev.mooring.store.StoreReply;
import io.vertx.core.Completable;
import io.vertx.redis.client.Response;
import org.jspecify.annotations.Nullable;

/** The reply to an operation of several commands without results: the first failure, or done. One object for all. */
final class Several implements Completable<@Nullable Response> {
    private final StoreReply[] replies;
    private final int at;
    private @Nullable Throwable failure;

    /** @param at where the reply goes */
    Several(StoreReply[] replies, int at) {
        this.replies = replies;
        this.at = at;
        replies[at] = StoreReply.DONE;
    }

    /** For commands that nobody waits for. */
    static Several ignored() {
        return new Several(new StoreReply[1], 0);
    }

    @Override
    public void complete(@Nullable Response response, @Nullable Throwable cause) {
        if (cause != null && failure == null) {
            failure = cause;
            replies[at] = RedisErrors.failed(cause);
        }
    }

    /** The first; null while there is none. */
    @Nullable
    Throwable failure() {
        return failure;
    }

    boolean hasFailed() {
        return failure != null;
    }
}
