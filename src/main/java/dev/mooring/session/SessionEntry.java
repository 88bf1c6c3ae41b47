package dev.mooring.session;

import dev.mooring.bus.LocalBody;
import dev.mooring.message.Subscription;
import dev.mooring.message.Will;
import dev.mooring.route.Subscriber;
import dev.mooring.store.SessionRecord;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the authority knows of one session. Confined to its shard. */
final class SessionEntry {
    final String clientId;
    final Subscriber subscriber;
    Map<String, Subscription> subscriptions = new HashMap<>();
    long epoch = 1;
    long expiryS;
    /** Not published yet; only while there is no connection. */
    @Nullable
    Will will;

    /** Completes when the last Will that was published is stored as a message, and no longer as a Will. */
    Future<Void> willStored = Future.succeededFuture();

    long disconnectedAtMs;
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

    SessionRecord record(boolean connected, @Nullable Will stored) {
        return new SessionRecord(
                subscriber.sessionId(), clientId, "", epoch, expiryS, connected ? 0 : disconnectedAtMs, stored);
    }
}
