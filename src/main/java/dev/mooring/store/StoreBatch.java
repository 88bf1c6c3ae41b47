package dev.mooring.store;

import dev.mooring.bus.LocalBody;
import java.util.List;

/**
 * Operations that one context collected in one tick, for {@code store.<pool>}.
 *
 * @param replyTo address that gets the {@link StoreReplies}
 * @param sequence grows with every batch of this sender
 */
public record StoreBatch(String pool, String replyTo, long sequence, List<StoreOp> ops, long sizeBytes)
        implements LocalBody {}
