package dev.mooring.stored;

import dev.mooring.message.Message;
import dev.mooring.message.MessageIds;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import dev.mooring.store.embedded.EmbeddedConfig;
import dev.mooring.store.embedded.EmbeddedStore;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * How long the broker takes to start on a full embedded store: lasting sessions with a subscription each and messages
 * in their queues. {@code Reopen [sessions] [messages per session] [payload bytes]}. The store is filled by a process
 * that is halted, so that the first start has its log to repair as after kill -9; the second finds it tidy.
 */
public final class Reopen {
    private static final int BATCH = 2_000;

    private Reopen() {}

    public static void main(String[] args) throws Exception {
        if (args.length == 5 && args[0].equals("fill")) {
            fill(Path.of(args[1]), number(args, 2, 0), number(args, 3, 0), number(args, 4, 0));
            Runtime.getRuntime().halt(0);
        }
        int sessions = number(args, 0, 100_000);
        int each = number(args, 1, 10);
        int bytes = number(args, 2, 256);
        Path dir = Files.createTempDirectory("mooring-reopen");
        try {
            int filled = start(
                            dir.resolve("fill.log"),
                            "-cp",
                            System.getProperty("java.class.path"),
                            "dev.mooring.stored.Reopen",
                            "fill",
                            dir.resolve("data").toString(),
                            "" + sessions,
                            "" + each,
                            "" + bytes)
                    .waitFor();
            if (filled != 0) {
                throw new IOException(Files.readString(dir.resolve("fill.log")));
            }
            System.out.printf("%,d sessions, %,d messages of %d bytes%n", sessions, sessions * each, bytes);
            System.out.println("after a kill:  " + reopen(dir, "killed"));
            System.out.println("after a stop:  " + reopen(dir, "stopped"));
        } finally {
            try (Stream<Path> files = Files.walk(dir)) {
                files.sorted(Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
            }
        }
    }

    private static int number(String[] args, int at, int otherwise) {
        return at < args.length ? Integer.parseInt(args[at]) : otherwise;
    }

    private static Process start(Path log, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-Xmx512m"));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
    }

    // ---- filling

    private static void fill(Path data, int sessions, int each, int bytes) {
        EmbeddedStore store = new EmbeddedStore(EmbeddedConfig.of(data));
        done(store.open());
        MessageIds ids = new MessageIds(1, 0);
        byte[] payload = new byte[bytes];
        long nowMs = System.currentTimeMillis();
        long firstId = nowMs * 1000 - sessions - 1;
        List<StoreOp> batch = new ArrayList<>();
        for (int i = 0; i < sessions; i++) {
            TopicFilter filter = TopicFilter.parse("device/" + i + "/#");
            Subscription s = new Subscription(filter, 1, false, false, 0, 0);
            batch.add(new StoreOp.SessionSave(
                    new SessionRecord(firstId + i, "device-" + i, "", 1, 0xFFFF_FFFFL, nowMs, null)));
            batch.add(new StoreOp.SubscriptionsSave(firstId + i, List.of(s)));
            apply(store, batch, i == sessions - 1);
        }
        for (int k = 0; k < each; k++) { // one for each session in turn, as they would come
            for (int i = 0; i < sessions; i++) {
                Message message = new Message(
                        ids.next(nowMs),
                        "publisher",
                        TopicName.of("device/" + i + "/command"),
                        1,
                        false,
                        payload,
                        PublishProperties.EMPTY,
                        nowMs,
                        Message.NEVER);
                StoreOp.Enqueue.Entry entry = new StoreOp.Enqueue.Entry(firstId + i, 1, false, new int[0], null);
                batch.add(new StoreOp.Enqueue(message, List.of(entry), 0, 0, StoreOp.Enqueue.Retained.KEEP, 0));
                apply(store, batch, i == sessions - 1);
            }
        }
    }

    private static void apply(EmbeddedStore store, List<StoreOp> batch, boolean last) {
        if (batch.size() < BATCH && !last) {
            return;
        }
        for (StoreReply reply : done(store.apply(batch))) {
            if (reply instanceof StoreReply.Failed failed) {
                throw new IllegalStateException(failed.reason());
            }
        }
        batch.clear();
    }

    private static <T> T done(io.vertx.core.Future<T> future) {
        return future.toCompletionStage().toCompletableFuture().join();
    }

    // ---- starting

    private static String reopen(Path dir, String name) throws Exception {
        Path config = dir.resolve("conf.json");
        Files.writeString(config, """
                {"listeners": [{"type": "tcp", "host": "127.0.0.1", "port": %d}],
                 "pools": {"local": {"backend": "embedded", "path": "%s"}}, "session": {"pool": "local"}}
                """.formatted(Servers.freePort(), dir.resolve("data")));
        Path log = dir.resolve(name + ".log");
        long startNs = System.nanoTime();
        Process broker =
                start(log, "-jar", new File("target/mooring.jar").getAbsolutePath(), "-conf", config.toString());
        try {
            while (!Files.readString(log).contains("stop with")) {
                if (!broker.isAlive()) {
                    throw new IOException(Files.readString(log));
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
            double seconds = (System.nanoTime() - startNs) / 1e9;
            String restored = Files.readAllLines(log).stream()
                    .filter(line -> line.contains("restored"))
                    .map(line -> line.replaceAll(".*Restore ", ""))
                    .findFirst()
                    .orElse("");
            double cpu = broker.info().totalCpuDuration().orElse(Duration.ZERO).toMillis() / 1e3;
            return "listens %.1f s after its start (%.1f s of processor time); %s".formatted(seconds, cpu, restored);
        } finally {
            broker.destroy();
            broker.waitFor();
        }
    }
}
