package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.Will;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection asks the authority of its shard for a session; its loop is sent {@link SessionOpened}. A request on the
 * bus would come with a timer and an address for the answer, and cost more than all else that is done on the bus for a
 * CONNECT; how long a client waits for CONNACK is bounded by its connection.
 *
 * @param loop the loop of the connection
 * @param will stored with a durable session, so that it is published even if the broker dies first
 * @param answer called on that loop, once
 */
public record OpenSession(
        String clientId,
        boolean cleanStart,
        long expiryS,
        @Nullable Will will,
        int loop,
        Consumer<SessionOpened> answer)
        implements LocalBody {}
