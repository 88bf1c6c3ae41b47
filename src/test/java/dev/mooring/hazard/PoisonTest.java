package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** Hazard 23: rows of the embedded store that somebody wrote who should not have. */
class PoisonTest {
    private static final String TOPIC = "poison/topic";

    @TempDir
    private Path temp;

    @Test
    @DisplayName(
            "a bad session, subscription or message costs itself: the broker starts, says so, and serves the others")
    void badRows() throws Exception {
        Path data = temp.resolve("data");
        try (TestBroker broker = start(data)) {
            for (String client : List.of("good", "bad-session", "bad-filter", "bad-message")) {
                try (Peer p = Peer.online(broker.port(), Bytes.Connect.lasting(5, client))) {
                    p.subscribe(1, client.equals("bad-filter") ? "poison/filter" : TOPIC);
                    p.disconnect();
                }
            }
            publish(broker, TOPIC, "one");
            publish(broker, TOPIC, "two");
        }
        poison(data);
        try (TestBroker broker = start(data)) {
            publish(broker, TOPIC, "three");
            publish(broker, "poison/filter", "four");
            expect(broker, "good", true, "one", "two", "three");
            expect(broker, "bad-session", false);
            expect(broker, "bad-filter", true);
            expect(broker, "bad-message", true, "two", "three");
            assertThat(broker.broker().storeMetrics().get("local").unreadableMessages())
                    .isGreaterThanOrEqualTo(3);
        }
    }

    private static TestBroker start(Path data) {
        return TestBroker.start("{\"pools\": {\"local\": {\"path\": \"" + data + "\"}}}");
    }

    private static void publish(TestBroker broker, String topic, String text) {
        try (Peer p = Peer.online(broker.port(), Bytes.Connect.of(5, "poison-publisher"))) {
            p.send(Bytes.publish(5, topic, text, 1, 1));
            p.expect(Frame.PUBACK, 1);
        }
    }

    private static void expect(TestBroker broker, String client, boolean present, String... texts) {
        try (Peer p = Peer.open(broker.port())) {
            assertThat(p.connect(Bytes.Connect.lasting(5, client)).sessionPresent())
                    .as(client)
                    .isEqualTo(present);
            for (String text : texts) {
                Frame f = p.expectPublish(text);
                p.send(Bytes.ack(Frame.PUBACK, f.packetId()));
            }
            p.ping();
        }
    }

    /** One session's row cut short, the filter of another from a future version, a message of a third torn. */
    private static void poison(Path data) throws RocksDBException {
        String db = data.resolve("db").toString();
        List<ColumnFamilyDescriptor> tables = new ArrayList<>();
        try (Options options = new Options()) {
            for (byte[] name : RocksDB.listColumnFamilies(options, db)) {
                tables.add(new ColumnFamilyDescriptor(name));
            }
        }
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try (DBOptions options = new DBOptions();
                RocksDB rocks = RocksDB.open(options, db, tables, handles)) {
            long badMessage = sessionOf(rocks, handles, "bad-message");
            change(rocks, table(handles, "session"), sessionOf(rocks, handles, "bad-session"), v -> cut(v, 9));
            change(rocks, table(handles, "subscription"), sessionOf(rocks, handles, "bad-filter"), PoisonTest::future);
            change(rocks, table(handles, "queue"), badMessage, v -> cut(v, 4));
            handles.forEach(ColumnFamilyHandle::close);
        }
    }

    private static byte[] cut(byte[] value, int bytes) {
        return Arrays.copyOf(value, bytes);
    }

    private static byte[] future(byte[] value) {
        byte[] changed = value.clone();
        changed[0] = 99;
        return changed;
    }

    private static ColumnFamilyHandle table(List<ColumnFamilyHandle> handles, String name) throws RocksDBException {
        for (ColumnFamilyHandle handle : handles) {
            if (new String(handle.getName(), StandardCharsets.UTF_8).equals(name)) {
                return handle;
            }
        }
        throw new AssertionError("no table " + name);
    }

    private static long sessionOf(RocksDB rocks, List<ColumnFamilyHandle> handles, String client)
            throws RocksDBException {
        try (RocksIterator it = rocks.newIterator(table(handles, "session"))) {
            for (it.seekToFirst(); it.isValid(); it.next()) {
                if (new String(it.value(), StandardCharsets.ISO_8859_1).contains(client)) {
                    return ByteBuffer.wrap(it.key()).getLong();
                }
            }
        }
        throw new AssertionError("no session of " + client);
    }

    /** Of the first row of the session. */
    private static void change(RocksDB rocks, ColumnFamilyHandle table, long session, UnaryOperator<byte[]> change)
            throws RocksDBException {
        byte[] key = ByteBuffer.allocate(8).putLong(session).array();
        try (RocksIterator it = rocks.newIterator(table)) {
            it.seek(key);
            assertThat(it.isValid() && ByteBuffer.wrap(it.key()).getLong() == session)
                    .isTrue();
            rocks.put(table, it.key(), change.apply(it.value()));
        }
    }
}
