package dev.mooring.store.dynamodb;

import io.vertx.core.Future;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;

/** Goes through a part of a partition, in the order of the sort keys; always through what was written last. */
final class Ranges {
    /** Items of an answer, which DynamoDB ends at 1 MB anyway. */
    private static final int PAGE_MAX = 1_000;

    private final DynamoDbLink link;

    Ranges(DynamoDbLink link) {
        this.link = link;
    }

    /**
     * @param from first sort key
     * @param to last sort key
     * @param attributes that are of interest; none: all
     */
    record Range(Table table, String hash, String from, String to, String... attributes) {}

    /**
     * Visits one item after the other, until there are no more or the visitor says false.
     *
     * @param likely so many items will be visited, as far as is known
     */
    Future<Void> each(Range range, int likely, Predicate<Map<String, AttributeValue>> visitor) {
        return pages(range, likely, items -> {
            for (Map<String, AttributeValue> item : items) {
                if (!visitor.test(item)) {
                    return Future.succeededFuture(false);
                }
            }
            return Future.succeededFuture(true);
        });
    }

    /**
     * Gives one page after the other to {@code work}, until there are no more or it says false.
     *
     * @param likely so many items are wanted, as far as is known
     */
    Future<Void> pages(Range range, int likely, Function<List<Map<String, AttributeValue>>, Future<Boolean>> work) {
        return pages(range, Math.max(1, Math.min(likely, PAGE_MAX)), null, work);
    }

    private Future<Void> pages(
            Range range,
            int limit,
            @Nullable Map<String, AttributeValue> after,
            Function<List<Map<String, AttributeValue>>, Future<Boolean>> work) {
        QueryRequest request = request(range, limit, after);
        return link.call(range.table, "Query", c -> c.query(request))
                .compose(page -> work.apply(page.items())
                        .compose(more -> more && page.hasLastEvaluatedKey()
                                ? pages(range, PAGE_MAX, page.lastEvaluatedKey(), work)
                                : Future.succeededFuture()));
    }

    private QueryRequest request(Range range, int limit, @Nullable Map<String, AttributeValue> after) {
        Map<String, String> names = new HashMap<>();
        names.put("#hash", range.table.hash());
        names.put("#range", String.valueOf(range.table.range()));
        StringBuilder projection = new StringBuilder();
        for (int i = 0; i < range.attributes.length; i++) {
            names.put("#a" + i, range.attributes[i]);
            projection.append(i == 0 ? "#a" : ",#a").append(i);
        }
        QueryRequest.Builder request = QueryRequest.builder()
                .tableName(link.name(range.table))
                .consistentRead(true)
                .limit(limit)
                .keyConditionExpression("#hash = :hash AND #range BETWEEN :from AND :to")
                .expressionAttributeNames(names)
                .expressionAttributeValues(Map.of(
                        ":hash", Item.text(range.hash),
                        ":from", Item.text(range.from),
                        ":to", Item.text(range.to)));
        if (after != null) {
            request.exclusiveStartKey(after);
        }
        return projection.isEmpty()
                ? request.build()
                : request.projectionExpression(projection.toString()).build();
    }
}
