package dev.mooring.store;

import dev.mooring.bus.Address;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place between the broker and a backend: order, group commit, retry and figures, once for all backends.
 *
 * <p><b>Group commit.</b> While the store works on one commit, batches of all loops gather; the next commit takes them
 * all, up to a bound, so one fsync serves them. What is in flight to the store at all is bounded by the senders
 * ({@link StoreClient#isFull}).
 *
 * <p><b>Cancelling.</b> A message that its subscriber acknowledges while its queue entry still waits here never reaches
 * the disk: {@link Cancelling} drops the pair. The publisher's ack is then true for the other reason that the contract
 * allows: the copy was acknowledged by its subscriber.
 *
 * <p><b>Retry.</b> Transiently failed operations are tried again, before anything newer, until the deadline; so one
 * message's operations keep their order. Then what only reads, and what hooks ask for, is answered as failed. What
 * changes the broker's own state is never given up: nobody can tell whether a write without an answer is on the disk,
 * and a session's memory and store must not part. So it stays in front of everything newer, and who waits for it is
 * told that it is late ({@link OnReply#late}).
 *
 * <p>Runs on a worker thread when the backend blocks, else on an event loop.
 */
public final class StoreVerticle extends VerticleBase {
    /** Operations that one commit may take. */
    public static final int COMMIT_OPS_MAX = 8_192;
    /** Bytes from which on a commit takes no further batch. */
    public static final long COMMIT_BYTES_MAX = 16 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(StoreVerticle.class);
    private static final long BACKOFF_MS_MIN = 20;
    private static final long BACKOFF_MS_MAX = 1_000;

    private final String pool;
    private final Store store;
    private final StoreMetrics metrics;
    private final long deadlineMs;
    private final ArrayDeque<StoreBatch> queue = new ArrayDeque<>();
    /** What is left of batches that were tried until the deadline. */
    private List<StoreBatch> late = List.of();

    private boolean busy;
    private boolean scheduled;
    private @Nullable Promise<Void> idle;

    /** @param deadlineMs how long a transiently failed operation is tried again before who waits hears of it */
    public StoreVerticle(String pool, Store store, StoreMetrics metrics, long deadlineMs) {
        this.pool = pool;
        this.store = store;
        this.metrics = metrics;
        this.deadlineMs = deadlineMs;
    }

    @Override
    public Future<?> start() {
        return store.open()
                .compose(v -> vertx.eventBus()
                        .<StoreBatch>localConsumer(Address.store(pool), m -> receive(m.body()))
                        .completion());
    }

    /** What was received is applied first; but a store that fails until one more deadline does not hold up the stop. */
    @Override
    public Future<?> stop() {
        Promise<Void> whenIdle = Promise.promise();
        idle = whenIdle;
        schedule();
        if (!busy && isIdle()) {
            whenIdle.complete();
        }
        return whenIdle.future().compose(v -> store.close());
    }

    private boolean isIdle() {
        return queue.isEmpty() && late.isEmpty();
    }

    private void receive(StoreBatch batch) {
        queue.add(batch);
        metrics.queuedOps.addAndGet(batch.ops().size());
        metrics.queuedBytes.addAndGet(batch.sizeBytes());
        schedule();
    }

    /** Behind the batches that wait in this context's own queue already: they join the next commit. */
    private void schedule() {
        if (!busy && !scheduled && !isIdle()) {
            scheduled = true;
            context.runOnContext(v -> {
                scheduled = false;
                commit();
            });
        }
    }

    private void commit() {
        List<StoreBatch> fresh = new ArrayList<>();
        int ops = 0;
        long bytes = 0;
        while (!queue.isEmpty() && ops < COMMIT_OPS_MAX && bytes < COMMIT_BYTES_MAX) {
            StoreBatch batch = queue.poll();
            fresh.add(batch);
            ops += batch.ops().size();
            bytes += batch.sizeBytes();
        }
        Commit commit = new Commit(late, fresh, metrics);
        late = List.of();
        busy = true;
        apply(commit, System.currentTimeMillis() + deadlineMs, BACKOFF_MS_MIN);
    }

    private void apply(Commit commit, long deadlineAtMs, long backoffMs) {
        long startNs = System.nanoTime();
        Future<List<StoreReply>> applied;
        try {
            applied = commit.pending.isEmpty() ? Future.succeededFuture(List.of()) : store.apply(commit.pending);
        } catch (RuntimeException bug) {
            LOG.error("store {} threw; its operations are answered as failed", pool, bug);
            applied = Future.failedFuture(bug);
        }
        applied.onComplete(result -> {
            metrics.applyNs.add(System.nanoTime() - startNs);
            metrics.commits.increment();
            if (result.succeeded()) {
                commit.accept(result.result());
            } else {
                commit.fail(String.valueOf(result.cause().getMessage()));
            }
            if (commit.pending.isEmpty() || System.currentTimeMillis() >= deadlineAtMs) {
                finish(commit);
                return;
            }
            metrics.retried.add(commit.pending.size());
            degraded(commit);
            vertx.setTimer(
                    backoffMs + (long) (Math.random() * backoffMs),
                    t -> apply(commit, deadlineAtMs, Math.min(2 * backoffMs, BACKOFF_MS_MAX)));
        });
    }

    private void finish(Commit commit) {
        boolean failed = !commit.pending.isEmpty();
        String reason = commit.firstFailure;
        if (failed && idle != null) {
            LOG.error("store {} stops with operations that it could not apply: {}", pool, reason);
            queue.clear();
        }
        late = commit.answer(vertx.eventBus(), metrics, idle != null);
        state(failed ? StoreMetrics.State.DOWN : StoreMetrics.State.CONNECTED, reason);
        busy = false;
        schedule();
        if (idle != null && isIdle()) {
            idle.tryComplete();
        }
    }

    private void degraded(Commit commit) {
        if (metrics.state == StoreMetrics.State.CONNECTED) {
            state(StoreMetrics.State.DEGRADED, commit.firstFailure);
        }
    }

    private void state(StoreMetrics.State next, String reason) {
        if (metrics.state != next) {
            if (next == StoreMetrics.State.CONNECTED) {
                LOG.info("store {} works again", pool);
            } else {
                LOG.warn("store {} is {}: {}", pool, next, reason);
            }
            metrics.state = next;
        }
    }
}
