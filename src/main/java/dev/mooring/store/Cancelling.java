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
 * Finds the queue entries that one commit would write and delete again, so that neither reaches the store; and the
 * packet ids that it would write for an entry it deletes.
 *
 * <p>A subscriber's ack often overtakes the fsync its message waits for; then ENQUEUE and DEQUEUE of one entry stand in
 * the same commit. Reads in between are rare and see the same result, because an acknowledged entry must not be
 * delivered again anyway. But a trim in between must find in flight what is, or it drops and counts it.
 */
final class Cancelling {
    private record Place(long sessionId, MessageId position) {}

    /** Entries that this commit deletes, and whether it writes them before. */
    private final Map<Place, Boolean> deleted;

    /** Sessions that it trims. */
    private final Set<Long> trimmed;

    private int count;

    /** @param batches none of which was tried before: what may be on the disk has to be deleted there */
    Cancelling(List<StoreBatch> batches, int ops) {
        deleted = mayCancel(batches) ? deleted(batches, ops) : Map.of();
        trimmed = deleted.isEmpty() ? Set.of() : trimmed(batches);
    }

    /** Queue entries that are not written. */
    int count() {
        return count;
    }

    /** What is left of an operation of the commit, or null when nothing is. */
    @Nullable
    StoreOp left(StoreOp op) {
        if (deleted.isEmpty()) {
            return op;
        }
        return switch (op.kind()) {
            case DEQUEUE -> {
                StoreOp.Dequeue d = (StoreOp.Dequeue) op;
                yield isCancelled(new Place(d.sessionId(), d.position())) ? null : op;
            }
            case SENT -> {
                StoreOp.Sent s = (StoreOp.Sent) op;
                yield isNotMarked(new Place(s.sessionId(), s.position())) ? null : op;
            }
            case RELEASED -> {
                StoreOp.Released r = (StoreOp.Released) op;
                yield isNotMarked(new Place(r.sessionId(), r.position())) ? null : op;
            }
            case ENQUEUE -> left((StoreOp.Enqueue) op);
            case OWNED -> left((StoreOp.Owned) op);
            default -> op;
        };
    }

    private @Nullable StoreOp left(StoreOp.Owned op) {
        StoreOp left = left(op.op());
        if (left == op.op()) {
            return op;
        }
        return left == null ? null : new StoreOp.Owned(left, op.sessionId(), op.epoch());
    }

    private @Nullable StoreOp left(StoreOp.Enqueue op) {
        List<StoreOp.Enqueue.Entry> kept = op.entries();
        for (StoreOp.Enqueue.Entry entry : op.entries()) {
            if (isCancelled(new Place(entry.sessionId(), op.message(entry).id()))) {
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
        return kept == op.entries() ? op : op.with(kept);
    }

    /** Whether it deletes entries, and has something that this could make needless. */
    private static boolean mayCancel(List<StoreBatch> batches) {
        boolean deletes = false;
        boolean writes = false;
        for (StoreBatch batch : batches) {
            for (StoreOp op : batch.ops()) {
                switch (op.kind()) {
                    case DEQUEUE -> deletes = true;
                    case ENQUEUE, SENT, RELEASED, OWNED -> writes = true;
                    default -> {}
                }
                if (deletes && writes) {
                    return true;
                }
            }
        }
        return false;
    }

    private boolean isNotMarked(Place place) {
        return isCancelled(place) || (deleted.containsKey(place) && !trimmed.contains(place.sessionId()));
    }

    private boolean isCancelled(Place place) {
        return Boolean.TRUE.equals(deleted.get(place));
    }

    private static Set<Long> trimmed(List<StoreBatch> batches) {
        Set<Long> sessions = new HashSet<>(0);
        for (StoreBatch batch : batches) {
            for (StoreOp op : batch.ops()) {
                if (op instanceof StoreOp.QueueTrim trim) {
                    sessions.add(trim.sessionId());
                }
            }
        }
        return sessions;
    }

    private static Map<Place, Boolean> deleted(List<StoreBatch> batches, int ops) {
        Set<Place> enqueued = new HashSet<>(2 * ops);
        Map<Place, Boolean> deleted = new HashMap<>();
        for (StoreBatch batch : batches) {
            for (StoreOp each : batch.ops()) {
                StoreOp op = each instanceof StoreOp.Owned owned ? owned.op() : each;
                if (op instanceof StoreOp.Enqueue e) {
                    for (StoreOp.Enqueue.Entry entry : e.entries()) {
                        enqueued.add(
                                new Place(entry.sessionId(), e.message(entry).id()));
                    }
                } else if (op instanceof StoreOp.Dequeue d) {
                    Place place = new Place(d.sessionId(), d.position());
                    deleted.put(place, enqueued.contains(place));
                }
            }
        }
        return deleted;
    }
}
