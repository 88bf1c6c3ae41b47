package dev.mooring.mqtt;

import dev.mooring.rule.Hook;
import dev.mooring.rule.HookEvent;
import dev.mooring.rule.Operations;
import dev.mooring.rule.Step;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.List;
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
            StoreOp op = Operations.of(step, event);
            if (op != null) {
                submit(step.pool(), op, onReply);
            }
        }
    }

    /** One more operation for a pool: the next page of a fetch. */
    void submit(String pool, StoreOp op, @Nullable Answered onReply) {
        loop.store(pool).submit(op, reply -> {
            if (reply instanceof StoreReply.Failed failed) {
                loop.node.metrics().hookFailures.increment();
                LOG.warn("{} on pool {} failed: {}", op.kind(), pool, failed.reason());
            } else if (onReply != null) {
                onReply.answered(op, pool, reply);
            }
        });
    }
}
