package dev.mooring.store.dynamodb;

import dev.mooring.message.Message;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import dev.mooring.store.codec.Damaged;
import dev.mooring.store.codec.MessageCodec;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** The broker's retained messages. What has ended DynamoDB removes by itself. */
final class RetainedState {
    /** An answer to the scan ends here. */
    private static final int BYTES_MAX = 1 << 20;

    private final Reads reads;
    private final Figures figures;

    RetainedState(DynamoDbLink link, Figures figures) {
        this.reads = new Reads(link);
        this.figures = figures;
    }

    static Map<String, AttributeValue> key(String topic) {
        return Item.key(Table.RETAINED, StateKeys.shard(topic), LongKey.of(topic));
    }

    static Map<String, AttributeValue> item(Message m) {
        Map<String, AttributeValue> item = new HashMap<>(key(m.topic().text()));
        item.put("message", Item.bytes(MessageCodec.bytes(m)));
        if (m.expiresAtMs() != Message.NEVER) {
            item.put(Table.TTL, Item.number((m.expiresAtMs() + 999) / 1000));
        }
        return item;
    }

    /** Whether one item can hold it; if not, who wants it stored is told. */
    boolean hasRoom(Message m, Answer who) {
        int bytes = MessageCodec.sizeMax(m) + Item.RANGE_MAX + 64;
        if (bytes <= Item.SIZE_MAX) {
            return true;
        }
        figures.tooLarge(who, "the retained message of topic " + m.topic().text(), bytes, Item.SIZE_MAX);
        return false;
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
                .compose(found -> {
                    long nowMs = System.currentTimeMillis();
                    for (Map<String, AttributeValue> item : found.items()) {
                        Message m = message(item);
                        if (m == null || m.isExpired(nowMs)) {
                            continue;
                        }
                        if (page.messages.size() >= page.limit || page.bytes >= BYTES_MAX) {
                            page.isFull = true;
                            return Future.succeededFuture(page.reply());
                        }
                        page.messages.add(m);
                        page.bytes += m.sizeBytes();
                    }
                    return found.hasLastEvaluatedKey()
                            ? scan(page, shard, Item.text(found.lastEvaluatedKey(), "topic"))
                            : scan(page, shard + 1, "");
                });
    }

    /** Null when it cannot be used; that has been said then. */
    private static @Nullable Message message(Map<String, AttributeValue> item) {
        try {
            byte[] bytes = Item.bytes(item, "message");
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
