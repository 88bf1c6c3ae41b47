package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mooring.TestBroker;
import dev.mooring.message.MessageId;
import dev.mooring.store.StoreReply.QueueEntry;
import dev.mooring.store.embedded.EmbeddedConfig;
import dev.mooring.store.embedded.EmbeddedConfig.Sync;
import dev.mooring.store.embedded.EmbeddedStore;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every file of a store, damaged in turn: it must refuse to open and say why, or fail the reads it cannot do, or have
 * everything. What may never happen is that something acknowledged is missing and nobody says so.
 */
class EmbeddedDamageTest {
    private static final int SESSIONS = 3;

    @TempDir
    Path temp;

    private final Map<String, byte[]> ledger = new TreeMap<>();
    private Path closed;
    private Path killed;

    /** Rows in table files, more in the log; an image of the open files is what kill -9 leaves behind. */
    @BeforeEach
    void twoImages() throws Exception {
        Path live = temp.resolve("live");
        closed = temp.resolve("closed");
        killed = temp.resolve("killed");
        EmbeddedStore store = open(live);
        fill(store, 0);
        StoreHarness.await(store.close());
        store = open(live);
        fill(store, 100);
        flush(store);
        fill(store, 200);
        copy(live, killed);
        StoreHarness.await(store.close());
        copy(live, closed);
    }

    /**
     * Until a write buffer was full and has become table files: the log before it is gone, the MANIFEST has a new end.
     */
    private static void flush(EmbeddedStore store) throws Exception {
        long before = store.diskBytes();
        byte[] payload = new byte[200_000];
        for (int n = 1000; store.diskBytes() == before && n < 1100; n++) {
            StoreOp op = StoreHarness.enqueue(StoreHarness.message(n, "t", payload), StoreHarness.entry(99));
            assertThat(StoreHarness.await(store.apply(List.of(op)))).containsOnly(StoreReply.DONE);
        }
        assertThat(store.diskBytes()).isGreaterThan(before);
    }

    private void fill(EmbeddedStore store, int from) throws Exception {
        Random random = new Random(from);
        for (int n = from; n < from + 60; n++) {
            byte[] payload = new byte[n % 7 == 0 ? 3000 : 100];
            random.nextBytes(payload);
            List<StoreOp.Enqueue.Entry> entries = new ArrayList<>();
            for (int session = 1; session <= (n % 7 == 0 ? SESSIONS : 1); session++) {
                entries.add(StoreHarness.entry(session));
                ledger.put(session + "/" + StoreHarness.id(n), payload);
            }
            StoreOp op = new StoreOp.Enqueue(
                    StoreHarness.message(n, "t", payload), entries, 0, 0, StoreOp.Enqueue.Retained.KEEP, 0);
            assertThat(StoreHarness.await(store.apply(List.of(op)))).containsOnly(StoreReply.DONE);
        }
    }

    @Test
    @DisplayName("undamaged, both images have everything")
    void undamaged() throws Exception {
        assertThat(verdict(closed)).isEqualTo("complete");
        assertThat(verdict(killed)).isEqualTo("complete");
    }

    @Test
    @DisplayName("a flipped byte anywhere is never a silent loss")
    void flippedByte() throws Exception {
        damageEach("flip", 6, (file, at) -> {
            file.seek(at);
            int b = file.read();
            file.seek(at);
            file.write(b ^ 0x40);
        });
    }

    @Test
    @DisplayName("a file cut short is never a silent loss")
    void cutShort() throws Exception {
        damageEach("cut", 4, RandomAccessFile::setLength);
    }

    @Test
    @DisplayName("a stretch of zeros, as a disk leaves it, is never a silent loss")
    void zeros() throws Exception {
        damageEach("zero", 3, (file, at) -> {
            file.seek(at);
            file.write(new byte[(int) Math.min(512, file.length() - at)]);
        });
    }

    @Test
    @DisplayName("a missing file is never a silent loss")
    void missing() throws Exception {
        damageEach("delete", 1, null);
    }

    @Test
    @DisplayName("an unfinished write at the end of the log is dropped, and everything acknowledged is there")
    void tornTail() throws Exception {
        Path torn = temp.resolve("torn");
        for (int extra : new int[] {3, 7, 8, 60}) {
            copy(killed, torn);
            Path log = files(torn).stream()
                    .filter(f -> f.toString().endsWith(".log"))
                    .max((a, b) -> a.compareTo(b))
                    .get();
            byte[] bytes = Files.readAllBytes(log);
            byte[] half = Arrays.copyOf(bytes, bytes.length + extra);
            System.arraycopy(bytes, 0, half, bytes.length, extra); // how a record begins, without its end
            Files.write(log, half);
            assertThat(verdict(torn)).as(extra + " bytes more").isEqualTo("complete");
        }
    }

    @Test
    @DisplayName("with accept_loss a damaged store opens with what is left, and is whole again from there")
    void acceptLoss() throws Exception {
        cutLog();
        assertThat(verdict(killed)).startsWith("refused");
        EmbeddedStore store = new EmbeddedStore(EmbeddedConfig.of(killed).withAcceptLoss(true));
        StoreHarness.await(store.open());
        int left = readAll(store).size();
        assertThat(left).isBetween(100, ledger.size() - 1);
        StoreHarness.await(store.close());
        store = open(killed);
        assertThat(readAll(store)).hasSize(left);
        StoreHarness.await(store.close());
    }

    @Test
    @DisplayName("the configuration's accept_loss is what the refusal names, and starts a broker")
    void acceptLossInTheConfiguration() throws Exception {
        cutLog();
        String pool = "{\"pools\": {\"local\": {\"path\": \"" + killed + "\"%s}}}";
        assertThatThrownBy(() -> TestBroker.start(pool.formatted("")).close())
                .hasMessageContaining("start once with \"accept_loss\": true");
        TestBroker.start(pool.formatted(", \"accept_loss\": true")).close();
        TestBroker.start(pool.formatted("")).close(); // what is left is whole
    }

    /** The end of what was committed last is gone. */
    private void cutLog() throws IOException {
        Path log = files(killed).stream()
                .filter(f -> f.toString().endsWith(".log"))
                .max((a, b) -> a.compareTo(b))
                .get();
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
            file.setLength(file.length() / 2);
        }
    }

    private interface Damage {
        void to(RandomAccessFile file, long at) throws IOException;
    }

    private void damageEach(String what, int places, @Nullable Damage damage) throws Exception {
        Map<String, Integer> verdicts = new TreeMap<>();
        Path copy = temp.resolve("copy");
        Random random = new Random(42);
        for (Path image : List.of(closed, killed)) {
            for (Path original : files(image)) {
                long size = Files.size(original);
                for (int i = 0; i < (size == 0 ? 0 : isText(original) ? 1 : places); i++) {
                    long at = i == 0 ? size - 1 : i == 1 ? size / 2 : (long) (random.nextDouble() * size);
                    copy(image, copy);
                    Path file = copy.resolve(image.relativize(original));
                    if (damage == null) {
                        Files.delete(file);
                    } else {
                        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
                            damage.to(open, at);
                        }
                    }
                    String place = what + " " + image.relativize(original) + " at " + at + " of " + size + " in "
                            + image.getFileName();
                    String verdict = verdict(copy);
                    assertThat(verdict).as(place).doesNotStartWith("LOST");
                    verdicts.merge(verdict.split(" ")[0], 1, Integer::sum);
                }
            }
        }
        assertThat(verdicts.keySet()).as("both ends are reached: " + verdicts).contains("refused", "complete");
    }

    /** RocksDB's own log and what it only writes for people: once is enough. */
    private static boolean isText(Path file) {
        String name = file.getFileName().toString();
        return name.startsWith("LOG") || name.startsWith("OPTIONS") || name.equals("IDENTITY");
    }

    /** complete, refused, failed (a read says so), or LOST. */
    private String verdict(Path folder) throws Exception {
        EmbeddedStore store = new EmbeddedStore(EmbeddedConfig.of(folder));
        var opened = store.open();
        if (opened.failed()) {
            assertThat(opened.cause().getMessage()).contains(folder.toString()).hasSizeGreaterThan(80);
            return "refused " + opened.cause().getMessage();
        }
        try {
            Map<String, byte[]> found = readAll(store);
            for (Map.Entry<String, byte[]> e : ledger.entrySet()) {
                if (!Arrays.equals(found.get(e.getKey()), e.getValue())) {
                    return store.damagedRowCount() > 0 ? "failed" : "LOST " + e.getKey();
                }
            }
            return "complete";
        } catch (ReadFailed e) {
            return "failed " + e.getMessage();
        } finally {
            StoreHarness.await(store.close());
        }
    }

    private static Map<String, byte[]> readAll(EmbeddedStore store) throws Exception {
        Map<String, byte[]> found = new TreeMap<>();
        for (long session = 1; session <= SESSIONS; session++) {
            StoreReply reply = StoreHarness.await(store.apply(
                            List.of(new StoreOp.QueueRead(session, MessageId.ZERO, 9999, Integer.MAX_VALUE))))
                    .get(0);
            if (!(reply instanceof StoreReply.Entries entries)) {
                throw new ReadFailed(reply.toString());
            }
            for (QueueEntry e : entries.entries()) {
                found.put(session + "/" + e.position(), e.message().payload());
            }
        }
        return found;
    }

    private static final class ReadFailed extends Exception {
        private static final long serialVersionUID = 1L;

        ReadFailed(String message) {
            super(message);
        }
    }

    private static EmbeddedStore open(Path folder) throws Exception {
        EmbeddedConfig config = new EmbeddedConfig(folder, Sync.ALWAYS, 100, 1 << 20, 1 << 20, 100, false);
        long[] nowMs = {System.currentTimeMillis()};
        EmbeddedStore store = new EmbeddedStore(config, () -> nowMs[0] += 2000); // marks the MANIFEST at every commit
        StoreHarness.await(store.open());
        return store;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        if (Files.exists(to)) {
            for (Path old : files(to)) {
                Files.delete(old);
            }
        }
        for (Path file : files(from)) {
            Path target = to.resolve(from.relativize(file));
            Files.createDirectories(target.getParent());
            Files.copy(file, target);
        }
    }
}
