package dev.mooring.store;

import dev.mooring.dynamodb.NeedsNode;
import org.junit.jupiter.api.extension.RegisterExtension;

@NeedsNode
class DynamoDbHooksTest extends HooksContract {
    @RegisterExtension
    static final TestDynamoDb DYNAMODB = new TestDynamoDb();

    @Override
    Store newStore() {
        return DYNAMODB.newStore();
    }
}
