package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.store.SessionRecord;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import dev.mooring.store.embedded.EmbeddedConfig;
import dev.mooring.store.embedded.EmbeddedStore;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * That an acknowledged message is on the disk, which kill -9 can't show, because the page cache survives it. Two kinds
 * of evidence: the system calls of the running broker, where {@code strace} is installed; and RocksDB's own count of
 * fsyncs, everywhere.
 */
class FsyncIT {
    /** Packet ids of two printable bytes, so that a PUBACK can be found in the trace: "@\2Aa" and so on. */
    private static final int PACKET_ID = 'A' << 8 | 'a';

    private static final int ONE_BY_ONE = 10;
    private static final int TOGETHER = 400;

    private static final Pattern STARTED = Pattern.compile("^(\\d+) +f(?:data)?sync\\(\\d+<([^>]*)>");
    private static final Pattern RESUMED = Pattern.compile("^(\\d+) +<\\.\\.\\. f(?:data)?sync resumed>\\) += 0");

    @TempDir
    private Path folder;

    @Test
    @DisplayName("RocksDB has fsynced its log when a list of operations is answered, once for all of them")
    void countedByRocksDb() {
        EmbeddedStore store = new EmbeddedStore(EmbeddedConfig.of(folder.resolve("data")));
        assertThat(store.open().succeeded()).isTrue();
        try {
            long before = store.walSyncCount();
            for (int i = 1; i <= ONE_BY_ONE; i++) {
                assertThat(store.apply(sessions(i, 1)).result()).containsExactly(StoreReply.DONE);
                assertThat(store.walSyncCount()).isEqualTo(before + i);
            }
            assertThat(store.apply(sessions(1_000, TOGETHER)).result()).hasSize(TOGETHER);
            assertThat(store.walSyncCount()).isEqualTo(before + ONE_BY_ONE + 1);
        } finally {
            store.close();
        }
    }

    private static List<StoreOp> sessions(long firstId, int count) {
        List<StoreOp> ops = new ArrayList<>();
        for (long id = firstId; id < firstId + count; id++) {
            ops.add(new StoreOp.SessionSave(new SessionRecord(id, "client " + id, "", 1, 3600, 0, null)));
        }
        return ops;
    }

    @Test
    @DisplayName("between PUBLISH and PUBACK the log was fsynced; publishers at the same time share fsyncs")
    void traced() throws IOException {
        if (!hasStrace()) {
            System.out.println(
                    "FsyncIT: no strace on the PATH; RocksDB's own count of fsyncs is the only evidence here");
            return;
        }
        Path trace = folder.resolve("trace.txt");
        MooringProcess broker = MooringProcess.in(folder);
        broker.under(
                "strace",
                "-f",
                "-y",
                "-s",
                "64",
                "-o",
                trace.toString(),
                "-e",
                "trace=" + "fdatasync,fsync," + "read,readv,recvfrom,recvmsg,write,writev,sendto,sendmsg");
        try (broker) {
            broker.start();
            PacketClient.online(broker.port(), Connect.v5("subscriber"))
                    .subscribe("fsync", 1)
                    .disconnect();
            PacketClient publisher = PacketClient.online(broker.port(), Connect.v311("publisher"));
            for (int i = 0; i < ONE_BY_ONE; i++) {
                publisher
                        .sendPublish("fsync", "payload " + (char) ('a' + i), 1, PACKET_ID + i, false, false)
                        .complete(1, PACKET_ID + i);
            }
            for (int i = 0; i < TOGETHER; i++) {
                publisher.sendPublish("fsync", "many " + i + ";", 1, 1 + i, false, false);
            }
            for (int i = 0; i < TOGETHER; i++) {
                publisher.expect(MqttMessageType.PUBACK, 1 + i);
            }
            publisher.disconnect();
            broker.kill9();
        }
        check(Files.readAllLines(trace, java.nio.charset.StandardCharsets.ISO_8859_1));
    }

    private static boolean hasStrace() {
        for (String folder : System.getenv("PATH").split(File.pathSeparator)) {
            if (Files.isExecutable(Path.of(folder, "strace"))) {
                return true;
            }
        }
        return false;
    }

    /** Lines of the trace: an fsync of the log from where it was begun to where it had succeeded. */
    private record Fsync(int begun, int done) {}

    private static void check(List<String> lines) {
        List<Fsync> fsyncs = fsyncsOfTheLog(lines);
        for (int i = 0; i < ONE_BY_ONE; i++) {
            String payload = "payload " + (char) ('a' + i);
            int received = line(lines, "(read|recv).*" + payload, 0);
            int answered = line(lines, "(write|send).*\"@\\\\2A" + (char) ('a' + i) + "\"", received);
            assertThat(fsyncs)
                    .as("fsync of the log between line %d and %d of the trace", received, answered)
                    .anyMatch(f -> received < f.begun && f.done < answered);
        }
        int first = line(lines, "(read|recv).*many 0;", 0);
        long shared = fsyncs.stream().filter(f -> f.begun > first).count();
        System.out.println("FsyncIT: " + TOGETHER + " messages at once took " + shared + " fsyncs of the log");
        assertThat(shared).isBetween(1L, TOGETHER / 4L);
    }

    private static List<Fsync> fsyncsOfTheLog(List<String> lines) {
        List<Fsync> found = new ArrayList<>();
        Map<String, Integer> unfinished = new HashMap<>();
        for (int i = 0; i < lines.size(); i++) {
            Matcher started = STARTED.matcher(lines.get(i));
            Matcher resumed = RESUMED.matcher(lines.get(i));
            if (started.find() && started.group(2).endsWith(".log")) {
                if (lines.get(i).endsWith("<unfinished ...>")) {
                    unfinished.put(started.group(1), i);
                } else if (lines.get(i).endsWith("= 0")) {
                    found.add(new Fsync(i, i));
                }
            } else if (resumed.find() && unfinished.containsKey(resumed.group(1))) {
                found.add(new Fsync(unfinished.remove(resumed.group(1)), i));
            }
        }
        return found;
    }

    private static int line(List<String> lines, String pattern, int from) {
        Pattern compiled = Pattern.compile(pattern);
        for (int i = from; i < lines.size(); i++) {
            if (compiled.matcher(lines.get(i)).find()) {
                return i;
            }
        }
        throw new AssertionError("no line with " + pattern + " among " + lines.size());
    }
}
