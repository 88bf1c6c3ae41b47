package dev.mooring.store.embedded;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.rocksdb.AbstractImmutableNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.Statistics;
import org.rocksdb.StatsLevel;
import org.rocksdb.WALRecoveryMode;

/**
 * RocksDB's options. What holds memory or disk is bounded for the store as a whole: one block cache, index and filter
 * blocks included; one sum of write buffers; a log of four times that; and RocksDB's own text log, which fills disks if
 * it is let (HiveMQ #183), at three files of 1 MiB, warnings only.
 */
final class Tuning implements AutoCloseable {
    static {
        RocksDB.loadLibrary();
    }

    private static final long BUFFER_MAX = 32L << 20;
    private static final int SESSION_ID_BYTES = 8;
    /**
     * Where in its memory RocksDB put the last row whose key begins with the same six bytes: the next one of a session
     * is close by, and is found from there. A place for each session would cost 400 bytes; ids of sessions grow by one,
     * so this is one for 65,536 of them.
     */
    private static final String INSERT_HINT = "rocksdb.FixedPrefix.6";

    private static final long DAY_S = 86_400;

    private final List<AbstractImmutableNativeReference> owned = new ArrayList<>();
    private final Statistics statistics = own(new Statistics());
    private final DBOptions options = own(new DBOptions());
    private final Map<Table, ColumnFamilyOptions> tables = new EnumMap<>(Table.class);

    Tuning(EmbeddedConfig config, boolean create) {
        statistics.setStatsLevel(StatsLevel.EXCEPT_DETAILED_TIMERS);
        options.setCreateIfMissing(create)
                .setCreateMissingColumnFamilies(true)
                .setParanoidChecks(true)
                .setWalRecoveryMode(
                        config.acceptLoss()
                                ? WALRecoveryMode.SkipAnyCorruptedRecords
                                : WALRecoveryMode.TolerateCorruptedTailRecords)
                .setStatistics(statistics)
                .setAtomicFlush(true)
                .setDbWriteBufferSize(config.writeBufferBytes())
                .setMaxTotalWalSize(4 * config.writeBufferBytes())
                .setMaxBackgroundJobs(2)
                .setMaxOpenFiles(512)
                .setBytesPerSync(1 << 20)
                .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
                .setMaxLogFileSize(1 << 20)
                .setKeepLogFileNum(3)
                .setStatsDumpPeriodSec(0)
                .setStatsPersistPeriodSec(0)
                .setAvoidUnnecessaryBlockingIO(true)
                // One thread writes: what RocksDB does to let many write at once only costs.
                .setAllowConcurrentMemtableWrite(false)
                .setEnableWriteThreadAdaptiveYield(false);
        Cache cache = own(new LRUCache(config.blockCacheBytes()));
        BloomFilter bloom = own(new BloomFilter(10));
        for (Table table : Table.values()) {
            tables.put(table, table(table, config, cache, bloom));
        }
    }

    private ColumnFamilyOptions table(Table table, EmbeddedConfig config, Cache cache, BloomFilter bloom) {
        BlockBasedTableConfig blocks = new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setCacheIndexAndFilterBlocks(true)
                .setPinL0FilterAndIndexBlocksInCache(true)
                .setFilterPolicy(bloom)
                .setFormatVersion(5)
                .setBlockSize(16 << 10);
        ColumnFamilyOptions o = own(table.bySession() ? hinted() : new ColumnFamilyOptions());
        o.setTableFormatConfig(blocks)
                .setWriteBufferSize(Math.min(BUFFER_MAX, config.writeBufferBytes() / 2))
                .setCompressionType(CompressionType.LZ4_COMPRESSION)
                .setTtl(DAY_S); // tombstones go within days even where nothing is written any more
        if (table.bySession()) {
            o.useFixedLengthPrefixExtractor(SESSION_ID_BYTES).setMemtablePrefixBloomSizeRatio(0.05);
        }
        if (table == Table.ACKED) {
            o.setMergeOperatorName("max");
        }
        return o;
    }

    /** This option has no setter in Java. */
    private static ColumnFamilyOptions hinted() {
        Properties properties = new Properties();
        properties.setProperty("memtable_insert_with_hint_prefix_extractor", INSERT_HINT);
        ColumnFamilyOptions options = ColumnFamilyOptions.getColumnFamilyOptionsFromProps(properties);
        if (options == null) {
            throw new IllegalStateException("RocksDB does not know " + properties);
        }
        return options;
    }

    DBOptions options() {
        return options;
    }

    ColumnFamilyOptions of(Table table) {
        ColumnFamilyOptions o = tables.get(table);
        if (o == null) {
            throw new IllegalStateException("no options for " + table);
        }
        return o;
    }

    Statistics statistics() {
        return statistics;
    }

    private <T extends AbstractImmutableNativeReference> T own(T reference) {
        owned.add(reference);
        return reference;
    }

    @Override
    public void close() {
        for (int i = owned.size() - 1; i >= 0; i--) {
            owned.get(i).close();
        }
    }
}
