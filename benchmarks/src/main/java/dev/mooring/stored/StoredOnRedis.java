package dev.mooring.stored;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What it costs that every QoS 1 message is in Redis before its PUBACK, beside the same writes sent raw, in turns. Then
 * the latency of the ack at half the rate, timed from when a message was due. Prints Markdown.
 *
 * <p>Arguments: rounds=3 seconds=8 memory=0; memory=10000000 publishes so many messages with a TTL of 10 s at the end,
 * and prints the memory of broker and Redis as it goes.
 */
public final class StoredOnRedis {
    private static final int PAYLOAD = 256;

    private StoredOnRedis() {}

    public static void main(String[] args) throws Exception {
        int rounds = option(args, "rounds", 3);
        int seconds = option(args, "seconds", 8);
        int memory = option(args, "memory", 0);
        Servers servers = Servers.redis(memory > 0 ? 10 : 3600);
        byte[] payload = "x".repeat(PAYLOAD).getBytes(StandardCharsets.US_ASCII);
        RawWriter raw = new RawWriter(servers, payload);
        Publishers publishers = new Publishers(servers, payload);
        System.out.printf(
                "%s, JDK %s, %d cores, payload %d bytes%n%n| round | raw msg/s | stored msg/s | ratio"
                        + " | broker CPU µs/msg | Redis CPU µs/msg: raw | stored |%n|---|---|---|---|---|---|---|%n",
                version(),
                System.getProperty("java.version"),
                Runtime.getRuntime().availableProcessors(),
                PAYLOAD);
        publishers.run(20, 0, Long.MAX_VALUE); // the JIT compiler is done then
        raw.run(2);
        servers.flush();
        List<Double> rates = new ArrayList<>();
        for (int i = 1; i <= rounds; i++) {
            Figures direct = raw.run(seconds);
            servers.flush();
            Figures stored = publishers.run(seconds, 0, Long.MAX_VALUE);
            servers.flush();
            rates.add(stored.rate());
            System.out.printf(
                    Locale.ROOT,
                    "| %d | %,.0f | %,.0f | %.2f | %.1f | %.1f | %.1f |%n",
                    i,
                    direct.rate(),
                    stored.rate(),
                    stored.rate() / direct.rate(),
                    stored.brokerUs(),
                    direct.storeUs(),
                    stored.storeUs());
        }
        double half = rates.stream().sorted().toList().get(rates.size() / 2) / 2;
        Figures latency = publishers.run(seconds, half, Long.MAX_VALUE);
        System.out.printf(
                Locale.ROOT,
                "%nAck latency at %,.0f msg/s: p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms.%n",
                half,
                latency.percentileMs(0.5),
                latency.percentileMs(0.99),
                latency.percentileMs(0.999));
        if (memory > 0) {
            memory(servers, publishers, memory);
        }
    }

    private static void memory(Servers servers, Publishers publishers, long messages) throws IOException {
        System.out.printf("%n| stored so far | broker RSS MiB | Redis RSS MiB |%n|---|---|---|%n");
        long total = 0;
        while (total < messages) {
            total += publishers.run(3_600, 0, messages / 10).messages();
            System.out.printf(
                    "| %,d | %d | %d |%n", total, Servers.rssMib(servers.broker), Servers.rssMib(servers.store));
        }
    }

    private static String version() throws IOException {
        Process process = new ProcessBuilder("redis-server", "--version").start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return text.replaceAll("(?s) sha=.*", "");
    }

    static int option(String[] args, String name, int otherwise) {
        for (String arg : args) {
            if (arg.startsWith(name + "=")) {
                return Integer.parseInt(arg.substring(name.length() + 1));
            }
        }
        return otherwise;
    }
}
