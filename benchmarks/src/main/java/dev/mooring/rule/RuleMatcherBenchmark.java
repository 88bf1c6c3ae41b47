package dev.mooring.rule;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** What is to be done with a published message, of rules on message.publish one of which matches. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class RuleMatcherBenchmark {
    @Param({"1", "100"})
    int rules;

    /** Published to in turn; the matcher remembers the 1,024 last seen. */
    @Param({"10", "100000"})
    int topics;

    private RuleMatcher matcher = new RuleMatcher(RulePlan.EMPTY);
    private final List<String> names = new ArrayList<>();
    private int next;

    @Setup
    public void load() {
        List<Rule> all = new ArrayList<>();
        for (int i = 0; i < rules; i++) {
            all.add(Rule.of(Hook.MESSAGE_PUBLISH, "plant/" + i + "/+/state", Function.MESSAGE_PUBLISH, "pool"));
        }
        matcher = new RuleMatcher(RulePlan.of(all));
        for (int i = 0; i < topics; i++) {
            names.add("plant/0/" + i + "/state");
        }
    }

    @Benchmark
    public List<Step> steps() {
        next = next + 1 == topics ? 0 : next + 1;
        return matcher.steps(Hook.MESSAGE_PUBLISH, names.get(next));
    }
}
