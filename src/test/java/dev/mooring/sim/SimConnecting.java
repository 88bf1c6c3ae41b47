package dev.mooring.sim;

import dev.mooring.bus.Address;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.Will;
import dev.mooring.route.QueueBound;
import dev.mooring.route.Subscriber;
import dev.mooring.session.Inbound;
import dev.mooring.session.OpenSession;
import dev.mooring.session.Outbox;
import dev.mooring.session.OutboxLimits;
import dev.mooring.session.Packet;
import dev.mooring.session.SessionClosed;
import dev.mooring.session.SessionOpened;
import dev.mooring.session.TakeOver;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** {@code dev.mooring.mqtt.Connecting} without authentication and limits; the order of effects must stay the same. */
final class SimConnecting {
    private final SimConnection connection;
    private final SimLoop loop;
    private final SimBroker broker;
    private final String clientId;
    final SimPacket.Connect connect;
    private @Nullable SessionOpened attached;

    SimConnecting(SimConnection connection, SimPacket.Connect connect) {
        this.connection = connection;
        this.loop = connection.loop;
        this.broker = connection.loop.broker;
        this.clientId = connection.clientId;
        this.connect = connect;
    }

    void open() {
        OpenSession open =
                new OpenSession(clientId, connect.cleanStart(), expiryS(), will(), loop.number, this::opened);
        broker.bus.bus.send(Address.session(broker.sessions.shard(clientId)), open, null);
    }

    private void opened(SessionOpened opened) {
        Subscriber subscriber = opened.subscriber();
        if (subscriber == null) {
            connection.refuse();
        } else if (connection.isClosed()) {
            loop.sendToShard(clientId, handBack(opened, subscriber));
        } else {
            attach(opened, subscriber);
        }
    }

    private SessionClosed handBack(SessionOpened opened, Subscriber subscriber) {
        return new SessionClosed(
                clientId, subscriber.sessionId(), expiryS(), null, opened.subscriptions(), List.of(), "");
    }

    private void attach(SessionOpened opened, Subscriber subscriber) {
        broker.index.move(subscriber, loop.number, opened.subscriptions().values());
        if (!opened.present()) {
            accept(opened, subscriber, new StoreReply.SessionState(List.of(), new int[0]), MessageId.ZERO);
            return;
        }
        attached = opened;
        loop.opened(clientId, connection);
        MessageId asOf = connection.asOf();
        loop.fence(() -> load(opened, subscriber, asOf));
    }

    private void load(SessionOpened opened, Subscriber subscriber, MessageId asOf) {
        loop.wake();
        if (attached == null) {
            return;
        }
        loop.sessionStore.submit(new StoreOp.SessionLoad(subscriber.sessionId()), reply -> {
            if (attached == null) {
                return;
            }
            attached = null;
            if (connection.isClosed()) {
                detach(opened, subscriber);
            } else if (reply instanceof StoreReply.SessionState state) {
                accept(opened, subscriber, state, asOf);
            } else {
                detach(opened, subscriber);
                connection.refuse();
            }
        });
    }

    private void detach(SessionOpened opened, Subscriber subscriber) {
        broker.index.move(subscriber, Subscriber.OFFLINE, opened.subscriptions().values());
        loop.closed(clientId, connection);
        loop.sendToShard(clientId, handBack(opened, subscriber));
    }

    private void accept(SessionOpened opened, Subscriber subscriber, StoreReply.SessionState stored, MessageId asOf) {
        Settings s = broker.settings;
        Inbound inbound = new Inbound(
                connection,
                subscriber.sessionId(),
                subscriber.durable(),
                s.serverReceiveMaximum(),
                stored.inboundPacketIds());
        OutboxLimits limits = new OutboxLimits(
                s.inflightMax(),
                0,
                new QueueBound(s.dropOldest() ? s.queueCountMax() : 1 << 20, 1L << 40),
                s.memoryCountMax(),
                1 << 20,
                s.dropOldest(),
                broker.memory,
                new LongAdder());
        Outbox outbox = new Outbox(connection, subscriber, limits, connect.receiveMaximum());
        subscriber.inbox(connection);
        loop.opened(clientId, connection);
        connection.opened(
                new SimConnection.Live(subscriber, opened.subscriptions(), inbound, outbox), opened.present());
        if (opened.present()) {
            outbox.resume(stored.inFlight(), asOf);
            connection.tickNext();
        }
    }

    @Nullable
    SessionClosed surrender(TakeOver takeOver) {
        SessionOpened opened = attached;
        Subscriber subscriber = opened == null ? null : opened.subscriber();
        if (opened == null || subscriber == null || subscriber.sessionId() != takeOver.sessionId()) {
            return null;
        }
        attached = null;
        connection.refuse();
        broker.index.move(subscriber, Subscriber.OFFLINE, opened.subscriptions().values());
        loop.closed(clientId, connection);
        return handBack(opened, subscriber);
    }

    /** What the authority is told of it. */
    @Nullable
    Will will() {
        Msg will = connect.will();
        return will == null
                ? null
                : new Will(will.topic, will.qos, will.retain, will.payload, PublishProperties.EMPTY, will.delayS, -1);
    }

    long expiryS() {
        return connect.persistent() ? Packet.NEVER_EXPIRES : 0;
    }
}
