package dev.mooring.mqtt;

import dev.mooring.message.Message;
import dev.mooring.message.Subscription;
import dev.mooring.metrics.ActionMetrics;
import dev.mooring.rule.Function;
import dev.mooring.rule.Hook;
import dev.mooring.rule.HookEvent;
import dev.mooring.rule.Operations;
import dev.mooring.rule.Step;
import dev.mooring.store.StoreClient;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the steps of every hook but message.publish, whose steps hold up an ack and are run by {@link PublishPath}. What
 * fails here is counted and logged; it never disturbs the client. Confined to one loop.
 */
final class HookRunner {
    private static final Logger LOG = LoggerFactory.getLogger(HookRunner.class);

    private final Loop loop;

    /** Given each operation with its pool and its answer, unless it failed. */
    interface Answered {
        void answered(StoreOp op, String pool, StoreReply reply);
    }

    HookRunner(Loop loop) {
        this.loop = loop;
    }

    /** @param topic what the rules' filters are matched against; anything on client hooks */
    void run(Hook hook, HookEvent event, String topic) {
        run(hook, event, topic, null);
    }

    void run(Hook hook, HookEvent event, String topic, @Nullable Answered onReply) {
        if (!loop.rules.any(hook)) {
            return;
        }
        List<Step> steps = loop.rules.steps(hook, topic);
        for (int i = 0; i < steps.size(); i++) {
            Step step = steps.get(i);
            StoreOp op = operation(step, event);
            if (op != null
                    && hook == Hook.MESSAGE_DELIVERED
                    && loop.store(step.pool()).isFull()) {
                loop.node.metrics().droppedSteps.increment(); // no socket feeds it that could be stopped
                step.figures().dropped.increment();
            } else if (op != null) {
                submit(step, op, onReply);
            }
        }
    }

    /** Takes what a hook asks of a pool, to be done later. */
    interface Planned {
        void planned(StoreOp op, Step step);
    }

    /** What is to be done, without doing it. */
    void plan(Hook hook, HookEvent event, String topic, Planned planned) {
        List<Step> steps = loop.rules.steps(hook, topic);
        for (int i = 0; i < steps.size(); i++) {
            StoreOp op = operation(steps.get(i), event);
            if (op != null) {
                planned.planned(op, steps.get(i));
            }
        }
    }

    /** message.delivered, which {@code $SYS} messages pass by as they do every hook. */
    void delivered(LiveSession o, Message message, int qos) {
        if (!message.topic().isSys()) {
            HookEvent event = new HookEvent.Delivered(o.clientId, o.identity.username(), message, qos);
            run(Hook.MESSAGE_DELIVERED, event, event.topic());
        }
    }

    /** message.acked. A shared subscription has no position; others may have to wait with theirs. */
    void acked(LiveSession o, Message message, boolean isShared, int qos, Positions positions) {
        String topic = message.topic().text();
        plan(
                Hook.MESSAGE_ACKED,
                new HookEvent.Acked(o.clientId, o.identity.username(), message, qos),
                topic,
                (op, step) -> {
                    boolean moves = op instanceof StoreOp.AckedForPubsub;
                    if (!moves || (!isShared && !positions.holds(o, step.pool(), (StoreOp.AckedForPubsub) op))) {
                        submit(step, op, null);
                    }
                });
    }

    /** Writes a client's own subscriptions where on_subscribe_lookup reads, if session.write_subscriptions says so. */
    void writeSubscriptions(String clientId, List<Subscription> saved, List<String> removed) {
        if (!loop.config().session().writeSubscriptions() || (saved.isEmpty() && removed.isEmpty())) {
            return;
        }
        Set<String> pools = new LinkedHashSet<>();
        for (Hook hook : Function.SUBSCRIBE_LOOKUP.hooks()) {
            for (Step step : loop.rules.steps(hook, "")) {
                if (step.action() == Function.SUBSCRIBE_LOOKUP) {
                    pools.add(step.pool());
                }
            }
        }
        for (String pool : pools) {
            submit(pool, new StoreOp.ProxySave(clientId, saved, removed));
        }
    }

    private static @Nullable StoreOp operation(Step step, HookEvent event) {
        step.figures().matched.increment();
        StoreOp op = Operations.of(step, event);
        if (op == null) {
            step.figures().skipped.increment();
        }
        return op;
    }

    void submit(Step step, StoreOp op, @Nullable Answered onReply) {
        submit(step.pool(), step.figures(), op, onReply);
    }

    /** For operations that no step asked for by itself. */
    void submit(String pool, StoreOp op) {
        submit(pool, null, op, null);
    }

    private void submit(String pool, @Nullable ActionMetrics figures, StoreOp op, @Nullable Answered onReply) {
        StoreClient store = loop.pools.find(pool);
        if (store == null) { // what was begun before a reload has taken the pool away
            return;
        }
        store.submit(op, reply -> {
            if (figures != null) {
                CountedReply.count(figures, reply);
            }
            answered(pool, op, reply, onReply);
        });
    }

    private void answered(String pool, StoreOp op, StoreReply reply, @Nullable Answered onReply) {
        if (reply instanceof StoreReply.Failed failed) {
            loop.node.metrics().hookFailures.increment();
            LOG.warn("{} on pool {} failed: {}", op.kind(), pool, failed.reason());
        } else if (onReply != null) {
            onReply.answered(op, pool, reply);
        }
    }
}
