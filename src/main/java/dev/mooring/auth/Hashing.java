package dev.mooring.auth;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.concurrent.Callable;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The threads for slow checks (password hashes, signatures) of one node, and the bound on those that wait. For all
 * threads. A check that nobody waits for any more when its turn comes is left out: after a flood of connections that
 * were given up, those that have stayed do not wait for the others.
 */
public final class Hashing {
    /** Checks that wait or run. */
    public static final int WAITING_MAX = 1_000;

    public static final int THREADS = 2;

    private final WorkerExecutor threads;
    private final int waitingMax;
    private final AtomicInteger waiting = new AtomicInteger();

    public Hashing(Vertx vertx) {
        this(vertx, WAITING_MAX);
    }

    Hashing(Vertx vertx, int waitingMax) {
        this.threads = vertx.createSharedWorkerExecutor("mooring-auth", THREADS);
        this.waitingMax = waitingMax;
    }

    /**
     * Null when too many wait already. Completes on the caller's context.
     *
     * @param gone the answer when nobody waits any more
     */
    <T> @Nullable Future<T> run(Callable<T> check, T gone, BooleanSupplier wanted) {
        if (waiting.incrementAndGet() > waitingMax) {
            waiting.decrementAndGet();
            return null;
        }
        try {
            return threads.executeBlocking(() -> wanted.getAsBoolean() ? check.call() : gone, false)
                    .onComplete(done -> waiting.decrementAndGet());
        } catch (RejectedExecutionException e) { // closed: a CONNECT during shutdown is no bug
            waiting.decrementAndGet();
            return Future.failedFuture(e);
        }
    }

    /** Checks that wait or run now. */
    public int waiting() {
        return waiting.get();
    }

    /** Checks under way may stay unanswered. */
    public Future<Void> close() {
        return threads.close();
    }
}
