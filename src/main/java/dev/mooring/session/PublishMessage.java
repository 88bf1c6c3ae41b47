package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.Message;

/**
 * A message that no connection published, for a loop to route: a Will, or a {@code $SYS} topic.
 *
 * @param willSessionId the durable session whose stored Will this is, or 0; removed with the same write
 */
public record PublishMessage(Message message, long willSessionId) implements LocalBody {}
