package dev.mooring.session;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import dev.mooring.message.MessageIds;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.SharedGroup;
import dev.mooring.route.Subscriber;
import dev.mooring.route.SubscriptionIndex;
import dev.mooring.route.UnderWay;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the shards of the session authority and the loops share. Safe for all threads, except that sessions are restored
 * before any of them runs.
 */
public final class Sessions {
    private final EventBus bus;
    private final String pool;
    private final int shards;
    private final SubscriptionIndex index;
    private final MessageIds ids;
    private final UnderWay underWay;
    private final AtomicLong lastSessionId = new AtomicLong(System.currentTimeMillis() * 1000);
    private final AtomicLong count = new AtomicLong();
    private final ConcurrentSkipListMap<String, Subscriber> directory = new ConcurrentSkipListMap<>();
    private final List<List<StoreReply.StoredSession>> restored = new ArrayList<>();
    private final Map<Long, Subscriber> restoredSubscribers = new HashMap<>();

    /**
     * @param pool where sessions are kept
     * @param shards number of session verticles
     */
    public Sessions(EventBus bus, String pool, int shards, SubscriptionIndex index, MessageIds ids, UnderWay underWay) {
        this.bus = bus;
        this.pool = pool;
        this.shards = shards;
        this.index = index;
        this.ids = ids;
        this.underWay = underWay;
        for (int i = 0; i < shards; i++) {
            restored.add(new ArrayList<>());
        }
    }

    public UnderWay underWay() {
        return underWay;
    }

    public EventBus bus() {
        return bus;
    }

    public String pool() {
        return pool;
    }

    public SubscriptionIndex index() {
        return index;
    }

    public MessageIds ids() {
        return ids;
    }

    /**
     * Takes a subscription out of the index. @return the id of the queue of its group if nobody needs that now, or 0
     */
    public long unsubscribe(Subscriber subscriber, TopicFilter filter) {
        SharedGroup group = filter.isShared() ? index.group(filter) : null;
        index.unsubscribe(subscriber, filter);
        return group != null && group.size() == 0 ? group.queueSessionId() : 0;
    }

    /**
     * Completes when everything that was routed by an older state of the index is on its way to the store: a queue that
     * is deleted then gets no entry any more, which nobody would ever read or delete. There are as many loops as
     * shards.
     */
    Future<Void> settle() {
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < shards; i++) {
            all.add(bus.request(Address.loop(i), new Settle(), LocalCodec.OPTIONS));
            all.add(bus.request(Address.session(i), new Settle(), LocalCodec.OPTIONS));
        }
        return Future.join(all).transform(x -> Future.succeededFuture());
    }

    /** The shard that has the say over a client id, or over the queue of a shared filter. */
    public int shard(String clientIdOrFilter) {
        return Math.floorMod(clientIdOrFilter.hashCode() * 0x9E3779B9, shards);
    }

    /** Never used before, on this store. */
    public long nextSessionId() {
        return lastSessionId.incrementAndGet();
    }

    /** Sessions known, on line or not. */
    public long count() {
        return count.get();
    }

    /**
     * Sessions by client id, in order: so that administrators can page through millions without stopping anybody. What
     * comes or goes meanwhile is seen or not.
     */
    public ConcurrentNavigableMap<String, Subscriber> directory() {
        return directory;
    }

    void began(Subscriber subscriber) {
        directory.put(subscriber.clientId(), subscriber);
        count.incrementAndGet();
    }

    void ended(Subscriber subscriber) {
        directory.remove(subscriber.clientId(), subscriber);
        count.decrementAndGet();
    }

    /** Puts a stored session's subscriptions into the index, so that it is routable, and keeps it for its shard. */
    public void restore(StoreReply.StoredSession stored) {
        long id = stored.session().sessionId();
        used(id);
        Subscriber subscriber = new Subscriber(id, stored.session().clientId(), true);
        subscriber.queuedCount.set(stored.queuedCount());
        subscriber.queuedBytes.set(stored.queuedBytes());
        stored.subscriptions().forEach(s -> index.subscribe(subscriber, s));
        restoredSubscribers.put(id, subscriber);
        restored.get(shard(stored.session().clientId())).add(stored);
    }

    /** An id that the store knows is not given out again. */
    void used(long sessionId) {
        lastSessionId.accumulateAndGet(sessionId, Math::max);
    }

    int restoredCount() {
        return restoredSubscribers.size();
    }

    /** The stored sessions of one shard; can be taken once. */
    List<StoreReply.StoredSession> restored(int shard) {
        return restored.get(shard);
    }

    Subscriber restoredSubscriber(long sessionId) {
        Subscriber subscriber = restoredSubscribers.get(sessionId);
        if (subscriber == null) {
            throw new IllegalStateException("session " + sessionId + " was not restored");
        }
        return subscriber;
    }

    /** After all shards have started: nothing of the start is kept. */
    public void restoreDone() {
        restored.forEach(List::clear);
        restoredSubscribers.clear();
    }
}
