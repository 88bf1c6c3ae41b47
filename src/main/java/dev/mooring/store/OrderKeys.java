package dev.mooring.store;

import dev.mooring.message.MessageId;
import java.util.ArrayList;
import java.util.List;

/**
 * Which operations must take effect in the order they were given: a later one of which a key is in {@link #after} that
 * an earlier one has in {@link #before}. Within a session each queue entry and packet id stands for itself once it is
 * there; but entries join a queue in order, what reads or deletes the session comes after everything about it, and
 * everything after what deletes it.
 */
final class OrderKeys {
    private record Entry(long sessionId, MessageId position) {}

    private record Inbound(long sessionId, int packetId) {}

    private enum Part {
        /** Record, subscriptions, fetches. */
        HEAD,
        /** The end of the queue: no message of a publisher may be there without those before it. */
        TAIL,
        ANY,
        WHOLE
    }

    private record Session(long sessionId, Part part) {}

    private OrderKeys() {}

    /** What a later operation has to come after. Reads have none. */
    static List<Object> before(StoreOp op) {
        return keys(op, true);
    }

    /** What this operation has to come after. */
    static List<Object> after(StoreOp op) {
        return keys(op, false);
    }

    private static List<Object> keys(StoreOp op, boolean before) {
        List<Object> keys = new ArrayList<>(4);
        switch (op.kind()) {
            case SESSION_SAVE -> head(keys, ((StoreOp.SessionSave) op).session().sessionId(), before);
            case SUBSCRIPTIONS_SAVE -> head(keys, ((StoreOp.SubscriptionsSave) op).sessionId(), before);
            case SUBSCRIPTIONS_DELETE -> head(keys, ((StoreOp.SubscriptionsDelete) op).sessionId(), before);
            case FETCH_SAVE -> head(keys, ((StoreOp.FetchSave) op).sessionId(), before);
            case ENQUEUE -> enqueue(keys, (StoreOp.Enqueue) op, before);
            case INBOUND_RELEASE -> {
                StoreOp.InboundRelease release = (StoreOp.InboundRelease) op;
                part(keys, release.sessionId(), new Inbound(release.sessionId(), release.packetId()), before);
            }
            case SENT -> entry(keys, ((StoreOp.Sent) op).sessionId(), ((StoreOp.Sent) op).position(), before);
            case RELEASED ->
                entry(keys, ((StoreOp.Released) op).sessionId(), ((StoreOp.Released) op).position(), before);
            case DEQUEUE -> entry(keys, ((StoreOp.Dequeue) op).sessionId(), ((StoreOp.Dequeue) op).position(), before);
            case OWNED -> keys.addAll(keys(((StoreOp.Owned) op).op(), before));
            case QUEUE_MOVE -> move(keys, (StoreOp.QueueMove) op, before);
            case SESSION_DELETE -> whole(keys, ((StoreOp.SessionDelete) op).sessionId(), before, Part.WHOLE);
            case QUEUE_TRIM -> whole(keys, ((StoreOp.QueueTrim) op).sessionId(), before, Part.ANY);
            case SESSION_LOAD -> read(keys, ((StoreOp.SessionLoad) op).sessionId(), before);
            case QUEUE_READ -> read(keys, ((StoreOp.QueueRead) op).sessionId(), before);
            case SESSION_SCAN,
                    RETAINED_SCAN,
                    RULE_DATA_SCAN,
                    NODE_CLEAR -> {} // at the start, when nothing else is done
            case CLIENT_CONNECTED -> client(keys, ((StoreOp.ClientConnected) op).clientId());
            case CLIENT_DISCONNECTED -> client(keys, ((StoreOp.ClientDisconnected) op).clientId());
            case PROXY_SAVE -> client(keys, ((StoreOp.ProxySave) op).clientId());
            case SUBSCRIBE_LOOKUP -> client(keys, ((StoreOp.SubscribeLookup) op).clientId());
            case ACKED_DELETE -> client(keys, ((StoreOp.AckedDelete) op).clientId());
            case ACKED_FOR_PUBSUB -> client(keys, ((StoreOp.AckedForPubsub) op).clientId());
            case FETCH_FOR_PUBSUB -> client(keys, ((StoreOp.FetchForPubsub) op).clientId());
            case MESSAGE_PUBLISH, MESSAGE_STORE, MESSAGE_STORE_KEEP_LATEST, MESSAGE_RETAIN ->
                topic(keys, ((StoreOp.OfMessage) op).message().topic().text());
            case RETAIN_DELETE -> topic(keys, ((StoreOp.RetainDelete) op).topic());
            case ACKED_FOR_QUEUE -> topic(keys, ((StoreOp.AckedForQueue) op).topic());
            case ACKED_FOR_KEEP_LATEST -> topic(keys, ((StoreOp.AckedForKeepLatest) op).topic());
            case FETCH_FOR_QUEUE ->
                topic(keys, ((StoreOp.FetchForQueue) op).filter().filter());
            case FETCH_FOR_KEEP_LATEST ->
                topic(keys, ((StoreOp.FetchForKeepLatest) op).filter().filter());
            case COMMANDS -> keys.add("commands"); // nobody knows what they touch
            case ITEMS -> {
                client(keys, ((StoreOp.Items) op).clientId());
                if (!((StoreOp.Items) op).topic().isEmpty()) {
                    topic(keys, ((StoreOp.Items) op).topic());
                }
            }
            case RETAIN_LOOKUP ->
                topic(keys, ((StoreOp.RetainLookup) op).filter().filter());
        }
        return keys;
    }

    private static void enqueue(List<Object> keys, StoreOp.Enqueue op, boolean before) {
        for (StoreOp.Enqueue.Entry e : op.entries()) {
            entry(keys, e.sessionId(), op.message(e).id(), before);
            keys.add(new Session(e.sessionId(), Part.TAIL));
        }
        if (op.inboundPacketId() != 0) {
            Inbound inbound = new Inbound(op.inboundSessionId(), op.inboundPacketId());
            part(keys, op.inboundSessionId(), inbound, before);
        }
        if (op.willSessionId() != 0) {
            head(keys, op.willSessionId(), before);
        }
        if (op.retained() != StoreOp.Enqueue.Retained.KEEP) {
            keys.add("retained " + op.message().topic().text());
        }
    }

    private static void move(List<Object> keys, StoreOp.QueueMove op, boolean before) {
        keys.add(new Session(op.toSessionId(), Part.TAIL));
        for (MessageId position : op.positions()) {
            entry(keys, op.fromSessionId(), position, before);
            entry(keys, op.toSessionId(), position, before);
        }
    }

    private static void entry(List<Object> keys, long sessionId, MessageId position, boolean before) {
        part(keys, sessionId, new Entry(sessionId, position), before);
    }

    private static void head(List<Object> keys, long sessionId, boolean before) {
        part(keys, sessionId, new Session(sessionId, Part.HEAD), before);
    }

    private static void part(List<Object> keys, long sessionId, Object part, boolean before) {
        keys.add(part);
        keys.add(new Session(sessionId, before ? Part.ANY : Part.WHOLE));
    }

    private static void whole(List<Object> keys, long sessionId, boolean before, Part changed) {
        if (before) {
            keys.add(new Session(sessionId, Part.ANY));
            keys.add(new Session(sessionId, changed));
        } else {
            read(keys, sessionId, false);
        }
    }

    private static void read(List<Object> keys, long sessionId, boolean before) {
        if (!before) {
            keys.add(new Session(sessionId, Part.ANY));
            keys.add(new Session(sessionId, Part.WHOLE));
        }
    }

    private static void client(List<Object> keys, String clientId) {
        keys.add("client " + clientId);
    }

    private static void topic(List<Object> keys, String topic) {
        keys.add("topic " + topic);
    }
}
