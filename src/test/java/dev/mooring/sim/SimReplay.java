package dev.mooring.sim;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.route.RetainedIndex;
import dev.mooring.route.Target;
import dev.mooring.store.StoreOp;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code dev.mooring.mqtt.Replay} without fetches; the order of effects must stay the same. */
final class SimReplay {
    /** Retained messages sent in one step: few, so that there are several steps. */
    private static final int STEP_MESSAGES = 2;

    private static final int WAITING_MAX = 4;

    private final SimConnection connection;
    private final SimBroker broker;
    private final ArrayDeque<Retained> retained = new ArrayDeque<>();
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

    SimReplay(SimConnection connection) {
        this.connection = connection;
        this.broker = connection.loop.broker;
    }

    void addRetained(Subscription subscription, MessageId asOf) {
        retained.removeIf(r -> r.subscription.filter().equals(subscription.filter()));
        retained.add(new Retained(subscription, asOf));
        step();
    }

    boolean isWaiting() {
        return !retained.isEmpty();
    }

    void close() {
        retained.clear();
    }

    void step() {
        SimConnection.Live o = connection.live();
        Retained current = retained.peek();
        if (o == null || scheduled || current == null) {
            return;
        }
        if (!connection.writable() || o.outbox().queuedInMemory() > WAITING_MAX || isFull(o)) {
            connection.tickNext();
            return;
        }
        RetainedIndex.Page page = broker.retained.page(
                current.subscription.filter(),
                current.after,
                STEP_MESSAGES,
                RetainedIndex.SCAN_MIN,
                connection.nowMs());
        for (Message message : page.messages()) {
            if (!connection.writable() || isFull(o)) {
                connection.tickNext();
                return;
            }
            deliver(o, current, message);
            current.after = message.topic().text();
        }
        current.after = page.next();
        if (page.next() == null) {
            retained.poll();
        }
        if (!retained.isEmpty()) {
            scheduled = true;
            connection.loop.nextTurn(() -> {
                scheduled = false;
                step();
            });
        }
    }

    private static boolean isFull(SimConnection.Live o) {
        return !o.subscriber().durable() && !o.outbox().hasRoom();
    }

    private void deliver(SimConnection.Live o, Retained current, Message message) {
        Subscription s = current.subscription;
        int qos = Math.min(message.qos(), s.qos());
        if (message.id().compareTo(current.asOf) > 0 || qos == 0) {
            return;
        }
        Message copy = message.copy(connection.nextId(), true);
        if (o.subscriber().durable()) {
            o.subscriber().queuedCount.incrementAndGet();
            o.subscriber().queuedBytes.addAndGet(copy.sizeBytes());
            StoreOp.Enqueue.Entry entry =
                    new StoreOp.Enqueue.Entry(o.subscriber().sessionId(), qos, true, Target.NO_IDENTIFIERS, null);
            connection.loop.sessionStore.submit(
                    new StoreOp.Enqueue(copy, List.of(entry), 0, 0, StoreOp.Enqueue.Retained.KEEP, 0), null);
            connection.tickNext();
        }
        o.outbox().deliver(copy, qos, true, Target.NO_IDENTIFIERS, null);
    }
}
