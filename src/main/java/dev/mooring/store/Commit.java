package dev.mooring.store;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Operations that are given to the store in one call, in order: what is tried again, then what is new. */
final class Commit {
    /** One operation and where its answer goes. */
    record Item(StoreOp op, OpenBatch batch, int at) implements Comparable<Item> {
        /** In the order they came. */
        @Override
        public int compareTo(Item other) {
            int byBatch = Long.compare(batch.number, other.batch.number);
            return byBatch != 0 ? byBatch : Integer.compare(at, other.at);
        }
    }

    final List<Item> again;
    private final List<OpenBatch> fresh;
    private final List<StoreOp> ops;
    private final int[] batchOf; // of what is new: number in fresh, and place there
    private final int[] placeOf;
    final int cancelled;

    @Nullable
    List<StoreReply> replies;

    /**
     * @param again was tried before; nothing of it is cancelled, since it may be on the disk
     * @param fresh not tried before
     * @param repeats what of {@code fresh} has to come after one of these joins them instead, unless they are
     *     {@code again} and come before it in this commit
     * @param underWay that the store has not answered
     */
    Commit(List<Item> again, List<OpenBatch> fresh, Repeats repeats, Iterable<Commit> underWay) {
        this.again = again;
        this.fresh = fresh;
        int count = 0;
        List<StoreBatch> batches = new ArrayList<>(fresh.size());
        for (OpenBatch open : fresh) {
            batches.add(open.batch);
            count += open.batch.ops().size();
        }
        ops = new ArrayList<>(again.size() + count);
        for (Item item : again) {
            ops.add(item.op());
        }
        batchOf = new int[count];
        placeOf = new int[count];
        Cancelling cancelling = new Cancelling(batches, count);
        Trims trims = trims(again, batches, repeats, underWay);
        for (int i = 0; i < fresh.size(); i++) {
            List<StoreOp> own = batches.get(i).ops();
            for (int k = 0; k < own.size(); k++) {
                StoreOp left = cancelling.left(own.get(k));
                if (left == null) {
                    fresh.get(i).answer(k, StoreReply.DONE);
                } else if (left instanceof StoreOp.QueueTrim trim && trims != null && !trims.begins(trim)) {
                    fresh.get(i).answer(k, Trims.NOTHING);
                } else if (!again.isEmpty() || !joined(repeats, left, fresh.get(i), k)) {
                    batchOf[ops.size() - again.size()] = i;
                    placeOf[ops.size() - again.size()] = k;
                    ops.add(left);
                }
            }
        }
        cancelled = cancelling.count();
        if (trims != null) {
            ops.forEach(trims::unanswered);
            ops.replaceAll(op -> op instanceof StoreOp.QueueTrim trim ? trims.bounded(trim) : op);
        }
    }

    /** With what is unanswered before this commit; null when it has no trims, as most. */
    private static @Nullable Trims trims(
            List<Item> again, List<StoreBatch> fresh, Repeats repeats, Iterable<Commit> underWay) {
        if (!hasTrim(again, fresh)) {
            return null;
        }
        Trims trims = new Trims();
        repeats.forEach(trims::unanswered);
        underWay.forEach(commit -> commit.ops.forEach(trims::unanswered));
        return trims;
    }

    private static boolean hasTrim(List<Item> again, List<StoreBatch> fresh) {
        for (Item item : again) {
            if (item.op().kind() == OpKind.QUEUE_TRIM) {
                return true;
            }
        }
        for (StoreBatch batch : fresh) {
            for (StoreOp op : batch.ops()) {
                if (op.kind() == OpKind.QUEUE_TRIM) {
                    return true;
                }
            }
        }
        return false;
    }

    private static boolean joined(Repeats repeats, StoreOp op, OpenBatch batch, int at) {
        if (repeats.isEmpty()) {
            return false;
        }
        Item item = new Item(op, batch, at);
        boolean waits = repeats.precede(item);
        if (waits) {
            repeats.add(item);
        }
        return waits;
    }

    List<StoreOp> ops() {
        return ops;
    }

    /** Operations that are not tried again. */
    int freshCount() {
        return ops.size() - again.size();
    }

    /** Of what is new, by number. */
    Item fresh(int i) {
        return new Item(ops.get(again.size() + i), fresh.get(batchOf[i]), placeOf[i]);
    }

    void tried() {
        fresh.forEach(OpenBatch::tried);
    }

    void answerFresh(int i, StoreReply reply) {
        fresh.get(batchOf[i]).answer(placeOf[i], reply);
    }
}
