package dev.mooring.store.embedded;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.LiveFileMetaData;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.TickerType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open RocksDB and its folder.
 *
 * <p>Opening has one duty above all: never to come up with less than was acknowledged and not say so. RocksDB by itself
 * would, in four cases, which are looked for before it may change a file:
 *
 * <ul>
 *   <li>A log whose end is damaged or gone looks like one that a crash cut short. It is first read without writing, and
 *       the number of the last commit, which each commit writes, must reach the {@link CommitMark}. All tables are
 *       flushed together, or a table could hold that number while others still had theirs only in the log. (The
 *       recovery mode is "tolerate corrupted tail records", which refuses damage in the middle. "Point in time",
 *       RocksDB's default, stops at the damage and calls it success.)
 *   <li>A MANIFEST likewise; {@link LogFile} reads it through, to at least the length that was marked.
 *   <li>A db folder that is gone or has no CURRENT would be created anew; so it is created only where nothing ever was.
 *   <li>Files that belong to no MANIFEST are deleted at open; none is open for writing before the checks above.
 * </ul>
 *
 * <p>Damage inside a table file shows when a block is read: every block has a checksum. The operation fails then.
 */
final class Database implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(EmbeddedStore.class);
    private static final byte[] FORMAT_KEY = Keys.utf8("format");

    static final byte[] COMMIT_KEY = Keys.utf8("commit");

    final RocksDB db;
    final Map<Table, ColumnFamilyHandle> handles;
    final CommitMark mark;

    /** Number of the last commit when the store was opened. */
    final long commit;

    private final Tuning tuning;
    private final Folder folder;

    private Database(RocksDB db, Map<Table, ColumnFamilyHandle> handles, CommitMark mark, Tuning tuning, Folder folder)
            throws RocksDBException {
        this.commit = commit(db, handles);
        this.db = db;
        this.handles = handles;
        this.mark = mark;
        this.tuning = tuning;
        this.folder = folder;
    }

    static Database open(EmbeddedConfig config) throws Refused {
        Folder folder = null;
        try {
            folder = Folder.open(config.path());
            return open(config, folder);
        } catch (IOException e) {
            close(folder);
            throw new Refused(
                    "The embedded store " + config.path() + " cannot be opened: " + e
                            + ". Check the disk and the rights on the folder.",
                    e);
        } catch (Refused | RuntimeException e) {
            close(folder);
            throw e;
        }
    }

    private static Database open(EmbeddedConfig config, Folder folder) throws IOException, Refused {
        boolean fresh = isFresh(folder, config.acceptLoss());
        CommitMark mark = mark(folder, fresh, config.acceptLoss());
        Tuning tuning = new Tuning(config, fresh);
        RocksDB db = null;
        try {
            if (!fresh) {
                check(folder, mark.state(), tuning, config.acceptLoss());
            }
            Map<Table, ColumnFamilyHandle> handles = new EnumMap<>(Table.class);
            db = openDb(folder, tuning, handles, false);
            Database database = new Database(db, handles, mark, tuning, folder);
            database.format(fresh);
            if (fresh) {
                folder.syncNames();
            }
            if (config.acceptLoss()) {
                LOG.warn("the embedded store {} was opened with what could be read; accept_loss is on", folder.path);
                mark.restart(database.commit);
            }
            database.markManifest();
            return database;
        } catch (RocksDBException e) {
            release(db, tuning, mark);
            throw refused(folder.path, e);
        } catch (IOException | Refused | RuntimeException e) {
            release(db, tuning, mark);
            throw e;
        }
    }

    private static boolean isFresh(Folder folder, boolean acceptLoss) throws IOException, Refused {
        if (folder.hasDb()) {
            return folder.manifest() == null
                    && folder.hasMark()
                    && CommitMark.read(folder.markPath).commit() == 0;
        }
        if (folder.hasMark() && CommitMark.read(folder.markPath).commit() > 0 && !acceptLoss) {
            throw damaged(folder, "its database is gone, the folder db is missing or empty", null);
        }
        return true;
    }

    private static CommitMark mark(Folder folder, boolean fresh, boolean acceptLoss) throws IOException, Refused {
        if (folder.hasMark()) {
            try {
                return CommitMark.open(folder.markPath);
            } catch (IOException e) {
                if (!acceptLoss) {
                    throw damaged(folder, "its file MARK, which says how much must be there, is damaged", e);
                }
                Files.delete(folder.markPath);
            }
        } else if (!fresh && !acceptLoss) {
            throw damaged(folder, "its file MARK, which says how much must be there, is missing", null);
        }
        return CommitMark.create(folder.markPath);
    }

    /**
     * Changes nothing in the folder, but that it removes table files which are in no MANIFEST, once all is found well:
     * RocksDB would too, but only after it has opened; on a full disk each try would leave one more.
     */
    private static void check(Folder folder, CommitMark.State mark, Tuning tuning, boolean acceptLoss)
            throws IOException, Refused, RocksDBException {
        String manifestFault = manifestFault(folder.manifest(), mark);
        if (manifestFault != null && !acceptLoss) {
            throw damaged(folder, manifestFault, null);
        }
        Path log = folder.newestLog();
        long whole = log == null ? 0 : LogFile.wholeBytes(log);
        long size = log == null ? 0 : Files.size(log);
        Map<Table, ColumnFamilyHandle> handles = new EnumMap<>(Table.class);
        Set<String> live = new HashSet<>();
        try (RocksDB db = openDb(folder, tuning, handles, true)) {
            long found = commit(db, handles);
            handles.values().forEach(ColumnFamilyHandle::close);
            for (LiveFileMetaData file : db.getLiveFilesMetaData()) {
                live.add(file.fileName().substring(file.fileName().lastIndexOf('/') + 1));
            }
            if (found < mark.commit() && !acceptLoss) {
                throw damaged(
                        folder,
                        "commits up to number " + mark.commit() + " were acknowledged, but only those up to " + found
                                + " can be read: the log " + (log == null ? "" : log.getFileName() + " ")
                                + "is damaged, cut short or gone",
                        null);
            }
        }
        if (whole < size) {
            LOG.warn(
                    "the embedded store {} was not closed properly: dropping the last {} bytes of {}, an unfinished"
                            + " write; everything that was acknowledged after an fsync {}",
                    folder.path,
                    size - whole,
                    log == null ? "" : log.getFileName(),
                    acceptLoss ? "may not be there, as accept_loss allows" : "is there");
        }
        folder.deleteTablesExcept(live);
    }

    private static @Nullable String manifestFault(@Nullable Path manifest, CommitMark.State mark) throws IOException {
        if (manifest == null) {
            return "its file CURRENT, or the MANIFEST that it names, is damaged or missing";
        }
        long number = Folder.number(manifest);
        long whole = LogFile.wholeBytes(manifest);
        if (number < mark.manifest()) {
            return manifest.getFileName() + " is older than the one in use before, MANIFEST " + mark.manifest();
        }
        boolean same = number == mark.manifest();
        if (same && whole < mark.manifestBytes()) {
            return manifest.getFileName() + " is damaged or cut short after " + whole + " of " + mark.manifestBytes()
                    + " bytes";
        }
        return null;
    }

    private static RocksDB openDb(
            Folder folder, Tuning tuning, Map<Table, ColumnFamilyHandle> handles, boolean readOnly)
            throws RocksDBException {
        List<ColumnFamilyDescriptor> descriptors = new ArrayList<>();
        for (Table table : Table.values()) {
            descriptors.add(new ColumnFamilyDescriptor(table.tableName, tuning.of(table)));
        }
        List<ColumnFamilyHandle> opened = new ArrayList<>();
        String path = folder.db.toString();
        RocksDB db = readOnly
                ? RocksDB.openReadOnly(tuning.options(), path, descriptors, opened)
                : RocksDB.open(tuning.options(), path, descriptors, opened);
        for (Table table : Table.values()) {
            handles.put(table, opened.get(table.ordinal()));
        }
        return db;
    }

    /**
     * What to say when RocksDB fails to open or to read: a full disk is not damage, and nobody should restore for it.
     */
    static Refused refused(Path path, RocksDBException e) {
        String what = String.valueOf(e.getMessage());
        Status status = e.getStatus();
        boolean corrupt = status == null || status.getCode() == Status.Code.Corruption;
        if (corrupt || what.contains("No such file")) {
            return new Refused(damagedText(path, what), e);
        }
        return new Refused(
                "The embedded store " + path + " cannot be opened: " + what
                        + ". Check the disk (space, rights, health) and start again; the data is kept as it is.",
                e);
    }

    private static Refused damaged(Folder folder, String what, @Nullable Throwable cause) {
        String text = damagedText(folder.path, what);
        return cause == null ? new Refused(text) : new Refused(text, cause);
    }

    private static String damagedText(Path path, String what) {
        return "The embedded store " + path + " is damaged: " + what
                + ". It was not opened. Restore the folder from a backup; or, if losing what cannot be read is"
                + " acceptable, copy the folder away and start once with \"accept_loss\": true.";
    }

    private static long commit(RocksDB db, Map<Table, ColumnFamilyHandle> handles) throws RocksDBException {
        byte[] value = db.get(handles.get(Table.META), COMMIT_KEY);
        return value == null || value.length != 9 ? 0 : ByteBuffer.wrap(value).getLong(1);
    }

    static byte[] number(long n) {
        return ByteBuffer.allocate(9).put(Table.VERSION).putLong(n).array();
    }

    private void format(boolean fresh) throws RocksDBException, Refused {
        byte[] stored = db.get(handle(Table.META), FORMAT_KEY);
        if (stored == null) {
            db.put(handle(Table.META), FORMAT_KEY, number(Table.FORMAT));
        } else if (!fresh && !Arrays.equals(stored, number(Table.FORMAT))) {
            throw damaged(folder, "its database has another format than its file FORMAT says", null);
        }
    }

    /** Remembers how long the MANIFEST is; cheap, to be called now and then and at the end. */
    void markManifest() throws IOException {
        Path manifest = folder.manifest();
        if (manifest != null) {
            mark.manifest(Folder.number(manifest), Files.size(manifest));
        }
    }

    long syncs() {
        return tuning.statistics().getTickerCount(TickerType.WAL_FILE_SYNCED);
    }

    long sum(String property) throws RocksDBException {
        long sum = 0;
        for (ColumnFamilyHandle handle : handles.values()) {
            sum += db.getLongProperty(handle, property);
        }
        return sum;
    }

    private ColumnFamilyHandle handle(Table table) {
        ColumnFamilyHandle handle = handles.get(table);
        if (handle == null) {
            throw new IllegalStateException("table not open: " + table);
        }
        return handle;
    }

    /** With an empty write buffer, so that the next open has no log to read. */
    void closeClean(long lastCommit) {
        try (FlushOptions wait = new FlushOptions().setWaitForFlush(true)) {
            db.syncWal();
            mark.commit(lastCommit);
            db.flush(wait, new ArrayList<>(handles.values()));
            markManifest();
            mark.force();
        } catch (RocksDBException | IOException e) {
            LOG.warn(
                    "the embedded store {} could not be flushed at its end; its log is read at the next start",
                    folder.path,
                    e);
        }
        close();
    }

    /** As it is: for a store that has failed. */
    @Override
    public void close() {
        handles.values().forEach(ColumnFamilyHandle::close);
        release(db, tuning, mark);
        close(folder);
    }

    private static void release(@Nullable RocksDB db, Tuning tuning, CommitMark mark) {
        if (db != null) {
            db.close();
        }
        tuning.close();
        try {
            mark.close();
        } catch (IOException e) {
            LOG.warn("closing the commit mark", e);
        }
    }

    private static void close(@Nullable Folder folder) {
        if (folder != null) {
            try {
                folder.close();
            } catch (IOException e) {
                LOG.warn("unlocking {}", folder.path, e);
            }
        }
    }
}
