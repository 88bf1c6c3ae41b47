package dev.mooring.stored;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What it costs that every QoS 1 message is in DynamoDB before its PUBACK, beside the same items sent by BatchWriteItem
 * and nothing else, in turns, on one Dynalite in memory. Prints Markdown.
 *
 * <p>Arguments: rounds=3 seconds=8.
 */
public final class StoredOnDynamoDb {
    private static final int PAYLOAD = 256;

    private StoredOnDynamoDb() {}

    public static void main(String[] args) throws Exception {
        int rounds = Integer.parseInt(StoredOnRedis.option(args, "rounds", "3"));
        int seconds = Integer.parseInt(StoredOnRedis.option(args, "seconds", "8"));
        Servers servers = Servers.dynamoDb("target/mooring.jar");
        byte[] payload = "x".repeat(PAYLOAD).getBytes(StandardCharsets.US_ASCII);
        Publishers publishers = new Publishers(servers, payload);
        try (RawItems raw = new RawItems(servers, payload)) {
            System.out.printf(
                    "Dynalite, JDK %s, %d cores, payload %d bytes%n%n| round | raw msg/s | stored msg/s | ratio"
                            + " | broker CPU µs/msg | Dynalite CPU µs/msg: raw | stored |%n"
                            + "|---|---|---|---|---|---|---|%n",
                    System.getProperty("java.version"), Runtime.getRuntime().availableProcessors(), PAYLOAD);
            publishers.run(20, 0, Long.MAX_VALUE); // the JIT compiler is done then
            raw.run(20);
            List<Double> ratios = new ArrayList<>();
            for (int i = 1; i <= rounds; i++) {
                Figures direct = raw.run(seconds);
                Figures stored = publishers.run(seconds, 0, Long.MAX_VALUE);
                ratios.add(stored.rate() / direct.rate());
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
            double median = ratios.stream().sorted().toList().get(ratios.size() / 2);
            System.out.printf(Locale.ROOT, "%nMedian ratio %.2f.%n", median);
        }
        System.exit(0); // the AWS SDK's threads take their time
    }
}
