package dev.mooring.peer;

import dev.mooring.session.Sessions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/**
 * What peers have asked for, and what this node answers when all that it had routed is stored and sent. Confined to the
 * context of the links.
 */
final class Asked {
    private final Sessions sessions;
    private final Collection<Peer> peers;
    private final Receipts receipts;
    /** They wait for this node's next round. */
    private List<Runnable> waiting = new ArrayList<>();
    /** They do, and then for all peers. */
    private List<Runnable> waitingForAll = new ArrayList<>();

    private boolean settling;

    /** @param peers those that are there */
    Asked(Sessions sessions, Collection<Peer> peers, Receipts receipts) {
        this.sessions = sessions;
        this.peers = peers;
        this.receipts = receipts;
    }

    /**
     * Fences: what a node has announced before one is only known once its copy is complete.
     *
     * @param hasRouted false: this node has served nobody yet, so it does not matter what it knows
     */
    void answer(boolean hasRouted) {
        for (Peer peer : peers) {
            if (peer.isComplete || !hasRouted) {
                waiting.addAll(peer.fences);
                peer.fences.clear();
            }
        }
        settle();
    }

    /** For a session that this node has given up: runs it when all peers have what the client has published here. */
    void answerGivenUp(Runnable answer) {
        waitingForAll.add(answer);
        settle();
    }

    private void settle() {
        if (settling || waiting.isEmpty() && waitingForAll.isEmpty()) {
            return; // the next round serves them
        }
        settling = true;
        List<Runnable> served = waiting;
        List<Runnable> servedForAll = waitingForAll;
        waiting = new ArrayList<>();
        waitingForAll = new ArrayList<>();
        sessions.settleStored().onComplete(r -> {
            settling = false;
            served.forEach(Runnable::run);
            if (!servedForAll.isEmpty()) {
                receipts.await(peers, () -> servedForAll.forEach(Runnable::run));
            }
            settle();
        });
    }
}
