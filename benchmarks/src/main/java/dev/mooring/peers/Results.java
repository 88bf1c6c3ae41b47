package dev.mooring.peers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Of one scenario: the rounds of each broker, or why there are none. */
final class Results {
    private static final Set<String> COUNTS = Set.of(
            "lost",
            "duplicated",
            "reordered",
            Loops.STALLS,
            Loops.STALLED,
            Loops.WITHOUT_CORE,
            Loops.COLLECTING,
            Loops.FSYNCS);

    final Scenario scenario;
    private final Map<String, List<Figures>> rounds = new LinkedHashMap<>();
    private final Map<String, String> failures = new LinkedHashMap<>();

    Results(Scenario scenario) {
        this.scenario = scenario;
    }

    void add(String broker, Figures figures) {
        rounds.computeIfAbsent(broker, b -> new ArrayList<>()).add(figures);
    }

    void failed(String broker, String why) {
        failures.put(broker, why);
    }

    List<String> brokers() {
        return List.copyOf(rounds.keySet());
    }

    Map<String, String> failures() {
        return failures;
    }

    List<Figures> rounds(String broker) {
        return rounds.get(broker);
    }

    List<String> columns() {
        Set<String> columns = new LinkedHashSet<>();
        rounds.values().forEach(all -> all.forEach(figures -> columns.addAll(figures.columns())));
        return List.copyOf(columns);
    }

    static boolean isCount(String column) {
        return COUNTS.contains(column);
    }

    /** The median of the rounds, or the sum of what is counted. NaN: there is none. */
    double value(String broker, String column) {
        double[] values =
                rounds.get(broker).stream().mapToDouble(f -> f.get(column)).toArray();
        return isCount(column) ? Arrays.stream(values).sum() : median(values);
    }

    double least(String broker, String column) {
        return rounds.get(broker).stream().mapToDouble(f -> f.get(column)).min().orElse(Double.NaN);
    }

    double most(String broker, String column) {
        return rounds.get(broker).stream().mapToDouble(f -> f.get(column)).max().orElse(Double.NaN);
    }

    /** The median of one broker's figures over those of another in the same round. */
    double ratio(String broker, String to, String column) {
        List<Figures> of = rounds.get(broker);
        List<Figures> other = rounds.getOrDefault(to, List.of());
        double[] ratios = new double[Math.min(of.size(), other.size())];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = of.get(i).get(column) / other.get(i).get(column);
        }
        return median(ratios);
    }

    private static double median(double[] values) {
        if (values.length == 0) {
            return Double.NaN;
        }
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }
}
