package dev.mooring.store;

import dev.mooring.message.Will;
import org.jspecify.annotations.Nullable;

/**
 * The durable head of a session.
 *
 * @param sessionId names the session's other state; never used again
 * @param clientId empty for the queue of a shared group
 * @param group the shared filter ({@code $share/g/f}) whose queue this is, or empty for a client's session
 * @param epoch grows with every owner; a write with a lower one is refused
 * @param expiryS Session Expiry Interval, seconds; {@code 0xFFFFFFFF} never
 * @param disconnectedAtMs wall clock, or 0 while connected
 * @param will published after its delay, unless the client comes back; null when there is none
 */
public record SessionRecord(
        long sessionId,
        String clientId,
        String group,
        long epoch,
        long expiryS,
        long disconnectedAtMs,
        @Nullable Will will) {
    /** Of a session id that a node of a cluster has given out: the node's number, below the time. */
    public static final int NODE_BITS = 11;

    /** Times in microseconds are below it until the year 2112; with a node's number they are above. */
    private static final int TIME_BITS = 52;

    /** When the session with this id began, microseconds since 1970. Not for a shared group's queue in a cluster. */
    public static long beganUs(long sessionId) {
        return sessionId >>> TIME_BITS == 0 ? sessionId : sessionId >>> NODE_BITS;
    }
}
