package dev.mooring.store.redis;

import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is among the operations on the positions of one client: the end of a subscription and a fetch read
 * first and write then, so what comes behind them, in the same batch or in the next, starts when they are done. Without
 * it a new subscription would find the position that the end of the one before is about to delete. Confined to the
 * store's event loop; has the clients that something is under way for.
 */
final class Turns {
    private final Map<String, Future<?>> last = new HashMap<>();

    /** Starts the operation when those before it have ended. */
    Future<StoreReply> take(String clientId, Pipeline pipeline, Supplier<Future<StoreReply>> operation) {
        Future<?> before = last.get(clientId);
        Future<StoreReply> own = before == null ? operation.get() : before.transform(ended -> operation.get());
        if (before != null) {
            pipeline.waitFor(before); // behind the line above, which sends what follows
        }
        if (!own.isComplete()) {
            last.put(clientId, own);
            own.onComplete(ended -> last.remove(clientId, own));
        }
        return own;
    }

    /** The last one that is under way; null: none. */
    @Nullable
    Future<?> last(String clientId) {
        return last.get(clientId);
    }
}
