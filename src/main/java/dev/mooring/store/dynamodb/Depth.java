package dev.mooring.store.dynamodb;

import dev.mooring.store.index.Lru;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.Select;

/**
 * Keeps topics within {@code max_messages_per_topic}. To count a topic's rows costs by their number, so it is done once
 * for each eighth of that many that were added here, aside; a topic may have an eighth more for each process until
 * then.
 */
final class Depth {
    private static final int KNOWN_MAX = 65_536;
    private static final int PAGE = 200;

    private final DynamoDbLink link;
    private final Reads reads;
    private final Ids ids;
    private final TopicMap topicMap;
    private final Figures figures;
    private final Lru<String, int[]> added = Lru.byText(KNOWN_MAX);
    private final Set<String> counting = new HashSet<>();

    Depth(DynamoDbLink link, Reads reads, Ids ids, TopicMap topicMap, Figures figures) {
        this.link = link;
        this.reads = reads;
        this.ids = ids;
        this.topicMap = topicMap;
        this.figures = figures;
    }

    /** A message was, or is again. */
    void added(String topic) {
        int[] count = added.computeIfAbsent(topic, t -> new int[1]);
        if (++count[0] > link.config().maxMessagesPerTopic() / 8 && counting.add(topic)) {
            count[0] = 0;
            count(topic, Map.of(), 0)
                    .compose(rows -> drop(topic, rows - link.config().maxMessagesPerTopic()))
                    .onFailure(cause -> DynamoDbStore.LOG.warn(
                            "topic {} may have too many messages: {}", topic, cause.getMessage()))
                    .onComplete(x -> counting.remove(topic));
        }
    }

    private Future<Long> count(String topic, Map<String, AttributeValue> from, long before) {
        return link.call(
                        Table.TOPIC_MSG,
                        "Query",
                        c -> c.query(b -> b.tableName(link.name(Table.TOPIC_MSG))
                                .keyConditionExpression("topic = :topic")
                                .expressionAttributeValues(Map.of(":topic", Item.text(topic)))
                                .select(Select.COUNT)
                                .exclusiveStartKey(from.isEmpty() ? null : from)))
                .compose(page -> page.hasLastEvaluatedKey()
                        ? count(topic, page.lastEvaluatedKey(), before + page.count())
                        : Future.succeededFuture(before + page.count()));
    }

    /** The oldest, a page at a time. */
    private Future<Void> drop(String topic, long over) {
        if (over <= 0) {
            return Future.succeededFuture();
        }
        int limit = (int) Math.min(PAGE, over);
        return reads.page(Table.TOPIC_MSG, topic, "", "", limit).compose(page -> {
            List<Map<String, AttributeValue>> rows = page.items();
            StoreAside aside = new StoreAside(new Writes(link), topicMap.changes());
            for (Map<String, AttributeValue> row : rows) {
                String key = Item.text(row, "msgid");
                String text = Index.text(row, ids);
                aside.writes.delete(Table.TOPIC_MSG, topic, key, aside.who);
                aside.writes.delete(Table.MSG, text, aside.who);
                aside.changes.put(topic, text, false, aside.who);
            }
            return aside.run().compose(v -> {
                figures.droppedMessages.addAndGet(rows.size());
                return rows.size() < limit ? Future.succeededFuture() : drop(topic, over - rows.size());
            });
        });
    }

    /** Writes that nobody waits for, but that have to succeed before there are more of them. */
    private record StoreAside(Writes writes, TopicMap.Changes changes, Answer who) {
        StoreAside(Writes writes, TopicMap.Changes changes) {
            this(writes, changes, Answer.ignored());
        }

        Future<Void> run() {
            return Future.join(writes.run(), changes.run())
                    .compose(v -> who.hasFailed()
                            ? Future.failedFuture("the oldest cannot be deleted")
                            : Future.succeededFuture());
        }
    }
}
