package dev.mooring.sim;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.Inbox;
import dev.mooring.route.Subscriber;
import dev.mooring.route.Target;
import dev.mooring.session.DeliveryOrder;
import dev.mooring.session.Inbound;
import dev.mooring.session.Outbox;
import dev.mooring.session.Packet;
import dev.mooring.session.SessionClosed;
import dev.mooring.session.SessionPort;
import dev.mooring.session.TakeOver;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The broker's end of a connection: {@code dev.mooring.mqtt.MqttConnection} with {@code Connecting},
 * {@code Subscribing} and {@code Delivering}, without codec, authentication and limits; the order of effects must stay
 * the same.
 */
final class SimConnection implements SessionPort, Inbox {
    final SimLoop loop;
    final String clientId;
    private final SimBroker broker;
    private final World world;
    private final Wire wire;
    private final Map<Integer, Msg> unanswered = new HashMap<>();
    private final SimSubscribing subscribing;
    private final List<SimPacket> written = new ArrayList<>();
    private @Nullable SimConnecting connecting;
    private boolean dirty;
    private boolean ticking;
    private boolean closed;
    private boolean slow;
    private @Nullable Live live;
    private boolean saidGoodbye;
    private final BoundCheck bound = new BoundCheck();
    private final SimReplay replay;

    /** The session while the connection lasts. */
    record Live(Subscriber subscriber, Map<String, Subscription> subscriptions, Inbound inbound, Outbox outbox) {}

    SimConnection(SimLoop loop, Wire wire, String clientId) {
        this.loop = loop;
        this.broker = loop.broker;
        this.world = loop.world;
        this.wire = wire;
        this.clientId = clientId;
        this.replay = new SimReplay(this);
        this.subscribing = new SimSubscribing(this, replay);
    }

    @Nullable
    Live live() {
        return closed ? null : live;
    }

    /** Also after the end: what was written before may leave then. */
    @Nullable
    Live liveOrLast() {
        return live;
    }

    /** What was received under this packet id and is not answered yet; once. */
    @Nullable
    Msg unansweredMsg(int packetId) {
        return unanswered.remove(packetId);
    }

    // ---- packets

    void receive(SimPacket packet) {
        if (closed) {
            return;
        }
        loop.wake();
        world.trace(loop.actor.name, () -> clientId + " ← " + packet);
        Live o = live;
        if (packet instanceof SimPacket.Connect c) {
            connecting = new SimConnecting(this, c);
            connecting.open();
        } else if (o == null) {
            throw new IllegalStateException("the client has no CONNACK and sends " + packet);
        } else if (packet instanceof SimPacket.Publish p) {
            publish(o, p);
        } else if (packet instanceof SimPacket.Subscribe) {
            subscribing.subscribe(o);
        } else if (packet instanceof SimPacket.Disconnect) {
            saidGoodbye = true;
            broker.checks.forbid(connecting == null ? null : connecting.connect.will(), broker);
            inactive();
        } else if (packet instanceof SimPacket.Ack ack) {
            if (ack.type() == Packet.Ack.Type.PUBREL) {
                o.inbound.pubrel(ack.packetId());
            } else {
                o.outbox.acked(ack.type(), ack.packetId(), ack.reason());
                replay.step();
            }
        }
    }

    private void publish(Live o, SimPacket.Publish p) {
        long place = o.inbound.open(p.packetId(), p.qos());
        if (place == Inbound.OVER_QUOTA) {
            world.violation("[MQTT-3.3.4-9]: " + clientId + " is sent away although it kept its send quota, at " + p);
        }
        if (place == Inbound.DUPLICATE) {
            return;
        }
        Msg msg = p.msg();
        unanswered.put(p.packetId(), msg);
        Message message = new Message(
                broker.sessions.ids().next(nowMs()),
                clientId,
                msg.topic,
                p.qos(),
                msg.retain,
                msg.payload,
                PublishProperties.EMPTY,
                nowMs(),
                msg.expiryMs < 0 ? Message.NEVER : nowMs() + msg.expiryMs);
        broker.checks.routed(msg, message.id(), p.packetId());
        int inboundId = p.qos() == 2 ? p.packetId() : 0;
        loop.publishPath.publish(message, o.subscriber, inboundId, 0, new Answer(o, p, place));
    }

    /** To one PUBLISH. */
    private final class Answer implements SimPublishPath.Done {
        private final Live session;
        private final SimPacket.Publish publish;
        private final long place;
        private boolean told;

        Answer(Live session, SimPacket.Publish publish, long place) {
            this.session = session;
            this.publish = publish;
            this.place = place;
        }

        @Override
        public void done(ReasonCode reason) {
            if (!told) {
                told = true;
                session.inbound.answer(place, publish.packetId(), publish.qos(), reason);
            }
        }

        @Override
        public DeliveryOrder deliveries() {
            return session.inbound.deliveries();
        }

        @Override
        public void late() {
            if (publish.qos() == 1) {
                done(ReasonCode.UNSPECIFIED_ERROR);
            } else if (!told && !closed) {
                told = true;
                inactive();
                closeChannel();
            }
        }
    }

    // ---- the session

    boolean isClosed() {
        return closed;
    }

    void opened(Live session, boolean present) {
        live = session;
        write(new SimPacket.Connack(present, broker.settings.serverReceiveMaximum()));
        subscribing.tellGroups(session);
    }

    @Nullable
    SessionClosed takeOver(TakeOver takeOver) {
        Live o = live;
        if (o == null) {
            return connecting == null ? null : connecting.surrender(takeOver);
        }
        if (o.subscriber.sessionId() != takeOver.sessionId()) {
            return null;
        }
        SessionClosed left = release();
        closeChannel();
        return left;
    }

    /** The socket is gone. */
    void inactive() {
        loop.wake();
        SessionClosed left = release();
        if (left != null) {
            loop.sendToShard(clientId, left);
        }
    }

    void refuse() {
        if (!closed) {
            write(new SimPacket.Connack(false, 0));
            inactive();
            closeChannel();
        }
    }

    private @Nullable SessionClosed release() {
        if (closed) {
            return null;
        }
        closed = true;
        world.trace(loop.actor.name, () -> clientId + " closed");
        Live o = live;
        if (o == null) {
            return null;
        }
        loop.closed(clientId, this);
        replay.close();
        o.subscriber.inbox(null);
        broker.index.move(o.subscriber, Subscriber.OFFLINE, o.subscriptions.values());
        o.inbound.close();
        List<SessionClosed.Undelivered> left = o.outbox.close();
        return new SessionClosed(
                clientId,
                o.subscriber.sessionId(),
                connecting == null ? 0 : connecting.expiryS(),
                connecting == null || saidGoodbye ? null : connecting.will(),
                new HashMap<>(o.subscriptions),
                left,
                "");
    }

    private void closeChannel() {
        writeOut();
        wire.closedByServer();
    }

    // ---- output and ticks

    void write(SimPacket packet) {
        written.add(packet);
        if (!dirty) {
            dirty = true;
            loop.dirty(this);
        }
    }

    void flush() {
        dirty = false;
        if (!closed) {
            writeOut();
        }
    }

    private void writeOut() {
        for (SimPacket packet : written) {
            broker.effect();
            broker.checks.sent(this, packet);
            world.trace(loop.actor.name, () -> clientId + " → " + packet);
            wire.toClient(packet);
        }
        written.clear();
    }

    /** The client's receive buffer is full for a while. */
    void slowFor(long us) {
        slow = true;
        world.after(
                us,
                () -> loop.actor.post(() -> {
                    slow = false;
                    loop.wake();
                    if (!closed && live != null) {
                        live.outbox.pump();
                        replay.step();
                    }
                }));
    }

    void tickNext() {
        if (!ticking) {
            ticking = true;
            loop.tickNext(this);
        }
    }

    void tick() {
        ticking = false;
        if (!closed && live != null) {
            replay.step();
            if (live.outbox.tick() || replay.isWaiting()) {
                tickNext();
            }
        }
    }

    // ---- what the session does

    @Override
    public void deliver(Message message, Target target, @Nullable TopicFilter shared) {
        if (broker.current() != loop.actor) {
            world.violation(clientId + " of " + loop.actor.name + " is called by " + broker.current().name);
        }
        Live o = live;
        int qos = Math.min(message.qos(), target.qos());
        if (o != null && qos > 0) {
            broker.underWay(o.subscriber).remove(message.id());
            o.outbox.deliver(message, qos, false, target.identifiers(), shared);
            if (o.subscriber.durable()) {
                tickNext();
                bound.check(broker, o.subscriber(), o.outbox().inflightCount());
            }
        }
    }

    @Override
    public void failed(RuntimeException bug) {
        throw bug;
    }

    @Override
    public long nowMs() {
        return world.nowMs();
    }

    @Override
    public boolean writable() {
        return !slow;
    }

    @Override
    public boolean publish(Message m, int packetId, boolean dup, int qos, boolean retain, int[] identifiers) {
        int group = identifiers.length == 0 ? 0 : identifiers[0];
        write(new SimPacket.Publish(broker.checks.msg(m.storedId()), m.id(), packetId, qos, dup, group, retain));
        return true;
    }

    @Override
    public void send(Packet.Ack.Type type, int packetId, ReasonCode reason) {
        write(new SimPacket.Ack(type, packetId, reason));
    }

    @Override
    public void store(StoreOp op, @Nullable OnReply onReply) {
        loop.sessionStore.submit(op, bound.watch(op, onReply));
    }

    @Override
    public MessageId asOf() {
        return broker.sessions.ids().next(nowMs());
    }

    @Override
    public MessageId nextId() {
        return broker.sessions.ids().next(nowMs());
    }

    @Override
    public void fence(Runnable then) {
        loop.fence(then);
    }

    @Override
    public void acked(Message message, @Nullable TopicFilter shared, int qos) {}

    @Override
    public void dropped(Drop reason, @Nullable Message message) {
        world.trace(loop.actor.name, () -> clientId + " drops " + message + ": " + reason);
        Live o = live;
        if (reason == Drop.QUEUE_FULL && message == null) {
            broker.trimmed(new StoreReply.Trimmed(1, 0, MessageId.ZERO));
        } else if (reason == Drop.QUEUE_FULL && o != null && o.subscriber.durable()) {
            broker.checks.lostOldest(clientId, message.storedId());
        } else if (reason == Drop.QUEUE_FULL) {
            broker.checks.dropped(clientId, message.storedId());
        }
    }
}
