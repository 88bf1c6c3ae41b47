package dev.mooring.mqtt;

import dev.mooring.config.Limits;
import dev.mooring.message.Message;
import dev.mooring.route.Route;
import dev.mooring.route.Subscriber;
import dev.mooring.route.Target;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;

/**
 * The bounds of stored queues, kept by who writes them. In a cluster each node counts what it has written itself since
 * the session went off line; what is live on another node is that node's to bound. Confined to one loop.
 */
final class QueueBounds {
    /** Messages that a full queue of a session without connection loses at once, at most; a 16th of a short one. */
    private static final int TRIM_AT_ONCE = 256;

    private final Loop loop;
    private final NodeState node;
    private final Limits.Queue queueLimit;
    private final Limits.SharedQueue sharedLimit;

    QueueBounds(Loop loop) {
        this.loop = loop;
        this.node = loop.node;
        this.queueLimit = node.config().limits().queue();
        this.sharedLimit = node.config().limits().sharedQueue();
    }

    boolean rejectsPublishers() {
        return queueLimit.policy() == Limits.QueuePolicy.REJECT_PUBLISHER;
    }

    boolean isFull(Route route) {
        for (Target target : route.durable()) {
            Subscriber s = target.subscriber();
            if (s.queuedCount.get() >= queueLimit.countMax() || s.queuedBytes.get() >= queueLimit.bytesMax()) {
                return true;
            }
        }
        return false;
    }

    /** Applies the queue policy; false when the message is not to be queued. */
    boolean hasRoom(Subscriber s, Message message) {
        int count = s.queuedCount.get();
        long bytes = s.queuedBytes.get();
        if (count < queueLimit.countMax() && bytes < queueLimit.bytesMax()) {
            return true;
        }
        if (queueLimit.policy() != Limits.QueuePolicy.DROP_OLDEST) {
            node.metrics().droppedQueueFull.increment();
            return false;
        }
        if (s.loop() != Subscriber.OFFLINE) {
            return true; // its owner drops the oldest: it may have them in memory
        }
        // Some more of a long queue at once: each trim passes what was deleted before it.
        int atOnce = Math.min(TRIM_AT_ONCE, queueLimit.countMax() / 16);
        int tooMany = Math.max(1, count + 1 - queueLimit.countMax()) + atOnce;
        long tooLarge = Math.max(0, bytes + message.sizeBytes() - queueLimit.bytesMax());
        s.queuedCount.addAndGet(-tooMany); // at once, so that the next publisher does not ask for the same again
        s.queuedBytes.addAndGet(-tooLarge);
        loop.sessionStore.submit(new StoreOp.QueueTrim(s.sessionId(), tooMany, tooLarge, message.id()), reply -> {
            StoreReply.Trimmed trimmed = reply instanceof StoreReply.Trimmed t ? t : new StoreReply.Trimmed(0, 0);
            node.metrics().droppedQueueFull.add(trimmed.count());
            s.queuedCount.addAndGet(tooMany - trimmed.count());
            s.queuedBytes.addAndGet(tooLarge - trimmed.bytes());
        });
        return true;
    }

    boolean isSharedQueueFull(Subscriber queue) {
        return queue.queuedCount.get() >= sharedLimit.countMax() || queue.queuedBytes.get() >= sharedLimit.bytesMax();
    }

    /** What is live elsewhere is counted there. */
    static void count(Subscriber s, Message message) {
        if (s.loop() < Subscriber.OFFLINE) {
            return;
        }
        s.queuedCount.incrementAndGet();
        s.queuedBytes.addAndGet(message.sizeBytes());
    }
}
