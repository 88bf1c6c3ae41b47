package dev.mooring.store;

import dev.mooring.message.MessageId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Sees to it that trims of queues can be repeated, of one commit. What the store has not answered may be applied again:
 * an entry that it has, and a trim has dropped since, would be there once more, and nobody would count it. So a trim
 * leaves alone what is not older than each unanswered entry of its session.
 *
 * <p>And a store remembers of the last trim of a session only what it did. So one that comes while another is not
 * answered drops nothing: it is answered so at once, and the next message that has no room asks anew.
 */
final class Trims {
    /** Of a trim that drops nothing. */
    static final StoreReply NOTHING = new StoreReply.Trimmed(0, 0, MessageId.ZERO);

    /** By session: the oldest entry that is unanswered. */
    private final Map<Long, MessageId> oldest = new HashMap<>();

    private final Set<Long> trimmed = new HashSet<>();

    /** An operation that the store was given, or is given now, and has not answered. */
    void unanswered(StoreOp each) {
        StoreOp op = each instanceof StoreOp.Owned owned ? owned.op() : each;
        if (op instanceof StoreOp.QueueTrim trim) {
            trimmed.add(trim.sessionId());
        } else if (op instanceof StoreOp.Enqueue enqueue) {
            for (StoreOp.Enqueue.Entry entry : enqueue.entries()) {
                oldest.merge(entry.sessionId(), enqueue.message(entry).id(), (a, b) -> a.compareTo(b) < 0 ? a : b);
            }
        }
    }

    /** Whether no other trim of the session is unanswered; from now on this one is. */
    boolean begins(StoreOp.QueueTrim trim) {
        return trimmed.add(trim.sessionId());
    }

    /** As the store is to apply it. */
    StoreOp.QueueTrim bounded(StoreOp.QueueTrim trim) {
        MessageId before = oldest.getOrDefault(trim.sessionId(), MessageId.MAX);
        return new StoreOp.QueueTrim(trim.sessionId(), trim.count(), trim.bytes(), trim.by(), before);
    }
}
