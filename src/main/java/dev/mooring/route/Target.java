package dev.mooring.route;

import org.jspecify.annotations.Nullable;

/**
 * One session that a topic reaches, with the options of its matching subscriptions merged: the highest QoS, and every
 * subscription identifier ([MQTT-3.3.4-2], [MQTT-3.3.4-3]). Immutable and cached.
 *
 * @param qos maximum QoS, 0..2
 * @param retainAsPublished whether any of the subscriptions asks for it
 * @param identifiers subscription identifiers, ascending; not to be changed
 * @param toPublisher the same target when this session itself is the publisher: without its no-local subscriptions, null
 *     when none is left; {@code this} itself can't be named here, so {@link #ownMessages()} tells whether it applies
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
}
