package dev.mooring.mqtt;

import dev.mooring.bus.CrashPoint;
import dev.mooring.message.ReasonCode;
import dev.mooring.metrics.Metrics;
import dev.mooring.session.DeliveryOrder;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreReply;
import org.jspecify.annotations.Nullable;

/** A PUBLISH whose ack waits for stores. Also the receiver of their answers, to save an object for each. */
final class PendingPublish implements OnReply {
    private final Metrics metrics;
    private final @Nullable PublishDone done;
    /** Operations without an answer. */
    int awaits;

    private ReasonCode reason = ReasonCode.SUCCESS;
    private boolean complete;
    private boolean isLate;
    private @Nullable DeliveryOrder order;
    private DeliveryOrder.@Nullable Place delivery;
    private @Nullable Runnable next;

    PendingPublish(Metrics metrics, @Nullable PublishDone done) {
        this.metrics = metrics;
        this.done = done;
    }

    /** The message is delivered when it is stored, and its publisher's messages before it are. */
    void deliverLater(Runnable newDelivery) {
        if (done != null) {
            order = done.deliveries();
            delivery = order.add(newDelivery);
        }
    }

    /** What happens when all has succeeded, instead of the ack; nothing if nobody waits for that any more. */
    void then(Runnable step) {
        next = step;
        submitted(ReasonCode.SUCCESS);
    }

    /** All operations are on their way. */
    void submitted(ReasonCode reasonIfStored) {
        reason = reasonIfStored;
        complete = true;
    }

    @Override
    public void reply(StoreReply reply) {
        if (reply instanceof StoreReply.Failed failed) {
            reason = ReasonCode.UNSPECIFIED_ERROR;
            metrics.publishesRejected.increment();
            if (failed.isReplaced() && done != null) {
                done.replaced();
            }
        }
        answered();
    }

    @Override
    public void late() {
        if (isLate) {
            return;
        }
        isLate = true;
        metrics.publishesRejected.increment();
        if (done != null) {
            done.late();
        }
    }

    /** A step with on_error accept. */
    void accepted(StoreReply reply) {
        if (reply instanceof StoreReply.Failed) {
            metrics.hookFailures.increment();
        }
        answered();
    }

    private void answered() {
        if (--awaits > 0 || !complete) {
            return;
        }
        boolean good = reason != ReasonCode.UNSPECIFIED_ERROR;
        if (next != null && good) {
            if (done == null || done.isAwaited()) {
                next.run();
            }
            return;
        }
        (delivery == null ? CrashPoint.PUBLISH_STORED : CrashPoint.INBOUND_STORED).hit();
        if (delivery != null && order != null && good) { // if not, the node stops, and nothing is delivered any more
            order.stored(delivery);
        }
        if (done != null) {
            done.done(reason);
        }
    }
}
