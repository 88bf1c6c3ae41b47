package dev.mooring.stored;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.WriteRequest;

/**
 * The two items that the broker puts for each message, by BatchWriteItem of 24 and nothing else, eight calls at once.
 */
final class RawItems implements AutoCloseable {
    private static final int CALLS = 8;
    private static final int MESSAGES = 12; // of a call: 24 items

    private final Servers servers;
    private final byte[] payload;
    private final DynamoDbAsyncClient client;
    private long number;

    RawItems(Servers servers, byte[] payload) {
        this.servers = servers;
        this.payload = payload;
        this.client = DynamoDbAsyncClient.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + servers.storePort))
                .region(Region.US_WEST_2)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("any", "any")))
                .httpClientBuilder(NettyNioAsyncHttpClient.builder()
                        .maxConcurrency(CALLS)
                        .eventLoopGroupBuilder(SdkEventLoopGroup.builder().numberOfThreads(1)))
                .build();
    }

    Figures run(int seconds) throws InterruptedException {
        double storeBefore = servers.storeCpu();
        Semaphore free = new Semaphore(CALLS);
        AtomicLong written = new AtomicLong();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        long start = System.nanoTime();
        while (System.nanoTime() - start < seconds * 1_000_000_000L && failure.get() == null) {
            free.acquire();
            Map<String, List<WriteRequest>> items = items();
            client.batchWriteItem(b -> b.requestItems(items)).whenComplete((answer, thrown) -> {
                if (thrown != null) {
                    failure.set(thrown);
                } else if (!answer.unprocessedItems().isEmpty()) {
                    failure.set(new IllegalStateException("items were left undone"));
                } else {
                    written.addAndGet(MESSAGES);
                }
                free.release();
            });
        }
        free.acquire(CALLS);
        if (failure.get() != null) {
            throw new IllegalStateException(failure.get());
        }
        double took = (System.nanoTime() - start) / 1e9;
        return new Figures(written.get(), took, 0, servers.storeCpu() - storeBefore, new long[0]);
    }

    private Map<String, List<WriteRequest>> items() {
        List<WriteRequest> messages = new ArrayList<>(MESSAGES);
        List<WriteRequest> index = new ArrayList<>(MESSAGES);
        for (int i = 0; i < MESSAGES; i++) {
            String id = String.format("2VFt0k%014d", number++);
            String topic = "raw/" + number % 50;
            Map<String, AttributeValue> message = new HashMap<>();
            message.put("msgid", AttributeValue.fromS(id));
            message.put("topic", AttributeValue.fromS(topic));
            message.put("sender", AttributeValue.fromS("publisher"));
            message.put("qos", AttributeValue.fromN("1"));
            message.put("retain", AttributeValue.fromN("0"));
            message.put(
                    "payload",
                    AttributeValue.fromS(SdkBytes.fromByteArray(payload).asUtf8String()));
            message.put("arrived", AttributeValue.fromN("1542338754"));
            message.put("expire_at", AttributeValue.fromN("4102444800"));
            messages.add(put(message));
            Map<String, AttributeValue> row = new HashMap<>();
            row.put("topic", AttributeValue.fromS(topic));
            row.put("msgid", AttributeValue.fromS(id));
            row.put("size", AttributeValue.fromN("" + payload.length));
            row.put("expire_at", AttributeValue.fromN("4102444800"));
            index.add(put(row));
        }
        return Map.of("mqtt_msg", messages, "mqtt_topic_msg", index);
    }

    private static WriteRequest put(Map<String, AttributeValue> item) {
        return WriteRequest.builder().putRequest(p -> p.item(item)).build();
    }

    @Override
    public void close() {
        client.close();
    }
}
