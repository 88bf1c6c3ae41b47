package dev.mooring.message;

/**
 * What the broker publishes for a client that is gone, MQTT 5.0 §3.1.2.5 and §3.1.3.2.
 *
 * @param qos 0..2
 * @param delayS Will Delay Interval, seconds
 * @param expiryS Message Expiry Interval from the moment of publication, seconds, or -1 for none
 * @param owner whose rights count when it is published, as the authorization writes it down; empty before it has
 */
public record Will(
        TopicName topic,
        int qos,
        boolean retain,
        byte[] payload,
        PublishProperties properties,
        long delayS,
        long expiryS,
        String owner) {
    public Will(
            TopicName topic,
            int qos,
            boolean retain,
            byte[] payload,
            PublishProperties properties,
            long delayS,
            long expiryS) {
        this(topic, qos, retain, payload, properties, delayS, expiryS, "");
    }

    /** What is published when it is due. @param from client id */
    public Message message(MessageId id, String from, long nowMs) {
        long expiresAtMs = expiryS < 0 ? Message.NEVER : nowMs + 1000 * expiryS;
        return new Message(id, from, topic, qos, retain, payload, properties, nowMs, expiresAtMs);
    }

    /** With its delay cut to what is allowed, in seconds, and whose it is. */
    public Will owned(String newOwner, long delayMaxS) {
        return new Will(topic, qos, retain, payload, properties, Math.min(delayS, delayMaxS), expiryS, newOwner);
    }
}
