package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mooring.store.embedded.EmbeddedConfig;
import dev.mooring.store.embedded.EmbeddedStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;

/** What a person reads who starts the broker on an embedded store that something is wrong with. */
class EmbeddedRefusalsTest {
    @TempDir
    private Path temp;

    private Path folder;
    private Path db;

    @BeforeEach
    void fill() throws Exception {
        folder = temp.resolve("data");
        db = folder.resolve("db");
        EmbeddedStore store = new EmbeddedStore(EmbeddedConfig.of(folder));
        StoreHarness.await(store.open());
        assertThat(StoreHarness.await(store.apply(List.of(StoreHarness.enqueue(1, 1)))))
                .containsOnly(StoreReply.DONE);
        StoreHarness.await(store.close());
    }

    private void refused(String why) {
        assertThatThrownBy(() -> StoreHarness.await(new EmbeddedStore(EmbeddedConfig.of(folder)).open()))
                .hasMessageContaining("The embedded store " + folder + " is damaged: " + why)
                .hasMessageContaining("It was not opened. Restore the folder from a backup; or, if losing what cannot")
                .hasMessageContaining("copy the folder away and start once with \"accept_loss\": true.");
    }

    private Path manifest() throws IOException {
        try (Stream<Path> files = Files.list(db)) {
            return files.filter(file -> file.getFileName().toString().startsWith("MANIFEST"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
        }
    }

    @Test
    @DisplayName("the database is gone")
    void database() throws Exception {
        try (Stream<Path> files = Files.walk(db)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> file.toFile().delete());
        }
        refused("its database is gone, the folder db is missing or empty.");
    }

    @Test
    @DisplayName("MARK is missing, or damaged")
    void mark() throws Exception {
        Path mark = folder.resolve("MARK");
        Files.write(mark, new byte[(int) Files.size(mark)]);
        refused("its file MARK, which says how much must be there, is damaged.");
        EmbeddedStore store = new EmbeddedStore(EmbeddedConfig.of(folder).withAcceptLoss(true));
        StoreHarness.await(store.open());
        StoreHarness.await(store.close());
        Files.delete(mark);
        refused("its file MARK, which says how much must be there, is missing.");
    }

    @Test
    @DisplayName("CURRENT is missing; MANIFEST is cut short, or an older one")
    void manifests() throws Exception {
        Path current = db.resolve("CURRENT");
        byte[] name = Files.readAllBytes(current);
        Files.delete(current);
        refused("its file CURRENT, or the MANIFEST that it names, is damaged or missing.");
        Files.write(current, name);
        Path manifest = manifest();
        byte[] whole = Files.readAllBytes(manifest);
        Files.write(manifest, Arrays.copyOf(whole, whole.length / 2));
        refused(manifest.getFileName() + " is damaged or cut short after ");
        Files.move(manifest, manifest.resolveSibling("MANIFEST-000001"));
        Files.writeString(current, "MANIFEST-000001\n");
        refused("MANIFEST-000001 is older than the one in use before, MANIFEST ");
    }

    @Test
    @DisplayName("the database is in a format that its file FORMAT does not say")
    void format() throws Exception {
        List<ColumnFamilyDescriptor> tables = new ArrayList<>();
        try (Options options = new Options();
                DBOptions openWith = new DBOptions()) {
            for (byte[] table : RocksDB.listColumnFamilies(options, db.toString())) {
                tables.add(new ColumnFamilyDescriptor(table));
            }
            List<ColumnFamilyHandle> handles = new ArrayList<>();
            try (RocksDB rocks = RocksDB.open(openWith, db.toString(), tables, handles)) {
                rocks.put("format".getBytes(StandardCharsets.UTF_8), new byte[9]);
                handles.forEach(ColumnFamilyHandle::close);
            }
        }
        refused("its database has another format than its file FORMAT says.");
    }
}
