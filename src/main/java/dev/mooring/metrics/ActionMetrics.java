package dev.mooring.metrics;

import java.util.concurrent.atomic.LongAdder;

/**
 * What became of one action on one hook and pool. For all threads.
 *
 * <p>{@link #matched} is the sum of the others and of what is under way; a position of {@code message.acked} that waits
 * for an earlier message may be written once for several.
 */
public final class ActionMetrics {
    /** A rule's hook fired with a topic that the rule wants. */
    public final LongAdder matched = new LongAdder();
    /** There was nothing to do: such as QoS 0 for an action that is for QoS 1 and 2. */
    public final LongAdder skipped = new LongAdder();

    public final LongAdder succeeded = new LongAdder();
    /** The store refused it for good. */
    public final LongAdder failed = new LongAdder();
    /** Given up, as the store failed until the deadline; or not begun, as the queue of its pool was full. */
    public final LongAdder dropped = new LongAdder();
}
