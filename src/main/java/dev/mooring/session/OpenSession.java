package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.Will;
import org.jspecify.annotations.Nullable;

/**
 * A connection asks the authority of its shard for a session; answered by {@link SessionOpened}.
 *
 * @param loop the loop of the connection
 * @param will stored with a durable session, so that it is published even if the broker dies first
 */
public record OpenSession(
        String clientId,
        boolean cleanStart,
        long expiryS,
        @Nullable Will will,
        int loop) implements LocalBody {}
