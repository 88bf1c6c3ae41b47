package dev.mooring.mqtt;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.RetainedIndex;
import dev.mooring.route.Target;
import dev.mooring.store.StoreOp;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages that a subscription brings from before: the broker's retained messages, and what {@link Fetching} finds. One
 * per connection, confined to its loop.
 *
 * <p>Paced by the client: a step is taken only while the connection is writable and little waits in the session's
 * memory; so {@code #} over a million retained messages neither blocks the loop nor fills the memory. Each step does a
 * bounded amount of work and then lets the loop go on with others.
 *
 * <p><b>Against live messages.</b> A subscription takes live messages from the moment it is in the index. A retained
 * message that was published after that moment is therefore left out: its live copy has come or is on its way, behind
 * those before it. So nobody misses a message, or sees an older one behind a newer one.
 */
final class Replay {
    /** Retained messages sent and topics looked at in one step. */
    private static final int STEP_MESSAGES = 128;

    private static final int STEP_TOPICS = 2_048;
    /** Deliveries that may wait in memory while a replay goes on. */
    private static final int WAITING_MAX = 64;

    private final MqttConnection connection;
    private final Loop loop;
    private final ArrayDeque<Retained> retained = new ArrayDeque<>(0);
    private @Nullable Fetching fetching; // most clients have no rule that fetches
    private boolean scheduled;

    private static final class Retained {
        final Subscription subscription;
        final MessageId asOf;

        @Nullable
        String after;

        Retained(Subscription subscription, MessageId asOf) {
            this.subscription = subscription;
            this.asOf = asOf;
        }
    }

    Replay(MqttConnection connection, Loop loop) {
        this.connection = connection;
        this.loop = loop;
    }

    Fetching fetching() {
        Fetching begun = fetching == null ? new Fetching(connection, loop, this) : fetching;
        fetching = begun;
        return begun;
    }

    /** Whether a fetch has brought this live message already; if not, a fetch will pass it over. */
    boolean isFetched(Message live) {
        return fetching != null && fetching.isKnown(live);
    }

    /** A delivery was acknowledged, or will never be. */
    void gone(LiveSession o, Message message) {
        if (fetching != null) {
            fetching.gone(o, message);
        }
    }

    /**
     * One that is under way for the same filter begins anew.
     *
     * @param asOf given out right after the subscription came into the index: what is newer comes live
     */
    void addRetained(Subscription subscription, MessageId asOf) {
        unsubscribed(subscription.filter());
        retained.add(new Retained(subscription, asOf));
        step();
    }

    void unsubscribed(TopicFilter filter) {
        if (!retained.isEmpty()) {
            retained.removeIf(r -> r.subscription.filter().equals(filter));
        }
    }

    /** Whether a step is due at the next tick of the loop. */
    boolean isWaiting() {
        return !retained.isEmpty() || (fetching != null && fetching.isWaiting());
    }

    void tick(LiveSession o) {
        if (fetching != null) {
            fetching.tick(o);
        }
        stepRetained(o);
    }

    void close(LiveSession o) {
        retained.clear();
        if (fetching != null) {
            fetching.close(o);
        }
    }

    /** As much as the client takes now, up to a bound. */
    void step() {
        LiveSession o = connection.sessionOrNull();
        if (o != null) {
            if (fetching != null) {
                fetching.step(o);
            }
            stepRetained(o);
        }
    }

    private void stepRetained(LiveSession o) {
        if (scheduled || retained.isEmpty()) {
            return;
        }
        if (!connection.delivering().writable() || o.outbox.queuedInMemory() > WAITING_MAX || isFull(o)) {
            connection.tickNext();
            return;
        }
        Retained current = retained.peek();
        if (current == null) {
            return;
        }
        RetainedIndex.Page page = loop.node
                .retained()
                .page(current.subscription.filter(), current.after, STEP_MESSAGES, STEP_TOPICS, loop.nowMs());
        for (Message message : page.messages()) {
            if (!connection.delivering().writable() || isFull(o)) { // goes on behind the last one sent
                connection.tickNext();
                return;
            }
            deliverRetained(o, current, message);
            current.after = message.topic().text();
        }
        current.after = page.next();
        if (page.next() == null) {
            retained.poll();
        }
        if (!retained.isEmpty()) {
            scheduled = true;
            loop.later(() -> {
                scheduled = false;
                step();
            });
        }
    }

    /** What has no room in memory would be dropped. A durable session has it in its store. */
    private static boolean isFull(LiveSession o) {
        return !o.subscriber.durable() && !o.outbox.hasRoom();
    }

    private void deliverRetained(LiveSession o, Retained current, Message message) {
        Subscription s = current.subscription;
        if (message.id().compareTo(current.asOf) > 0
                || (s.noLocal() && message.from().equals(o.clientId))) {
            return;
        }
        deliver(o, s, message.copy(loop.node.ids().next(loop.nowMs()), true), true);
    }

    /** Into the session's own queue, like a live message: stored for a durable session, so that it survives. */
    void deliver(LiveSession o, Subscription s, Message message, boolean retain) {
        int qos = Math.min(message.qos(), s.qos());
        int[] identifiers = s.identifier() == 0 ? Target.NO_IDENTIFIERS : new int[] {s.identifier()};
        if (qos == 0) {
            connection.delivering().deliverQos0(message, retain, identifiers);
            return;
        }
        if (o.outbox.has(message.id())) {
            return;
        }
        if (o.subscriber.durable()) {
            StoreOp.Enqueue.Entry entry =
                    new StoreOp.Enqueue.Entry(o.subscriber.sessionId(), qos, retain, identifiers, null);
            o.subscriber.queuedCount.incrementAndGet();
            o.subscriber.queuedBytes.addAndGet(message.sizeBytes());
            loop.sessionStore.submit(
                    new StoreOp.Enqueue(message, List.of(entry), 0, 0, StoreOp.Enqueue.Retained.KEEP, 0), null);
            connection.tickNext();
        }
        o.outbox.deliver(message, qos, retain, identifiers, null);
    }
}
