package dev.mooring.store;

import dev.mooring.bus.LocalCodec;
import io.vertx.core.eventbus.EventBus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The batches that are applied together, their operations in order, and the answers so far. */
final class Commit {
    private final List<StoreBatch> batches;
    private final long deadlineAtNs;
    private final List<StoreOp> operations;
    private final StoreReply[] replies;
    private final int cancelled;
    private final int[] all; // where in replies each operation's answer goes
    private int[] positions; // likewise of the pending ones
    private List<StoreOp> pending;
    private boolean answered;
    private String firstFailure = "";
    private int refused;

    /**
     * @param ops operations of all batches
     * @param deadlineAtNs by System.nanoTime, from when on what fails is not tried again
     */
    Commit(List<StoreBatch> batches, int ops, long deadlineAtNs) {
        this.batches = batches;
        this.deadlineAtNs = deadlineAtNs;
        Cancelling cancelling = new Cancelling(batches, ops);
        cancelled = cancelling.count();
        replies = new StoreReply[ops];
        all = new int[ops];
        operations = new ArrayList<>(ops);
        int at = 0;
        for (StoreBatch batch : batches) {
            for (StoreOp op : batch.ops()) {
                StoreOp left = cancelling.left(at, op);
                if (left == null) {
                    replies[at] = StoreReply.DONE;
                } else {
                    all[operations.size()] = at;
                    operations.add(left);
                }
                at++;
            }
        }
        positions = all;
        pending = operations;
    }

    /** What is to be applied, in order; empty when all has been. */
    List<StoreOp> pending() {
        return pending;
    }

    boolean isAnswered() {
        return answered;
    }

    boolean isComplete() {
        return answered && pending.isEmpty();
    }

    boolean hasFailed() {
        return answered && !pending.isEmpty();
    }

    /** Keeps the answers; what failed transiently stays pending, in order. */
    void accept(List<StoreReply> answers) {
        answered = true;
        List<StoreOp> again = new ArrayList<>(0);
        int[] againAt = new int[0];
        for (int i = 0; i < answers.size(); i++) {
            StoreReply reply = answers.get(i);
            replies[positions[i]] = reply;
            if (reply instanceof StoreReply.Failed failure) {
                firstFailure = firstFailure.isEmpty() ? failure.reason() : firstFailure;
                if (failure.transientFault()) {
                    againAt = againAt.length == 0 ? new int[answers.size()] : againAt;
                    againAt[again.size()] = positions[i];
                    again.add(pending.get(i));
                } else {
                    refused++;
                }
            }
        }
        pending = again;
        positions = againAt;
    }

    /** Nobody knows what became of any. */
    void fail(String reason) {
        answered = true;
        firstFailure = reason;
        StoreReply failure = new StoreReply.Failed(true, reason);
        for (int i = 0; i < pending.size(); i++) {
            replies[positions[i]] = failure;
        }
    }

    /** All is pending again. */
    void restart() {
        answered = false;
        refused = 0;
        pending = operations;
        positions = all;
    }

    void answer(EventBus bus) {
        List<StoreReply> list = Arrays.asList(replies);
        int at = 0;
        for (StoreBatch batch : batches) {
            int end = at + batch.ops().size();
            List<StoreReply> own = list.subList(at, end);
            bus.send(batch.replyTo(), new StoreReplies(batch.pool(), batch.sequence(), own), LocalCodec.OPTIONS);
            at = end;
        }
    }

    List<StoreBatch> batches() {
        return batches;
    }

    long deadlineAtNs() {
        return deadlineAtNs;
    }

    String firstFailure() {
        return firstFailure;
    }

    /** Operations refused for good. */
    int refused() {
        return refused;
    }

    /** Queue entries that need not be written. */
    int cancelled() {
        return cancelled;
    }

    /** Operations in all batches. */
    int operations() {
        return replies.length;
    }
}
