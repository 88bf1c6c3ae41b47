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
 * <p><b>Several at once.</b> A store that is reached over a network gets the next commits before it has answered the
 * first, as many as {@link Store#commitsAtOnce} says.
 *
 * <p><b>Retry.</b> Transiently failed operations are tried again, before anything newer, until the deadline since they
 * were received. What was under way behind them is applied again after them, so that one message's operations keep
 * their order; this is why operations must bear repetition. Runs on a worker thread when the backend blocks, else on an
 * event loop.
 */
public final class StoreVerticle extends VerticleBase {
    /** Bytes from which on a commit takes no further batch. */
    public static final long COMMIT_BYTES_MAX = 16 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(StoreVerticle.class);
    private static final long BACKOFF_MS_MIN = 20;
    private static final long BACKOFF_MS_MAX = 1_000;

    private final String pool;
    private final Store store;
    private final StoreMetrics metrics;
    private final long deadlineMs;
    private final ArrayDeque<Received> queue = new ArrayDeque<>();
    /** Handed to the store and not answered yet, oldest first. */
    private final ArrayDeque<Commit> underWay = new ArrayDeque<>();

    private boolean repairing;
    private boolean scheduled;
    private long backoffMs = BACKOFF_MS_MIN;
    private @Nullable Promise<Void> idle;

    record Received(StoreBatch batch, long atNs) {}

    /** @param deadlineMs how long a transiently failed operation is tried again before it is answered as failed */
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

    /** What was received is applied first. */
    @Override
    public Future<?> stop() {
        Promise<Void> whenIdle = Promise.promise();
        idle = whenIdle;
        schedule();
        tellIfIdle();
        return whenIdle.future().compose(v -> store.close());
    }

    private void receive(StoreBatch batch) {
        queue.add(new Received(batch, System.nanoTime()));
        metrics.queuedOps.addAndGet(batch.ops().size());
        metrics.queuedBytes.addAndGet(batch.sizeBytes());
        schedule();
    }

    /** Behind the batches that wait in this context's own queue already: they join the next commit. */
    private void schedule() {
        if (!scheduled && mayCommit()) {
            scheduled = true;
            context.runOnContext(v -> {
                scheduled = false;
                while (mayCommit()) {
                    commit();
                }
            });
        }
    }

    private boolean mayCommit() {
        return !repairing && underWay.size() < store.commitsAtOnce() && !queue.isEmpty();
    }

    private void commit() {
        List<StoreBatch> batches = new ArrayList<>();
        int ops = 0;
        long bytes = 0;
        long receivedAtNs = System.nanoTime();
        while (!queue.isEmpty() && ops < store.commitOpsMax() && bytes < COMMIT_BYTES_MAX) {
            Received received = queue.remove();
            receivedAtNs = batches.isEmpty() ? received.atNs() : receivedAtNs;
            batches.add(received.batch());
            ops += received.batch().ops().size();
            bytes += received.batch().sizeBytes();
        }
        Commit commit = new Commit(batches, ops, receivedAtNs + deadlineMs * 1_000_000);
        metrics.cancelled.add(commit.cancelled());
        underWay.add(commit);
        apply(commit, this::settle);
    }

    private void apply(Commit commit, Runnable then) {
        long startNs = System.nanoTime();
        Future<List<StoreReply>> applied;
        try {
            applied = commit.pending().isEmpty() ? Future.succeededFuture(List.of()) : store.apply(commit.pending());
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
            then.run();
        });
    }

    /** Passes answers on, in order; when something failed for now, everything stops for the repair. */
    private void settle() {
        Commit head = underWay.peek();
        while (!repairing && head != null && head.isComplete()) {
            finish(underWay.remove());
            head = underWay.peek();
        }
        if (!repairing && underWay.stream().anyMatch(Commit::hasFailed)) {
            repairing = true;
        }
        if (repairing && underWay.stream().allMatch(Commit::isAnswered)) {
            boolean behind = false;
            for (Commit commit : underWay) {
                if (behind) {
                    commit.restart();
                }
                behind |= commit.hasFailed();
            }
            repairLater();
        }
        schedule();
    }

    private void repairLater() {
        Commit head = underWay.peek();
        if (head != null && head.hasFailed()) {
            metrics.retried.add(head.pending().size());
            degraded(head);
        }
        vertx.setTimer(backoffMs + (long) (Math.random() * backoffMs), t -> repair());
        backoffMs = Math.min(2 * backoffMs, BACKOFF_MS_MAX);
    }

    /** One commit after the other, from the first that failed: what had come after it takes effect after it again. */
    private void repair() {
        Commit head = underWay.peek();
        if (head == null) {
            repairing = false;
            schedule();
            return;
        }
        apply(head, () -> {
            if (head.isComplete() || System.nanoTime() - head.deadlineAtNs() >= 0) {
                backoffMs = head.isComplete() ? BACKOFF_MS_MIN : backoffMs;
                finish(underWay.remove());
                repair();
            } else {
                repairLater();
            }
        });
    }

    private void finish(Commit commit) {
        long failed = commit.pending().size();
        metrics.failed.add(failed + commit.refused());
        metrics.applied.add(commit.operations() - failed - commit.refused());
        state(failed > 0 ? StoreMetrics.State.DOWN : StoreMetrics.State.CONNECTED, commit.firstFailure());
        for (StoreBatch batch : commit.batches()) {
            metrics.queuedOps.addAndGet(-batch.ops().size());
            metrics.queuedBytes.addAndGet(-batch.sizeBytes());
        }
        commit.answer(vertx.eventBus());
        tellIfIdle();
    }

    private void tellIfIdle() {
        if (idle != null && queue.isEmpty() && underWay.isEmpty()) {
            idle.tryComplete();
        }
    }

    private void degraded(Commit commit) {
        if (metrics.state == StoreMetrics.State.CONNECTED) {
            state(StoreMetrics.State.DEGRADED, commit.firstFailure());
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
