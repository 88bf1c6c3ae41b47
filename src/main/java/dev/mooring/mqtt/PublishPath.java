package dev.mooring.mqtt;

import dev.mooring.bus.Address;
import dev.mooring.bus.CrashPoint;
import dev.mooring.bus.LocalBody;
import dev.mooring.config.Limits;
import dev.mooring.message.Message;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import dev.mooring.route.Relays;
import dev.mooring.route.RetainedIndex;
import dev.mooring.route.Route;
import dev.mooring.route.SharedGroup;
import dev.mooring.route.Subscriber;
import dev.mooring.route.Target;
import dev.mooring.rule.Hook;
import dev.mooring.rule.HookEvent;
import dev.mooring.rule.OnError;
import dev.mooring.rule.Operations;
import dev.mooring.rule.Step;
import dev.mooring.session.GroupReady;
import dev.mooring.session.PublishMessage;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreClient;
import dev.mooring.store.StoreOp;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What happens to a message between its publisher and its subscribers, on the publisher's loop: hooks, retained
 * message, queue entries, deliveries, acknowledgement. Confined to one loop.
 *
 * <p><b>What an ack means.</b> PUBACK or PUBREC leaves when every message.publish step with {@code reject} has
 * answered, and one atomic write has the message in the queue of every durable subscriber, the retained message
 * changed, and a durable publisher's QoS 2 packet id noted. Without any of these the ack leaves at once.
 *
 * <p><b>When it is delivered.</b> At once, side by side with the writes, except QoS 2 from a durable publisher: there
 * the steps with {@code reject} must have succeeded and the packet id be stored first, else a PUBLISH that was refused,
 * or repeated after a crash in between, would be delivered a second time. So would a stored Will that is delivered
 * before the store has it as a message, and no longer as a Will.
 */
final class PublishPath {
    private final Loop loop;
    private final NodeState node;
    private final QueueAdmission admission;
    private final QueueEntries queues;
    private final RelayPath relayPath;
    private final boolean isClustered;

    PublishPath(Loop loop) {
        this.loop = loop;
        this.node = loop.node;
        this.admission = new QueueAdmission(loop);
        this.queues = new QueueEntries(loop, admission);
        this.relayPath = new RelayPath(loop, this);
        this.isClustered = node.sessions().neighbours() != null;
    }

    /** By other limits from now on. */
    void use(Limits limits) {
        admission.use(limits);
    }

    /** Whether a message of the broker's own has to wait outside; a Will has nobody who could be told. */
    boolean rejects(Message message) {
        return admission.rejects(message);
    }

    /**
     * Whether a client's message concerns anybody: a subscriber, a rule, the retained messages, or a store that has to
     * know its packet id. If not, it need not be made.
     */
    boolean isWanted(TopicName topic, int qos, boolean retain, Subscriber publisher) {
        return retain
                || (qos == 2 && publisher.durable())
                || !loop.router.route(topic).isEmpty()
                || (loop.rules.any(Hook.MESSAGE_PUBLISH)
                        && !loop.rules.steps(Hook.MESSAGE_PUBLISH, topic.text()).isEmpty());
    }

    /**
     * @param publisher the publishing session, for no-local and for its QoS 2 packet id; null for internal messages
     * @param username of the publisher, for hooks
     * @param inboundPacketId packet id of a QoS 2 PUBLISH, else 0
     * @param will what else is known of an internal message, else null
     * @param done null at QoS 0
     */
    void publish(
            Message message,
            @Nullable Subscriber publisher,
            @Nullable String username,
            int inboundPacketId,
            @Nullable PublishMessage will,
            @Nullable PublishDone done) {
        if (publisher != null && admission.rejects(message)) {
            rejected(done);
            return;
        }
        boolean isSys = message.topic().isSys();
        PendingPublish hooks =
                !isSys && loop.rules.any(Hook.MESSAGE_PUBLISH) ? runHooks(message, username, done) : null;
        if (hooks != null && inboundPacketId != 0 && publisher != null && publisher.durable()) {
            // A refused QoS 2 message is published again as another one; so nobody may have got this one.
            hooks.then(() -> route(message, publisher, inboundPacketId, will, done, null));
        } else {
            route(message, publisher, inboundPacketId, will, done, hooks);
        }
    }

    /** @param hooks what the ack waits for besides, or null */
    private void route(
            Message message,
            @Nullable Subscriber publisher,
            int inboundPacketId,
            @Nullable PublishMessage will,
            @Nullable PublishDone done,
            @Nullable PendingPublish hooks) {
        // Retained first: who subscribes after the route was asked for finds the message there, so there is no gap.
        RetainedIndex.Put put = message.retain() ? node.retained().put(message) : null;
        Route route = admission.admit(loop.router.route(message.topic()), message, publisher);
        boolean storesInbound = inboundPacketId != 0 && publisher != null && publisher.durable();
        boolean isSys = message.topic().isSys();
        PendingPublish pending = hooks;
        Picks picks = Picks.NONE;
        List<StoreOp.Enqueue.Entry> entries = List.of();
        if (!route.isEmpty()) {
            picks = route.groups().length == 0 ? Picks.NONE : pick(route, message);
            if (message.qos() > 0) {
                entries = queues.entries(route, picks, message, publisher);
            }
        }
        StoreOp.Enqueue.Retained retained = put == null || isSys
                ? StoreOp.Enqueue.Retained.KEEP
                : retained(put, message, done); // $SYS means nothing after a restart
        ReasonCode reason = route.isEmpty() ? ReasonCode.NO_MATCHING_SUBSCRIBERS : ReasonCode.SUCCESS;
        long willSessionId = will == null ? 0 : will.willSessionId();
        boolean isStored =
                !entries.isEmpty() || storesInbound || willSessionId != 0 || retained != StoreOp.Enqueue.Retained.KEEP;
        int[] nodes = isSys ? Relays.ALL : route.nodes();
        boolean relaysRetained = isClustered && retained != StoreOp.Enqueue.Retained.KEEP;
        boolean relays = nodes.length > 0 || relaysRetained || picks.areElsewhere();
        SessionOwner owner = storesInbound ? SessionOwner.of(publisher) : SessionOwner.of(will);
        boolean deliversLater = storesInbound || willSessionId != 0;
        Picks chosen = picks;
        if (isStored) {
            if (pending == null) {
                pending = new PendingPublish(node.metrics(), done);
            }
            pending.awaits++;
            OnReply onReply = pending;
            if (deliversLater) {
                pending.deliverLater(() -> {
                    deliver(route, chosen, message);
                    relayPath.relay(message, nodes, chosen, relaysRetained);
                });
                CrashPoint.INBOUND_RECEIVED.hit();
            } else if (relays) {
                onReply = relayPath.later(message, nodes, chosen, relaysRetained, done, pending);
            }
            if (!storesInbound && publisher != null) {
                CrashPoint.PUBLISH_RECEIVED.hit();
            }
            loop.arrivals.worked(entries.size());
            long inbound = storesInbound && publisher != null ? publisher.sessionId() : 0;
            StoreOp.Enqueue enqueue = new StoreOp.Enqueue(
                    message, entries, inbound, storesInbound ? inboundPacketId : 0, retained, willSessionId);
            loop.sessionStore.submit(owner == null ? enqueue : owner.of(enqueue), onReply);
        } else if (relays) {
            relayPath.inOrder(message, nodes, chosen, done);
        }
        if (!deliversLater) {
            deliver(route, picks, message);
        }
        if (pending == null) {
            answer(done, reason);
        } else {
            pending.submitted(reason);
        }
    }

    /**
     * What the store is to do. Also with a message that came behind a newer one of another loop: that may not be stored
     * yet, and this one is going to be acknowledged. The store keeps the newer of them, if it has had both from here.
     */
    private StoreOp.Enqueue.Retained retained(RetainedIndex.Put put, Message message, @Nullable PublishDone done) {
        if (put == RetainedIndex.Put.FULL) {
            node.metrics().droppedRetainedFull.increment();
            if (done != null) {
                done.notRetained();
            }
            return StoreOp.Enqueue.Retained.KEEP;
        }
        if (put == RetainedIndex.Put.STALE && isClustered) {
            return StoreOp.Enqueue.Retained.KEEP; // the newer one may be another node's
        }
        boolean clear = message.payload().length == 0;
        return clear ? StoreOp.Enqueue.Retained.CLEAR : StoreOp.Enqueue.Retained.SET;
    }

    /** What other nodes forward. */
    void relayed(Relays.Item item, boolean isLate) {
        relayPath.relayed(item, isLate);
    }

    /** A message chosen for a member that is gone: to another one, or into the group's queue. */
    void redeliver(Message message, TopicFilter shared) {
        SharedGroup group = node.index().group(shared);
        Target target = group == null ? null : admission.pick(group, SharedGroup.ANY_LOOP, message);
        if (group == null || (target == null && !group.hasDurableMember())) {
            node.metrics().droppedNoMember.increment();
            return;
        }
        // A copy: who gets it may have the message by another subscription.
        Message own = message.qos() == 0 ? message : message.copy(node.ids().next(loop.nowMs()), message.retain());
        Picks picks = new Picks(1);
        picks.add(group, target);
        List<StoreOp.Enqueue.Entry> entries = new ArrayList<>(1);
        queues.add(entries, picks, own);
        if (!entries.isEmpty()) {
            loop.sessionStore.submit(new StoreOp.Enqueue(own, entries, 0, 0, StoreOp.Enqueue.Retained.KEEP, 0), null);
        }
        deliver(Route.EMPTY, picks, own);
        relayPath.relay(own, Relays.ALL, picks, false);
    }

    // ---- hooks

    private @Nullable PendingPublish runHooks(Message message, @Nullable String username, @Nullable PublishDone done) {
        List<Step> steps =
                loop.rules.steps(Hook.MESSAGE_PUBLISH, message.topic().text());
        PendingPublish pending = null;
        HookEvent.Published event = new HookEvent.Published(message, username);
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            step.figures().matched.increment();
            StoreOp op = Operations.of(step, event);
            if (op == null) {
                step.figures().skipped.increment();
                continue;
            }
            if (pending == null) {
                pending = new PendingPublish(node.metrics(), done);
            }
            StoreClient store = loop.store(step.pool());
            OnReply then = step.onError() == OnError.REJECT ? pending : pending::accepted;
            OnReply onReply = new CountedReply(step.figures(), then);
            if (message.qos() > 0) {
                pending.awaits++;
                store.submit(op, onReply);
            } else if (store.offer(op, onReply)) {
                pending.awaits++;
            } else { // routed all the same
                node.metrics().droppedSteps.increment();
                step.figures().dropped.increment();
            }
        }
        return pending;
    }

    // ---- who gets it

    private Picks pick(Route route, Message message) {
        Picks picks = new Picks(route.groups().length);
        for (SharedGroup group : route.groups()) {
            boolean preferLocal = loop.config().mqtt().sharedPreferLocal();
            Target target = admission.pick(group, preferLocal ? loop.number : SharedGroup.ANY_LOOP, message);
            if (target != null || (message.qos() > 0 && group.hasDurableMember())) {
                picks.add(group, target);
            } else {
                node.metrics().droppedNoMember.increment();
            }
        }
        return picks;
    }

    void deliver(Route route, Picks picks, Message message) {
        for (int to : route.loops()) {
            if (to == loop.number) {
                loop.arrivals.deliver(message, route.live(to), null);
            } else {
                loop.send(to, message, route.live(to), null);
            }
        }
        for (int i = 0; i < picks.size; i++) {
            Target target = picks.targets[i];
            TopicFilter filter = picks.groups[i].filter();
            if (target != null && RelayPath.isElsewhere(target)) {
                continue; // it is relayed
            }
            if (target != null && target.subscriber().isHere()) {
                deliver(target, picks.message(i, message), filter);
            } else if (target != null && !target.isDurable()) {
                redeliver(message, filter);
            } else if (target == null && picks.groups[i].pickOther(member -> true) != null) {
                // somebody on line has no room, or came on line meanwhile: the group's shard hands the queue out
                tellShard(filter, new GroupReady(filter));
            }
        }
    }

    private void tellShard(TopicFilter filter, LocalBody body) {
        loop.send(Address.session(node.sessions().shard(filter.text())), body);
    }

    void deliver(Target target, Message message, TopicFilter shared) {
        int to = target.subscriber().loop();
        if (to == loop.number) {
            loop.arrivals.deliver(message, new Target[] {target}, shared);
        } else if (to >= 0) {
            loop.send(to, message, new Target[] {target}, shared);
        }
    }

    // ---- the answer

    private void rejected(@Nullable PublishDone done) {
        node.metrics().publishesRejected.increment();
        answer(done, ReasonCode.QUOTA_EXCEEDED);
    }

    private static void answer(@Nullable PublishDone done, ReasonCode reason) {
        if (done != null) {
            done.done(reason);
        }
    }
}
