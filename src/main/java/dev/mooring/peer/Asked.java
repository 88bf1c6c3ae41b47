package dev.mooring.peer;

import dev.mooring.session.Sessions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * Fences that peers have asked for, and that this node answers when all that it had routed is stored and sent. Confined
 * to the context of the links.
 */
final class Asked {
    private final Sessions sessions;
    private final Collection<Peer> peers;
    /** They wait for this node's next round. */
    private List<Runnable> waiting = new ArrayList<>();

    private boolean settling;

    /** @param peers those that are there */
    Asked(Sessions sessions, Collection<Peer> peers) {
        this.sessions = sessions;
        this.peers = peers;
    }

    /** What a node has announced before its fence is only known once its copy is complete. */
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
        sessions.settleStored().onComplete(r -> {
            settling = false;
            served.forEach(Runnable::run);
            if (!waiting.isEmpty()) {
                settle();
            }
        });
    }
}
