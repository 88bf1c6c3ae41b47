package dev.mooring.mqtt;

import dev.mooring.auth.AuthPolicy;
import dev.mooring.auth.Guard;
import dev.mooring.auth.Hashing;
import dev.mooring.config.Config;
import dev.mooring.config.Limits;
import dev.mooring.message.MessageId;
import dev.mooring.message.MessageIds;
import dev.mooring.metrics.Metrics;
import dev.mooring.route.QueueBound;
import dev.mooring.route.RetainedIndex;
import dev.mooring.route.SubscriptionIndex;
import dev.mooring.route.UnderWay;
import dev.mooring.rule.RulePlan;
import dev.mooring.session.QueueMemory;
import dev.mooring.session.Sessions;
import dev.mooring.session.SharedQueues;
import dev.mooring.trace.Traces;
import java.util.Map;
import java.util.function.Supplier;

/**
 * What all loops of a node share. Every part is safe for all threads or immutable.
 *
 * @param config the one that counts now; a loop has its own, and hears by {@link ConfigChanged} of another one
 * @param plan of the start, as stores
 * @param stores names on the bus, by pool
 * @param policy who may do what now; whoever puts another one there tells the loops by {@link PolicyChanged}
 */
public record NodeState(
        Supplier<Config> config,
        RulePlan plan,
        Map<String, String> stores,
        Sessions sessions,
        SubscriptionIndex index,
        RetainedIndex retained,
        MessageIds ids,
        Metrics metrics,
        ConnectGate gate,
        QueueMemory memory,
        UnderWay underWay,
        Supplier<AuthPolicy> policy,
        Hashing hashing,
        Guard guard,
        Traces traces) {
    /** Clocks of nodes differ less, as docs/operations.md asks for. */
    private static final long CLOCK_SKEW_US = 1_000_000;

    /** What sessions and shared groups may have stored, by the configuration that counts now. */
    public SharedQueues.Bounds queueBounds() {
        Limits limits = config.get().limits();
        return new SharedQueues.Bounds(bound(limits.queue()), bound(limits.sharedQueue()), metrics.droppedQueueFull);
    }

    /** See {@link dev.mooring.session.SessionPort#asOf}. */
    MessageId asOf(long nowMs) {
        MessageId last = ids.next(nowMs);
        return sessions.neighbours() == null ? last : new MessageId(last.timeUs() - CLOCK_SKEW_US, 0);
    }

    static QueueBound bound(Limits.Queue queue) {
        return new QueueBound(queue.countMax(), queue.bytesMax());
    }

    static QueueBound bound(Limits.SharedQueue queue) {
        return new QueueBound(queue.countMax(), queue.bytesMax());
    }
}
