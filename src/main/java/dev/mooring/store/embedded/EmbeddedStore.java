package dev.mooring.store.embedded;

import dev.mooring.store.Store;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import dev.mooring.store.embedded.EmbeddedConfig.Sync;
import io.vertx.core.Future;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store that needs no other process. {@link Table} describes what is in it, {@link Database} how it is opened.
 *
 * <p>One {@link #apply} is one commit: its operations are put into one batch, and one fsync makes all of them durable
 * before any is answered. The caller merges what waited meanwhile into the next list, so the slower the disk, the more
 * a commit carries.
 *
 * <p>{@link #open}, {@link #apply}, {@link #clearNode} and {@link #close} block, and are called from one thread at a
 * time; the figures may be read from any thread.
 *
 * <p>When a write fails (disk full, an I/O error), nobody knows how much of it is on disk. All operations of the list
 * are answered as failed, to be repeated, and the store is opened anew from what the disk has, at most once a second.
 */
public final class EmbeddedStore implements Store {
    /** Of the layout on disk. */
    public static final int FORMAT = Table.FORMAT;

    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedStore.class);
    private static final long REOPEN_INTERVAL_MS = 1000;

    private final EmbeddedConfig config;
    private final LongSupplier clock;
    private final Figures figures = new Figures();
    private volatile @Nullable Engine engine;
    private @Nullable ScheduledExecutorService syncing;
    private @Nullable String fault;
    private boolean closed = true;
    private long reopenAtNs;

    public EmbeddedStore(EmbeddedConfig config) {
        this(config, System::currentTimeMillis);
    }

    /** @param clock wall clock, milliseconds */
    public EmbeddedStore(EmbeddedConfig config, LongSupplier clock) {
        this.config = config;
        this.clock = clock;
    }

    /** Bytes on disk of all files of a store, which may come and go meanwhile. */
    public static long bytesIn(Path folder) {
        long bytes = 0;
        File[] files = folder.toFile().listFiles();
        for (File file : files == null ? new File[0] : files) {
            bytes += file.isDirectory() ? bytesIn(file.toPath()) : file.length();
        }
        return bytes;
    }

    /** Whether there is a store in this folder; one that is not there would be made when it is opened. */
    public static boolean isIn(Path folder) {
        return Folder.isStore(folder);
    }

    @Override
    public boolean blocking() {
        return true;
    }

    @Override
    public Future<Void> open() {
        try {
            long startedNs = System.nanoTime();
            start();
            closed = false;
            LOG.info(
                    "opened the embedded store {} in {} ms",
                    config.path(),
                    (System.nanoTime() - startedNs) / 1_000_000);
            return Future.succeededFuture();
        } catch (Refused | RuntimeException e) {
            return Future.failedFuture(e);
        }
    }

    private void start() throws Refused {
        Database database = Database.open(config);
        try {
            Engine opened = new Engine(database, config, figures, clock);
            opened.commit(config.sync() == Sync.ALWAYS);
            engine = opened;
        } catch (RocksDBException e) {
            database.close();
            throw Database.refused(config.path(), e);
        } catch (IOException | RuntimeException e) {
            database.close();
            throw new Refused("The embedded store " + config.path() + " cannot be read: " + e, e);
        }
        if (config.sync() == Sync.INTERVAL) {
            ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(task -> {
                Thread thread = new Thread(task, "mooring-embedded-sync");
                thread.setDaemon(true);
                return thread;
            });
            timer.scheduleWithFixedDelay(
                    this::syncNow, config.intervalMs(), config.intervalMs(), TimeUnit.MILLISECONDS);
            syncing = timer;
        }
    }

    private void syncNow() {
        Engine open = engine;
        try {
            if (open != null) {
                open.sync();
            }
        } catch (RocksDBException | IOException e) {
            figures.faults.incrementAndGet();
            LOG.error("fsync of the embedded store {} failed; it is tried again", config.path(), e);
        }
    }

    @Override
    public Future<List<StoreReply>> apply(List<StoreOp> batch) {
        if (closed) {
            return Future.succeededFuture(failed(batch, false, "the embedded store is not open"));
        }
        Engine open = ready();
        if (open == null) {
            return Future.succeededFuture(failed(batch, true, "the embedded store is down: " + fault));
        }
        List<StoreReply> replies = new ArrayList<>(batch.size());
        try {
            open.maintain();
            for (StoreOp op : batch) {
                replies.add(apply(open, op));
            }
            open.commit(config.sync() == Sync.ALWAYS);
            return Future.succeededFuture(replies);
        } catch (RocksDBException | IOException | RuntimeException e) {
            return Future.succeededFuture(failed(batch, true, down(e)));
        }
    }

    /**
     * A read that fails fails its operation only. It comes before the operation's writes, so none of them is left over.
     */
    private StoreReply apply(Engine open, StoreOp op) {
        try {
            return open.apply(op);
        } catch (RocksDBException e) {
            figures.faults.incrementAndGet();
            LOG.error("{} failed in the embedded store {}", op.kind(), config.path(), e);
            Status status = e.getStatus();
            boolean damaged = status != null && status.getCode() == Status.Code.Corruption;
            return new StoreReply.Failed(!damaged, config.path() + ": " + e.getMessage());
        } catch (IllegalArgumentException e) {
            return new StoreReply.Failed(false, String.valueOf(e.getMessage()));
        }
    }

    /** The engine, opened anew if it was given up and it is time to try. */
    private @Nullable Engine ready() {
        Engine open = engine;
        if (open != null || System.nanoTime() - reopenAtNs < 0) {
            return open;
        }
        try {
            start();
            LOG.info("the embedded store {} works again", config.path());
            fault = null;
            return engine;
        } catch (Refused | RuntimeException e) {
            down(e);
            return null;
        }
    }

    private String down(Exception e) {
        figures.faults.incrementAndGet();
        String text = String.valueOf(e.getMessage());
        if (fault == null) {
            LOG.error("the embedded store {} is down, trying again every {} ms", config.path(), REOPEN_INTERVAL_MS, e);
        } else {
            LOG.error("the embedded store {} is still down: {}", config.path(), text);
        }
        fault = text;
        reopenAtNs = System.nanoTime() + REOPEN_INTERVAL_MS * 1_000_000;
        giveUp(false);
        return text;
    }

    private void giveUp(boolean clean) {
        ScheduledExecutorService timer = syncing;
        Engine open = engine;
        engine = null;
        syncing = null;
        if (timer != null) {
            timer.shutdown();
            try {
                timer.awaitTermination(1, TimeUnit.MINUTES);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        synchronized (figures) { // who reads a figure meanwhile would read freed memory
            if (open != null) {
                open.close(clean);
            }
        }
    }

    private static List<StoreReply> failed(List<StoreOp> batch, boolean transientFault, String reason) {
        List<StoreReply> replies = new ArrayList<>(batch.size());
        StoreReply failed = new StoreReply.Failed(transientFault, reason);
        for (int i = 0; i < batch.size(); i++) {
            replies.add(failed);
        }
        return replies;
    }

    /**
     * Sets every client offline that {@code node} left behind as online; for the start of that node.
     *
     * @return how many there were
     */
    public Future<Integer> clearNode(String node, long offlineAtS) {
        Engine open = closed ? null : ready();
        if (open == null) {
            return Future.failedFuture("the embedded store is not open: " + fault);
        }
        try {
            int cleared = open.clearNode(node, offlineAtS);
            open.commit(config.sync() == Sync.ALWAYS);
            return Future.succeededFuture(cleared);
        } catch (RocksDBException | IOException e) {
            return Future.failedFuture(down(e));
        }
    }

    @Override
    public Future<Void> close() {
        closed = true;
        giveUp(true);
        return Future.succeededFuture();
    }

    // ---- figures

    /** Lists of operations made durable since the start. */
    public long commitCount() {
        return figures.commits.get();
    }

    /** Of the log, by commits and by the interval. */
    @Override
    public long fsyncCount() {
        return figures.syncs.get();
    }

    /** Rows that could not be decoded and were passed over; each time they are met. */
    public long damagedRowCount() {
        return figures.damagedRows.get();
    }

    @Override
    public long unreadableMessageCount() {
        return damagedRowCount();
    }

    @Override
    public long droppedMessageCount() {
        return figures.droppedMessages.get();
    }

    public long expiredRowCount() {
        return figures.expiredRows.get();
    }

    /** Operations and commits that failed for a reason of the disk. */
    public long faultCount() {
        return figures.faults.get();
    }

    /** Whether writes are possible, as far as is known. */
    public boolean isUp() {
        return engine != null;
    }

    /** Fsyncs of the log as RocksDB counts them since it was last opened, or 0. */
    public long walSyncCount() {
        return figure(e -> e.database.syncs());
    }

    /** Bytes of table files, or 0 while the store is down. */
    public long diskBytes() {
        return figure(e -> e.database.sum("rocksdb.total-sst-files-size"));
    }

    /** Bytes that compaction is behind by; growing without end means that the disk is too slow. */
    public long pendingCompactionBytes() {
        return figure(e -> e.database.sum("rocksdb.estimate-pending-compaction-bytes"));
    }

    /** Bytes of memory outside the Java heap that hold what is not flushed yet. */
    public long writeBufferBytes() {
        return figure(e -> e.database.sum("rocksdb.cur-size-all-mem-tables"));
    }

    /** Messages that are stored once for more than one queue. */
    public long sharedBodyCount() {
        return figure(Engine::sharedBodies);
    }

    private long figure(Figure figure) {
        synchronized (figures) {
            Engine open = engine;
            try {
                return open == null ? 0 : figure.of(open);
            } catch (RocksDBException e) {
                return 0;
            }
        }
    }

    private interface Figure {
        long of(Engine engine) throws RocksDBException;
    }
}
