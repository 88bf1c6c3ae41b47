package dev.mooring.store;

import dev.mooring.dynamodb.Dynalite;
import dev.mooring.message.MessageId;
import dev.mooring.store.dynamodb.DynamoDbConfig;
import dev.mooring.store.dynamodb.DynamoDbStore;
import dev.mooring.store.dynamodb.Table;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ResourceNotFoundException;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

/** A DynamoDB for the tests of one class, with tables of its own that are empty for each of them. */
final class TestDynamoDb implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    private Vertx vertx;
    private DynamoDbAsyncClient client;
    private String prefix;

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        vertx = Vertx.vertx();
        client = Dynalite.client();
        client.listTables().get(60, TimeUnit.SECONDS); // the first answer takes its time
        prefix = Dynalite.newPrefix();
    }

    /** Behind the test's own methods, which close the store. */
    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        List<CompletableFuture<?>> deleted = new ArrayList<>(); // side by side
        for (Table table : Table.values()) {
            for (Map<String, AttributeValue> item : items(table)) {
                String range = table.range();
                Map<String, AttributeValue> key = range == null
                        ? Map.of(table.hash(), item.get(table.hash()))
                        : Map.of(table.hash(), item.get(table.hash()), range, item.get(range));
                deleted.add(client.deleteItem(b -> b.tableName(name(table)).key(key)));
            }
        }
        await(CompletableFuture.allOf(deleted.toArray(CompletableFuture[]::new)));
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        client.close();
        StoreHarness.await(vertx.close());
    }

    DynamoDbConfig config() {
        return DynamoDbConfig.local(Dynalite.server(), prefix);
    }

    /** Not open yet; to be called from any thread. */
    Store newStore() {
        return newStore(config());
    }

    Store newStore(DynamoDbConfig config) {
        return new OnContext(vertx, new DynamoDbStore(vertx, config));
    }

    /** @param floor ids up to this one may be in queues already */
    Store newStore(DynamoDbConfig config, MessageId floor) {
        return new OnContext(vertx, new DynamoDbStore(vertx, config, floor));
    }

    DynamoDbAsyncClient client() {
        return client;
    }

    String name(Table table) {
        return table.name(prefix);
    }

    /** All items of a table of this test. */
    List<Map<String, AttributeValue>> items(Table table) throws Exception {
        List<Map<String, AttributeValue>> items = new ArrayList<>();
        Map<String, AttributeValue> after = Map.of();
        try {
            do { // an answer ends at 1 MB
                Map<String, AttributeValue> from = after;
                ScanResponse page = await(client.scan(b ->
                        b.tableName(name(table)).consistentRead(true).exclusiveStartKey(from.isEmpty() ? null : from)));
                items.addAll(page.items());
                after = page.lastEvaluatedKey();
            } while (!after.isEmpty());
            return items;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ResourceNotFoundException) {
                return List.of();
            }
            throw e;
        }
    }

    private static <T> T await(CompletableFuture<T> answer) throws Exception {
        return answer.get(60, TimeUnit.SECONDS);
    }
}
