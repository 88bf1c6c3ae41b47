package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.MessageId;

/**
 * A client has connected whose session this node does not have. From a shard to {@code peers}, which asks all other
 * nodes to give up what they have of it; and from {@code peers} to the shard of each of them. Answered by
 * {@link Answer}.
 *
 * @param id orders the CONNECTs of one client: the greatest wins
 */
public record Claim(String clientId, MessageId id) implements LocalBody {
    /**
     * @param granted nobody else has a connection of the client, as far as it was heard; false: the client has
     *     connected elsewhere later
     * @param sessionId of the durable session of the client, as far as it is known; or 0
     * @param handedOver from one shard: it had the session, and has given it up. From all: none of them has it that was
     *     not heard
     */
    public record Answer(boolean granted, long sessionId, long epoch, boolean handedOver) implements LocalBody {}
}
