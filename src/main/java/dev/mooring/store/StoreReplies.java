package dev.mooring.store;

import dev.mooring.bus.LocalBody;
import java.util.List;

/** The answers to a {@link StoreBatch}, one per operation in its order; batches of a sender are answered in order. */
public record StoreReplies(String pool, long sequence, List<StoreReply> replies) implements LocalBody {}
