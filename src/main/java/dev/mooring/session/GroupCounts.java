package dev.mooring.session;

import dev.mooring.message.MessageId;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.SharedGroup;
import dev.mooring.route.Subscriber;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What this node has written into the queues of shared groups, in a cluster. Every node counts what it writes, but one
 * of them hands a queue out, and does not tell the others. So a node whose count is half of the bound looks from time
 * to time whether all that it had written until then has gone, and begins to count anew. Confined to the group's shard.
 */
final class GroupCounts {
    /** Between two looks, milliseconds. */
    private static final long LOOK_MS = 1_000;

    private final Sessions sessions;
    private final Supplier<SharedQueues.Bounds> bounds;
    private final BiConsumer<StoreOp, @Nullable OnReply> submit;
    /** Filters of those with so much, and an id that is after all that was counted when that was found. */
    private final Map<TopicFilter, MessageId> filling = new HashMap<>();

    private long nextLookMs;

    GroupCounts(
            Sessions sessions, Supplier<SharedQueues.Bounds> bounds, BiConsumer<StoreOp, @Nullable OnReply> submit) {
        this.sessions = sessions;
        this.bounds = bounds;
        this.submit = submit;
    }

    /** What others wrote was handed out too, and never counted here. */
    void handedOut(Subscriber queue) {
        if (sessions.neighbours() != null && queue.queuedCount.get() < 0) {
            queue.queuedCount.set(0);
            queue.queuedBytes.set(0);
        }
    }

    /** The queue of this group may be filling. */
    void look(TopicFilter filter) {
        SharedGroup group =
                sessions.neighbours() == null ? null : sessions.index().group(filter);
        Subscriber queue = group == null ? null : group.queue();
        if (queue != null && bounds.get().group().isHalfReached(queue)) {
            filling.computeIfAbsent(filter, f -> sessions.ids().next(sessions.nowMs()));
        }
    }

    void tick() {
        if (filling.isEmpty() || sessions.nowMs() < nextLookMs) {
            return;
        }
        nextLookMs = sessions.nowMs() + LOOK_MS;
        for (Map.Entry<TopicFilter, MessageId> each : List.copyOf(filling.entrySet())) {
            SharedGroup group = sessions.index().group(each.getKey());
            Subscriber queue = group == null ? null : group.queue();
            if (queue == null) {
                filling.remove(each.getKey());
            } else {
                look(each.getKey(), queue, each.getValue());
            }
        }
    }

    private void look(TopicFilter filter, Subscriber queue, MessageId until) {
        submit.accept(new StoreOp.QueueRead(queue.sessionId(), MessageId.ZERO, 1, 1), reply -> {
            boolean isGone = reply instanceof StoreReply.Entries page
                    && (page.entries().isEmpty()
                            || page.entries().get(0).position().compareTo(until) > 0);
            if (isGone && filling.remove(filter, until)) {
                queue.queuedCount.set(0);
                queue.queuedBytes.set(0);
            }
        });
    }
}
