package dev.mooring.store.dynamodb;

import dev.mooring.message.Message;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.StoreOp;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** {@code mqtt_retain} and {@code mqtt_latest_msg}: a message by its topic, whole, in place of the one before. */
final class OnePerTopic {
    private final Table table;
    private final DynamoDbLink link;
    private final Ids ids;
    private final Bodies bodies;
    private final Topics topics;
    private final TopicPages pages;
    private final Figures figures;

    OnePerTopic(Table table, DynamoDbLink link, Ids ids, Bodies bodies, Topics topics, Reads reads, Figures figures) {
        this.table = table;
        this.link = link;
        this.ids = ids;
        this.bodies = bodies;
        this.topics = topics;
        this.pages = new TopicPages(table, topics, bodies, ids, reads);
        this.figures = figures;
    }

    /** @param expiresAtMs beside the message's own end */
    void set(Message m, boolean retain, long expiresAtMs, Answer answer, Stages stages) {
        long nowMs = System.currentTimeMillis();
        long endsAtMs = Math.min(expiresAtMs, m.expiresAtMs());
        String topic = m.topic().text();
        if (endsAtMs <= nowMs) {
            delete(topic, answer, stages);
            return;
        }
        Map<String, AttributeValue> item = TopicMessages.fits(m, figures, answer)
                ? bodies.item(m, ids.text(m.id()), retain, endsAtMs, answer)
                : null;
        if (item != null) {
            Stage stage = stages.write(TopicMessages.topic(topic));
            topics.add(topic, nowMs, answer, stage);
            stage.writes.put(table, item, answer);
        }
    }

    void delete(String topic, Answer answer, Stages stages) {
        if (Item.utf8Length(topic) <= Item.HASH_MAX) {
            stages.write(TopicMessages.topic(topic)).writes.delete(table, topic, answer);
        }
    }

    /** Only while it is still this message. */
    void acked(StoreOp.AckedForKeepLatest op, Answer answer, Stages stages) {
        if (Item.utf8Length(op.topic()) > Item.HASH_MAX) {
            return;
        }
        stages.other(TopicMessages.topic(op.topic()))
                .run(
                        answer,
                        () -> link.ifMet(
                                table,
                                "DeleteItem",
                                c -> c.deleteItem(b -> b.tableName(link.name(table))
                                        .key(Item.key(table, op.topic(), ""))
                                        .conditionExpression("msgid = :id")
                                        .expressionAttributeValues(Map.of(":id", Item.text(ids.text(op.id())))))));
    }

    /** A page of the topics that match. */
    void find(TopicFilter filter, String afterTopic, int limit, Answer answer, Stages stages) {
        pages.find(filter, afterTopic, limit, answer, stages);
    }
}
