package dev.mooring.session;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.StoreReply;
import org.jspecify.annotations.Nullable;

/** One QoS 1 or 2 message on its way to one session: in memory, in flight, or both in turn. Confined to the session. */
final class Delivery {
    /** Where a delivery in flight stands. */
    enum State {
        /** Not sent on this connection yet. */
        QUEUED,
        /** QoS 2: the packet id is being stored; PUBLISH follows. */
        ASSIGNING,
        /** PUBLISH sent; PUBACK or PUBREC is awaited. */
        SENT,
        /** PUBREC received and being stored; PUBREL follows. */
        RELEASING,
        /** PUBREL sent; PUBCOMP is awaited. */
        RELEASED
    }

    final MessageId position;
    final @Nullable Message message;
    final int qos;
    final boolean retain;
    final int[] identifiers;
    final @Nullable TopicFilter shared;
    private final int sizeBytes;
    State state = State.QUEUED;
    int packetId;
    /** Whether the store knows the packet id. */
    boolean marked;
    /** Sent on an earlier connection: goes out with DUP. */
    boolean again;

    Delivery(
            MessageId position,
            Message message,
            int qos,
            boolean retain,
            int[] identifiers,
            @Nullable TopicFilter shared) {
        this(position, message, message.sizeBytes(), qos, retain, identifiers, shared);
    }

    /**
     * @param message null only for a delivery that was released on an earlier connection
     * @param sizeBytes of the message, even if it is null
     */
    private Delivery(
            MessageId position,
            @Nullable Message message,
            int sizeBytes,
            int qos,
            boolean retain,
            int[] identifiers,
            @Nullable TopicFilter shared) {
        this.position = position;
        this.message = message;
        this.sizeBytes = sizeBytes;
        this.qos = qos;
        this.retain = retain;
        this.identifiers = identifiers;
        this.shared = shared;
    }

    static Delivery of(StoreReply.QueueEntry e) {
        return new Delivery(e.position(), e.message(), e.sizeBytes(), e.qos(), e.retain(), e.identifiers(), e.shared());
    }

    int sizeBytes() {
        return sizeBytes;
    }
}
