package dev.mooring.store.dynamodb;

import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What runs side by side: see {@link Stages}. */
final class Stage {
    final Writes writes;
    final TopicMap.Changes topicMap;
    final Positions.Moves positions;
    private final List<Supplier<Future<?>>> calls = new ArrayList<>(0);
    private final List<Runnable> afterwards = new ArrayList<>(0);

    Stage(Writes writes, TopicMap.Changes topicMap, Positions.Moves positions) {
        this.writes = writes;
        this.topicMap = topicMap;
        this.positions = positions;
    }

    /** A call that has no result but success. */
    void run(Answer who, Supplier<Future<?>> call) {
        calls.add(() -> call.get().onFailure(who::failed));
    }

    void ask(Answer who, Supplier<Future<? extends StoreReply>> call) {
        calls.add(() -> call.get().onComplete(who::reply, who::failed));
    }

    /** When all else has an answer. */
    void then(Runnable done) {
        afterwards.add(done);
    }

    /** Fails never. */
    Future<Void> run() {
        List<Future<?>> all = new ArrayList<>(calls.size() + 3);
        all.add(writes.run());
        all.add(topicMap.run());
        all.add(positions.run());
        calls.forEach(call -> all.add(call.get()));
        return Future.join(all).transform(x -> {
            afterwards.forEach(Runnable::run);
            return Future.succeededFuture();
        });
    }
}
