package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.MessageId;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DynamoDbHooksTest extends HooksContract {
    @RegisterExtension
    static final TestDynamoDb DYNAMODB = new TestDynamoDb();

    @Override
    Store newStore() {
        return DYNAMODB.newStore();
    }

    @Override
    @Test
    @DisplayName("a queue of the broker's own is refused: this cannot be session.pool")
    void copyKnowsItsOrigin() throws Exception {
        refused(enqueue(message(1, "t"), entry(7)));
    }

    @Override
    @Test
    @DisplayName("a fetch of a session is refused: this cannot be session.pool")
    void fetches() throws Exception {
        refused(new StoreOp.FetchSave(7, new Fetch("a", "p", OpKind.FETCH_FOR_QUEUE, MessageId.ZERO, id(9))));
    }

    private void refused(StoreOp op) throws Exception {
        assertThat(apply(op)).isEqualTo(new StoreReply.Failed(false, "a dynamodb pool cannot be session.pool"));
    }
}
