package dev.mooring.route;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The retained message of every topic, MQTT 5.0 §3.3.1.3. Shared by all loops, safe for all threads, never blocks.
 *
 * <p><b>Newest wins.</b> Loops may put messages of one topic in any order; what stays is the one with the largest
 * {@link MessageId}. A removal takes part in that order: it leaves a tombstone, a message without payload, which is
 * just what a removal is on the wire, so that an older message that arrives late does not come back. Tombstones are
 * forgotten oldest first beyond {@link #TOMBSTONES_MAX} or {@link #TOMBSTONE_BYTES_MAX}; only a message that arrives
 * after so many later removals could resurrect.
 *
 * <p><b>Topic order.</b> Topics stand sorted in a skip list, so that a filter is answered by looking at the ranges that
 * may match and jumping over the others; {@link TopicRange} says how. A page does bounded work, and the next one goes
 * on from where it stopped; a topic that is retained from the first page to the last is seen exactly once.
 */
public final class RetainedIndex {
    /** Default of how many messages are kept. */
    public static final int COUNT_MAX = 1_000_000;

    /** Default of how many bytes they may have, by {@link Message#sizeBytes}. */
    public static final long BYTES_MAX = 512L << 20;

    /** How many removals are remembered. */
    public static final int TOMBSTONES_MAX = 10_000;

    /** How many bytes they may have, by {@link Message#sizeBytes}: topics may be long. */
    public static final long TOMBSTONE_BYTES_MAX = 8L << 20;

    /** What a jump to another range counts in {@code scanLimit}: it costs that many steps to the neighbour. */
    public static final int JUMP_STEPS = 16;

    /** The least {@code scanLimit}, so that a page gets past at least one jump. */
    public static final int SCAN_MIN = 2 * JUMP_STEPS;

    private static final byte[] NO_PAYLOAD = {};

    private final ConcurrentSkipListMap<String, Message> byTopic = new ConcurrentSkipListMap<>();
    private final ConcurrentLinkedQueue<Message> tombstones = new ConcurrentLinkedQueue<>();
    private final AtomicInteger tombstoneCount = new AtomicInteger();
    private final AtomicLong tombstoneBytes = new AtomicLong();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private volatile int countMax;
    private volatile long bytesMax;

    public RetainedIndex() {
        this(COUNT_MAX, BYTES_MAX);
    }

    public RetainedIndex(int countMax, long bytesMax) {
        this.countMax = countMax;
        this.bytesMax = bytesMax;
    }

    /** Other bounds; what is there beyond them stays. */
    public void bounds(int countAtMost, long bytesAtMost) {
        countMax = countAtMost;
        bytesMax = bytesAtMost;
    }

    /** What became of a message that was put. */
    public enum Put {
        /** The first of its topic. */
        STORED,
        REPLACED,
        /** It had no payload: what the topic had is removed. */
        REMOVED,
        /** The topic has a newer message, or was removed later. */
        STALE,
        /** A bound is reached; what the topic had, if anything, is still there. */
        FULL
    }

    /**
     * @param messages in topic order
     * @param next to be passed as {@code afterTopic} for the next page, or null at the end
     */
    public record Page(List<Message> messages, @Nullable String next) {}

    /**
     * Keeps the message as the retained one of its topic, unless there is a newer one ([MQTT-3.3.1-5], [MQTT-3.3.1-6]).
     */
    public Put put(Message message) {
        if (isTombstone(message)) {
            return remove(message.topic(), message.id()) ? Put.REMOVED : Put.STALE;
        }
        String topic = message.topic().text();
        int size = message.sizeBytes();
        while (true) {
            Message former = byTopic.get(topic);
            if (former != null && former.id().compareTo(message.id()) >= 0) {
                return Put.STALE;
            }
            boolean replaces = former != null && !isTombstone(former);
            int more = replaces ? 0 : 1;
            long moreBytes = size - (former != null && replaces ? former.sizeBytes() : 0);
            if (!reserve(more, moreBytes)) {
                return Put.FULL;
            }
            if (swap(topic, former, message)) {
                return replaces ? Put.REPLACED : Put.STORED;
            }
            count.addAndGet(-more);
            bytes.addAndGet(-moreBytes);
        }
    }

    /** Removes what is retained unless it is newer than {@code asOf}; true when this removal counts from now on. */
    public boolean remove(TopicName topic, MessageId asOf) {
        Message tombstone = tombstone(topic, asOf);
        while (true) {
            Message former = byTopic.get(topic.text());
            if (former != null && former.id().compareTo(asOf) > 0) {
                return false;
            }
            if (bury(former, tombstone)) {
                return true;
            }
        }
    }

    /** The retained message of one topic, or null. */
    public @Nullable Message get(TopicName topic, long nowMs) {
        Message message = byTopic.get(topic.text());
        return message == null || isTombstone(message) || message.isExpired(nowMs) ? null : message;
    }

    /**
     * The next messages that match, in topic order.
     *
     * @param afterTopic {@link Page#next} of the page before, null for the first
     * @param limit at most so many messages
     * @param scanLimit at most so many topics are looked at, see {@link #JUMP_STEPS} and {@link #SCAN_MIN}; a page may
     *     be empty and yet have a next one
     * @param nowMs expired messages are left out, and removed
     */
    public Page page(TopicFilter filter, @Nullable String afterTopic, int limit, int scanLimit, long nowMs) {
        List<Message> found = new ArrayList<>();
        if (!filter.wildcard()) {
            Message message = afterTopic == null ? byTopic.get(filter.filter()) : null;
            if (message != null && isLive(message, nowMs)) {
                found.add(message);
            }
            return new Page(found, null);
        }
        TopicRange range = new TopicRange(filter.filter());
        Iterator<Map.Entry<String, Message>> topics = after(afterTopic);
        String last = afterTopic;
        for (int left = Math.max(SCAN_MIN, scanLimit); left > 0 && found.size() < limit; left--) {
            if (!topics.hasNext()) {
                return new Page(found, null);
            }
            Map.Entry<String, Message> entry = topics.next();
            last = entry.getKey();
            String next = range.next(last);
            if (next == null) {
                return new Page(found, null);
            }
            if (next.equals(TopicRange.MATCH)) {
                if (isLive(entry.getValue(), nowMs)) {
                    found.add(entry.getValue());
                }
            } else if (!next.equals(TopicRange.STEP)) {
                topics = byTopic.tailMap(next, true).entrySet().iterator();
                left -= JUMP_STEPS;
            }
        }
        return new Page(found, last);
    }

    /** Removes expired messages among the next {@code scanLimit} topics; returns where to go on, null at the end. */
    public @Nullable String purge(@Nullable String afterTopic, int scanLimit, long nowMs) {
        Iterator<Map.Entry<String, Message>> topics = after(afterTopic);
        String last = afterTopic;
        for (int left = scanLimit; left > 0; left--) {
            if (!topics.hasNext()) {
                return null;
            }
            Map.Entry<String, Message> entry = topics.next();
            last = entry.getKey();
            isLive(entry.getValue(), nowMs);
        }
        return last;
    }

    public int count() {
        return count.get();
    }

    /** By {@link Message#sizeBytes}. */
    public long bytes() {
        return bytes.get();
    }

    private Iterator<Map.Entry<String, Message>> after(@Nullable String topic) {
        return (topic == null ? byTopic : byTopic.tailMap(topic, false))
                .entrySet()
                .iterator();
    }

    private boolean isLive(Message message, long nowMs) {
        if (isTombstone(message)) {
            return false;
        }
        if (!message.isExpired(nowMs)) {
            return true;
        }
        bury(message, tombstone(message.topic(), message.id()));
        return false;
    }

    private static Message tombstone(TopicName topic, MessageId asOf) {
        return new Message(asOf, "", topic, 0, true, NO_PAYLOAD, PublishProperties.EMPTY, 0, Message.NEVER);
    }

    private static boolean isTombstone(Message message) {
        return message.payload().length == 0;
    }

    private boolean reserve(int more, long moreBytes) {
        if (count.addAndGet(more) > countMax && more > 0) {
            count.addAndGet(-more);
            return false;
        }
        if (bytes.addAndGet(moreBytes) > bytesMax && moreBytes > 0) {
            count.addAndGet(-more);
            bytes.addAndGet(-moreBytes);
            return false;
        }
        return true;
    }

    private boolean bury(@Nullable Message former, Message tombstone) {
        String topic = tombstone.topic().text();
        if (!swap(topic, former, tombstone)) {
            return false;
        }
        if (former != null && !isTombstone(former)) {
            count.decrementAndGet();
            bytes.addAndGet(-former.sizeBytes());
        }
        tombstones.add(tombstone);
        tombstoneBytes.addAndGet(tombstone.sizeBytes());
        if (tombstoneCount.incrementAndGet() > TOMBSTONES_MAX || tombstoneBytes.get() > TOMBSTONE_BYTES_MAX) {
            forgetTombstones();
        }
        return true;
    }

    private void forgetTombstones() {
        while (tombstoneCount.get() > TOMBSTONES_MAX || tombstoneBytes.get() > TOMBSTONE_BYTES_MAX) {
            Message oldest = tombstones.poll();
            if (oldest == null) {
                return;
            }
            tombstoneCount.decrementAndGet();
            tombstoneBytes.addAndGet(-oldest.sizeBytes());
            byTopic.remove(oldest.topic().text(), oldest); // does nothing when something newer took its place
        }
    }

    private boolean swap(String topic, @Nullable Message former, Message latter) {
        return former == null ? byTopic.putIfAbsent(topic, latter) == null : byTopic.replace(topic, former, latter);
    }
}
