package dev.mooring.store;

import dev.mooring.bus.Address;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one place between the broker and a backend: order, group commit, retry and figures, once for all backends.
 *
 * <p><b>Group commit.</b> While the store works on as many commits as it wants at once ({@link Store#commitsAtOnce}),
 * batches of all loops gather; the next commit takes them all, up to a bound, so one fsync or round trip serves them.
 * What is in flight to the store at all is bounded by the senders ({@link StoreClient#isFull}).
 *
 * <p><b>Cancelling.</b> A message that its subscriber acknowledges while its queue entry still waits here never reaches
 * the disk: {@link Cancelling} drops the pair. The publisher's ack is then true for the other reason that the contract
 * allows: the copy was acknowledged by its subscriber.
 *
 * <p><b>Retry.</b> What fails transiently is tried again with growing pauses ({@link Repeats}), and with it what came
 * after it and concerns the same session, client or topic. That waits, or is applied again if it was under way already;
 * so an operation may be applied more than once, but the last time in its order. After the deadline reads and hooks'
 * operations are answered as failed; of the broker's own writes who waits hears that they are late, and they are tried
 * until they are done.
 *
 * <p><b>In place of another.</b> A reload may open a store beside the one that it replaces. Operations that gather here
 * wait until that one has done its own, so that those of one message keep their order across both.
 *
 * <p>Batches are answered in the order they came. Runs on a worker thread when the backend blocks, else on an event
 * loop.
 */
public final class StoreVerticle extends VerticleBase {
    /** Bytes from which on a commit takes no further batch. */
    public static final long COMMIT_BYTES_MAX = 16 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(StoreVerticle.class);
    private static final long BACKOFF_MS_MIN = 20;
    private static final long BACKOFF_MS_MAX = 1_000;
    /** New operations that join an attempt to apply what failed. */
    private static final int AGAIN_OPS_MAX = 8_192;

    private static final long NS_PER_MS = 1_000_000;
    private static final long REFUSAL_NS = 1_000 * NS_PER_MS;

    private final String pool;
    private final String name;
    private final Store store;
    private final StoreMetrics metrics;
    private final LongSupplier deadlineMs;
    private final Future<?> after;
    private long received;
    /** Received and not given to the store yet. */
    private final ArrayDeque<OpenBatch> queue = new ArrayDeque<>();
    /** Given to the store, oldest first. Their answers are looked at in this order. */
    private final ArrayDeque<Commit> underWay = new ArrayDeque<>();
    /** Not answered yet, not even in part, as they came. */
    private final ArrayDeque<OpenBatch> unanswered = new ArrayDeque<>();

    private final Repeats repeats = new Repeats();
    /** Answered in part. */
    private final List<OpenBatch> late = new ArrayList<>();
    /** Nothing at all was applied the last time: what is new waits for the next attempt. */
    private boolean down;

    private boolean scheduled;
    private boolean pausing;
    private boolean againDue;
    private long backoffMs = BACKOFF_MS_MIN;
    private String lastFailure = "";
    private long refusalSaidNs = System.nanoTime() - REFUSAL_NS;
    private @Nullable Promise<Void> idle;
    private long giveUpAtNs;

    /** @param deadlineMs how long a failing operation is tried again before who waits hears of it */
    public StoreVerticle(String pool, Store store, StoreMetrics metrics, long deadlineMs) {
        this(pool, pool, store, metrics, () -> deadlineMs, Future.succeededFuture());
    }

    /**
     * @param name on the bus, for the pool may have another store there at the same time
     * @param deadlineMs asked for each batch
     * @param after before that is complete nothing is given to the store
     */
    public StoreVerticle(
            String pool, String name, Store store, StoreMetrics metrics, LongSupplier deadlineMs, Future<?> after) {
        this.pool = pool;
        this.name = name;
        this.store = store;
        this.metrics = metrics;
        this.deadlineMs = deadlineMs;
        this.after = after;
    }

    @Override
    public Future<?> start() {
        return store.open()
                .compose(v -> vertx.eventBus()
                        .<StoreBatch>localConsumer(Address.store(name), m -> receive(m.body()))
                        .completion())
                .onSuccess(v -> after.onComplete(x -> context.runOnContext(y -> schedule())));
    }

    /** What was received is applied first; but a store that fails until one more deadline does not hold up the stop. */
    @Override
    public Future<?> stop() {
        Promise<Void> whenIdle = Promise.promise();
        idle = whenIdle;
        giveUpAtNs = System.nanoTime() + deadlineNs();
        schedule();
        tellIfIdle();
        return whenIdle.future().compose(v -> store.close());
    }

    private void receive(StoreBatch batch) {
        OpenBatch open = new OpenBatch(batch, received++, System.nanoTime() + deadlineNs());
        queue.add(open);
        unanswered.add(open);
        metrics.queuedOps.addAndGet(batch.ops().size());
        metrics.queuedBytes.addAndGet(batch.sizeBytes());
        schedule();
    }

    private long deadlineNs() {
        return deadlineMs.getAsLong() * NS_PER_MS;
    }

    // ---- to the store

    /** Behind the batches that wait in this context's own queue already: they join the next commit. */
    private void schedule() {
        if (!scheduled && mayCommit()) {
            scheduled = true;
            context.runOnContext(v -> {
                scheduled = false;
                while (mayCommit()) {
                    if (againDue) {
                        againDue = false;
                        commit(repeats.begin(), AGAIN_OPS_MAX);
                    } else {
                        commit(Collections.emptyList(), store.commitOpsMax());
                    }
                }
            });
        }
    }

    private boolean mayCommit() {
        return after.isComplete()
                && underWay.size() < store.commitsAtOnce()
                && (againDue || (!down && !queue.isEmpty()));
    }

    private void commit(List<Commit.Item> again, int opsMax) {
        List<OpenBatch> fresh = new ArrayList<>();
        int ops = 0;
        long bytes = 0;
        while (!queue.isEmpty() && ops < opsMax && bytes < COMMIT_BYTES_MAX) {
            OpenBatch next = queue.remove();
            fresh.add(next);
            ops += next.batch.ops().size();
            bytes += next.batch.sizeBytes();
        }
        Commit commit = new Commit(again, fresh, repeats, underWay);
        metrics.cancelled.add(commit.cancelled);
        underWay.add(commit);
        long startNs = System.nanoTime();
        apply(commit.ops()).onComplete(result -> {
            long ns = System.nanoTime() - startNs;
            metrics.applyNs.add(ns);
            metrics.commitLatency.record(ns);
            metrics.commits.increment();
            commit.replies = result.succeeded()
                    ? result.result()
                    : Collections.nCopies(
                            commit.ops().size(),
                            new StoreReply.Failed(
                                    true, String.valueOf(result.cause().getMessage())));
            settle();
        });
    }

    private Future<List<StoreReply>> apply(List<StoreOp> ops) {
        try {
            return ops.isEmpty() ? Future.succeededFuture(List.of()) : store.apply(ops);
        } catch (RuntimeException bug) {
            LOG.error("store {} threw; its operations are tried again", pool, bug);
            return Future.failedFuture(bug);
        }
    }

    // ---- from the store

    private void settle() {
        Commit head = underWay.peek();
        while (head != null && head.replies != null) {
            underWay.remove();
            settle(head, head.replies);
            head = underWay.peek();
        }
        answer();
        if (!repeats.isEmpty() || down) {
            pause();
        }
        schedule();
        tellIfIdle();
    }

    private void settle(Commit commit, List<StoreReply> replies) {
        commit.tried();
        int refused = repeats.settle(commit.again, replies);
        int failing = 0;
        for (int i = 0; i < commit.freshCount(); i++) {
            StoreReply reply = replies.get(commit.again.size() + i);
            if (Repeats.isPassing(reply) || (!repeats.isEmpty() && repeats.precede(commit.fresh(i)))) {
                repeats.add(commit.fresh(i));
            } else {
                commit.answerFresh(i, reply);
                refused += reply instanceof StoreReply.Failed ? 1 : 0;
            }
        }
        for (int i = 0; i < replies.size(); i++) {
            if (replies.get(i) instanceof StoreReply.Failed failure) {
                if (failure.transientFault()) {
                    metrics.retried(commit.ops().get(i).kind());
                    failing++;
                    lastFailure = failure.reason();
                } else if (!failure.isReplaced()) { // else the session's authority sees to it
                    refused(commit.ops().get(i), failure.reason());
                }
            }
        }
        metrics.failed.add(refused);
        metrics.applied.add(replies.size() - failing - refused);
        metrics.retried.add(failing);
        down = failing > 0 && failing == replies.size();
        if (failing == 0 && !commit.again.isEmpty()) { // what has waited for these is next
            backoffMs = BACKOFF_MS_MIN;
        }
        if (repeats.isEmpty()) {
            backoffMs = BACKOFF_MS_MIN;
            state(StoreMetrics.State.CONNECTED);
        } else if (metrics.state == StoreMetrics.State.CONNECTED) {
            state(StoreMetrics.State.DEGRADED);
        }
    }

    /** For good: nobody will try it again. Said once a second, for it may be so with every message. */
    private void refused(StoreOp op, String reason) {
        metrics.lastFailure = op.kind() + " for " + OrderKeys.before(op) + ": " + reason;
        if (System.nanoTime() - refusalSaidNs > REFUSAL_NS) {
            refusalSaidNs = System.nanoTime();
            LOG.error("pool {} refuses {}", pool, metrics.lastFailure);
        }
    }

    /** Passes answers on in the order of the batches; those past their deadline with what there is. */
    private void answer() {
        late.removeIf(open -> {
            if (open.isComplete()) {
                open.send(vertx.eventBus());
                forget(open);
            }
            return open.isComplete();
        });
        OpenBatch head = unanswered.peek();
        while (head != null && (head.isComplete() || isOverdue(head))) {
            unanswered.remove();
            head.send(vertx.eventBus());
            if (head.isComplete()) {
                forget(head);
            } else {
                late.add(head);
            }
            head = unanswered.peek();
        }
    }

    /** Whether its deadline is over and all of it was tried; gives up what may be given up then. */
    private boolean isOverdue(OpenBatch batch) {
        if (System.nanoTime() - batch.deadlineAtNs < 0 || repeats.isEmpty()) {
            return false;
        }
        metrics.failed.add(repeats.giveUp(batch, lastFailure, false));
        state(StoreMetrics.State.DOWN);
        return batch.isComplete() || batch.wasTried();
    }

    private void forget(OpenBatch open) {
        metrics.queuedOps.addAndGet(-open.batch.ops().size());
        metrics.queuedBytes.addAndGet(-open.batch.sizeBytes());
    }

    // ---- again

    private void pause() {
        if (!pausing) {
            pausing = true;
            vertx.setTimer(backoffMs + (long) (Math.random() * backoffMs), t -> {
                pausing = false;
                again();
            });
            backoffMs = Math.min(2 * backoffMs, BACKOFF_MS_MAX);
        }
    }

    /** With what is new behind it: who waits for that has to hear in time as well. */
    private void again() {
        if (idle != null && System.nanoTime() - giveUpAtNs >= 0) {
            giveUpAll();
        } else if (repeats.isEmpty()) {
            down = false;
        } else if (underWay.stream().allMatch(commit -> commit.again.isEmpty())) {
            againDue = true;
        } else {
            pause();
        }
        schedule();
    }

    private void giveUpAll() {
        LOG.error("store {} stops with operations that it could not apply: {}", pool, lastFailure);
        late.forEach(open -> repeats.giveUp(open, lastFailure, true));
        unanswered.forEach(open -> repeats.giveUp(open, lastFailure, true));
        queue.forEach(open -> open.fail(lastFailure));
        queue.clear();
        answer(); // what is under way is answered when it comes back
        tellIfIdle();
    }

    private void tellIfIdle() {
        if (idle != null && queue.isEmpty() && underWay.isEmpty() && repeats.isEmpty()) {
            idle.tryComplete();
        }
    }

    private void state(StoreMetrics.State next) {
        if (metrics.state != next) {
            if (next == StoreMetrics.State.CONNECTED) {
                LOG.info("store {} works again", pool);
            } else {
                LOG.warn("store {} is {}: {}", pool, next, lastFailure);
                metrics.lastFailure = lastFailure;
            }
            metrics.state = next;
        }
    }
}
