package dev.mooring.cluster;

import dev.mooring.metrics.ClusterMetrics;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Owns links and replica on one event loop, and turns the time for them. Methods for all threads say so; all others
 * belong to its context, on which {@link #run} runs things.
 */
public final class ClusterVerticle extends VerticleBase {
    private static final long TICK_MS = 25;
    /** How long a stop waits for peers to acknowledge what is on its way. */
    private static final long FAREWELL_MS = 2_000;

    private final ClusterSettings settings;
    private final Wire wire;
    private final ClusterMetrics metrics;
    private final ClusterListener listener;
    private final ReplicaListener replicaListener;
    private final Map<NodeId, PeerLink> byPeer = new ConcurrentHashMap<>();

    private @Nullable Context own;
    private @Nullable Links links;
    private @Nullable Replica replica;
    private boolean proceeding;
    private volatile int port;

    /** @param wire with all kinds of bodies that this node sends or understands */
    public ClusterVerticle(
            ClusterSettings settings,
            Wire wire,
            ClusterMetrics metrics,
            ClusterListener listener,
            ReplicaListener replicaListener) {
        this.settings = settings;
        this.wire = wire;
        this.metrics = metrics;
        this.listener = listener;
        this.replicaListener = replicaListener;
    }

    @Override
    public Future<?> start() {
        own = context;
        Links opened = new Links(vertx, settings, wire, metrics, new Dispatch());
        Replica made = new Replica(
                replicaListener,
                new LinkPort(opened),
                metrics.replica,
                settings.digestIntervalMs(),
                settings.self().epoch());
        links = opened;
        replica = made;
        return opened.open(nowMs()).onSuccess(actual -> {
            port = actual;
            vertx.setPeriodic(TICK_MS, id -> tick());
        });
    }

    @Override
    public Future<?> stop() {
        Links opened = links;
        if (opened == null) {
            return Future.succeededFuture();
        }
        Promise<Void> idle = Promise.promise();
        long untilMs = nowMs() + FAREWELL_MS;
        vertx.setPeriodic(1, TICK_MS, id -> {
            if (opened.isIdle() || nowMs() >= untilMs) {
                vertx.cancelTimer(id);
                idle.tryComplete();
            }
        });
        return idle.future().compose(v -> opened.close("it stops"));
    }

    private void tick() {
        Links l = links;
        Replica r = replica;
        if (l != null && r != null) {
            l.tick(nowMs());
            r.tick(nowMs());
            proceed(r);
        }
    }

    /** One page for each peer a turn, so that others have their turn between. */
    private void proceed(Replica r) {
        if (!proceeding && r.proceed()) {
            proceeding = true;
            vertx.runOnContext(v -> {
                proceeding = false;
                proceed(r);
            });
        }
    }

    private static long nowMs() {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime());
    }

    // ---- for the broker

    public NodeId self() {
        return settings.self();
    }

    /** At which links are answered. For all threads, after the start. */
    public int port() {
        return port;
    }

    /** Runs it on the context, in the order of the calls of a thread. For all threads, after the start. */
    public void run(Runnable task) {
        java.util.Objects.requireNonNull(own).runOnContext(v -> task.run());
    }

    /** The link to a node; null when it is not there. For all threads. */
    public @Nullable PeerLink link(NodeId peer) {
        return byPeer.get(peer);
    }

    /** Links to all nodes that are there. For all threads. */
    public Iterable<PeerLink> peers() {
        return byPeer.values();
    }

    /** Entries of this and all other nodes. Changes travel with the next tick, some 25 ms later at most. */
    public Replica replica() {
        return java.util.Objects.requireNonNull(replica);
    }

    /**
     * Who is there now. For all threads.
     *
     * @param members the oldest first, this node may be among them
     */
    public void view(List<Member> members) {
        run(() -> java.util.Objects.requireNonNull(links).view(members));
    }

    // ---- between links, replica and broker

    private static final class LinkPort implements Replica.Port {
        private final Links links;

        LinkPort(Links links) {
            this.links = links;
        }

        @Override
        public boolean send(NodeId peer, LinkBody body) {
            PeerLink link = links.link(peer);
            return link != null && link.send(body) > 0;
        }

        @Override
        public long queuedBytes(NodeId peer) {
            PeerLink link = links.link(peer);
            return link == null || !link.connected() ? Long.MAX_VALUE : link.queuedBytes();
        }
    }

    /**
     * The replica's part of what happens at links is done first: what is asked of a peer comes behind what it missed.
     */
    private final class Dispatch implements ClusterListener {
        @Override
        public void joined(PeerLink link) {
            byPeer.put(link.peer(), link);
            replica().joined(link.peer(), nowMs());
            listener.joined(link);
        }

        @Override
        public void left(NodeId peer, int unacknowledged) {
            byPeer.remove(peer);
            replica().left(peer);
            listener.left(peer, unacknowledged);
        }

        @Override
        public void received(NodeId from, LinkBody body) {
            Replica r = replica();
            if (r.receive(from, body, nowMs())) {
                proceed(r);
            } else {
                listener.received(from, body);
            }
        }

        @Override
        public void acknowledged(NodeId peer, long ticket) {
            proceed(replica()); // there is room for pages again
            listener.acknowledged(peer, ticket);
        }

        @Override
        public void writable(NodeId peer) {
            listener.writable(peer);
        }

        @Override
        public void interrupted(NodeId peer) {
            replica().interrupted(peer, nowMs());
            listener.interrupted(peer);
        }
    }
}
