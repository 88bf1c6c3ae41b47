package dev.mooring.route;

import org.jspecify.annotations.Nullable;

/**
 * One session that a topic reaches, with the options of its matching subscriptions merged: the highest QoS, and every
 * subscription identifier ([MQTT-3.3.4-2], [MQTT-3.3.4-3]). Immutable and cached.
 *
 * @param qos maximum QoS, 0..2
 * @param retainAsPublished whether any of the subscriptions asks for it
 * @param identifiers subscription identifiers, ascending, one per matching subscription that has one, hence possibly
 *     repeated (MQTT 5.0 §3.3.4); not to be changed
 * @param toPublisher when {@code ownMessages} is false: what is left for this session's own messages without its
 *     no-local subscriptions, null when nothing is. Read it through {@link #forPublisher}
 * @param ownMessages false when at least one of the subscriptions is no-local
 */
public record Target(
        Subscriber subscriber,
        int qos,
        boolean retainAsPublished,
        int[] identifiers,
        @Nullable Target toPublisher,
        boolean ownMessages) {
    public static final int[] NO_IDENTIFIERS = {};

    /** Whether what it gets at QoS 1 and 2 is in a store; else only memory has it. */
    public boolean isDurable() {
        return qos > 0 && subscriber.durable();
    }

    /** What this target is for a message that {@code publisher} sent, or null for "nothing" ([MQTT-3.8.3-3]). */
    public @Nullable Target forPublisher(@Nullable Subscriber publisher) {
        return ownMessages || publisher != subscriber ? this : toPublisher;
    }
}
