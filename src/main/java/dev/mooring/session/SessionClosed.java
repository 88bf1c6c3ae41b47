package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.Message;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.Will;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A loop gives a session back to the authority: its connection is gone. Also the answer to {@link TakeOver}. As a
 * request it is answered with itself once the session is in the store, or has ended, or the store is late.
 *
 * @param expiryS Session Expiry Interval as it is now, seconds
 * @param will to be published after its delay, or null
 * @param subscriptions by filter, as they are now
 * @param undelivered messages of shared subscriptions that only the memory of this session had
 * @param why in words, for people
 */
public record SessionClosed(
        String clientId,
        long sessionId,
        long expiryS,
        @Nullable Will will,
        Map<String, Subscription> subscriptions,
        List<Undelivered> undelivered,
        String why)
        implements LocalBody {
    /** What becomes of it is worked out anew for the member that gets it. */
    public record Undelivered(Message message, TopicFilter shared) {}
}
