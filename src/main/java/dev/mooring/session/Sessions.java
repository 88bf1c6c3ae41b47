package dev.mooring.session;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import dev.mooring.message.MessageIds;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.SharedGroup;
import dev.mooring.route.Subscriber;
import dev.mooring.route.SubscriptionIndex;
import dev.mooring.route.UnderWay;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import io.vertx.core.eventbus.EventBus;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

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
    private final @Nullable Neighbours neighbours;
    private final LongSupplier clockMs;
    private final AtomicLong lastSessionId;
    private final AtomicLong count = new AtomicLong();
    private final ConcurrentSkipListMap<String, Subscriber> directory = new ConcurrentSkipListMap<>();
    private final List<List<StoreReply.StoredSession>> restored = new ArrayList<>();
    private final Map<Long, Subscriber> restoredSubscribers = new HashMap<>();

    /**
     * @param pool where sessions are kept
     * @param shards number of session verticles
     * @param clockMs milliseconds since 1970, by a clock that nobody sets: {@link SteadyClock}
     * @param neighbours null for a node that has its store to itself
     */
    public Sessions(
            EventBus bus,
            String pool,
            int shards,
            SubscriptionIndex index,
            MessageIds ids,
            UnderWay underWay,
            LongSupplier clockMs,
            @Nullable Neighbours neighbours) {
        this.bus = bus;
        this.pool = pool;
        this.shards = shards;
        this.index = index;
        this.ids = ids;
        this.underWay = underWay;
        this.clockMs = clockMs;
        this.neighbours = neighbours;
        this.lastSessionId = new AtomicLong(clockMs.getAsLong() * 1000);
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

    /** The other nodes; null when this one has its store to itself. */
    public @Nullable Neighbours neighbours() {
        return neighbours;
    }

    /** Puts a subscription of a session of this node into the index; true when it is new. */
    public boolean subscribe(Subscriber subscriber, Subscription s) {
        boolean isNew = index.subscribe(subscriber, s);
        if (neighbours != null && isNew && !subscriber.durable()) {
            neighbours.filters().add(s.filter().text());
        }
        return isNew;
    }

    /** The subscriptions of a durable session with a connection are others now. */
    public void announce(Subscriber subscriber, Collection<Subscription> subscriptions) {
        if (neighbours != null && subscriber.durable()) {
            announce(new Announce(
                    subscriber.clientId(),
                    subscriber.sessionId(),
                    subscriber.epoch(),
                    Announce.Place.LIVE,
                    List.copyOf(subscriptions)));
        }
    }

    /** In a cluster, tells the other nodes. */
    void announce(Announce announce) {
        if (neighbours != null) {
            bus.send(Address.PEERS, announce, LocalCodec.OPTIONS);
        }
    }

    /**
     * Takes a subscription of a session of this node out of the index. @return the id of the queue of its group if
     * nobody needs that now, or 0
     */
    public long unsubscribe(Subscriber subscriber, TopicFilter filter) {
        SharedGroup group = filter.isShared() ? index.group(filter) : null;
        boolean wasThere = index.unsubscribe(subscriber, filter) != null;
        if (neighbours != null && wasThere && !subscriber.durable()) {
            neighbours.filters().remove(filter.text());
        }
        return group != null && group.size() == 0 ? group.queueSessionId() : 0;
    }

    /**
     * Completes when everything that was routed by an older state of the index is on its way to the store: a queue that
     * is deleted then gets no entry any more, which nobody would ever read or delete. There are as many loops as
     * shards.
     */
    Future<Void> settle() {
        List<Future<?>> all = new ArrayList<>();
        Settle settle = new Settle();
        all.add(settleShards(settle));
        all.add(settleLoops(settle));
        if (neighbours != null) {
            all.add(bus.request(Address.PEERS, settle, LocalCodec.OPTIONS));
        }
        return Future.join(all).transform(x -> Future.succeededFuture());
    }

    /**
     * Completes when all that this node has routed by an older state of the index is in the store, and what is to be
     * forwarded of it has been given to {@code peers}: shards first, as they may be about to change the index.
     */
    public Future<Void> settleStored() {
        Settle settle = new Settle(true);
        return settleShards(settle).compose(v -> settleLoops(settle));
    }

    /** Only in a cluster: completes when sessions on line look for what they were not told of, see {@link LookUp}. */
    Future<Void> lookUp() {
        return bus.request(Address.PEERS, new LookUp(), LocalCodec.OPTIONS).transform(x -> Future.succeededFuture());
    }

    /** Completes when the shards of this node have handled what they had, and then its loops. */
    public Future<Void> settleHere() {
        Settle settle = new Settle();
        return settleShards(settle).compose(v -> settleLoops(settle));
    }

    private Future<Void> settleShards(Settle settle) {
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < shards; i++) {
            all.add(bus.request(Address.session(i), settle, LocalCodec.OPTIONS));
        }
        return Future.join(all).transform(x -> Future.succeededFuture());
    }

    private Future<Void> settleLoops(Settle settle) {
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < shards; i++) {
            all.add(bus.request(Address.loop(i), settle, LocalCodec.OPTIONS));
        }
        return Future.join(all).transform(x -> Future.succeededFuture());
    }

    /** The shard that has the say over a client id, or over the queue of a shared filter. */
    public int shard(String clientIdOrFilter) {
        return Math.floorMod(clientIdOrFilter.hashCode() * 0x9E3779B9, shards);
    }

    /** Never used before, on this store: a time in microseconds, and in a cluster the number of this node behind it. */
    public long nextSessionId() {
        long next = lastSessionId.incrementAndGet();
        return neighbours == null ? next : next << Neighbours.NUMBER_BITS | neighbours.number();
    }

    /** Of a group that has none yet: every node has to come to the same. */
    public long groupQueueId(TopicFilter filter) {
        return neighbours == null ? nextSessionId() : Neighbours.queueId(filter.text());
    }

    public long nowMs() {
        return clockMs.getAsLong();
    }

    /** The queue of a group that has one; in a cluster it may have been made by another node. */
    public @Nullable Subscriber queue(SharedGroup group) {
        Subscriber queue = group.queue();
        boolean isElsewhere = queue == null && neighbours != null && group.hasDurableMember();
        return isElsewhere ? group.queue(groupQueueId(group.filter())) : queue;
    }

    /** What a new owner of a session has in place of this epoch. */
    long nextEpoch(long epoch) {
        return neighbours == null ? epoch + 1 : neighbours.nextEpoch(epoch);
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
        long last = neighbours == null ? sessionId : SessionRecord.beganUs(sessionId);
        lastSessionId.accumulateAndGet(last, Math::max);
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
