package dev.mooring.session;

import dev.mooring.message.MessageId;
import dev.mooring.route.QueueBound;
import dev.mooring.route.Subscriber;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the bound of a stored queue under {@code drop_oldest}, where memory does not have its oldest messages: the
 * store drops them.
 */
public record Trim(QueueBound bound) {
    /** So many more messages at most, a 16th of a short queue: each trim passes what was deleted before it. */
    private static final int AT_ONCE = 256;

    /**
     * Asks for it. What goes is not counted any more from now on, so that nobody asks for the same again; what the
     * store makes of it is put right when it answers.
     *
     * @param more messages that are not counted yet
     * @param moreBytes likewise
     * @param by the message that has no room, or another new id
     * @param dropped told what is gone
     */
    public void ask(
            Subscriber s,
            int more,
            long moreBytes,
            MessageId by,
            BiConsumer<StoreOp, @Nullable OnReply> store,
            Consumer<StoreReply.Trimmed> dropped) {
        int count = s.queuedCount.get() + more;
        long bytes = s.queuedBytes.get() + moreBytes;
        int tooMany = tooMany(count);
        long tooLarge = tooLarge(bytes, bytes / Math.max(1, count));
        s.queuedCount.addAndGet(-tooMany);
        s.queuedBytes.addAndGet(-tooLarge);
        store.accept(new StoreOp.QueueTrim(s.sessionId(), tooMany, tooLarge, by), reply -> {
            StoreReply.Trimmed trimmed =
                    reply instanceof StoreReply.Trimmed t ? t : new StoreReply.Trimmed(0, 0, MessageId.ZERO);
            s.queuedCount.addAndGet(tooMany - trimmed.count());
            s.queuedBytes.addAndGet(tooLarge - trimmed.bytes());
            dropped.accept(trimmed);
        });
    }

    private int tooMany(int count) {
        int max = bound.countMax();
        return count <= max ? 0 : count - max + Math.min(AT_ONCE, max / 16);
    }

    private long tooLarge(long bytes, long each) {
        long max = bound.bytesMax();
        return bytes <= max ? 0 : bytes - max + Math.min(AT_ONCE * each, max / 16);
    }
}
