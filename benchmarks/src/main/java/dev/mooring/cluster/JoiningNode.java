package dev.mooring.cluster;

import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.metrics.ClusterMetrics;
import dev.mooring.route.Subscriber;
import dev.mooring.route.SubscriptionIndex;
import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

/**
 * How long it takes until a node that joins knows all topic filters of another one, and has them in its index, as a
 * broker has: two processes, a socket of the loopback between them. {@code filters=1000000 rounds=3}.
 */
public final class JoiningNode {
    private static final String HOST = "127.0.0.1";
    private static final int SILENCE_MS = 10_000;
    private static final long LINK_BYTES_MAX = 16L << 20;
    private static final long LAG_EVERY_MS = 1;
    private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

    private JoiningNode() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0 && arguments[0].equals("join")) {
            join(Integer.parseInt(arguments[1]), Integer.parseInt(arguments[2]));
            System.exit(0);
        }
        int filters = 1_000_000;
        int rounds = 3;
        for (String argument : arguments) {
            String[] parts = argument.split("=", 2);
            switch (parts[0]) {
                case "filters" -> filters = Integer.parseInt(parts[1]);
                case "rounds" -> rounds = Integer.parseInt(parts[1]);
                default -> throw new IllegalArgumentException(argument);
            }
        }
        serve(filters, rounds);
        System.exit(0);
    }

    /** The node that has the filters; for each round another process joins it. */
    private static void serve(int filters, int rounds) throws Exception {
        Vertx vertx = Vertx.vertx();
        Meter meter = new Meter();
        ClusterVerticle cluster = verticle(new NodeId("there", 1), meter);
        vertx.deployVerticle(cluster).toCompletionStage().toCompletableFuture().get();
        CountDownLatch filled = new CountDownLatch(1);
        cluster.run(() -> {
            for (int i = 0; i < filters; i++) {
                cluster.replica().put(new Entry(1, filter(i), Entry.NO_VALUE));
            }
            filled.countDown();
        });
        filled.await();
        System.out.printf(Locale.ROOT, "%,d filters of %d bytes, for example %s%n", filters, filter(0).length, text(0));
        for (int round = 1; round <= rounds; round++) {
            meter.begin(vertx, cluster);
            String java =
                    Path.of(System.getProperty("java.home"), "bin", "java").toString();
            Process process = new ProcessBuilder(
                            java,
                            "-Xmx2g",
                            "-cp",
                            System.getProperty("java.class.path"),
                            JoiningNode.class.getName(),
                            "join",
                            "" + cluster.port(),
                            "" + round)
                    .redirectErrorStream(true)
                    .start();
            int port = Integer.parseInt(process.inputReader().readLine());
            cluster.view(List.of(new Member(new NodeId("here", round), HOST, port, Wire.VERSION_MIN, Wire.VERSION)));
            process.inputReader().lines().forEach(System.out::println);
            System.out.printf(
                    Locale.ROOT,
                    "  there: %.2f s of CPU, longest turn of the loop %.1f ms of CPU%n",
                    meter.end(vertx, cluster),
                    meter.longestNs / 1e6);
        }
        vertx.close().toCompletionStage().toCompletableFuture().get();
    }

    private static void join(int port, int epoch) throws Exception {
        Vertx vertx = Vertx.vertx();
        Meter meter = new Meter();
        ClusterVerticle cluster = verticle(new NodeId("here", epoch), meter);
        vertx.deployVerticle(cluster).toCompletionStage().toCompletableFuture().get();
        System.out.println(cluster.port());
        meter.begin(vertx, cluster);
        long beganNs = System.nanoTime();
        cluster.view(List.of(new Member(new NodeId("there", 1), HOST, port, Wire.VERSION_MIN, Wire.VERSION)));
        meter.complete.await();
        double seconds = (System.nanoTime() - beganNs) / 1e9;
        double megabytes = meter.metrics.link("there").bytesReceived.sum() / 1e6;
        System.out.printf(
                Locale.ROOT,
                "here: %,d filters in %.2f s, %.2f s of CPU, %.1f MB, %d pages, longest turn of the loop"
                        + " %.1f ms of CPU, heap %d MB%n",
                meter.added,
                seconds,
                meter.end(vertx, cluster),
                megabytes,
                meter.metrics.replica.pagesReceived.sum(),
                meter.longestNs / 1e6,
                (Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory()) >> 20);
    }

    private static ClusterVerticle verticle(NodeId self, Meter meter) {
        ClusterSettings settings =
                new ClusterSettings(self, HOST, 0, "secret", LinkTls.NONE, LINK_BYTES_MAX, SILENCE_MS, SILENCE_MS);
        return new ClusterVerticle(settings, Wire.of(List.of()), meter.metrics, meter, meter);
    }

    private static byte[] filter(int i) {
        return text(i).getBytes(StandardCharsets.UTF_8);
    }

    private static String text(int i) {
        return String.format(Locale.ROOT, "plant/%02d/line/%03d/device/%08x/+/state", i % 20, i % 700, i * 2654435761L);
    }

    /** Counts what comes, and how long the loop is busy without a break. */
    private static final class Meter implements ClusterListener, ReplicaListener {
        final ClusterMetrics metrics = new ClusterMetrics();
        final CountDownLatch complete = new CountDownLatch(1);
        private final SubscriptionIndex index = new SubscriptionIndex();
        private final Subscriber node = new Subscriber(-2, "", false);
        long added;
        private long beganNs;
        private long turnNs;
        private volatile long longestNs;
        private long timer;

        /** CPU time of the loop, since others may have the machine in between. */
        void begin(Vertx vertx, ClusterVerticle cluster) {
            on(cluster, () -> {
                longestNs = 0;
                beganNs = CPU.getCurrentThreadCpuTime();
                turnNs = beganNs;
                timer = vertx.setPeriodic(LAG_EVERY_MS, id -> {
                    long nowNs = CPU.getCurrentThreadCpuTime();
                    longestNs = Math.max(longestNs, nowNs - turnNs);
                    turnNs = nowNs;
                });
            });
        }

        /** Seconds of CPU of the loop since the beginning. */
        double end(Vertx vertx, ClusterVerticle cluster) {
            double[] seconds = {0};
            on(cluster, () -> {
                vertx.cancelTimer(timer);
                seconds[0] = (CPU.getCurrentThreadCpuTime() - beganNs) / 1e9;
            });
            return seconds[0];
        }

        private static void on(ClusterVerticle cluster, Runnable task) {
            CountDownLatch done = new CountDownLatch(1);
            cluster.run(() -> {
                task.run();
                done.countDown();
            });
            try {
                done.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void joined(PeerLink link) {}

        @Override
        public void left(NodeId peer, int unacknowledged) {}

        @Override
        public void received(NodeId from, LinkBody body) {}

        @Override
        public void acknowledged(NodeId peer, long ticket) {}

        @Override
        public void writable(NodeId peer) {}

        @Override
        public void interrupted(NodeId peer) {}

        @Override
        public void added(NodeId origin, Entry entry) {
            if (added++ == 0) {
                longestNs = 0; // the JVM loads what a first connection needs, once
            }
            TopicFilter filter = TopicFilter.of(new String(entry.key(), StandardCharsets.UTF_8));
            index.subscribe(node, new Subscription(filter, 2, false, false, 0, 0));
        }

        @Override
        public void changed(NodeId origin, Entry before, Entry now) {}

        @Override
        public void removed(NodeId origin, Entry entry) {}

        @Override
        public void complete(NodeId origin) {
            complete.countDown();
        }

        @Override
        public void stale(NodeId origin) {}

        @Override
        public void originLeft(NodeId origin, Iterable<Entry> entries) {}
    }
}
