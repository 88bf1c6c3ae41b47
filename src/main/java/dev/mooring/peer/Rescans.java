package dev.mooring.peer;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import dev.mooring.session.Rescan;
import io.vertx.core.Vertx;

/** Has looked for what is stored, but was perhaps never heard of. Confined to the context of the links. */
final class Rescans {
    private final Vertx vertx;
    private final int loops;
    private final Retaking retaking;
    private int open;

    Rescans(Vertx vertx, int loops, Retaking retaking) {
        this.vertx = vertx;
        this.loops = loops;
        this.retaking = retaking;
    }

    void now() {
        queues();
        retaking.run();
    }

    /** The same without retained messages. */
    void queues() {
        tell(open == 0);
    }

    /**
     * Sessions wait: a peer may forward things before others that it only stored, until it has said that all is stored
     * and sent. Then what this returns is to be run.
     */
    Runnable begin() {
        open++;
        tell(false);
        return () -> {
            open--;
            now();
        };
    }

    private void tell(boolean isLast) {
        for (int i = 0; i < loops; i++) {
            vertx.eventBus().send(Address.loop(i), new Rescan(isLast), LocalCodec.OPTIONS);
        }
    }
}
