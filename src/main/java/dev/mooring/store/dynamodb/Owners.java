package dev.mooring.store.dynamodb;

import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

/**
 * What only the owner of a session may write. QoS 2 packet ids, marks and Wills are written in one transaction with a
 * condition on the session's epoch. Records have the condition themselves. Subscriptions, and the rows of a session
 * that ends, are more than one transaction takes: there the epoch is read first, which leaves an owner that is replaced
 * within those milliseconds its last word.
 */
final class Owners {
    private final DynamoDbLink link;

    /** Of one operation. */
    record Owner(long sessionId, long epoch) {}

    Owners(DynamoDbLink link) {
        this.link = link;
    }

    /** Of a transaction. */
    TransactWriteItem check(Owner owner) {
        return TransactWriteItem.builder()
                .conditionCheck(c -> c.tableName(link.name(Table.SESSION))
                        .key(head(owner.sessionId))
                        .conditionExpression("epoch <= :epoch")
                        .expressionAttributeValues(epoch(owner)))
                .build();
    }

    static Map<String, AttributeValue> epoch(Owner owner) {
        return Map.of(":epoch", Item.number(owner.epoch));
    }

    static Map<String, AttributeValue> head(long sessionId) {
        return Item.key(Table.SESSION, StateKeys.shard(sessionId), StateKeys.sid(sessionId));
    }

    /** Writes one item of {@link Table#STATE}, if the session is still the owner's. */
    Future<Void> write(Owner owner, TransactWriteItem item) {
        List<TransactWriteItem> both = new ArrayList<>(2);
        both.add(check(owner));
        both.add(item);
        return explained(
                owner,
                link.call(
                                link.name(Table.STATE),
                                "TransactWriteItems",
                                c -> c.transactWriteItems(b -> b.transactItems(both)))
                        .mapEmpty());
    }

    TransactWriteItem put(Map<String, AttributeValue> item) {
        return TransactWriteItem.builder()
                .put(p -> p.tableName(link.name(Table.STATE)).item(item))
                .build();
    }

    TransactWriteItem delete(String sid, String key) {
        return TransactWriteItem.builder()
                .delete(d -> d.tableName(link.name(Table.STATE)).key(Item.key(Table.STATE, sid, key)))
                .build();
    }

    /** Does it if the session is the owner's when this is asked; a session that is gone needs no deletion. */
    Future<Void> ifOwned(StoreOp op, Owner owner, Supplier<Future<Void>> what) {
        return new Reads(link)
                .get(Table.SESSION, StateKeys.shard(owner.sessionId), StateKeys.sid(owner.sessionId))
                .compose(head -> {
                    if (head == null) {
                        return op instanceof StoreOp.SessionDelete ? Future.succeededFuture() : replaced(owner, "none");
                    }
                    long stored = Item.number(head, "epoch", 0);
                    return stored <= owner.epoch ? what.get() : replaced(owner, Long.toString(stored));
                });
    }

    /** Tells a condition that was not met from other failures. */
    Future<Void> explained(Owner owner, Future<Void> write) {
        return write.recover(cause -> {
            boolean isRefused = CallFailed.is(cause, "TransactionCanceledException")
                    && !CallFailed.reply(cause).transientFault();
            return isRefused ? replaced(owner, "another") : Future.failedFuture(cause);
        });
    }

    private static Future<Void> replaced(Owner owner, String stored) {
        return Future.failedFuture(
                new CallFailed(StoreReply.Failed.replaced(owner.sessionId, stored, owner.epoch), "Replaced"));
    }
}
