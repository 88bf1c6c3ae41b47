package dev.mooring.store.embedded;

import dev.mooring.message.Message;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Removes expired rows, a few at a time: goes round the tables that have expiry, from where the last step ended. Two
 * rows are visited for each one written, so what has expired stays a bounded part of what is stored, however fast the
 * writers; and at least some rows now and then, so that a quiet store empties too.
 */
final class Sweep {
    private static final Table[] ROUND = {Table.MSG, Table.RETAIN, Table.LATEST, Table.RETAINED};
    private static final int ROWS_PER_STEP = 256;
    private static final int ROWS_PER_STEP_MAX = 4096;
    private static final long INTERVAL_MS = 200;

    private final Rows rows;
    private final Figures figures;
    private final TopicValues values;
    private final ByteBuffer head = ByteBuffer.allocateDirect(TopicValues.HEAD);
    private int table;
    private byte[] from = new byte[0];
    private long lastMs;
    private int written;

    Sweep(Rows rows, Figures figures, TopicValues values) {
        this.rows = rows;
        this.figures = figures;
        this.values = values;
    }

    /** Counts a row that can expire. */
    void wrote() {
        written++;
    }

    /** To be called before the operations of a batch, so that a row it removes can be written again by one of them. */
    void stepIfDue(long nowMs) throws RocksDBException {
        if (written >= ROWS_PER_STEP || nowMs - lastMs >= INTERVAL_MS || nowMs < lastMs) {
            step(nowMs, Math.min(ROWS_PER_STEP_MAX, ROWS_PER_STEP + 2 * written));
            lastMs = nowMs;
            written = 0;
        }
    }

    private void step(long nowMs, int budget) throws RocksDBException {
        int left = budget;
        for (int tables = 0; tables < ROUND.length && left > 0; tables++) {
            left = stepIn(ROUND[table], nowMs, left);
            if (left > 0) {
                table = (table + 1) % ROUND.length;
                from = new byte[0];
            }
        }
    }

    /** @return what is left of the budget; more than 0 when the end of the table was reached */
    private int stepIn(Table in, long nowMs, int budget) throws RocksDBException {
        List<byte[]> expired = new ArrayList<>();
        List<@Nullable Message> messages = new ArrayList<>();
        int left = budget;
        try (RocksIterator it = rows.scan(in)) {
            for (it.seek(from); it.isValid() && left > 0; it.next(), left--) {
                head.clear();
                int length = it.value(head);
                if (length >= TopicValues.HEAD && head.get(0) == Table.VERSION && head.getLong(1) <= nowMs) {
                    expired.add(it.key());
                    messages.add(in == Table.MSG ? values.decode(in, it.value()) : null);
                }
            }
            boolean end = !it.isValid();
            from = end ? new byte[0] : it.key();
            left = end ? Math.max(1, left) : left;
            it.status();
        }
        for (int i = 0; i < expired.size(); i++) {
            rows.delete(in, expired.get(i));
            Message m = messages.get(i);
            if (m != null) {
                rows.delete(Table.TOPIC_MSG, Keys.topicMessage(m.topic().utf8(), m.id()));
            }
        }
        figures.expiredRows.addAndGet(expired.size());
        return left;
    }
}
