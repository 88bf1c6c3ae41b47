package dev.mooring.mqtt;

import dev.mooring.metrics.ActionMetrics;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreReply;

/** Counts what became of an action, and passes it on. */
record CountedReply(ActionMetrics figures, OnReply next) implements OnReply {
    @Override
    public void reply(StoreReply reply) {
        count(figures, reply);
        next.reply(reply);
    }

    @Override
    public void late() {
        next.late();
    }

    static void count(ActionMetrics figures, StoreReply reply) {
        if (!(reply instanceof StoreReply.Failed failed)) {
            figures.succeeded.increment();
        } else if (failed.transientFault()) {
            figures.dropped.increment();
        } else {
            figures.failed.increment();
        }
    }
}
