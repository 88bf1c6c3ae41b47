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
        @Nullable Will will) {}
