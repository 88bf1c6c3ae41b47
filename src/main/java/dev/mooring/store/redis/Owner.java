package dev.mooring.store.redis;

import dev.mooring.store.StoreReply;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import org.jspecify.annotations.Nullable;

/** Who asks for an operation that only the owner of a session may ask for: see {@code guard.lua}. */
record Owner(long sessionId, long epoch) {
    private static final String GONE = "none";

    /** What a guarded script has answered. */
    StoreReply reply(@Nullable Response answer) {
        return isRefusal(answer)
                ? StoreReply.Failed.replaced(sessionId, String.valueOf(answer), epoch)
                : StoreReply.DONE;
    }

    static boolean isRefusal(@Nullable Response answer) {
        return answer != null && answer.type() == ResponseType.BULK;
    }

    /** Whether it was refused since the session is not there any more. */
    static boolean isGone(@Nullable Response answer) {
        return isRefusal(answer) && String.valueOf(answer).equals(GONE);
    }
}
