package dev.mooring.dynamodb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;

class DynamoDbLocalTest {
    @Test
    @DisplayName("a transaction of which one condition is not met writes nothing")
    void transaction() throws Exception {
        String table = DynamoDbLocal.newPrefix() + "things";
        try (DynamoDbAsyncClient client = DynamoDbLocal.client()) {
            client.createTable(b -> b.tableName(table)
                            .billingMode(BillingMode.PAY_PER_REQUEST)
                            .keySchema(k -> k.attributeName("id").keyType(KeyType.HASH))
                            .attributeDefinitions(a -> a.attributeName("id").attributeType(ScalarAttributeType.S)))
                    .get(20, TimeUnit.SECONDS);
            Map<String, AttributeValue> one = Map.of("id", AttributeValue.fromS("1"));
            Map<String, AttributeValue> two = Map.of("id", AttributeValue.fromS("2"));

            assertThatThrownBy(() -> client.transactWriteItems(b -> b.transactItems(
                                    w -> w.put(p -> p.tableName(table).item(one)),
                                    w -> w.delete(d ->
                                            d.tableName(table).key(two).conditionExpression("attribute_exists(id)"))))
                            .get(20, TimeUnit.SECONDS))
                    .hasCauseInstanceOf(TransactionCanceledException.class);

            assertThat(client.scan(b -> b.tableName(table))
                            .get(20, TimeUnit.SECONDS)
                            .items())
                    .isEmpty();
        }
    }
}
