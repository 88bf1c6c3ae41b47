package dev.mooring.store.dynamodb;

import dev.mooring.message.MessageId;
import dev.mooring.store.index.Entry;
import dev.mooring.store.index.Part;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Reads {@code mqtt_topic_msg}: from anywhere, in the order of time, without what has ended. */
final class Index {
    private final DynamoDbLink link;
    private final Reads reads;
    private final Ids ids;

    Index(DynamoDbLink link, Reads reads, Ids ids) {
        this.link = link;
        this.reads = reads;
        this.ids = ids;
    }

    /** The first entries after an id. */
    Future<Part> after(String topic, MessageId after, int count) {
        if (Item.utf8Length(topic) > Item.HASH_MAX) {
            return Future.succeededFuture(Part.NOTHING);
        }
        return after(topic, Ids.key(after), count, new ArrayList<>(), System.currentTimeMillis());
    }

    private Future<Part> after(String topic, String after, int count, List<Entry> entries, long nowMs) {
        return reads.page(Table.TOPIC_MSG, topic, "", after, count).compose(page -> {
            String last = after;
            for (Map<String, AttributeValue> row : page.items()) {
                last = Item.text(row, "msgid");
                if (!Bodies.hasEnded(row, nowMs) && entries.size() < count) {
                    entries.add(entry(topic, row));
                }
            }
            if (page.hasLastEvaluatedKey() && entries.size() < count) {
                return after(topic, last, count, entries, nowMs);
            }
            return Future.succeededFuture(entries.isEmpty() ? Part.ABSENT : new Part(entries, entries.size() == count));
        });
    }

    private Entry entry(String topic, Map<String, AttributeValue> row) {
        String text = text(row, ids);
        return new Entry(ids.of(text), text, topic, (int) Item.number(row, "size", 0));
    }

    /** Of the id, as in {@code mqtt_msg}. */
    static String text(Map<String, AttributeValue> row, Ids ids) {
        String text = Item.textOrNull(row, "text");
        return text == null ? Item.text(row, "msgid") : text;
    }

    /** The last id that is not after another, or ZERO. */
    Future<MessageId> newest(String topic, MessageId until) {
        if (Item.utf8Length(topic) > Item.HASH_MAX) {
            return Future.succeededFuture(MessageId.ZERO);
        }
        return link.call(
                        Table.TOPIC_MSG,
                        "Query",
                        c -> c.query(b -> b.tableName(link.name(Table.TOPIC_MSG))
                                .keyConditionExpression("topic = :topic AND msgid <= :until")
                                .expressionAttributeValues(
                                        Map.of(":topic", Item.text(topic), ":until", Item.text(Ids.key(until))))
                                .consistentRead(true)
                                .scanIndexForward(false)
                                .limit(1)))
                .map(page -> page.items().isEmpty()
                        ? MessageId.ZERO
                        : MessageId.parse(Item.text(page.items().get(0), "msgid")));
    }
}
