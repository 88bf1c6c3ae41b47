package dev.mooring.store.embedded;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** {@code RULE_DATA_SCAN}: table by table, in the order of the keys. What has expired is left out. */
final class RuleData {
    private static final List<Table> TABLES =
            List.of(Table.CLIENT, Table.SUB, Table.MSG, Table.LATEST, Table.RETAIN, Table.ACKED);
    private static final HexFormat HEX = HexFormat.of();

    private final Rows rows;
    private final Figures figures;
    private final TopicValues values;
    private final LongSupplier clock;

    RuleData(Rows rows, Figures figures, TopicValues values, LongSupplier clock) {
        this.rows = rows;
        this.figures = figures;
        this.values = values;
        this.clock = clock;
    }

    /** Where a page ends is told by the table and the last key, as {@code table:hex}. */
    StoreReply page(StoreOp.RuleDataScan op) throws RocksDBException {
        List<StoreOp> page = new ArrayList<>();
        int colon = op.after().indexOf(':');
        int first = colon < 0 ? 0 : TABLES.indexOf(Table.valueOf(op.after().substring(0, colon)));
        byte[] last = colon < 0 ? new byte[0] : HEX.parseHex(op.after().substring(colon + 1));
        long bytes = 0;
        for (Table table : TABLES.subList(first, TABLES.size())) {
            try (RocksIterator it = rows.scan(table)) {
                for (it.seek(last); it.isValid(); it.next()) {
                    byte[] key = it.key();
                    if (Arrays.equals(key, last)) {
                        continue;
                    }
                    if (page.size() >= Math.max(1, op.limit()) || bytes >= TopicValues.PAGE_BYTES_MAX) {
                        return new StoreReply.RuleData(page, table + ":" + HEX.formatHex(last));
                    }
                    last = key;
                    StoreOp write = write(table, key, it.value());
                    if (write != null) {
                        page.add(write);
                        bytes += write.sizeBytes();
                    }
                }
                it.status();
            }
            last = new byte[0];
        }
        return new StoreReply.RuleData(page, null);
    }

    /** Null when there is nothing to write. */
    private @Nullable StoreOp write(Table table, byte[] key, byte[] value) throws RocksDBException {
        return switch (table) {
            case CLIENT -> client(key, value);
            case SUB -> proxy(key, value);
            case ACKED -> position(key, value);
            default -> message(table, key, value);
        };
    }

    private @Nullable StoreOp client(byte[] key, byte[] value) {
        String clientId = new String(key, StandardCharsets.UTF_8);
        if (value.length < 18) {
            figures.damaged("client", "the state of " + clientId);
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(value);
        String node = new String(value, 18, value.length - 18, StandardCharsets.UTF_8);
        return in.get(1) == 1
                ? new StoreOp.ClientConnected(node, clientId, in.getLong(2))
                : new StoreOp.ClientDisconnected(node, clientId, in.getLong(2), in.getLong(10));
    }

    private @Nullable StoreOp proxy(byte[] key, byte[] value) {
        TopicFilter filter = TopicFilter.parse(second(key));
        if (filter == null || value.length < 2) {
            figures.damaged("sub", "a subscription of " + first(key));
            return null;
        }
        int qos = Math.max(0, Math.min(2, value[1]));
        return new StoreOp.ProxySave(first(key), List.of(new Subscription(filter, qos, false, false, 0, 0)), List.of());
    }

    private @Nullable StoreOp position(byte[] key, byte[] value) {
        if (value.length < 1 + MessageId.BYTES) {
            figures.damaged("acked", "a position of " + first(key));
            return null;
        }
        return new StoreOp.AckedForPubsub(first(key), second(key), MessageId.ofBytes(value, 1));
    }

    private @Nullable StoreOp message(Table table, byte[] key, byte[] value) throws RocksDBException {
        long expiresAtMs = TopicValues.expiresAtMs(value);
        Message m = expiresAtMs <= clock.getAsLong() ? null : values.decode(table, value);
        if (m == null) {
            return null;
        }
        return switch (table) {
            case RETAIN -> new StoreOp.MessageRetain(m);
            case LATEST -> new StoreOp.MessageStoreKeepLatest(m, expiresAtMs);
            default ->
                rows.contains(Table.TOPIC_MSG, Keys.topicMessage(m.topic().utf8(), MessageId.ofBytes(key, 0)))
                        ? new StoreOp.MessagePublish(m, expiresAtMs)
                        : new StoreOp.MessageStore(m, expiresAtMs);
        };
    }

    /** Of a {@link Keys#pair}. */
    private static String first(byte[] key) {
        return new String(key, 2, length(key), StandardCharsets.UTF_8);
    }

    private static String second(byte[] key) {
        int from = 2 + length(key);
        return new String(key, from, key.length - from, StandardCharsets.UTF_8);
    }

    private static int length(byte[] key) {
        return (key[0] & 0xFF) << 8 | key[1] & 0xFF;
    }
}
