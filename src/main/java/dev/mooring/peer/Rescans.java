package dev.mooring.peer;

import dev.mooring.bus.Address;
import dev.mooring.bus.LocalCodec;
import dev.mooring.session.Rescan;
import dev.mooring.session.Rescan.Live;
import io.vertx.core.Vertx;

/** Has looked for what is stored, but was perhaps never heard of. Confined to the context of the links. */
final class Rescans {
    private final Vertx vertx;
    private final int loops;
    private final Retaking retaking;
    private int open;
    private boolean isDoubtful;

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
        tell(true);
    }

    /**
     * Sessions wait: a peer may forward things before others that it only stored, until it has said that all is stored
     * and sent. Then what this returns is to be run.
     */
    Runnable begin() {
        open++;
        tell(true);
        return () -> {
            open--;
            now();
        };
    }

    /** @param now whether some peer owes an answer that is not waited for any more */
    void doubt(boolean now) {
        if (now != isDoubtful) {
            isDoubtful = now;
            tell(false); // a look was asked for before, or comes with what is heard next
        }
    }

    private void tell(boolean looks) {
        Live trusted = isDoubtful ? Live.A_SIGN : Live.TAKEN;
        Rescan rescan = new Rescan(open > 0 ? Live.HELD : trusted, looks);
        for (int i = 0; i < loops; i++) {
            vertx.eventBus().send(Address.loop(i), rescan, LocalCodec.OPTIONS);
        }
    }
}
