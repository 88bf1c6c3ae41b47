package dev.mooring.mqtt;

import dev.mooring.bus.Address;
import dev.mooring.message.Message;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.Route;
import dev.mooring.route.SharedGroup;
import dev.mooring.route.Subscriber;
import dev.mooring.route.Target;
import dev.mooring.session.GroupFilling;
import dev.mooring.store.StoreOp.Enqueue.Entry;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The places that a message at QoS 1 or 2 gets in the queues of durable sessions and of shared groups, and what counts
 * them. Confined to one loop.
 */
final class QueueEntries {
    private final Loop loop;
    private final NodeState node;
    private final QueueAdmission admission;
    private final boolean isClustered;

    QueueEntries(Loop loop, QueueAdmission admission) {
        this.loop = loop;
        this.node = loop.node;
        this.admission = admission;
        this.isClustered = node.sessions().neighbours() != null;
    }

    List<Entry> entries(Route route, Picks picks, Message message, @Nullable Subscriber publisher) {
        Target[] durable = route.durable();
        if (durable.length == 0 && picks.size == 0) {
            return List.of();
        }
        List<Entry> entries = new ArrayList<>(durable.length + picks.size);
        for (Target one : durable) {
            Target target = one.forPublisher(publisher);
            if (target == null || target.qos() == 0) {
                continue;
            }
            admission.makeRoom(target.subscriber(), message);
            target.subscriber().count(1, message.sizeBytes());
            entries.add(new Entry(
                    target.subscriber().sessionId(),
                    Math.min(message.qos(), target.qos()),
                    message.retain() && target.retainAsPublished(),
                    target.identifiers(),
                    null));
        }
        add(entries, picks, message);
        return entries;
    }

    /** Those of the picks; copies, for who has the message by another entry: see {@link Picks}. */
    void add(List<Entry> entries, Picks picks, Message message) {
        boolean isKept = false;
        for (int i = 0; i < picks.size; i++) {
            TopicFilter shared = picks.groups[i].filter();
            Target target = picks.targets[i];
            Subscriber to = target == null ? queue(picks.groups[i]) : target.subscriber();
            if (to == null || (target != null && !target.isDurable())) {
                continue;
            }
            isKept |= target == null; // for a member that may have the message by then
            boolean isCopied = !entries.isEmpty() && (isKept || isAmong(entries, to));
            Message own = isCopied ? message.copy(node.ids().next(loop.nowMs()), message.retain()) : message;
            if (target != null) {
                admission.makeRoom(to, own);
            }
            to.count(1, own.sizeBytes());
            int qos = target == null ? message.qos() : Math.min(message.qos(), target.qos());
            boolean retain = message.retain() && (target == null || target.retainAsPublished());
            int[] identifiers = target == null ? Target.NO_IDENTIFIERS : target.identifiers();
            entries.add(new Entry(to.sessionId(), qos, retain, identifiers, shared, isCopied ? own : null));
            if (isCopied) {
                picks.copied(i, own);
            }
        }
    }

    private static boolean isAmong(List<Entry> entries, Subscriber session) {
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).sessionId() == session.sessionId()) {
                return true;
            }
        }
        return false;
    }

    /** Of a group that has nobody on line with room; null when it has no room itself, and the message is dropped. */
    private @Nullable Subscriber queue(SharedGroup group) {
        Subscriber queue = node.sessions().queue(group);
        if (isClustered && queue != null && admission.isFilling(queue)) {
            String shard = Address.session(node.sessions().shard(group.filter().text()));
            loop.send(shard, new GroupFilling(group.filter()));
        }
        if (queue == null || admission.isFull(queue)) {
            node.metrics().droppedQueueFull.increment();
            return null;
        }
        return queue;
    }
}
