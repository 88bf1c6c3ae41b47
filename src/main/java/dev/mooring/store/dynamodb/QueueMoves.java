package dev.mooring.store.dynamodb;

import dev.mooring.message.MessageId;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import dev.mooring.store.codec.EntryCodec;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

/**
 * {@code QUEUE_MOVE}: so many entries at a time, each in one transaction with its holder and its marks, and with what
 * the move has done up to then. So one that comes again goes on where it was, and answers for all of it.
 */
final class QueueMoves {
    /** Entries of a transaction: at most five items each, of a hundred with the one that is remembered. */
    private static final int ENTRIES_MAX = 19;
    /** Bytes of entries after which a transaction takes no more; they count twice, and 4 MB is the most. */
    private static final int BYTES_MAX = 1 << 20;

    private final DynamoDbLink link;
    private final SharedBodies bodies;
    private final KnownParts known;

    QueueMoves(DynamoDbLink link, SharedBodies bodies, KnownParts known) {
        this.link = link;
        this.bodies = bodies;
        this.known = known;
    }

    /** What the move has done; not final while positions are left. */
    private record Sum(int count, long bytes) {}

    void move(StoreOp.QueueMove op, Answer who, Stages stages) {
        if (op.fromSessionId() == op.toSessionId()) {
            who.reply(new StoreReply.Moved(0, 0));
            return;
        }
        List<Object> keys =
                List.of(new State.Session(op.fromSessionId()), new State.Session(op.toSessionId()), State.HOLDERS);
        String from = StateKeys.sid(op.fromSessionId());
        String to = StateKeys.sid(op.toSessionId());
        List<MessageId> positions = List.copyOf(new LinkedHashSet<>(op.positions()));
        stages.stage(List.of(), keys)
                .ask(
                        who,
                        () -> new Reads(link)
                                .get(Table.STATE, to, StateKeys.MOVE + from)
                                .compose(last -> move(op, from, to, positions, sum(op, last))));
    }

    private static Sum sum(StoreOp.QueueMove op, @Nullable Map<String, AttributeValue> last) {
        return last == null || !Item.text(last, "by").equals(op.by().toString())
                ? new Sum(0, 0)
                : new Sum((int) Item.number(last, "count", 0), Item.number(last, "bytes", 0));
    }

    private Future<StoreReply> move(
            StoreOp.QueueMove op, String from, String to, List<MessageId> positions, Sum before) {
        if (positions.isEmpty()) {
            return Future.succeededFuture(new StoreReply.Moved(before.count, before.bytes));
        }
        List<MessageId> some = positions.subList(0, Math.min(positions.size(), ENTRIES_MAX));
        return new Reads(link).get(Table.STATE, keys(from, to, some)).compose(items -> {
            Map<String, Map<String, AttributeValue>> there = new HashMap<>();
            for (Map<String, AttributeValue> item : items) {
                there.put(Item.text(item, "sid") + Item.text(item, "key"), item);
            }
            List<TransactWriteItem> all = new ArrayList<>();
            int done = 0;
            int count = before.count;
            long size = before.bytes;
            for (int bytes = 0; done < some.size() && bytes < BYTES_MAX; done++) {
                Map<String, AttributeValue> moved = add(op, all, there, from, to, some.get(done));
                if (moved != null) {
                    bytes += Item.sizeBytes(moved);
                    count++;
                    size += Item.number(moved, "size", 0);
                }
            }
            Sum sum = new Sum(count, size);
            if (!all.isEmpty()) {
                all.add(remember(op, from, to, sum));
            }
            List<MessageId> left = positions.subList(done, positions.size());
            return transact(all).compose(v -> move(op, from, to, left, sum));
        });
    }

    private static List<Map<String, AttributeValue>> keys(String from, String to, List<MessageId> positions) {
        List<Map<String, AttributeValue>> keys = new ArrayList<>(4 * positions.size());
        for (MessageId position : positions) {
            for (String sid : List.of(from, to)) {
                keys.add(Item.key(Table.STATE, sid, StateKeys.entry(position)));
                keys.add(Item.key(Table.STATE, sid, StateKeys.mark(position)));
            }
        }
        return keys;
    }

    private TransactWriteItem remember(StoreOp.QueueMove op, String from, String to, Sum sum) {
        Map<String, AttributeValue> item = new HashMap<>(Item.key(Table.STATE, to, StateKeys.MOVE + from));
        item.put("by", Item.text(op.by().toString()));
        item.put("count", Item.number(sum.count));
        item.put("bytes", Item.number(sum.bytes));
        return put(item);
    }

    /** What moves one entry, if it is there and not in flight. @return it, if the other queue did not have it */
    private @Nullable Map<String, AttributeValue> add(
            StoreOp.QueueMove op,
            List<TransactWriteItem> all,
            Map<String, Map<String, AttributeValue>> there,
            String from,
            String to,
            MessageId position) {
        String entry = StateKeys.entry(position);
        String mark = StateKeys.mark(position);
        Map<String, AttributeValue> item = there.get(from + entry);
        if (item == null || there.containsKey(from + mark)) {
            return null;
        }
        int parts = QueueRows.parts(item);
        if (parts != KnownParts.NONE) {
            known.note(position, parts);
        }
        all.add(delete(from, entry));
        if (there.containsKey(to + entry)) {
            if (parts != KnownParts.NONE) {
                all.add(TransactWriteItem.builder()
                        .update(bodies.leave(SharedBodies.Part.of(position, from, parts), from))
                        .build());
            }
            return null;
        }
        Map<String, AttributeValue> moved = new HashMap<>(item);
        moved.put("sid", Item.text(to));
        byte[] value = Item.bytes(item, "entry");
        if (value != null) {
            moved.put("entry", Item.bytes(EntryCodec.moved(value, op)));
        }
        all.add(put(moved));
        if (there.containsKey(to + mark)) { // of a SENT that came after the entry had moved away from there once
            all.add(delete(to, mark));
        }
        if (parts != KnownParts.NONE) {
            bodies.move(position, from, to, parts)
                    .forEach(update ->
                            all.add(TransactWriteItem.builder().update(update).build()));
        }
        return moved;
    }

    private TransactWriteItem put(Map<String, AttributeValue> item) {
        return TransactWriteItem.builder()
                .put(p -> p.tableName(link.name(Table.STATE)).item(item))
                .build();
    }

    private TransactWriteItem delete(String sid, String key) {
        return TransactWriteItem.builder()
                .delete(d -> d.tableName(link.name(Table.STATE)).key(Item.key(Table.STATE, sid, key)))
                .build();
    }

    private Future<Void> transact(List<TransactWriteItem> items) {
        return items.isEmpty()
                ? Future.succeededFuture()
                : link.call(
                                link.name(Table.STATE),
                                "TransactWriteItems",
                                c -> c.transactWriteItems(b -> b.transactItems(items)))
                        .mapEmpty();
    }
}
