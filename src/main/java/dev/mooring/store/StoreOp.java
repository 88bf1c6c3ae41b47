package dev.mooring.store;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a store can be asked to do. The first part is the broker's own durable state (session.pool), keyed by the 64-bit
 * session id; the second part is the documented layout that hooks write and read, one operation per function.
 *
 * <p>A backend answers with an exhaustive switch expression over {@link #kind()}, so that a new operation does not
 * compile until every backend has it.
 *
 * <p>One file, whatever its length: the records of a sealed interface stand in it.
 */
public sealed interface StoreOp {
    OpKind kind();

    /** Bytes this operation counts for in a bounded queue, at least 64. */
    default int sizeBytes() {
        return 128;
    }

    // ---- the broker's own state

    /** Writes the session's record; refused with {@link StoreReply.Failed} when a higher epoch is stored already. */
    record SessionSave(SessionRecord session) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.SESSION_SAVE;
        }
    }

    /** Forgets a session: record, subscriptions, queue, in-flight and inbound ids. */
    record SessionDelete(long sessionId, String clientId) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.SESSION_DELETE;
        }
    }

    /** Adds or replaces subscriptions, by filter. */
    record SubscriptionsSave(long sessionId, List<Subscription> subscriptions) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.SUBSCRIPTIONS_SAVE;
        }
    }

    /** Forgets subscriptions and what they had still to fetch. */
    record SubscriptionsDelete(long sessionId, List<String> filters) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.SUBSCRIPTIONS_DELETE;
        }
    }

    /** How far a fetch of this session has come; one that has come to its end is forgotten. */
    record FetchSave(long sessionId, Fetch fetch) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.FETCH_SAVE;
        }
    }

    /**
     * One PUBLISH or Will, atomically: the message, its place in every durable session's queue, the publisher's inbound
     * QoS 2 packet id, what it does to the retained message of its topic, and the end of the Will it came from.
     *
     * <p>The position of a queue entry is the message's id; so entries sort by time within a session. An entry that is
     * there already stays as it is.
     *
     * @param message also given when only retained or inbound state changes
     * @param entries one per durable session, never two for the same one, but for copies
     * @param inboundSessionId session whose QoS 2 packet id is recorded, or 0
     * @param inboundPacketId 1..65,535, or 0
     * @param retained what happens to the retained message of the topic
     * @param willSessionId session whose stored Will is removed (it has been published), or 0
     */
    record Enqueue(
            Message message,
            List<Entry> entries,
            long inboundSessionId,
            int inboundPacketId,
            Retained retained,
            long willSessionId)
            implements StoreOp {
        /** What a PUBLISH does to the retained message of its topic. */
        public enum Retained {
            KEEP,
            SET,
            CLEAR
        }

        /**
         * A place in one session's queue.
         *
         * @param qos effective QoS of the delivery, 1 or 2
         * @param retain RETAIN flag of the delivery
         * @param identifiers subscription identifiers to send along; not to be changed
         * @param shared the shared subscription it was chosen through, or null
         * @param copy the message under an id of its own, for who gets it by another entry, too; or null
         */
        public record Entry(
                long sessionId,
                int qos,
                boolean retain,
                int[] identifiers,
                @Nullable TopicFilter shared,
                @Nullable Message copy) {
            public Entry(long sessionId, int qos, boolean retain, int[] identifiers, @Nullable TopicFilter shared) {
                this(sessionId, qos, retain, identifiers, shared, null);
            }

            /** The same, of the message itself. */
            public Entry original() {
                return new Entry(sessionId, qos, retain, identifiers, shared);
            }
        }

        /** The same with other entries. */
        public Enqueue with(List<Entry> others) {
            return new Enqueue(message, others, inboundSessionId, inboundPacketId, retained, willSessionId);
        }

        /** What the session gets by this entry; its id is the position. */
        public Message message(Entry entry) {
            return entry.copy() == null ? message : entry.copy();
        }

        @Override
        public OpKind kind() {
            return OpKind.ENQUEUE;
        }

        @Override
        public int sizeBytes() {
            return message.sizeBytes() + 48 * entries.size();
        }
    }

    /**
     * Applies {@code op} if the stored session has an epoch that is not above this one; otherwise, and when the session
     * is not stored, nothing of it, and answers {@link StoreReply.Failed#isReplaced}. For what only the owner of a
     * session may write, where several nodes share a store.
     *
     * <p>An {@link Enqueue} whose packet id the session has already, the entries of which another node may have taken
     * out since, was applied before: nothing of it is applied again.
     */
    record Owned(StoreOp op, long sessionId, long epoch) implements StoreOp {
        private static final Set<OpKind> KINDS = EnumSet.of(
                OpKind.SESSION_SAVE,
                OpKind.SESSION_DELETE,
                OpKind.SUBSCRIPTIONS_SAVE,
                OpKind.SUBSCRIPTIONS_DELETE,
                OpKind.ENQUEUE,
                OpKind.INBOUND_RELEASE,
                OpKind.SENT,
                OpKind.RELEASED);

        public Owned {
            if (!KINDS.contains(op.kind())) {
                throw new IllegalArgumentException("anybody may " + op.kind());
            }
        }

        @Override
        public OpKind kind() {
            return OpKind.OWNED;
        }

        @Override
        public int sizeBytes() {
            return op.sizeBytes();
        }
    }

    /** PUBREL from a publisher: its QoS 2 packet id is free again. */
    record InboundRelease(long sessionId, int packetId) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.INBOUND_RELEASE;
        }
    }

    /** A queue entry is in flight under this packet id. Without effect when the entry is gone. */
    record Sent(long sessionId, MessageId position, int packetId) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.SENT;
        }
    }

    /** PUBREC from a subscriber: the message is not sent again, only PUBREL. The body may be dropped. */
    record Released(long sessionId, MessageId position, int packetId) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.RELEASED;
        }
    }

    /** PUBACK or PUBCOMP from a subscriber, or the entry expired or was dropped: forget it. */
    record Dequeue(long sessionId, MessageId position) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.DEQUEUE;
        }
    }

    /**
     * → {@link StoreReply.Moved}: atomically moves entries that are not in flight from one queue to another, keeping
     * their positions. They become what the subscription of their new owner makes of them. One that is there already
     * stays as it is, and leaves the other queue; from a queue to itself nothing changes.
     *
     * @param qosMax their QoS is at most this, 1 or 2
     * @param retain whether they keep their RETAIN flag
     * @param identifiers in place of theirs; not to be changed
     * @param by an id of its own, above that of the one before between the two: one that comes again answers as it did
     */
    record QueueMove(
            long fromSessionId,
            List<MessageId> positions,
            long toSessionId,
            int qosMax,
            boolean retain,
            int[] identifiers,
            MessageId by)
            implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.QUEUE_MOVE;
        }
    }

    /**
     * → {@link StoreReply.Trimmed}: drops the oldest entries not in flight, once for each message {@code by}.
     *
     * @param before only those older than it; who asks need not say, {@link Trims} does
     */
    record QueueTrim(long sessionId, int count, long bytes, MessageId by, MessageId before) implements StoreOp {
        public QueueTrim(long sessionId, int count, long bytes, MessageId by) {
            this(sessionId, count, bytes, by, MessageId.MAX);
        }

        @Override
        public OpKind kind() {
            return OpKind.QUEUE_TRIM;
        }
    }

    /** → {@link StoreReply.SessionState}: what a connection needs besides the queue. */
    record SessionLoad(long sessionId) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.SESSION_LOAD;
        }
    }

    /** → {@link StoreReply.Entries}: entries not in flight, by position, after {@code after}. */
    record QueueRead(long sessionId, MessageId after, int limit, int bytesMax) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.QUEUE_READ;
        }
    }

    /** → {@link StoreReply.Sessions}: a page of all sessions by id, for the start. */
    record SessionScan(long afterSessionId, int limit) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.SESSION_SCAN;
        }
    }

    /** → {@link StoreReply.Messages}: a page of retained messages by topic, for the start. */
    record RetainedScan(String afterTopic, int limit) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.RETAINED_SCAN;
        }
    }

    /**
     * → {@link StoreReply.RuleData}: a page of all that the second part keeps, whoever wrote it, in any order; from the
     * beginning after "". For people who move data, while no broker runs.
     */
    record RuleDataScan(String after, int limit) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.RULE_DATA_SCAN;
        }
    }

    // ---- the documented layout: one operation per function

    /** on_client_connected. Times are in seconds since 1970. */
    record ClientConnected(String node, String clientId, long onlineAtS) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.CLIENT_CONNECTED;
        }
    }

    /** on_client_disconnected: only if node and online_at are still this connection's. */
    record ClientDisconnected(String node, String clientId, long onlineAtS, long offlineAtS) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.CLIENT_DISCONNECTED;
        }
    }

    /** At the start of a node: who it says is on line is what its earlier life left behind, and goes off line. */
    record NodeClear(String node, long offlineAtS) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.NODE_CLEAR;
        }
    }

    /** Writes where {@link SubscribeLookup} reads: adds or replaces filters with their QoS, and removes others. */
    record ProxySave(String clientId, List<Subscription> saved, List<String> removed) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.PROXY_SAVE;
        }
    }

    /** on_subscribe_lookup → {@link StoreReply.Subscriptions}, with QoS clamped to 0..2. */
    record SubscribeLookup(String clientId) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.SUBSCRIBE_LOOKUP;
        }
    }

    /** Counts for as much as its message. */
    sealed interface OfMessage extends StoreOp {
        Message message();

        @Override
        default int sizeBytes() {
            return message().sizeBytes();
        }
    }

    /** on_message_publish: body and topic index. */
    record MessagePublish(Message message, long expiresAtMs) implements OfMessage {
        @Override
        public OpKind kind() {
            return OpKind.MESSAGE_PUBLISH;
        }
    }

    /** on_message_store: body only (history). */
    record MessageStore(Message message, long expiresAtMs) implements OfMessage {
        @Override
        public OpKind kind() {
            return OpKind.MESSAGE_STORE;
        }
    }

    /** on_message_store_keep_latest. */
    record MessageStoreKeepLatest(Message message, long expiresAtMs) implements OfMessage {
        @Override
        public OpKind kind() {
            return OpKind.MESSAGE_STORE_KEEP_LATEST;
        }
    }

    /** on_message_retain. */
    record MessageRetain(Message message) implements OfMessage {
        @Override
        public OpKind kind() {
            return OpKind.MESSAGE_RETAIN;
        }
    }

    /** on_retain_delete. */
    record RetainDelete(String topic) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.RETAIN_DELETE;
        }
    }

    /** on_message_fetch_for_queue → {@link StoreReply.Messages}: messages of all topics under the filter, by id. */
    record FetchForQueue(String clientId, TopicFilter filter, MessageId after, int limit) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.FETCH_FOR_QUEUE;
        }
    }

    /**
     * on_message_fetch_for_pubsub → {@link StoreReply.Messages}: after this client's acked position of each topic, and
     * after {@code after}, where the page before ended. A topic without a position gets one at its newest message that
     * is not newer than {@code until}, and gives nothing older.
     */
    record FetchForPubsub(String clientId, TopicFilter filter, MessageId after, MessageId until, int limit)
            implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.FETCH_FOR_PUBSUB;
        }
    }

    /** on_message_fetch_for_keep_latest → {@link StoreReply.Messages}: a page of topics after this one. */
    record FetchForKeepLatest(TopicFilter filter, String afterTopic, int limit) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.FETCH_FOR_KEEP_LATEST;
        }
    }

    /** on_retain_lookup → {@link StoreReply.Messages}: a page of topics after this one. */
    record RetainLookup(TopicFilter filter, String afterTopic, int limit) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.RETAIN_LOOKUP;
        }
    }

    /** on_acked_delete: every position of this client under the filter. */
    record AckedDelete(String clientId, TopicFilter filter) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.ACKED_DELETE;
        }
    }

    /** on_message_acked_for_queue: body and index entry go. Never the body of the topic's retained message. */
    record AckedForQueue(String clientId, String topic, MessageId id) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.ACKED_FOR_QUEUE;
        }
    }

    /** on_message_acked_for_pubsub: the position moves forward, never back. */
    record AckedForPubsub(String clientId, String topic, MessageId id) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.ACKED_FOR_PUBSUB;
        }
    }

    /** on_message_acked_for_keep_latest: the latest message of the topic goes if it is still this one. */
    record AckedForKeepLatest(String clientId, String topic, MessageId id) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.ACKED_FOR_KEEP_LATEST;
        }
    }

    /**
     * Commands of a rule, for a Redis: each a list of words, sent in this order as one. It succeeds when all succeed;
     * what they answer is nobody's business. They may come twice when an answer was lost. Arrays are not to be changed.
     */
    record Commands(List<byte[][]> commands) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.COMMANDS;
        }

        @Override
        public int sizeBytes() {
            int size = 64;
            for (byte[][] command : commands) {
                for (byte[] word : command) {
                    size += word.length;
                }
            }
            return size;
        }
    }

    /**
     * Items of a rule, for a DynamoDB: in this order, each by itself; a failure ends the list. They may come twice when
     * an answer was lost. Those of one client or topic (empty for none) take effect in the order of asking.
     */
    record Items(List<ItemWrite> writes, String clientId, String topic) implements StoreOp {
        @Override
        public OpKind kind() {
            return OpKind.ITEMS;
        }

        @Override
        public int sizeBytes() {
            return ItemWrite.sizeBytes(writes);
        }
    }
}
