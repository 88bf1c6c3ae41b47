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

    public Will withDelay(long newDelayS) {
        return new Will(topic, qos, retain, payload, properties, newDelayS, expiryS, owner);
    }

    public Will withOwner(String newOwner) {
        return new Will(topic, qos, retain, payload, properties, delayS, expiryS, newOwner);
    }
}
