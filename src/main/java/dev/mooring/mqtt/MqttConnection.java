package dev.mooring.mqtt;

import dev.mooring.bus.Address;
import dev.mooring.message.ReasonCode;
import dev.mooring.metrics.ConnectionEnd;
import dev.mooring.metrics.Metrics;
import dev.mooring.route.Subscriber;
import dev.mooring.session.Packet;
import dev.mooring.session.SessionClosed;
import dev.mooring.session.TakeOver;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vertx.core.net.SocketAddress;
import java.util.HashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: socket, protocol state and the live session behind it. Confined to its event loop.
 *
 * <p>Packets come from {@link PacketDecoder}; CONNECT goes to {@link Connecting}, SUBSCRIBE to {@link Subscribing},
 * PUBLISH to {@link Publishing}; what the session sends comes through {@link Delivering}. Every end has a reason, which
 * is logged and counted.
 */
final class MqttConnection extends ChannelInboundHandlerAdapter implements PacketHandler {
    private static final Logger LOG = LoggerFactory.getLogger(MqttConnection.class);

    /** In this order. */
    enum State {
        AWAITING_CONNECT,
        AUTHENTICATING,
        OPENING,
        CONNECTED,
        CLOSED
    }

    final Loop loop;
    final Metrics metrics;
    private final SocketAddress peer;
    private final PacketTap tap;
    private final PacketDecoder decoder;
    private final Connecting connecting;
    private final Subscribing subscribing;
    private final Publishing publishing;
    private final Delivering delivering;
    private final Deadlines deadlines;
    private final Reading reading;
    private @Nullable Output output;
    private State state = State.AWAITING_CONNECT;
    private boolean dirty;
    private boolean ticking;
    private @Nullable LiveSession session;

    MqttConnection(Loop loop, Connecting connecting) {
        this.loop = loop;
        this.metrics = loop.node.metrics();
        this.peer = connecting.arrival().from();
        this.tap = new PacketTap(this, loop, connecting.arrival().address());
        this.decoder =
                new PacketDecoder(loop.bounds(connecting.arrival().listener()).decoder(), loop.topics, tap);
        this.connecting = connecting;
        this.subscribing = new Subscribing(this, loop);
        this.publishing = new Publishing(this, loop, connecting.arrival().limits());
        this.delivering = new Delivering(this, loop, subscribing.replay());
        this.deadlines = new Deadlines(this, loop);
        this.reading = new Reading(this, loop, decoder, deadlines);
        connecting.connection(this);
    }

    // ---- channel

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        reading.channel(context.channel());
        output = new Output(context, loop, tap);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object msg) {
        loop.wake();
        ByteBuf in = (ByteBuf) msg;
        metrics.bytesReceived.add(in.readableBytes());
        int packets = decoder.packets();
        loop.room.readBegins();
        reading.arrived();
        decoder.feed(in);
        if (decoder.packets() != packets) { // bytes that never make a packet don't keep the connection
            deadlines.read();
        }
        reading.stopIfUnread();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        loop.wake();
        end("connection closed by the client", ConnectionEnd.CLOSED);
        super.channelInactive(context);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
        loop.wake();
        LiveSession o = session;
        if (o != null && context.channel().isWritable()) {
            o.outbox.pump();
            subscribing.replay().step();
            reading.goOn(publishing.mayReadAgain(o));
        }
        super.channelWritabilityChanged(context);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        loop.wake();
        if (cause instanceof java.io.IOException) {
            end("connection lost: " + cause.getMessage(), ConnectionEnd.LOST);
        } else {
            bug(cause);
        }
        context.close();
    }

    /** Costs this connection; the loop goes on. */
    void bug(Throwable cause) {
        LOG.error("a bug ends the connection of {}", name(), cause);
        close(ReasonCode.UNSPECIFIED_ERROR, "internal error");
    }

    /** Sends what this tick has written. */
    void flush() {
        dirty = false;
        Output out = output;
        if (out != null && state != State.CLOSED) {
            out.flush();
        } else if (out != null) {
            out.release(); // what was written after the end
        }
    }

    Output output() {
        Output o = output;
        if (o == null) {
            throw new IllegalStateException("not in a pipeline");
        }
        if (!dirty) {
            dirty = true;
            loop.dirty(this);
        }
        return o;
    }

    // ---- packets

    @Override
    public boolean connect(Packet.Connect connect) {
        state(State.AUTHENTICATING, "CONNECT");
        connecting.begin(connect);
        return state == State.CONNECTED;
    }

    @Override
    public boolean publish(Packet.Publish publish, Payload payload) {
        LiveSession o = sessionOrNull();
        return o == null ? tooEarly() : publishing.publish(o, publish, payload);
    }

    @Override
    public boolean ack(Packet.Ack.Type type, int packetId, ReasonCode reason) {
        LiveSession o = sessionOrNull();
        if (o == null) {
            return tooEarly();
        }
        if (type == Packet.Ack.Type.PUBREL) {
            o.inbound.pubrel(packetId);
            return reading.mayGoOn();
        }
        if (o.outbox.acked(type, packetId, reason)) {
            subscribing.replay().step();
        } else {
            close(ReasonCode.PROTOCOL_ERROR, type + " for a PUBLISH that is not to be answered by it");
        }
        return reading.mayGoOn();
    }

    @Override
    public boolean subscribe(Packet.Subscribe subscribe) {
        LiveSession o = sessionOrNull();
        return o == null ? tooEarly() : subscribing.subscribe(o, subscribe);
    }

    @Override
    public boolean unsubscribe(Packet.Unsubscribe unsubscribe) {
        LiveSession o = sessionOrNull();
        return o == null ? tooEarly() : subscribing.unsubscribe(o, unsubscribe);
    }

    @Override
    public boolean pingreq() {
        if (sessionOrNull() == null) {
            return tooEarly();
        }
        output().pingresp();
        return true;
    }

    @Override
    public boolean disconnect(Packet.Disconnect d) {
        LiveSession o = sessionOrNull();
        if (o == null) { // [MQTT-3.1.2-30] allows it during authentication
            end("DISCONNECT before CONNACK", ConnectionEnd.byClient(d.reason()));
            output().flushAndClose();
            return false;
        }
        if (d.sessionExpiryS() > 0 && o.connect.sessionExpiryS() == 0) {
            close(ReasonCode.PROTOCOL_ERROR, "DISCONNECT sets a session expiry where CONNECT had none");
            return false;
        }
        if (d.sessionExpiryS() >= 0) {
            o.expiryS = Math.min(d.sessionExpiryS(), loop.config().limits().sessionExpiryMaxS());
        }
        if (d.reason() == ReasonCode.SUCCESS) {
            o.will = null;
        }
        end("DISCONNECT " + d.reason(), ConnectionEnd.byClient(d.reason()));
        output().flushAndClose();
        return false;
    }

    @Override
    public boolean auth(Packet.Auth auth) {
        return connecting.auth(auth, session);
    }

    @Override
    public void failed(ReasonCode reason, String text) {
        metrics.packetsMalformed.increment();
        if (state == State.AWAITING_CONNECT) {
            connecting.refuseMalformed(decoder.replyVersion(), reason, text);
        } else {
            close(reason, text);
        }
    }

    /** Null before CONNACK and after the end. */
    @Nullable
    LiveSession sessionOrNull() {
        return state == State.CONNECTED ? session : null;
    }

    /** A packet that is not allowed before CONNACK. */
    private boolean tooEarly() {
        connecting.refuse(ReasonCode.PROTOCOL_ERROR, "only AUTH may follow while authentication is under way");
        return false;
    }

    // ---- state

    State state() {
        return state;
    }

    void state(State next, String reason) {
        LOG.trace("{}: {} → {}: {}", name(), state, next, reason);
        tap.state(next, reason);
        state = next;
    }

    Delivering delivering() {
        return delivering;
    }

    Subscribing subscribing() {
        return subscribing;
    }

    SocketAddress peer() {
        return peer;
    }

    /** CONNACK was written: packets flow from now on. */
    void opened(LiveSession o, int keepAliveS) {
        session = o;
        tap.clientId(o.clientId);
        state(State.CONNECTED, "session open");
        delivering.session(o);
        deadlines.connected(keepAliveS, o.identity.expiresAtMs());
        ConnectionLog.connected(o.clientId, peer);
    }

    /** Ends the connection from our side; an MQTT 5 client is told why. */
    void close(ReasonCode reason, String why) {
        if (state == State.CLOSED) {
            return;
        }
        Output out = output;
        if (state == State.CONNECTED && out != null && out.version() == 5) {
            LiveSession o = session;
            boolean reasonString = o != null && o.connect.requestProblemInformation();
            out.disconnect(reason, null, reasonString ? why : null);
        }
        end(why, ConnectionEnd.byServer(reason));
        if (out != null) {
            out.hangUp();
        }
    }

    /** Gives the session back to its authority, once. */
    void end(String why, ConnectionEnd how) {
        SessionClosed closed = release(why, how);
        if (closed != null) {
            loop.send(Address.session(loop.node.sessions().shard(closed.clientId())), closed);
        }
    }

    /** Another connection takes this session: closes this one, and returns the session. */
    @Nullable
    SessionClosed takeOver(TakeOver takeOver) {
        LiveSession o = session;
        Output out = output;
        if (out == null) {
            return null;
        }
        if (o == null || state != State.CONNECTED) {
            return connecting.surrender(takeOver);
        }
        if (o.subscriber.sessionId() != takeOver.sessionId()) {
            return null;
        }
        if (out.version() == 5) {
            out.disconnect(takeOver.reason(), null, null);
        }
        SessionClosed closed = release(takeOver.why(), ConnectionEnd.byServer(takeOver.reason()));
        out.hangUp();
        return closed;
    }

    @Nullable
    SessionClosed release(String why, ConnectionEnd how) {
        if (state == State.CLOSED) {
            return null;
        }
        boolean wasConnected = state == State.CONNECTED;
        state(State.CLOSED, why);
        decoder.close();
        deadlines.ended();
        connecting.closed();
        LiveSession o = session;
        if (!wasConnected || o == null) {
            ConnectionLog.endedEarly(peer, why);
            return null;
        }
        metrics.disconnected(how);
        ConnectionLog.ended(o.clientId, peer, how, why);
        loop.closed(o.clientId, this);
        o.subscriber.inbox(null);
        loop.node.index().move(o.subscriber, Subscriber.OFFLINE, o.subscriptions.values());
        o.inbound.close();
        List<SessionClosed.Undelivered> left = o.outbox.close();
        subscribing.disconnected(o);
        return new SessionClosed(
                o.clientId, o.subscriber.sessionId(), o.expiryS, o.will, new HashMap<>(o.subscriptions), left, why);
    }

    String name() {
        LiveSession o = session;
        return o == null ? String.valueOf(peer) : o.clientId;
    }

    // ---- reading and ticks

    Reading reading() {
        return reading;
    }

    void tickNext() {
        if (!ticking) {
            ticking = true;
            loop.tickNext(this);
        }
    }

    /** The loop's tick, when asked for by {@link #tickNext}. */
    void tick() {
        ticking = false;
        LiveSession o = session;
        if (state != State.CONNECTED || o == null) {
            return;
        }
        reading.goOn(publishing.mayReadAgain(o));
        subscribing.replay().tick(o);
        if (o.outbox.tick() || subscribing.replay().isWaiting()) {
            tickNext();
        }
    }
}
