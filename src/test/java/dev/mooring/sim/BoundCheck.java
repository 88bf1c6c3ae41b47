package dev.mooring.sim;

import dev.mooring.route.Subscriber;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreOp;
import org.jspecify.annotations.Nullable;

/** Under drop_oldest: no more waits for a session on line than its bound, and what the store drops is counted. */
final class BoundCheck {
    /** That the store has not answered. */
    private int reads;

    private int trims;

    @Nullable
    OnReply watch(StoreOp op, @Nullable OnReply onReply) {
        boolean isRead = op instanceof StoreOp.QueueRead;
        boolean isTrim = op instanceof StoreOp.QueueTrim;
        if (onReply == null || !(isRead || isTrim)) {
            return onReply;
        }
        reads += isRead ? 1 : 0;
        trims += isTrim ? 1 : 0;
        return reply -> {
            reads -= isRead ? 1 : 0;
            trims -= isTrim ? 1 : 0;
            onReply.reply(reply);
        };
    }

    /** A delivery has come. A page that waits for the answers of trims lets the bound be passed for as long. */
    void check(SimBroker broker, Subscriber s, int inFlight) {
        boolean pageWaits = trims > 0 && reads == 0;
        boolean shares = SharedChecks.of(broker.checks.client(s.clientId())) != null; // what that gives is not seen
        int known = s.queuedCount.get() - broker.underWay(s).size();
        if (broker.settings.dropOldest()
                && !pageWaits
                && !shares
                && known > Math.max(broker.settings.queueCountMax(), inFlight)) {
            broker.world.violation(known + " messages wait for " + s.clientId() + " under drop_oldest, " + inFlight
                    + " of them in flight");
        }
    }

    static void atTheEnd(SimBroker broker) {
        if (broker.trimmed() != broker.store.trimmedSinceStart()) {
            broker.world.violation("the store has dropped " + broker.store.trimmedSinceStart() + " messages, "
                    + broker.trimmed() + " are counted");
        }
    }
}
