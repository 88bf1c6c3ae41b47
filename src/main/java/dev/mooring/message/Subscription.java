package dev.mooring.message;

/**
 * One subscription of one session, MQTT 5.0 §3.8.3.1.
 *
 * @param filter the topic filter; the key within its session ([MQTT-3.8.4-3])
 * @param qos maximum QoS, 0..2
 * @param noLocal do not send a client its own messages
 * @param retainAsPublished keep the RETAIN flag on what is forwarded
 * @param retainHandling 0 send retained messages, 1 only if the subscription is new, 2 never
 * @param identifier subscription identifier 1..268,435,455, or 0 for none
 */
public record Subscription(
        TopicFilter filter, int qos, boolean noLocal, boolean retainAsPublished, int retainHandling, int identifier) {
    public Subscription {
        if (qos < 0 || qos > 2 || retainHandling < 0 || retainHandling > 2 || identifier < 0) {
            throw new IllegalArgumentException("qos " + qos + ", retain handling " + retainHandling);
        }
    }

    /** A subscription without MQTT 5 options. */
    public static Subscription of(String filter, int qos) {
        return new Subscription(TopicFilter.of(filter), qos, false, false, 0, 0);
    }
}
