package dev.mooring.store.embedded;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import dev.mooring.store.index.Lru;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.LongSupplier;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * The messages that {@code on_message_publish} stores and indexes by topic, and what queue and pubsub readers fetch.
 *
 * <p>A page of an exact filter costs one seek and the rows of the page. One of a wildcard filter costs a seek for each
 * topic that begins as the filter does, and a look at each index row after the position of the topics that match;
 * memory is bounded by the page, for only the smallest ids so far are kept.
 */
final class TopicMessages {
    /** Topics whose rows are counted in memory; others are counted once when they are next written to. */
    private static final int COUNTED_TOPICS_MAX = 65_536;

    private final Rows rows;
    private final Figures figures;
    private final TopicValues values;
    private final LongSupplier clock;
    private final int maxPerTopic;
    private final Lru<String, TopicCount> counts = Lru.byText(COUNTED_TOPICS_MAX);

    /** Rows of a topic: at most {@code rows}, and at least as many as that without those that are uncertain. */
    private static final class TopicCount {
        int rows;
        int uncertain;
        MessageId newest = MessageId.ZERO;
        MessageId dropped = MessageId.ZERO;
    }

    TopicMessages(Rows rows, Figures figures, TopicValues values, LongSupplier clock, int maxPerTopic) {
        this.rows = rows;
        this.figures = figures;
        this.values = values;
        this.clock = clock;
        this.maxPerTopic = maxPerTopic;
    }

    StoreReply store(Message m, long expiresAtMs) throws RocksDBException {
        values.put(Table.MSG, m.id().toBytes(), m, expiresAtMs);
        return StoreReply.DONE;
    }

    /**
     * Body and index row, without a read. What may not be a new row (an older id: it may be a repetition) or may have
     * gone (an acked one) is counted as uncertain. So many of the oldest are dropped as are certainly too many; only
     * where that is none, the rows are counted for good.
     */
    StoreReply publish(Message m, long expiresAtMs) throws RocksDBException {
        byte[] topic = m.topic().utf8();
        TopicCount count = counts.get(m.topic().text());
        if (count == null) {
            count = new TopicCount();
            count(count, keys(rows.scanSettled(Table.TOPIC_MSG), topic, MessageId.ZERO, Integer.MAX_VALUE));
            counts.put(m.topic().text(), count);
        }
        store(m, expiresAtMs);
        ByteBuffer value = rows.value(9);
        value.put(Table.VERSION).putLong(Math.min(expiresAtMs, m.expiresAtMs()));
        rows.put(Table.TOPIC_MSG, Keys.topicMessage(topic, m.id()), value);
        count.rows++;
        if (m.id().compareTo(count.newest) > 0) {
            count.newest = m.id();
        } else {
            count.uncertain++;
            count.dropped = MessageId.ZERO;
        }
        if (count.rows > maxPerTopic + maxPerTopic / 64) {
            trim(topic, count);
        }
        return StoreReply.DONE;
    }

    private void trim(byte[] topic, TopicCount count) throws RocksDBException {
        if (count.rows - count.uncertain <= maxPerTopic) {
            count(count, keys(rows.scan(Table.TOPIC_MSG), topic, MessageId.ZERO, Integer.MAX_VALUE));
        }
        int over = count.rows - count.uncertain - maxPerTopic;
        if (over <= 0) {
            return;
        }
        // From what was dropped last: before it there is only what compaction has not removed yet.
        for (byte[] key : keys(rows.scan(Table.TOPIC_MSG), topic, count.dropped, over)) {
            count.dropped = Keys.idAtEnd(key);
            rows.delete(Table.TOPIC_MSG, key);
            rows.delete(Table.MSG, count.dropped.toBytes());
            count.rows--;
            figures.droppedMessages.incrementAndGet();
        }
    }

    private static void count(TopicCount count, List<byte[]> keys) {
        count.rows = keys.size();
        count.uncertain = 0;
        count.newest = keys.isEmpty() ? MessageId.ZERO : Keys.idAtEnd(keys.get(keys.size() - 1));
    }

    private static List<byte[]> keys(RocksIterator rowsOfTable, byte[] topic, MessageId from, int max)
            throws RocksDBException {
        List<byte[]> keys = new ArrayList<>();
        try (RocksIterator it = rowsOfTable) {
            it.seek(Keys.topicMessage(topic, from));
            while (it.isValid() && keys.size() < max && isOf(it.key(), topic)) {
                keys.add(it.key());
                it.next();
            }
            it.status();
        }
        return keys;
    }

    StoreReply fetchForQueue(StoreOp.FetchForQueue op) throws RocksDBException {
        Page page = new Page(op.limit());
        try (RocksIterator it = rows.scan(Table.TOPIC_MSG)) {
            for (byte[] topic : topics(op.filter())) {
                page.addFrom(it, topic, op.after());
            }
        }
        return page.read();
    }

    /**
     * The first time, every topic gets its position at its newest message; so does a wildcard filter, for the topics
     * that get their first message only while the client is away.
     */
    StoreReply fetchForPubsub(StoreOp.FetchForPubsub op) throws RocksDBException {
        Page page = new Page(op.limit());
        String filter = op.filter().filter();
        byte[] ofFilter = op.filter().wildcard() ? rows.get(Table.ACKED, Keys.pair(op.clientId(), filter)) : null;
        Map<byte[], MessageId> first = new LinkedHashMap<>();
        MessageId newestOfAll = MessageId.ZERO;
        try (RocksIterator it = rows.scan(Table.TOPIC_MSG)) {
            for (byte[] topic : topics(op.filter())) {
                byte[] own = rows.get(Table.ACKED, acked(op.clientId(), topic));
                byte[] value = own == null ? ofFilter : own;
                if (value == null) {
                    MessageId newest = newest(it, topic, op.until());
                    first.put(topic, newest);
                    newestOfAll = newest.compareTo(newestOfAll) > 0 ? newest : newestOfAll;
                } else {
                    MessageId position = MessageId.ofBytes(value, 1);
                    page.addFrom(it, topic, position.compareTo(op.after()) > 0 ? position : op.after());
                }
            }
        }
        StoreReply reply = page.read();
        for (Map.Entry<byte[], MessageId> e : first.entrySet()) {
            rows.putGreater(Table.ACKED, acked(op.clientId(), e.getKey()), position(e.getValue()));
        }
        if (op.filter().wildcard() && ofFilter == null) {
            rows.putGreater(Table.ACKED, Keys.pair(op.clientId(), filter), position(newestOfAll));
        }
        return reply;
    }

    /** The topic of an exact filter whether it has messages or not; for a wildcard filter those that have. */
    private List<byte[]> topics(TopicFilter filter) throws RocksDBException {
        if (!filter.wildcard()) {
            return List.of(Keys.utf8(filter.filter()));
        }
        List<byte[]> topics = new ArrayList<>();
        byte[] prefix = Keys.utf8(filter.literalPrefix());
        try (RocksIterator it = rows.scan(Table.TOPIC_MSG)) {
            it.seek(prefix);
            while (it.isValid() && Keys.startsWith(it.key(), prefix)) {
                byte[] topic = Keys.topicOf(it.key());
                if (topic.length > 0 && filter.matches(new String(topic, StandardCharsets.UTF_8))) {
                    topics.add(topic);
                }
                it.seek(Keys.afterTopic(topic));
            }
            it.status();
        }
        return topics;
    }

    private static MessageId newest(RocksIterator it, byte[] topic, MessageId until) throws RocksDBException {
        it.seekForPrev(Keys.topicMessage(topic, until));
        MessageId newest = it.isValid() && isOf(it.key(), topic) ? Keys.idAtEnd(it.key()) : MessageId.ZERO;
        it.status();
        return newest;
    }

    StoreReply ackedForQueue(StoreOp.AckedForQueue op) throws RocksDBException {
        rows.delete(Table.TOPIC_MSG, Keys.topicMessage(Keys.utf8(op.topic()), op.id()));
        rows.delete(Table.MSG, op.id().toBytes());
        TopicCount count = counts.get(op.topic());
        if (count != null) {
            count.uncertain++;
        }
        return StoreReply.DONE;
    }

    StoreReply ackedForPubsub(StoreOp.AckedForPubsub op) throws RocksDBException {
        rows.putGreater(Table.ACKED, Keys.pair(op.clientId(), op.topic()), position(op.id()));
        return StoreReply.DONE;
    }

    StoreReply ackedDelete(StoreOp.AckedDelete op) throws RocksDBException {
        TopicFilter filter = op.filter();
        if (!filter.wildcard()) {
            rows.delete(Table.ACKED, Keys.pair(op.clientId(), filter.filter()));
            return StoreReply.DONE;
        }
        byte[] client = Keys.pair(op.clientId(), "");
        List<byte[]> keys = new ArrayList<>();
        try (RocksIterator it = rows.scan(Table.ACKED)) {
            for (it.seek(client); it.isValid() && Keys.startsWith(it.key(), client); it.next()) {
                String topic = Keys.second(it.key(), client);
                if (!topic.isEmpty() && filter.matches(topic)) {
                    keys.add(it.key());
                }
            }
            it.status();
        }
        for (byte[] key : keys) {
            rows.delete(Table.ACKED, key);
        }
        return StoreReply.DONE;
    }

    /** Whether a key of {@code topic_msg} is a row of exactly this topic. */
    private static boolean isOf(byte[] key, byte[] topic) {
        return key.length == topic.length + 1 + MessageId.BYTES
                && Keys.startsWith(key, topic)
                && key[topic.length] == 0;
    }

    private static byte[] acked(String clientId, byte[] topic) {
        return Keys.pair(clientId, new String(topic, StandardCharsets.UTF_8));
    }

    private static byte[] position(MessageId id) {
        return ByteBuffer.allocate(1 + MessageId.BYTES)
                .put(Table.VERSION)
                .putLong(id.timeUs())
                .putLong(id.nodeSequence())
                .array();
    }

    /** The messages with the smallest ids among all that are added, at most {@code limit}. */
    private final class Page {
        private final int limit;
        private final long now = clock.getAsLong();
        private final PriorityQueue<MessageId> smallest = new PriorityQueue<>(Collections.reverseOrder());

        Page(int limit) {
            this.limit = Math.max(1, limit);
        }

        /** One more than the limit is kept, which says whether there is a next page. */
        void addFrom(RocksIterator it, byte[] topic, MessageId after) throws RocksDBException {
            for (it.seek(Keys.topicMessage(topic, after)); it.isValid() && isOf(it.key(), topic); it.next()) {
                MessageId id = Keys.idAtEnd(it.key());
                MessageId greatest = smallest.size() > limit ? smallest.peek() : null;
                if (greatest != null && id.compareTo(greatest) >= 0) {
                    break; // ids of a topic grow, so no later one is smaller
                }
                if (id.compareTo(after) > 0 && TopicValues.expiresAtMs(it.value()) > now) {
                    smallest.add(id);
                    if (smallest.size() > limit + 1) {
                        smallest.remove();
                    }
                }
            }
            it.status();
        }

        StoreReply read() throws RocksDBException {
            List<MessageId> ids = new ArrayList<>(smallest);
            Collections.sort(ids);
            List<Message> messages = new ArrayList<>();
            MessageId last = null;
            long bytes = 0;
            for (MessageId id : ids) {
                if (last != null && (messages.size() >= limit || bytes > TopicValues.PAGE_BYTES_MAX)) {
                    return new StoreReply.Messages(messages, last);
                }
                Message m = values.get(Table.MSG, id.toBytes());
                if (m != null) {
                    messages.add(m);
                    bytes += m.sizeBytes();
                }
                last = id;
            }
            return new StoreReply.Messages(messages, ids.size() > limit ? last : null);
        }
    }
}
