package dev.mooring.mqtt;

import dev.mooring.bus.Address;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.TopicFilter;
import dev.mooring.metrics.Metrics;
import dev.mooring.route.Inbox;
import dev.mooring.route.Target;
import dev.mooring.rule.Hook;
import dev.mooring.session.Packet;
import dev.mooring.session.Replaced;
import dev.mooring.session.Rescan;
import dev.mooring.session.SessionPort;
import dev.mooring.store.OnReply;
import dev.mooring.store.OpKind;
import dev.mooring.store.StoreOp;
import org.jspecify.annotations.Nullable;

/**
 * From the session to the client: takes deliveries for it, and does what its state machine asks for. Confined to the
 * connection's loop.
 */
final class Delivering implements SessionPort, Inbox {
    private final MqttConnection connection;
    private final Loop loop;
    private final Replay replay;
    private final Metrics metrics;
    private @Nullable LiveSession session;

    Delivering(MqttConnection connection, Loop loop, Replay replay) {
        this.connection = connection;
        this.loop = loop;
        this.replay = replay;
        this.metrics = loop.node.metrics();
    }

    void session(LiveSession live) {
        session = live;
    }

    @Override
    public void deliver(Message message, Target target, @Nullable TopicFilter shared) {
        LiveSession o = session;
        if (o == null) {
            return;
        }
        Target to = target;
        if (!target.ownMessages() && message.from().equals(o.clientId)) {
            to = target.toPublisher();
            if (to == null) {
                return;
            }
        }
        int qos = Math.min(message.qos(), to.qos());
        boolean retain = message.retain() && to.retainAsPublished();
        if (shared == null && replay.isFetched(message)) {
            skip(o, message, qos);
        } else if (qos > 0) {
            o.outbox.deliver(message, qos, retain, to.identifiers(), shared);
            if (o.subscriber.durable()) {
                connection.tickNext();
            }
        } else {
            deliverQos0(message, retain, to.identifiers());
        }
    }

    /** Something may be stored for the session that nobody has told it of. */
    void rescan() {
        LiveSession o = session;
        if (o != null) {
            o.outbox.rescan();
            connection.tickNext();
        }
    }

    /** QoS 0 is sent while the channel's buffer is below its high water mark, and dropped beyond. */
    void deliverQos0(Message message, boolean retain, int[] identifiers) {
        if (!mayDeliver(message)) {
            dropped(Drop.FORBIDDEN, message);
        } else if (message.isExpired(loop.nowMs())) {
            dropped(Drop.EXPIRED, message);
        } else if (!writable()) {
            dropped(Drop.SLOW_QOS_0, message);
        } else if (!publish(message, 0, false, 0, retain, identifiers)) {
            dropped(Drop.TOO_LARGE, message);
        }
    }

    @Override
    public void failed(RuntimeException bug) {
        connection.bug(bug);
    }

    @Override
    public long nowMs() {
        return loop.nowMs();
    }

    @Override
    public boolean writable() {
        return connection.output().writable();
    }

    @Override
    public boolean mayDeliver(Message message) {
        LiveSession o = session;
        MessageId askUpTo = o == null ? null : o.askUpTo;
        return o == null
                || askUpTo == null
                || message.id().compareTo(askUpTo) > 0
                || o.permissions.mayReceive(message.topic());
    }

    @Override
    public boolean publish(Message m, int packetId, boolean dup, int qos, boolean retain, int[] identifiers) {
        int bytes = connection.output().publish(m, packetId, dup, qos, retain, identifiers, loop.nowMs());
        if (bytes < 0) {
            return false;
        }
        LiveSession o = session;
        if (o != null && !dup && loop.rules.any(Hook.MESSAGE_DELIVERED)) {
            loop.hooks.delivered(o, m, qos);
        }
        return true;
    }

    @Override
    public void send(Packet.Ack.Type type, int packetId, ReasonCode reason) {
        Output out = connection.output();
        LiveSession o = session;
        boolean says = reason.isError() && o != null && o.connect.requestProblemInformation();
        PacketEncoder.ack(
                out.buffer(), out.version(), type, packetId, reason, says ? why(reason) : null, out.maxPacketSize());
        out.wrote(FixedHeader.of(type));
    }

    /** What a client's author reads about a refused PUBLISH; null where the code says it all. */
    private static @Nullable String why(ReasonCode reason) {
        return switch (reason) {
            case UNSPECIFIED_ERROR -> "the message could not be stored; it may be published again";
            case QUOTA_EXCEEDED -> "the queue of a subscriber, or the room for retained messages, is full";
            case NOT_AUTHORIZED -> "this client may not publish to this topic";
            case PAYLOAD_FORMAT_INVALID -> "the payload is not the UTF-8 that it is said to be";
            default -> null;
        };
    }

    @Override
    public void store(StoreOp op, @Nullable OnReply onReply) {
        LiveSession o = session;
        if (o != null && isOwners(op.kind())) {
            own(o, op, onReply);
        } else {
            loop.sessionStore.submit(op, onReply);
        }
    }

    /** What only the owner of a session may write: where nodes share its store, one that was replaced is told so. */
    void own(LiveSession o, StoreOp op, @Nullable OnReply onReply) {
        long epoch = o.subscriber.epoch();
        if (epoch == 0) {
            loop.sessionStore.submit(op, onReply);
        } else {
            loop.sessionStore.submit(
                    new StoreOp.Owned(op, o.subscriber.sessionId(), epoch), new OfOwner(this, onReply));
        }
    }

    /** Another node has this session: its authority sees to the rest. */
    void replaced() {
        LiveSession o = session;
        if (o != null) {
            String shard = Address.session(loop.node.sessions().shard(o.clientId));
            loop.send(shard, new Replaced(o.clientId, o.subscriber.sessionId()));
        }
    }

    /** What the client has acknowledged is done, whoever says so. */
    private static boolean isOwners(OpKind kind) {
        return kind == OpKind.SENT || kind == OpKind.RELEASED || kind == OpKind.INBOUND_RELEASE;
    }

    @Override
    public MessageId asOf() {
        return loop.node.asOf(loop.nowMs());
    }

    @Override
    public Rescan.Live liveMessages() {
        return loop.looks.live();
    }

    @Override
    public MessageId nextId() {
        return loop.node.ids().next(loop.nowMs());
    }

    @Override
    public void fence(Runnable then) {
        loop.fenceForAll(then);
    }

    @Override
    public void acked(Message message, @Nullable TopicFilter shared, int qos) {
        LiveSession o = session;
        if (o == null) {
            return;
        }
        if (loop.rules.any(Hook.MESSAGE_ACKED)) {
            loop.hooks.acked(o, message, shared != null, qos, replay.fetching().positions());
        }
        replay.gone(o, message);
    }

    @Override
    public void dropped(Drop reason, @Nullable Message message) {
        switch (reason) {
            case EXPIRED -> metrics.droppedExpired.increment();
            case TOO_LARGE -> metrics.droppedTooLarge.increment();
            case QUEUE_FULL -> metrics.droppedQueueFull.increment();
            case SLOW_QOS_0 -> metrics.droppedSlowQos0.increment();
            case FORBIDDEN -> metrics.droppedForbidden.increment();
            case REFUSED -> metrics.droppedRefused.increment();
        }
        if (reason != Drop.REFUSED && session != null && message != null) { // a refusal is an ack too
            replay.gone(session, message);
        }
    }

    /** Leaves out a live message that a fetch has brought: it has the same place in the queue of a durable session. */
    private void skip(LiveSession o, Message message, int qos) {
        if (qos > 0 && o.subscriber.durable()) {
            if (!o.outbox.has(message.id())) {
                loop.sessionStore.submit(new StoreOp.Dequeue(o.subscriber.sessionId(), message.id()), null);
            }
            o.subscriber.queuedCount.decrementAndGet();
            o.subscriber.queuedBytes.addAndGet(-message.sizeBytes());
        }
    }
}
