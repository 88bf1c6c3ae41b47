package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.mooring.message.MessageId;
import dev.mooring.store.embedded.EmbeddedConfig;
import dev.mooring.store.embedded.EmbeddedConfig.Sync;
import dev.mooring.store.embedded.EmbeddedStore;
import java.io.BufferedReader;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** Opening, syncing, failing and dying of the embedded store. */
class EmbeddedLifeTest {
    @TempDir
    Path temp;

    @Test
    @DisplayName("the folder is created for its owner alone")
    void folderIsPrivate() throws Exception {
        Path folder = temp.resolve("a/b");
        EmbeddedStore store = open(EmbeddedConfig.of(folder));
        if (Files.getFileStore(folder).supportsFileAttributeView("posix")) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder)))
                    .isEqualTo("rwx------");
        }
        StoreHarness.await(store.close());
    }

    @Test
    @DisplayName("CVE-2017-9868: a folder that was there and that everybody may read is complained of")
    void folderIsOpenToAll() throws Exception {
        Path folder = Files.createDirectory(temp.resolve("open"));
        if (!Files.getFileStore(folder).supportsFileAttributeView("posix")) {
            return;
        }
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        assertThat(warnings(folder)).singleElement().asString().contains(folder.toString(), "chmod o-rwx");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-x---"));
        assertThat(warnings(folder)).isEmpty();
    }

    private static List<String> warnings(Path folder) throws Exception {
        Logger logger = (Logger) LoggerFactory.getLogger("dev.mooring.store.embedded.Folder");
        ListAppender<ILoggingEvent> seen = new ListAppender<>();
        seen.start();
        logger.addAppender(seen);
        try {
            StoreHarness.await(open(EmbeddedConfig.of(folder)).close());
        } finally {
            logger.detachAppender(seen);
        }
        return seen.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    @Test
    @DisplayName("a queue that drained leaves next to nothing on disk")
    void drainedQueue() throws Exception {
        EmbeddedStore store = open(new EmbeddedConfig(
                temp.resolve("drained"), EmbeddedConfig.Sync.NEVER, 100, 8 << 20, 1 << 20, 100, false));
        byte[] payload = new byte[10_000];
        new java.util.Random(1).nextBytes(payload); // it must not be compressed away
        long most = 0;
        for (int n = 0; n < 4_000; n += 100) {
            List<StoreOp> in = new ArrayList<>();
            List<StoreOp> out = new ArrayList<>();
            for (int i = n; i < n + 100; i++) {
                in.add(StoreHarness.enqueue(StoreHarness.message(i, "t", payload), StoreHarness.entry(1)));
                out.add(new StoreOp.Dequeue(1, StoreHarness.id(i)));
            }
            assertThat(StoreHarness.await(store.apply(in))).containsOnly(StoreReply.DONE);
            assertThat(StoreHarness.await(store.apply(out))).containsOnly(StoreReply.DONE);
            most = Math.max(most, store.diskBytes());
        }
        assertThat(most).as("table files, of 40 MB that went through").isLessThan(8 << 20);
        StoreHarness.await(store.close());
    }

    @Test
    @DisplayName("a folder in use, of a newer version, of somebody else, or unreadable is refused, in words, untouched")
    void refused() throws Exception {
        Path folder = temp.resolve("store");
        EmbeddedStore store = open(EmbeddedConfig.of(folder));
        refusal(folder, "in use");
        StoreHarness.await(store.apply(List.of(StoreHarness.enqueue(1, 1))));
        StoreHarness.await(store.close());

        Path format = folder.resolve("FORMAT");
        String ours = Files.readString(format);
        Files.writeString(format, ours.replaceAll("\\d+", "99"));
        refusal(folder, "newer version", "99");
        Files.writeString(format, ours.replaceAll("\\d+", "1"));
        refusal(folder, "older version", "data export");
        Files.writeString(format, "something else");
        refusal(folder, "FORMAT", "damaged");
        Files.delete(format);
        refusal(folder, "no embedded store");
        Files.writeString(format, ours);
        store = open(EmbeddedConfig.of(folder));
        assertThat(count(store)).isEqualTo(1);
        StoreHarness.await(store.close());

        Path others = Files.createDirectories(temp.resolve("others"));
        Files.writeString(others.resolve("thesis.txt"), "two years of work");
        refusal(others, "no embedded store");
        assertThat(others).isDirectoryContaining("glob:**thesis.txt").isDirectoryNotContaining("glob:**LOCK");
        Path file = Files.writeString(temp.resolve("file"), "");
        refusal(file, "cannot be opened");
    }

    private static void refusal(Path folder, String... words) {
        EmbeddedStore second = new EmbeddedStore(EmbeddedConfig.of(folder));
        assertThatThrownBy(() -> StoreHarness.await(second.open()))
                .cause()
                .hasMessageContaining(folder.toString())
                .hasMessageContainingAll(words);
    }

    @Test
    @DisplayName(
            "sync always: each answer comes after an fsync; never: none; interval: some, without further operations")
    void syncs() throws Exception {
        EmbeddedStore always = open(EmbeddedConfig.of(temp.resolve("always")));
        for (int n = 1; n <= 5; n++) {
            long before = always.walSyncCount();
            StoreHarness.await(always.apply(List.of(StoreHarness.enqueue(n, 1), new StoreOp.SessionLoad(1))));
            assertThat(always.walSyncCount()).as("fsyncs of commit " + n).isEqualTo(before + 1);
        }
        long before = always.walSyncCount();
        StoreHarness.await(always.apply(List.of(new StoreOp.SessionLoad(1))));
        assertThat(always.walSyncCount()).as("a list that writes nothing").isEqualTo(before);
        StoreHarness.await(always.close());

        EmbeddedStore never = open(EmbeddedConfig.of(temp.resolve("never")).withSync(Sync.NEVER));
        before = never.walSyncCount();
        StoreHarness.await(never.apply(List.of(StoreHarness.enqueue(1, 1))));
        assertThat(never.walSyncCount()).isEqualTo(before);
        StoreHarness.await(never.close());

        EmbeddedStore interval =
                open(EmbeddedConfig.of(temp.resolve("interval")).withSync(Sync.INTERVAL));
        StoreHarness.await(interval.apply(List.of(StoreHarness.enqueue(1, 1))));
        await().until(() -> interval.fsyncCount() > 0);
        long idle = interval.fsyncCount();
        StoreHarness.await(interval.close());
        assertThat(interval.fsyncCount()).as("nothing new, no fsync").isLessThanOrEqualTo(idle + 1);
    }

    @Test
    @DisplayName("a process that is killed at any moment loses nothing that it was told is stored")
    void killed() throws Exception {
        Path folder = temp.resolve("store");
        long acknowledged = 0;
        for (int round = 0; round < 3; round++) {
            Process child = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx128m",
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Writer.class.getName(),
                            folder.toString(),
                            "" + acknowledged)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            try (BufferedReader out = child.inputReader()) {
                long goal = acknowledged + 200 + 37 * round;
                for (String line = out.readLine(); line != null; line = out.readLine()) {
                    acknowledged = line.startsWith("stored ") ? Long.parseLong(line.substring(7)) : acknowledged;
                    if (acknowledged >= goal) {
                        child.toHandle().destroyForcibly(); // leaves what it said readable
                    }
                }
            }
            assertThat(child.waitFor()).isNotZero();
            EmbeddedStore store = open(EmbeddedConfig.of(folder));
            StoreReply.Entries all = (StoreReply.Entries) StoreHarness.await(store.apply(
                            List.of(new StoreOp.QueueRead(1, MessageId.ZERO, Integer.MAX_VALUE, Integer.MAX_VALUE))))
                    .get(0);
            assertThat(all.entries()).hasSizeGreaterThanOrEqualTo((int) acknowledged);
            for (int n = 1; n <= acknowledged; n++) {
                assertThat(all.entries().get(n - 1).position()).isEqualTo(id(n));
            }
            acknowledged = all.entries().size();
            StoreHarness.await(store.close());
        }
        assertThat(acknowledged).isGreaterThan(600);
    }

    private static MessageId id(long n) {
        return new MessageId(n, 0);
    }

    /** Stores one message after the other and says so, until it is killed. */
    static final class Writer {
        private Writer() {}

        public static void main(String[] args) throws Exception {
            EmbeddedStore store = open(EmbeddedConfig.of(Path.of(args[0])));
            byte[] payload = new byte[300];
            for (long n = Long.parseLong(args[1]) + 1; n < 1_000_000; n++) {
                var m = StoreHarness.message(1, "t", payload).copy(id(n), false);
                List<StoreReply> replies = StoreHarness.await(store.apply(List.of(
                        StoreHarness.enqueue(m, StoreHarness.entry(1), StoreHarness.entry(2)),
                        new StoreOp.Dequeue(2, m.id()))));
                if (!replies.equals(List.of(StoreReply.DONE, StoreReply.DONE))) {
                    throw new IllegalStateException(replies.toString());
                }
                System.out.println("stored " + n);
            }
        }
    }

    @Test
    @DisplayName("a disk that fails: every operation is answered as to be repeated, nothing is thrown, and it recovers")
    void failingDisk() throws Exception {
        Path folder = temp.resolve("store");
        EmbeddedStore store = open(new EmbeddedConfig(folder, Sync.ALWAYS, 100, 1 << 20, 1 << 20, 100, false));
        byte[] payload = new byte[100_000];
        List<MessageId> stored = new ArrayList<>();
        File db = folder.resolve("db").toFile();
        File away = folder.resolve("away").toFile();
        assertThat(db.renameTo(away)).isTrue();
        long n = 1;
        StoreReply reply = StoreReply.DONE;
        while (reply == StoreReply.DONE && n < 500) {
            var m = StoreHarness.message(n++, "t", payload);
            reply = StoreHarness.await(store.apply(List.of(StoreHarness.enqueue(m, StoreHarness.entry(1)))))
                    .get(0);
            if (reply == StoreReply.DONE) {
                stored.add(m.id());
            }
        }
        assertThat(reply).isInstanceOfSatisfying(StoreReply.Failed.class, f -> {
            assertThat(f.transientFault()).isTrue();
            assertThat(f.reason()).isNotBlank();
        });
        assertThat(store.isUp()).isFalse();
        assertThat(store.diskBytes()).isZero();
        assertThat(StoreHarness.await(store.apply(List.of(dequeueNothing(), dequeueNothing()))))
                .hasSize(2)
                .allMatch(r -> r instanceof StoreReply.Failed f && f.transientFault());
        assertThat(away.renameTo(db)).isTrue();
        await().until(() ->
                StoreHarness.await(store.apply(List.of(dequeueNothing()))).equals(List.of(StoreReply.DONE)));
        StoreReply.Entries all = (StoreReply.Entries) StoreHarness.await(
                        store.apply(List.of(new StoreOp.QueueRead(1, MessageId.ZERO, 9999, Integer.MAX_VALUE))))
                .get(0);
        assertThat(all.entries()).extracting(StoreReply.QueueEntry::position).containsAll(stored);
        assertThat(store.faultCount()).isPositive();
        StoreHarness.await(store.close());
        assertThat(StoreHarness.await(store.apply(List.of(dequeueNothing()))).get(0))
                .isInstanceOfSatisfying(
                        StoreReply.Failed.class,
                        f -> assertThat(f.transientFault()).isFalse());
    }

    private static StoreOp dequeueNothing() {
        return StoreHarness.dequeue(99, 1);
    }

    @Test
    @DisplayName("bodies that queues share go with the last reference, also over a restart")
    void sharedBodies() throws Exception {
        Path folder = temp.resolve("store");
        EmbeddedStore store = open(EmbeddedConfig.of(folder));
        byte[] payload = new byte[5000];
        StoreOp toThree = StoreHarness.enqueue(
                StoreHarness.message(1, "t", payload),
                StoreHarness.entry(1),
                StoreHarness.entry(2),
                StoreHarness.entry(3));
        StoreHarness.await(store.apply(List.of(toThree, StoreHarness.dequeue(1, 1), StoreHarness.dequeue(1, 1))));
        assertThat(store.sharedBodyCount()).isEqualTo(1);
        StoreHarness.await(store.close());
        store = open(EmbeddedConfig.of(folder));
        assertThat(store.sharedBodyCount()).isEqualTo(1);
        StoreHarness.await(store.apply(List.of(new StoreOp.SessionDelete(2, "c"), toThree)));
        assertThat(store.sharedBodyCount()).as("1 and 2 come again").isEqualTo(1);
        StoreHarness.await(store.apply(List.of(
                StoreHarness.dequeue(1, 1),
                StoreHarness.dequeue(2, 1),
                new StoreOp.QueueTrim(3, 1, 0, StoreHarness.id(9)))));
        assertThat(store.sharedBodyCount()).isZero();
        StoreHarness.await(store.close());
    }

    private static int count(EmbeddedStore store) throws Exception {
        StoreReply reply = StoreHarness.await(
                        store.apply(List.of(new StoreOp.QueueRead(1, MessageId.ZERO, 9999, Integer.MAX_VALUE))))
                .get(0);
        return ((StoreReply.Entries) reply).entries().size();
    }

    private static EmbeddedStore open(EmbeddedConfig config) throws Exception {
        EmbeddedStore store = new EmbeddedStore(config);
        StoreHarness.await(store.open());
        return store;
    }
}
