package dev.mooring.store;

import dev.mooring.bus.LocalBody;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Operations that one context collected in one tick, for {@code store.<pool>}.
 *
 * @param replyTo address that gets the {@link StoreReplies}
 * @param sequence grows with every batch of this sender
 * @param ops null where the answer was sent before
 */
public record StoreBatch(String pool, String replyTo, long sequence, List<@Nullable StoreOp> ops, long sizeBytes)
        implements LocalBody {
    /** What is left of it. */
    StoreBatch again(List<@Nullable StoreOp> rest) {
        return new StoreBatch(pool, replyTo, sequence, rest, sizeBytes);
    }

    /** Operations without an answer. */
    int count() {
        int count = 0;
        for (StoreOp op : ops) {
            count += op == null ? 0 : 1;
        }
        return count;
    }
}
