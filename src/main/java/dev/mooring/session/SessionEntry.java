package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.message.Will;
import dev.mooring.route.Subscriber;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the authority knows of one session. Confined to its shard. */
final class SessionEntry {
    final String clientId;
    final Subscriber subscriber;
    Map<String, Subscription> subscriptions = new HashMap<>();
    long epoch;
    /** Whether there is a record of it, as of each durable one; in a cluster also of one that leaves a Will. */
    boolean isStored;
    /** Of the CONNECT that opened it, if other nodes were asked. */
    MessageId claim = MessageId.ZERO;

    long openedAtMs;
    /** Another node has it, and said so or was found out by the store: it goes once {@link #busy} is over. */
    boolean isLost;
    /** Its former node had a connection of it, and has not handed it over; only until there is the next one. */
    boolean isLeftBehind;
    /** What was heard of it meanwhile. */
    final List<RemoteChanges.Change> lostTo = new ArrayList<>(0);

    long expiryS;
    /** Not published yet; only while there is no connection. */
    @Nullable
    Will will;

    /** Completes when the last Will that was published is stored as a message, and no longer as a Will. */
    Future<Void> willStored = Future.succeededFuture();

    long disconnectedAtMs;
    /** Why the last connection ended; null when there was none since this node started. */
    @Nullable
    String lastDisconnect;

    int loop = Subscriber.OFFLINE;
    boolean busy;
    /** Kept by {@link SessionDeadlines}. */
    SessionDeadlines.@Nullable Deadline willDeadline;

    SessionDeadlines.@Nullable Deadline expiryDeadline;

    final ArrayDeque<io.vertx.core.eventbus.Message<LocalBody>> waiting = new ArrayDeque<>(0);

    SessionEntry(String clientId, Subscriber subscriber) {
        this.clientId = clientId;
        this.subscriber = subscriber;
    }

    /** As found in the store when the node started; one that was connected lost its connection {@code nowMs}. */
    static SessionEntry of(StoreReply.StoredSession stored, Subscriber subscriber, long nowMs) {
        SessionRecord r = stored.session();
        SessionEntry entry = new SessionEntry(r.clientId(), subscriber);
        entry.isStored = true;
        entry.epoch = r.epoch();
        entry.expiryS = r.expiryS();
        entry.will = r.will();
        entry.disconnectedAtMs = r.disconnectedAtMs() == 0 ? nowMs : r.disconnectedAtMs();
        stored.subscriptions().forEach(s -> entry.subscriptions.put(s.filter().text(), s));
        return entry;
    }

    /** Those that administrators ask for. */
    static ClientsFound found(ClientsQuery query, Map<String, SessionEntry> entries) {
        List<ClientInfo> clients = new ArrayList<>();
        for (String clientId : query.clientIds()) {
            SessionEntry entry = entries.get(clientId);
            if (entry != null) {
                clients.add(entry.info(query.subscriptionsMax()));
            }
        }
        return new ClientsFound(clients);
    }

    private ClientInfo info(int subscriptionsMax) {
        return new ClientInfo(
                clientId,
                expiryS,
                disconnectedAtMs,
                lastDisconnect,
                subscriptions.size(),
                ClientInfo.first(subscriptions.values(), subscriptionsMax),
                will,
                null);
    }

    /** In a cluster: whoever writes for the session has to show it. */
    void epoch(long newEpoch) {
        epoch = newEpoch;
        subscriber.epoch(newEpoch);
    }

    /** Whether the Will is to be published now. */
    boolean isWillDue(long nowMs) {
        Will stored = will;
        return stored != null && disconnectedAtMs + 1000 * Math.min(stored.delayS(), expiryS) <= nowMs;
    }

    /** Whether another node has taken this session over, or has a later one of the client. */
    boolean isOlderThan(Announce other) {
        if (other.place() == Announce.Place.GONE) {
            return false;
        }
        long id = subscriber.sessionId();
        return other.sessionId() > id || (other.sessionId() == id && other.epoch() > epoch);
    }

    Announce announce(Announce.Place place) {
        boolean has = place == Announce.Place.LIVE || place == Announce.Place.OFFLINE;
        boolean tells = has && subscriber.durable();
        return new Announce(
                clientId,
                subscriber.sessionId(),
                epoch,
                place,
                tells ? List.copyOf(subscriptions.values()) : List.of());
    }

    SessionRecord record(boolean connected, @Nullable Will stored) {
        return new SessionRecord(
                subscriber.sessionId(), clientId, "", epoch, expiryS, connected ? 0 : disconnectedAtMs, stored);
    }
}
