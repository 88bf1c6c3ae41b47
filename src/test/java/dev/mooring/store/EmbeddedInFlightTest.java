package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.store.StoreReply.QueueEntry;
import dev.mooring.store.embedded.EmbeddedConfig;
import dev.mooring.store.embedded.EmbeddedStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksIterator;

/** Packet ids in flight, of which the embedded store keeps many in one row. */
class EmbeddedInFlightTest extends StoreHarness {
    private static final int MANY = 600;

    @TempDir
    Path folder;

    @Override
    Store newStore() {
        return new EmbeddedStore(EmbeddedConfig.of(folder.resolve("store")));
    }

    private static StoreOp sent(long session, int n) {
        return new StoreOp.Sent(session, id(n), n);
    }

    private static StoreOp save(long disconnectedAtMs) {
        return new StoreOp.SessionSave(new SessionRecord(1, "c", "", 1, 9, disconnectedAtMs, null));
    }

    private List<Integer> packetIds(long session) throws Exception {
        StoreReply.SessionState state = (StoreReply.SessionState) apply(new StoreOp.SessionLoad(session));
        List<Integer> ids = new ArrayList<>();
        for (QueueEntry e : state.inFlight()) {
            assertThat(e.position()).isEqualTo(id(e.packetId()));
            ids.add(e.released() ? -e.packetId() : e.packetId());
        }
        return ids;
    }

    private void fill() throws Exception {
        List<StoreOp> ops = new ArrayList<>(List.of(save(0)));
        for (int n = 1; n <= MANY; n++) {
            ops.add(enqueue(n, 1, 2));
        }
        for (int n = 1; n <= MANY; n++) {
            ops.add(sent(1, n));
        }
        ops.add(sent(2, 5));
        applyAll(ops);
    }

    @Test
    @DisplayName("what one list marks in a row comes back after a restart, each under its packet id")
    void survives() throws Exception {
        fill();
        restart();
        assertThat(packetIds(1)).hasSize(MANY).startsWith(1, 2, 3).endsWith(MANY);
        assertThat(packetIds(2)).containsExactly(5);
        StoreReply.Entries page = (StoreReply.Entries) apply(new StoreOp.QueueRead(2, id(0), MANY, Integer.MAX_VALUE));
        assertThat(page.entries()).hasSize(MANY - 1).noneMatch(e -> e.position().equals(id(5)));
    }

    @Test
    @DisplayName("rows go when all that they name is acknowledged, in any order, on any connection")
    void rowsGo() throws Exception {
        fill();
        List<StoreOp> acks = new ArrayList<>();
        for (int n = MANY; n > 0; n -= 2) {
            acks.add(new StoreOp.Dequeue(1, id(n)));
        }
        done(acks.toArray(new StoreOp[0]));
        done(save(7), save(0)); // another connection
        assertThat(packetIds(1)).hasSize(MANY / 2).startsWith(1, 3).endsWith(MANY - 1);
        acks.clear();
        for (int n = 1; n < MANY; n += 2) {
            acks.add(new StoreOp.Dequeue(1, id(n)));
        }
        done(acks.toArray(new StoreOp[0]));
        done(new StoreOp.Dequeue(2, id(5)));
        closeStore();
        assertThat(rows()).isZero();
        openStore();
        assertThat(packetIds(1)).isEmpty();
    }

    @Test
    @DisplayName("the latest that was said of a message counts, whatever else its row names")
    void latestCounts() throws Exception {
        fill();
        done(new StoreOp.Released(1, id(2), 2), new StoreOp.Released(1, id(3), 3));
        done(save(7));
        done(new StoreOp.Released(1, id(4), 4), new StoreOp.Dequeue(1, id(3)));
        restart();
        assertThat(packetIds(1)).hasSize(MANY - 1).contains(-2, -4, 1, 5).doesNotContain(2, 3, 4);
        restart();
        assertThat(packetIds(1)).hasSize(MANY - 1).contains(-2, -4, 1, 5);
        done(new StoreOp.SessionDelete(1, "c"), new StoreOp.SessionDelete(2, "d"));
        closeStore();
        assertThat(rows()).isZero();
        openStore();
    }

    /** In the table of packet ids. */
    private int rows() throws Exception {
        String db = folder.resolve("store/db").toString();
        List<ColumnFamilyDescriptor> tables = new ArrayList<>();
        int at = -1;
        try (Options options = new Options()) {
            for (byte[] name : RocksDB.listColumnFamilies(options, db)) {
                at = new String(name, StandardCharsets.UTF_8).equals("inflight") ? tables.size() : at;
                tables.add(new ColumnFamilyDescriptor(name));
            }
        }
        List<ColumnFamilyHandle> handles = new ArrayList<>();
        try (DBOptions options = new DBOptions();
                RocksDB open = RocksDB.openReadOnly(options, db, tables, handles);
                RocksIterator it = open.newIterator(handles.get(at))) {
            int rows = 0;
            for (it.seekToFirst(); it.isValid(); it.next()) {
                rows++;
            }
            handles.forEach(ColumnFamilyHandle::close);
            return rows;
        }
    }
}
