package dev.mooring.peer;

import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;

/**
 * What peers have asked for, and what this node answers when all that it had routed is stored and sent. Confined to the
 * context of the links.
 */
final class Asked {
    private final Supplier<Future<Void>> settleStored;
    private final Collection<Peer> peers;
    private final Receipts receipts;
    /** They wait for this node's next round. */
    private List<Runnable> waiting = new ArrayList<>();
    /** They do, and then for all peers. */
    private List<Runnable> waitingForAll = new ArrayList<>();

    private boolean settling;

    /**
     * @param settleStored completes when all that this node has routed until then is stored and sent; fails when that
     *     takes too long for the bus
     * @param peers those that are there
     */
    Asked(Supplier<Future<Void>> settleStored, Collection<Peer> peers, Receipts receipts) {
        this.settleStored = settleStored;
        this.peers = peers;
        this.receipts = receipts;
    }

    /**
     * Fences: what a node has announced before one is only known once its copy is complete. Several times a second,
     * too: what could not be answered is tried again.
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
        settleStored.get().onComplete(r -> {
            settling = false;
            if (r.failed()) {
                waiting.addAll(0, served);
                waitingForAll.addAll(0, servedForAll);
                return;
            }
            served.forEach(Runnable::run);
            if (!servedForAll.isEmpty()) {
                receipts.await(peers, () -> servedForAll.forEach(Runnable::run));
            }
            settle();
        });
    }
}
