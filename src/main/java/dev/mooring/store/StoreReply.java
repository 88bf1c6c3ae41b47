package dev.mooring.store;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of a {@link StoreOp}. Failures are values. */
public sealed interface StoreReply {
    /** For operations without a result. */
    StoreReply DONE = new Done();

    record Done() implements StoreReply {}

    /**
     * Not applied, as far as is known.
     *
     * @param transientFault whether trying again can help
     * @param reason for people: what failed and what to do
     * @param isReplaced not applied, since the session has another owner by now, or has ended
     */
    record Failed(boolean transientFault, String reason, boolean isReplaced) implements StoreReply {
        public Failed(boolean transientFault, String reason) {
            this(transientFault, reason, false);
        }

        /** @param stored its epoch in words, for people */
        public static Failed replaced(long sessionId, String stored, long epoch) {
            return new Failed(
                    false,
                    "session " + sessionId + " has an owner of epoch " + stored + "; a write of epoch " + epoch
                            + " comes from an owner that was replaced",
                    true);
        }
    }

    /** @param nextAfter pass it to the next page; null at the end */
    record Messages(List<Message> messages, @Nullable MessageId nextAfter) implements StoreReply {}

    record Subscriptions(List<Subscription> subscriptions) implements StoreReply {}

    /** @param more whether entries after the last one exist */
    record Entries(List<QueueEntry> entries, boolean more) implements StoreReply {}

    /**
     * @param inFlight entries with a packet id, by position; a released one may have no message
     * @param inboundPacketIds QoS 2 packet ids received and not released
     * @param fetches not at their end yet
     */
    record SessionState(List<QueueEntry> inFlight, int[] inboundPacketIds, List<Fetch> fetches) implements StoreReply {
        public SessionState(List<QueueEntry> inFlight, int[] inboundPacketIds) {
            this(inFlight, inboundPacketIds, List.of());
        }
    }

    /** @param until the position of the last one, or {@link MessageId#ZERO} */
    record Trimmed(int count, long bytes, MessageId until) implements StoreReply {}

    /** Of entries that have joined the other queue. */
    record Moved(int count, long bytes) implements StoreReply {}

    /**
     * @param writes operations that make a store have the same; who is on line is told by a
     *     {@link StoreOp.ClientConnected}, who no longer is by a {@link StoreOp.ClientDisconnected}
     * @param nextAfter pass it to the next page; null at the end
     */
    record RuleData(List<StoreOp> writes, @Nullable String nextAfter) implements StoreReply {}

    /** @param more whether sessions with higher ids exist */
    record Sessions(List<StoredSession> sessions, boolean more) implements StoreReply {}

    /**
     * @param queuedCount entries in the queue, in flight ones included
     * @param lastPosition of these entries, or {@link MessageId#ZERO}
     */
    record StoredSession(
            SessionRecord session,
            List<Subscription> subscriptions,
            int queuedCount,
            long queuedBytes,
            MessageId lastPosition) {}

    /**
     * An entry of a session's queue.
     *
     * @param message null only when released
     * @param packetId 0 while not in flight
     * @param released PUBREC was received; only PUBREL is sent again
     * @param shared the shared subscription it was chosen through, or null
     * @param sizeBytes {@link Message#sizeBytes} of the message, also when that is not given any more: the session's
     *     bytes are counted down by it in the end
     */
    record QueueEntry(
            MessageId position,
            @Nullable Message message,
            int qos,
            boolean retain,
            int[] identifiers,
            @Nullable TopicFilter shared,
            int packetId,
            boolean released,
            int sizeBytes) {}
}
