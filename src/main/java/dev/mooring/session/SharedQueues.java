package dev.mooring.session;

import dev.mooring.bus.Address;
import dev.mooring.bus.CrashPoint;
import dev.mooring.bus.LocalCodec;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.Deliveries;
import dev.mooring.route.QueueBound;
import dev.mooring.route.Relays;
import dev.mooring.route.SharedGroup;
import dev.mooring.route.Subscriber;
import dev.mooring.route.Target;
import dev.mooring.store.OnReply;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The stored queues of shared groups, MQTT 5.0 §4.8.2: messages that came while no member was on line, and what a
 * member had not acknowledged when its session ended. Each queue is handed out by one shard only. Confined to that
 * shard.
 */
public final class SharedQueues {
    private static final int PAGE_ENTRIES = 256;
    private static final int PAGE_BYTES = 512 * 1024;

    private final Sessions sessions;
    private final BiConsumer<StoreOp, @Nullable OnReply> submit;
    private final Set<TopicFilter> draining = new HashSet<>();
    private final Set<TopicFilter> again = new HashSet<>();
    /**
     * Groups of this shard that have found no member with room, or a store that can't be read; looked at in every
     * {@link #tick}.
     */
    private final Set<TopicFilter> stuck = new HashSet<>();
    /** What the store could not read of a session that has ended; read again in the next {@link #tick}. */
    private List<Runnable> unread = new ArrayList<>(0);

    private final Supplier<Bounds> bounds;
    private final GroupCounts counts;

    /**
     * @param member of a session's queue
     * @param group of a group's queue; what does not fit is dropped
     * @param dropped counts it
     */
    public record Bounds(QueueBound member, QueueBound group, LongAdder dropped) {}

    /** @param bounds that count now */
    SharedQueues(Sessions sessions, Supplier<Bounds> bounds, BiConsumer<StoreOp, @Nullable OnReply> submit) {
        this.sessions = sessions;
        this.bounds = bounds;
        this.submit = submit;
        this.counts = new GroupCounts(sessions, bounds, submit);
    }

    void ready(GroupReady ready) {
        if (!ready.isHere()) {
            ready(ready.filter());
        } else if (!stuck.contains(ready.filter())) {
            handOut(ready.filter());
        }
    }

    /**
     * Hands the group's queue to its members, page by page, as long as one is on line and has room. Only on the group's
     * shard, in a cluster of the node to which the group falls, whoever notices: two that read the same page would both
     * deliver it.
     */
    void ready(TopicFilter filter) {
        Neighbours neighbours = sessions.neighbours();
        if (neighbours != null && !neighbours.isMine(filter.text())) {
            sessions.bus().send(Address.PEERS, new GroupReady(filter), LocalCodec.OPTIONS);
        } else if (!stuck.contains(filter)) {
            handOut(filter);
        }
    }

    /** In a cluster: another node may have handed out what was counted here. */
    void filling(TopicFilter filter) {
        counts.look(filter);
    }

    /** Members may have room again, about which nobody is told. */
    void tick() {
        counts.tick();
        List<Runnable> due = unread;
        unread = new ArrayList<>(0);
        due.forEach(Runnable::run);
        if (!stuck.isEmpty()) {
            for (TopicFilter filter : List.copyOf(stuck)) {
                SharedGroup group = sessions.index().group(filter);
                if (group == null || group.pick(SharedGroup.ANY_LOOP) == null) {
                    stuck.remove(filter); // who comes on line asks for it
                } else if (group.pickOther(bounds.get().member::hasRoom) != null) {
                    stuck.remove(filter);
                    ready(filter); // by now it may fall to another node
                }
            }
        }
    }

    /** It falls to this node, or another one takes it for the one to which it falls. */
    private void handOut(TopicFilter filter) {
        SharedGroup group = sessions.index().group(filter);
        Subscriber queue = group == null ? null : sessions.queue(group);
        if (group == null || queue == null) {
            return;
        }
        if (!draining.add(filter)) {
            again.add(filter);
            return;
        }
        submit.accept(
                new StoreOp.QueueRead(queue.sessionId(), MessageId.ZERO, PAGE_ENTRIES, PAGE_BYTES),
                reply -> handOut(group, queue, reply));
    }

    /** The session of a member has ended: its entries go back to their groups, then its state is deleted. */
    void rescue(Subscriber left, List<Subscription> subscriptions, Runnable then) {
        Set<TopicFilter> filters = new HashSet<>();
        for (Subscription s : subscriptions) {
            if (s.filter().isShared()) {
                filters.add(s.filter());
            }
        }
        if (filters.isEmpty() || left.queuedCount.get() <= 0) {
            then.run();
            return;
        }
        submit.accept(new StoreOp.SessionLoad(left.sessionId()), reply -> {
            if (!(reply instanceof StoreReply.SessionState state)) {
                unread.add(() -> rescue(left, subscriptions, then));
                return;
            }
            List<StoreReply.QueueEntry> unacknowledged = new ArrayList<>(state.inFlight());
            unacknowledged.removeIf(e -> e.qos() == 2); // [MQTT-4.8.2-5]
            giveBack(unacknowledged);
            rescueQueue(left.sessionId(), MessageId.ZERO, filters, then);
        });
    }

    /** What only the memory of a session had goes to another member, or into the group's queue. */
    void redeliver(List<SessionClosed.Undelivered> undelivered) {
        for (SessionClosed.Undelivered u : undelivered) {
            SharedGroup group = sessions.index().group(u.shared());
            if (group != null) {
                redeliver(group, u.message());
            }
        }
    }

    private void redeliver(SharedGroup group, Message message) {
        Target to = pick(group);
        int loop = to == null ? Subscriber.OFFLINE : to.subscriber().loop();
        if (to == null || to.isDurable()) {
            if (to != null || group.hasDurableMember()) {
                Message own = message.copy(sessions.ids().next(sessions.nowMs()), message.retain());
                enqueue(queue(group), own, group.filter(), stored -> tellShard(group.filter()));
            }
        } else if (loop == Subscriber.OFFLINE) { // it has just left
            redeliver(group, message);
        } else {
            Deliveries one = new Deliveries();
            one.add(message, new Target[] {to}, group.filter());
            send(loop, one);
        }
    }

    private void tellShard(TopicFilter filter) {
        String shard = Address.session(sessions.shard(filter.text()));
        sessions.bus().send(shard, new GroupReady(filter), LocalCodec.OPTIONS);
    }

    /** The queue of a group, stored on first use. */
    private Subscriber queue(SharedGroup group) {
        Subscriber queue = group.queue();
        return queue == null ? create(group) : queue;
    }

    private Subscriber create(SharedGroup group) {
        Subscriber queue = group.queue(sessions.groupQueueId(group.filter()));
        submit.accept(new StoreOp.SessionSave(record(queue.sessionId(), group.filter())), null);
        return queue;
    }

    /** What stands for a group's queue in the store. */
    public static SessionRecord record(long sessionId, TopicFilter filter) {
        return new SessionRecord(sessionId, "", filter.text(), 1, Packet.NEVER_EXPIRES, 0, null);
    }

    private void rescueQueue(long sessionId, MessageId after, Set<TopicFilter> filters, Runnable then) {
        submit.accept(new StoreOp.QueueRead(sessionId, after, PAGE_ENTRIES, PAGE_BYTES), reply -> {
            if (!(reply instanceof StoreReply.Entries page)) {
                unread.add(() -> rescueQueue(sessionId, after, filters, then));
                return;
            }
            if (page.entries().isEmpty()) {
                filters.forEach(this::tellShard); // what was given back is stored by now
                then.run();
                return;
            }
            giveBack(page.entries());
            MessageId last = page.entries().get(page.entries().size() - 1).position();
            rescueQueue(sessionId, last, filters, then);
        });
    }

    private void giveBack(List<StoreReply.QueueEntry> entries) {
        for (StoreReply.QueueEntry e : entries) {
            TopicFilter shared = e.shared();
            Message message = e.message();
            SharedGroup group = shared == null ? null : sessions.index().group(shared);
            if (shared != null && group != null && message != null) {
                enqueue(queue(group), own(message, shared), shared, null);
            }
        }
    }

    /**
     * Who gets it next may have the message by another subscription, so this has a position of its own; always the
     * same, for after a crash it may be given back once more.
     */
    private static Message own(Message message, TopicFilter shared) {
        boolean isCopy = !message.id().equals(message.storedId());
        return isCopy ? message : message.copy(message.id().beside(shared.text()), message.retain());
    }

    /** As it was published: what the member that had it was granted does not count for the next one. */
    private void enqueue(Subscriber queue, Message message, TopicFilter shared, @Nullable OnReply stored) {
        counts.look(shared);
        if (bounds.get().group.isReached(queue)) {
            bounds.get().dropped.increment();
            return;
        }
        queue.count(1, message.sizeBytes());
        StoreOp.Enqueue.Entry entry = new StoreOp.Enqueue.Entry(
                queue.sessionId(), message.qos(), message.retain(), Target.NO_IDENTIFIERS, shared);
        submit.accept(new StoreOp.Enqueue(message, List.of(entry), 0, 0, StoreOp.Enqueue.Retained.KEEP, 0), stored);
    }

    private void handOut(SharedGroup group, Subscriber queue, StoreReply reply) {
        Map<Subscriber, List<StoreReply.QueueEntry>> byMember = new HashMap<>();
        Map<Subscriber, Target> targets = new HashMap<>();
        boolean someone = true;
        boolean more = false;
        if (reply instanceof StoreReply.Entries page) {
            more = page.more();
            for (StoreReply.QueueEntry e : page.entries()) {
                Target to = pick(group);
                if (to == null) {
                    stuck.add(group.filter());
                    someone = false;
                    break;
                }
                Subscriber member = to.subscriber();
                byMember.computeIfAbsent(member, s -> new ArrayList<>()).add(e);
                targets.put(member, to);
                queue.count(-1, -e.sizeBytes());
                if (to.isDurable()) {
                    member.count(1, e.sizeBytes()); // at once, for the bound of the next ones
                }
            }
            counts.handedOut(queue);
        } else {
            stuck.add(group.filter());
        }
        byMember.forEach((member, entries) -> move(group, queue, targets.get(member), entries));
        boolean goOn = someone && more;
        submit.accept(
                new StoreOp.SessionLoad(queue.sessionId()),
                done -> { // behind the moves
                    draining.remove(group.filter());
                    if (again.remove(group.filter()) || goOn) {
                        ready(group.filter());
                    }
                });
    }

    /** The member whose turn it is, or another one that has room; null when the message has to wait. */
    private @Nullable Target pick(SharedGroup group) {
        Target next = group.pick(SharedGroup.ANY_LOOP);
        if (next == null || bounds.get().member.hasRoom(next)) {
            return next;
        }
        return group.pickOther(bounds.get().member::hasRoom);
    }

    /** From the group's queue into the member's, in one write; or out of the store, when the member has none. */
    private void move(SharedGroup group, Subscriber queue, @Nullable Target to, List<StoreReply.QueueEntry> entries) {
        if (to == null) {
            return;
        }
        List<MessageId> positions = new ArrayList<>(entries.size());
        long sum = 0;
        for (StoreReply.QueueEntry e : entries) {
            positions.add(e.position());
            sum += e.sizeBytes();
        }
        long bytes = sum;
        if (to.isDurable()) {
            StoreOp.QueueMove move = new StoreOp.QueueMove(
                    queue.sessionId(),
                    positions,
                    to.subscriber().sessionId(),
                    to.qos(),
                    to.retainAsPublished(),
                    to.identifiers(),
                    sessions.ids().next(sessions.nowMs()));
            submit.accept(move, reply -> {
                if (!(reply instanceof StoreReply.Moved moved)) {
                    return; // the node stops
                }
                // What it had already, since a crash had it given back twice, was counted then.
                to.subscriber().count(moved.count() - entries.size(), moved.bytes() - bytes);
                CrashPoint.SHARED_MOVED.hit();
                deliver(group, to, entries);
            });
        } else {
            positions.forEach(p -> submit.accept(new StoreOp.Dequeue(queue.sessionId(), p), null));
            deliver(group, to, entries);
        }
    }

    private void deliver(SharedGroup group, Target to, List<StoreReply.QueueEntry> entries) {
        int loop = to.subscriber().loop();
        Deliveries batch = new Deliveries();
        for (StoreReply.QueueEntry e : entries) {
            Message message = e.message();
            if (message != null && loop != Subscriber.OFFLINE) {
                batch.add(message, new Target[] {to}, group.filter());
            } else if (message != null && !to.isDurable()) {
                redeliver(group, message);
            }
        }
        if (loop != Subscriber.OFFLINE) {
            send(loop, batch);
        }
    }

    private void send(int loop, Deliveries batch) {
        if (loop < Subscriber.OFFLINE) {
            relay(Subscriber.node(loop), batch);
            return;
        }
        sessions.underWay().sent(loop, batch.bytes());
        sessions.bus().send(Address.loop(loop), batch, LocalCodec.OPTIONS);
    }

    /** To a member on another node; each message of the batch has one target. */
    private void relay(int node, Deliveries batch) {
        Relays relays = new Relays(0);
        int[] nodes = {node};
        for (int i = 0; i < batch.size(); i++) {
            Subscriber member = batch.targets(i)[0].subscriber();
            long sessionId = member.durable() ? member.sessionId() : 0;
            relays.add(new Relays.Item(batch.message(i), nodes, batch.shared(i), sessionId, false));
        }
        sessions.underWay().sentToPeers(relays.bytes());
        sessions.bus().send(Address.PEERS, relays, LocalCodec.OPTIONS);
    }
}
