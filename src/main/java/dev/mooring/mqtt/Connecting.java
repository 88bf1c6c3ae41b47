package dev.mooring.mqtt;

import dev.mooring.auth.AuthPolicy;
import dev.mooring.auth.AuthResult;
import dev.mooring.auth.Authenticator;
import dev.mooring.auth.Chain;
import dev.mooring.auth.Credentials;
import dev.mooring.auth.Identity;
import dev.mooring.auth.Permissions;
import dev.mooring.auth.RuleSources;
import dev.mooring.auth.Subject;
import dev.mooring.bus.Address;
import dev.mooring.config.Limits;
import dev.mooring.message.MessageId;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.Will;
import dev.mooring.metrics.ConnectionEnd;
import dev.mooring.route.Subscriber;
import dev.mooring.session.Inbound;
import dev.mooring.session.OpenSession;
import dev.mooring.session.Outbox;
import dev.mooring.session.Packet;
import dev.mooring.session.SessionClosed;
import dev.mooring.session.SessionOpened;
import dev.mooring.session.TakeOver;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * From CONNECT to CONNACK: limits, authentication (by password, or by AUTH packets, MQTT 5.0 §4.12), the session, and
 * the hooks. One per connection, confined to its loop. Until CONNACK the decoder stands still: what the client sent
 * behind CONNECT is kept, bounded by what two reads give, and handled afterwards in order.
 */
final class Connecting {
    private static final Logger LOG = LoggerFactory.getLogger(Connecting.class);

    private final Loop loop;
    private final Authenticator authenticator;
    private final Arrival arrival;
    private MqttConnection connection;
    private Packet.@Nullable Connect connect;
    private @Nullable AuthExchange exchange; // most clients bring a password, or nothing
    private String clientId = "";
    private Subject subject = new Subject("", Identity.ANONYMOUS, "", "");
    private RuleSources sources = RuleSources.NONE;
    private long expiryS;
    private volatile boolean ended; // asked by the threads that hash
    private @Nullable SessionOpened attached;

    @SuppressWarnings("NullAway.Init") // the connection introduces itself in its constructor
    Connecting(Loop loop, Authenticator authenticator, Arrival arrival) {
        this.loop = loop;
        this.authenticator = authenticator;
        this.arrival = arrival;
    }

    void connection(MqttConnection owner) {
        connection = owner;
    }

    Arrival arrival() {
        return arrival;
    }

    /** The connection is gone: its session goes back, now or when it comes. */
    void closed() {
        ended = true;
        loop.node.gate().closed(arrival.listener());
        detach();
    }

    void begin(Packet.Connect c) {
        connect = c;
        connection.reading().pause();
        int aliases = Math.min(c.topicAliasMaximum(), arrival.limits().topicAliasMaxOut());
        connection.output().protocol(c.protocolVersion(), c.maximumPacketSize(), aliases);
        String id = c.clientId();
        clientId = id.isEmpty() ? "mooring-" + UUID.randomUUID().toString().replace("-", "") : id;
        Admission.Refusal refusal = Admission.check(loop, arrival, c, clientId);
        if (refusal != null) {
            refuse(refusal.reason(), refusal.text());
            return;
        }
        expiryS = Math.min(c.sessionExpiryS(), arrival.limits().sessionExpiryMaxS());
        String method = c.authenticationMethod();
        if (method == null) {
            authenticate(c);
            return;
        }
        exchange().begin(method, c.authenticationData());
    }

    // ---- authentication

    private void authenticate(Packet.Connect c) {
        AuthPolicy policy = loop.node.policy().get();
        Chain chain = policy.chain(arrival.name());
        Credentials shown = new Credentials(
                clientId,
                c.username(),
                c.password(),
                arrival.address(),
                arrival.name(),
                arrival.certificate(),
                () -> !ended);
        loop.ask(() -> authenticator.authenticate(chain, shown), r -> {
            if (ended) {
                return;
            }
            if (r instanceof AuthResult.Refused refused && isClosed(policy, refused.reason())) {
                authenticate(c);
            } else if (r instanceof AuthResult.Refused refused) {
                refuseLogin(refused.reason(), refused.text());
            } else if (r instanceof AuthResult.Accepted accepted) {
                authorize(accepted.identity());
            }
        });
    }

    /** A reload has closed whom this CONNECT was just asking: the new ones have to say who it is. */
    private boolean isClosed(AuthPolicy asked, ReasonCode reason) {
        return reason == ReasonCode.SERVER_UNAVAILABLE
                && asked != loop.node.policy().get();
    }

    /** AUTH from the client; false stops the decoder. */
    boolean auth(Packet.Auth auth, @Nullable LiveSession live) {
        return exchange().auth(connect, auth, live);
    }

    private AuthExchange exchange() {
        AuthExchange begun = exchange == null ? new AuthExchange(connection, this, loop) : exchange;
        exchange = begun;
        return begun;
    }

    /** An exchange of AUTH packets has shown who this is. */
    void authenticated(Identity shown) {
        connection.reading().stop();
        authorize(shown);
    }

    /** The client is who it says; others may know what it may do. */
    private void authorize(Identity shown) {
        AuthPolicy policy = loop.node.policy().get();
        sources = policy.sources();
        Subject known = new Subject(clientId, shown, arrival.address(), arrival.name());
        Granted.ask(loop, sources, known, granted -> {
            if (granted.subject() == null && isClosed(policy, ReasonCode.SERVER_UNAVAILABLE)) {
                authorize(shown);
            } else if (granted.subject() == null) {
                refuseLogin(ReasonCode.SERVER_UNAVAILABLE, granted.why());
            } else {
                subject = granted.subject();
                open();
            }
        });
    }

    // ---- the session

    private void open() {
        Packet.Connect c = connect;
        if (c == null || isLeaving()) {
            refuseLeaving();
            return;
        }
        loop.node.metrics().authenticationsAccepted.increment();
        Will will = c.will();
        if (will != null && !permissions().mayPublish(will.topic(), will.qos(), will.retain())) {
            loop.node.metrics().willsDenied.increment();
            refuse(ReasonCode.NOT_AUTHORIZED, "the Will's topic is not allowed");
            return;
        }
        connection.state(MqttConnection.State.OPENING, "authenticated");
        String shard = Address.session(loop.node.sessions().shard(clientId));
        loop.request(shard, new OpenSession(clientId, c.cleanStart(), expiryS, will(c), loop.number), reply -> {
            if (!(reply instanceof SessionOpened opened)) {
                refuse(ReasonCode.SERVER_UNAVAILABLE, "the session authority did not answer");
                return;
            }
            Subscriber subscriber = opened.subscriber();
            if (subscriber == null) {
                refuse(opened.refused(), "no session: " + opened.refused());
            } else if (isLeaving()) {
                loop.send(shard, handBack(opened, subscriber));
                refuseLeaving();
            } else {
                attach(opened, subscriber);
            }
        });
    }

    /** The client has gone; or the node goes, and who came on line now would not be told. */
    private boolean isLeaving() {
        return ended || loop.node.gate().isShut();
    }

    private void refuseLeaving() {
        refuse(ReasonCode.SERVER_UNAVAILABLE, "the node stops");
    }

    /** The Will does not count, since it was never accepted. */
    private SessionClosed handBack(SessionOpened opened, Subscriber subscriber) {
        return new SessionClosed(
                clientId,
                subscriber.sessionId(),
                expiryS,
                null,
                opened.subscriptions(),
                List.of(),
                "connection ended before CONNACK");
    }

    private void attach(SessionOpened opened, Subscriber subscriber) {
        loop.node.index().move(subscriber, loop.number, opened.subscriptions().values());
        boolean isShared = subscriber.durable() && loop.node.sessions().neighbours() != null;
        if (!opened.present() && !isShared) {
            accept(opened, subscriber, new StoreReply.SessionState(List.of(), new int[0]), MessageId.ZERO);
            return;
        }
        // In a cluster CONNACK promises a durable session on any node: so all know of it first.
        // Publishers that still took the session for off line have stored what they sent it once the fence is passed.
        attached = opened;
        loop.opened(clientId, connection);
        MessageId asOf = loop.node.asOf(loop.nowMs());
        loop.fence(() -> load(opened, subscriber, asOf));
    }

    /** Another connection wants the session that this one is still reading. */
    @Nullable
    SessionClosed surrender(TakeOver takeOver) {
        SessionOpened opened = attached;
        Subscriber subscriber = opened == null ? null : opened.subscriber();
        if (opened == null || subscriber == null || subscriber.sessionId() != takeOver.sessionId()) {
            return null;
        }
        attached = null;
        refuse(takeOver.reason(), "session taken over before CONNACK");
        return release(opened, subscriber);
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
            if (isLeaving()) {
                refuseLeaving();
            } else if (reply instanceof StoreReply.SessionState state) {
                attached = null;
                accept(opened, subscriber, state, asOf);
            } else {
                refuse(ReasonCode.SERVER_UNAVAILABLE, "the session can't be read from its store");
            }
        });
    }

    private void detach() {
        SessionOpened opened = attached;
        Subscriber subscriber = opened == null ? null : opened.subscriber();
        attached = null;
        if (opened != null && subscriber != null) {
            loop.send(Address.session(loop.node.sessions().shard(clientId)), release(opened, subscriber));
        }
    }

    private SessionClosed release(SessionOpened opened, Subscriber subscriber) {
        loop.node
                .index()
                .move(subscriber, Subscriber.OFFLINE, opened.subscriptions().values());
        loop.closed(clientId, connection);
        return handBack(opened, subscriber);
    }

    private void accept(SessionOpened opened, Subscriber subscriber, StoreReply.SessionState stored, MessageId asOf) {
        Packet.Connect c = connect;
        if (c == null) {
            return;
        }
        Limits limits = arrival.limits();
        int receiveMaximum = c.protocolVersion() == 5 ? limits.receiveMaximum() : 0xFFFF;
        Inbound inbound = new Inbound(
                connection.delivering(),
                subscriber.sessionId(),
                subscriber.durable(),
                receiveMaximum,
                stored.inboundPacketIds());
        Outbox outbox = new Outbox(connection.delivering(), subscriber, loop.outboxLimits(), c.receiveMaximum());
        long nowS = loop.nowMs() / 1000;
        LiveSession session = new LiveSession(
                c,
                clientId,
                subject,
                permissions(),
                subscriber,
                opened.subscriptions(),
                inbound,
                outbox,
                opened.present(),
                nowS,
                expiryS,
                will(c));
        subscriber.inbox(connection.delivering());
        loop.opened(clientId, connection);
        loop.node.metrics().connections.incrementAndGet();
        loop.node.metrics().connectionsAccepted.increment();
        loop.node.guard().connected(clientId, loop.nowMs());
        int keepAliveS = Connacks.keepAliveS(limits, c);
        byte[] lastData = exchange == null ? null : exchange.lastData();
        Packet.Connack connack =
                Connacks.of(limits, loop.config().mqtt(), c, clientId, opened.present(), expiryS, keepAliveS, lastData);
        boolean fits = connection.output().connack(c.protocolVersion(), connack, c.maximumPacketSize());
        connection.opened(session, keepAliveS);
        if (!fits) {
            end("CONNACK would be larger than the client's Maximum Packet Size", ReasonCode.PACKET_TOO_LARGE);
            return;
        }
        if (sources != loop.node.policy().get().sources()) {
            loop.refresh.add(connection);
        }
        if (opened.present()) {
            connection.subscribing().checkRights(session);
            outbox.resume(stored.inFlight(), asOf);
            connection.tickNext();
        }
        connection.subscribing().connected(session, nowS, opened.present(), stored.fetches());
        connection.reading().resume();
    }

    private @Nullable Will will(Packet.Connect c) {
        Will w = c.will();
        long delayMaxS = arrival.limits().willDelayMaxS();
        return w == null ? null : w.owned(subject.text(), delayMaxS);
    }

    private Permissions permissions() {
        return loop.node.policy().get().acl().permissions(subject);
    }

    // ---- refusals

    /** Who is not who he says: counted, and told the later the more often that happens. */
    void refuseLogin(ReasonCode reason, String text) {
        loop.node.metrics().loginRefused(reason);
        if (reason != ReasonCode.BAD_USER_NAME_OR_PASSWORD && reason != ReasonCode.NOT_AUTHORIZED) {
            refuse(reason, text);
            return;
        }
        long backoffMs = loop.node.guard().failed(arrival.address(), clientId, loop.nowMs());
        connection.reading().stop();
        if (backoffMs == 0) {
            refuse(reason, text);
        } else {
            loop.later(backoffMs, () -> refuse(reason, text));
        }
    }

    /** CONNACK with the reason, then the end; the text goes to the log, to the client only a short form of it. */
    void refuse(ReasonCode reason, String text) {
        Packet.Connect c = connect;
        if (ended || c == null) {
            return;
        }
        loop.node.metrics().refused(reason);
        LOG.info("{} from {} refused: {} ({})", clientId, connection.peer(), reason, text);
        connection.output().connack(c.protocolVersion(), Connacks.refused(loop.node, reason), c.maximumPacketSize());
        end(text, reason);
    }

    private void end(String why, ReasonCode reason) {
        connection.end(why, ConnectionEnd.byServer(reason));
        connection.output().hangUp();
    }

    /**
     * A CONNECT that can't be read.
     *
     * @param replyVersion whose CONNACK the client would understand, or 0 for no answer at all
     */
    void refuseMalformed(int replyVersion, ReasonCode reason, String text) {
        loop.node.metrics().refused(reason);
        LOG.info("connection from {} refused: {} ({})", connection.peer(), reason, text);
        if (replyVersion == 5 || (replyVersion > 0 && reason == ReasonCode.UNSUPPORTED_PROTOCOL_VERSION)) {
            connection.output().connack(replyVersion, Packet.Connack.refused(reason, null), Integer.MAX_VALUE);
        }
        end(text, reason);
    }
}
