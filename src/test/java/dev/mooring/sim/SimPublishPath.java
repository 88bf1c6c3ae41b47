package dev.mooring.sim;

import dev.mooring.message.Message;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.QueueBound;
import dev.mooring.route.Route;
import dev.mooring.route.SharedGroup;
import dev.mooring.route.Subscriber;
import dev.mooring.route.Target;
import dev.mooring.session.DeliveryOrder;
import dev.mooring.session.Trim;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code dev.mooring.mqtt.PublishPath} without hooks, under the queue policies drop_new and drop_oldest; its order of
 * effects must stay the same.
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
        StoreOp.Enqueue.Retained retained = message.retain() ? retain(message) : StoreOp.Enqueue.Retained.KEEP;
        Route route = admit(loop.router.route(message.topic()), message);
        boolean storesInbound = inboundPacketId != 0 && publisher != null && publisher.durable();
        Picks picks = pick(route);
        List<StoreOp.Enqueue.Entry> entries = entries(route, picks, message);
        ReasonCode reason = route.isEmpty() ? ReasonCode.NO_MATCHING_SUBSCRIBERS : ReasonCode.SUCCESS;
        boolean deliversLater = storesInbound || willSessionId != 0;
        boolean stores = !entries.isEmpty() || deliversLater || retained != StoreOp.Enqueue.Retained.KEEP;
        if (stores) {
            DeliveryOrder order = done.deliveries();
            DeliveryOrder.Place place = deliversLater ? order.add(() -> deliver(route, picks, message)) : null;
            OnReply onReply = new OnReply() {
                private boolean isLate;

                @Override
                public void reply(StoreReply reply) {
                    if (place != null) {
                        order.stored(place);
                    }
                    done.done(reason);
                }

                @Override
                public void late() {
                    if (!isLate) {
                        isLate = true;
                        done.late();
                    }
                }
            };
            loop.sessionStore.submit(
                    new StoreOp.Enqueue(
                            message,
                            entries,
                            storesInbound && publisher != null ? publisher.sessionId() : 0,
                            storesInbound ? inboundPacketId : 0,
                            retained,
                            willSessionId),
                    onReply);
        }
        if (!deliversLater) {
            deliver(route, picks, message);
        }
        if (!stores) {
            done.done(reason);
        }
    }

    private StoreOp.Enqueue.Retained retain(Message message) {
        loop.broker.retained.put(message);
        return message.payload().length == 0 ? StoreOp.Enqueue.Retained.CLEAR : StoreOp.Enqueue.Retained.SET;
    }

    /** As {@code QueueAdmission.admit}. */
    private Route admit(Route route, Message message) {
        if (loop.broker.settings.dropOldest()) {
            return route;
        }
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

    /** The chosen member of each shared group; null where nobody is on line or has room. */
    private static final class Picks {
        final SharedGroup[] groups;
        final @Nullable Target[] targets;
        final @Nullable Message[] copies;

        Picks(SharedGroup[] groups, @Nullable Target[] targets) {
            this.groups = groups;
            this.targets = targets;
            this.copies = new Message[groups.length];
        }
    }

    private Picks pick(Route route) {
        @Nullable Target[] targets = new Target[route.groups().length];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = pick(route.groups()[i]);
        }
        return new Picks(route.groups(), targets);
    }

    /** As {@code QueueAdmission.pick}. */
    private @Nullable Target pick(SharedGroup group) {
        QueueBound bound = new QueueBound(loop.broker.settings.queueCountMax(), Long.MAX_VALUE);
        Target next = group.pick(SharedGroup.ANY_LOOP);
        if (next == null || bound.hasRoom(next)) {
            return next;
        }
        Target other = group.pickOther(bound::hasRoom);
        return other == null && loop.broker.settings.dropOldest() ? next : other;
    }

    /** As {@code QueueAdmission.makeRoom}. */
    private void makeRoom(Subscriber s, Message message) {
        QueueBound bound = new QueueBound(loop.broker.settings.queueCountMax(), Long.MAX_VALUE);
        if (s.loop() != Subscriber.OFFLINE) {
            loop.broker.underWay(s).add(message.id());
        } else if (loop.broker.settings.dropOldest() && bound.isPassed(s, 1, message.sizeBytes())) {
            new Trim(bound)
                    .ask(s, 1, message.sizeBytes(), message.id(), loop.sessionStore::submit, loop.broker::trimmed);
        }
    }

    /** A message chosen for a member that is gone. */
    void redeliver(Message message, TopicFilter shared) {
        SharedGroup group = loop.broker.index.group(shared);
        Target target = group == null ? null : pick(group);
        if (group == null || (target == null && !group.hasDurableMember())) {
            return;
        }
        Message own = copy(message);
        Picks picks = new Picks(new SharedGroup[] {group}, new Target[] {target});
        List<StoreOp.Enqueue.Entry> entries = entries(Route.EMPTY, picks, own);
        if (!entries.isEmpty()) {
            loop.sessionStore.submit(new StoreOp.Enqueue(own, entries, 0, 0, StoreOp.Enqueue.Retained.KEEP, 0), null);
        }
        deliver(Route.EMPTY, picks, own);
    }

    private Message copy(Message message) {
        return message.copy(loop.broker.sessions.ids().next(loop.broker.world.nowMs()), message.retain());
    }

    private List<StoreOp.Enqueue.Entry> entries(Route route, Picks picks, Message message) {
        List<StoreOp.Enqueue.Entry> entries = new ArrayList<>();
        for (Target target : route.durable()) {
            if (target.qos() == 0) {
                continue;
            }
            Subscriber s = target.subscriber();
            makeRoom(s, message);
            s.queuedCount.incrementAndGet();
            s.queuedBytes.addAndGet(message.sizeBytes());
            int qos = Math.min(message.qos(), target.qos());
            entries.add(new StoreOp.Enqueue.Entry(s.sessionId(), qos, false, target.identifiers(), null));
        }
        addPicks(entries, picks, message);
        return entries;
    }

    /** As {@code QueueEntries.add}. */
    private void addPicks(List<StoreOp.Enqueue.Entry> entries, Picks picks, Message message) {
        boolean isKept = false;
        for (int i = 0; i < picks.groups.length; i++) {
            SharedGroup group = picks.groups[i];
            Target target = picks.targets[i];
            if (target == null ? !group.hasDurableMember() : !target.isDurable()) {
                continue;
            }
            Subscriber to =
                    target == null ? Objects.requireNonNull(loop.broker.sessions.queue(group)) : target.subscriber();
            isKept |= target == null;
            boolean isCopied =
                    !entries.isEmpty() && (isKept || entries.stream().anyMatch(e -> e.sessionId() == to.sessionId()));
            Message own = isCopied ? copy(message) : message;
            if (target != null) {
                makeRoom(to, own);
            }
            to.count(1, message.sizeBytes());
            int qos = target == null ? message.qos() : Math.min(message.qos(), target.qos());
            int[] identifiers = target == null ? Target.NO_IDENTIFIERS : target.identifiers();
            Message copy = isCopied ? own : null;
            picks.copies[i] = copy;
            entries.add(new StoreOp.Enqueue.Entry(to.sessionId(), qos, false, identifiers, group.filter(), copy));
        }
    }

    private void deliver(Route route, Picks picks, Message message) {
        for (int to : route.loops()) {
            if (to == loop.number) {
                loop.arrivals.deliver(message, route.live(to), null);
            } else {
                loop.send(to, message, route.live(to), null);
            }
        }
        for (int i = 0; i < picks.groups.length; i++) {
            Message copy = picks.copies[i];
            deliver(picks.groups[i], picks.targets[i], copy == null ? message : copy);
        }
    }

    private void deliver(SharedGroup group, @Nullable Target target, Message message) {
        int to = target == null ? Subscriber.OFFLINE : target.subscriber().loop();
        if (target != null && to == loop.number) {
            loop.arrivals.deliver(message, new Target[] {target}, group.filter());
        } else if (target != null && to >= 0) {
            loop.send(to, message, new Target[] {target}, group.filter());
        } else if (target != null && !target.isDurable()) {
            redeliver(message, group.filter());
        } else if (target == null && group.pickOther(member -> true) != null) {
            loop.groupReady(group.filter());
        }
    }
}
