package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.Message;

/**
 * A message that no connection published, for a loop to route: a Will, or a {@code $SYS} topic.
 *
 * @param willSessionId the durable session whose stored Will this is, or 0; removed with the same write
 * @param willEpoch under which this node owns that session, where several share its store; else 0
 * @param owner of a Will: whose rights have to allow it now; empty for the broker's own messages
 */
public record PublishMessage(Message message, long willSessionId, long willEpoch, String owner) implements LocalBody {}
