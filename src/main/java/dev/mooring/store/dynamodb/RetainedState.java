package dev.mooring.store.dynamodb;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import dev.mooring.store.codec.Damaged;
import dev.mooring.store.codec.MessageCodec;
import dev.mooring.store.index.Lru;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * The broker's retained messages. What has ended DynamoDB removes by itself.
 *
 * <p>One that is too large for an item stands in {@link Chunks}, named by topic and message id, in the same partition;
 * the topic's item refers to it. Which topics have such is known here, so that the others cost no more for it; what a
 * broker left that ended between the parts, or did not know, the scan at the next start removes.
 */
final class RetainedState {
    /** An answer to the scan ends here. */
    private static final int BYTES_MAX = 1 << 20;
    /** Chunks that nothing refers to go when they are so old: before, somebody may be about to refer to them. */
    private static final long ORPHAN_AFTER_US = 600_000_000L;
    /** Bytes of a key that chunks add to the topic's. */
    private static final int CHUNK_KEY = 32;

    private static final int LARGE_MAX = 65_536;

    private final Reads reads;
    private final Chunks chunks;
    private final Lru<String, MessageId> large = Lru.byText(LARGE_MAX);

    RetainedState(DynamoDbLink link) {
        this.reads = new Reads(link);
        this.chunks = new Chunks(link, Table.RETAINED);
    }

    static Map<String, AttributeValue> key(String topic) {
        return Item.key(Table.RETAINED, StateKeys.shard(topic), LongKey.of(topic));
    }

    /** What refers to a large message, or has a small one. */
    static Map<String, AttributeValue> item(Message m) {
        Map<String, AttributeValue> item = new HashMap<>(key(m.topic().text()));
        if (isLarge(m)) {
            item.put("id", Item.text(m.id().toString()));
            item.put("chunks", Item.number(Chunks.count(MessageCodec.bytes(m).length)));
        } else {
            item.put("message", Item.bytes(MessageCodec.bytes(m)));
        }
        return ending(m, item);
    }

    private static Map<String, AttributeValue> ending(Message m, Map<String, AttributeValue> item) {
        if (m.expiresAtMs() != Message.NEVER) {
            item.put(Table.TTL, Item.number((m.expiresAtMs() + 999) / 1000));
        }
        return item;
    }

    // ---- large ones

    /** Whether one item cannot hold it. */
    static boolean isLarge(Message m) {
        return MessageCodec.sizeMax(m) + Item.RANGE_MAX + 64 > Item.SIZE_MAX;
    }

    /** Whether there is something to do besides the topic's item. */
    boolean concernsLarge(StoreOp.Enqueue op) {
        Message m = op.message();
        return op.retained() == StoreOp.Enqueue.Retained.SET && isLarge(m)
                || large.get(m.topic().text()) != null;
    }

    /** To be done before the topic's item is written. */
    Future<Void> before(StoreOp.Enqueue op) {
        Message m = op.message();
        if (op.retained() != StoreOp.Enqueue.Retained.SET || !isLarge(m)) {
            return Future.succeededFuture();
        }
        Map<String, AttributeValue> more = ending(m, new HashMap<>());
        more.put("id", Item.text(m.id().toString()));
        more.put("of", Item.text(LongKey.of(m.topic().text())));
        return chunks.write(group(m.topic().text(), m.id()), MessageCodec.bytes(m), more);
    }

    /** To be done when the topic's item is written or gone. */
    Future<Void> after(StoreOp.Enqueue op) {
        String topic = op.message().topic().text();
        MessageId id = op.message().id();
        boolean isNowLarge = op.retained() == StoreOp.Enqueue.Retained.SET && isLarge(op.message());
        MessageId was = large.get(topic);
        Future<Void> gone = was == null || isNowLarge && was.equals(id)
                ? Future.succeededFuture()
                : chunks.delete(group(topic, was));
        return gone.onSuccess(v -> {
            if (isNowLarge) {
                large.put(topic, id);
            } else {
                large.remove(topic);
            }
        });
    }

    private static Chunks.Group group(String topic, MessageId id) {
        return group(StateKeys.shard(topic), LongKey.of(topic), id);
    }

    /** Behind the topic's item, but for topics that have just room for their own key. */
    private static Chunks.Group group(String shard, String key, MessageId id) {
        return new Chunks.Group(shard, LongKey.of(key, Item.RANGE_MAX - CHUNK_KEY) + '\u0000' + id + '#');
    }

    // ---- the scan

    /** Partition by partition: any order will do, if a topic says where it is in it. */
    void scan(StoreOp.RetainedScan op, Answer who, Stages stages) {
        String after = op.afterTopic();
        int shard = after.isEmpty() ? 0 : StateKeys.shardOf(after);
        Page page = new Page(Math.max(1, op.limit()));
        stages.all().ask(who, () -> scan(page, shard, after.isEmpty() ? "" : LongKey.of(after)));
    }

    private static final class Page {
        final List<Message> messages = new ArrayList<>();
        final int limit;
        long bytes;
        boolean isFull;
        /** Whose chunks were met last. */
        String chunks = "";

        Page(int limit) {
            this.limit = limit;
        }

        StoreReply reply() {
            return new StoreReply.Messages(
                    messages, isFull ? messages.get(messages.size() - 1).id() : null);
        }
    }

    private Future<StoreReply> scan(Page page, int shard, String after) {
        if (shard == StateKeys.SHARDS) {
            return Future.succeededFuture(page.reply());
        }
        int limit = Math.min(1_000, page.limit - page.messages.size() + 1);
        return reads.page(Table.RETAINED, StateKeys.shard(shard), "", after, limit)
                .compose(found -> add(page, found.items(), 0).compose(v -> {
                    if (page.isFull) {
                        return Future.succeededFuture(page.reply());
                    }
                    return found.hasLastEvaluatedKey()
                            ? scan(page, shard, Item.text(found.lastEvaluatedKey(), "topic"))
                            : scan(page, shard + 1, "");
                }));
    }

    /** One after the other, so that the messages of a page are no more than it may have. */
    private Future<Void> add(Page page, List<Map<String, AttributeValue>> items, int from) {
        long nowMs = System.currentTimeMillis();
        for (int i = from; i < items.size(); i++) {
            Map<String, AttributeValue> item = items.get(i);
            int next = i + 1;
            if (item.containsKey("bytes")) {
                if (page.chunks.equals(Item.text(item, "of") + Item.text(item, "id"))) {
                    continue; // seen to
                }
                page.chunks = Item.text(item, "of") + Item.text(item, "id");
                return sweep(item).compose(v -> add(page, items, next));
            }
            if (Bodies.hasEnded(item, nowMs)) {
                continue;
            }
            if (page.messages.size() >= page.limit || page.bytes >= BYTES_MAX) {
                page.isFull = true;
                return Future.succeededFuture();
            }
            if (item.containsKey("chunks")) {
                return large(item).compose(m -> {
                    add(page, m, nowMs);
                    return add(page, items, next);
                });
            }
            add(page, message(item, Item.bytes(item, "message")), nowMs);
        }
        return Future.succeededFuture();
    }

    private static void add(Page page, @Nullable Message m, long nowMs) {
        if (m != null && !m.isExpired(nowMs)) {
            page.messages.add(m);
            page.bytes += m.sizeBytes();
        }
    }

    /** Null when it cannot be used; that has been said then. */
    private Future<@Nullable Message> large(Map<String, AttributeValue> item) {
        MessageId id = MessageId.parse(Item.text(item, "id"));
        Chunks.Group group = group(Item.text(item, "shard"), Item.text(item, "topic"), id);
        return chunks.read(group, (int) Item.number(item, "chunks", 1))
                .map(bytes -> {
                    Message m = message(item, bytes);
                    if (m != null) {
                        large.put(m.topic().text(), id);
                    }
                    return m;
                })
                .recover(cause -> {
                    if (cause instanceof Damaged damaged) {
                        State.damaged("the retained message of " + Item.text(item, "topic"), damaged);
                        return Future.succeededFuture();
                    }
                    return Future.failedFuture(cause);
                });
    }

    /** One of some chunks: they go if they are old and the topic's item does not refer to them. */
    private Future<Void> sweep(Map<String, AttributeValue> chunk) {
        String shard = Item.text(chunk, "shard");
        String key = Item.text(chunk, "of");
        MessageId id = MessageId.parse(Item.text(chunk, "id"));
        if (id.timeUs() > System.currentTimeMillis() * 1_000 - ORPHAN_AFTER_US) {
            return Future.succeededFuture();
        }
        return reads.get(Table.RETAINED, shard, key)
                .compose(item -> item != null && Item.text(item, "id").equals(id.toString())
                        ? Future.succeededFuture()
                        : chunks.delete(group(shard, key, id)));
    }

    /** Null when it cannot be used; that has been said then. */
    private static @Nullable Message message(Map<String, AttributeValue> item, byte @Nullable [] bytes) {
        try {
            if (bytes == null) {
                throw new Damaged("no bytes");
            }
            return MessageCodec.read(ByteBuffer.wrap(bytes));
        } catch (Damaged e) {
            State.damaged("the retained message of " + Item.text(item, "topic"), e);
            return null;
        }
    }
}
