package dev.mooring.mqtt;

import dev.mooring.auth.AuthPolicy;
import dev.mooring.auth.Guard;
import dev.mooring.auth.Hashing;
import dev.mooring.config.Config;
import dev.mooring.message.MessageIds;
import dev.mooring.metrics.Metrics;
import dev.mooring.route.RetainedIndex;
import dev.mooring.route.SubscriptionIndex;
import dev.mooring.route.UnderWay;
import dev.mooring.rule.RulePlan;
import dev.mooring.session.QueueMemory;
import dev.mooring.session.Sessions;
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
        Traces traces) {}
