package dev.mooring.store.embedded;

import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/**
 * The rows of an open store: writes collect in one batch, reads see them. Confined to the worker thread of the store.
 *
 * <p>A read of a table that the batch has written to first hands the batch to RocksDB, without fsync. That costs some 5
 * µs, once, where a batch with an index would cost every write; and most operations never read. The one fsync at
 * {@link #commit} covers what was handed over before: the log is one file, and RocksDB syncs it from its beginning.
 */
final class Rows implements AutoCloseable {
    /** What is not written at once any more: keeps one huge batch from being held twice. */
    private static final long PENDING_BYTES_MAX = 8L << 20;

    private static final int VALUE_BUFFER_BYTES = 1 << 20;

    private final RocksDB db;
    private final Map<Table, ColumnFamilyHandle> handles;
    private final WriteBatch pending = new WriteBatch();
    private final WriteOptions lazily = new WriteOptions();
    private final WriteOptions synced = new WriteOptions().setSync(true);
    private final ReadOptions inOrder = new ReadOptions().setTotalOrderSeek(true);
    private final ReadOptions inSession = new ReadOptions().setPrefixSameAsStart(true);
    private final ByteBuffer keyBuffer = ByteBuffer.allocateDirect(1 << 18);
    private final ByteBuffer valueBuffer = ByteBuffer.allocateDirect(VALUE_BUFFER_BYTES);
    private int dirty;
    private long pendingBytes; // of keys and values, about; to ask RocksDB before each operation costs more
    private boolean unsynced;
    private long generation;
    private volatile long commit;

    /** @param commit number of the last commit in the store */
    Rows(RocksDB db, Map<Table, ColumnFamilyHandle> handles, long commit) {
        this.db = db;
        this.handles = new EnumMap<>(handles);
        this.commit = commit;
    }

    // ---- writes

    /**
     * A buffer for one value, to be filled and given to {@link #put(Table, byte[], ByteBuffer)} before the next one.
     */
    ByteBuffer value(int sizeMax) {
        return sizeMax <= VALUE_BUFFER_BYTES ? valueBuffer.clear() : ByteBuffer.allocate(sizeMax);
    }

    void put(Table table, byte[] key, ByteBuffer filled) throws RocksDBException {
        filled.flip();
        if (filled.isDirect()) {
            keyBuffer.clear().put(key).flip();
            pendingBytes += key.length + filled.remaining();
            pending.put(handle(table), keyBuffer, filled);
        } else {
            byte[] exact = new byte[filled.remaining()];
            filled.get(exact);
            pendingBytes += key.length + exact.length;
            pending.put(handle(table), key, exact);
        }
        wrote(table);
    }

    void put(Table table, byte[] key, byte[] value) throws RocksDBException {
        pendingBytes += key.length + value.length;
        pending.put(handle(table), key, value);
        wrote(table);
    }

    /** Keeps the greater of this value and the one that is there, by bytes. */
    void putGreater(Table table, byte[] key, byte[] value) throws RocksDBException {
        pendingBytes += key.length + value.length;
        pending.merge(handle(table), key, value);
        wrote(table);
    }

    void delete(Table table, byte[] key) throws RocksDBException {
        pendingBytes += key.length;
        pending.delete(handle(table), key);
        wrote(table);
    }

    /** For a row that was put at most once since it was last deleted; see {@link Table}. */
    void deleteOnce(Table table, byte[] key) throws RocksDBException {
        pendingBytes += key.length;
        pending.singleDelete(handle(table), key);
        wrote(table);
    }

    /** Deletes {@code from} to before {@code to}. Dear for readers, so only where there are very many rows. */
    void deleteRange(Table table, byte[] from, byte[] to) throws RocksDBException {
        pending.deleteRange(handle(table), from, to);
        wrote(table);
    }

    private void wrote(Table table) {
        dirty |= 1 << table.ordinal();
    }

    // ---- reads

    byte @Nullable [] get(Table table, byte[] key) throws RocksDBException {
        settle(table);
        return db.get(handle(table), key);
    }

    /** As {@link #get}, for a caller that knows that the batch does not touch this row. */
    byte @Nullable [] getSettled(Table table, byte[] key) throws RocksDBException {
        return db.get(handle(table), key);
    }

    boolean contains(Table table, byte[] key) throws RocksDBException {
        return get(table, key) != null;
    }

    /** All rows of a table in key order. The caller closes it, and asks {@link RocksIterator#status()} at the end. */
    RocksIterator scan(Table table) throws RocksDBException {
        settle(table);
        return db.newIterator(handle(table), inOrder);
    }

    /** As {@link #scan}, without what this batch wrote. */
    RocksIterator scanSettled(Table table) {
        return db.newIterator(handle(table), inOrder);
    }

    /**
     * Rows of the one session whose id begins the key that is sought; only for tables that are
     * {@link Table#bySession()}.
     */
    RocksIterator scanSession(Table table) throws RocksDBException {
        settle(table);
        return db.newIterator(handle(table), inSession);
    }

    /** Asks for a compaction some time: after this much was deleted that scans would wade through. */
    void compactSoon(Table table) throws RocksDBException {
        db.suggestCompactRange(handle(table));
    }

    /** Grows whenever pending writes have become visible to all reads. */
    long generation() {
        return generation;
    }

    private void settle(Table table) throws RocksDBException {
        if ((dirty & 1 << table.ordinal()) != 0) {
            write(lazily);
            unsynced = true;
        }
    }

    // ---- the end of a batch

    /** To be asked between operations: an operation's writes stay in one batch, so they are atomic. */
    void bound() throws RocksDBException {
        if (pendingBytes > PENDING_BYTES_MAX) {
            write(lazily);
            unsynced = true;
        }
    }

    /** Makes everything visible and, with {@code sync}, durable. @return whether there was anything to write */
    boolean commit(boolean sync) throws RocksDBException {
        if (dirty == 0 && !unsynced) {
            return false;
        }
        long next = commit + 1;
        put(Table.META, Database.COMMIT_KEY, Database.number(next));
        write(sync ? synced : lazily);
        unsynced = false;
        commit = next;
        return true;
    }

    /** Number of the last commit. Safe to ask from any thread. */
    long commit() {
        return commit;
    }

    private void write(WriteOptions how) throws RocksDBException {
        db.write(how, pending);
        pending.clear();
        pendingBytes = 0;
        dirty = 0;
        generation++;
    }

    private ColumnFamilyHandle handle(Table table) {
        ColumnFamilyHandle handle = handles.get(table);
        if (handle == null) {
            throw new IllegalStateException("table not open: " + table);
        }
        return handle;
    }

    @Override
    public void close() {
        pending.close();
        lazily.close();
        synced.close();
        inOrder.close();
        inSession.close();
    }
}
