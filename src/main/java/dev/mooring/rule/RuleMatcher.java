package dev.mooring.rule;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Asks a {@link RulePlan} and remembers the answers for the topics seen last. Confined to one event loop. */
public final class RuleMatcher {
    /** Topics remembered per hook. */
    static final int TOPICS_MAX = 1024;
    /** Longer topics are matched each time, so that a client can't fill the memory with them. Characters. */
    static final int TOPIC_LENGTH_MAX = 256;

    private RulePlan plan;
    private final Map<Hook, Recent> recent = new EnumMap<>(Hook.class);

    public RuleMatcher(RulePlan plan) {
        this.plan = plan;
    }

    /** Takes a new plan after a reload; what was remembered is forgotten. */
    public void plan(RulePlan newPlan) {
        plan = newPlan;
        recent.clear();
    }

    /** See {@link RulePlan#any}. */
    public boolean any(Hook hook) {
        return plan.any(hook);
    }

    /** See {@link RulePlan#steps}. The list is immutable. */
    public List<Step> steps(Hook hook, String topic) {
        List<Step> steps = plan.stepsOfAll(hook, topic);
        if (steps != null) {
            return steps;
        }
        if (topic.length() > TOPIC_LENGTH_MAX) {
            return plan.steps(hook, topic);
        }
        Recent known = recent.computeIfAbsent(hook, h -> new Recent());
        steps = known.get(topic);
        if (steps == null) {
            steps = plan.steps(hook, topic);
            known.put(topic, steps);
        }
        return steps;
    }

    /** For the test of the bound. */
    int remembered(Hook hook) {
        Recent known = recent.get(hook);
        return known == null ? 0 : known.size();
    }

    @SuppressWarnings("serial") // never serialized
    private static final class Recent extends LinkedHashMap<String, List<Step>> {
        Recent() {
            super(64, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, List<Step>> eldest) {
            return size() > TOPICS_MAX;
        }
    }
}
