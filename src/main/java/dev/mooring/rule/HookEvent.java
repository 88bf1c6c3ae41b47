package dev.mooring.rule;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import org.jspecify.annotations.Nullable;

/** That a {@link Hook} was reached, and with what. One record per hook; times are seconds since 1970. */
public sealed interface HookEvent {
    record Connected(String node, String clientId, @Nullable String username, long atS) implements HookEvent {}

    /**
     * @param onlineAtS the {@code atS} of this connection's {@link Connected}: a late one must not undo a newer connect
     */
    record Disconnected(
            String node, String clientId, @Nullable String username, long onlineAtS, long offlineAtS)
            implements HookEvent {}

    /** The session did not exist before. */
    record SessionCreated(String clientId, @Nullable String username) implements HookEvent {}

    /** @param isNew the filter was not in the session, or the session was rebuilt after a restart */
    record Subscribed(String clientId, Subscription subscription, boolean isNew) implements HookEvent {}

    record Unsubscribed(String clientId, TopicFilter filter) implements HookEvent {}

    /** A PUBLISH or a Will. */
    record Published(Message message) implements HookEvent {}

    /** Sent to a subscriber. */
    record Delivered(String clientId, Message message) implements HookEvent {}

    /**
     * @param clientId the subscriber that acknowledged
     * @param qos QoS of the delivery
     */
    record Acked(String clientId, String topic, MessageId id, int qos) implements HookEvent {}
}
