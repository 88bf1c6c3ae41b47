package dev.mooring.store.dynamodb;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.store.StoreOp;
import java.util.HashMap;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * {@code mqtt_msg} by message id, {@code mqtt_topic_msg} by topic and time, and the view {@code mqtt_topic_msg_map}:
 * what a PUBLISH writes and the acknowledgement of a queue's message deletes, without a read.
 *
 * <p>Body and row go side by side. A row without a body is one whose message has gone, or is on its way and comes live;
 * a body without a row is a PUBLISH that was not answered.
 */
final class TopicMessages {
    private final Ids ids;
    private final Bodies bodies;
    private final Topics topics;
    private final Depth depth;
    private final Figures figures;

    TopicMessages(Ids ids, Bodies bodies, Topics topics, Depth depth, Figures figures) {
        this.ids = ids;
        this.bodies = bodies;
        this.topics = topics;
        this.depth = depth;
        this.figures = figures;
    }

    static String topic(String topic) {
        return "t" + topic;
    }

    void store(StoreOp.MessageStore op, Answer answer, Stages stages) {
        Message m = op.message();
        long endsAtMs = Math.min(op.expiresAtMs(), m.expiresAtMs());
        if (endsAtMs <= System.currentTimeMillis()) {
            return;
        }
        Map<String, AttributeValue> body = bodies.item(m, ids.text(m.id()), m.retain(), endsAtMs, answer);
        if (body != null) {
            stages.write(topic(m.topic().text())).writes.put(Table.MSG, body, answer);
        }
    }

    /** On the way of a PUBLISH. */
    void publish(StoreOp.MessagePublish op, Answer answer, Stages stages) {
        Message m = op.message();
        long nowMs = System.currentTimeMillis();
        long endsAtMs = Math.min(op.expiresAtMs(), m.expiresAtMs());
        if (endsAtMs <= nowMs || !fits(m, figures, answer)) {
            return;
        }
        String id = ids.text(m.id());
        Map<String, AttributeValue> body = bodies.item(m, id, m.retain(), endsAtMs, answer);
        if (body == null) {
            return;
        }
        String topic = m.topic().text();
        Stage stage = stages.write(topic(topic));
        topics.add(topic, nowMs, answer, stage);
        stage.writes.put(Table.MSG, body, answer);
        stage.writes.put(Table.TOPIC_MSG, row(topic, m.id(), id, m.sizeBytes(), endsAtMs), answer);
        stage.topicMap.put(topic, id, true, answer);
        stage.then(() -> depth.added(topic));
    }

    /** Of {@code mqtt_topic_msg}. */
    static Map<String, AttributeValue> row(String topic, MessageId id, String text, int sizeBytes, long endsAtMs) {
        Map<String, AttributeValue> row = new HashMap<>(Item.key(Table.TOPIC_MSG, topic, Ids.key(id)));
        row.put("size", Item.number(sizeBytes));
        if (!text.equals(Ids.key(id))) {
            row.put("text", Item.text(text));
        }
        if (endsAtMs != Message.NEVER) {
            row.put(Table.TTL, Item.number(Bodies.seconds(endsAtMs)));
        }
        return row;
    }

    /** Whether the topic can be a partition key. */
    static boolean fits(Message m, Figures figures, Answer answer) {
        int bytes = m.topic().utf8().length;
        if (bytes > Item.HASH_MAX) {
            figures.tooLarge(answer, "the topic", bytes, Item.HASH_MAX);
        }
        return bytes <= Item.HASH_MAX;
    }

    void acked(StoreOp.AckedForQueue op, Answer answer, Stages stages) {
        if (Item.utf8Length(op.topic()) > Item.HASH_MAX) {
            return; // nothing of it was stored
        }
        String id = ids.text(op.id());
        Stage stage = stages.write(topic(op.topic()), Presence.client(op.clientId()));
        stage.writes.delete(Table.TOPIC_MSG, op.topic(), Ids.key(op.id()), answer);
        stage.writes.delete(Table.MSG, id, answer);
        stage.topicMap.put(op.topic(), id, false, answer);
        if (Item.utf8Length(op.clientId()) <= Item.RANGE_MAX) {
            Map<String, AttributeValue> acked = new HashMap<>(Item.key(Table.ACKED, op.topic(), op.clientId()));
            acked.put("msgid", Item.text(id));
            stage.writes.put(Table.ACKED, acked, answer);
        } else {
            figures.refusedBySize.incrementAndGet(); // the message goes; who took it is not written down
        }
    }
}
