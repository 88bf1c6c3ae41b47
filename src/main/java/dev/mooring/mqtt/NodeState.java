package dev.mooring.mqtt;

import dev.mooring.auth.AuthPolicy;
import dev.mooring.auth.Guard;
import dev.mooring.auth.Hashing;
import dev.mooring.config.Config;
import dev.mooring.config.Limits;
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
import java.util.function.Supplier;

/**
 * What all loops of a node share. Every part is safe for all threads or immutable.
 *
 * @param policy who may do what now; whoever puts another one there tells the loops by {@link PolicyChanged}
 */
public record NodeState(
        Config config,
        RulePlan plan,
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
    /** What sessions and shared groups may have stored. */
    public SharedQueues.Bounds queueBounds() {
        Limits.Queue queue = config.limits().queue();
        Limits.SharedQueue shared = config.limits().sharedQueue();
        return new SharedQueues.Bounds(
                new QueueBound(queue.countMax(), queue.bytesMax()),
                new QueueBound(shared.countMax(), shared.bytesMax()),
                metrics.droppedQueueFull);
    }
}
