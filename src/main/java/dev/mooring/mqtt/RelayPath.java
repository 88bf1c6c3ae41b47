package dev.mooring.mqtt;

import dev.mooring.message.Message;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.Relays;
import dev.mooring.route.Route;
import dev.mooring.route.SharedGroup;
import dev.mooring.route.Subscriber;
import dev.mooring.route.Target;
import dev.mooring.session.DeliveryOrder;
import dev.mooring.store.OnReply;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The part of {@link PublishPath} that has to do with other nodes: what goes to them and when, and what comes from
 * them. A node that is alone has nothing to do here. Confined to one loop.
 */
final class RelayPath {
    private final Loop loop;
    private final PublishPath path;

    RelayPath(Loop loop, PublishPath path) {
        this.loop = loop;
        this.path = path;
    }

    /** At QoS 0 there is no order to keep with what has to be stored. */
    OnReply later(
            Message message,
            int[] nodes,
            Picks picks,
            boolean retained,
            @Nullable PublishDone done,
            PendingPublish pending) {
        DeliveryOrder order = done == null ? new DeliveryOrder() : done.deliveries();
        if (message.qos() > 0) {
            return new Relaying(order, () -> relay(message, nodes, picks, retained), pending);
        }
        relay(message, nodes, picks, false);
        return retained ? new Relaying(order, () -> loop.relay(Relays.Item.toAll(message)), pending) : pending;
    }

    /** Nothing of it is stored; but what its publisher has sent before may not have left yet. */
    void inOrder(Message message, int[] nodes, Picks picks, @Nullable PublishDone done) {
        if (done == null) {
            relay(message, nodes, picks, false);
        } else {
            DeliveryOrder order = done.deliveries();
            order.stored(order.add(() -> relay(message, nodes, picks, false)));
        }
    }

    void relay(Message message, int[] nodes, Picks picks, boolean retained) {
        if (nodes.length > 0) {
            loop.relay(new Relays.Item(message, nodes, null, 0, false));
        }
        for (int i = 0; i < picks.size; i++) {
            Target target = picks.targets[i];
            if (target != null && isElsewhere(target)) {
                Subscriber s = target.subscriber();
                int[] to = {Subscriber.node(s.loop())};
                TopicFilter filter = picks.groups[i].filter();
                long sessionId = s.durable() ? s.sessionId() : 0;
                loop.relay(new Relays.Item(picks.message(i, message), to, filter, sessionId, false));
            }
        }
        if (retained) {
            loop.relay(Relays.Item.toAll(message));
        }
    }

    static boolean isElsewhere(Target target) {
        return target.subscriber().loop() < Subscriber.OFFLINE;
    }

    /**
     * From another node, which has stored it wherever that has to be: for the sessions that are live here.
     *
     * @param isLate see {@link Relays#isLate}
     */
    void relayed(Relays.Item item, boolean isLate) {
        Message message = item.message();
        TopicFilter shared = item.shared();
        if (shared == null) {
            Route route = loop.router.route(message.topic());
            for (Target target : message.qos() == 0 ? Route.EMPTY.durable() : route.durable()) {
                if (target.subscriber().isHere()) {
                    target.subscriber().count(1, message.sizeBytes());
                }
            }
            boolean skipsDurable = isLate && message.qos() > 0;
            path.deliver(skipsDurable ? withoutDurable(route) : route, Picks.NONE, message);
            return;
        }
        SharedGroup group = loop.node.index().group(shared);
        if (group == null) {
            loop.node.metrics().droppedNoMember.increment();
        } else if (item.sessionId() == 0) {
            Target target = group.pickTransientHere();
            if (target == null) {
                path.redeliver(message, shared);
            } else {
                path.deliver(target, message, shared);
            }
        } else {
            Target target = group.find(item.sessionId());
            boolean isStored = message.qos() > 0 && target != null && target.isDurable();
            if (target != null && target.subscriber().isHere()) {
                target.subscriber().count(isStored ? 1 : 0, isStored ? message.sizeBytes() : 0);
                if (!isLate || !isStored) {
                    path.deliver(target, message, shared);
                }
            } else if (target != null && !isStored && message.qos() > 0) { // else it is in a queue, or may be lost
                path.redeliver(message, shared);
            }
        }
    }

    private static Route withoutDurable(Route route) {
        Set<Subscriber> durable = new HashSet<>();
        for (Target target : route.durable()) {
            durable.add(target.subscriber());
        }
        return route.without(durable);
    }
}
