package dev.mooring.store;

import dev.mooring.message.MessageId;

/**
 * What a subscription has still to get from a store: the messages after {@code after}, up to {@code until}. Kept with a
 * durable session until its end is reached, so that neither a lost connection nor a crash loses the rest.
 *
 * @param filter of the subscription
 * @param pool where the messages are
 * @param function of the operation that fetches them
 * @param until what is newer came to the subscription live
 */
public record Fetch(String filter, String pool, OpKind function, MessageId after, MessageId until) {
    public boolean isDone() {
        return after.compareTo(until) >= 0;
    }

    public Fetch after(MessageId newAfter) {
        return new Fetch(filter, pool, function, newAfter, until);
    }
}
