package dev.mooring.store;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Supplier;

/** Calls a store on an event loop, as its verticle does. */
final class OnContext implements Store {
    private final Store store;
    private final Context context;

    OnContext(Vertx vertx, Store store) {
        this.store = store;
        this.context = vertx.getOrCreateContext();
    }

    @Override
    public Future<Void> open() {
        return there(store::open);
    }

    @Override
    public Future<List<StoreReply>> apply(List<StoreOp> batch) {
        return there(() -> store.apply(batch));
    }

    @Override
    public Future<Void> close() {
        return there(store::close);
    }

    @Override
    public boolean blocking() {
        return store.blocking();
    }

    private <T> Future<T> there(Supplier<Future<T>> call) {
        Promise<T> promise = Promise.promise();
        context.runOnContext(v -> call.get().onComplete(promise));
        return promise.future();
    }
}
