package dev.mooring.session;

import dev.mooring.bus.Address;
import dev.mooring.bus.CrashPoint;
import dev.mooring.bus.LocalCodec;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.Deliveries;
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
import java.util.function.BiConsumer;
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

    SharedQueues(Sessions sessions, BiConsumer<StoreOp, @Nullable OnReply> submit) {
        this.sessions = sessions;
        this.submit = submit;
    }

    void ready(GroupReady ready) {
        if (ready.isHere()) {
            handOut(ready.filter());
        } else {
            ready(ready.filter());
        }
    }

    /** Hands the group's queue to its members, page by page, as long as one is on line. */
    void ready(TopicFilter filter) {
        Neighbours neighbours = sessions.neighbours();
        if (neighbours == null || neighbours.isMine(filter.text())) {
            handOut(filter);
        } else { // one node hands a queue out, whoever notices
            sessions.bus().send(Address.PEERS, new GroupReady(filter), LocalCodec.OPTIONS);
        }
    }

    /** It falls to this node, or another one takes it for the one to which it falls. */
    void handOut(TopicFilter filter) {
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
            if (reply instanceof StoreReply.SessionState state) {
                List<StoreReply.QueueEntry> unacknowledged = new ArrayList<>(state.inFlight());
                unacknowledged.removeIf(e -> e.qos() == 2); // [MQTT-4.8.2-5]
                giveBack(unacknowledged);
            }
            rescueQueue(left.sessionId(), MessageId.ZERO, filters, then);
        });
    }

    /** What only the memory of a session had goes to another member, or into the group's queue. */
    void redeliver(List<SessionClosed.Undelivered> undelivered) {
        for (SessionClosed.Undelivered u : undelivered) {
            SharedGroup group = sessions.index().group(u.shared());
            if (group == null) {
                continue;
            }
            Target to = group.pick(SharedGroup.ANY_LOOP);
            if (to != null && !to.subscriber().durable()) {
                Deliveries one = new Deliveries();
                one.add(u.message(), new Target[] {to}, u.shared());
                send(to.subscriber().loop(), one);
            } else if (to != null || group.hasDurableMember()) {
                enqueue(queue(group), u.message(), u.qos(), u.shared());
                ready(u.shared());
            }
        }
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
            if (!(reply instanceof StoreReply.Entries page) || page.entries().isEmpty()) {
                filters.forEach(this::ready);
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
                enqueue(queue(group), message, e.qos(), shared);
            }
        }
    }

    private void enqueue(Subscriber queue, Message message, int qos, TopicFilter shared) {
        queue.queuedCount.incrementAndGet();
        queue.queuedBytes.addAndGet(message.sizeBytes());
        StoreOp.Enqueue.Entry entry =
                new StoreOp.Enqueue.Entry(queue.sessionId(), qos, false, Target.NO_IDENTIFIERS, shared);
        submit.accept(new StoreOp.Enqueue(message, List.of(entry), 0, 0, StoreOp.Enqueue.Retained.KEEP, 0), null);
    }

    private void handOut(SharedGroup group, Subscriber queue, StoreReply reply) {
        Map<Subscriber, List<StoreReply.QueueEntry>> byMember = new HashMap<>();
        Map<Subscriber, Target> targets = new HashMap<>();
        boolean someone = true;
        boolean more = false;
        if (reply instanceof StoreReply.Entries page) {
            more = page.more();
            for (StoreReply.QueueEntry e : page.entries()) {
                Target to = group.pick(SharedGroup.ANY_LOOP);
                if (to == null) {
                    someone = false;
                    break;
                }
                byMember.computeIfAbsent(to.subscriber(), s -> new ArrayList<>())
                        .add(e);
                targets.put(to.subscriber(), to);
            }
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

    /** From the group's queue into the member's, in one write; or out of the store, when the member has none. */
    private void move(SharedGroup group, Subscriber queue, @Nullable Target to, List<StoreReply.QueueEntry> entries) {
        if (to == null) {
            return;
        }
        Subscriber member = to.subscriber();
        List<MessageId> positions = new ArrayList<>(entries.size());
        long bytes = 0;
        for (StoreReply.QueueEntry e : entries) {
            positions.add(e.position());
            Message message = e.message();
            bytes += message == null ? 0 : message.sizeBytes();
        }
        queue.queuedCount.addAndGet(-entries.size());
        queue.queuedBytes.addAndGet(-bytes);
        if (member.durable()) {
            if (member.loop() >= Subscriber.OFFLINE) { // else the node that has it counts it
                member.queuedCount.addAndGet(entries.size());
                member.queuedBytes.addAndGet(bytes);
            }
            submit.accept(new StoreOp.QueueMove(queue.sessionId(), positions, member.sessionId()), moved -> {
                if (moved instanceof StoreReply.Failed) {
                    return; // the node stops
                }
                CrashPoint.SHARED_MOVED.hit();
                deliver(group, to, entries);
            });
        } else {
            positions.forEach(p -> submit.accept(new StoreOp.Dequeue(queue.sessionId(), p), null));
            deliver(group, to, entries);
        }
    }

    private void deliver(SharedGroup group, Target to, List<StoreReply.QueueEntry> entries) {
        Deliveries batch = new Deliveries();
        for (StoreReply.QueueEntry e : entries) {
            Message message = e.message();
            if (message != null) {
                batch.add(message, new Target[] {to}, group.filter());
            }
        }
        int loop = to.subscriber().loop();
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
