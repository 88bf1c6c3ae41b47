package dev.mooring.store.embedded;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.FlushOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.TickerType;

/** What RocksDB itself says of its memory, with many times more data than it may keep there. */
class TuningTest {
    private static final long CACHE = 1L << 20;
    private static final long BUFFERS = 2L << 20;
    private static final int VALUE = 4_096;
    private static final int ROWS = 3_000; // 12 MiB, over some tables

    private static final Table[] WRITTEN = {
        Table.SESSION, Table.QUEUE, Table.BODY, Table.RETAINED, Table.MSG, Table.LATEST
    };

    @TempDir
    Path folder;

    private Tuning tuning;
    private RocksDB db;
    private final List<ColumnFamilyHandle> handles = new ArrayList<>();

    @BeforeEach
    void open() throws RocksDBException {
        EmbeddedConfig config =
                new EmbeddedConfig(folder, EmbeddedConfig.Sync.NEVER, 100, CACHE, BUFFERS, 100_000, false);
        tuning = new Tuning(config, true);
        List<ColumnFamilyDescriptor> tables = new ArrayList<>();
        for (Table table : Table.values()) {
            tables.add(new ColumnFamilyDescriptor(table.tableName, tuning.of(table)));
        }
        db = RocksDB.open(tuning.options(), folder.toString(), tables, handles);
    }

    @AfterEach
    void close() {
        handles.forEach(ColumnFamilyHandle::close);
        db.close();
        tuning.close();
    }

    @Test
    @DisplayName("all tables together keep no more unflushed than write_buffer_bytes, and share one cache of blocks")
    void bounds() throws RocksDBException {
        assertThat(write())
                .as("most that was unflushed, one buffer being flushed beside")
                .isLessThan(2 * BUFFERS);
        try (FlushOptions wait = new FlushOptions().setWaitForFlush(true)) {
            db.flush(wait, handles);
        }
        ColumnFamilyHandle queue = handles.get(Table.QUEUE.ordinal());
        read(queue);
        for (ColumnFamilyHandle table : handles) {
            assertThat(db.getLongProperty(table, "rocksdb.block-cache-capacity"))
                    .isEqualTo(CACHE);
            assertThat(db.getLongProperty(table, "rocksdb.block-cache-usage"))
                    .as("what was read of the queues is in the cache of every table")
                    .isEqualTo(db.getLongProperty(queue, "rocksdb.block-cache-usage"))
                    .isPositive();
        }
        for (Table table : WRITTEN) {
            read(handles.get(table.ordinal()));
        }
        assertThat(db.getLongProperty(queue, "rocksdb.block-cache-usage")).isBetween(CACHE / 2, CACHE * 5 / 4);
        assertThat(tuning.statistics().getTickerCount(TickerType.BLOCK_CACHE_INDEX_ADD))
                .isPositive();
        assertThat(tuning.statistics().getTickerCount(TickerType.BLOCK_CACHE_FILTER_ADD))
                .isPositive();
    }

    /** In turn to all tables. Returns the most that was unflushed, bytes. */
    private long write() throws RocksDBException {
        Random random = new Random(1);
        byte[] key = new byte[24];
        byte[] value = new byte[VALUE];
        long most = 0;
        for (int i = 0; i < ROWS; i++) {
            random.nextBytes(key);
            random.nextBytes(value);
            db.put(handles.get(WRITTEN[i % WRITTEN.length].ordinal()), key, value);
            if (i % 16 == 0) {
                long unflushed = 0;
                for (ColumnFamilyHandle table : handles) {
                    unflushed += db.getLongProperty(table, "rocksdb.cur-size-all-mem-tables");
                }
                most = Math.max(most, unflushed);
            }
        }
        return most;
    }

    private void read(ColumnFamilyHandle table) {
        try (RocksIterator rows = db.newIterator(table)) {
            int count = 0;
            for (rows.seekToFirst(); rows.isValid(); rows.next()) {
                count++;
            }
            assertThat(count).isPositive();
        }
    }
}
