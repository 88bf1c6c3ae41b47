package dev.mooring.store.dynamodb;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.store.codec.Damaged;
import dev.mooring.store.codec.MessageCodec;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.Update;

/**
 * Messages that stand once for several queues, or that one item cannot hold: a partition of {@link Table#BODY} each, in
 * chunks {@code b#0}, {@code b#1} …; and the sessions that have it in their queue, as attributes of the rows
 * {@code h#0}, {@code h#1} ….
 *
 * <p><b>No count.</b> A count would have to change once and only once with each entry that goes, hence in a
 * transaction; and all subscribers of one message, acknowledging it at the same time, would be in each other's way. An
 * attribute goes as often as one likes, many in one update, and with the last of a row it is seen whether the body
 * goes.
 *
 * <p><b>Order.</b> Entries are written before the first chunk, and forgotten after their holder. So whatever is left by
 * a broker that ended in between is found from an entry; and an entry without a body is none: either its ENQUEUE did
 * not come to its end, hence was not acknowledged, or its DEQUEUE nearly did.
 */
final class SharedBodies {
    /** Sessions in a row of holders, about: a row of 1 KB costs one unit to change. */
    private static final int HOLDERS = 48;
    /** Attributes that one update changes. */
    private static final int CHANGES = 100;

    private static final String CHUNK = "b#";
    private static final String HOLDER = "h#";

    private final DynamoDbLink link;
    private final Reads reads;
    private final Ranges ranges;

    SharedBodies(DynamoDbLink link) {
        this.link = link;
        this.reads = new Reads(link);
        this.ranges = new Ranges(link);
    }

    /** Rows of holders for a message in so many queues. */
    static int parts(int queues) {
        return Math.max(1, (queues + HOLDERS - 1) / HOLDERS);
    }

    /** A row of holders. */
    record Part(MessageId id, int number) {
        /** @param parts rows that the entry was written with */
        static Part of(MessageId id, String sid, int parts) {
            return new Part(id, Math.floorMod(sid.hashCode() * 0x9E3779B9, parts));
        }
    }

    // ---- writing

    /** The items of a message; the first is to be written last. */
    List<Map<String, AttributeValue>> chunks(Message m) {
        List<byte[]> chunks = Chunks.split(MessageCodec.bytes(m));
        int count = chunks.size();
        List<Map<String, AttributeValue>> items = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            Map<String, AttributeValue> item = new HashMap<>(Item.key(Table.BODY, m.id().toString(), CHUNK + i));
            item.put("bytes", Item.bytes(chunks.get(i)));
            if (i == 0) {
                item.put("chunks", Item.number(count));
            }
            items.add(item);
        }
        return items;
    }

    /** Adds sessions to the holders of a body. */
    Future<Void> hold(Map<Part, List<String>> sids) {
        return change(
                sids,
                (part, some) -> link.call(
                                Table.BODY,
                                "UpdateItem",
                                c -> c.updateItem(b -> b.tableName(link.name(Table.BODY))
                                        .key(key(part))
                                        .updateExpression("SET " + names(some.size(), "=:held"))
                                        .expressionAttributeNames(names(some))
                                        .expressionAttributeValues(HELD)))
                        .mapEmpty());
    }

    /** Takes sessions from the holders, and bodies away that nobody holds any more. May come again. */
    Future<Void> release(Map<Part, List<String>> sids) {
        return change(sids, (part, some) -> {
            Map<String, String> names = names(some);
            names.put("#part", "part");
            return link.call(
                            Table.BODY,
                            "UpdateItem",
                            c -> c.updateItem(b -> b.tableName(link.name(Table.BODY))
                                    .key(key(part))
                                    .updateExpression("REMOVE " + names(some.size(), ""))
                                    .conditionExpression("attribute_exists(#part)")
                                    .expressionAttributeNames(names)
                                    .returnValues(ReturnValue.ALL_NEW)))
                    .map(answer -> isEmpty(answer.attributes()))
                    .recover(cause -> CallFailed.is(cause, "ConditionalCheckFailedException")
                            ? Future.succeededFuture(true)
                            : Future.failedFuture(cause))
                    .compose(empty -> empty ? sweep(part.id) : Future.succeededFuture());
        });
    }

    /** For a transaction: the holder of an entry that moves. */
    List<Update> move(MessageId id, String from, String to, int parts) {
        Part left = Part.of(id, from, parts);
        Part joined = Part.of(id, to, parts);
        if (left.equals(joined)) {
            return List.of(Update.builder()
                    .tableName(link.name(Table.BODY))
                    .key(key(left))
                    .updateExpression("SET #1=:held REMOVE #0")
                    .expressionAttributeNames(names(List.of(from, to)))
                    .expressionAttributeValues(HELD)
                    .build());
        }
        return List.of(
                Update.builder()
                        .tableName(link.name(Table.BODY))
                        .key(key(joined))
                        .updateExpression("SET #0=:held")
                        .expressionAttributeNames(names(List.of(to)))
                        .expressionAttributeValues(HELD)
                        .build(),
                leave(left, from));
    }

    /** For a transaction: an entry goes, while another keeps the body. */
    Update leave(Part part, String sid) {
        return Update.builder()
                .tableName(link.name(Table.BODY))
                .key(key(part))
                .updateExpression("REMOVE #0")
                .expressionAttributeNames(names(List.of(sid)))
                .build();
    }

    private static final Map<String, AttributeValue> HELD = Map.of(":held", Item.number(1));

    private interface Change {
        Future<Void> of(Part part, List<String> sids);
    }

    private static Future<Void> change(Map<Part, List<String>> sids, Change change) {
        List<Future<?>> all = new ArrayList<>();
        sids.forEach((part, list) -> {
            for (int i = 0; i < list.size(); i += CHANGES) {
                all.add(change.of(part, list.subList(i, Math.min(list.size(), i + CHANGES))));
            }
        });
        return Future.join(all).mapEmpty();
    }

    private static Map<String, AttributeValue> key(Part part) {
        return Item.key(Table.BODY, part.id.toString(), HOLDER + part.number);
    }

    private static Map<String, String> names(List<String> sids) {
        Map<String, String> names = new HashMap<>();
        for (int i = 0; i < sids.size(); i++) {
            names.put("#" + i, "s" + sids.get(i));
        }
        return names;
    }

    private static String names(int count, String behindEach) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "#" : ",#").append(i).append(behindEach);
        }
        return text.toString();
    }

    /** Nothing but its key. */
    private static boolean isEmpty(Map<String, AttributeValue> holders) {
        return holders.size() <= 2;
    }

    /** Looks whether there are holders in other rows, and removes all there is of the body when there are none. */
    private Future<Void> sweep(MessageId id) {
        List<String> empty = new ArrayList<>();
        boolean[] held = new boolean[1];
        return ranges.each(range(id, HOLDER), 1_000, row -> {
                    held[0] |= !isEmpty(row);
                    empty.add(Item.text(row, "part"));
                    return !held[0];
                })
                .compose(v -> held[0] ? Future.succeededFuture() : remove(id, empty));
    }

    private Future<Void> remove(MessageId id, List<String> parts) {
        List<String> chunks = new ArrayList<>();
        return ranges.each(range(id, CHUNK, "part"), 1_000, row -> chunks.add(Item.text(row, "part")))
                .compose(v -> Writes.now(link, (writes, who) -> {
                    chunks.forEach(chunk -> writes.delete(Table.BODY, id.toString(), chunk, who));
                    parts.forEach(part -> writes.delete(Table.BODY, id.toString(), part, who));
                }));
    }

    private static Ranges.Range range(MessageId id, String prefix, String... attributes) {
        return new Ranges.Range(Table.BODY, id.toString(), prefix, prefix + StateKeys.END, attributes);
    }

    // ---- reading

    /** Those that are there, whole. */
    Future<Map<MessageId, Message>> read(Collection<MessageId> ids) {
        Map<MessageId, Message> found = new HashMap<>();
        if (ids.isEmpty()) {
            return Future.succeededFuture(found);
        }
        List<Map<String, AttributeValue>> keys = new ArrayList<>(ids.size());
        ids.forEach(id -> keys.add(Item.key(Table.BODY, id.toString(), CHUNK + 0)));
        return reads.get(Table.BODY, keys).compose(firsts -> {
            List<Future<?>> all = new ArrayList<>();
            for (Map<String, AttributeValue> first : firsts) {
                MessageId id = MessageId.parse(Item.text(first, "id"));
                long chunks = Item.number(first, "chunks", 1);
                if (chunks == 1) {
                    add(found, id, Item.bytes(first, "bytes"));
                } else {
                    all.add(rest(id, (int) chunks, found));
                }
            }
            return Future.join(all).map(found);
        });
    }

    private Future<Void> rest(MessageId id, int chunks, Map<MessageId, Message> found) {
        Map<String, byte[]> parts = new HashMap<>();
        return ranges.each(range(id, CHUNK), 1_000, row -> {
                    byte[] bytes = Item.bytes(row, "bytes");
                    parts.put(Item.text(row, "part"), bytes == null ? new byte[0] : bytes);
                    return true;
                })
                .map(v -> {
                    List<byte[]> inOrder = new ArrayList<>(chunks);
                    for (int i = 0; i < chunks; i++) {
                        byte[] part = parts.get(CHUNK + i);
                        if (part == null) {
                            return null; // its ENQUEUE did not come to its end
                        }
                        inOrder.add(part);
                    }
                    add(found, id, Chunks.join(inOrder));
                    return null;
                });
    }

    private static void add(Map<MessageId, Message> found, MessageId id, byte @Nullable [] bytes) {
        try {
            if (bytes == null) {
                throw new Damaged("no bytes");
            }
            found.put(id, MessageCodec.read(ByteBuffer.wrap(bytes)));
        } catch (Damaged e) {
            State.damaged("the message " + id, e);
        }
    }
}
