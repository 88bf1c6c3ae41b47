package dev.mooring.rule;

import dev.mooring.message.TopicFilter;
import dev.mooring.metrics.Actions;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the {@code hooks} section of the configuration.
 *
 * @param filter which topics; null for every topic, those that begin with {@code $} included. On session.subscribed and
 *     session.unsubscribed the filter of the subscription is matched as if it were a topic
 * @param action a function, or commands that were made for this hook
 * @param expiredTimeS seconds that a stored message lives at most; more than 0
 * @param enabled a rule that is switched off stays in the file and does nothing
 */
public record Rule(
        Hook hook,
        @Nullable TopicFilter filter,
        Action action,
        String pool,
        long expiredTimeS,
        OnError onError,
        boolean enabled) {
    /** What EMQX takes when a rule gives no {@code expired_time}, or one that is not positive. */
    public static final long DEFAULT_EXPIRED_TIME_S = 7200;

    public Rule {
        if (action instanceof Function function && !function.isAllowedOn(hook)) {
            throw new IllegalArgumentException(function.text() + " on " + hook.text());
        }
        if (filter != null && filter.isShared()) {
            throw new IllegalArgumentException("a rule cannot have a shared filter: " + filter);
        }
        expiredTimeS = expiredTimeS <= 0 ? DEFAULT_EXPIRED_TIME_S : expiredTimeS;
    }

    /** With the defaults of the hook; {@code filter} "" means every topic. */
    public static Rule of(Hook hook, String filter, Action action, String pool) {
        TopicFilter parsed = filter.isEmpty() ? null : TopicFilter.of(filter);
        return new Rule(hook, parsed, action, pool, DEFAULT_EXPIRED_TIME_S, hook.defaultOnError(), true);
    }

    /**
     * The action for logs and figures: of commands only what they are called, for arguments may be long, and secret.
     */
    public String label() {
        return action instanceof Commands commands ? "commands " + commands.names() : action.text();
    }

    /** Under which its figures stand. */
    public Actions.Key key() {
        return new Actions.Key(hook.text(), label(), pool);
    }

    /** Whether this rule wants to hear of {@code topic}. */
    public boolean matches(String topic) {
        return filter == null || !hook.hasTopic() || filter.matches(topic);
    }
}
