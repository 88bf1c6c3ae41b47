package dev.mooring.rule;

import dev.mooring.message.TopicFilter;
import dev.mooring.metrics.Actions;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The rules of one load of the configuration, ready to be asked "what is to be done here?". Immutable; shared by all
 * loops. A loop asks through its own {@link RuleMatcher}, which remembers answers.
 *
 * <p>The answer for a topic merges the matching rules: the same action on the same pool is one step, and a message that
 * on_message_publish stores is not stored again by on_message_store. Steps keep the order of the file, which is the
 * order in which a pool has to see them.
 */
public final class RulePlan {
    public static final RulePlan EMPTY = new RulePlan(List.of(), new Actions());

    private final Map<Hook, ByHook> hooks = new EnumMap<>(Hook.class);

    private RulePlan(List<Rule> rules, Actions figures) {
        for (Hook hook : Hook.values()) {
            hooks.put(
                    hook,
                    new ByHook(
                            rules.stream()
                                    .filter(r -> r.enabled() && r.hook() == hook)
                                    .toList(),
                            figures));
        }
    }

    public static RulePlan of(List<Rule> rules) {
        return of(rules, new Actions());
    }

    /** @param figures where it is counted what becomes of the actions */
    public static RulePlan of(List<Rule> rules, Actions figures) {
        return new RulePlan(rules, figures);
    }

    /** Whether any rule stands on this hook, so that the caller may skip making an event. */
    public boolean any(Hook hook) {
        return !of(hook).rules.isEmpty();
    }

    /**
     * The steps for a topic, in order. Matches every rule: use a {@link RuleMatcher} where it happens often.
     *
     * @param topic topic name, on session.(un)subscribed the text of the filter, on client.* whatever
     */
    public List<Step> steps(Hook hook, String topic) {
        List<Step> known = stepsOfAll(hook, topic);
        return known != null ? known : merged(of(hook).rules, topic, of(hook).figures);
    }

    /** The answer when it does not depend on the topic's text, else null. */
    @Nullable
    List<Step> stepsOfAll(Hook hook, String topic) {
        ByHook byHook = of(hook);
        if (!byHook.uniform) {
            return null;
        }
        return topic.isEmpty() || topic.charAt(0) != '$' ? byHook.plain : byHook.reserved;
    }

    private ByHook of(Hook hook) {
        ByHook byHook = hooks.get(hook);
        if (byHook == null) {
            throw new IllegalStateException("no entry for " + hook);
        }
        return byHook;
    }

    private static List<Step> merged(List<Rule> rules, String topic, Actions figures) {
        List<Step> steps = new ArrayList<>(rules.size());
        for (Rule rule : rules) {
            if (rule.matches(topic)) {
                add(steps, Step.of(rule, figures));
            }
        }
        storeOnce(steps);
        return List.copyOf(steps);
    }

    private static void add(List<Step> steps, Step step) {
        int same = indexOf(steps, step.action(), step.pool());
        if (same < 0) {
            steps.add(step);
        } else {
            steps.set(same, steps.get(same).merged(step));
        }
    }

    /**
     * on_message_publish and on_message_store write the same body: together they would write QoS 1 and 2 messages
     * twice. So on_message_store is left with QoS 0, and on_message_publish takes over its promises.
     */
    private static void storeOnce(List<Step> steps) {
        for (int i = 0; i < steps.size(); i++) {
            Step store = steps.get(i);
            if (store.action() != Function.MESSAGE_STORE) {
                continue;
            }
            int publish = indexOf(steps, Function.MESSAGE_PUBLISH, store.pool());
            if (publish >= 0) {
                steps.set(publish, steps.get(publish).merged(store));
                steps.set(i, store.forQos0());
            }
        }
    }

    private static int indexOf(List<Step> steps, Action action, String pool) {
        for (int i = 0; i < steps.size(); i++) {
            if (steps.get(i).action().equals(action) && steps.get(i).pool().equals(pool)) {
                return i;
            }
        }
        return -1;
    }

    /** Most files only have "#" or no topic: two prepared answers serve all topics then. */
    private static final class ByHook {
        final List<Rule> rules;
        final Actions figures;
        final boolean uniform;
        final List<Step> plain;
        final List<Step> reserved;

        ByHook(List<Rule> rules, Actions figures) {
            this.rules = rules;
            this.figures = figures;
            uniform = rules.stream().allMatch(ByHook::isForAll);
            plain = merged(rules, "a", figures);
            reserved = merged(rules, "$", figures);
        }

        private static boolean isForAll(Rule rule) {
            TopicFilter filter = rule.filter();
            return filter == null || !rule.hook().hasTopic() || filter.filter().equals("#");
        }
    }
}
