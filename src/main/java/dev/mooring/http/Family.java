package dev.mooring.http;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.ArrayList;
import java.util.List;

/** A metric with its values, on the way to Prometheus. */
final class Family {
    private final String name;
    private final String help;
    private final List<Labels> labels = new ArrayList<>();
    private final List<Double> values = new ArrayList<>();

    /** @param name without the suffix that its kind adds */
    Family(String name, String help) {
        this.name = "mooring_" + name;
        this.help = help;
    }

    /** @param labels name and value in turn */
    Family add(double value, String... labels) {
        this.labels.add(Labels.of(labels));
        values.add(value);
        return this;
    }

    MetricSnapshot counter() {
        CounterSnapshot.Builder family = CounterSnapshot.builder().name(name).help(help);
        for (int i = 0; i < values.size(); i++) {
            family.dataPoint(CounterDataPointSnapshot.builder()
                    .labels(labels.get(i))
                    .value(values.get(i))
                    .build());
        }
        return family.build();
    }

    MetricSnapshot gauge() {
        GaugeSnapshot.Builder family = GaugeSnapshot.builder().name(name).help(help);
        for (int i = 0; i < values.size(); i++) {
            family.dataPoint(GaugeDataPointSnapshot.builder()
                    .labels(labels.get(i))
                    .value(values.get(i))
                    .build());
        }
        return family.build();
    }
}
