package dev.mooring.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mooring.message.TopicFilter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class RulePlanTest {
    private static final String[] FILTERS = {
        "", "#", "+", "a", "a/#", "+/b", "a/+", "/", "/#", "+/+", "$SYS/#", "$SYS/+", "a/b/c", "a/+/c", "$share"
    };
    private static final String[] TOPICS = {
        "a", "b", "a/b", "a/b/c", "/", "/a", "a/", "$SYS", "$SYS/x", "$x", "a//c", "a/+", "a/#", "#", "$share/g/a"
    };

    @Test
    void stepsKeepTheOrderOfTheFile() {
        RulePlan plan = RulePlan.of(List.of(
                rule("#", Function.MESSAGE_RETAIN, "p2"),
                rule("a", Function.MESSAGE_PUBLISH, "p1"),
                rule("", Function.RETAIN_DELETE, "p2")));

        assertThat(plan.steps(Hook.MESSAGE_PUBLISH, "a"))
                .extracting(Step::action)
                .containsExactly(Function.MESSAGE_RETAIN, Function.MESSAGE_PUBLISH, Function.RETAIN_DELETE);
    }

    @Test
    void aHookWithoutEnabledRulesIsSeenAtOnce() {
        Rule on = rule("a", Function.MESSAGE_PUBLISH, "p");
        Rule off = new Rule(on.hook(), on.filter(), on.action(), on.pool(), 1, on.onError(), false);

        assertThat(RulePlan.EMPTY.any(Hook.MESSAGE_PUBLISH)).isFalse();
        assertThat(RulePlan.of(List.of(off)).any(Hook.MESSAGE_PUBLISH)).isFalse();
        assertThat(RulePlan.of(List.of(off)).steps(Hook.MESSAGE_PUBLISH, "a")).isEmpty();
        assertThat(RulePlan.of(List.of(off, on)).any(Hook.MESSAGE_PUBLISH)).isTrue();
        assertThat(RulePlan.of(List.of(off, on)).any(Hook.MESSAGE_ACKED)).isFalse();
    }

    @Test
    void dollarTopicsAreMatchedOnlyByRulesWithoutTopicOrThatNameThem() {
        RulePlan plan = RulePlan.of(List.of(
                rule("#", Function.MESSAGE_PUBLISH, "hash"),
                rule("", Function.MESSAGE_PUBLISH, "all"),
                rule("$SYS/#", Function.MESSAGE_PUBLISH, "sys")));

        assertThat(plan.steps(Hook.MESSAGE_PUBLISH, "$SYS/up"))
                .extracting(Step::pool)
                .containsExactly("all", "sys");
        assertThat(plan.steps(Hook.MESSAGE_PUBLISH, "up"))
                .extracting(Step::pool)
                .containsExactly("hash", "all");
    }

    @Test
    void theFilterOfASubscriptionIsMatchedAsIfItWereATopic() {
        RulePlan plan = RulePlan.of(List.of(Rule.of(Hook.SESSION_SUBSCRIBED, "a/+", Function.FETCH_FOR_QUEUE, "p")));

        assertThat(plan.steps(Hook.SESSION_SUBSCRIBED, "a/b")).hasSize(1);
        assertThat(plan.steps(Hook.SESSION_SUBSCRIBED, "a/+")).hasSize(1);
        assertThat(plan.steps(Hook.SESSION_SUBSCRIBED, "a/#")).hasSize(1);
        assertThat(plan.steps(Hook.SESSION_SUBSCRIBED, "#")).isEmpty();
    }

    @Test
    void topicsDoNotCountOnHooksOfClients() {
        RulePlan plan = RulePlan.of(List.of(Rule.of(Hook.CLIENT_CONNECTED, "a", Function.CLIENT_CONNECTED, "p")));

        assertThat(plan.steps(Hook.CLIENT_CONNECTED, "")).hasSize(1);
    }

    @Test
    void theSameFunctionOnTheSamePoolActsOnceWithTheLongerLifeAndTheStricterRule() {
        Rule shorter = new Rule(Hook.MESSAGE_PUBLISH, null, Function.MESSAGE_PUBLISH, "p", 60, OnError.REJECT, true);
        Rule longer = new Rule(
                Hook.MESSAGE_PUBLISH,
                TopicFilter.of("alarm/#"),
                Function.MESSAGE_PUBLISH,
                "p",
                3600,
                OnError.ACCEPT,
                true);
        Step merged = new Step(Function.MESSAGE_PUBLISH, "p", 3600, OnError.REJECT, false);

        for (List<Rule> order : List.of(List.of(shorter, longer), List.of(longer, shorter))) {
            assertThat(RulePlan.of(order).steps(Hook.MESSAGE_PUBLISH, "alarm/fire"))
                    .usingRecursiveFieldByFieldElementComparatorIgnoringFields("figures")
                    .containsExactly(merged);
            assertThat(RulePlan.of(order).steps(Hook.MESSAGE_PUBLISH, "x"))
                    .extracting(Step::expiredTimeS)
                    .containsExactly(60L);
        }
    }

    @Test
    void publishAndStoreOnOnePoolWriteAMessageOnce() {
        Rule publish = rule("a", Function.MESSAGE_PUBLISH, "p");
        Rule store = new Rule(Hook.MESSAGE_PUBLISH, null, Function.MESSAGE_STORE, "p", 86400, OnError.ACCEPT, true);

        for (List<Rule> order : List.of(List.of(publish, store), List.of(store, publish))) {
            assertThat(RulePlan.of(order).steps(Hook.MESSAGE_PUBLISH, "a"))
                    .usingRecursiveFieldByFieldElementComparatorIgnoringFields("figures")
                    .containsExactlyInAnyOrder(
                            new Step(Function.MESSAGE_PUBLISH, "p", 86400, OnError.REJECT, false),
                            new Step(Function.MESSAGE_STORE, "p", 86400, OnError.ACCEPT, true));
            assertThat(RulePlan.of(order).steps(Hook.MESSAGE_PUBLISH, "b"))
                    .usingRecursiveFieldByFieldElementComparatorIgnoringFields("figures")
                    .containsExactly(new Step(Function.MESSAGE_STORE, "p", 86400, OnError.ACCEPT, false));
        }
        Rule elsewhere = rule("", Function.MESSAGE_STORE, "q");
        assertThat(RulePlan.of(List.of(publish, elsewhere)).steps(Hook.MESSAGE_PUBLISH, "a"))
                .extracting(Step::onlyQos0)
                .containsExactly(false, false);
    }

    @Test
    void aRuleIsCheckedWhenItIsMade() {
        assertThatThrownBy(() -> Rule.of(Hook.MESSAGE_ACKED, "", Function.MESSAGE_PUBLISH, "p"))
                .hasMessage("on_message_publish on message.acked");
        assertThatThrownBy(() -> rule("$share/g/a", Function.MESSAGE_PUBLISH, "p"))
                .isInstanceOf(IllegalArgumentException.class);
        assertThat(new Rule(Hook.MESSAGE_PUBLISH, null, Function.MESSAGE_STORE, "p", 0, OnError.ACCEPT, true)
                        .expiredTimeS())
                .isEqualTo(7200);
    }

    @Test
    void bothSpellingsOfANameAreUnderstood() {
        assertThat(Hook.parse("message.deliver")).isEqualTo(Hook.MESSAGE_DELIVERED);
        assertThat(Hook.parse("message.delivered")).isEqualTo(Hook.MESSAGE_DELIVERED);
        assertThat(Function.parse("on_subscription_lookup")).isEqualTo(Function.SUBSCRIBE_LOOKUP);
        assertThat(Function.parse("on_message_fetch")).isEqualTo(Function.FETCH_FOR_PUBSUB);
        assertThat(Function.parse("")).isNull();
        assertThat(Function.SUBSCRIBE_LOOKUP.hooks()).containsExactly(Hook.CLIENT_CONNECTED, Hook.SESSION_CREATED);
        assertThat(Hook.MESSAGE_DELIVERED.functions()).isEmpty();
        assertThat(Arrays.stream(Function.values()).flatMap(f -> f.names().stream()))
                .doesNotHaveDuplicates();
    }

    /** Pool and function of each step, in any order, against level-by-level matching written another way. */
    @Property(tries = 500)
    void thePlanFindsWhatANaiveMatcherFinds(@ForAll long seed) {
        Random random = new Random(seed);
        List<Rule> rules = new ArrayList<>();
        for (int n = random.nextInt(6); n >= 0; n--) {
            Hook hook = Hook.values()[random.nextInt(Hook.values().length)];
            List<Function> functions = hook.functions();
            if (!functions.isEmpty()) {
                Function function = functions.get(random.nextInt(functions.size()));
                String filter = FILTERS[random.nextInt(FILTERS.length)];
                rules.add(Rule.of(hook, filter, function, "p" + random.nextInt(2)));
            }
        }
        RulePlan plan = RulePlan.of(rules);
        RuleMatcher matcher = new RuleMatcher(plan);
        for (int n = 0; n < 40; n++) {
            Hook hook = Hook.values()[random.nextInt(Hook.values().length)];
            String topic = TOPICS[random.nextInt(TOPICS.length)];
            TreeSet<String> expected = new TreeSet<>();
            for (Rule rule : rules) {
                if (rule.hook() == hook && (!hook.hasTopic() || naive(rule.filter(), topic))) {
                    expected.add(rule.pool() + rule.action());
                }
            }
            List<Step> steps = matcher.steps(hook, topic);
            assertThat(steps).extracting(s -> s.pool() + s.action()).containsExactlyInAnyOrderElementsOf(expected);
            assertThat(plan.steps(hook, topic)).isEqualTo(steps);
            assertThat(plan.any(hook)).isEqualTo(rules.stream().anyMatch(r -> r.hook() == hook));
        }
    }

    @Test
    void aMatcherRemembersSomeTopicsAndForgetsThemWithThePlan() {
        RuleMatcher matcher = new RuleMatcher(RulePlan.of(List.of(rule("a/+", Function.MESSAGE_PUBLISH, "p"))));
        for (int i = 0; i < 3 * RuleMatcher.TOPICS_MAX; i++) {
            assertThat(matcher.steps(Hook.MESSAGE_PUBLISH, "a/" + i)).hasSize(1);
        }
        assertThat(matcher.remembered(Hook.MESSAGE_PUBLISH)).isEqualTo(RuleMatcher.TOPICS_MAX);
        assertThat(matcher.steps(Hook.MESSAGE_PUBLISH, "a/3")).isSameAs(matcher.steps(Hook.MESSAGE_PUBLISH, "a/3"));

        matcher.plan(RulePlan.of(List.of(rule("b/+", Function.MESSAGE_PUBLISH, "p"))));
        assertThat(matcher.steps(Hook.MESSAGE_PUBLISH, "a/3")).isEmpty();
        assertThat(matcher.steps(Hook.MESSAGE_PUBLISH, "b/" + "x".repeat(RuleMatcher.TOPIC_LENGTH_MAX)))
                .hasSize(1);
        assertThat(matcher.remembered(Hook.MESSAGE_PUBLISH)).isEqualTo(1);
    }

    private static boolean naive(TopicFilter filter, String topic) {
        if (filter == null) {
            return true;
        }
        String[] f = filter.text().split("/", -1);
        String[] t = topic.split("/", -1);
        if (topic.startsWith("$") && (f[0].equals("#") || f[0].equals("+"))) {
            return false;
        }
        return naive(f, t, 0);
    }

    private static boolean naive(String[] f, String[] t, int i) {
        if (i < f.length && f[i].equals("#")) {
            return true;
        }
        if (i == f.length || i == t.length) {
            return i == f.length && i == t.length;
        }
        return (f[i].equals("+") || f[i].equals(t[i])) && naive(f, t, i + 1);
    }

    private static Rule rule(String filter, Function function, String pool) {
        return Rule.of(Hook.MESSAGE_PUBLISH, filter, function, pool);
    }
}
