package dev.mooring.mqtt;

import dev.mooring.auth.Subject;
import dev.mooring.bus.Address;
import dev.mooring.message.MessageId;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.SharedGroup;
import dev.mooring.route.Subscriber;
import dev.mooring.rule.Hook;
import dev.mooring.rule.HookEvent;
import dev.mooring.session.GroupEnded;
import dev.mooring.session.GroupReady;
import dev.mooring.session.Packet;
import dev.mooring.session.SharedQueues;
import dev.mooring.store.Fetch;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * SUBSCRIBE and UNSUBSCRIBE of one connection, the subscriptions that a hook finds in a store, and the hooks of coming
 * and going. Confined to its loop.
 *
 * <p>A subscription counts from the moment it is in the index; SUBACK waits until a durable session has it stored;
 * retained messages and fetches follow SUBACK.
 */
final class Subscribing {
    private static final Logger LOG = LoggerFactory.getLogger(Subscribing.class);

    private final MqttConnection connection;
    private final Loop loop;
    private final Replay replay;
    private final SubscriptionWrites writes;

    Subscribing(MqttConnection connection, Loop loop) {
        this.connection = connection;
        this.loop = loop;
        this.replay = new Replay(connection, loop);
        this.writes = new SubscriptionWrites(connection, loop);
    }

    Replay replay() {
        return replay;
    }

    // ---- SUBSCRIBE

    /** client.connected and session.created; subscriptions that they look up are applied when they come. */
    void connected(LiveSession o, long nowS, boolean present, List<Fetch> fetches) {
        Map<String, Subscription> before = Map.copyOf(o.subscriptions);
        HookRunner.Answered lookup = (op, pool, reply) -> {
            if (reply instanceof StoreReply.Subscriptions found && connection.sessionOrNull() == o) {
                lookedUp(o, before, found.subscriptions());
            }
        };
        String node = loop.config().node().name();
        String username = o.identity.username();
        if (!present) {
            loop.hooks.run(
                    Hook.SESSION_CREATED, new HookEvent.SessionCreated(o.clientId, username, loop.nowMs()), "", lookup);
        }
        loop.hooks.run(Hook.CLIENT_CONNECTED, new HookEvent.Connected(node, o.clientId, username, nowS), "", lookup);
        if (present) {
            resumed(o);
            if (!fetches.isEmpty()) {
                replay.fetching().resume(o, fetches);
            }
        }
    }

    /** client.disconnected; nothing is replayed any more. */
    void disconnected(LiveSession o) {
        replay.close(o);
        HookEvent.Disconnected event = new HookEvent.Disconnected(
                loop.config().node().name(), o.clientId, o.identity.username(), o.onlineAtS, loop.nowMs() / 1000);
        loop.hooks.run(Hook.CLIENT_DISCONNECTED, event, "");
    }

    /** @param asOf later than every message that the subscription could not see */
    private record Added(Subscription subscription, boolean isNew, MessageId asOf, List<Fetching.Task> fetches) {}

    /** False stops the reading of this socket. */
    boolean subscribe(LiveSession o, Packet.Subscribe packet) {
        if (!mayAnswer(packet.requests().size())) {
            return false;
        }
        if (loop.node.policy().get().acl().disconnects() && asksTooMuch(o, packet)) {
            connection.close(ReasonCode.NOT_AUTHORIZED, "not allowed to subscribe to this topic filter");
            return false;
        }
        loop.arrivals.worked(packet.requests().size());
        List<ReasonCode> codes = new ArrayList<>(packet.requests().size());
        List<Added> added = new ArrayList<>(packet.requests().size());
        for (Packet.Subscribe.Request request : packet.requests()) {
            Subscription s = request.subscription();
            ReasonCode refusal = s == null ? ReasonCode.TOPIC_FILTER_INVALID : refusal(o, s);
            if (s == null || refusal != null) {
                codes.add(refusal == null ? ReasonCode.TOPIC_FILTER_INVALID : refusal);
            } else {
                added.add(add(o, s));
                codes.add(ReasonCode.granted(Math.min(s.qos(), qosMax())));
            }
        }
        save(o, added, failed -> {
            if (failed) {
                for (int i = 0; i < codes.size(); i++) {
                    codes.set(i, codes.get(i).isError() ? codes.get(i) : ReasonCode.UNSPECIFIED_ERROR);
                }
                forget(o, added);
            }
            Output out = connection.output();
            PacketEncoder.suback(out.buffer(), out.version(), packet.packetId(), codes, null, out.maxPacketSize());
            out.wrote(FixedHeader.SUBACK);
            added.forEach(a -> after(o, a));
            loop.hooks.writeSubscriptions(
                    o.clientId, added.stream().map(Added::subscription).toList(), List.of());
        });
        return connection.reading().mayGoOn();
    }

    /** Ends the connection, before anything is done, when the answer would be larger than the client takes. */
    private boolean mayAnswer(int filters) {
        boolean may = connection.output().takesReasons(filters);
        if (!may) {
            connection.close(
                    ReasonCode.IMPLEMENTATION_SPECIFIC_ERROR,
                    "the answer to " + filters + " filters would be larger than the client's Maximum Packet Size");
        }
        return may;
    }

    private boolean asksTooMuch(LiveSession o, Packet.Subscribe packet) {
        for (Packet.Subscribe.Request request : packet.requests()) {
            Subscription s = request.subscription();
            if (s != null && refusal(o, s) == ReasonCode.NOT_AUTHORIZED) {
                return true;
            }
        }
        return false;
    }

    /** They may be stored all the same, now or later. */
    private void forget(LiveSession o, List<Added> added) {
        List<String> filters = new ArrayList<>(added.size());
        for (Added a : added) {
            remove(o, a.subscription.filter());
            filters.add(a.subscription.filter().text());
        }
        writes.delete(o, filters, null);
        added.clear();
    }

    private @Nullable ReasonCode refusal(LiveSession o, Subscription s) {
        if (!o.permissions.maySubscribe(s.filter(), s.qos())) {
            loop.node.metrics().subscriptionsDenied.increment();
            return ReasonCode.NOT_AUTHORIZED;
        }
        boolean more = !o.subscriptions.containsKey(s.filter().text());
        int max = loop.config().limits().subscriptionsPerClientMax();
        return more && o.subscriptions.size() >= max ? ReasonCode.QUOTA_EXCEEDED : null;
    }

    /** Into the index and the session. */
    private Added add(LiveSession o, Subscription asked) {
        Subscription s = asked.qos() > qosMax() ? withQos(asked, qosMax()) : asked;
        boolean isNew = o.subscriptions.put(s.filter().text(), s) == null;
        loop.node.sessions().subscribe(o.subscriber, s);
        MessageId asOf = loop.node.ids().next(loop.nowMs());
        if (s.filter().isShared() && o.subscriber.durable()) {
            ensureQueue(s.filter());
        }
        boolean fetches = loop.rules.any(Hook.SESSION_SUBSCRIBED);
        return new Added(s, isNew, asOf, fetches ? replay.fetching().plan(o, s, isNew) : List.of());
    }

    private int qosMax() {
        return loop.config().mqtt().qosMax();
    }

    /**
     * A group with a durable member has a queue, for the times when no member is on line. Who finds that it is not
     * stored yet stores it too: the first member may be on another loop, and its write still be under way.
     */
    private void ensureQueue(TopicFilter filter) {
        SharedGroup group = loop.node.index().group(filter);
        if (group != null && !group.isQueueStored()) {
            Subscriber queue = group.queue(loop.node.sessions().groupQueueId(filter));
            loop.sessionStore.submit(new StoreOp.SessionSave(SharedQueues.record(queue.sessionId(), filter)), reply -> {
                if (!(reply instanceof StoreReply.Failed)) {
                    group.queueStored();
                }
            });
        }
    }

    /** SUBACK promises that nothing is lost: not without the queues of the groups. Their writes came first. */
    private boolean areQueuesStored(LiveSession o, List<Added> added) {
        for (Added a : added) {
            TopicFilter filter = a.subscription.filter();
            SharedGroup group = filter.isShared() ? loop.node.index().group(filter) : null;
            if (group != null && o.subscriber.durable() && !group.isQueueStored()) {
                return false;
            }
        }
        return true;
    }

    private void save(LiveSession o, List<Added> added, SubscriptionWrites.Saved then) {
        if (o.subscriber.durable()) {
            added.forEach(a -> a.fetches.forEach(task -> replay.fetching().save(o, task)));
        }
        List<Subscription> subscriptions =
                added.stream().map(Added::subscription).toList();
        writes.save(o, subscriptions, failed -> then.saved(failed || !areQueuesStored(o, added)));
    }

    private void after(LiveSession o, Added a) {
        Subscription s = a.subscription;
        if (!o.subscriptions.containsKey(s.filter().text())) {
            return; // UNSUBSCRIBE came while the subscription was being stored
        }
        if (s.filter().isShared()) {
            String shard = Address.session(loop.node.sessions().shard(s.filter().text()));
            loop.send(shard, new GroupReady(s.filter()));
        } else if (s.retainHandling() == 0 || (s.retainHandling() == 1 && a.isNew)) {
            replay.addRetained(s, a.asOf);
        }
        if (!a.fetches.isEmpty()) {
            replay.fetching().begin(o, a.fetches);
        }
    }

    /**
     * Subscriptions that a store has for this client: applied like its own, but without a SUBACK. What the client has
     * done to a filter since its CONNACK counts more; of a filter that the session had, only the QoS changes.
     */
    private void lookedUp(LiveSession o, Map<String, Subscription> before, List<Subscription> found) {
        List<Added> added = new ArrayList<>(found.size());
        for (Subscription s : found) {
            Subscription present = o.subscriptions.get(s.filter().text());
            boolean isUntouched = present == before.get(s.filter().text());
            if (isUntouched
                    && refusal(o, s) == null
                    && (present == null || present.qos() != Math.min(s.qos(), qosMax()))) {
                added.add(add(o, present == null ? s : withQos(present, s.qos())));
            }
        }
        save(o, added, failed -> added.forEach(a -> after(o, a)));
    }

    // ---- rights

    /** The policy is another one: this client keeps what it may by that. */
    void policyChanged() {
        LiveSession o = connection.sessionOrNull();
        if (o != null) {
            boolean isAsked = loop.node.policy().get().sources().knowMoreOf(o.subject);
            rights(o, isAsked ? o.subject : o.subject.withGranted(List.of()));
        }
    }

    /** What the sources of rules say of this client now. */
    void granted(LiveSession o, Subject subject) {
        if (!subject.equals(o.subject)) {
            rights(o, subject);
        }
    }

    private void rights(LiveSession o, Subject subject) {
        o.subject = subject;
        o.permissions = loop.node.policy().get().acl().permissions(subject);
        checkRights(o);
    }

    /**
     * Takes subscriptions away that are not allowed (CVE-2021-34434), and has what waits for the client asked about
     * when it is delivered: it may have come by one of them.
     */
    void checkRights(LiveSession o) {
        if (o.permissions.restrictsReading()) {
            o.askUpTo = loop.node.ids().next(loop.nowMs());
        }
        List<String> revoked = new ArrayList<>();
        for (Subscription s : List.copyOf(o.subscriptions.values())) {
            if (!o.permissions.maySubscribe(s.filter(), s.qos())) {
                LOG.info("{} may not subscribe to {} any more", o.clientId, s.filter());
                unsubscribe(o, s.filter());
                revoked.add(s.filter().text());
            }
        }
        writes.delete(o, revoked, null);
    }

    private static Subscription withQos(Subscription s, int qos) {
        return new Subscription(
                s.filter(), qos, s.noLocal(), s.retainAsPublished(), s.retainHandling(), s.identifier());
    }

    /** A session is back: its shared groups may have something for it. */
    void resumed(LiveSession o) {
        for (Subscription s : o.subscriptions.values()) {
            if (s.filter().isShared()) {
                String shard =
                        Address.session(loop.node.sessions().shard(s.filter().text()));
                loop.send(shard, new GroupReady(s.filter()));
            }
        }
    }

    // ---- UNSUBSCRIBE

    /** False stops the reading of this socket. */
    boolean unsubscribe(LiveSession o, Packet.Unsubscribe packet) {
        if (!mayAnswer(packet.filters().size())) {
            return false;
        }
        loop.arrivals.worked(packet.filters().size());
        List<ReasonCode> codes = new ArrayList<>(packet.filters().size());
        List<String> removed = new ArrayList<>();
        for (String text : packet.filters()) {
            Subscription s = o.subscriptions.get(text);
            if (s == null) {
                codes.add(ReasonCode.NO_SUBSCRIPTION_EXISTED);
            } else {
                unsubscribe(o, s.filter());
                removed.add(text);
                codes.add(ReasonCode.SUCCESS);
            }
        }
        loop.hooks.writeSubscriptions(o.clientId, List.of(), removed);
        if (!o.subscriber.durable() || removed.isEmpty()) {
            unsuback(packet.packetId(), codes);
            return connection.reading().mayGoOn();
        }
        writes.delete(o, removed, reply -> {
            if (connection.sessionOrNull() == o) {
                unsuback(packet.packetId(), codes);
            }
        });
        return connection.reading().mayGoOn();
    }

    private void unsubscribe(LiveSession o, TopicFilter filter) {
        remove(o, filter);
        replay.unsubscribed(filter);
        replay.fetching().unsubscribed(filter);
        loop.hooks.run(
                Hook.SESSION_UNSUBSCRIBED,
                new HookEvent.Unsubscribed(o.clientId, o.identity.username(), filter, loop.nowMs()),
                filter.text());
    }

    /** Another program does it for the client: no SUBACK, no UNSUBACK; permissions and bounds count all the same. */
    void proxy(ProxySubscribe proxy) {
        LiveSession o = connection.sessionOrNull();
        Subscription s = proxy.subscription();
        if (o == null) {
            return;
        }
        if (proxy.add()) {
            lookedUp(o, o.subscriptions, List.of(s));
        } else if (o.subscriptions.containsKey(s.filter().text())) {
            unsubscribe(o, s.filter());
            writes.delete(o, List.of(s.filter().text()), null);
        }
    }

    private void remove(LiveSession o, TopicFilter filter) {
        o.subscriptions.remove(filter.text());
        long queueSessionId = loop.node.sessions().unsubscribe(o.subscriber, filter);
        if (queueSessionId != 0) {
            String shard = Address.session(loop.node.sessions().shard(filter.text()));
            loop.send(shard, new GroupEnded(queueSessionId));
        }
    }

    private void unsuback(int packetId, List<ReasonCode> codes) {
        Output out = connection.output();
        PacketEncoder.unsuback(out.buffer(), out.version(), packetId, codes, null, out.maxPacketSize());
        out.wrote(FixedHeader.UNSUBACK);
    }
}
