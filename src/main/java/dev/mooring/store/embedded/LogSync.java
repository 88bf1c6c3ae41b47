package dev.mooring.store.embedded;

import dev.mooring.store.embedded.EmbeddedConfig.Sync;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The fsyncs of an open store that no answer waits for, on a thread of their own: with {@link Sync#INTERVAL} all of
 * them; with {@link Sync#ALWAYS} those of commits that may lag, unless one that may not has come meanwhile.
 */
final class LogSync implements AutoCloseable {
    /** So long after a commit that may lag it is fsynced at the latest; then that takes as long as the disk does. */
    static final long LAG_MS = 5;

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedStore.class);

    private final Engine engine;
    private final EmbeddedConfig config;
    private final Figures figures;
    private final ScheduledExecutorService timer;
    private final AtomicBoolean due = new AtomicBoolean();
    private volatile @Nullable Exception failure;

    LogSync(Engine engine, EmbeddedConfig config, Figures figures) {
        this.engine = engine;
        this.config = config;
        this.figures = figures;
        this.timer = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread thread = new Thread(task, "mooring-embedded-sync");
            thread.setDaemon(true);
            return thread;
        });
        if (config.sync() == Sync.INTERVAL) {
            timer.scheduleWithFixedDelay(this::sync, config.intervalMs(), config.intervalMs(), TimeUnit.MILLISECONDS);
        }
    }

    /** To be called after a commit without fsync. */
    void lags() {
        if (config.sync() == Sync.ALWAYS && !engine.isSynced() && due.compareAndSet(false, true)) {
            timer.schedule(this::sync, LAG_MS, TimeUnit.MILLISECONDS);
        }
    }

    /** Why an fsync failed. With {@link Sync#ALWAYS} nobody knows then what is on the disk; see EmbeddedStore. */
    @Nullable
    Exception failure() {
        return failure;
    }

    private void sync() {
        due.set(false); // what is committed from here on may come too late for this one
        try {
            engine.sync();
        } catch (RocksDBException | IOException e) {
            if (config.sync() == Sync.ALWAYS) {
                failure = e;
                return;
            }
            figures.faults.incrementAndGet();
            LOG.error("fsync of the embedded store {} failed; it is tried again", config.path(), e);
        }
    }

    /** What is due is done, and no fsync is under way after that. */
    @Override
    public void close() {
        timer.shutdown();
        try {
            timer.awaitTermination(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
