package dev.mooring.peer;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/**
 * Fences that peers have asked for, and that this node answers when all that it had routed is stored and sent. Confined
 * to the context of the links.
 */
final class Asked {
    private final Supplier<Future<Void>> settleStored;
    private final Collection<Peer> peers;
    /** They wait for this node's next round. */
    private List<Runnable> waiting = new ArrayList<>();

    private boolean settling;

    /**
     * @param settleStored completes when all that this node has routed until then is stored and sent; fails when that
     *     takes too long for the bus
     * @param peers those that are there
     */
    Asked(Supplier<Future<Void>> settleStored, Collection<Peer> peers) {
        this.settleStored = settleStored;
        this.peers = peers;
    }

    /**
     * What a node has announced before its fence is only known once its copy is complete. Several times a second, too:
     * what could not be answered is tried again.
     */
    void answer() {
        for (Peer peer : peers) {
            if (peer.isComplete) {
                waiting.addAll(peer.fences);
                peer.fences.clear();
            }
        }
        if (!waiting.isEmpty()) {
            settle();
        }
    }

    private void settle() {
        if (settling) {
            return; // the next round serves them
        }
        settling = true;
        List<Runnable> served = waiting;
        waiting = new ArrayList<>();
        settleStored.get().onComplete(r -> {
            settling = false;
            if (r.failed()) {
                waiting.addAll(0, served);
                return;
            }
            served.forEach(Runnable::run);
            if (!waiting.isEmpty()) {
                settle();
            }
        });
    }
}
