package dev.mooring.store.dynamodb;

import dev.mooring.message.Subscription;
import dev.mooring.message.Will;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import dev.mooring.store.codec.SessionCodec;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;

/** Session records with their Wills, subscriptions and fetches; and the end of sessions. */
final class Sessions {
    /** Hex digits of the digest of a filter, and of a fetch, in the key of a fetch. */
    private static final int DIGEST = 32;

    private final DynamoDbLink link;
    private final LargeWills wills;
    private final SharedBodies bodies;
    private final Ranges ranges;

    Sessions(DynamoDbLink link, SharedBodies bodies) {
        this.link = link;
        this.wills = new LargeWills(link);
        this.bodies = bodies;
        this.ranges = new Ranges(link);
    }

    // ---- the record

    void save(SessionRecord s, Answer who, Stages stages) {
        Map<String, AttributeValue> item =
                new HashMap<>(Item.key(Table.SESSION, StateKeys.shard(s.sessionId()), StateKeys.sid(s.sessionId())));
        Will will = s.will();
        item.put("record", Item.bytes(SessionCodec.session(s)));
        item.put("epoch", Item.number(s.epoch()));
        byte[] bytes = will == null ? new byte[0] : SessionCodec.will(will);
        if (will != null) {
            item.put("will", Item.bytes(bytes));
        }
        boolean large = Item.sizeBytes(item) > Item.SIZE_MAX;
        Stage stage = stages.stage(List.of(new State.Session(s.sessionId())), List.of(new State.Head(s.sessionId())));
        stage.ask(
                who,
                () -> large
                        ? wills.write(s, bytes).compose(refers -> {
                            item.putAll(refers);
                            return save(s, item);
                        })
                        : save(s, item));
    }

    /** One's own earlier attempt has the same epoch, so it is in nobody's way. */
    private Future<StoreReply> save(SessionRecord s, Map<String, AttributeValue> item) {
        return link.call(
                        Table.SESSION,
                        "PutItem",
                        c -> c.putItem(b -> b.tableName(link.name(Table.SESSION))
                                .item(item)
                                .conditionExpression("attribute_not_exists(epoch) OR epoch <= :epoch")
                                .expressionAttributeValues(Map.of(":epoch", Item.number(s.epoch())))
                                .returnValues(ReturnValue.ALL_OLD)))
                .map(answer -> answer.attributes())
                .compose(
                        was -> wills.replaced(s.sessionId(), was, item).map(StoreReply.DONE),
                        cause -> CallFailed.is(cause, "ConditionalCheckFailedException")
                                ? refused(s, item)
                                : Future.failedFuture(cause));
    }

    private Future<StoreReply> refused(SessionRecord s, Map<String, AttributeValue> item) {
        return new Reads(link)
                .get(Table.SESSION, StateKeys.shard(s.sessionId()), StateKeys.sid(s.sessionId()))
                .compose(stored -> wills.replaced(s.sessionId(), item, stored == null ? Map.of() : stored)
                        .map(replaced(s, stored)));
    }

    private static StoreReply replaced(SessionRecord s, @Nullable Map<String, AttributeValue> stored) {
        String epoch = stored == null ? "unknown" : Long.toString(Item.number(stored, "epoch", 0));
        return new StoreReply.Failed(
                false,
                "session " + s.sessionId() + " has an owner of epoch " + epoch + "; a write of epoch " + s.epoch()
                        + " comes from an owner that was replaced");
    }

    // ---- subscriptions and fetches

    void subscribe(StoreOp.SubscriptionsSave op, Answer who, Stages stages) {
        Stage stage = stages.stage(written(op.sessionId()), List.of());
        String sid = StateKeys.sid(op.sessionId());
        for (Subscription s : op.subscriptions()) {
            String filter = s.filter().text();
            String key = StateKeys.subscription(sid, filter);
            Map<String, AttributeValue> item =
                    new HashMap<>(Item.key(Table.SESSION, StateKeys.shard(op.sessionId()), key));
            item.put("filter", Item.text(filter));
            item.put("subscription", Item.bytes(SessionCodec.subscription(s)));
            stage.writes.put(Table.SESSION, item, who);
        }
    }

    void unsubscribe(StoreOp.SubscriptionsDelete op, Answer who, Stages stages) {
        List<Object> session = List.of(new State.Session(op.sessionId()));
        List<Object> head = List.of(new State.Head(op.sessionId()));
        stages.stage(session, head).run(who, () -> unsubscribe(op));
    }

    private Future<Void> unsubscribe(StoreOp.SubscriptionsDelete op) {
        String sid = StateKeys.sid(op.sessionId());
        Set<String> prefixes = new HashSet<>();
        op.filters().forEach(filter -> prefixes.add(fetchPrefix(filter)));
        List<String> fetches = new ArrayList<>(0);
        Ranges.Range all = new Ranges.Range(Table.STATE, sid, StateKeys.FETCH, StateKeys.FETCH + StateKeys.END, "key");
        return ranges.each(all, 1_000, row -> {
                    String key = Item.text(row, "key");
                    if (prefixes.contains(key.substring(0, StateKeys.FETCH.length() + DIGEST))) {
                        fetches.add(key);
                    }
                    return true;
                })
                .compose(v -> Writes.now(link, (writes, who) -> {
                    for (String filter : op.filters()) {
                        String key = StateKeys.subscription(sid, filter);
                        writes.delete(Table.SESSION, StateKeys.shard(op.sessionId()), key, who);
                    }
                    fetches.forEach(key -> writes.delete(Table.STATE, sid, key, who));
                }));
    }

    void fetch(StoreOp.FetchSave op, Answer who, Stages stages) {
        Stage stage = stages.stage(written(op.sessionId()), List.of());
        String sid = StateKeys.sid(op.sessionId());
        byte[] name = SessionCodec.fetchName(op.fetch());
        String key = fetchPrefix(op.fetch().filter()) + LongKey.digest(name).substring(0, DIGEST);
        if (op.fetch().isDone()) {
            stage.writes.delete(Table.STATE, sid, key, who);
            return;
        }
        Map<String, AttributeValue> item = new HashMap<>(Item.key(Table.STATE, sid, key));
        item.put("name", Item.bytes(name));
        item.put("fetch", Item.bytes(SessionCodec.fetch(op.fetch())));
        stage.writes.put(Table.STATE, item, who);
    }

    private static String fetchPrefix(String filter) {
        byte[] utf8 = filter.getBytes(StandardCharsets.UTF_8);
        return StateKeys.FETCH + LongKey.digest(utf8).substring(0, DIGEST);
    }

    private static List<Object> written(long sessionId) {
        return List.of(new State.Session(sessionId), new State.Head(sessionId));
    }

    // ---- the end

    /** The record goes last: so a broker that ends in between finds the session again. */
    void delete(StoreOp.SessionDelete op, Answer who, Stages stages) {
        List<Object> whole = List.of(new State.Session(op.sessionId()), new State.Head(op.sessionId()));
        stages.stage(List.of(State.HOLDERS), whole).run(who, () -> delete(op.sessionId()));
    }

    private Future<Void> delete(long sessionId) {
        String sid = StateKeys.sid(sessionId);
        String shard = StateKeys.shard(sessionId);
        Ranges.Range state = new Ranges.Range(Table.STATE, sid, "a", StateKeys.END, "key", "parts");
        Ranges.Range subscriptions = new Ranges.Range(Table.SESSION, shard, sid + "u", sid + StateKeys.END, "key");
        return ranges.pages(
                        state,
                        1_000,
                        rows -> release(sid, rows)
                                .compose(v -> deleteAll(Table.STATE, sid, rows))
                                .map(true))
                .compose(v -> ranges.pages(
                        subscriptions,
                        1_000,
                        rows -> deleteAll(Table.SESSION, shard, rows).map(true)))
                .compose(v -> Writes.now(link, (writes, who) -> writes.delete(Table.SESSION, shard, sid, who)));
    }

    private Future<Void> release(String sid, List<Map<String, AttributeValue>> rows) {
        Map<SharedBodies.Part, List<String>> shared = new HashMap<>();
        for (Map<String, AttributeValue> row : rows) {
            int parts = QueueRows.parts(row);
            if (parts != KnownParts.NONE) {
                shared.put(SharedBodies.Part.of(StateKeys.position(Item.text(row, "key")), sid, parts), List.of(sid));
            }
        }
        return bodies.release(shared);
    }

    private Future<Void> deleteAll(Table table, String hash, List<Map<String, AttributeValue>> rows) {
        return Writes.now(
                link, (writes, who) -> rows.forEach(row -> writes.delete(table, hash, Item.text(row, "key"), who)));
    }
}
