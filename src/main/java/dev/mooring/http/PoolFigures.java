package dev.mooring.http;

import dev.mooring.metrics.Actions;
import dev.mooring.metrics.LatencyCounts;
import dev.mooring.rule.Rule;
import dev.mooring.store.OpKind;
import dev.mooring.store.StoreMetrics;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** What pools and the actions of rules do, for Prometheus. Labels come from the configuration alone. */
final class PoolFigures implements MultiCollector {
    private final Map<String, StoreMetrics> stores;
    private final Actions actions;
    private final Supplier<List<Rule>> rules;

    /** @param rules that count now */
    PoolFigures(Map<String, StoreMetrics> stores, Actions actions, Supplier<List<Rule>> rules) {
        this.stores = stores;
        this.actions = actions;
        this.rules = rules;
    }

    @Override
    public MetricSnapshots collect() {
        List<MetricSnapshot> all = new ArrayList<>();
        pools(all);
        all.add(latency());
        actions(all);
        return new MetricSnapshots(all);
    }

    private void pools(List<MetricSnapshot> all) {
        Family operations = new Family(
                "store_operations",
                "Operations of a pool, by result; cancelled: a message was acknowledged before it was written.");
        Family dropped =
                new Family("store_messages_dropped", "Stored messages that gave way because their topic had too many.");
        Family fsyncs = new Family(
                "store_fsyncs", "Times that the disk was made to write; 0 for a pool that has no disk of its own.");
        Family unreadable =
                new Family("store_messages_unreadable", "What stands in place of a stored message and is none.");
        Family unlisted = new Family(
                "store_messages_unlisted", "Stored messages that a table's view for other programs has no room for.");
        Family tooLarge =
                new Family("store_operations_too_large", "Operations refused because an item could not hold them.");
        Family queued = new Family("store_queued_operations", "Operations that wait for the pool, or are under way.");
        Family bytes = new Family("store_queued_bytes", "Bytes of these operations.");
        Family retries = new Family("store_retries", "Attempts that failed and were repeated, by operation.");
        Family state = new Family(
                "store_state",
                "1 for the state that the pool is in, 0 for the others. degraded: operations fail and are repeated;"
                        + " down, the open circuit breaker: for longer than limits.store_deadline_ms, or it could not"
                        + " be opened.");
        stores.forEach((pool, m) -> {
            operations.add(m.applied.sum(), "pool", pool, "result", "applied");
            operations.add(m.failed.sum(), "pool", pool, "result", "failed");
            operations.add(m.retried.sum(), "pool", pool, "result", "retried");
            operations.add(m.cancelled.sum(), "pool", pool, "result", "cancelled");
            dropped.add(m.droppedMessages(), "pool", pool);
            fsyncs.add(m.fsyncs(), "pool", pool);
            unreadable.add(m.unreadableMessages(), "pool", pool);
            unlisted.add(m.unlistedMessages(), "pool", pool);
            tooLarge.add(m.refusedBySize(), "pool", pool);
            queued.add(m.queuedOps.get(), "pool", pool);
            bytes.add(m.queuedBytes.get(), "pool", pool);
            for (OpKind kind : OpKind.values()) {
                String operation = kind.name().toLowerCase(Locale.ROOT);
                retries.add(m.retriedOf(kind), "pool", pool, "operation", operation);
            }
            for (StoreMetrics.State one : StoreMetrics.State.values()) {
                state.add(
                        m.state == one ? 1 : 0,
                        "pool",
                        pool,
                        "state",
                        one.name().toLowerCase(Locale.ROOT));
            }
        });
        all.add(operations.counter());
        all.add(retries.counter());
        all.add(dropped.counter());
        all.add(fsyncs.counter());
        all.add(unreadable.counter());
        all.add(unlisted.counter());
        all.add(tooLarge.counter());
        all.add(queued.gauge());
        all.add(bytes.gauge());
        all.add(state.gauge());
    }

    private MetricSnapshot latency() {
        HistogramSnapshot.Builder family = HistogramSnapshot.builder()
                .name("mooring_store_commit_seconds")
                .help("How long a commit took: all that gathered while the last one was under way.");
        stores.forEach((pool, m) -> family.dataPoint(HistogramSnapshot.HistogramDataPointSnapshot.builder()
                .labels(Labels.of("pool", pool))
                .classicHistogramBuckets(ClassicHistogramBuckets.of(LatencyCounts.boundsS(), m.commitLatency.counts()))
                .sum(m.commitLatency.sumS())
                .build()));
        return family.build();
    }

    private void actions(List<MetricSnapshot> all) {
        retried(all);
        Family matched = new Family("actions_matched", "Times that an action was due, by hook, action and pool.");
        Family results = new Family(
                "actions",
                "What became of actions. failed: refused by the store; dropped: given up when its deadline had passed,"
                        + " or not begun because the pool had no room; skipped: nothing to do for this message.");
        actions.all().forEach((key, m) -> {
            matched.add(m.matched.sum(), labels(key));
            result(results, key, m.succeeded.sum(), "success");
            result(results, key, m.failed.sum(), "failed");
            result(results, key, m.dropped.sum(), "dropped");
            result(results, key, m.skipped.sum(), "skipped");
        });
        all.add(matched.counter());
        all.add(results.counter());
    }

    private void retried(List<MetricSnapshot> all) {
        Family family = new Family(
                "actions_retried",
                "Times that an operation of an action had to be tried again; one action on two hooks counts as one.");
        Map<Actions.Key, Long> counts = new LinkedHashMap<>();
        for (Rule rule : rules.get()) {
            StoreMetrics store = stores.get(rule.pool());
            counts.put(
                    rule.key(),
                    store == null ? 0 : store.retriedOf(rule.action().kind()));
        }
        counts.forEach((key, count) -> family.add(count, labels(key)));
        all.add(family.counter());
    }

    private static void result(Family results, Actions.Key key, long value, String result) {
        String[] labels = labels(key);
        String[] more = java.util.Arrays.copyOf(labels, labels.length + 2);
        more[labels.length] = "result";
        more[labels.length + 1] = result;
        results.add(value, more);
    }

    private static String[] labels(Actions.Key key) {
        return new String[] {"hook", key.hook(), "action", key.action(), "pool", key.pool()};
    }
}
