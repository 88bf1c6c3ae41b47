package dev.mooring.peer;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.cluster.ClusterListener;
import dev.mooring.cluster.ClusterVerticle;
import dev.mooring.cluster.LinkBody;
import dev.mooring.cluster.NodeId;
import dev.mooring.cluster.PeerLink;
import dev.mooring.cluster.ReplicaListener;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.Relays;
import dev.mooring.route.RetainedIndex;
import dev.mooring.route.Subscriber;
import dev.mooring.session.Announce;
import dev.mooring.session.Claim;
import dev.mooring.session.GroupReady;
import dev.mooring.session.LookUp;
import dev.mooring.session.Neighbours;
import dev.mooring.session.Sessions;
import dev.mooring.session.Settle;
import dev.mooring.store.StoreClient;
import dev.mooring.store.StoreReplies;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Between this node's loops and shards on one side, and links and replica on the other: the consumer of {@code peers}.
 * Confined to the context of the {@link ClusterVerticle}.
 */
public final class Peers implements ClusterListener {
    private static final long TICK_MS = 50;
    /** Until a look at what a peer has left in the store can be the last one: what it had sent is there by then. */
    private static final long SENT_MS = 2_000;

    private final Vertx vertx;
    private final Sessions sessions;
    private final Neighbours neighbours;
    private final RetainedIndex retained;
    private final int loops;
    private final StoreClient store;
    private final Retaking retaking;
    private final Rescans rescans;
    private final Rounds rounds;
    private final ClaimRounds claims;
    private final Sending sending = new Sending();
    private final Map<NodeId, Peer> peers = new HashMap<>();
    private final RemoteState remote;
    private final Departed departed;
    private final Receipts receipts = new Receipts();
    private final LookUps lookUps = new LookUps(this::lookUp);
    private final Asked asked;
    private int lastNumber = -1;
    private boolean isOpening;
    /** Whether this node may have routed something: not before it knows all that those have who are there. */
    private boolean hasBegun;

    private @Nullable ClusterVerticle cluster;

    /**
     * @param patienceMs how long a peer is waited for that does not answer
     * @param figures is told what clients may read of nodes
     * @param left sees to what a node has left behind in other places, by its name
     */
    public Peers(
            Vertx vertx,
            Sessions sessions,
            Neighbours neighbours,
            RetainedIndex retained,
            int loops,
            long patienceMs,
            Figures figures,
            Consumer<String> left) {
        this.vertx = vertx;
        this.sessions = sessions;
        this.neighbours = neighbours;
        this.retained = retained;
        this.loops = loops;
        this.departed = new Departed(vertx, neighbours, peers, left);
        this.store =
                new StoreClient(vertx.eventBus(), sessions.pool(), Address.PEERS, Integer.MAX_VALUE, Long.MAX_VALUE);
        this.retaking = new Retaking(vertx, store, sessions.ids(), retained);
        this.rescans = new Rescans(vertx, loops, retaking);
        this.rounds = new Rounds(new FenceAsking(), patienceMs);
        this.claims = new ClaimRounds(patienceMs);
        this.asked = new Asked(sessions::settleStored, peers.values(), receipts);
        this.remote = new RemoteState(
                vertx, sessions, neighbours, peers, loops, figures, this::completed, this::present, this::number);
    }

    /** Listens to the replica. */
    public ReplicaListener replicaListener() {
        return remote;
    }

    /** After the start of {@code of}, which was given this as its listener. Completes when {@code peers} is served. */
    public Future<Void> open(ClusterVerticle of) {
        cluster = of;
        Promise<Void> done = Promise.promise();
        of.run(() -> {
            remote.self(of.self());
            number();
            present();
            vertx.setPeriodic(TICK_MS, t -> tick());
            vertx.eventBus()
                    .<LocalBody>localConsumer(Address.PEERS, this::receive)
                    .completion()
                    .onComplete(done);
        });
        return done.future();
    }

    /**
     * Completes when all that those have is known who are there, and stands in the index: what is routed without it
     * would be stored, and nobody told.
     */
    public Future<Void> complete() {
        Promise<Void> done = Promise.promise();
        cluster().run(() -> {
            isOpening = true;
            present();
            vertx.setPeriodic(1, TICK_MS, timer -> {
                if (hasBegun) {
                    vertx.cancelTimer(timer);
                    remote.flush();
                    sessions.settleHere().onComplete(done);
                }
            });
        });
        return done.future();
    }

    private ClusterVerticle cluster() {
        return java.util.Objects.requireNonNull(cluster);
    }

    private static long nowMs() {
        return System.nanoTime() / 1_000_000;
    }

    private void number() {
        cluster().replica().put(Entries.number(neighbours.number()));
    }

    /** It may have changed retained messages before it knew of this node. */
    private void completed() {
        present();
        remote.flush();
        asked.answer(hasBegun);
        retaking.run();
    }

    private void tick() {
        rounds.tick(nowMs());
        rescans.doubt(rounds.isAnyLate());
        claims.tick(nowMs());
        lookUps.tick(nowMs());
        sending.resume(sessions.underWay(), peers.values());
        asked.answer(hasBegun);
    }

    // ---- from this node

    private void receive(Message<LocalBody> m) {
        LocalBody body = m.body();
        if (body instanceof Relays relays) {
            sending.send(relays, peers.values());
            sessions.underWay().arrivedAtPeers(relays.bytes());
        } else if (body instanceof Announce announce) {
            Entries.tell(cluster().replica(), announce);
        } else if (body instanceof Neighbours.Filters.Changed filter) {
            Entries.tell(cluster().replica(), filter);
        } else if (body instanceof Figure figure) {
            cluster().replica().put(Entries.figure(figure));
        } else if (body instanceof Claim claim) {
            Set<NodeId> all = sendAll(new Bodies.Claimed(claim.clientId(), claim.id()));
            claims.begin(claim.id(), all, nowMs(), answer -> m.reply(answer, LocalCodec.OPTIONS));
        } else if (body instanceof Settle settle) {
            Runnable answer = () -> m.reply(body, LocalCodec.OPTIONS);
            if (settle.stored()) {
                rounds.addForAll(answer, nowMs());
            } else {
                rounds.add(answer, nowMs());
            }
        } else if (body instanceof LookUp) {
            lookUps.add(() -> m.reply(body, LocalCodec.OPTIONS), nowMs());
        } else if (body instanceof GroupReady ready) {
            groupReady(ready.filter());
        } else if (body instanceof StoreReplies replies) {
            store.replies(replies);
        }
    }

    private void groupReady(TopicFilter filter) {
        String keeper = neighbours.keeper(filter.text());
        for (Peer peer : peers.values()) {
            if (peer.link.peer().name().equals(keeper)) {
                peer.link.send(new Bodies.Group(filter));
                return;
            }
        }
        handOut(filter);
    }

    private void handOut(TopicFilter filter) {
        String shard = Address.session(sessions.shard(filter.text()));
        vertx.eventBus().send(shard, new GroupReady(filter, true), LocalCodec.OPTIONS);
    }

    /** What was changed before is there before it. */
    private Set<NodeId> sendAll(LinkBody body) {
        cluster().replica().flush();
        Set<NodeId> all = new HashSet<>();
        for (Peer peer : peers.values()) {
            peer.link.send(body); // one that has no room is waited for as one that does not answer
            all.add(peer.link.peer());
        }
        return all;
    }

    private final class FenceAsking implements Rounds.Asking {
        @Override
        public Set<NodeId> ask(long token) {
            return sendAll(new Bodies.Fence(token));
        }

        @Override
        public void answeredLate() {
            rescans.now();
        }
    }

    // ---- from links

    @Override
    public void joined(PeerLink link) {
        Peer peer = new Peer(++lastNumber, link);
        peers.put(link.peer(), peer);
        sessions.index().move(peer.filters, Subscriber.at(peer.number), List.of());
        present();
        if (departed.isBack(link.peer())) {
            rounds.add(rescans.begin(), nowMs());
        }
        rounds.joined(link.peer(), nowMs());
        rescans.doubt(true);
    }

    @Override
    public void left(NodeId id, int unacknowledged) {
        Peer peer = peers.remove(id);
        if (peer == null) {
            return;
        }
        sessions.index().move(peer.filters, Subscriber.OFFLINE, List.of());
        present();
        remote.flush();
        receipts.givenUp(id);
        rounds.left(id, nowMs());
        rescans.doubt(rounds.isAnyLate());
        claims.left(id);
        rescans.now();
        vertx.setTimer(SENT_MS, t -> rescans.now());
        departed.add(id);
    }

    @Override
    public void received(NodeId from, LinkBody body) {
        Peer peer = peers.get(from);
        if (peer == null) {
            return;
        }
        if (body instanceof Bodies.Relayed relayed) {
            deliver(peer, relayed);
        } else if (body instanceof Bodies.Claimed claim) {
            claimed(peer, claim);
        } else if (body instanceof Bodies.ClaimAnswer answer) {
            sessions.ids().after(answer.clockUs());
            claims.answered(from, answer);
        } else if (body instanceof Bodies.Fence fence) {
            remote.flush();
            peer.fences.add(() -> peer.link.send(new Bodies.FenceAnswer(fence.token(), clockUs())));
            asked.answer(hasBegun);
        } else if (body instanceof Bodies.FenceAnswer answer) {
            sessions.ids().after(answer.clockUs());
            rounds.answered(from, answer.token(), nowMs());
            rescans.doubt(rounds.isAnyLate());
        } else if (body instanceof Bodies.Retained changes) {
            changes.messages().forEach(retained::put);
        } else if (body instanceof Bodies.Missed) {
            rescans.now();
        } else if (body instanceof Bodies.LookUp) {
            rescans.queues();
        } else if (body instanceof Bodies.Group group) {
            handOut(group.filter());
        }
    }

    /** In the order of the peer's loop, by always the same loop here. */
    private void deliver(Peer peer, Bodies.Relayed relayed) {
        int loop = relayed.loop() % loops;
        Relays relays = new Relays(loop, rounds.isLate(peer.link.peer()));
        relayed.items().forEach(relays::add);
        sessions.underWay().sent(loop, relays.bytes());
        vertx.eventBus().send(Address.loop(loop), relays, LocalCodec.OPTIONS);
        sending.pause(sessions.underWay(), peer);
    }

    private void claimed(Peer peer, Bodies.Claimed claim) {
        remote.flush();
        String shard = Address.session(sessions.shard(claim.clientId()));
        vertx.eventBus()
                .<LocalBody>request(shard, new Claim(claim.clientId(), claim.id()), LocalCodec.OPTIONS)
                .onSuccess(reply -> {
                    if (reply.body() instanceof Claim.Answer a && a.handedOver()) {
                        asked.answerGivenUp(() -> answer(peer, claim, a));
                    } else if (reply.body() instanceof Claim.Answer a) {
                        answer(peer, claim, a);
                    }
                });
    }

    private void answer(Peer peer, Bodies.Claimed claim, Claim.Answer a) {
        cluster().replica().flush();
        peer.link.send(
                new Bodies.ClaimAnswer(claim.clientId(), claim.id(), a.granted(), a.sessionId(), a.epoch(), clockUs()));
    }

    /**
     * No id that this node gives out is before it: so what a client publishes on one node after another is in order.
     */
    private long clockUs() {
        return sessions.ids().next(System.currentTimeMillis()).timeUs();
    }

    /** Whoever has answered the fence has been told before it, and looks. */
    private void lookUp(Runnable then) {
        for (Peer peer : peers.values()) {
            if (peer.link.send(new Bodies.LookUp()) == PeerLink.NOT_KNOWN) {
                peer.link.send(new Bodies.Missed());
            }
        }
        rescans.queues();
        rounds.add(then, nowMs());
    }

    @Override
    public void acknowledged(NodeId peer, long ticket) {
        receipts.acknowledged(peer, ticket);
    }

    @Override
    public void writable(NodeId id) {
        Peer peer = peers.get(id);
        if (peer != null && peer.hasMissed) {
            peer.hasMissed = false;
            peer.link.send(new Bodies.Missed());
        }
    }

    @Override
    public void interrupted(NodeId peer) {
        receipts.givenUp(peer);
        rounds.add(rescans.begin(), nowMs());
    }

    private void present() {
        List<String> names = new ArrayList<>();
        names.add(cluster().self().name());
        boolean complete = true;
        for (Peer peer : peers.values()) {
            names.add(peer.link.peer().name());
            complete &= peer.isComplete;
        }
        hasBegun |= isOpening && complete;
        neighbours.present(names, complete);
        remote.present(names);
    }
}
