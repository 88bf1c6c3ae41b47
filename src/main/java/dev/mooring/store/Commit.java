package dev.mooring.store;

import dev.mooring.bus.LocalCodec;
import io.vertx.core.eventbus.EventBus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The batches of one commit, their operations in order, and the answers so far. Confined to the {@link StoreVerticle}.
 */
final class Commit {
    /** Writes of the broker's own state. */
    private static final Set<StoreOp.Kind> NEVER_GIVEN_UP =
            EnumSet.range(StoreOp.Kind.SESSION_SAVE, StoreOp.Kind.QUEUE_MOVE);

    /** In order. */
    List<StoreOp> pending = List.of();

    String firstFailure = "";
    private final List<StoreBatch> batches;
    private @Nullable StoreReply[] replies = {};
    private int[] positions = {}; // of the pending operations, in replies
    private int refused;

    /**
     * @param late what was tried before and goes first; nothing of it is cancelled, since it may be on the disk
     * @param fresh not tried before
     */
    Commit(List<StoreBatch> late, List<StoreBatch> fresh, StoreMetrics metrics) {
        batches = new ArrayList<>(late);
        batches.addAll(fresh);
        int ops = 0;
        for (StoreBatch batch : batches) {
            ops += batch.ops().size();
        }
        replies = new StoreReply[ops];
        positions = new int[ops];
        pending = new ArrayList<>(ops);
        Cancelling cancelling = new Cancelling(fresh, ops);
        int at = 0;
        for (int i = 0; i < batches.size(); i++) {
            for (StoreOp op : batches.get(i).ops()) {
                if (op != null) {
                    add(at, i < late.size() ? op : cancelling.left(op));
                }
                at++;
            }
        }
        metrics.cancelled.add(cancelling.count());
    }

    private void add(int at, @Nullable StoreOp left) {
        if (left == null) {
            replies[at] = StoreReply.DONE;
        } else {
            positions[pending.size()] = at;
            pending.add(left);
        }
    }

    /** Keeps the answers; what failed transiently stays pending, in order. */
    void accept(List<StoreReply> answers) {
        List<StoreOp> again = new ArrayList<>();
        for (int i = 0; i < answers.size(); i++) {
            StoreReply reply = answers.get(i);
            replies[positions[i]] = reply;
            if (reply instanceof StoreReply.Failed failure) {
                if (firstFailure.isEmpty()) {
                    firstFailure = failure.reason();
                }
                if (failure.transientFault()) {
                    positions[again.size()] = positions[i];
                    again.add(pending.get(i));
                } else {
                    refused++;
                }
            }
        }
        pending = again;
    }

    void fail(String reason) {
        firstFailure = reason;
        StoreReply failure = new StoreReply.Failed(true, reason);
        for (int i = 0; i < pending.size(); i++) {
            replies[positions[i]] = failure;
        }
    }

    /**
     * Ends it: sends the answers off, and returns what is left to do of each batch.
     *
     * @param giveUp whether all of it is answered, applied or not
     */
    List<StoreBatch> answer(EventBus bus, StoreMetrics metrics, boolean giveUp) {
        @Nullable StoreOp[] rest = new StoreOp[replies.length]; // not as they came: some were cancelled in part
        int left = 0;
        for (int i = 0; i < pending.size() && !giveUp; i++) {
            if (NEVER_GIVEN_UP.contains(pending.get(i).kind())) {
                replies[positions[i]] = null;
                rest[positions[i]] = pending.get(i);
                left++;
            }
        }
        List<StoreBatch> late = new ArrayList<>();
        int answered = 0;
        int at = 0;
        for (StoreBatch batch : batches) {
            int end = at + batch.ops().size();
            List<@Nullable StoreReply> own = Arrays.asList(replies).subList(at, end);
            bus.send(batch.replyTo(), new StoreReplies(batch.pool(), batch.sequence(), own), LocalCodec.OPTIONS);
            StoreBatch again = batch.again(Arrays.asList(rest).subList(at, end));
            answered += batch.count() - again.count();
            if (again.count() > 0) {
                late.add(again);
            } else {
                metrics.queuedBytes.addAndGet(-batch.sizeBytes());
            }
            at = end;
        }
        int failed = pending.size() - left + refused;
        metrics.queuedOps.addAndGet(-answered);
        metrics.failed.add(failed);
        metrics.applied.add(answered - failed);
        return late;
    }
}
