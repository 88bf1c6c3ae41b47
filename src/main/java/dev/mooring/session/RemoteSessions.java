package dev.mooring.session;

import dev.mooring.message.Subscription;
import dev.mooring.route.Subscriber;
import dev.mooring.store.OnReply;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The durable sessions that this node does not have, of one shard: they stand in the index like its own, so that its
 * publishers write their queues. Another node has each of them, or none has; then one of those present adopts it.
 * Confined to the shard.
 *
 * <p>What is told of a session counts by its epoch, so it does not matter in which order two nodes are heard of. A node
 * that no longer has a session says nothing of where it is: it may have moved, and the other node not been heard yet.
 * Until then nobody has it, and its queue is written all the same. Only its end ends it.
 */
final class RemoteSessions {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteSessions.class);
    private static final int NOBODY = -1;
    /** How long a session that moves may belong to nobody, until it is taken for left behind. */
    private static final long GRACE_MS = 2_000;
    /** Until the next look at one that another node should adopt. */
    private static final long AGAIN_MS = 5_000;
    /** How often another node is left to adopt one until the store is asked whether it is there at all. */
    private static final int LOOKS = 3;
    /** By how much clocks of nodes may be apart, and when a node was last heard be known too late. */
    private static final long APART_MS = 2_000;
    /** Adoptions in one tick of the shard: about 1,300 a second. */
    private static final int ADOPTIONS_PER_TICK = 64;

    private final Sessions sessions;
    private final Neighbours neighbours;
    private final BiConsumer<StoreOp, @Nullable OnReply> submit;
    private final Consumer<SessionEntry> adopted;
    private final Map<String, Remote> all = new HashMap<>();
    /** In the order of {@link Remote#lookAtMs}; those that have a home again are passed over. */
    private final ArrayDeque<Remote> orphans = new ArrayDeque<>();

    /** One of them. */
    static final class Remote {
        final String clientId;
        final Subscriber subscriber;
        long epoch;
        Map<String, Subscription> subscriptions = new HashMap<>();
        private int home = NOBODY;
        private long lookAtMs;
        private int looks;
        /** When the node was last heard of that had it, and has left; 0 when it was not lost so. */
        private long lostAtMs;
        /** Since when no node is known that has it, and none has given it up: as {@link #lostAtMs}, or the start. */
        private long unheardSinceMs;

        private boolean waits;

        Remote(String clientId, Subscriber subscriber) {
            this.clientId = clientId;
            this.subscriber = subscriber;
        }
    }

    /** What came of {@link #adopt}. */
    enum Adopted {
        /** This node has it now. */
        HERE,
        /** It has ended. */
        GONE,
        /** Another node has been quicker. */
        TAKEN,
        /** The store does not answer. */
        FAILED
    }

    /** @param adopted is given a session that this node has from now on, without a connection */
    RemoteSessions(
            Sessions sessions,
            Neighbours neighbours,
            BiConsumer<StoreOp, @Nullable OnReply> submit,
            Consumer<SessionEntry> adopted) {
        this.sessions = sessions;
        this.neighbours = neighbours;
        this.submit = submit;
        this.adopted = adopted;
    }

    @Nullable
    Remote get(String clientId) {
        return all.get(clientId);
    }

    /** A session that a node has named in its answer, and that may not be known here yet. */
    @Nullable
    Remote named(String clientId, long sessionId, long epoch, long nowMs) {
        Remote known = all.get(clientId);
        if (sessionId == 0 || (known != null && known.subscriber.sessionId() >= sessionId)) {
            return known;
        }
        if (known != null) {
            forget(known);
        }
        Remote remote = new Remote(clientId, new Subscriber(sessionId, clientId, true));
        remote.epoch = epoch;
        all.put(clientId, remote);
        orphan(remote, nowMs);
        return remote;
    }

    /** Found in the store at the start, with its subscriptions in the index. Perhaps a node has it. */
    void restored(StoreReply.StoredSession stored, Subscriber subscriber, long nowMs) {
        SessionRecord r = stored.session();
        Remote older = all.get(r.clientId());
        if (older != null) { // a node died while that ended
            forget(older);
            long id = older.subscriber.sessionId();
            submit.accept(new StoreOp.Owned(new StoreOp.SessionDelete(id, r.clientId()), id, older.epoch), null);
        }
        Remote remote = new Remote(r.clientId(), subscriber);
        remote.epoch = r.epoch();
        stored.subscriptions().forEach(s -> remote.subscriptions.put(s.filter().text(), s));
        remote.unheardSinceMs = nowMs;
        all.put(r.clientId(), remote);
        orphan(remote, nowMs);
    }

    /** This node had it until now, and has no connection of it any more. */
    void gaveUp(SessionEntry entry, long nowMs) {
        Remote remote = new Remote(entry.clientId, entry.subscriber);
        remote.epoch = entry.epoch;
        remote.subscriptions = new HashMap<>(entry.subscriptions);
        all.put(entry.clientId, remote);
        orphan(remote, nowMs);
    }

    // ---- what others say

    void apply(RemoteChanges.Change change, long nowMs) {
        Announce said = change.session();
        Remote known = all.get(said.clientId());
        if (said.place() == Announce.Place.GONE) {
            if (known != null && known.home == change.node()) {
                known.lostAtMs = change.lostAtMs();
                known.unheardSinceMs = change.lostAtMs();
                orphan(known, nowMs);
            }
            return;
        }
        if (known != null && known.subscriber.sessionId() < said.sessionId()) {
            forget(known); // it has ended, or is about to
            known = null;
        }
        if (said.place() == Announce.Place.ENDED) {
            if (known != null && known.subscriber.sessionId() == said.sessionId()) {
                forget(known);
            }
        } else if (known == null) {
            Remote remote = new Remote(said.clientId(), new Subscriber(said.sessionId(), said.clientId(), true));
            all.put(said.clientId(), remote);
            placed(remote, change);
        } else if (known.subscriber.sessionId() == said.sessionId() && known.epoch <= said.epoch()) {
            placed(known, change);
        }
    }

    private void placed(Remote remote, RemoteChanges.Change change) {
        Announce said = change.session();
        remote.epoch = said.epoch();
        remote.home = change.node();
        remote.lostAtMs = 0;
        remote.unheardSinceMs = 0;
        subscriptions(remote, said.subscriptions());
        boolean isLive = said.place() == Announce.Place.LIVE;
        if (isLive) { // who delivers counts what waits
            remote.subscriber.queuedCount.set(0);
            remote.subscriber.queuedBytes.set(0);
        }
        int place = isLive ? Subscriber.at(change.node()) : Subscriber.OFFLINE;
        if (remote.subscriber.loop() != place) {
            sessions.index().move(remote.subscriber, place, remote.subscriptions.values());
        }
    }

    private void subscriptions(Remote remote, Collection<Subscription> now) {
        Map<String, Subscription> before = remote.subscriptions;
        remote.subscriptions = new HashMap<>();
        for (Subscription s : now) {
            if (!s.equals(before.remove(s.filter().text()))) {
                sessions.index().subscribe(remote.subscriber, s);
            }
            remote.subscriptions.put(s.filter().text(), s);
        }
        before.values().forEach(s -> sessions.index().unsubscribe(remote.subscriber, s.filter()));
    }

    private void forget(Remote remote) {
        all.remove(remote.clientId, remote);
        remote.home = 0; // no orphan
        sessions.index().move(remote.subscriber, Subscriber.OFFLINE, remote.subscriptions.values());
        remote.subscriptions.values().forEach(s -> sessions.index().unsubscribe(remote.subscriber, s.filter()));
    }

    private void orphan(Remote remote, long nowMs) {
        remote.home = NOBODY;
        if (remote.subscriber.loop() != Subscriber.OFFLINE) {
            sessions.index().move(remote.subscriber, Subscriber.OFFLINE, remote.subscriptions.values());
        }
        look(remote, nowMs + GRACE_MS);
    }

    private void look(Remote remote, long atMs) {
        remote.lookAtMs = atMs;
        if (!remote.waits) {
            remote.waits = true;
            orphans.add(remote);
        }
    }

    // ---- adoption

    /** Looks at some of those that nobody has. */
    void tick(long nowMs) {
        if (!neighbours.isComplete()) { // who knows what the others have
            return;
        }
        for (int left = ADOPTIONS_PER_TICK; left > 0; left--) {
            Remote first = orphans.peek();
            if (first == null || first.lookAtMs > nowMs) {
                return;
            }
            orphans.remove();
            first.waits = false;
            if (first.home == NOBODY && all.get(first.clientId) == first) {
                look(first, nowMs + AGAIN_MS); // lest this, or the node that adopts it, fail
                see(first);
            }
        }
    }

    private void see(Remote remote) {
        Consumer<Adopted> then = what -> LOG.debug("session of {}, which no node has: {}", remote.clientId, what);
        if (neighbours.isMine(remote.clientId)) {
            adopt(remote, true, then);
        } else if (++remote.looks % LOOKS == 0) { // it may have ended unheard
            look(remote, found -> {}, then);
        }
    }

    /**
     * Takes the session over, by its record in the store: whoever had it may write it no more.
     *
     * @param handedOver as far as it is known here: whoever had it may have been asked, and not been heard
     */
    void adopt(Remote remote, boolean handedOver, Consumer<Adopted> then) {
        look(remote, found -> adopt(remote, handedOver, found, then), then);
    }

    private void look(Remote remote, Consumer<StoreReply.StoredSession> found, Consumer<Adopted> then) {
        long id = remote.subscriber.sessionId();
        submit.accept(new StoreOp.SessionScan(id - 1, 1), reply -> {
            if (!(reply instanceof StoreReply.Sessions page)) {
                then.accept(Adopted.FAILED);
                return;
            }
            StoreReply.StoredSession first =
                    page.sessions().isEmpty() ? null : page.sessions().get(0);
            if (all.get(remote.clientId) != remote) {
                then.accept(Adopted.TAKEN); // this shard has heard of something newer
            } else if (first == null || first.session().sessionId() != id) {
                ended(remote);
                then.accept(Adopted.GONE);
            } else {
                found.accept(first);
            }
        });
    }

    /** It may have been sent something since. */
    private void ended(Remote remote) {
        forget(remote);
        submit.accept(new StoreOp.SessionDelete(remote.subscriber.sessionId(), remote.clientId), null);
    }

    /** Whether a node has had it that is not heard: by its death, or in another part of the cluster. */
    private static boolean isLeftBehind(Remote remote, SessionRecord r) {
        boolean wasHadSince = remote.unheardSinceMs != 0 && r.disconnectedAtMs() + APART_MS >= remote.unheardSinceMs;
        return r.disconnectedAtMs() == 0 || wasHadSince || r.epoch() > remote.epoch;
    }

    private void adopt(Remote remote, boolean handedOver, StoreReply.StoredSession found, Consumer<Adopted> then) {
        SessionRecord r = found.session();
        SessionEntry entry = new SessionEntry(remote.clientId, remote.subscriber);
        entry.isStored = true;
        entry.epoch(sessions.nextEpoch(Math.max(r.epoch(), remote.epoch)));
        entry.expiryS = r.expiryS();
        entry.will = r.will();
        entry.disconnectedAtMs = r.disconnectedAtMs();
        entry.isLeftBehind = !handedOver || isLeftBehind(remote, r);
        if (r.disconnectedAtMs() == 0) {
            entry.disconnectedAtMs = remote.lostAtMs == 0 ? sessions.nowMs() : remote.lostAtMs;
        }
        StoreOp save = new StoreOp.SessionSave(entry.record(false, entry.will));
        submit.accept(new StoreOp.Owned(save, r.sessionId(), entry.epoch), reply -> {
            if (reply instanceof StoreReply.Failed failed) {
                then.accept(failed.isReplaced() ? Adopted.TAKEN : Adopted.FAILED);
            } else if (all.get(remote.clientId) != remote || remote.epoch > entry.epoch) {
                then.accept(Adopted.TAKEN); // by one who has said so while the answer was on its way
            } else {
                subscriptions(remote, found.subscriptions());
                sessions.index().move(remote.subscriber, Subscriber.OFFLINE, remote.subscriptions.values());
                remote.subscriber.queuedCount.set(found.queuedCount());
                remote.subscriber.queuedBytes.set(found.queuedBytes());
                entry.subscriptions = remote.subscriptions;
                all.remove(remote.clientId);
                remote.home = 0;
                adopted.accept(entry);
                then.accept(Adopted.HERE);
            }
        });
    }
}
