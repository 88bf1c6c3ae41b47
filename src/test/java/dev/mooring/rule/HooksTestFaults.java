package dev.mooring.rule;

import dev.mooring.store.OpKind;
import dev.mooring.store.Store;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Lets operations of a store fail, or its answers wait. */
final class HooksTestFaults {
    private volatile Predicate<StoreOp> fails = op -> false;
    private volatile boolean transientFault;
    private volatile @Nullable Promise<Void> held;
    private final AtomicInteger failed = new AtomicInteger();

    Store around(Store store) {
        return new Faulty(store);
    }

    /** From now on these are refused; with {@code transientFault} they are tried again until the deadline. */
    void fail(OpKind kind, boolean isTransient) {
        failed.set(0);
        transientFault = isTransient;
        fails = op -> op.kind() == kind;
    }

    void heal() {
        fails = op -> false;
    }

    int failed() {
        return failed.get();
    }

    /** No commit is answered until {@link #release}. */
    void hold() {
        held = Promise.promise();
    }

    void release() {
        Promise<Void> waited = held;
        held = null;
        if (waited != null) {
            waited.complete();
        }
    }

    private final class Faulty implements Store {
        private final Store store;
        /** In the order they came. */
        private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();

        Faulty(Store store) {
            this.store = store;
        }

        @Override
        public boolean blocking() {
            return store.blocking();
        }

        @Override
        public int commitsAtOnce() {
            return store.commitsAtOnce();
        }

        @Override
        public int commitOpsMax() {
            return store.commitOpsMax();
        }

        @Override
        public Future<Void> open() {
            return store.open();
        }

        @Override
        public Future<List<StoreReply>> apply(List<StoreOp> batch) {
            Promise<Void> waits = held;
            if (waits == null && waiting.isEmpty()) {
                return applyNow(batch);
            }
            Context context = Vertx.currentContext();
            Promise<List<StoreReply>> later = Promise.promise();
            waiting.add(() -> applyNow(batch).onComplete(later));
            Future<Void> over = waits == null ? Future.succeededFuture() : waits.future();
            over.onComplete(v -> context.runOnContext(x -> applyWaiting()));
            return later.future();
        }

        private void applyWaiting() {
            while (!waiting.isEmpty()) {
                waiting.remove().run();
            }
        }

        private Future<List<StoreReply>> applyNow(List<StoreOp> batch) {
            List<StoreOp> good = new ArrayList<>(batch);
            good.removeIf(fails);
            if (good.size() == batch.size()) {
                return store.apply(batch);
            }
            Predicate<StoreOp> bad = fails;
            return store.apply(good).map(replies -> {
                List<StoreReply> all = new ArrayList<>();
                int next = 0;
                for (StoreOp op : batch) {
                    boolean isGood = good.contains(op) && !bad.test(op);
                    failed.addAndGet(isGood ? 0 : 1);
                    all.add(isGood ? replies.get(next++) : new StoreReply.Failed(transientFault, "a test"));
                }
                return all;
            });
        }

        @Override
        public Future<Void> close() {
            return store.close();
        }
    }
}
