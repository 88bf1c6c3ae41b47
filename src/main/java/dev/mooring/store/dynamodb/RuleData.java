package dev.mooring.store.dynamodb;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ScanRequest;
import software.amazon.awssdk.services.dynamodb.model.ScanResponse;

/** {@code RULE_DATA_SCAN}: scans one table after the other, whoever wrote them. What has ended is left out. */
final class RuleData {
    private static final List<Table> TABLES =
            List.of(Table.CLIENT, Table.SUB, Table.MSG, Table.LATEST, Table.RETAIN, Table.ACKED);
    private static final int PAGE_MAX = 1_000;

    private final DynamoDbLink link;
    private final Reads reads;
    private final Ids ids;
    private final Bodies bodies;

    RuleData(DynamoDbLink link, Reads reads, Ids ids, Bodies bodies) {
        this.link = link;
        this.reads = reads;
        this.ids = ids;
        this.bodies = bodies;
    }

    /** Where a page ends is told by the table and the key of the last item, as a list of texts. */
    void page(StoreOp.RuleDataScan op, Answer who, Stages stages) {
        stages.all().ask(who, () -> page(op));
    }

    private Future<StoreReply> page(StoreOp.RuleDataScan op) {
        JsonArray after =
                op.after().isEmpty() ? new JsonArray().add(TABLES.get(0).name()) : new JsonArray(op.after());
        Table table = Table.valueOf(after.getString(0));
        ScanRequest request = ScanRequest.builder()
                .tableName(link.name(table))
                .consistentRead(true)
                .limit(Math.max(1, Math.min(op.limit(), PAGE_MAX)))
                .exclusiveStartKey(
                        after.size() == 1
                                ? null
                                : Item.key(table, after.getString(1), after.size() > 2 ? after.getString(2) : ""))
                .build();
        return link.call(table, "Scan", c -> c.scan(request))
                .compose(page -> indexed(table, page.items()).map(indexed -> {
                    List<StoreOp> writes = new ArrayList<>(page.items().size());
                    for (Map<String, AttributeValue> item : page.items()) {
                        StoreOp write = write(table, item, indexed);
                        if (write != null) {
                            writes.add(write);
                        }
                    }
                    return new StoreReply.RuleData(writes, next(table, page));
                }));
    }

    private static @Nullable String next(Table table, ScanResponse page) {
        if (page.hasLastEvaluatedKey()) {
            JsonArray next = new JsonArray().add(table.name());
            next.add(Item.text(page.lastEvaluatedKey(), table.hash()));
            String range = table.range();
            return (range == null ? next : next.add(Item.text(page.lastEvaluatedKey(), range))).encode();
        }
        int at = TABLES.indexOf(table) + 1;
        return at == TABLES.size()
                ? null
                : new JsonArray().add(TABLES.get(at).name()).encode();
    }

    /** Texts of those message ids that a topic has: as a row, or in the view alone, where another program wrote it. */
    private Future<Set<String>> indexed(Table table, List<Map<String, AttributeValue>> items) {
        Set<String> indexed = new HashSet<>();
        if (table != Table.MSG) {
            return Future.succeededFuture(indexed);
        }
        List<Map<String, AttributeValue>> rows = new ArrayList<>();
        Set<Map<String, AttributeValue>> topics = new HashSet<>();
        for (Map<String, AttributeValue> item : items) {
            String topic = Item.text(item, "topic");
            if (!topic.isEmpty() && Positions.canHave(topic)) {
                rows.add(Item.key(Table.TOPIC_MSG, topic, Ids.key(ids.of(Item.text(item, "msgid")))));
                topics.add(Item.key(Table.TOPIC_MSG_MAP, topic, ""));
            }
        }
        Future<?> ofRows = reads.get(Table.TOPIC_MSG, rows)
                .onSuccess(found -> found.forEach(row -> indexed.add(Item.text(row, "msgid"))));
        Future<?> ofViews = reads.get(Table.TOPIC_MSG_MAP, List.copyOf(topics))
                .onSuccess(found -> found.forEach(view -> {
                    AttributeValue texts = view.get("MsgId");
                    if (texts != null) {
                        texts.ss().forEach(text -> indexed.add(Ids.key(ids.of(text))));
                    }
                }));
        return Future.all(ofRows, ofViews).map(indexed);
    }

    /** Null when there is nothing to write. */
    private @Nullable StoreOp write(Table table, Map<String, AttributeValue> item, Set<String> indexed) {
        return switch (table) {
            case CLIENT -> client(item);
            case SUB -> {
                List<Subscription> found = new ArrayList<>(1);
                Presence.add(found, Item.text(item, "topic"), Item.number(item, "qos", 0));
                yield found.isEmpty() ? null : new StoreOp.ProxySave(Item.text(item, "clientid"), found, List.of());
            }
            case ACKED -> {
                String text = Item.textOrNull(item, "msgid");
                yield text == null
                        ? null
                        : new StoreOp.AckedForPubsub(
                                Item.text(item, "clientid"), Item.text(item, "topic"), positions(text));
            }
            default -> message(table, item, indexed);
        };
    }

    private MessageId positions(String text) {
        return text.equals(Positions.NOTHING_YET) ? MessageId.ZERO : ids.of(text);
    }

    private static StoreOp client(Map<String, AttributeValue> item) {
        String clientId = Item.text(item, "clientid");
        String node = Item.text(item, "node");
        long onlineAtS = seconds(Item.number(item, "online_at", 0));
        return Item.number(item, "connect_state", 0) == 1
                ? new StoreOp.ClientConnected(node, clientId, onlineAtS)
                : new StoreOp.ClientDisconnected(
                        node, clientId, onlineAtS, seconds(Item.number(item, "offline_at", 0)));
    }

    private static long seconds(long time) {
        return time > Bodies.SECONDS_MAX ? time / 1000 : time;
    }

    private @Nullable StoreOp message(Table table, Map<String, AttributeValue> item, Set<String> indexed) {
        String text = Item.text(item, "msgid");
        MessageId id = ids.of(text);
        Message m = bodies.read(item, id, table == Table.MSG ? text : Item.text(item, "topic"));
        if (m == null) {
            return null;
        }
        long endsAtS = Item.number(item, Table.TTL, -1);
        long endsAtMs = endsAtS < 0 ? Message.NEVER : 1000 * endsAtS;
        return switch (table) {
            case RETAIN -> new StoreOp.MessageRetain(m);
            case LATEST -> new StoreOp.MessageStoreKeepLatest(m, endsAtMs);
            default ->
                indexed.contains(Ids.key(id))
                        ? new StoreOp.MessagePublish(m, endsAtMs)
                        : new StoreOp.MessageStore(m, endsAtMs);
        };
    }
}
