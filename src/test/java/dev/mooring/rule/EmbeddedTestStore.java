package dev.mooring.rule;

import dev.mooring.message.MessageId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** By the bytes on disk, as docs/storage.md lays them out; read beside the broker. */
final class EmbeddedTestStore implements HooksTestStore {
    private final Path folder;

    EmbeddedTestStore() {
        try {
            folder = Files.createTempDirectory("mooring-hooks");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String pool() {
        return "{\"backend\": \"embedded\", \"path\": \"" + folder.resolve("data") + "\"}";
    }

    @Override
    public Map<String, String> positions(String clientId) {
        Map<String, String> found = new TreeMap<>();
        rows("acked").forEach((key, value) -> {
            byte[] client = new byte[key.getShort()];
            key.get(client);
            if (new String(client, StandardCharsets.UTF_8).equals(clientId)) {
                MessageId id = MessageId.ofBytes(value, 1);
                found.put(text(key), id.equals(MessageId.ZERO) ? "0" : id.toString());
            }
        });
        return found;
    }

    @Override
    public String presence(String clientId) {
        byte[] value = rows("client").get(ByteBuffer.wrap(clientId.getBytes(StandardCharsets.UTF_8)));
        if (value == null) {
            return "";
        }
        ByteBuffer in = ByteBuffer.wrap(value, 1, value.length - 1);
        int state = in.get();
        boolean online = in.getLong() > 0;
        boolean offline = in.getLong() > 0;
        return state + " " + text(in) + " " + online + " " + offline;
    }

    @Override
    public List<String> node(String node) {
        List<String> clients = new ArrayList<>();
        for (ByteBuffer key : rows("node").keySet()) {
            byte[] of = new byte[key.getShort()];
            key.get(of);
            if (new String(of, StandardCharsets.UTF_8).equals(node)) {
                clients.add(text(key));
            }
        }
        return clients;
    }

    @Override
    public int bodies() {
        return rows("msg").size();
    }

    @Override
    public boolean isIndexed(String topic) {
        return rows("topic_msg").keySet().stream().anyMatch(key -> text(key).startsWith(topic));
    }

    @Override
    public void close() {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(ByteBuffer in) {
        return StandardCharsets.UTF_8.decode(in.duplicate()).toString();
    }

    /** The rows of one table; the broker has written all that it has answered. */
    private Map<ByteBuffer, byte[]> rows(String table) {
        Path db = folder.resolve("data").resolve("db");
        Map<ByteBuffer, byte[]> rows = new TreeMap<>();
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

    private static void read(RocksDB store, ColumnFamilyHandle table, Map<ByteBuffer, byte[]> into) {
        try (RocksIterator it = store.newIterator(table)) {
            for (it.seekToFirst(); it.isValid(); it.next()) {
                into.put(ByteBuffer.wrap(it.key()), it.value());
            }
        }
    }
}
