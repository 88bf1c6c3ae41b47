package dev.mooring.store;

import dev.mooring.message.MessageId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the queue entries that one commit would write and delete again, so that neither reaches the store.
 *
 * <p>A subscriber's ack often overtakes the fsync its message waits for; then ENQUEUE and DEQUEUE of one entry stand in
 * the same commit. Reads in between are rare and see the same result, because an acknowledged entry must not be
 * delivered again anyway.
 */
final class Cancelling {
    private record Place(long sessionId, MessageId position) {}

    private final Set<Place> gone;
    private int count;

    /** @param batches none of which was tried before: what may be on the disk has to be deleted there */
    Cancelling(List<StoreBatch> batches, int ops) {
        gone = hasDequeue(batches) ? cancelled(batches, ops) : Set.of();
    }

    /** Queue entries that are not written. */
    int count() {
        return count;
    }

    /** What is left of an operation of the commit, or null when nothing is. */
    @Nullable
    StoreOp left(StoreOp op) {
        if (gone.isEmpty()) {
            return op;
        }
        return switch (op.kind()) {
            case DEQUEUE -> {
                StoreOp.Dequeue d = (StoreOp.Dequeue) op;
                yield gone.contains(new Place(d.sessionId(), d.position())) ? null : op;
            }
            case SENT -> {
                StoreOp.Sent s = (StoreOp.Sent) op;
                yield gone.contains(new Place(s.sessionId(), s.position())) ? null : op;
            }
            case RELEASED -> {
                StoreOp.Released r = (StoreOp.Released) op;
                yield gone.contains(new Place(r.sessionId(), r.position())) ? null : op;
            }
            case ENQUEUE -> left((StoreOp.Enqueue) op);
            default -> op;
        };
    }

    private @Nullable StoreOp left(StoreOp.Enqueue op) {
        List<StoreOp.Enqueue.Entry> kept = op.entries();
        for (StoreOp.Enqueue.Entry entry : op.entries()) {
            if (gone.contains(new Place(entry.sessionId(), op.message().id()))) {
                if (kept == op.entries()) {
                    kept = new ArrayList<>(op.entries());
                }
                kept.remove(entry);
                count++;
            }
        }
        boolean nothingElse =
                op.inboundPacketId() == 0 && op.willSessionId() == 0 && op.retained() == StoreOp.Enqueue.Retained.KEEP;
        if (kept.isEmpty() && nothingElse) {
            return null;
        }
        return kept == op.entries()
                ? op
                : new StoreOp.Enqueue(
                        op.message(),
                        kept,
                        op.inboundSessionId(),
                        op.inboundPacketId(),
                        op.retained(),
                        op.willSessionId());
    }

    private static boolean hasDequeue(List<StoreBatch> batches) {
        for (StoreBatch batch : batches) {
            for (StoreOp op : batch.ops()) {
                if (op.kind() == OpKind.DEQUEUE) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Entries enqueued and, later in the same commit, dequeued. */
    private static Set<Place> cancelled(List<StoreBatch> batches, int ops) {
        Map<Place, Boolean> enqueued = new HashMap<>(2 * ops);
        Set<Place> cancelled = new HashSet<>();
        for (StoreBatch batch : batches) {
            for (StoreOp op : batch.ops()) {
                if (op instanceof StoreOp.Enqueue e) {
                    for (StoreOp.Enqueue.Entry entry : e.entries()) {
                        enqueued.put(new Place(entry.sessionId(), e.message().id()), Boolean.TRUE);
                    }
                } else if (op instanceof StoreOp.Dequeue d) {
                    Place place = new Place(d.sessionId(), d.position());
                    if (enqueued.containsKey(place)) {
                        cancelled.add(place);
                    }
                }
            }
        }
        return cancelled;
    }
}
