package dev.mooring.stored;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * What it costs that every QoS 1 message is in Redis before its PUBACK, beside the same writes sent raw, in turns. Then
 * the latency of the ack at half the rate, timed from when a message was due. Prints Markdown.
 *
 * <p>Arguments: warmup=20 rounds=3 seconds=8 jars=target/mooring.jar rate=0 memory=0. Several jars, with commas
 * between, take turns. rate is that of the second table, 0 half of what the first jar reached. memory=10000000
 * publishes so many messages with a TTL of 10 s at the end, and prints the memory of broker and Redis as it goes.
 */
public final class StoredOnRedis {
    private static final byte[] PAYLOAD = "x".repeat(256).getBytes(StandardCharsets.US_ASCII);

    private StoredOnRedis() {}

    /** One version of the broker, its Redis, and what was measured of both. */
    private static final class Version {
        final String jar;
        final Servers servers;
        final RawWriter raw;
        final Publishers publishers;
        final List<Figures> direct = new ArrayList<>();
        final List<Figures> stored = new ArrayList<>();

        Version(String jar, int expiredTime) throws IOException, InterruptedException {
            this.jar = jar;
            servers = Servers.redis(jar, expiredTime);
            raw = new RawWriter(servers, PAYLOAD);
            publishers = new Publishers(servers, PAYLOAD);
        }

        void warmUp(int seconds) throws IOException {
            publishers.run(seconds, 0, Long.MAX_VALUE); // the JIT compiler should be done then
            raw.run(2);
            servers.flush();
        }

        void round(String name, int seconds) throws IOException {
            direct.add(raw.run(seconds));
            servers.flush();
            stored.add(publishers.run(seconds, 0, Long.MAX_VALUE));
            servers.flush();
            int last = stored.size() - 1;
            row(name, stored.get(last).rate() / direct.get(last).rate(), f -> f.get(last), f -> f.get(last));
        }

        void medians() {
            double[] ratios = new double[stored.size()];
            for (int i = 0; i < ratios.length; i++) {
                ratios[i] = stored.get(i).rate() / direct.get(i).rate();
            }
            Arrays.sort(ratios);
            row("median", ratios[ratios.length / 2], StoredOnRedis::median, StoredOnRedis::median);
        }

        private void row(
                String round,
                double ratio,
                Function<List<Figures>, Figures> ofRaw,
                Function<List<Figures>, Figures> of) {
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %s | %,.0f | %,.0f | %.2f | %.1f | %.1f | %.1f |%n",
                    jar,
                    round,
                    ofRaw.apply(direct).rate(),
                    of.apply(stored).rate(),
                    ratio,
                    of.apply(stored).brokerUs(),
                    ofRaw.apply(direct).storeUs(),
                    of.apply(stored).storeUs());
        }

        void latency(int seconds, double messagesPerS) throws IOException {
            Figures latency = publishers.run(seconds, messagesPerS, Long.MAX_VALUE);
            servers.flush();
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %,.0f | %.2f | %.2f | %.2f | %.1f | %.1f |%n",
                    jar,
                    latency.rate(),
                    latency.percentileMs(0.5),
                    latency.percentileMs(0.99),
                    latency.percentileMs(0.999),
                    latency.brokerUs(),
                    latency.storeUs());
        }
    }

    private static Figures median(List<Figures> rounds) {
        return rounds.stream()
                .sorted(Comparator.comparingDouble(Figures::rate))
                .toList()
                .get(rounds.size() / 2);
    }

    public static void main(String[] args) throws Exception {
        int rounds = Integer.parseInt(option(args, "rounds", "3"));
        int seconds = Integer.parseInt(option(args, "seconds", "8"));
        int memory = Integer.parseInt(option(args, "memory", "0"));
        List<Version> versions = new ArrayList<>();
        for (String jar : option(args, "jars", "target/mooring.jar").split(",")) {
            versions.add(new Version(jar, memory > 0 ? 10 : 3600));
        }
        System.out.printf(
                "%s, JDK %s, %d cores, payload %d bytes%n%n"
                        + "| broker | round | raw msg/s | stored msg/s | ratio"
                        + " | broker CPU µs/msg | Redis CPU µs/msg: raw | stored |%n"
                        + "|---|---|---|---|---|---|---|---|%n",
                redis(),
                System.getProperty("java.version"),
                Runtime.getRuntime().availableProcessors(),
                PAYLOAD.length);
        for (Version version : versions) {
            version.warmUp(Integer.parseInt(option(args, "warmup", "20")));
        }
        for (int i = 1; i <= rounds; i++) {
            for (Version version : versions) {
                version.round("" + i, seconds);
            }
        }
        versions.forEach(Version::medians);
        double given = Double.parseDouble(option(args, "rate", "0"));
        double rate = given > 0 ? given : median(versions.get(0).stored).rate() / 2;
        System.out.printf("%n| broker | acks/s | p50 ms | p99 ms | p99.9 ms | broker CPU µs/msg | Redis CPU µs/msg |%n"
                + "|---|---|---|---|---|---|---|%n");
        for (int i = 1; i <= rounds; i++) {
            for (Version version : versions) {
                version.latency(seconds, rate);
            }
        }
        for (Version version : versions) {
            if (memory > 0) {
                memory(version.servers, version.publishers, memory);
            }
        }
    }

    private static void memory(Servers servers, Publishers publishers, long messages) throws IOException {
        System.out.printf("%n| stored so far | broker RSS MiB | Redis RSS MiB |%n|---|---|---|%n");
        long total = 0;
        while (total < messages) {
            total += publishers.run(3_600, 0, messages / 10).messages();
            System.out.printf(
                    "| %,d | %d | %d |%n",
                    total, Servers.rssMib(servers.broker), Servers.rssMib(servers.store.orElseThrow()));
        }
    }

    private static String redis() throws IOException {
        Process process = new ProcessBuilder("redis-server", "--version").start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return text.replaceAll("(?s) sha=.*", "");
    }

    static String option(String[] args, String name, String otherwise) {
        for (String arg : args) {
            if (arg.startsWith(name + "=")) {
                return arg.substring(name.length() + 1);
            }
        }
        return otherwise;
    }
}
