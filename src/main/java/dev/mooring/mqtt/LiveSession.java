package dev.mooring.mqtt;

import dev.mooring.auth.Identity;
import dev.mooring.auth.Permissions;
import dev.mooring.auth.Subject;
import dev.mooring.config.Limits;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.message.Will;
import dev.mooring.route.Subscriber;
import dev.mooring.session.Inbound;
import dev.mooring.session.Outbox;
import dev.mooring.session.OutboxLimits;
import dev.mooring.session.Packet;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A session while its connection lasts: what CONNECT brought, and the two halves of the state machine. Confined to the
 * loop of the connection.
 */
final class LiveSession {
    final Packet.Connect connect;
    final String clientId;
    final Identity identity;
    final Subscriber subscriber;
    final Map<String, Subscription> subscriptions;
    final Inbound inbound;
    final Outbox outbox;
    final boolean rebuilt;
    final long onlineAtS;
    /** Changes with what the sources of rules say of it. */
    Subject subject;
    /** Made anew when the policy or the subject changes. */
    Permissions permissions;

    /** Messages up to here may have come by a right that is lost: each is asked about. Null when none may have. */
    @Nullable
    MessageId askUpTo;

    long expiryS;

    @Nullable
    Will will;

    LiveSession(
            Packet.Connect connect,
            String clientId,
            Subject subject,
            Permissions permissions,
            Subscriber subscriber,
            Map<String, Subscription> subscriptions,
            Inbound inbound,
            Outbox outbox,
            boolean rebuilt,
            long onlineAtS,
            long expiryS,
            @Nullable Will will) {
        this.connect = connect;
        this.clientId = clientId;
        this.subject = subject;
        this.identity = subject.identity();
        this.permissions = permissions;
        this.subscriber = subscriber;
        this.subscriptions = subscriptions;
        this.inbound = inbound;
        this.outbox = outbox;
        this.rebuilt = rebuilt;
        this.onlineAtS = onlineAtS;
        this.expiryS = expiryS;
        this.will = will;
    }

    static OutboxLimits outboxLimits(NodeState node, Limits limits) {
        return new OutboxLimits(
                limits.inflightMax(),
                limits.queue().ageMaxS() * 1000,
                NodeState.bound(limits.queue()),
                limits.memoryQueue().countMax(),
                limits.memoryQueue().bytesMax(),
                limits.queue().policy() == Limits.QueuePolicy.DROP_OLDEST,
                node.memory(),
                node.metrics().inflight);
    }
}
