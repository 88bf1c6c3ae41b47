package dev.mooring.store.dynamodb;

import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Who is on line where: {@code mqtt_client}; and {@code mqtt_sub}. What a node left behind is found by
 * {@code mooring_node}, where a client enters before it is on line in {@code mqtt_client} and leaves after.
 */
final class Presence {
    /** A time that much later than now is none: it was in another unit. */
    private static final long LATER_S_MAX = 86_400;

    private static final String CONNECTED =
            "SET connect_state = :one, #node = :node, online_at = :at, offline_at = :zero";
    /** A connection that is known to be newer stays; of this node the later word is always the newer. */
    private static final String IS_NEWER =
            "attribute_not_exists(online_at) OR online_at <= :at OR online_at > :far OR #node = :node";

    private static final String DISCONNECTED = "SET connect_state = :zero, offline_at = :now";
    private static final String IS_THIS = "#node = :node AND online_at = :at AND connect_state = :one";

    private final DynamoDbLink link;
    private final Figures figures;

    Presence(DynamoDbLink link, Figures figures) {
        this.link = link;
        this.figures = figures;
    }

    void connected(StoreOp.ClientConnected op, Answer answer, Stages stages) {
        if (!fits(op.clientId(), Item.HASH_MAX, answer)) {
            return;
        }
        long at = time(op.onlineAtS());
        Map<String, AttributeValue> row = new HashMap<>(Item.key(Table.NODE, op.node(), LongKey.of(op.clientId())));
        row.put("online_at", Item.number(at));
        row.put("name", Item.text(op.clientId()));
        Map<String, AttributeValue> values = Map.of(
                ":one", Item.number(1),
                ":zero", Item.number(0),
                ":node", Item.text(op.node()),
                ":at", Item.number(at),
                ":far", Item.number(time(op.onlineAtS() + LATER_S_MAX)));
        stages.other(client(op.clientId()))
                .run(
                        answer,
                        () -> link.call(
                                        Table.NODE,
                                        "PutItem",
                                        c -> c.putItem(b -> b.tableName(link.name(Table.NODE))
                                                .item(row)))
                                .compose(v -> update(op.clientId(), CONNECTED, IS_NEWER, values)));
    }

    void disconnected(StoreOp.ClientDisconnected op, Answer answer, Stages stages) {
        if (!fits(op.clientId(), Item.HASH_MAX, answer)) {
            return;
        }
        stages.other(client(op.clientId()))
                .run(
                        answer,
                        () -> goOffline(op.node(), op.clientId(), time(op.onlineAtS()), time(op.offlineAtS()))
                                .compose(v -> leave(op.node(), op.clientId(), time(op.onlineAtS()))));
    }

    private Future<Boolean> goOffline(String node, String clientId, long onlineAt, long offlineAt) {
        Map<String, AttributeValue> values = Map.of(
                ":one", Item.number(1),
                ":zero", Item.number(0),
                ":node", Item.text(node),
                ":at", Item.number(onlineAt),
                ":now", Item.number(offlineAt));
        return update(clientId, DISCONNECTED, IS_THIS, values);
    }

    /** Whether the condition was met. */
    private Future<Boolean> update(
            String clientId, String update, String condition, Map<String, AttributeValue> values) {
        return link.ifMet(
                Table.CLIENT,
                "UpdateItem",
                c -> c.updateItem(b -> b.tableName(link.name(Table.CLIENT))
                        .key(Item.key(Table.CLIENT, clientId, ""))
                        .updateExpression(update)
                        .conditionExpression(condition)
                        .expressionAttributeNames(Map.of("#node", "node"))
                        .expressionAttributeValues(values)));
    }

    private Future<Boolean> leave(String node, String clientId, long onlineAt) {
        return link.ifMet(
                Table.NODE,
                "DeleteItem",
                c -> c.deleteItem(b -> b.tableName(link.name(Table.NODE))
                        .key(Item.key(Table.NODE, node, LongKey.of(clientId)))
                        .conditionExpression("online_at = :at")
                        .expressionAttributeValues(Map.of(":at", Item.number(onlineAt)))));
    }

    // ---- the start of a node

    /** Page by page; who enters while this runs has connected to this very node, so there is nobody. */
    void clear(StoreOp.NodeClear op, Answer answer, Stages stages) {
        stages.all().run(answer, () -> clear(op, Map.of()));
    }

    private Future<Void> clear(StoreOp.NodeClear op, Map<String, AttributeValue> from) {
        return link.call(
                        Table.NODE,
                        "Query",
                        c -> c.query(b -> b.tableName(link.name(Table.NODE))
                                .keyConditionExpression("#node = :node")
                                .expressionAttributeNames(Map.of("#node", "node"))
                                .expressionAttributeValues(Map.of(":node", Item.text(op.node())))
                                .consistentRead(true)
                                .exclusiveStartKey(from.isEmpty() ? null : from)))
                .compose(page -> {
                    List<Future<?>> all = new ArrayList<>();
                    for (Map<String, AttributeValue> row : page.items()) {
                        String clientId = Item.text(row, "name");
                        long onlineAt = Item.number(row, "online_at", 0);
                        all.add(goOffline(op.node(), clientId, onlineAt, time(op.offlineAtS()))
                                .compose(v -> leave(op.node(), clientId, onlineAt)));
                    }
                    return Future.join(all)
                            .compose(v -> page.hasLastEvaluatedKey()
                                    ? clear(op, page.lastEvaluatedKey())
                                    : Future.succeededFuture());
                });
    }

    // ---- proxy subscriptions

    void save(StoreOp.ProxySave op, Answer answer, Stages stages) {
        if (!fits(op.clientId(), Item.HASH_MAX, answer)) {
            return;
        }
        for (Subscription s : op.saved()) {
            int bytes = Item.utf8Length(s.filter().text());
            if (bytes > Item.RANGE_MAX) {
                figures.tooLarge(answer, "the topic filter for mqtt_sub", bytes, Item.RANGE_MAX);
                return;
            }
        }
        Stage stage = stages.write(client(op.clientId()));
        for (Subscription s : op.saved()) {
            Map<String, AttributeValue> row =
                    new HashMap<>(Item.key(Table.SUB, op.clientId(), s.filter().text()));
            row.put("qos", Item.number(s.qos()));
            stage.writes.put(Table.SUB, row, answer);
        }
        for (String filter : op.removed()) {
            if (Item.utf8Length(filter) <= Item.RANGE_MAX) {
                stage.writes.delete(Table.SUB, op.clientId(), filter, answer);
            }
        }
    }

    /** Written by other programs, so anything may be in it: what is no filter is left out, QoS is clamped. */
    void lookup(StoreOp.SubscribeLookup op, Answer answer, Stages stages) {
        if (Item.utf8Length(op.clientId()) > Item.HASH_MAX) {
            answer.reply(new StoreReply.Subscriptions(List.of())); // there can be none
            return;
        }
        stages.other(client(op.clientId())).ask(answer, () -> lookup(op, Map.of(), new ArrayList<>()));
    }

    private Future<StoreReply> lookup(
            StoreOp.SubscribeLookup op, Map<String, AttributeValue> from, List<Subscription> found) {
        return link.call(
                        Table.SUB,
                        "Query",
                        c -> c.query(b -> b.tableName(link.name(Table.SUB))
                                .keyConditionExpression("clientid = :client")
                                .expressionAttributeValues(Map.of(":client", Item.text(op.clientId())))
                                .consistentRead(true)
                                .exclusiveStartKey(from.isEmpty() ? null : from)))
                .compose(page -> {
                    page.items().forEach(row -> add(found, Item.text(row, "topic"), Item.number(row, "qos", 0)));
                    return page.hasLastEvaluatedKey()
                            ? lookup(op, page.lastEvaluatedKey(), found)
                            : Future.succeededFuture(new StoreReply.Subscriptions(found));
                });
    }

    static void add(List<Subscription> found, String filter, long qos) {
        if (TopicFilter.parse(filter) == null) {
            DynamoDbStore.LOG.warn("mqtt_sub has the filter \"{}\": left out", filter);
        } else {
            found.add(Subscription.of(filter, (int) Math.max(0, Math.min(2, qos))));
        }
    }

    private boolean fits(String clientId, int most, Answer answer) {
        int bytes = Item.utf8Length(clientId);
        if (bytes > most) {
            figures.tooLarge(answer, "the client id", bytes, most);
        }
        return bytes <= most;
    }

    static String client(String clientId) {
        return "c" + clientId;
    }

    private long time(long seconds) {
        return link.config().timestampUnit().ofS(seconds);
    }
}
