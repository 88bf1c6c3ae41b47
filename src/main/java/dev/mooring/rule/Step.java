package dev.mooring.rule;

import dev.mooring.metrics.ActionMetrics;
import dev.mooring.metrics.Actions;

/**
 * What is to be done in one pool for one topic: the {@link Rule}s that match, merged so that nothing is written twice.
 *
 * @param expiredTimeS seconds that a stored message lives at most
 * @param onlyQos0 another step of this pool stores the message unless its QoS is 0
 * @param figures what comes of it is counted there
 */
public record Step(
        Action action, String pool, long expiredTimeS, OnError onError, boolean onlyQos0, ActionMetrics figures) {
    /** With figures that nobody reads. */
    Step(Action action, String pool, long expiredTimeS, OnError onError, boolean onlyQos0) {
        this(action, pool, expiredTimeS, onError, onlyQos0, new ActionMetrics());
    }

    static Step of(Rule rule, Actions figures) {
        return new Step(rule.action(), rule.pool(), rule.expiredTimeS(), rule.onError(), false, figures.of(rule.key()));
    }

    /** This step in place of both: the longer life and the stricter rule, so that the file's order does not matter. */
    Step merged(Step other) {
        boolean reject = onError == OnError.REJECT || other.onError == OnError.REJECT;
        long longer = Math.max(expiredTimeS, other.expiredTimeS);
        return new Step(action, pool, longer, reject ? OnError.REJECT : OnError.ACCEPT, onlyQos0, figures);
    }

    Step forQos0() {
        return new Step(action, pool, expiredTimeS, onError, true, figures);
    }
}
