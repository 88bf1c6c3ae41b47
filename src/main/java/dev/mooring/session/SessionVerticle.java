package dev.mooring.session;

import dev.mooring.bus.Address;
import dev.mooring.bus.CrashPoint;
import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.Subscription;
import dev.mooring.message.Will;
import dev.mooring.route.Subscriber;
import dev.mooring.store.OnReply;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.StoreClient;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReplies;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The authority over the sessions of one shard of client ids: who owns which, take-over, expiry, Wills.
 *
 * <p><b>Ownership.</b> A session belongs to a loop from {@link SessionOpened} to {@link SessionClosed}, else to this
 * verticle. A second CONNECT for an owned session first takes it back ({@link TakeOver}); what else is asked for the
 * same client id meanwhile waits in {@link SessionEntry#waiting}. Every hand-over raises the epoch, which a durable
 * session stores before its CONNACK.
 *
 * <p><b>Ends.</b> A session ends when it expires, at once with expiry 0, or by a clean start. Its stored Will is then
 * published if it had not been ([MQTT-3.1.2-8], §3.1.3.2.2), its subscriptions go, and messages that it had from shared
 * subscriptions go to other members.
 */
public final class SessionVerticle extends VerticleBase {
    /** How often deadlines of Wills and sessions are looked at. */
    private static final long TICK_MS = 50;
    /** What may end in one tick, in subscriptions, so that it does not hold up the event loop for long. */
    private static final int WORK_PER_TICK = 2_048;
    /** CONNECTs for one client id that may wait for a take-over; beyond it the oldest is refused as busy. */
    private static final int WAITING_MAX = 8;

    private static final Logger LOG = LoggerFactory.getLogger(SessionVerticle.class);

    private final int shard;
    private final Sessions sessions;
    private final SessionTable table;
    private final Wills wills;
    private final SharedQueues shared;
    private final StoreClient store;
    private final @Nullable Handover handover; // only in a cluster

    /**
     * @param sessions what all shards share, the sessions found in the store among it
     * @param bounds of what shared groups have waiting
     */
    public SessionVerticle(int shard, Sessions sessions, Supplier<SharedQueues.Bounds> bounds) {
        this.shard = shard;
        this.sessions = sessions;
        this.store = new StoreClient(
                sessions.bus(), sessions.pool(), Address.session(shard), Integer.MAX_VALUE, Long.MAX_VALUE);
        this.table = new SessionTable(sessions, store);
        this.wills = new Wills(table, shard);
        this.shared = new SharedQueues(sessions, bounds, store::submit);
        Neighbours neighbours = sessions.neighbours();
        this.handover = neighbours == null ? null : new Handover(table, neighbours, this);
        if (handover != null) {
            table.whenReplaced(handover::lose);
        }
    }

    @Override
    public Future<?> start() {
        for (StoreReply.StoredSession stored : sessions.restored(shard)) {
            restore(stored);
        }
        vertx.setPeriodic(TICK_MS, t -> tick());
        return vertx.eventBus()
                .<LocalBody>localConsumer(Address.session(shard), this::receive)
                .completion();
    }

    private void receive(io.vertx.core.eventbus.Message<LocalBody> m) {
        LocalBody body = m.body();
        if (body instanceof StoreReplies replies) {
            store.replies(replies);
        } else if (body instanceof OpenSession) {
            open(m);
        } else if (body instanceof SessionClosed closed) {
            closed(closed, () -> m.reply(body, LocalCodec.OPTIONS));
        } else if (body instanceof GroupReady ready) {
            shared.ready(ready);
        } else if (body instanceof GroupFilling filling) {
            shared.filling(filling.filter());
        } else if (body instanceof GroupEnded group) {
            ended(group.queueSessionId());
        } else if (body instanceof Kick kick) {
            kick(kick).onSuccess(result -> m.reply(new Kick.Done(result), LocalCodec.OPTIONS));
        } else if (body instanceof ClientsQuery query) {
            m.reply(table.found(query), LocalCodec.OPTIONS);
        } else if (body instanceof Settle settle) {
            store.flush();
            if (settle.stored()) {
                store.whenAnswered(() -> m.reply(body, LocalCodec.OPTIONS));
            } else {
                m.reply(body, LocalCodec.OPTIONS);
            }
        } else if (handover != null) {
            handover.receive(m);
        }
        store.flush();
    }

    // ---- opening

    void open(io.vertx.core.eventbus.Message<LocalBody> m) {
        OpenSession open = (OpenSession) m.body();
        SessionEntry entry = table.get(open.clientId());
        if (entry == null && handover != null) {
            handover.claim(m);
        } else if (entry == null) {
            create(m, open);
        } else if (entry.busy) {
            if (entry.waiting.size() >= WAITING_MAX) { // the newest is the one that counts in the end
                refuse(entry.waiting.remove(), ReasonCode.SERVER_BUSY);
            }
            entry.waiting.add(m);
        } else if (entry.loop != Subscriber.OFFLINE) {
            entry.busy = true;
            takeOver(entry, ReasonCode.SESSION_TAKEN_OVER).onComplete(x -> {
                next(entry, m);
                store.flush();
            });
        } else if (entry.isLeftBehind && handover != null) {
            handover.back(entry, m);
        } else {
            next(entry, m);
        }
    }

    /** The entry is without a connection: end it or go on with it. */
    void next(SessionEntry entry, io.vertx.core.eventbus.Message<LocalBody> m) {
        OpenSession open = (OpenSession) m.body();
        if (table.get(open.clientId()) != entry) { // it went while it was taken over; perhaps the next one has begun
            open(m);
            serveWaiting(entry);
            return;
        }
        if (open.cleanStart() || hasExpired(entry)) {
            end(entry, open.cleanStart() ? "clean start" : "expired");
            create(m, open);
            serveWaiting(entry);
            return;
        }
        table.deadlines().clear(entry);
        if (entry.isWillDue(table.now())) { // of one that was left behind by its node a moment ago
            wills.publish(entry);
        }
        entry.will = null; // a new connection before the delay has passed ([MQTT-3.1.3-9])
        table.epoch(entry, entry.epoch);
        entry.expiryS = open.expiryS();
        entry.busy = true;
        entry.willStored.onComplete(
                x -> { // that write ends the stored Will: it must not come behind the new one's
                    store(entry, m, open, true);
                    store.flush();
                });
    }

    private boolean hasExpired(SessionEntry entry) {
        return !entry.subscriber.durable()
                || (entry.expiryS != Packet.NEVER_EXPIRES
                        && table.now() >= entry.disconnectedAtMs + 1000 * entry.expiryS);
    }

    void create(io.vertx.core.eventbus.Message<LocalBody> m, OpenSession open) {
        boolean durable = open.expiryS() > 0;
        Subscriber subscriber = new Subscriber(sessions.nextSessionId(), open.clientId(), durable);
        SessionEntry entry = new SessionEntry(open.clientId(), subscriber);
        entry.expiryS = open.expiryS();
        entry.isStored = durable || (sessions.neighbours() != null && open.will() != null);
        table.epoch(entry, 0);
        table.began(entry);
        if (entry.isStored) {
            store(entry, m, open, false);
        } else {
            opened(entry, open, false);
        }
    }

    /** CONNACK promises the session; so its record is durable first. */
    private void store(
            SessionEntry entry, io.vertx.core.eventbus.Message<LocalBody> m, OpenSession open, boolean present) {
        entry.busy = true;
        OnReply saved = reply -> {
            entry.busy = false;
            if (reply instanceof StoreReply.Failed failed && failed.isReplaced()) {
                refuse(m, ReasonCode.SESSION_TAKEN_OVER);
                entry.isLost = true;
            } else if (reply instanceof StoreReply.Failed failed) {
                LOG.warn("session of {} can't be stored: {}", entry.clientId, failed.reason());
                refuse(m, ReasonCode.SERVER_UNAVAILABLE);
                notOpened(entry, present);
            } else {
                CrashPoint.SESSION_STORED.hit();
                opened(entry, open, present);
            }
            serveWaiting(entry);
        };
        StoreOp save = new StoreOp.SessionSave(entry.record(true, open.will()));
        store.submit(present ? table.owned(entry, save) : save, OnReply.orLate(saved));
    }

    /** The record may be stored all the same, now or later; what follows puts that right. */
    private void notOpened(SessionEntry entry, boolean present) {
        entry.disconnectedAtMs = table.now();
        if (present) {
            table.save(entry, false, null);
            table.deadlines().set(entry);
        } else {
            store.submit(table.delete(entry), null);
            table.forget(entry);
        }
    }

    private void opened(SessionEntry entry, OpenSession open, boolean present) {
        entry.loop = open.loop();
        entry.openedAtMs = table.now();
        table.announce(entry, Announce.Place.LIVE);
        answer(new SessionOpened(open, entry.subscriber, entry.subscriptions, present, ReasonCode.SUCCESS));
    }

    void refuse(io.vertx.core.eventbus.Message<LocalBody> m, ReasonCode reason) {
        answer(new SessionOpened((OpenSession) m.body(), null, Map.of(), false, reason));
    }

    private void answer(SessionOpened answer) {
        sessions.bus().send(Address.loop(answer.asked().loop()), answer, LocalCodec.OPTIONS);
    }

    /** CONNECTs that came for the same client id meanwhile, in order; to the session that it has now. */
    void serveWaiting(SessionEntry entry) {
        if (entry.isLost && handover != null) {
            handover.lose(entry);
        }
        while (!entry.busy && !entry.waiting.isEmpty()) {
            io.vertx.core.eventbus.Message<LocalBody> next = entry.waiting.remove();
            if (next.body() instanceof OpenSession) {
                open(next);
            } else if (handover != null) {
                handover.receive(next);
            }
        }
    }

    Future<Void> takeOver(SessionEntry entry, ReasonCode reason) {
        TakeOver body = new TakeOver(entry.clientId, entry.subscriber.sessionId(), reason);
        return vertx.eventBus()
                .<LocalBody>request(Address.loop(entry.loop), body, LocalCodec.OPTIONS)
                .transform(r -> {
                    entry.busy = false;
                    CrashPoint.SESSION_TAKEN_OVER.hit();
                    if (r.succeeded() && r.result().body() instanceof SessionClosed closed) {
                        closed(closed, () -> {});
                    }
                    return Future.succeededFuture();
                });
    }

    private Future<Kick.Result> kick(Kick kick) {
        SessionEntry entry = table.get(kick.clientId());
        if (entry == null || entry.busy || entry.loop == Subscriber.OFFLINE) {
            return Future.succeededFuture(Kick.Result.without(entry != null && entry.busy));
        }
        entry.busy = true;
        return takeOver(entry, ReasonCode.ADMINISTRATIVE_ACTION).map(x -> {
            serveWaiting(entry);
            store.flush();
            return Kick.Result.KICKED;
        });
    }

    // ---- closing

    private void closed(SessionClosed closed, Runnable stored) {
        SessionEntry entry = table.get(closed.clientId());
        if (entry == null || entry.subscriber.sessionId() != closed.sessionId()) {
            stored.run();
            return;
        }
        entry.loop = Subscriber.OFFLINE;
        entry.subscriptions = closed.subscriptions();
        entry.expiryS = closed.expiryS();
        entry.will = closed.will();
        entry.disconnectedAtMs = table.now();
        entry.lastDisconnect = closed.why();
        Will will = entry.will;
        if (entry.isLost && entry.isStored) {
            stored.run();
            return; // whoever has it now sees to all else
        }
        if (!entry.subscriber.durable() || entry.expiryS == 0) {
            end(entry, "connection closed");
            stored.run();
        } else {
            CrashPoint.SESSION_CLOSED.hit();
            table.save(entry, false, will, OnReply.orLate(reply -> stored.run()));
            table.announce(entry, Announce.Place.OFFLINE);
            if (will != null && will.delayS() == 0) {
                wills.publish(entry);
            }
            table.deadlines().set(entry);
        }
        shared.redeliver(closed.undelivered());
    }

    private void tick() {
        if (handover == null || handover.tick()) {
            table.deadlines().poll(table.now(), WORK_PER_TICK).forEach(this::passed);
            shared.tick();
        }
        store.flush();
    }

    private void passed(SessionDeadlines.Deadline due) {
        SessionEntry entry = due.entry();
        if (entry.busy || !table.has(entry)) {
            return;
        }
        if (due.will()) {
            wills.publish(entry);
        } else {
            end(entry, "expired");
        }
    }

    /** Ends a session that has no connection. */
    private void end(SessionEntry entry, String why) {
        LOG.debug("session of {} ends: {}", entry.clientId, why);
        Future<Void> willPublished = wills.publish(entry);
        table.deadlines().clear(entry);
        List<Subscription> all = new ArrayList<>(entry.subscriptions.values());
        for (Subscription s : all) {
            ended(sessions.unsubscribe(entry.subscriber, s.filter()));
        }
        table.forget(entry);
        table.announce(entry, Announce.Place.ENDED);
        if (entry.isStored) { // the stored Will goes last: a crash before must not lose it
            willPublished
                    .compose(x -> sessions.settle())
                    .onComplete(x -> shared.rescue(entry.subscriber, all, () -> {
                        table.write(table.delete(entry));
                        table.announce(entry, Announce.Place.GONE);
                    }));
        }
    }

    /** @param queueSessionId of a group that has no members any more, or 0 */
    private void ended(long queueSessionId) {
        if (queueSessionId != 0) {
            sessions.settle().onComplete(x -> table.write(new StoreOp.SessionDelete(queueSessionId, "")));
        }
    }

    // ---- start

    /**
     * A session from the store; its subscriptions are in the index already. One that was connected lost its connection.
     * Sessions come in the order in which they began: if its client has an older one, the node died while that ended.
     */
    private void restore(StoreReply.StoredSession stored) {
        SessionRecord r = stored.session();
        if (handover != null) {
            handover.restored(stored, sessions.restoredSubscriber(r.sessionId()));
            return;
        }
        SessionEntry older = table.get(r.clientId());
        if (older != null) {
            end(older, "a newer one is stored");
        }
        SessionEntry entry = SessionEntry.of(stored, sessions.restoredSubscriber(r.sessionId()), table.now());
        table.began(entry);
        if (r.disconnectedAtMs() == 0) {
            table.save(entry, false, entry.will);
        }
        table.deadlines().set(entry);
    }
}
