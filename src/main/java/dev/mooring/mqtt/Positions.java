package dev.mooring.mqtt;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.StoreOp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Sees to it that the acked positions of on_message_acked_for_pubsub pass nothing that the client has not got. One per
 * connection, confined to its loop.
 *
 * <p>A live message is newer than everything that a fetch still has to bring. If its ack moved the position, the rest
 * of the fetch would be skipped. So such moves are held until everything fetched was acknowledged, or is in the queue
 * of a durable session.
 */
final class Positions {
    /** Topics whose move can be held; beyond, the position stays, and something may be fetched twice some day. */
    private static final int HELD_MAX = 10_000;
    /** Filters remembered after UNSUBSCRIBE, for as long as deliveries are under way. */
    private static final int LEFT_MAX = 1_000;

    private final Loop loop;
    private final List<Open> open = new ArrayList<>(0);
    private final Map<String, Move> held = new HashMap<>(0);
    private final List<TopicFilter> left = new ArrayList<>(0);

    private record Move(String pool, StoreOp.AckedForPubsub op) {}

    /** A fetch whose messages were not all acknowledged. */
    private static final class Open {
        final Fetching.Task task;

        @Nullable
        MessageId last;

        MessageId gone = MessageId.ZERO;

        Open(Fetching.Task task) {
            this.task = task;
        }

        boolean isOver() {
            return task.fetch.isDone() && (last == null || gone.compareTo(last) >= 0);
        }

        boolean matches(String pool, String topic) {
            return task.fetch.pool().equals(pool) && task.subscription.filter().matches(topic);
        }
    }

    Positions(Loop loop) {
        this.loop = loop;
    }

    void begin(Fetching.Task task) {
        open.add(new Open(task));
    }

    void fetched(Fetching.Task task, Message message) {
        for (Open o : open) {
            if (o.task == task && Math.min(message.qos(), task.subscription.qos()) > 0) {
                o.last = message.id();
            }
        }
    }

    /** A fetch has come further, maybe to its end. */
    void advanced(LiveSession session) {
        release(session);
    }

    void cancelled(Fetching.Task task) {
        open.removeIf(o -> o.task == task);
    }

    /** Whether this move is not to be made, now or at all. */
    boolean holds(LiveSession session, String pool, StoreOp.AckedForPubsub op) {
        if (!left.isEmpty() && isLeft(session, op.topic())) {
            return true;
        }
        for (Open o : open) {
            boolean passes = op.id().compareTo(o.task.fetch.after()) <= 0 && !o.task.fetch.isDone();
            boolean isFetched = o.last != null && op.id().compareTo(o.last) <= 0;
            if (!passes && !isFetched && o.matches(pool, op.topic())) {
                hold(pool, op);
                return true;
            }
        }
        return false;
    }

    private void hold(String pool, StoreOp.AckedForPubsub op) {
        String key = pool + '\0' + op.topic();
        Move before = held.get(key);
        if (before == null ? held.size() < HELD_MAX : before.op.id().compareTo(op.id()) < 0) {
            held.put(key, new Move(pool, op));
        }
    }

    /** A topic that the client has unsubscribed from has no position any more, and gets none by a late ack. */
    private boolean isLeft(LiveSession session, String topic) {
        if (left.stream().noneMatch(f -> f.matches(topic))) {
            return false;
        }
        for (Subscription s : session.subscriptions.values()) {
            if (!s.filter().isShared() && s.filter().matches(topic)) {
                return false;
            }
        }
        return true;
    }

    void unsubscribed(TopicFilter filter) {
        open.removeIf(o -> o.task.fetch.filter().equals(filter.text()));
        held.values().removeIf(move -> filter.matches(move.op.topic()));
        if (!filter.isShared() && left.size() < LEFT_MAX) {
            left.add(filter);
        }
    }

    void gone(LiveSession session, Message message) {
        if (open.isEmpty()) {
            return;
        }
        for (Open o : open) {
            boolean isFetched = o.last != null && message.id().compareTo(o.last) <= 0;
            if (isFetched
                    && o.task.subscription.filter().matches(message.topic().text())) {
                o.gone = message.id().compareTo(o.gone) > 0 ? message.id() : o.gone;
            }
        }
        release(session);
    }

    private void release(LiveSession session) {
        if (!open.removeIf(Open::isOver) || held.isEmpty()) {
            return;
        }
        List<Move> moves = new ArrayList<>(held.values());
        held.clear();
        for (Move move : moves) {
            if (!holds(session, move.pool, move.op)) {
                loop.hooks.submit(move.pool, move.op);
            }
        }
    }

    boolean isWaiting() {
        return !left.isEmpty();
    }

    void tick(LiveSession session) {
        if (!left.isEmpty()
                && session.outbox.inflightCount() == 0
                && session.outbox.queuedInMemory() == 0
                && !session.outbox.isBehind()) {
            left.clear();
        }
    }

    void close(LiveSession session) {
        if (session.subscriber.durable()) {
            open.forEach(o -> o.gone = o.last == null ? o.gone : o.last);
            release(session);
        }
        open.clear();
        held.clear();
    }
}
