package dev.mooring.store.redis;

import dev.mooring.store.StoreReply;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Response;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whose turn it is among the operations on the positions of one client, in the same batch or in those behind it.
 *
 * <p>The end of a subscription and a fetch read first and write then, so each takes a turn: it starts when all before
 * it have ended, and all behind it wait. Without it a new subscription would find the position that the end of the one
 * before is about to delete. Acknowledgements share the time between two turns, for mostly they are one command; but a
 * first one takes several, and a turn that did not wait for it would leave it a position to create.
 *
 * <p>Confined to the store's event loop; has the clients that something is under way for.
 */
final class Turns {
    private final Map<String, Turn> last = new HashMap<>();

    /** One turn, and those that share the time behind it. */
    private final class Turn {
        private final String clientId;
        private final Future<?> own;
        private int sharing;
        private @Nullable Promise<Void> sharedEnd;

        Turn(String clientId, Future<?> own) {
            this.clientId = clientId;
            this.own = own;
        }

        /** When the turn has ended, and all that share the time behind it: they begin behind it. */
        Future<?> end() {
            if (sharing == 0) {
                return own;
            }
            Promise<Void> end = Promise.promise();
            sharedEnd = end;
            return end.future();
        }

        void leave() {
            sharing--;
            if (sharing == 0 && sharedEnd != null) {
                sharedEnd.complete();
            }
            forgetIfOver();
        }

        void forgetIfOver() {
            if (sharing == 0 && own.isComplete()) {
                last.remove(clientId, this);
            }
        }
    }

    /** Starts the operation when those before it have ended. */
    Future<StoreReply> take(String clientId, Pipeline pipeline, Supplier<Future<StoreReply>> operation) {
        Turn previous = last.get(clientId);
        Future<?> before = previous == null ? Future.succeededFuture() : previous.end();
        Future<StoreReply> own = before.isComplete() ? operation.get() : before.transform(ended -> operation.get());
        pipeline.waitFor(before); // behind the line above, which sends what follows
        Turn turn = new Turn(clientId, own);
        last.put(clientId, turn);
        own.onComplete(ended -> turn.forgetIfOver());
        return own;
    }

    /**
     * Starts the operation when the last turn has ended, beside others that share.
     *
     * @param done told what the operation tells, once
     */
    void share(
            String clientId,
            Pipeline pipeline,
            Completable<@Nullable Response> done,
            Consumer<Completable<@Nullable Response>> operation) {
        Turn turn = last.computeIfAbsent(clientId, c -> new Turn(c, Future.succeededFuture()));
        turn.sharing++;
        Completable<@Nullable Response> told = (response, failure) -> {
            done.complete(response, failure);
            turn.leave();
        };
        if (turn.own.isComplete()) {
            operation.accept(told);
        } else {
            turn.own.onComplete(ended -> operation.accept(told));
            pipeline.waitFor(turn.own); // behind the line above, which sends what follows
        }
    }
}
