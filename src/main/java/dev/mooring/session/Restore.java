package dev.mooring.session;

import dev.mooring.message.Message;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.RetainedIndex;
import dev.mooring.route.SharedGroup;
import dev.mooring.route.Subscriber;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.StoreClient;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what the session store has, before any listener opens: sessions become routable, retained messages known, the
 * queues of shared groups find their groups. Page by page; what can't be read fails the start, since an empty broker in
 * place of a damaged one would lose everything quietly.
 */
public final class Restore {
    private static final Logger LOG = LoggerFactory.getLogger(Restore.class);
    private static final int PAGE = 1_000;

    private final StoreClient store;
    private final Sessions sessions;
    private final RetainedIndex retained;
    private final List<StoreReply.StoredSession> groupQueues = new ArrayList<>();
    private final Set<TopicFilter> groups = new HashSet<>();
    private long lastTimeUs;

    /** @param store of the context that calls this */
    public Restore(StoreClient store, Sessions sessions, RetainedIndex retained) {
        this.store = store;
        this.sessions = sessions;
        this.retained = retained;
    }

    /** Completes with the latest time, in microseconds, that an id of the store carries. */
    public Future<Long> run() {
        long startMs = System.currentTimeMillis();
        return sessionsAfter(0)
                .compose(v -> retainedAfter(""))
                .compose(v -> {
                    attachGroupQueues();
                    return missingGroupQueues();
                })
                .map(v -> {
                    LOG.info(
                            "{} sessions, {} subscriptions and {} retained messages restored in {} ms",
                            sessions.restoredCount(),
                            sessions.index().subscriptions(),
                            retained.count(),
                            System.currentTimeMillis() - startMs);
                    return lastTimeUs;
                });
    }

    private Future<Void> sessionsAfter(long sessionId) {
        return ask(new StoreOp.SessionScan(sessionId, PAGE)).compose(reply -> {
            if (!(reply instanceof StoreReply.Sessions page)) {
                return Future.failedFuture(unreadable("sessions", reply));
            }
            long last = sessionId;
            for (StoreReply.StoredSession stored : page.sessions()) {
                last = stored.session().sessionId();
                if (stored.session().group().isEmpty()) {
                    lastTimeUs = Math.max(lastTimeUs, SessionRecord.beganUs(last)); // session ids are times too
                }
                lastTimeUs = Math.max(lastTimeUs, stored.lastPosition().timeUs());
                if (stored.session().group().isEmpty()) {
                    sessions.restore(stored);
                    for (Subscription s : stored.subscriptions()) {
                        if (s.filter().isShared()) {
                            groups.add(s.filter());
                        }
                    }
                } else {
                    groupQueues.add(stored);
                }
            }
            return page.more() ? sessionsAfter(last) : Future.succeededFuture();
        });
    }

    private Future<Void> retainedAfter(String topic) {
        return ask(new StoreOp.RetainedScan(topic, PAGE)).compose(reply -> {
            if (!(reply instanceof StoreReply.Messages page)) {
                return Future.failedFuture(unreadable("retained messages", reply));
            }
            String last = topic;
            for (Message message : page.messages()) {
                last = message.topic().text();
                lastTimeUs = Math.max(lastTimeUs, message.id().timeUs());
                if (!message.isExpired(System.currentTimeMillis())) {
                    retained.put(message);
                }
            }
            return page.nextAfter() == null ? Future.succeededFuture() : retainedAfter(last);
        });
    }

    private String unreadable(String what, StoreReply reply) {
        return "pool " + store.pool() + ": " + what + " can't be read: "
                + (reply instanceof StoreReply.Failed failed ? failed.reason() : reply);
    }

    /**
     * A queue whose group has no member any more is deleted. So is the older of two of one group: it was about to be,
     * when its group had no member for a while.
     */
    private void attachGroupQueues() {
        for (int i = groupQueues.size() - 1; i >= 0; i--) { // the latest first
            StoreReply.StoredSession stored = groupQueues.get(i);
            long id = stored.session().sessionId();
            if (sessions.neighbours() == null) {
                sessions.used(id);
            }
            TopicFilter filter = TopicFilter.parse(stored.session().group());
            SharedGroup group = filter == null ? null : sessions.index().group(filter);
            if (group == null && sessions.neighbours() == null) {
                store.submit(new StoreOp.SessionDelete(id, ""), null);
            }
            if (group == null) { // other nodes may have one
                continue;
            }
            Subscriber queue = group.queue(id);
            if (queue.sessionId() != id) {
                store.submit(new StoreOp.SessionDelete(id, ""), null);
                continue;
            }
            group.queueStored();
            queue.queuedCount.set(stored.queuedCount());
            queue.queuedBytes.set(stored.queuedBytes());
        }
        store.flush();
    }

    /**
     * A group with a durable member has a queue. Its first member has not stored it if the node died while a second
     * one, on another loop, had its SUBACK already.
     */
    private Future<Void> missingGroupQueues() {
        List<Future<StoreReply>> saved = new ArrayList<>();
        for (TopicFilter filter : sessions.neighbours() == null ? groups : Set.<TopicFilter>of()) {
            SharedGroup group = sessions.index().group(filter);
            if (group != null && group.queue() == null) {
                long id = group.queue(sessions.groupQueueId(filter)).sessionId();
                saved.add(ask(new StoreOp.SessionSave(SharedQueues.record(id, filter))));
            }
        }
        return Future.all(saved).mapEmpty();
    }

    private Future<StoreReply> ask(StoreOp op) {
        Promise<StoreReply> promise = Promise.promise();
        store.submit(op, promise::complete);
        store.flush();
        return promise.future();
    }
}
