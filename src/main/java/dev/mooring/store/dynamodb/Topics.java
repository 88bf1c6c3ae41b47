package dev.mooring.store.dynamodb;

import dev.mooring.message.TopicFilter;
import dev.mooring.store.index.Lru;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;

/**
 * Which topics have messages, or a retained one, or a latest one: what wildcard filters need and DynamoDB cannot be
 * asked for. Rows of {@code mooring_topics} in four partitions for each of the three, by name.
 *
 * <p>A topic enters with what it gets, and is then known here for a while, so that most writes cost nothing. It leaves
 * when a wildcard filter has seen it without anything twice, so far apart that no process still knows it: who enters it
 * meanwhile makes a row that was never seen empty.
 */
final class Topics {
    private static final int PARTITIONS = 4;
    private static final int KNOWN_MAX = 65_536;
    private static final long KNOWN_MS = 600_000;
    private static final String EMPTY = "empty_at";

    /** What a topic can have. */
    enum Kind {
        MSG,
        RETAIN,
        LATEST;

        private final String prefix = name().toLowerCase(Locale.ROOT) + "#";
    }

    /** @param emptyAtMs when it was first seen without anything, or 0 */
    record Row(String topic, long emptyAtMs) {}

    /**
     * Rows in the order of their keys.
     *
     * @param last topic of the last row, whether it matches or not; empty when there is none
     * @param cut whether there are more
     */
    record Rows(List<Row> rows, String last, boolean cut) {
        Rows(List<Row> rows, boolean cut) {
            this(rows, rows.isEmpty() ? "" : rows.get(rows.size() - 1).topic(), cut);
        }
    }

    private final Kind kind;
    private final DynamoDbLink link;
    private final Reads reads;
    private final Lru<String, Long> knownUntilMs = Lru.byText(KNOWN_MAX);

    Topics(Kind kind, DynamoDbLink link, Reads reads) {
        this.kind = kind;
        this.link = link;
        this.reads = reads;
    }

    /** To be called with what the topic gets. On the way of a PUBLISH. */
    void add(String topic, long nowMs, Answer who, Stage stage) {
        Long until = knownUntilMs.get(topic);
        if (until != null && until > nowMs) {
            return;
        }
        String key = LongKey.of(topic);
        Map<String, AttributeValue> row = new HashMap<>(Item.key(Table.TOPICS, partition(key), key));
        if (!key.equals(topic)) {
            row.put("name", Item.text(topic));
        }
        stage.writes.put(Table.TOPICS, row, who);
        stage.then(() -> {
            if (!who.hasFailed()) {
                knownUntilMs.put(topic, nowMs + KNOWN_MS);
            }
        });
    }

    private String partition(String key) {
        return kind.prefix + Math.floorMod(key.hashCode(), PARTITIONS);
    }

    /** The topic of this row was seen without anything. What becomes of the row nobody waits for. */
    void empty(Row row, long nowMs) {
        String key = LongKey.of(row.topic);
        if (row.emptyAtMs == 0) {
            link.ifMet(
                    Table.TOPICS,
                    "UpdateItem",
                    c -> c.updateItem(b -> b.tableName(link.name(Table.TOPICS))
                            .key(Item.key(Table.TOPICS, partition(key), key))
                            .updateExpression("SET " + EMPTY + " = :now")
                            .conditionExpression("attribute_exists(topic) AND attribute_not_exists(" + EMPTY + ")")
                            .expressionAttributeValues(Map.of(":now", Item.number(nowMs)))));
        } else if (nowMs - row.emptyAtMs > 2 * KNOWN_MS) {
            link.ifMet(
                    Table.TOPICS,
                    "DeleteItem",
                    c -> c.deleteItem(b -> b.tableName(link.name(Table.TOPICS))
                            .key(Item.key(Table.TOPICS, partition(key), key))
                            .conditionExpression(EMPTY + " = :then")
                            .expressionAttributeValues(Map.of(":then", Item.number(row.emptyAtMs)))));
        }
    }

    /** A part of the topics that may match: those that begin as the filter does. */
    Future<Rows> list(TopicFilter filter, String afterTopic, int limit) {
        String prefix = LongKey.prefix(filter.literalPrefix());
        String after = afterTopic.isEmpty() ? "" : LongKey.of(afterTopic);
        List<Future<QueryResponse>> pages = new ArrayList<>(PARTITIONS);
        for (int i = 0; i < PARTITIONS; i++) {
            pages.add(reads.page(Table.TOPICS, kind.prefix + i, prefix, after, limit));
        }
        return Future.join(pages).map(v -> merged(pages, limit));
    }

    private static Rows merged(List<Future<QueryResponse>> pages, int limit) {
        record Keyed(byte[] key, Row row) {}
        Comparator<Keyed> byKey = Comparator.comparing(Keyed::key, Arrays::compareUnsigned);
        List<Keyed> all = new ArrayList<>();
        byte[] completeTo = null;
        for (Future<QueryResponse> page : pages) {
            byte[] last = new byte[0];
            for (Map<String, AttributeValue> item : page.result().items()) {
                String key = Item.text(item, "topic");
                String name = Item.textOrNull(item, "name");
                last = key.getBytes(StandardCharsets.UTF_8);
                all.add(new Keyed(last, new Row(name == null ? key : name, Item.number(item, EMPTY, 0))));
            }
            if (page.result().hasLastEvaluatedKey()
                    && (completeTo == null || Arrays.compareUnsigned(last, completeTo) < 0)) {
                completeTo = last;
            }
        }
        all.sort(byKey);
        List<Row> rows = new ArrayList<>();
        for (Keyed keyed : all) {
            if (rows.size() == limit || (completeTo != null && Arrays.compareUnsigned(keyed.key, completeTo) > 0)) {
                return new Rows(rows, true);
            }
            rows.add(keyed.row);
        }
        return new Rows(rows, completeTo != null);
    }
}
