package dev.mooring.store.dynamodb;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.KeysAndAttributes;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;

/** Reads items, always what was written last. */
final class Reads {
    /** Of BatchGetItem. */
    private static final int BATCH = 100;
    /** How often keys that were left undone are asked for, with growing pauses: about two seconds. */
    private static final int ATTEMPTS = 8;

    private final DynamoDbLink link;

    Reads(DynamoDbLink link) {
        this.link = link;
    }

    /**
     * The items that are there, in any order.
     *
     * @param keys without repetitions
     */
    Future<List<Map<String, AttributeValue>>> get(Table table, List<Map<String, AttributeValue>> keys) {
        List<Map<String, AttributeValue>> found = new ArrayList<>(keys.size());
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < keys.size(); i += BATCH) {
            all.add(get(table, keys.subList(i, Math.min(keys.size(), i + BATCH)), found, 0));
        }
        return Future.join(all).map(found);
    }

    private Future<Void> get(
            Table table, List<Map<String, AttributeValue>> keys, List<Map<String, AttributeValue>> found, int attempt) {
        String name = link.name(table);
        KeysAndAttributes wanted =
                KeysAndAttributes.builder().keys(keys).consistentRead(true).build();
        return link.call(table, "BatchGetItem", c -> c.batchGetItem(b -> b.requestItems(Map.of(name, wanted))))
                .compose(response -> {
                    List<Map<String, AttributeValue>> items =
                            response.responses().getOrDefault(name, List.of());
                    found.addAll(items);
                    KeysAndAttributes left = response.unprocessedKeys().get(name);
                    if (left == null || left.keys().isEmpty()) {
                        return Future.succeededFuture();
                    }
                    if (!items.isEmpty()) { // the answer was full
                        return get(table, left.keys(), found, attempt);
                    }
                    return attempt + 1 < ATTEMPTS
                            ? link.pause(attempt).compose(v -> get(table, left.keys(), found, attempt + 1))
                            : Future.failedFuture(link.config().where() + ": BatchGetItem on " + name + " left "
                                    + left.keys().size() + " keys undone " + ATTEMPTS
                                    + " times; the table is asked for more than it may do: raise its capacity");
                });
    }

    /** One item, or null. */
    Future<@Nullable Map<String, AttributeValue>> get(Table table, String hash, String range) {
        return link.call(
                        table,
                        "GetItem",
                        c -> c.getItem(b -> b.tableName(link.name(table))
                                .key(Item.key(table, hash, range))
                                .consistentRead(true)))
                .map(response -> response.hasItem() ? response.item() : null);
    }

    /**
     * A page of one partition.
     *
     * @param afterRange where it begins, which need not be there; empty: at the beginning
     * @param prefix what sort keys begin with; empty: all
     */
    Future<QueryResponse> page(Table table, String hash, String prefix, String afterRange, int limit) {
        String range = String.valueOf(table.range());
        QueryRequest.Builder query = QueryRequest.builder()
                .tableName(link.name(table))
                .consistentRead(true)
                .limit(limit);
        Map<String, String> names = new HashMap<>(Map.of("#hash", table.hash()));
        Map<String, AttributeValue> values = new HashMap<>(Map.of(":hash", Item.text(hash)));
        String condition = "#hash = :hash";
        if (!prefix.isEmpty()) {
            condition += " AND begins_with(#range, :prefix)";
            names.put("#range", range);
            values.put(":prefix", Item.text(prefix));
        }
        if (!afterRange.isEmpty()) {
            query.exclusiveStartKey(Item.key(table, hash, afterRange));
        }
        QueryRequest request = query.keyConditionExpression(condition)
                .expressionAttributeNames(names)
                .expressionAttributeValues(values)
                .build();
        return link.call(table, "Query", c -> c.query(request));
    }
}
