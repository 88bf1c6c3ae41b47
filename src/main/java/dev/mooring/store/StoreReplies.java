package dev.mooring.store;

import dev.mooring.bus.LocalBody;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answers to a {@link StoreBatch}, one per operation in its order; batches of a sender are answered in order.
 *
 * @param replies null for what was answered before, or is late: the rest of the batch is then answered once more
 */
public record StoreReplies(String pool, long sequence, List<@Nullable StoreReply> replies) implements LocalBody {}
