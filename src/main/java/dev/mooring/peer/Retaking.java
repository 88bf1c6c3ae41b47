package dev.mooring.peer;

import dev.mooring.message.MessageIds;
import dev.mooring.route.RetainedIndex;
import dev.mooring.session.RetainedAgain;
import dev.mooring.store.StoreClient;
import io.vertx.core.Vertx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the retained messages read again, once at a time. Confined to the context of the links. */
final class Retaking {
    private static final Logger LOG = LoggerFactory.getLogger(Retaking.class);
    private static final long PAUSE_MS = 2_000;

    private final Vertx vertx;
    private final StoreClient store;
    private final MessageIds ids;
    private final RetainedIndex retained;
    private boolean isUnderWay;
    private boolean again;

    Retaking(Vertx vertx, StoreClient store, MessageIds ids, RetainedIndex retained) {
        this.vertx = vertx;
        this.store = store;
        this.ids = ids;
        this.retained = retained;
    }

    /** What has changed until now will be known; also what is asked for while it is read. */
    void run() {
        if (isUnderWay) {
            again = true;
            return;
        }
        isUnderWay = true;
        new RetainedAgain(
                        store,
                        task -> vertx.runOnContext(v -> task.run()),
                        retained,
                        ids.next(System.currentTimeMillis()))
                .run()
                .onComplete(result -> {
                    if (result.failed()) {
                        LOG.warn("{}; tried again", result.cause().getMessage());
                    }
                    boolean more = again || result.failed();
                    again = false;
                    isUnderWay = false;
                    if (more) {
                        vertx.setTimer(PAUSE_MS, t -> run());
                    }
                });
    }
}
