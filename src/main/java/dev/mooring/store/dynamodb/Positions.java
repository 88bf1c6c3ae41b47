package dev.mooring.store.dynamodb;

import dev.mooring.message.MessageId;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.StoreOp;
import dev.mooring.store.index.Lru;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * {@code mqtt_acked}: how far a client has acknowledged a topic. Which topics it has such items for is in
 * {@code mooring_acked}, where they enter first; so the end of a wildcard subscription finds them all.
 *
 * <p>A position moves by one conditional update. Where the documented text of an id does not sort by time, the
 * attribute {@code position} beside it does.
 */
final class Positions {
    private static final int KNOWN_MAX = 100_000;
    private static final int PAGE = 200;
    static final String NOTHING_YET = "0";

    private final DynamoDbLink link;
    private final Reads reads;
    private final Ids ids;
    private final Figures figures;
    private final Lru<Pair, Boolean> known = new Lru<>(KNOWN_MAX, pair -> pair.clientId.length() + pair.topic.length());

    private record Pair(String clientId, String topic) {}

    Positions(DynamoDbLink link, Reads reads, Ids ids, Figures figures) {
        this.link = link;
        this.reads = reads;
        this.ids = ids;
        this.figures = figures;
    }

    /** Whether there can be a position; what a filter or a topic is too long for was never stored. */
    static boolean canHave(String topic) {
        return Item.utf8Length(topic) <= Item.HASH_MAX;
    }

    /** Tells {@code answer} when it is not. */
    boolean isShortEnough(String clientId, Answer answer) {
        int bytes = Item.utf8Length(clientId);
        if (bytes > Item.RANGE_MAX) {
            figures.tooLarge(answer, "the client id for mqtt_acked", bytes, Item.RANGE_MAX);
        }
        return bytes <= Item.RANGE_MAX;
    }

    // ---- reading

    /** By topic, where there is one. */
    Future<Map<String, MessageId>> get(String clientId, List<String> topics) {
        List<Map<String, AttributeValue>> keys = new ArrayList<>(topics.size());
        for (String topic : topics) {
            if (canHave(topic)) {
                keys.add(Item.key(Table.ACKED, topic, clientId));
            }
        }
        return reads.get(Table.ACKED, keys).map(items -> {
            Map<String, MessageId> found = new HashMap<>();
            for (Map<String, AttributeValue> item : items) {
                String text = Item.textOrNull(item, "msgid");
                if (text != null) {
                    found.put(Item.text(item, "topic"), id(text));
                }
            }
            return found;
        });
    }

    private MessageId id(String text) {
        return text.equals(NOTHING_YET) ? MessageId.ZERO : ids.of(text);
    }

    private String text(MessageId id) {
        return id.equals(MessageId.ZERO) ? NOTHING_YET : ids.text(id);
    }

    // ---- moving

    /** The moves of one stage: of each position the farthest. */
    final class Moves {
        private final Map<Pair, MessageId> to = new LinkedHashMap<>(0);
        private final Map<Pair, List<Answer>> who = new HashMap<>(0);

        void put(String clientId, String topic, MessageId id, Answer answer) {
            Pair pair = new Pair(clientId, topic);
            to.merge(pair, id, (a, b) -> a.compareTo(b) > 0 ? a : b);
            who.computeIfAbsent(pair, p -> new ArrayList<>(1)).add(answer);
        }

        /** Fails never: who it concerns is told. */
        Future<Void> run() {
            List<Future<?>> all = new ArrayList<>(to.size());
            to.forEach((pair, id) -> all.add(enter(pair)
                    .compose(v -> forward(pair, id))
                    .onFailure(cause -> who.getOrDefault(pair, List.of()).forEach(a -> a.failed(cause)))));
            return Future.join(all).transform(x -> Future.succeededFuture());
        }
    }

    Moves moves() {
        return new Moves();
    }

    void acked(StoreOp.AckedForPubsub op, Answer answer, Stages stages) {
        if (canHave(op.topic()) && isShortEnough(op.clientId(), answer)) {
            stages.write(Presence.client(op.clientId())).positions.put(op.clientId(), op.topic(), op.id(), answer);
        }
    }

    /** A first position; one that is there already stays. */
    Future<Void> begin(String clientId, String topic, MessageId id) {
        if (!canHave(topic)) {
            return Future.succeededFuture();
        }
        Pair pair = new Pair(clientId, topic);
        return enter(pair)
                .compose(v -> update(pair, id, "attribute_not_exists(msgid)", null))
                .mapEmpty();
    }

    private Future<Void> enter(Pair pair) {
        if (known.get(pair) != null) {
            return Future.succeededFuture();
        }
        String key = LongKey.of(pair.topic);
        Map<String, AttributeValue> row = new HashMap<>(Item.key(Table.POSITIONS, pair.clientId, key));
        if (!key.equals(pair.topic)) {
            row.put("name", Item.text(pair.topic));
        }
        return link.call(
                        Table.POSITIONS,
                        "PutItem",
                        c -> c.putItem(
                                b -> b.tableName(link.name(Table.POSITIONS)).item(row)))
                .onSuccess(v -> known.put(pair, true))
                .mapEmpty();
    }

    private Future<Void> forward(Pair pair, MessageId id) {
        String condition = ids.isOrdered()
                ? "attribute_not_exists(msgid) OR msgid < :id"
                : "attribute_not_exists(msgid) OR #position < :position";
        return update(pair, id, condition, null).compose(moved -> moved ? Future.succeededFuture() : look(pair, id));
    }

    /** It is farther already, or of another form, which tells nothing by how it sorts. */
    private Future<Void> look(Pair pair, MessageId id) {
        return reads.get(Table.ACKED, pair.topic, pair.clientId).compose(item -> {
            String old = item == null ? null : Item.textOrNull(item, "msgid");
            if (old == null) {
                return forward(pair, id); // it was deleted meanwhile
            }
            if (id(old).compareTo(id) >= 0) {
                return Future.succeededFuture();
            }
            return update(pair, id, "msgid = :old", old)
                    .compose(moved -> moved ? Future.succeededFuture() : forward(pair, id));
        });
    }

    /** Whether the condition was met. */
    private Future<Boolean> update(Pair pair, MessageId id, String condition, @Nullable String old) {
        Map<String, AttributeValue> values = new HashMap<>(Map.of(":id", Item.text(text(id))));
        if (old != null) {
            values.put(":old", Item.text(old));
        }
        Map<String, String> names = new HashMap<>();
        String set = "SET msgid = :id";
        if (!ids.isOrdered()) {
            names.put("#position", "position");
            values.put(":position", Item.text(Ids.key(id)));
            set += ", #position = :position";
        }
        String update = set;
        return link.ifMet(
                Table.ACKED,
                "UpdateItem",
                c -> c.updateItem(b -> b.tableName(link.name(Table.ACKED))
                        .key(Item.key(Table.ACKED, pair.topic, pair.clientId))
                        .updateExpression(update)
                        .conditionExpression(condition)
                        .expressionAttributeNames(names.isEmpty() ? null : names)
                        .expressionAttributeValues(values)));
    }

    // ---- the end of a subscription

    void delete(StoreOp.AckedDelete op, Answer answer, Stages stages) {
        int bytes = Item.utf8Length(op.clientId());
        if (bytes > Item.RANGE_MAX) {
            return; // it never had any
        }
        stages.other(Presence.client(op.clientId())).run(answer, () -> {
            TopicFilter filter = op.filter();
            Future<Void> own = canHave(filter.filter())
                    ? delete(op.clientId(), List.of(filter.filter()), answer)
                    : Future.succeededFuture();
            return filter.wildcard() ? own.compose(v -> deleteMatching(op, "", answer)) : own;
        });
    }

    private Future<Void> deleteMatching(StoreOp.AckedDelete op, String after, Answer answer) {
        String prefix = LongKey.prefix(op.filter().literalPrefix());
        return reads.page(Table.POSITIONS, op.clientId(), prefix, after, PAGE).compose(page -> {
            List<String> matching = new ArrayList<>();
            String last = "";
            for (Map<String, AttributeValue> row : page.items()) {
                last = Item.text(row, "topic");
                String name = Item.textOrNull(row, "name");
                String topic = name == null ? last : name;
                if (!topic.isEmpty() && op.filter().matches(topic)) {
                    matching.add(topic);
                }
            }
            String next = last;
            return delete(op.clientId(), matching, answer)
                    .compose(v ->
                            page.hasLastEvaluatedKey() ? deleteMatching(op, next, answer) : Future.succeededFuture());
        });
    }

    private Future<Void> delete(String clientId, List<String> topics, Answer answer) {
        Writes positions = new Writes(link);
        Writes rows = new Writes(link);
        for (String topic : topics) {
            known.remove(new Pair(clientId, topic));
            positions.delete(Table.ACKED, topic, clientId, answer);
            rows.delete(Table.POSITIONS, clientId, LongKey.of(topic), answer);
        }
        return positions.run().compose(v -> answer.hasFailed() ? Future.succeededFuture() : rows.run());
    }
}
