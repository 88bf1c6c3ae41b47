package dev.mooring.stored;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * What it costs that every QoS 1 message is in the embedded store, fsynced, before its PUBACK, beside the same rows
 * written and fsynced by RocksDB and nothing else, in turns, on one disk. Then the latency of the ack at a fixed rate,
 * timed from when a message was due. Prints Markdown.
 *
 * <p>Arguments: warmup=20 rounds=3 seconds=8 rate=15000.
 */
public final class StoredOnEmbedded {
    private static final byte[] PAYLOAD = "x".repeat(256).getBytes(StandardCharsets.US_ASCII);

    private StoredOnEmbedded() {}

    public static void main(String[] args) throws Exception {
        int warmUp = Integer.parseInt(StoredOnRedis.option(args, "warmup", "20"));
        int rounds = Integer.parseInt(StoredOnRedis.option(args, "rounds", "3"));
        int seconds = Integer.parseInt(StoredOnRedis.option(args, "seconds", "8"));
        double rate = Double.parseDouble(StoredOnRedis.option(args, "rate", "15000"));
        Servers servers = Servers.embedded("target/mooring.jar");
        Publishers publishers = new Publishers(servers, PAYLOAD);
        double[] ratios = new double[rounds];
        try (RawRows raw = new RawRows(servers.dir.resolve("raw"), PAYLOAD)) {
            System.out.printf(
                    "JDK %s, %d cores, payload %d bytes%n%n"
                            + "| round | raw msg/s | stored msg/s | ratio | broker CPU µs/msg |%n"
                            + "|---|---|---|---|---|%n",
                    System.getProperty("java.version"), Runtime.getRuntime().availableProcessors(), PAYLOAD.length);
            publishers.run(warmUp, 0, Long.MAX_VALUE); // the JIT compiler should be done then
            raw.run(2);
            for (int i = 0; i < rounds; i++) {
                Figures direct = raw.run(seconds);
                Figures stored = publishers.run(seconds, 0, Long.MAX_VALUE);
                ratios[i] = stored.rate() / direct.rate();
                System.out.printf(
                        Locale.ROOT,
                        "| %d | %,.0f | %,.0f | %.2f | %.1f |%n",
                        i + 1,
                        direct.rate(),
                        stored.rate(),
                        ratios[i],
                        stored.brokerUs());
            }
        }
        Arrays.sort(ratios);
        Figures latency = publishers.run(seconds, rate, Long.MAX_VALUE);
        System.out.printf(
                Locale.ROOT,
                "%nMedian ratio %.2f. At %,.0f acks a second: p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms.%n",
                ratios[rounds / 2],
                latency.rate(),
                latency.percentileMs(0.5),
                latency.percentileMs(0.99),
                latency.percentileMs(0.999));
    }
}
