package dev.mooring.store.dynamodb;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The operations of one {@link DynamoDbStore#apply} in stages, which run one after another; what is in one stage runs
 * side by side. An operation that has a key in common with an earlier one is in a later stage, so it sees its effects.
 *
 * <p>But operations that only write, and of which the last word on an item or the union of their words counts, join the
 * stage of earlier ones of that sort: {@link Writes} and {@link Stage} put them together in their order. So a batch of
 * PUBLISHes and acknowledgements is one stage, whatever their topics.
 */
final class Stages {
    /** Number of the last stage with a key: of those that only write, and of all others; -1 for none. */
    private static final class Last {
        int write = -1;
        int other = -1;
    }

    private final Supplier<Stage> newStage;
    private final List<Stage> stages = new ArrayList<>(2);
    private final Map<String, Last> last = new HashMap<>();
    private int floor;

    Stages(Supplier<Stage> newStage) {
        this.newStage = newStage;
    }

    /** For an operation that only writes. */
    Stage write(String... keys) {
        int at = floor;
        for (String key : keys) {
            Last of = last.computeIfAbsent(key, k -> new Last());
            at = Math.max(at, Math.max(of.write, of.other + 1));
        }
        for (String key : keys) {
            last.computeIfAbsent(key, k -> new Last()).write = at;
        }
        return stage(at);
    }

    /** For an operation that reads, or writes under a condition. */
    Stage other(String... keys) {
        int at = floor;
        for (String key : keys) {
            Last of = last.computeIfAbsent(key, k -> new Last());
            at = Math.max(at, Math.max(of.write, of.other) + 1);
        }
        for (String key : keys) {
            last.computeIfAbsent(key, k -> new Last()).other = at;
        }
        return stage(at);
    }

    /** For one that reads whatever there is: after all before it, and before all after it. */
    Stage all() {
        Stage stage = stage(stages.size());
        floor = stages.size();
        return stage;
    }

    private Stage stage(int at) {
        while (stages.size() <= at) {
            stages.add(newStage.get());
        }
        return stages.get(at);
    }

    /** Completes when every operation has its answer; fails never. */
    Future<Void> run() {
        return run(0);
    }

    private Future<Void> run(int at) {
        return at == stages.size()
                ? Future.succeededFuture()
                : stages.get(at).run().compose(v -> run(at + 1));
    }
}
