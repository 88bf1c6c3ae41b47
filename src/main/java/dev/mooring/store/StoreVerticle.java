package dev.mooring.store;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.EventBus;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
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
 * message's operations keep their order. Runs on a worker thread when the backend blocks, else on an event loop.
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
    private boolean busy;
    private boolean scheduled;
    private @Nullable Promise<Void> idle;

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
        if (!busy && queue.isEmpty()) {
            whenIdle.complete();
        }
        return whenIdle.future().compose(v -> store.close());
    }

    private void receive(StoreBatch batch) {
        queue.add(batch);
        metrics.queuedOps.addAndGet(batch.ops().size());
        metrics.queuedBytes.addAndGet(batch.sizeBytes());
        schedule();
    }

    /** Behind the batches that wait in this context's own queue already: they join the next commit. */
    private void schedule() {
        if (!busy && !scheduled && !queue.isEmpty()) {
            scheduled = true;
            context.runOnContext(v -> {
                scheduled = false;
                commit();
            });
        }
    }

    private void commit() {
        Commit commit = new Commit();
        int ops = 0;
        long bytes = 0;
        while (!queue.isEmpty() && ops < COMMIT_OPS_MAX && bytes < COMMIT_BYTES_MAX) {
            StoreBatch batch = queue.poll();
            commit.batches.add(batch);
            ops += batch.ops().size();
            bytes += batch.sizeBytes();
        }
        if (commit.batches.isEmpty()) {
            return;
        }
        commit.collect(ops);
        metrics.cancelled.add(commit.cancelled);
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
        long failed = commit.pending.size();
        metrics.failed.add(failed + commit.refused);
        metrics.applied.add(commit.total - failed - commit.refused);
        state(failed > 0 ? StoreMetrics.State.DOWN : StoreMetrics.State.CONNECTED, commit.firstFailure);
        for (StoreBatch batch : commit.batches) {
            metrics.queuedOps.addAndGet(-batch.ops().size());
            metrics.queuedBytes.addAndGet(-batch.sizeBytes());
        }
        commit.answer(vertx.eventBus());
        busy = false;
        schedule();
        if (idle != null && queue.isEmpty()) {
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

    /** The batches of one commit, their operations in order, and the answers so far. */
    private static final class Commit {
        final List<StoreBatch> batches = new ArrayList<>();
        List<StoreOp> pending = List.of();
        String firstFailure = "";
        long refused;
        int total;
        int cancelled;
        private StoreReply[] replies = {};
        private int[] positions = {}; // of the pending operations, in replies

        void collect(int ops) {
            Cancelling cancelling = new Cancelling(batches, ops);
            cancelled = cancelling.count();
            replies = new StoreReply[ops];
            positions = new int[ops];
            pending = new ArrayList<>(ops);
            total = ops;
            int at = 0;
            for (StoreBatch batch : batches) {
                for (StoreOp op : batch.ops()) {
                    StoreOp left = cancelling.left(at, op);
                    if (left == null) {
                        replies[at] = StoreReply.DONE;
                    } else {
                        positions[pending.size()] = at;
                        pending.add(left);
                    }
                    at++;
                }
            }
        }

        /** Keeps the answers; what failed transiently stays pending, in order. */
        void accept(List<StoreReply> answers) {
            List<StoreOp> again = new ArrayList<>();
            for (int i = 0; i < answers.size(); i++) {
                StoreReply reply = answers.get(i);
                replies[positions[i]] = reply;
                if (reply instanceof StoreReply.Failed failure) {
                    if (firstFailure.isEmpty()) {
                        firstFailure = failure.reason();
                    }
                    if (failure.transientFault()) {
                        positions[again.size()] = positions[i];
                        again.add(pending.get(i));
                    } else {
                        refused++;
                    }
                }
            }
            pending = again;
        }

        void fail(String reason) {
            firstFailure = reason;
            StoreReply failure = new StoreReply.Failed(true, reason);
            for (int i = 0; i < pending.size(); i++) {
                replies[positions[i]] = failure;
            }
        }

        void answer(EventBus bus) {
            List<StoreReply> all = Arrays.asList(replies);
            int at = 0;
            for (StoreBatch batch : batches) {
                int end = at + batch.ops().size();
                List<StoreReply> own = all.subList(at, end);
                bus.send(batch.replyTo(), new StoreReplies(batch.pool(), batch.sequence(), own), LocalCodec.OPTIONS);
                at = end;
            }
        }
    }
}
