package dev.mooring.store.redis;

import dev.mooring.message.MessageId;

/**
 * Where a message is.
 *
 * @param key of the hash with its fields
 * @param text of its id, as stored
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Body(byte[] key, MessageId id, byte[] text) {}
