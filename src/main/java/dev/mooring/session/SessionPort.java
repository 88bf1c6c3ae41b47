package dev.mooring.session;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreOp;
import org.jspecify.annotations.Nullable;

/**
 * What a session does to the world. The connection implements it, and the simulation. All calls are made from within
 * calls to the session, on its loop.
 */
public interface SessionPort {
    /** Wall clock of the current tick, milliseconds. */
    long nowMs();

    /** Whether the connection takes more messages now; {@link Outbox#pump} is called when that changes to true. */
    boolean writable();

    /**
     * Sends PUBLISH.
     *
     * @param packetId 0 at QoS 0
     * @return false when the packet is larger than the client takes; then it counts as sent ([MQTT-3.1.2-25])
     */
    boolean publish(Message message, int packetId, boolean dup, int qos, boolean retain, int[] identifiers);

    void send(Packet.Ack.Type type, int packetId, ReasonCode reason);

    /** Hands an operation to the session store; the answer comes after the operations before it had theirs. */
    void store(StoreOp op, @Nullable OnReply onReply);

    /** An id above those of all messages that the broker has taken until now, as far as clocks of nodes agree. */
    MessageId asOf();

    /** A new id, above those that this node has given out before. */
    MessageId nextId();

    /** Runs {@code then} once every loop, of every node, has sent off the deliveries it had when this was called. */
    void fence(Runnable then);

    /** What becomes of a message that comes live for a durable session now. */
    default Rescan.Live liveMessages() {
        return Rescan.Live.TAKEN;
    }

    /** The client has acknowledged a message: PUBACK at QoS 1, PUBREC at QoS 2. */
    void acked(Message message, @Nullable TopicFilter shared, int qos);

    /** @param message null when only the store had it */
    void dropped(Drop reason, @Nullable Message message);

    /** Whether the client has still the right to a message that waited for it. */
    default boolean mayDeliver(Message message) {
        return true;
    }

    /** Why a message was not delivered; each is a counter. */
    enum Drop {
        /** Its expiry interval has passed. */
        EXPIRED,
        /** Larger than the client's maximum packet size. */
        TOO_LARGE,
        /** The session's queue is full. */
        QUEUE_FULL,
        /** QoS 0 and the connection's buffer is full. */
        SLOW_QOS_0,
        /** The client refused it by a reason code. */
        REFUSED,
        /** The client has no right to it any more. */
        FORBIDDEN
    }
}
