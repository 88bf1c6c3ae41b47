package dev.mooring.rule;

import dev.mooring.TestBroker;
import dev.mooring.bus.LocalBody;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreClient;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReplies;
import dev.mooring.store.StoreReply;
import io.vertx.core.eventbus.MessageConsumer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * What is in the store of a broker that runs: by operations of the store, sent as a loop sends them, and by the bytes
 * on disk, as docs/storage.md lays them out.
 */
final class HooksTestStore {
    private static final String ADDRESS = "test.store";

    private HooksTestStore() {}

    static StoreReply ask(TestBroker broker, StoreOp op) {
        CompletableFuture<StoreReply> answer = new CompletableFuture<>();
        OnReply onReply = answer::complete;
        broker.vertx().getOrCreateContext().runOnContext(v -> {
            StoreClient client = new StoreClient(broker.vertx().eventBus(), "local", ADDRESS, 1000, 1 << 20);
            MessageConsumer<LocalBody> consumer = broker.vertx().eventBus().localConsumer(ADDRESS);
            consumer.handler(m -> {
                consumer.unregister();
                client.replies((StoreReplies) m.body());
            });
            client.submit(op, onReply);
            client.flush();
        });
        try {
            return answer.get(20, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(op.toString(), e);
        }
    }

    /** Payloads of what on_message_publish has stored under the filter, by id. */
    static List<String> queued(TestBroker broker, String filter) {
        return payloads(ask(broker, new StoreOp.FetchForQueue(TopicFilter.of(filter), MessageId.ZERO, 10_000)));
    }

    static List<String> latest(TestBroker broker, String filter) {
        return payloads(ask(broker, new StoreOp.FetchForKeepLatest(TopicFilter.of(filter), "", 10_000)));
    }

    static List<String> retained(TestBroker broker, String filter) {
        return payloads(ask(broker, new StoreOp.RetainLookup(TopicFilter.of(filter), "", 10_000)));
    }

    private static List<String> payloads(StoreReply reply) {
        List<String> payloads = new ArrayList<>();
        for (Message m : ((StoreReply.Messages) reply).messages()) {
            payloads.add(new String(m.payload(), StandardCharsets.UTF_8));
        }
        return payloads;
    }

    /** The acked positions of a client, as text by topic; "0" for nothing yet. */
    static Map<String, String> positions(TestBroker broker, String clientId) {
        Map<String, String> found = new TreeMap<>();
        rows(broker, "acked").forEach((key, value) -> {
            ByteBuffer in = ByteBuffer.wrap(key.bytes);
            byte[] client = new byte[in.getShort()];
            in.get(client);
            if (new String(client, StandardCharsets.UTF_8).equals(clientId)) {
                String topic = StandardCharsets.UTF_8.decode(in).toString();
                MessageId id = MessageId.ofBytes(value, 1);
                found.put(topic, id.equals(MessageId.ZERO) ? "0" : id.toString());
            }
        });
        return found;
    }

    /** {@code state node online_at>0 offline_at>0} of a client, or "". */
    static String presence(TestBroker broker, String clientId) {
        byte[] value = rows(broker, "client").get(new Key(clientId.getBytes(StandardCharsets.UTF_8)));
        if (value == null) {
            return "";
        }
        ByteBuffer in = ByteBuffer.wrap(value, 1, value.length - 1);
        int state = in.get();
        boolean online = in.getLong() > 0;
        boolean offline = in.getLong() > 0;
        return state + " " + StandardCharsets.UTF_8.decode(in) + " " + online + " " + offline;
    }

    /** The clients that the node says are on line. */
    static List<String> node(TestBroker broker) {
        List<String> clients = new ArrayList<>();
        for (Key key : rows(broker, "node").keySet()) {
            ByteBuffer in = ByteBuffer.wrap(key.bytes);
            in.position(2 + in.getShort());
            clients.add(StandardCharsets.UTF_8.decode(in).toString());
        }
        return clients;
    }

    record Key(byte[] bytes) implements Comparable<Key> {
        @Override
        public int compareTo(Key other) {
            return java.util.Arrays.compareUnsigned(bytes, other.bytes);
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Key k && compareTo(k) == 0;
        }

        @Override
        public int hashCode() {
            return java.util.Arrays.hashCode(bytes);
        }
    }

    /** The rows of one table, read beside the broker, which has written all that it has answered. */
    static TreeMap<Key, byte[]> rows(TestBroker broker, String table) {
        Path db = broker.folder().resolve("data").resolve("db");
        TreeMap<Key, byte[]> rows = new TreeMap<>();
        List<ColumnFamilyDescriptor> tables = new ArrayList<>();
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try (Options options = new Options();
                DBOptions dbOptions = new DBOptions();
                ColumnFamilyOptions merging = new ColumnFamilyOptions().setMergeOperatorName("max")) {
            for (byte[] name : RocksDB.listColumnFamilies(options, db.toString())) {
                tables.add(new ColumnFamilyDescriptor(name, merging));
            }
            try (RocksDB store = RocksDB.openReadOnly(dbOptions, db.toString(), tables, handles)) {
                for (ColumnFamilyHandle handle : handles) {
                    if (table.equals(new String(handle.getName(), StandardCharsets.UTF_8))) {
                        read(store, handle, rows);
                    }
                    handle.close();
                }
            }
        } catch (RocksDBException e) {
            throw new AssertionError(table, e);
        }
        return rows;
    }

    private static void read(RocksDB store, ColumnFamilyHandle table, TreeMap<Key, byte[]> into) {
        try (RocksIterator it = store.newIterator(table)) {
            for (it.seekToFirst(); it.isValid(); it.next()) {
                into.put(new Key(it.key()), it.value());
            }
        }
    }
}
