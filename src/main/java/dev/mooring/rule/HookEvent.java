package dev.mooring.rule;

import dev.mooring.message.Message;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import org.jspecify.annotations.Nullable;

/**
 * That a {@link Hook} was reached, and with what. One record per hook. What a hook has not is empty, 0 or null; the
 * user name is also null for a client without one. Times are since 1970, wall clock.
 */
public sealed interface HookEvent {
    /** Whom it happened to; of a PUBLISH or Will, whose message it is. */
    String clientId();

    @Nullable
    String username();

    /** When; of a message, when the broker took it. */
    long atMs();

    /** Topic name, or the filter of a subscription. */
    default String topic() {
        return "";
    }

    default int qos() {
        return 0;
    }

    default @Nullable Message message() {
        return null;
    }

    record Connected(String node, String clientId, @Nullable String username, long atS) implements HookEvent {
        @Override
        public long atMs() {
            return 1000 * atS;
        }
    }

    /**
     * @param onlineAtS the {@code atS} of this connection's {@link Connected}: a late one must not undo a newer connect
     */
    record Disconnected(
            String node, String clientId, @Nullable String username, long onlineAtS, long offlineAtS)
            implements HookEvent {
        @Override
        public long atMs() {
            return 1000 * offlineAtS;
        }
    }

    /** The session did not exist before. */
    record SessionCreated(String clientId, @Nullable String username, long atMs) implements HookEvent {}

    /** @param isNew the filter was not in the session, or the session was rebuilt after a restart */
    record Subscribed(String clientId, @Nullable String username, Subscription subscription, boolean isNew, long atMs)
            implements HookEvent {
        @Override
        public String topic() {
            return subscription.filter().text();
        }

        @Override
        public int qos() {
            return subscription.qos();
        }
    }

    record Unsubscribed(String clientId, @Nullable String username, TopicFilter filter, long atMs)
            implements HookEvent {
        @Override
        public String topic() {
            return filter.text();
        }
    }

    /**
     * A PUBLISH or a Will.
     *
     * @param username null also for a Will: it outlives the connection that had the name
     */
    record Published(Message message, @Nullable String username) implements HookEvent {
        @Override
        public String clientId() {
            return message.from();
        }

        @Override
        public long atMs() {
            return message.createdAtMs();
        }

        @Override
        public String topic() {
            return message.topic().text();
        }

        @Override
        public int qos() {
            return message.qos();
        }
    }

    /**
     * Sent to a subscriber, for the first time.
     *
     * @param clientId the subscriber
     * @param qos QoS of the delivery
     */
    record Delivered(String clientId, @Nullable String username, Message message, int qos) implements HookEvent {
        @Override
        public long atMs() {
            return message.createdAtMs();
        }

        @Override
        public String topic() {
            return message.topic().text();
        }
    }

    /**
     * @param clientId the subscriber that acknowledged
     * @param qos QoS of the delivery
     */
    record Acked(String clientId, @Nullable String username, Message message, int qos) implements HookEvent {
        @Override
        public long atMs() {
            return message.createdAtMs();
        }

        @Override
        public String topic() {
            return message.topic().text();
        }
    }
}
