package dev.mooring.store;

import org.junit.jupiter.api.extension.RegisterExtension;

class DynamoDbHooksTest extends HooksContract {
    @RegisterExtension
    static final TestDynamoDb DYNAMODB = new TestDynamoDb();

    @Override
    Store newStore() {
        return DYNAMODB.newStore();
    }
}
