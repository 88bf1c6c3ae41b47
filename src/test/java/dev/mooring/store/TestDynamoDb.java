package dev.mooring.store;

import dev.mooring.dynamodb.DynamoDbLocal;
import dev.mooring.store.dynamodb.DynamoDbConfig;
import dev.mooring.store.dynamodb.DynamoDbStore;
import dev.mooring.store.dynamodb.Table;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A DynamoDB for the tests of one class, with tables of its own for each of them. */
final class TestDynamoDb implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    private Vertx vertx;
    private DynamoDbAsyncClient client;
    private String prefix;

    @Override
    public void beforeAll(ExtensionContext context) throws Exception {
        vertx = Vertx.vertx();
        client = DynamoDbLocal.client();
        client.listTables().get(60, TimeUnit.SECONDS); // the first answer takes its time
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        prefix = DynamoDbLocal.newPrefix();
    }

    /** Behind the test's own methods, which close the store. */
    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        for (String table : client.listTables().get(20, TimeUnit.SECONDS).tableNames()) {
            if (table.startsWith(prefix)) {
                client.deleteTable(b -> b.tableName(table)).get(20, TimeUnit.SECONDS);
            }
        }
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        client.close();
        StoreHarness.await(vertx.close());
    }

    DynamoDbConfig config() {
        return DynamoDbConfig.local(DynamoDbLocal.server(), prefix);
    }

    /** Not open yet; to be called from any thread. */
    Store newStore() {
        return newStore(config());
    }

    Store newStore(DynamoDbConfig config) {
        return new OnContext(vertx, new DynamoDbStore(vertx, config));
    }

    DynamoDbAsyncClient client() {
        return client;
    }

    String name(Table table) {
        return table.name(prefix);
    }

    /** All items of a table of this test. */
    List<Map<String, AttributeValue>> items(Table table) throws Exception {
        return client.scan(b -> b.tableName(name(table)).consistentRead(true))
                .get(20, TimeUnit.SECONDS)
                .items();
    }
}
