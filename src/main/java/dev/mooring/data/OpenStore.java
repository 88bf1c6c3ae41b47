package dev.mooring.data;

import dev.mooring.store.Store;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A store without a broker around it, and the Vert.x that it runs on, which ends with it. One thread asks and waits.
 * What fails for a passing reason is asked for again, for a minute: operations bear repetition.
 */
public final class OpenStore implements AutoCloseable {
    private static final long PATIENCE_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long PAUSE_MS_MAX = 1_000;
    private static final long CLOSE_S_MAX = 30;

    private final Vertx vertx;
    private final Store store;
    private final Context context;

    private OpenStore(Vertx vertx, Store store) {
        this.vertx = vertx;
        this.store = store;
        this.context = vertx.getOrCreateContext();
    }

    public static OpenStore open(Vertx vertx, Store store) throws Unusable {
        OpenStore opening = new OpenStore(vertx, store);
        try {
            opening.there(store::open);
            return opening;
        } catch (Unusable e) {
            opening.await(vertx.close());
            throw e;
        }
    }

    /** The replies in order; none of them has failed for a passing reason. */
    List<StoreReply> apply(List<StoreOp> ops) throws Unusable {
        long untilNs = System.nanoTime() + PATIENCE_NS;
        for (long pauseMs = 50; ; pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX)) {
            String failure;
            try {
                List<StoreReply> replies = there(() -> store.apply(ops));
                failure = passing(replies);
                if (failure.isEmpty()) {
                    return replies;
                }
            } catch (Unusable e) {
                failure = String.valueOf(e.getMessage());
            }
            if (System.nanoTime() - untilNs > 0) {
                throw new Unusable(failure);
            }
            await(vertx.timer(pauseMs));
        }
    }

    private static String passing(List<StoreReply> replies) {
        for (StoreReply reply : replies) {
            if (reply instanceof StoreReply.Failed failed && failed.transientFault()) {
                return failed.reason();
            }
        }
        return "";
    }

    /** For operations that are answered with this. */
    <T extends StoreReply> T ask(StoreOp op, Class<T> answer) throws Unusable {
        StoreReply reply = apply(List.of(op)).get(0);
        if (reply instanceof StoreReply.Failed failed) {
            throw new Unusable(failed.reason());
        }
        return answer.cast(reply);
    }

    /** What stood in the place of a message and was none, or was damaged, as far as the store counts it. */
    public long unreadableCount() {
        return store.unreadableMessageCount();
    }

    /** A store that blocks has this thread; any other its event loop. */
    private <T> T there(Supplier<Future<T>> call) throws Unusable {
        if (store.blocking()) {
            return await(call.get());
        }
        Promise<T> promise = Promise.promise();
        context.runOnContext(v -> call.get().onComplete(promise));
        return await(promise.future());
    }

    private <T> T await(Future<T> future) throws Unusable {
        try {
            return future.toCompletionStage().toCompletableFuture().get();
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new Unusable(String.valueOf(cause.getMessage()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Unusable("interrupted");
        }
    }

    /** Fails never: what was answered is stored. */
    @Override
    public void close() {
        try {
            there(store::close);
            await(vertx.close().timeout(CLOSE_S_MAX, TimeUnit.SECONDS));
        } catch (Unusable e) {
            org.slf4j.LoggerFactory.getLogger(OpenStore.class).warn("closing the store: {}", e.getMessage());
        }
    }
}
