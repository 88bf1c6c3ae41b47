package dev.mooring.store;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens a store. One that is needed has to be there; one that only keeps what rules want must not hold up the rest:
 * until it can be opened, which is tried again and again, its operations fail as those of a store that was lost later
 * do.
 *
 * <p>Confined to the context that opens it.
 */
public final class PatientStore implements Store {
    private static final Logger LOG = LoggerFactory.getLogger(PatientStore.class);
    private static final long PAUSE_MS_MIN = 100;
    private static final long PAUSE_MS_MAX = 5_000;

    private final Vertx vertx;
    private final String pool;
    private final Store store;
    private final StoreMetrics metrics;
    private final boolean needed;
    private final List<StoreOp> first;
    private long pauseMs = PAUSE_MS_MIN;
    private boolean opened;
    private boolean closed;

    /**
     * @param needed whether {@link #open} fails when the store is not there
     * @param first what is applied before anything else, once it is open; a failure is logged
     */
    public PatientStore(
            Vertx vertx, String pool, Store store, StoreMetrics metrics, boolean needed, List<StoreOp> first) {
        this.vertx = vertx;
        this.pool = pool;
        this.store = store;
        this.metrics = metrics;
        this.needed = needed;
        this.first = first;
    }

    /** Fails with a text that says which pool, what failed and what to do, if the store is needed. */
    @Override
    public Future<Void> open() {
        return attempt().recover(cause -> {
            if (needed) { // whoever opened it goes on without it
                return Future.succeededFuture()
                        .compose(v -> store.close())
                        .transform(x -> Future.failedFuture(text(cause)));
            }
            metrics.state = StoreMetrics.State.DOWN;
            notOpen(cause);
            openLater();
            return Future.succeededFuture();
        });
    }

    private String text(Throwable cause) {
        return "pool " + pool + " can't be opened: " + cause.getMessage();
    }

    private Future<Void> attempt() {
        return store.open().compose(v -> applyFirst()).onSuccess(v -> opened = true);
    }

    /** Without it the store is of use all the same. */
    private Future<Void> applyFirst() {
        if (first.isEmpty()) {
            return Future.succeededFuture();
        }
        return store.apply(first).transform(result -> {
            if (result.failed()) {
                LOG.warn("pool {}: {} failed: {}", pool, first, String.valueOf(result.cause()));
            } else {
                for (StoreReply reply : result.result()) {
                    if (reply instanceof StoreReply.Failed failure) {
                        LOG.warn("pool {}: {} failed: {}", pool, first, failure.reason());
                    }
                }
            }
            return Future.succeededFuture();
        });
    }

    private void openLater() {
        long pause = pauseMs / 2 + (long) (Math.random() * pauseMs);
        pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
        vertx.setTimer(pause, t -> {
            if (!closed) {
                attempt().onComplete(result -> {
                    if (result.failed()) {
                        notOpen(result.cause());
                        openLater();
                    } else {
                        LOG.info("pool {} is open now", pool);
                        metrics.state = StoreMetrics.State.CONNECTED;
                    }
                });
            }
        });
    }

    /** A reason that has not changed is not said again. */
    private void notOpen(Throwable cause) {
        String reason = text(cause);
        if (!reason.equals(metrics.lastFailure)) {
            LOG.error("{}; everything else runs, and this is tried again", reason);
        }
        metrics.lastFailure = reason;
    }

    @Override
    public Future<List<StoreReply>> apply(List<StoreOp> batch) {
        return opened ? store.apply(batch) : Future.failedFuture(metrics.lastFailure);
    }

    @Override
    public Future<Void> close() {
        closed = true;
        return store.close();
    }

    @Override
    public long droppedMessageCount() {
        return store.droppedMessageCount();
    }

    @Override
    public long unreadableMessageCount() {
        return store.unreadableMessageCount();
    }

    @Override
    public long unlistedMessageCount() {
        return store.unlistedMessageCount();
    }

    @Override
    public long refusedBySizeCount() {
        return store.refusedBySizeCount();
    }

    @Override
    public boolean blocking() {
        return store.blocking();
    }

    @Override
    public int commitsAtOnce() {
        return store.commitsAtOnce();
    }

    @Override
    public int commitOpsMax() {
        return store.commitOpsMax();
    }
}
