package dev.mooring.session;

import dev.mooring.message.Subscription;
import dev.mooring.message.Will;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What administrators may see of a client. A copy: its session goes on meanwhile.
 *
 * @param disconnectedAtMs when its last connection ended, wall clock; 0 when that is not known
 * @param lastDisconnect why, in words; null when that is not known
 * @param subscriptionCount of all
 * @param subscriptions the first of them
 * @param connection null when a shard says this, or it has none
 */
public record ClientInfo(
        String clientId,
        long expiryS,
        long disconnectedAtMs,
        @Nullable String lastDisconnect,
        int subscriptionCount,
        List<Subscription> subscriptions,
        @Nullable Will will,
        @Nullable ConnectionInfo connection) {

    /** @param address of the peer */
    public record ConnectionInfo(
            int protocolVersion,
            @Nullable String username,
            String address,
            boolean cleanStart,
            int keepAliveS,
            long connectedAtS,
            int receiveMaximum,
            int inflight,
            int queuedInMemory,
            boolean behind,
            int unanswered) {}

    /** A copy of no more than {@code max}. */
    public static List<Subscription> first(Collection<Subscription> all, int max) {
        List<Subscription> some = new ArrayList<>(Math.min(max, all.size()));
        for (Iterator<Subscription> it = all.iterator(); it.hasNext() && some.size() < max; ) {
            some.add(it.next());
        }
        return some;
    }
}
