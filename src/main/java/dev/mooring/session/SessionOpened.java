package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.Subscription;
import dev.mooring.route.Subscriber;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The session now belongs to the loop that asked for it, until it sends {@link SessionClosed}.
 *
 * @param asked what this is the answer to
 * @param subscriber null when refused
 * @param subscriptions by filter; owned by the connection from now on
 * @param present whether the session existed before
 * @param refused why there is no session; SUCCESS when there is one
 */
public record SessionOpened(
        OpenSession asked,
        @Nullable Subscriber subscriber,
        Map<String, Subscription> subscriptions,
        boolean present,
        ReasonCode refused)
        implements LocalBody {}
