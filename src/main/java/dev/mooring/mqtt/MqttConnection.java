package dev.mooring.mqtt;

import dev.mooring.auth.Identity;
import dev.mooring.auth.Permissions;
import dev.mooring.bus.Address;
import dev.mooring.message.Message;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import dev.mooring.message.Will;
import dev.mooring.metrics.Metrics;
import dev.mooring.route.Inbox;
import dev.mooring.route.Subscriber;
import dev.mooring.route.Target;
import dev.mooring.rule.Hook;
import dev.mooring.rule.HookEvent;
import dev.mooring.session.Inbound;
import dev.mooring.session.Outbox;
import dev.mooring.session.Packet;
import dev.mooring.session.SessionClosed;
import dev.mooring.session.SessionPort;
import dev.mooring.session.TakeOver;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.SocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection: socket, protocol state and the live session behind it. Confined to its event loop.
 *
 * <p>Packets come from {@link PacketDecoder}; CONNECT goes to {@link Connecting}, SUBSCRIBE to {@link Subscribing},
 * PUBLISH to {@link PublishPath}; what the session wants to send comes back through {@link SessionPort}. Every end has
 * a reason, which is logged.
 */
final class MqttConnection extends ChannelInboundHandlerAdapter
        implements PacketHandler, SessionPort, Inbox, KeepAliveWheel.Watched {
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
    private final PacketDecoder decoder;
    private final Connecting connecting;
    private final Subscribing subscribing;
    private final Throttle throttle;
    private @Nullable ChannelHandlerContext ctx;
    private @Nullable Output output;
    private State state = State.AWAITING_CONNECT;
    private boolean dirty;
    private boolean ticking;
    private boolean readingStopped;
    private final long acceptedTick;
    private long lastReadTick;
    private long keepAliveTicks; // 0: none
    private @Nullable SocketAddress peer;

    // From here on: set when the session is open.
    private @Nullable Opened opened;
    private @Nullable TopicName @Nullable [] inboundAliases;

    /** The live session. */
    static final class Opened {
        final Packet.Connect connect;
        final String clientId;
        final Identity identity;
        final Permissions permissions;
        final Subscriber subscriber;
        final Map<String, Subscription> subscriptions;
        final Inbound inbound;
        final Outbox outbox;
        final boolean rebuilt;
        final long onlineAtS;
        long expiryS;

        @Nullable
        Will will;

        Opened(
                Packet.Connect connect,
                String clientId,
                Identity identity,
                Permissions permissions,
                Subscriber subscriber,
                Map<String, Subscription> subscriptions,
                Inbound inbound,
                Outbox outbox,
                boolean rebuilt,
                long onlineAtS,
                long expiryS) {
            this.connect = connect;
            this.clientId = clientId;
            this.identity = identity;
            this.permissions = permissions;
            this.subscriber = subscriber;
            this.subscriptions = subscriptions;
            this.inbound = inbound;
            this.outbox = outbox;
            this.rebuilt = rebuilt;
            this.onlineAtS = onlineAtS;
            this.expiryS = expiryS;
            this.will = connect.will();
        }
    }

    MqttConnection(Loop loop, Connecting connecting) {
        this.loop = loop;
        this.metrics = loop.node.metrics();
        this.decoder = new PacketDecoder(loop.decoderLimits, loop.topics, this);
        this.connecting = connecting;
        this.subscribing = new Subscribing(this, loop);
        this.throttle = new Throttle(loop.node.config().limits());
        this.acceptedTick = loop.keepAlive.now(); // bytes that trickle in don't move the CONNECT deadline
        connecting.connection(this);
    }

    // ---- channel
    // ------------------------------------------------------------------------------------------------------

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        ctx = context;
        output = new Output(context, loop);
        peer = context.channel().remoteAddress();
        lastReadTick = loop.keepAlive.now();
        long timeoutTicks = loop.node.config().limits().connectTimeoutS() * 1000L / Loop.TICK_MS;
        loop.keepAlive.watch(this, lastReadTick + timeoutTicks);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object msg) {
        loop.wake();
        ByteBuf in = (ByteBuf) msg;
        metrics.bytesReceived.add(in.readableBytes());
        lastReadTick = loop.keepAlive.now();
        decoder.feed(in);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        loop.wake();
        end("connection closed by the client", false);
        super.channelInactive(context);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
        loop.wake();
        Opened o = opened;
        if (o != null && context.channel().isWritable()) {
            o.outbox.pump();
            subscribing.replay().step();
        }
        super.channelWritabilityChanged(context);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        loop.wake();
        if (cause instanceof java.io.IOException) {
            end("connection lost: " + cause.getMessage(), false);
        } else {
            LOG.error("a bug ends the connection of {}", name(), cause);
            close(ReasonCode.UNSPECIFIED_ERROR, "internal error");
        }
        context.close();
    }

    /** Sends what this tick has written. */
    void flush() {
        dirty = false;
        if (output != null && state != State.CLOSED) {
            output.flush();
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
    // ------------------------------------------------------------------------------------------------------

    @Override
    public boolean connect(Packet.Connect connect) {
        state(State.AUTHENTICATING, "CONNECT");
        connecting.begin(connect);
        return state == State.CONNECTED;
    }

    @Override
    public boolean publish(Packet.Publish p) {
        Opened o = openedOrNull();
        if (o == null) {
            return tooEarly();
        }
        metrics.messagesReceived.increment();
        TopicName topic = resolve(p);
        if (topic == null) {
            close(ReasonCode.TOPIC_ALIAS_INVALID, "topic alias " + p.topicAlias() + " is unknown or above the maximum");
            return false;
        }
        if (p.retain() && !loop.node.config().mqtt().retainAvailable()) {
            close(ReasonCode.RETAIN_NOT_SUPPORTED, "retained messages are switched off");
            return false;
        }
        long place = 0;
        if (p.qos() > 0) {
            place = o.inbound.open(p.packetId(), p.qos());
            if (place == Inbound.OVER_QUOTA) {
                close(ReasonCode.RECEIVE_MAXIMUM_EXCEEDED, "more PUBLISH packets unanswered than the receive maximum");
                return false;
            }
            if (place == Inbound.DUPLICATE) {
                return true;
            }
        }
        ReasonCode refusal = refusal(o, p, topic);
        if (refusal != null) {
            return refuse(o, p, place, refusal);
        }
        route(o, p, topic, place);
        return mayReadOn(o, p);
    }

    private void route(Opened o, Packet.Publish p, TopicName topic, long place) {
        long now = loop.nowMs();
        long expiryMaxS = loop.node.config().limits().messageExpiryMaxS();
        long expiryS = p.expiryS();
        if (expiryMaxS > 0 && (expiryS < 0 || expiryS > expiryMaxS)) {
            expiryS = expiryMaxS;
        }
        Message message = new Message(
                loop.node.ids().next(now),
                o.clientId,
                topic,
                p.qos(),
                p.retain(),
                p.payload(),
                p.properties(),
                now,
                expiryS < 0 ? Message.NEVER : now + 1000 * expiryS);
        if (p.qos() == 0) {
            loop.publishPath.publish(message, o.subscriber, 0, 0, null);
        } else {
            long at = place;
            loop.publishPath.publish(
                    message, o.subscriber, p.qos() == 2 ? p.packetId() : 0, 0, reason -> answer(o, p, at, reason));
        }
    }

    private void answer(Opened o, Packet.Publish p, long place, ReasonCode reason) {
        if (reason.isError() && o.connect.protocolVersion() < 5) {
            close(reason, "a message could not be stored"); // 3.1.1 has no way to say no ([MQTT-3.3.5-2])
            return;
        }
        o.inbound.answer(place, p.packetId(), p.qos(), reason);
    }

    /** Why this PUBLISH is not to be routed, or null. */
    private @Nullable ReasonCode refusal(Opened o, Packet.Publish p, TopicName topic) {
        if (!o.permissions.mayPublish(topic, p.qos(), p.retain())) {
            return ReasonCode.NOT_AUTHORIZED;
        }
        boolean check =
                loop.node.config().mqtt().payloadFormatCheck() && p.properties().payloadFormat() == 1;
        boolean bad = check && !Utf8.isValid(Unpooled.wrappedBuffer(p.payload()), 0, p.payload().length);
        return bad ? ReasonCode.PAYLOAD_FORMAT_INVALID : null;
    }

    private boolean refuse(Opened o, Packet.Publish p, long place, ReasonCode reason) {
        metrics.publishesRejected.increment();
        if (p.qos() == 0) {
            return true;
        }
        if (o.connect.protocolVersion() < 5) { // acknowledged, not routed ([MQTT-3.3.5-2] of 3.1.1)
            o.inbound.answer(place, p.packetId(), p.qos(), ReasonCode.SUCCESS);
        } else {
            o.inbound.answer(place, p.packetId(), p.qos(), reason);
        }
        return true;
    }

    /** Back-pressure: full stores, too many unanswered packets and rates stop the reading of this socket only. */
    private boolean mayReadOn(Opened o, Packet.Publish p) {
        if (!loop.storesTakeMore()) {
            stopReading();
            loop.waitForStore(this);
            return false;
        }
        boolean unansweredMax = o.connect.protocolVersion() < 5
                && o.inbound.unanswered() >= loop.node.config().limits().receiveMaximum();
        if (unansweredMax || !throttle.take(p.payload().length, loop.nowMs())) {
            stopReading();
            tickNext();
            return false;
        }
        return state == State.CONNECTED;
    }

    private @Nullable TopicName resolve(Packet.Publish p) {
        int alias = p.topicAlias();
        if (alias == 0) {
            return p.topic();
        }
        int max = loop.node.config().limits().topicAliasMaxIn();
        if (alias > max) {
            return null;
        }
        @Nullable TopicName[] table = inboundAliases;
        if (table == null) {
            table = new TopicName[max + 1];
            inboundAliases = table;
        }
        if (p.topic() != null) {
            table[alias] = p.topic();
        }
        return table[alias];
    }

    @Override
    public boolean ack(Packet.Ack.Type type, int packetId, ReasonCode reason) {
        Opened o = openedOrNull();
        if (o == null) {
            return tooEarly();
        }
        if (type == Packet.Ack.Type.PUBREL) {
            o.inbound.pubrel(packetId);
            return true;
        }
        o.outbox.acked(type, packetId, reason);
        subscribing.replay().step();
        return true;
    }

    @Override
    public boolean subscribe(Packet.Subscribe subscribe) {
        Opened o = openedOrNull();
        if (o == null) {
            return tooEarly();
        }
        subscribing.subscribe(o, subscribe);
        return state == State.CONNECTED;
    }

    @Override
    public boolean unsubscribe(Packet.Unsubscribe unsubscribe) {
        Opened o = openedOrNull();
        if (o == null) {
            return tooEarly();
        }
        subscribing.unsubscribe(o, unsubscribe);
        return true;
    }

    @Override
    public boolean pingreq() {
        if (openedOrNull() == null) {
            return tooEarly();
        }
        PacketEncoder.pingresp(output().buffer());
        output().wrote();
        return true;
    }

    @Override
    public boolean disconnect(Packet.Disconnect d) {
        Opened o = openedOrNull();
        if (o == null) { // [MQTT-3.1.2-30] allows it during authentication
            end("DISCONNECT before CONNACK", false);
            closeChannel();
            return false;
        }
        if (d.sessionExpiryS() > 0 && o.connect.sessionExpiryS() == 0) {
            close(ReasonCode.PROTOCOL_ERROR, "DISCONNECT sets a session expiry where CONNECT had none");
            return false;
        }
        if (d.sessionExpiryS() >= 0) {
            o.expiryS = Math.min(d.sessionExpiryS(), loop.node.config().limits().sessionExpiryMaxS());
        }
        if (d.reason() == ReasonCode.SUCCESS) {
            o.will = null;
        }
        end("DISCONNECT " + d.reason(), false);
        closeChannel();
        return false;
    }

    @Override
    public boolean auth(Packet.Auth auth) {
        return connecting.auth(auth, opened);
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
    Opened openedOrNull() {
        return state == State.CONNECTED ? opened : null;
    }

    /** client.connected and session.created; subscriptions that they look up are applied when they come. */
    void runConnectHooks(Opened o, long nowS, boolean present) {
        HookRunner.Answered lookup = (op, pool, reply) -> {
            if (reply instanceof StoreReply.Subscriptions found && openedOrNull() == o) {
                subscribing.lookedUp(o, found.subscriptions());
            }
        };
        String node = loop.node.config().node().name();
        String username = o.identity.username();
        if (!present) {
            loop.hooks.run(Hook.SESSION_CREATED, new HookEvent.SessionCreated(o.clientId, username), "", lookup);
        }
        loop.hooks.run(Hook.CLIENT_CONNECTED, new HookEvent.Connected(node, o.clientId, username, nowS), "", lookup);
        if (present) {
            subscribing.resumed(o);
        }
    }

    /** A packet that is not allowed before CONNACK. */
    private boolean tooEarly() {
        connecting.refuse(ReasonCode.PROTOCOL_ERROR, "only AUTH may follow while authentication is under way");
        return false;
    }

    // ---- state
    // --------------------------------------------------------------------------------------------------------

    State state() {
        return state;
    }

    void state(State next, String reason) {
        LOG.trace("{}: {} → {}: {}", name(), state, next, reason);
        state = next;
    }

    PacketDecoder decoder() {
        return decoder;
    }

    @Nullable
    SocketAddress peer() {
        return peer;
    }

    /** CONNACK was written: packets flow from now on. */
    void opened(Opened o, int keepAliveS) {
        opened = o;
        state(State.CONNECTED, "session open");
        lastReadTick = loop.keepAlive.now();
        keepAliveTicks = keepAliveS * 1500L / Loop.TICK_MS;
        if (keepAliveTicks > 0) {
            loop.keepAlive.watch(this, lastReadTick + keepAliveTicks);
        }
        if (LOG.isDebugEnabled()) {
            LOG.debug("{} connected from {}", name(), peer);
        }
    }

    @Override
    public long due(long nowTick) {
        if (state == State.CLOSED) {
            return -1;
        }
        if (state != State.CONNECTED) {
            long timeoutTicks = loop.node.config().limits().connectTimeoutS() * 1000L / Loop.TICK_MS;
            if (nowTick - acceptedTick < timeoutTicks) {
                return acceptedTick + timeoutTicks;
            }
            close(ReasonCode.MAXIMUM_CONNECT_TIME, "no CONNECT in time");
            return -1;
        }
        if (keepAliveTicks == 0) {
            return -1;
        }
        if (readingStopped) { // silent because we don't listen
            return nowTick + keepAliveTicks;
        }
        if (nowTick - lastReadTick < keepAliveTicks) {
            return lastReadTick + keepAliveTicks;
        }
        metrics.keepAliveTimeouts.increment();
        close(ReasonCode.KEEP_ALIVE_TIMEOUT, "keep alive timeout"); // [MQTT-3.1.2-22]
        return -1;
    }

    /** Ends the connection from our side; an MQTT 5 client is told why. */
    void close(ReasonCode reason, String why) {
        if (state == State.CLOSED) {
            return;
        }
        Output out = output;
        if (state == State.CONNECTED && out != null && out.version() == 5) {
            Opened o = opened;
            boolean reasonString = o != null && o.connect.requestProblemInformation();
            PacketEncoder.disconnect(out.buffer(), reason, reasonString ? why : null, out.maxPacketSize());
        }
        end(why, true);
        closeChannel();
    }

    void closeChannel() {
        Output out = output;
        if (out != null) {
            out.flushAndClose();
        }
    }

    /** Gives the session back to its authority, once. */
    void end(String why, boolean byServer) {
        SessionClosed closed = release(why, byServer);
        if (closed != null) {
            loop.send(Address.session(loop.node.sessions().shard(closed.clientId())), closed);
        }
    }

    /** Another connection takes this session: closes this one, and returns the session. */
    @Nullable
    SessionClosed takeOver(TakeOver takeOver) {
        Opened o = opened;
        Output out = output;
        if (o == null || out == null || o.subscriber.sessionId() != takeOver.sessionId()) {
            return null;
        }
        if (out.version() == 5) {
            PacketEncoder.disconnect(out.buffer(), takeOver.reason(), null, out.maxPacketSize());
        }
        SessionClosed closed = release("session taken over", true);
        closeChannel();
        return closed;
    }

    private @Nullable SessionClosed release(String why, boolean byServer) {
        if (state == State.CLOSED) {
            return null;
        }
        boolean wasConnected = state == State.CONNECTED;
        state(State.CLOSED, why);
        decoder.close();
        connecting.closed();
        loop.node.gate().closed();
        Opened o = opened;
        if (!wasConnected || o == null) {
            LOG.debug("connection from {} ended before CONNACK: {}", peer, why);
            return null;
        }
        metrics.connections.decrementAndGet();
        if (byServer) {
            LOG.info("{} from {} disconnected by us: {}", name(), peer, why);
        } else {
            LOG.debug("{} from {} disconnected: {}", name(), peer, why);
        }
        loop.closed(o.clientId, this);
        o.subscriber.inbox(null);
        o.subscriber.loop(Subscriber.OFFLINE);
        loop.node.index().changed();
        o.inbound.close();
        List<SessionClosed.Undelivered> left = o.outbox.close();
        subscribing.replay().close();
        loop.hooks.run(
                Hook.CLIENT_DISCONNECTED,
                new HookEvent.Disconnected(
                        loop.node.config().node().name(),
                        o.clientId,
                        o.identity.username(),
                        o.onlineAtS,
                        loop.nowMs() / 1000),
                "");
        return new SessionClosed(
                o.clientId, o.subscriber.sessionId(), o.expiryS, o.will, new HashMap<>(o.subscriptions), left);
    }

    String name() {
        Opened o = opened;
        return o == null ? String.valueOf(peer) : o.clientId;
    }

    // ---- reading and ticks
    // --------------------------------------------------------------------------------------------

    void stopReading() {
        if (!readingStopped && ctx != null) {
            readingStopped = true;
            ctx.channel().config().setAutoRead(false);
        }
    }

    void resumeReading() {
        ChannelHandlerContext c = ctx;
        if (readingStopped && c != null && state != State.CLOSED) {
            readingStopped = false;
            decoder.resume();
            if (!readingStopped && state != State.CLOSED) {
                c.channel().config().setAutoRead(true);
                lastReadTick = loop.keepAlive.now();
            }
        }
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
        Opened o = opened;
        if (state != State.CONNECTED || o == null) {
            return;
        }
        if (readingStopped && loop.storesTakeMore() && throttle.mayRead(loop.nowMs())) {
            resumeReading();
        } else if (readingStopped) {
            tickNext();
        }
        subscribing.replay().tick();
        if (o.outbox.tick() || subscribing.replay().isWaiting()) {
            tickNext();
        }
    }

    // ---- what the session does (SessionPort, Inbox)
    // ---------------------------------------------------------------------

    @Override
    public void deliver(Message message, Target target, @Nullable TopicFilter shared) {
        Opened o = opened;
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
        if (subscribing.replay().isStale(message)) {
            subscribing.skip(o, message, qos);
        } else if (qos > 0) {
            o.outbox.deliver(message, qos, retain, to.identifiers(), shared);
            if (o.subscriber.durable()) {
                tickNext();
            }
        } else {
            deliverQos0(message, retain, to.identifiers());
        }
    }

    /** QoS 0 is sent while the channel's buffer is below its high water mark, and dropped beyond. */
    void deliverQos0(Message message, boolean retain, int[] identifiers) {
        if (message.isExpired(loop.nowMs())) {
            dropped(Drop.EXPIRED, message);
        } else if (!writable()) {
            dropped(Drop.SLOW_QOS_0, message);
        } else if (!publish(message, 0, false, 0, retain, identifiers)) {
            dropped(Drop.TOO_LARGE, message);
        }
    }

    @Override
    public long nowMs() {
        return loop.nowMs();
    }

    @Override
    public boolean writable() {
        return output != null && output.writable();
    }

    @Override
    public boolean publish(Message m, int packetId, boolean dup, int qos, boolean retain, int[] identifiers) {
        int bytes = output().publish(m, packetId, dup, qos, retain, identifiers, loop.nowMs());
        if (bytes < 0) {
            return false;
        }
        metrics.messagesSent.increment();
        metrics.bytesSent.add(bytes);
        return true;
    }

    @Override
    public void send(Packet.Ack.Type type, int packetId, ReasonCode reason) {
        Output out = output();
        PacketEncoder.ack(out.buffer(), out.version(), type, packetId, reason);
        out.wrote();
    }

    @Override
    public void store(StoreOp op, @Nullable OnReply onReply) {
        loop.sessionStore.submit(op, onReply);
    }

    @Override
    public void fence(Runnable then) {
        loop.fence(then);
    }

    @Override
    public void acked(Message message, @Nullable TopicFilter shared, int qos) {
        Opened o = opened;
        if (o != null && loop.rules.any(Hook.MESSAGE_ACKED)) {
            loop.hooks.run(
                    Hook.MESSAGE_ACKED,
                    new HookEvent.Acked(o.clientId, message.topic().text(), message.id(), qos),
                    message.topic().text());
        }
    }

    @Override
    public void dropped(Drop reason, @Nullable Message message) {
        switch (reason) {
            case EXPIRED -> metrics.droppedExpired.increment();
            case TOO_LARGE -> metrics.droppedTooLarge.increment();
            case QUEUE_FULL -> metrics.droppedQueueFull.increment();
            case SLOW_QOS_0 -> metrics.droppedSlowQos0.increment();
            case REFUSED -> metrics.droppedRefused.increment();
        }
    }
}
