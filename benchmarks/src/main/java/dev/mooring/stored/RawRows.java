package dev.mooring.stored;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** What the broker writes for each message put straight into a RocksDB: the message and the row of its topic. */
final class RawRows implements AutoCloseable {
    /** Messages in a commit: half of what the publishers have under way, since the other half arrives meanwhile. */
    private static final int BATCH = 500;

    private static final int ENVELOPE_BYTES = 50;
    private static final byte[] TOPIC = "bench/17".getBytes(StandardCharsets.US_ASCII);

    private final Options options = new Options().setCreateIfMissing(true);
    private final WriteOptions sync = new WriteOptions().setSync(true);
    private final RocksDB db;
    private final byte[] message;
    private long number;

    /** @param folder beside the broker's, on the same disk */
    RawRows(Path folder, byte[] payload) throws RocksDBException {
        db = RocksDB.open(options, folder.toString());
        message = new byte[ENVELOPE_BYTES + TOPIC.length + payload.length];
    }

    Figures run(int seconds) throws RocksDBException {
        long start = System.nanoTime();
        long end = start + seconds * 1_000_000_000L;
        long written = 0;
        while (System.nanoTime() < end) {
            try (WriteBatch batch = new WriteBatch()) {
                for (int i = 0; i < BATCH; i++) {
                    number++;
                    batch.put(key(new byte[0]), message);
                    batch.put(key(TOPIC), new byte[9]);
                }
                db.write(sync, batch);
            }
            written += BATCH;
        }
        return new Figures(written, (System.nanoTime() - start) / 1e9, 0, 0, new long[0]);
    }

    private byte[] key(byte[] before) {
        return ByteBuffer.allocate(before.length + 16)
                .put(before)
                .putLong(number)
                .putLong(17)
                .array();
    }

    @Override
    public void close() {
        db.close();
        sync.close();
        options.close();
    }
}
