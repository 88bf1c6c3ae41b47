package dev.mooring.message;

/**
 * What the broker publishes for a client that is gone, MQTT 5.0 §3.1.2.5 and §3.1.3.2.
 *
 * @param qos 0..2
 * @param delayS Will Delay Interval, seconds
 * @param expiryS Message Expiry Interval from the moment of publication, seconds, or -1 for none
 */
public record Will(
        TopicName topic,
        int qos,
        boolean retain,
        byte[] payload,
        PublishProperties properties,
        long delayS,
        long expiryS) {
    public Will withDelay(long newDelayS) {
        return new Will(topic, qos, retain, payload, properties, newDelayS, expiryS);
    }
}
