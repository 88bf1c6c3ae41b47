package dev.mooring.mqtt;

import dev.mooring.config.Limits;
import dev.mooring.message.Message;
import dev.mooring.metrics.Metrics;
import dev.mooring.route.QueueBound;
import dev.mooring.route.Route;
import dev.mooring.route.SharedGroup;
import dev.mooring.route.Subscriber;
import dev.mooring.route.Target;
import dev.mooring.session.Trim;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the bounds of queues make of a message at QoS 1 or 2: who of those that it reaches has room for it, and what
 * goes for it. Confined to one loop.
 *
 * <p>Two loops that ask at the same time may both find the last place; a bound is passed by a few messages then.
 */
final class QueueAdmission {
    private final Loop loop;
    private final Metrics metrics;
    private Limits.QueuePolicy policy;
    private QueueBound sessions;
    private QueueBound groups;
    private Trim trims;

    QueueAdmission(Loop loop) {
        this.loop = loop;
        this.metrics = loop.node.metrics();
        use(loop.config().limits());
    }

    void use(Limits limits) {
        policy = limits.queue().policy();
        sessions = NodeState.bound(limits.queue());
        groups = NodeState.bound(limits.sharedQueue());
        trims = new Trim(sessions);
    }

    /** Whether the publisher is told that somebody has no room, and nobody gets the message. */
    boolean rejects(Message message) {
        if (policy != Limits.QueuePolicy.REJECT_PUBLISHER || message.qos() == 0) {
            return false;
        }
        Route route = loop.router.route(message.topic());
        for (Target target : route.durable()) {
            if (!sessions.hasRoom(target)) {
                return true;
            }
        }
        for (SharedGroup group : route.groups()) {
            Subscriber queue = group.queue();
            if (queue != null && groups.isReached(queue) && group.pickOther(sessions::hasRoom) == null) {
                return true;
            }
        }
        return false;
    }

    /** The same without the sessions that have no room for the message: what is dropped is not delivered either. */
    Route admit(Route route, Message message, @Nullable Subscriber publisher) {
        if (policy == Limits.QueuePolicy.DROP_OLDEST || message.qos() == 0) {
            return route;
        }
        Set<Subscriber> full = null;
        for (Target one : route.durable()) {
            Target target = sessions.hasRoom(one) ? null : one.forPublisher(publisher);
            if (target != null && target.isDurable()) {
                full = full == null ? new HashSet<>() : full;
                full.add(target.subscriber());
                metrics.droppedQueueFull.increment();
            }
        }
        return full == null ? route : route.without(full);
    }

    /** The member whose turn it is, or another one that has room; null when the group's queue is to take it. */
    @Nullable
    Target pick(SharedGroup group, int preferredLoop, Message message) {
        Target next = group.pick(preferredLoop);
        if (next == null || message.qos() == 0 || sessions.hasRoom(next)) {
            return next;
        }
        Target other = group.pickOther(sessions::hasRoom);
        return other == null && policy == Limits.QueuePolicy.DROP_OLDEST ? next : other;
    }

    boolean isFull(Subscriber groupQueue) {
        return groups.isReached(groupQueue);
    }

    /** Whether it is time to look how much of it is there still. */
    boolean isFilling(Subscriber groupQueue) {
        return groups.isHalfReached(groupQueue);
    }

    /** Under {@code drop_oldest}, for a session that is going to get one more message. */
    void makeRoom(Subscriber s, Message message) {
        if (policy != Limits.QueuePolicy.DROP_OLDEST
                || !sessions.isPassed(s, 1, message.sizeBytes())
                || s.loop() != Subscriber.OFFLINE) {
            return; // of one on line its owner drops the oldest: it may have them in memory
        }
        trims.ask(
                s,
                1,
                message.sizeBytes(),
                message.id(),
                loop.sessionStore::submit,
                trimmed -> metrics.droppedQueueFull.add(trimmed.count()));
    }
}
