package dev.mooring.store.index;

import dev.mooring.message.MessageId;

/**
 * That a topic has a message.
 *
 * @param text of its id, as stored
 * @param sizeBytes of the message; 0 where the index does not say
 */
public record Entry(MessageId id, String text, String topic, int sizeBytes) {}
