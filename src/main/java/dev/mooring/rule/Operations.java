package dev.mooring.rule;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.TopicFilter;
import dev.mooring.rule.HookEvent.Acked;
import dev.mooring.rule.HookEvent.Connected;
import dev.mooring.rule.HookEvent.Disconnected;
import dev.mooring.rule.HookEvent.Published;
import dev.mooring.rule.HookEvent.SessionCreated;
import dev.mooring.rule.HookEvent.Subscribed;
import dev.mooring.rule.HookEvent.Unsubscribed;
import dev.mooring.store.StoreOp;
import org.jspecify.annotations.Nullable;

/**
 * From a step and an event to the store operation, or to none: the conditions of EMQX's backends for functions;
 * commands and items have none. No state, no clock.
 */
public final class Operations {
    /** Messages in one page of a fetch. The next page is asked for as the client acknowledges. */
    public static final int FETCH_PAGE = 100;

    private Operations() {}

    /** Null when this step has nothing to do for this event. */
    public static @Nullable StoreOp of(Step step, HookEvent event) {
        if (step.action() instanceof Commands commands) {
            return commands.of(event);
        }
        if (step.action() instanceof Items items) {
            return items.of(event);
        }
        return of(step, (Function) step.action(), event);
    }

    private static @Nullable StoreOp of(Step step, Function function, HookEvent event) {
        if (event instanceof Published published) {
            return published(step, function, published.message());
        }
        if (event instanceof Acked acked) {
            return acked(function, acked);
        }
        if (event instanceof Subscribed subscribed) {
            return subscribed(function, subscribed);
        }
        if (event instanceof Unsubscribed unsubscribed) {
            boolean delete =
                    function == Function.ACKED_DELETE && !unsubscribed.filter().isShared();
            return delete ? new StoreOp.AckedDelete(unsubscribed.clientId(), unsubscribed.filter()) : null;
        }
        return client(function, event);
    }

    /**
     * When a message stored by {@code step} ends: MQTT's expiry or the rule's, whichever is earlier. Wall clock, ms.
     */
    public static long expiresAtMs(Step step, Message message) {
        long lifeMs = step.expiredTimeS() > Long.MAX_VALUE / 1000 ? Long.MAX_VALUE : step.expiredTimeS() * 1000;
        long byRule = message.createdAtMs() + lifeMs;
        return Math.min(message.expiresAtMs(), byRule < 0 ? Message.NEVER : byRule);
    }

    private static @Nullable StoreOp published(Step step, Function function, Message message) {
        boolean isEmpty = message.payload().length == 0;
        if (message.retain() && isEmpty) { // says "forget the retained message": nothing in it to keep
            boolean delete = function == Function.RETAIN_DELETE;
            return delete ? new StoreOp.RetainDelete(message.topic().text()) : null;
        }
        return switch (function) {
            case MESSAGE_PUBLISH ->
                message.qos() == 0 ? null : new StoreOp.MessagePublish(message, expiresAtMs(step, message));
            case MESSAGE_STORE ->
                step.onlyQos0() && message.qos() > 0
                        ? null
                        : new StoreOp.MessageStore(message, expiresAtMs(step, message));
            case MESSAGE_STORE_KEEP_LATEST -> new StoreOp.MessageStoreKeepLatest(message, expiresAtMs(step, message));
            // A retained message does not end by the rule: MQTT keeps it until it is replaced or its own expiry.
            case MESSAGE_RETAIN -> message.retain() ? new StoreOp.MessageRetain(message) : null;
            default -> null;
        };
    }

    private static @Nullable StoreOp acked(Function function, Acked acked) {
        if (acked.qos() == 0) {
            return null;
        }
        String clientId = acked.clientId();
        MessageId id = acked.message().storedId();
        return switch (function) {
            case ACKED_FOR_QUEUE -> new StoreOp.AckedForQueue(clientId, acked.topic(), id);
            case ACKED_FOR_PUBSUB -> new StoreOp.AckedForPubsub(clientId, acked.topic(), id);
            case ACKED_FOR_KEEP_LATEST -> new StoreOp.AckedForKeepLatest(clientId, acked.topic(), id);
            default -> null;
        };
    }

    /**
     * A shared subscription gets nothing from here: each member would replay the whole store, and MQTT sends no
     * retained messages to it. What its group misses is in the group's own queue.
     */
    private static @Nullable StoreOp subscribed(Function function, Subscribed subscribed) {
        TopicFilter filter = subscribed.subscription().filter();
        if (filter.isShared()) {
            return null;
        }
        boolean fetch = subscribed.isNew() && subscribed.subscription().qos() > 0;
        String clientId = subscribed.clientId();
        return switch (function) {
            case FETCH_FOR_QUEUE ->
                fetch ? new StoreOp.FetchForQueue(clientId, filter, MessageId.ZERO, FETCH_PAGE) : null;
            case FETCH_FOR_PUBSUB ->
                fetch ? new StoreOp.FetchForPubsub(clientId, filter, MessageId.ZERO, MessageId.MAX, FETCH_PAGE) : null;
            case FETCH_FOR_KEEP_LATEST -> fetch ? new StoreOp.FetchForKeepLatest(filter, "", FETCH_PAGE) : null;
            case RETAIN_LOOKUP -> new StoreOp.RetainLookup(filter, "", FETCH_PAGE);
            default -> null;
        };
    }

    private static @Nullable StoreOp client(Function function, HookEvent event) {
        if (event instanceof Connected c) {
            return switch (function) {
                case CLIENT_CONNECTED -> new StoreOp.ClientConnected(c.node(), c.clientId(), c.atS());
                case SUBSCRIBE_LOOKUP -> new StoreOp.SubscribeLookup(c.clientId());
                default -> null;
            };
        }
        if (event instanceof SessionCreated c) {
            return function == Function.SUBSCRIBE_LOOKUP ? new StoreOp.SubscribeLookup(c.clientId()) : null;
        }
        if (event instanceof Disconnected d && function == Function.CLIENT_DISCONNECTED) {
            return new StoreOp.ClientDisconnected(d.node(), d.clientId(), d.onlineAtS(), d.offlineAtS());
        }
        return null; // message.delivered has no functions
    }
}
