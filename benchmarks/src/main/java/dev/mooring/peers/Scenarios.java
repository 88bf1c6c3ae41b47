package dev.mooring.peers;

import dev.mooring.load.Flow;
import java.util.ArrayList;
import java.util.List;

/** All, in the order of the report. */
final class Scenarios {
    private Scenarios() {}

    /** @param quick without those that take long */
    static List<Scenario> all(boolean quick) {
        List<Scenario> all = new ArrayList<>();
        for (int qos = 0; qos <= 1; qos++) {
            all.add(flow("fan-in-" + qos, "50 publishers to 1 subscriber, QoS " + qos, Flow.fanIn(50, qos)));
        }
        for (int qos = 0; qos <= 1; qos++) {
            all.add(flow("fan-out-" + qos, "1 publisher to 200 subscribers, QoS " + qos, Flow.fanOut(200, qos)));
        }
        for (int qos = 0; qos <= 2; qos++) {
            all.add(pairs("pairs-" + qos, qos, true));
        }
        all.add(pairs("pairs-1-lasting", 1, false));
        all.add(flow("publish-1", "50 publishers, no subscriber, QoS 1", Flow.publishOnly(50, 1)));
        all.add(flow("shared-1", "50 publishers to a group of 10 members, QoS 1", Flow.shared(50, 10, 1)));
        all.add(new FlowScenario(
                "latency-1", "100 pairs, QoS 1, 5,000 messages a second in all", Flow.pairs(100, 1, true), 5_000));
        all.add(new RetainedScenario(20_000));
        all.add(new OfflineScenario(200, 100));
        all.add(new IdleScenario(5_000));
        if (!quick) {
            all.add(pairs("pairs-2-lasting", 2, false));
            all.add(new IdleScenario(50_000));
            for (BesideScenario.Kind kind : BesideScenario.Kind.values()) {
                all.add(new BesideScenario(kind, 100_000));
            }
            all.add(new SubscriptionsScenario(SubscriptionsScenario.Kind.EXACT, 100_000, false));
            for (SubscriptionsScenario.Kind kind : SubscriptionsScenario.Kind.values()) {
                all.add(new SubscriptionsScenario(kind, 1_000_000, true));
            }
        }
        return all;
    }

    /** In the order of the report. There is an {@code idle-} with any number of clients. */
    static List<Scenario> named(List<String> names) {
        List<Scenario> named = new ArrayList<>(all(false));
        named.removeIf(scenario -> !names.contains(scenario.name()));
        for (String name : names) {
            if (named.stream().noneMatch(scenario -> scenario.name().equals(name))) {
                if (!name.matches("idle-[0-9]{1,7}")) {
                    throw new IllegalArgumentException("there is no scenario " + name);
                }
                named.add(new IdleScenario(Integer.parseInt(name.substring("idle-".length()))));
            }
        }
        return named;
    }

    /** What every broker can do, for its first seconds. */
    static List<Scenario> warmUp() {
        return List.of(
                flow("warm-up", "", Flow.fanIn(50, 0)),
                pairs("warm-up", 1, true),
                flow("warm-up", "", Flow.publishOnly(50, 1)),
                flow("warm-up", "", Flow.fanOut(200, 0)));
    }

    private static Scenario flow(String name, String title, Flow flow) {
        return new FlowScenario(name, title, flow, 0);
    }

    private static Scenario pairs(String name, int qos, boolean clean) {
        return flow(
                name,
                "100 pairs, QoS " + qos + (clean ? ", clean sessions" : ", lasting sessions"),
                Flow.pairs(100, qos, clean));
    }
}
