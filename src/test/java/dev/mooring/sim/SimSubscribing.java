package dev.mooring.sim;

import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.SharedGroup;
import dev.mooring.route.Subscriber;
import dev.mooring.session.SharedQueues;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.ArrayList;
import java.util.List;

/** {@code dev.mooring.mqtt.Subscribing} without rights and limits. */
final class SimSubscribing {
    private final SimConnection connection;
    private final SimBroker broker;
    private final SimReplay replay;

    private record Added(Subscription subscription, boolean isNew, MessageId asOf) {}

    SimSubscribing(SimConnection connection, SimReplay replay) {
        this.connection = connection;
        this.replay = replay;
        this.broker = connection.loop.broker;
    }

    void subscribe(SimConnection.Live o) {
        List<Subscription> subscriptions = broker.checks.client(connection.clientId).subscriptions;
        List<Added> added = new ArrayList<>();
        for (Subscription s : subscriptions) {
            boolean isNew = o.subscriptions().put(s.filter().text(), s) == null;
            broker.index.subscribe(o.subscriber(), s);
            added.add(new Added(s, isNew, connection.nextId()));
            if (s.filter().isShared() && o.subscriber().durable()) {
                ensureQueue(s.filter());
            }
        }
        if (!o.subscriber().durable()) {
            connection.write(new SimPacket.Suback(false));
            added.forEach(this::retained);
            return;
        }
        OnReply saved = reply -> {
            if (connection.isClosed()) {
                return;
            }
            boolean failed = reply instanceof StoreReply.Failed || !areQueuesStored(subscriptions);
            if (failed) {
                forget(o, subscriptions);
            }
            connection.write(new SimPacket.Suback(failed));
            if (!failed) {
                tellGroups(o);
                added.forEach(this::retained);
            }
        };
        connection.store(
                new StoreOp.SubscriptionsSave(o.subscriber().sessionId(), subscriptions), OnReply.orLate(saved));
    }

    /** As {@code Subscribing.after}. */
    private void retained(Added a) {
        Subscription s = a.subscription;
        if (!s.filter().isShared() && (s.retainHandling() == 0 || (s.retainHandling() == 1 && a.isNew))) {
            replay.addRetained(s, a.asOf);
        }
    }

    private void forget(SimConnection.Live o, List<Subscription> subscriptions) {
        List<String> filters = new ArrayList<>();
        for (Subscription s : subscriptions) {
            o.subscriptions().remove(s.filter().text());
            filters.add(s.filter().text());
            long queue = broker.sessions.unsubscribe(o.subscriber(), s.filter());
            if (queue != 0) {
                connection.loop.groupEnded(s.filter(), queue);
            }
        }
        connection.store(new StoreOp.SubscriptionsDelete(o.subscriber().sessionId(), filters), null);
    }

    private void ensureQueue(TopicFilter filter) {
        SharedGroup group = broker.index.group(filter);
        if (group != null && !group.isQueueStored()) {
            Subscriber queue = group.queue(broker.sessions.groupQueueId(filter));
            connection.store(new StoreOp.SessionSave(SharedQueues.record(queue.sessionId(), filter)), reply -> {
                if (!(reply instanceof StoreReply.Failed)) {
                    group.queueStored();
                }
            });
        }
    }

    private boolean areQueuesStored(List<Subscription> subscriptions) {
        for (Subscription s : subscriptions) {
            SharedGroup group = s.filter().isShared() ? broker.index.group(s.filter()) : null;
            if (group != null && !group.isQueueStored()) {
                return false;
            }
        }
        return true;
    }

    /** What waits for a member of a shared group may be handed out. */
    void tellGroups(SimConnection.Live o) {
        for (Subscription s : o.subscriptions().values()) {
            if (s.filter().isShared()) {
                connection.loop.groupReady(s.filter());
            }
        }
    }
}
