package dev.mooring.store;

import dev.mooring.bus.LocalCodec;
import io.vertx.core.eventbus.EventBus;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A batch that the {@link StoreVerticle} has received, and its answers so far. Confined to its context. */
final class OpenBatch {
    final StoreBatch batch;
    /** In the order they came. */
    final long number;

    final long deadlineAtNs;
    private @Nullable StoreReply[] replies;
    private int open;
    private boolean tried;

    /** @param deadlineAtNs by System.nanoTime: who waits is told then that it is late */
    OpenBatch(StoreBatch batch, long number, long deadlineAtNs) {
        this.batch = batch;
        this.number = number;
        this.deadlineAtNs = deadlineAtNs;
        this.replies = new StoreReply[batch.ops().size()];
        this.open = replies.length;
    }

    void answer(int at, StoreReply reply) {
        replies[at] = reply;
        open--;
    }

    /** None of it will be tried. */
    void fail(String reason) {
        for (int i = 0; i < replies.length; i++) {
            answer(i, new StoreReply.Failed(true, reason));
        }
    }

    boolean isComplete() {
        return open == 0;
    }

    void tried() {
        tried = true;
    }

    /** Whether the store has answered it once. */
    boolean wasTried() {
        return tried;
    }

    /** Sends off what is there; what is not is late. */
    void send(EventBus bus) {
        StoreReplies answers = new StoreReplies(batch.pool(), batch.sequence(), Arrays.asList(replies));
        if (!isComplete()) {
            replies = new StoreReply[replies.length]; // each is sent once
        }
        bus.send(batch.replyTo(), answers, LocalCodec.OPTIONS);
    }
}
