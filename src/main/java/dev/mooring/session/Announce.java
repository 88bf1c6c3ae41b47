package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.Subscription;
import java.util.List;

/**
 * What other nodes have to know of a session that this node has: each announcement replaces the one before. Sent to
 * {@code peers} by whoever owns the session then, and only in a cluster.
 *
 * @param subscriptions empty when it has ended or was given away
 */
public record Announce(String clientId, long sessionId, long epoch, Place place, List<Subscription> subscriptions)
        implements LocalBody {
    /** Where the session is. */
    public enum Place {
        /** It has a connection to the node. */
        LIVE,
        /** It has none; the node sees to its Will and its end. */
        OFFLINE,
        /** It is being deleted. */
        ENDED,
        /** The node does not have it any more; another one may. */
        GONE
    }
}
