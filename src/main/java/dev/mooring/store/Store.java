package dev.mooring.store;

import io.vertx.core.Future;
import java.util.List;

/**
 * One backend. Called only from the context of its {@link StoreVerticle}; a backend that blocks says so and is then run
 * on a worker thread of its own, still one call at a time.
 *
 * <p>Operations are idempotent: one whose answer was lost may be applied again.
 */
public interface Store {
    /** Connects, creates or checks what is needed; fails with a text a person can act on if the backend is unusable. */
    Future<Void> open();

    /**
     * Applies operations in list order and answers with one reply per operation, in the same order, once all of them
     * are as durable as the backend is configured to be. An operation sees the effects of those before it.
     */
    Future<List<StoreReply>> apply(List<StoreOp> batch);

    /** Finishes what was accepted, then lets go of every resource. */
    Future<Void> close();

    /** Whether {@link #apply} blocks its thread. */
    boolean blocking();

    /**
     * Calls of {@link #apply} that may be under way at once. More than one only where later calls take effect after
     * earlier ones by themselves.
     */
    default int commitsAtOnce() {
        return 1;
    }

    /** From how many operations on a commit takes no further batch. */
    default int commitOpsMax() {
        return 8_192;
    }

    /** Messages that gave way because their topic had too many, since the process started. Called from any thread. */
    default long droppedMessageCount() {
        return 0;
    }

    /** Times that the backend made its disk write, since the start. 0 where the disk is not ours. From any thread. */
    default long fsyncCount() {
        return 0;
    }

    /** What stands in the place of a message and is none, each time that it is met. Called from any thread. */
    default long unreadableMessageCount() {
        return 0;
    }

    /**
     * Messages that a view which other programs read has no room for, though they are stored and found. Called from any
     * thread.
     */
    default long unlistedMessageCount() {
        return 0;
    }

    /** Operations refused because a name or a message is larger than the backend takes. Called from any thread. */
    default long refusedBySizeCount() {
        return 0;
    }
}
