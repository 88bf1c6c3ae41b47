package dev.mooring.cluster;

import dev.mooring.metrics.ClusterMetrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.core.net.TCPSSLOptions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The links of this node to all others, and the socket at which theirs are answered. Decides who has left: a node that
 * is no member any more and is not heard either, one that says so itself, and one in whose place another life of it has
 * come. So neither a membership that is upset for a moment, nor a broken connection, ends a link.
 *
 * <p>Confined to one context.
 */
final class Links {
    private static final Logger LOG = LoggerFactory.getLogger(Links.class);
    private static final int CONNECT_TIMEOUT_MS = 5_000;
    private static final int BACKLOG = 256;
    /** A thousand nodes that all come back at once are let in one after the other. */
    private static final int STRANGERS_MAX = 128;

    private static final int COMPLAINTS_MAX = 20;
    private static final long COMPLAINTS_EVERY_MS = 10_000;

    /** Between two ticks at most so much of the clock's time has passed awake. */
    private static final long TURN_MS_MAX = 500;

    private final Vertx vertx;
    private final ClusterSettings settings;
    private final Wire wire;
    private final ClusterMetrics metrics;
    private final ClusterListener listener;
    private final Handshake handshake;
    private final NetClient client;
    private final NetServer server;

    private final Map<NodeId, PeerLink> links = new LinkedHashMap<>();
    private final Set<Inbound> strangers = new LinkedHashSet<>();
    private final Set<NodeId> members = new HashSet<>();
    /** Members that have left all the same: they said so, or another life of them is here. */
    private final Set<NodeId> departed = new HashSet<>();

    private final Set<NodeId> refused = new HashSet<>();
    private long sessions;
    private long clockMs;
    private long awakeMs;
    private long complainedAtMs;
    private int complaints;
    private boolean closed;

    Links(Vertx vertx, ClusterSettings settings, Wire wire, ClusterMetrics metrics, ClusterListener listener) {
        this.vertx = vertx;
        this.settings = settings;
        this.wire = wire;
        this.metrics = metrics;
        this.listener = listener;
        this.handshake = new Handshake(settings.secret());
        NetServerOptions serverOptions = new NetServerOptions().setAcceptBacklog(BACKLOG);
        serverOptions.setClientAuth(settings.tls().isEnabled() ? ClientAuth.REQUIRED : ClientAuth.NONE);
        tls(settings.tls(), serverOptions);
        NetClientOptions clientOptions = new NetClientOptions().setConnectTimeout(CONNECT_TIMEOUT_MS);
        clientOptions.setHostnameVerificationAlgorithm(""); // by address; the authority signs nodes and nothing else
        tls(settings.tls(), clientOptions);
        this.server = vertx.createNetServer(serverOptions);
        this.client = vertx.createNetClient(clientOptions);
    }

    private static void tls(LinkTls tls, TCPSSLOptions options) {
        if (tls.isEnabled()) {
            options.setSsl(true)
                    .setKeyCertOptions(
                            new PemKeyCertOptions().setCertPath(tls.certfile()).setKeyPath(tls.keyfile()))
                    .setTrustOptions(new PemTrustOptions().addCertPath(tls.cacertfile()));
        }
    }

    /** Completes with the port at which links are answered. */
    Future<Integer> open(long nowMs) {
        clockMs = nowMs;
        return server.connectHandler(this::accept)
                .listen(settings.port(), settings.host())
                .map(NetServer::actualPort)
                .recover(cause -> Future.failedFuture(new IllegalStateException("cluster.link_port: " + settings.host()
                        + ":" + settings.port() + " can't be opened: " + cause.getMessage())));
    }

    private void accept(NetSocket socket) {
        if (closed || strangers.size() >= STRANGERS_MAX) {
            socket.close();
            return;
        }
        strangers.add(new Inbound(this, socket));
    }

    /** It is a peer now. */
    void welcomed(Inbound connection) {
        strangers.remove(connection);
    }

    void gone(Inbound connection) {
        strangers.remove(connection);
    }

    // ---- who is there

    /** @param view all members, the oldest first; where two have one name, the older one counts */
    void view(List<Member> view) {
        if (closed) {
            return;
        }
        members.clear();
        view.forEach(m -> members.add(m.id()));
        departed.retainAll(members);
        refused.retainAll(members);
        Set<String> names = new HashSet<>();
        names.add(settings.self().name());
        for (Member member : view) {
            if (!departed.contains(member.id()) && names.add(member.id().name())) {
                member(member);
            }
        }
        sweep();
    }

    private void member(Member member) {
        if (links.containsKey(member.id())) {
            return;
        }
        int version = wire.common(member.wireMin(), member.wire());
        if (version == 0) {
            if (refused.add(member.id())) {
                metrics.handshakesRefused.increment();
                LOG.error("{} is left out: {}", member.id(), incompatible(member.wireMin(), member.wire()));
            }
            return;
        }
        for (PeerLink other : new ArrayList<>(links.values())) {
            if (other.peer().isSameNode(member.id())) {
                leave(other, "it has been started again");
            }
        }
        PeerLink link = new PeerLink(member, version, this, new SendWindow(++sessions));
        links.put(member.id(), link);
        metrics.joined.increment();
        metrics.peers.set(links.size());
        LOG.info("{} has joined", member.id());
        listener.joined(link);
        link.open();
    }

    /** For people: what to do about versions that don't fit. */
    String incompatible(int wireMin, int wireMax) {
        return "it speaks versions " + wireMin + " to " + wireMax + " of the protocol between nodes, this node "
                + wire.versionMin() + " to " + wire.version()
                + "; upgrade one release after the other, so that neighbours understand each other";
    }

    private void sweep() {
        for (PeerLink link : new ArrayList<>(links.values())) {
            if (!members.contains(link.peer()) && !link.isAlive(awakeMs)) {
                leave(link, "it is no member any more, and is not heard");
            }
        }
    }

    /** A peer says that it ends the link, and why. */
    void bye(PeerLink link, String reason) {
        if (links.get(link.peer()) == link) {
            departed.add(link.peer());
            leave(link, reason);
        }
    }

    private void leave(PeerLink link, String reason) {
        links.remove(link.peer());
        metrics.left.increment();
        metrics.peers.set(links.size());
        int given = link.end("given up: " + reason);
        LOG.info("{} has left: {}; {} batches to it were not acknowledged", link.peer(), reason, given);
        listener.left(link.peer(), given);
    }

    // ---- time

    /**
     * Several times a second.
     *
     * @param nowMs of a clock that never goes back
     */
    void tick(long nowMs) {
        // What passed while this process was stopped is nobody's silence.
        awakeMs += Math.min(TURN_MS_MAX, nowMs - clockMs);
        clockMs = nowMs;
        for (PeerLink link : new ArrayList<>(links.values())) {
            link.tick(awakeMs);
        }
        for (Inbound stranger : new ArrayList<>(strangers)) {
            stranger.tick(awakeMs, false);
        }
        sweep();
    }

    /** Milliseconds that this process was awake, as of the last tick. */
    long awakeMs() {
        return awakeMs;
    }

    /** Runs it when this turn of the loop is over. */
    void later(Runnable task) {
        vertx.runOnContext(v -> task.run());
    }

    /** Whether a line of the log may be spent on a stranger: whoever reaches the port must not fill the disk. */
    boolean mayComplain() {
        if (awakeMs - complainedAtMs >= COMPLAINTS_EVERY_MS) {
            complainedAtMs = awakeMs;
            complaints = 0;
        }
        return ++complaints <= COMPLAINTS_MAX;
    }

    void interrupted(NodeId peer) {
        metrics.interrupted.increment();
        listener.interrupted(peer);
    }

    // ---- parts

    @Nullable
    PeerLink link(NodeId peer) {
        return links.get(peer);
    }

    Collection<PeerLink> all() {
        return links.values();
    }

    ClusterSettings settings() {
        return settings;
    }

    Wire wire() {
        return wire;
    }

    ClusterMetrics metrics() {
        return metrics;
    }

    ClusterListener listener() {
        return listener;
    }

    Handshake handshake() {
        return handshake;
    }

    NetClient client() {
        return client;
    }

    // ---- end

    /** Whether all peers have acknowledged all. */
    boolean isIdle() {
        return links.values().stream().noneMatch(link -> link.connected() && link.queuedBytes() > 0);
    }

    /** Tells all peers why. */
    Future<Void> close(String reason) {
        closed = true;
        links.values().forEach(link -> link.end(reason));
        links.clear();
        metrics.peers.set(0);
        new ArrayList<>(strangers).forEach(stranger -> stranger.close(reason));
        return server.close().transform(x -> client.close());
    }
}
