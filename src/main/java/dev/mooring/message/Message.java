package dev.mooring.message;

/**
 * An application message inside the broker. Immutable and shared by all loops; the payload array is owned by the
 * message and never written after construction.
 */
public final class Message {
    /** {@link #expiresAtMs()} of a message without expiry. */
    public static final long NEVER = Long.MAX_VALUE;

    private final MessageId id;
    private final String from;
    private final TopicName topic;
    private final int qos;
    private final boolean retain;
    private final byte[] payload;
    private final PublishProperties properties;
    private final long createdAtMs;
    private final long expiresAtMs;
    private final MessageId storedId;

    /**
     * @param from client id of the publisher
     * @param qos QoS of the PUBLISH, 0..2
     * @param retain RETAIN flag of the PUBLISH
     * @param createdAtMs when the broker took it, wall clock
     * @param expiresAtMs wall clock, or {@link #NEVER}
     */
    public Message(
            MessageId id,
            String from,
            TopicName topic,
            int qos,
            boolean retain,
            byte[] payload,
            PublishProperties properties,
            long createdAtMs,
            long expiresAtMs) {
        this(id, from, topic, qos, retain, payload, properties, createdAtMs, expiresAtMs, id);
    }

    /** @param storedId see {@link #storedId()} */
    public Message(
            MessageId id,
            String from,
            TopicName topic,
            int qos,
            boolean retain,
            byte[] payload,
            PublishProperties properties,
            long createdAtMs,
            long expiresAtMs,
            MessageId storedId) {
        this.id = id;
        this.from = from;
        this.topic = topic;
        this.qos = qos;
        this.retain = retain;
        this.payload = payload;
        this.properties = properties;
        this.createdAtMs = createdAtMs;
        this.expiresAtMs = expiresAtMs;
        this.storedId = storedId;
    }

    public MessageId id() {
        return id;
    }

    public String from() {
        return from;
    }

    public TopicName topic() {
        return topic;
    }

    public int qos() {
        return qos;
    }

    public boolean retain() {
        return retain;
    }

    /** Not to be changed by the caller. */
    public byte[] payload() {
        return payload;
    }

    public PublishProperties properties() {
        return properties;
    }

    public long createdAtMs() {
        return createdAtMs;
    }

    public long expiresAtMs() {
        return expiresAtMs;
    }

    public boolean isExpired(long nowMs) {
        return nowMs >= expiresAtMs;
    }

    /** The same message under another id and RETAIN flag: a retained message on its way into a session's queue. */
    public Message copy(MessageId newId, boolean newRetain) {
        return new Message(newId, from, topic, qos, newRetain, payload, properties, createdAtMs, expiresAtMs, storedId);
    }

    /** The id that stores know this message by: of a copy, that of the PUBLISH it was made from. */
    public MessageId storedId() {
        return storedId;
    }

    /**
     * Bytes that a bound should count for this message: payload, topic, properties and a fixed overhead for objects.
     */
    public int sizeBytes() {
        return payload.length + topic.utf8().length + properties.wire().length + 160;
    }

    @Override
    public String toString() {
        return "Message[" + id + " " + topic + " qos " + qos + ", " + payload.length + " bytes]";
    }
}
