package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.MessageId;
import dev.mooring.message.ReasonCode;
import dev.mooring.route.Subscriber;
import dev.mooring.store.StoreReply;
import io.vertx.core.eventbus.Message;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How sessions of one shard come from other nodes and go to them. Confined to the shard; only in a cluster.
 *
 * <p>A session comes by being claimed ({@link Claims}) or left behind, and adopted ({@link RemoteSessions}); from then
 * on it is as one that was here all the time. It goes when another node claims it, or is found to have it already.
 */
final class Handover {
    private static final Logger LOG = LoggerFactory.getLogger(Handover.class);
    /** How long after a CONNECT another node's may turn out to be an older one of the same client. */
    private static final long RACE_MS = 5_000;

    private final SessionTable table;
    private final Neighbours neighbours;
    private final SessionVerticle shard;
    private final RemoteSessions remotes;
    private final Claims claims;

    Handover(SessionTable table, Neighbours neighbours, SessionVerticle shard) {
        this.table = table;
        this.neighbours = neighbours;
        this.shard = shard;
        this.remotes = new RemoteSessions(table.sessions(), neighbours, table.store()::submit, this::adopted);
        this.claims = new Claims(table.sessions(), remotes, shard::refuse, this::claimed);
    }

    void receive(Message<LocalBody> m) {
        LocalBody body = m.body();
        if (body instanceof Claim) {
            asked(m);
        } else if (body instanceof RemoteChanges changes) {
            changes.changes().forEach(this::changed);
        } else if (body instanceof Replaced replaced) {
            SessionEntry entry = table.get(replaced.clientId());
            if (entry != null && entry.subscriber.sessionId() == replaced.sessionId()) {
                lose(entry);
            }
        }
    }

    /** Whether time goes on here: what a Will came to would not reach the others from a node that is about to stop. */
    boolean tick() {
        if (neighbours.isLeaving()) {
            return false;
        }
        remotes.tick(table.now());
        return true;
    }

    void restored(StoreReply.StoredSession stored, Subscriber subscriber) {
        remotes.restored(stored, subscriber, table.now());
    }

    /** A CONNECT of a client of whom this shard has no session. */
    void claim(Message<LocalBody> m) {
        claims.begin(m);
    }

    /** A CONNECT for a session that its former node has left behind. */
    void back(SessionEntry entry, Message<LocalBody> m) {
        lookUp(entry, () -> {
            MessageId claim = entry.claim;
            shard.next(entry, m);
            claimedBy(claim, entry.clientId);
        });
    }

    /**
     * What the client published by the node that left its session behind comes before what it publishes from now on.
     */
    private void lookUp(SessionEntry entry, Runnable then) {
        entry.busy = true;
        table.sessions().lookUp().onComplete(v -> {
            entry.busy = false;
            entry.isLeftBehind = false;
            then.run();
            table.store().flush();
        });
    }

    /** Nobody else has the session now: as if it had been here; or something that has waited for that. */
    private void claimed(Message<LocalBody> m, MessageId claim) {
        if (!(m.body() instanceof OpenSession open)) {
            receive(m);
            return;
        }
        if (table.get(open.clientId()) == null && !claim.equals(MessageId.ZERO)) {
            shard.create(m, open);
        } else {
            shard.open(m);
        }
        claimedBy(claim, open.clientId());
        table.store().flush();
    }

    private void claimedBy(MessageId claim, String clientId) {
        SessionEntry opened = table.get(clientId);
        if (opened != null) {
            opened.claim = claim;
        }
    }

    /** A session that another node had, or nobody. */
    private void adopted(SessionEntry entry) {
        table.began(entry);
        table.announce(entry, Announce.Place.OFFLINE);
        table.deadlines().set(entry);
    }

    /** Another node has a CONNECT of this client, and wants its session. */
    private void asked(Message<LocalBody> m) {
        Claim claim = (Claim) m.body();
        SessionEntry entry = table.get(claim.clientId());
        if (claims.isMet(m)) {
            return;
        }
        if (entry == null) {
            claims.answer(m, true, false);
        } else if (entry.busy) {
            entry.waiting.add(m);
        } else if (claim.id().compareTo(entry.claim) < 0 && table.now() - entry.openedAtMs < RACE_MS) {
            claims.answer(m, false, false);
        } else if (entry.isLeftBehind) {
            lookUp(entry, () -> {
                giveUp(entry);
                claims.answer(m, true, true);
            });
        } else if (entry.loop == Subscriber.OFFLINE) {
            giveUp(entry);
            claims.answer(m, true, true);
        } else {
            entry.busy = true;
            shard.takeOver(entry, ReasonCode.SESSION_TAKEN_OVER).onComplete(v -> {
                giveUp(entry);
                table.store().flush();
                claims.answer(m, true, true);
            });
        }
    }

    /** Other nodes may have it; this one has no connection of it. */
    private void giveUp(SessionEntry entry) {
        if (table.has(entry)) {
            table.deadlines().clear(entry);
            table.forget(entry);
            if (entry.isStored) {
                remotes.gaveUp(entry, table.now());
                table.announce(entry, Announce.Place.GONE);
                entry.lostTo.forEach(this::changed);
            }
        }
        entry.isLost = false;
        shard.serveWaiting(entry);
    }

    private void changed(RemoteChanges.Change change) {
        SessionEntry own = table.get(change.session().clientId());
        if (own == null) {
            remotes.apply(change, table.now());
        } else if (own.isOlderThan(change.session())) {
            own.lostTo.add(change);
            lose(own);
        }
    }

    /** Another node has this session: its connection is closed, and all else is that node's. */
    void lose(SessionEntry entry) {
        if (!table.has(entry)) {
            return;
        }
        entry.isLost = true;
        if (entry.busy) {
            return; // serveWaiting comes back to it
        }
        LOG.info("another node has the session of {}", entry.clientId);
        if (entry.loop == Subscriber.OFFLINE) {
            giveUp(entry);
        } else {
            entry.busy = true;
            shard.takeOver(entry, ReasonCode.SESSION_TAKEN_OVER).onComplete(v -> {
                giveUp(entry);
                table.store().flush();
            });
        }
    }
}
