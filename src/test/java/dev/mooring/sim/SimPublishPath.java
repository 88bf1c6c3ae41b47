package dev.mooring.sim;

import dev.mooring.message.Message;
import dev.mooring.message.ReasonCode;
import dev.mooring.route.QueueBound;
import dev.mooring.route.Route;
import dev.mooring.route.Subscriber;
import dev.mooring.route.Target;
import dev.mooring.session.DeliveryOrder;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code dev.mooring.mqtt.PublishPath} without hooks, retained messages and shared subscriptions, under the queue
 * policy drop_new; its order of effects must stay the same.
 */
final class SimPublishPath {
    private final SimLoop loop;

    /** As in PublishPath. */
    interface Done {
        void done(ReasonCode reason);

        default void late() {}

        default DeliveryOrder deliveries() {
            return new DeliveryOrder();
        }
    }

    SimPublishPath(SimLoop loop) {
        this.loop = loop;
    }

    /** @param done told, once, the reason code for the publisher */
    void publish(Message message, @Nullable Subscriber publisher, int inboundPacketId, long willSessionId, Done done) {
        Route route = admit(loop.router.route(message.topic()), message);
        boolean storesInbound = inboundPacketId != 0 && publisher != null && publisher.durable();
        List<StoreOp.Enqueue.Entry> entries = entries(route, message);
        ReasonCode reason = route.isEmpty() ? ReasonCode.NO_MATCHING_SUBSCRIBERS : ReasonCode.SUCCESS;
        boolean deliversLater = storesInbound || willSessionId != 0;
        boolean stores = !entries.isEmpty() || deliversLater;
        if (stores) {
            DeliveryOrder order = done.deliveries();
            DeliveryOrder.Place place = deliversLater ? order.add(() -> deliver(route, message)) : null;
            loop.sessionStore.submit(
                    new StoreOp.Enqueue(
                            message,
                            entries,
                            storesInbound && publisher != null ? publisher.sessionId() : 0,
                            storesInbound ? inboundPacketId : 0,
                            StoreOp.Enqueue.Retained.KEEP,
                            willSessionId),
                    new OnReply() {
                        @Override
                        public void reply(StoreReply reply) {
                            if (place != null) {
                                order.stored(place);
                            }
                            done.done(reason);
                        }

                        @Override
                        public void late() {
                            done.late();
                        }
                    });
        }
        if (!deliversLater) {
            deliver(route, message);
        }
        if (!stores) {
            done.done(reason);
        }
    }

    /** As {@code QueueAdmission.admit}. */
    private Route admit(Route route, Message message) {
        QueueBound bound = new QueueBound(loop.broker.settings.queueCountMax(), Long.MAX_VALUE);
        Set<Subscriber> full = new HashSet<>();
        for (Target target : route.durable()) {
            if (!bound.hasRoom(target)) {
                full.add(target.subscriber());
                loop.broker.checks.leftOut(target.subscriber(), message.id());
            }
        }
        return full.isEmpty() ? route : route.without(full);
    }

    private static List<StoreOp.Enqueue.Entry> entries(Route route, Message message) {
        List<StoreOp.Enqueue.Entry> entries = new ArrayList<>();
        for (Target target : route.durable()) {
            if (target.qos() == 0) {
                continue;
            }
            Subscriber s = target.subscriber();
            s.queuedCount.incrementAndGet();
            s.queuedBytes.addAndGet(message.sizeBytes());
            int qos = Math.min(message.qos(), target.qos());
            entries.add(new StoreOp.Enqueue.Entry(s.sessionId(), qos, false, target.identifiers(), null));
        }
        return entries;
    }

    private void deliver(Route route, Message message) {
        for (int to : route.loops()) {
            if (to == loop.number) {
                loop.arrivals.deliver(message, route.live(to), null);
            } else {
                loop.send(to, message, route.live(to));
            }
        }
    }
}
