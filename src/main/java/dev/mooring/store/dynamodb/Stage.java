package dev.mooring.store.dynamodb;

import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What runs side by side: see {@link Stages}. */
final class Stage {
    final Writes writes;
    final Releases releases;
    private final List<Supplier<Future<?>>> calls = new ArrayList<>(0);

    Stage(DynamoDbLink link) {
        this.writes = new Writes(link);
        this.releases = new Releases(link);
    }

    /** A call that has no result but success. */
    void run(Answer who, Supplier<Future<?>> call) {
        calls.add(() -> call.get().onFailure(who::failed));
    }

    void ask(Answer who, Supplier<Future<? extends StoreReply>> call) {
        calls.add(() -> call.get().onComplete(who::reply, who::failed));
    }

    /** Fails never. */
    Future<Void> run() {
        return releases.isEmpty() ? calls() : releases.run().compose(v -> calls());
    }

    private Future<Void> calls() {
        List<Future<?>> all = new ArrayList<>(calls.size() + 1);
        all.add(writes.run());
        calls.forEach(call -> all.add(call.get()));
        return Future.join(all).transform(x -> Future.succeededFuture());
    }
}
