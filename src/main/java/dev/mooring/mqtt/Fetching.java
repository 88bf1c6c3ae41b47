package dev.mooring.mqtt;

import static dev.mooring.rule.Operations.FETCH_PAGE;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.rule.Hook;
import dev.mooring.rule.HookEvent;
import dev.mooring.store.Fetch;
import dev.mooring.store.OpKind;
import dev.mooring.store.StoreClient;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the fetch functions of session.subscribed find in the stores, on its way into one session. One per connection,
 * confined to its loop.
 *
 * <p><b>Pace.</b> One page of one fetch at a time, handed over as the client acknowledges, and behind what the
 * session's own queue still has in the store. So everything the session has is in memory then, and what it has is not
 * fetched again.
 *
 * <p><b>Once.</b> A fetch ends at {@link Fetch#until}, an id given out after the subscription was in the index: what is
 * newer was routed to it. What is older by a moment may have been routed too; such ids are remembered for a while.
 *
 * <p><b>To the end.</b> A fetched message enters the queue of a durable session, and how far the fetch came is stored
 * behind it. When the connection ends first, the next one of the session goes on from there.
 */
final class Fetching {
    private static final Logger LOG = LoggerFactory.getLogger(Fetching.class);
    /** Deliveries that may wait in memory while more is handed over. */
    private static final int WAITING_MAX = 64;
    /** Ids remembered to tell a message that comes on two ways. */
    private static final int SEEN_MAX = 10_000;

    private static final long RETRY_MS = 1_000;

    private final MqttConnection connection;
    private final Loop loop;
    private final Replay replay;
    private final Positions positions;
    private final ArrayDeque<Task> tasks = new ArrayDeque<>(0);
    private final ArrayDeque<Message> page = new ArrayDeque<>(0); // of the first task
    private final Set<MessageId> seen = new LinkedHashSet<>(0);
    private MessageId liveUntil = MessageId.ZERO; // ids up to here may come live and by a fetch
    private long seenAtMs;
    private boolean asking;
    private boolean more; // pages after this one
    private long askAgainAtMs;

    /** One fetch of one subscription. */
    static final class Task {
        final Subscription subscription;
        StoreOp next;
        Fetch fetch;
        boolean ready;
        boolean cancelled;

        Task(Subscription subscription, StoreOp first, Fetch fetch) {
            this.subscription = subscription;
            this.next = first;
            this.fetch = fetch;
        }

        boolean isRetained() {
            return next.kind() == OpKind.RETAIN_LOOKUP;
        }

        /** Whether pages follow the ids, so that the last one says how far it is. */
        boolean isById() {
            return next.kind() == OpKind.FETCH_FOR_QUEUE || next.kind() == OpKind.FETCH_FOR_PUBSUB;
        }
    }

    Fetching(MqttConnection connection, Loop loop, Replay replay) {
        this.connection = connection;
        this.loop = loop;
        this.replay = replay;
        this.positions = new Positions(loop);
    }

    /** What is to be fetched for a subscription that is in the index now; it begins with {@link #begin}. */
    List<Task> plan(LiveSession o, Subscription s, boolean isNew) {
        List<Task> planned = new ArrayList<>();
        String filter = s.filter().text();
        boolean sendsRetained = s.retainHandling() == 0 || (s.retainHandling() == 1 && isNew);
        MessageId until = loop.node.ids().next(loop.nowMs());
        HookEvent event = new HookEvent.Subscribed(o.clientId, o.identity.username(), s, isNew, loop.nowMs());
        loop.hooks.plan(Hook.SESSION_SUBSCRIBED, event, filter, (op, step) -> {
            if (op.kind() == OpKind.COMMANDS || op.kind() == OpKind.ITEMS) { // nothing comes of them
                loop.hooks.submit(step, op, null);
                return;
            }
            Task task = new Task(s, op, new Fetch(filter, step.pool(), op.kind(), MessageId.ZERO, until));
            if (op.kind() == OpKind.FETCH_FOR_PUBSUB) { // a first subscription has its position from now on
                task.next = new StoreOp.FetchForPubsub(o.clientId, s.filter(), MessageId.ZERO, until, FETCH_PAGE);
                loop.hooks.submit(step.pool(), new StoreOp.FetchForPubsub(o.clientId, s.filter(), until, until, 1));
            }
            if (!task.isRetained() || sendsRetained) {
                planned.add(task);
                liveUntil = until;
                seenAtMs = loop.nowMs();
            }
        });
        return planned;
    }

    /** To be stored with the subscription, so that it is fetched even if this process ends now. */
    void save(LiveSession o, Task task) {
        if (o.subscriber.durable() && !task.isRetained()) {
            loop.sessionStore.submit(new StoreOp.FetchSave(o.subscriber.sessionId(), task.fetch), null);
        }
    }

    /** What other loops have on their way to the stores comes first: it is older than the subscription. */
    void begin(LiveSession o, List<Task> planned) {
        if (planned.isEmpty()) {
            return;
        }
        for (Task task : planned) {
            if (task.next.kind() == OpKind.FETCH_FOR_PUBSUB) {
                positions.begin(task);
            }
        }
        tasks.addAll(planned);
        loop.fence(() -> {
            loop.wake();
            planned.forEach(task -> task.ready = true);
            if (connection.sessionOrNull() == o) {
                step(o);
            }
        });
    }

    /** Goes on with what an earlier connection did not bring to its end. */
    void resume(LiveSession o, List<Fetch> unfinished) {
        List<Task> again = new ArrayList<>();
        for (Fetch fetch : unfinished) {
            Subscription s = o.subscriptions.get(fetch.filter());
            StoreOp first = s == null ? null : page(o, s.filter(), fetch, fetch.after());
            if (s == null || first == null || loop.pools.find(fetch.pool()) == null) {
                Fetch done = fetch.after(fetch.until());
                loop.sessionStore.submit(new StoreOp.FetchSave(o.subscriber.sessionId(), done), null);
            } else {
                again.add(new Task(s, first, fetch));
            }
        }
        begin(o, again);
    }

    private static @Nullable StoreOp page(LiveSession o, TopicFilter filter, Fetch fetch, MessageId after) {
        return switch (fetch.function()) {
            case FETCH_FOR_QUEUE -> new StoreOp.FetchForQueue(o.clientId, filter, after, FETCH_PAGE);
            case FETCH_FOR_PUBSUB -> new StoreOp.FetchForPubsub(o.clientId, filter, after, fetch.until(), FETCH_PAGE);
            case FETCH_FOR_KEEP_LATEST -> new StoreOp.FetchForKeepLatest(filter, "", FETCH_PAGE);
            default -> null;
        };
    }

    void unsubscribed(TopicFilter filter) {
        Task current = tasks.peek();
        for (Task task : tasks) {
            if (task.fetch.filter().equals(filter.text())) {
                task.cancelled = true;
                if (task == current) {
                    page.clear();
                    more = false;
                }
            }
        }
        positions.unsubscribed(filter);
    }

    boolean isWaiting() {
        return !tasks.isEmpty() || !seen.isEmpty() || positions.isWaiting();
    }

    void tick(LiveSession o) {
        long memoryMs = loop.config().limits().storeDeadlineMs();
        if (tasks.isEmpty() && !seen.isEmpty() && loop.nowMs() - seenAtMs > memoryMs) {
            seen.clear();
        }
        positions.tick(o);
        step(o);
    }

    /** What was handed over is in the queue of a durable session, which may so be taken as acknowledged. */
    void close(LiveSession o) {
        Task current = tasks.peek();
        if (o.subscriber.durable() && current != null && !current.isRetained() && !current.cancelled) {
            save(o, current);
        }
        tasks.clear();
        page.clear();
        positions.close(o);
    }

    /** See {@link Replay#isFetched}. */
    boolean isKnown(Message live) {
        return live.id().compareTo(liveUntil) <= 0 && !note(live.id());
    }

    /** See {@link Replay#gone}. */
    void gone(LiveSession o, Message message) {
        if (!tasks.isEmpty() && message.storedId().compareTo(liveUntil) <= 0) {
            note(message.storedId());
        }
        positions.gone(o, message);
    }

    Positions positions() {
        return positions;
    }

    private boolean note(MessageId id) {
        boolean isNew = seen.add(id);
        if (isNew && seen.size() > SEEN_MAX) {
            Iterator<MessageId> eldest = seen.iterator();
            eldest.next();
            eldest.remove();
        }
        seenAtMs = loop.nowMs();
        connection.tickNext();
        return isNew;
    }

    // ---- page by page

    /** As much as the client takes now. */
    void step(LiveSession o) {
        Task task = tasks.peek();
        while (task != null && task.ready && !asking && takesMore(o)) {
            Message message = page.poll();
            if (message != null) {
                handOver(o, task, message);
                continue;
            }
            if (task.cancelled || task.fetch.isDone()) {
                tasks.poll();
                more = false;
                task = tasks.peek();
                continue;
            }
            if (o.outbox.queuedInMemory() > 0 || loop.nowMs() < askAgainAtMs) {
                break;
            }
            ask(o, task);
        }
        if (!tasks.isEmpty()) {
            connection.tickNext();
        }
    }

    private boolean takesMore(LiveSession o) {
        return connection.delivering().writable() && o.outbox.queuedInMemory() < WAITING_MAX && o.outbox.hasRoom();
    }

    private void ask(LiveSession o, Task task) {
        StoreClient store = loop.pools.find(task.fetch.pool());
        if (store == null) { // a reload has taken the pool away, and with it what there was
            drop(task);
            return;
        }
        asking = true;
        store.submit(task.next, reply -> {
            asking = false;
            if (connection.sessionOrNull() == o) {
                answered(o, task, reply);
                step(o);
            }
        });
    }

    private void answered(LiveSession o, Task task, StoreReply reply) {
        if (reply instanceof StoreReply.Messages found) {
            page.addAll(found.messages());
            more = found.nextAfter() != null;
            if (page.isEmpty() || task.cancelled) {
                page.clear();
                advance(o, task, found.nextAfter());
            }
        } else if (reply instanceof StoreReply.Failed failed) {
            loop.node.metrics().hookFailures.increment();
            LOG.warn("{} on pool {} failed: {}", task.next.kind(), task.fetch.pool(), failed.reason());
            askAgainAtMs = loop.nowMs() + RETRY_MS;
            if (!failed.transientFault()) { // the next connection of a durable session tries it again
                drop(task);
            }
        }
    }

    private void drop(Task task) {
        tasks.poll();
        positions.cancelled(task);
    }

    private void handOver(LiveSession o, Task task, Message message) {
        boolean isTooNew = message.id().compareTo(task.fetch.until()) > 0;
        if (isTooNew && task.isById()) {
            page.clear();
            advance(o, task, null);
            return;
        }
        if (!isTooNew && !message.isExpired(loop.nowMs()) && isWanted(o, task, message)) {
            deliver(o, task, message);
        }
        if (task.isById()) {
            task.fetch = task.fetch.after(message.id());
        }
        if (page.isEmpty()) {
            if (more && !task.isById()) {
                task.next = nextTopics(task.next, message.topic().text());
                return;
            }
            advance(o, task, more ? message.id() : null);
        }
    }

    /** A page is done. @param after where the next one begins; null at the end */
    private void advance(LiveSession o, Task task, @Nullable MessageId after) {
        more = false;
        task.fetch = task.fetch.after(after == null || task.cancelled ? task.fetch.until() : after);
        if (!task.fetch.isDone()) {
            StoreOp next = page(o, task.subscription.filter(), task.fetch, task.fetch.after());
            task.next = next == null ? task.next : next;
        }
        if (!task.cancelled) { // what an UNSUBSCRIBE forgot stays forgotten
            save(o, task);
        }
        positions.advanced(o);
    }

    private static StoreOp nextTopics(StoreOp op, String afterTopic) {
        if (op instanceof StoreOp.RetainLookup r) {
            return new StoreOp.RetainLookup(r.filter(), afterTopic, r.limit());
        }
        StoreOp.FetchForKeepLatest f = (StoreOp.FetchForKeepLatest) op;
        return new StoreOp.FetchForKeepLatest(f.filter(), afterTopic, f.limit());
    }

    private boolean isWanted(LiveSession o, Task task, Message message) {
        if (task.subscription.noLocal() && message.from().equals(o.clientId)) {
            return false;
        }
        if (task.isRetained()) { // what the broker has retained itself is replayed by it
            return loop.node.retained().get(message.topic(), loop.nowMs()) == null;
        }
        return !o.outbox.has(message.id()) && note(message.id());
    }

    private void deliver(LiveSession o, Task task, Message message) {
        Subscription s = task.subscription;
        if (task.isRetained()) {
            replay.deliver(o, s, message.copy(loop.node.ids().next(loop.nowMs()), true), true);
            return;
        }
        positions.fetched(task, message);
        replay.deliver(o, s, message, message.retain() && s.retainAsPublished());
    }
}
