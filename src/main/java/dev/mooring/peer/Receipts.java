package dev.mooring.peer;

import dev.mooring.cluster.NodeId;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Waits until peers have all that they were sent. Confined to the context of the links. */
final class Receipts {
    private final List<Waiting> waiting = new ArrayList<>(0);

    /** @param missing tickets by peer */
    private record Waiting(Map<NodeId, Long> missing, Runnable then) {}

    /** Runs {@code then} when each of these has what it was sent until now, or has left. */
    void await(Collection<Peer> peers, Runnable then) {
        Map<NodeId, Long> missing = new HashMap<>();
        for (Peer peer : peers) {
            long ticket = peer.link.unacknowledged();
            if (ticket != 0) {
                missing.put(peer.link.peer(), ticket);
            }
        }
        if (missing.isEmpty()) {
            then.run();
        } else {
            waiting.add(new Waiting(missing, then));
        }
    }

    void acknowledged(NodeId peer, long ticket) {
        for (Waiting one : List.copyOf(waiting)) {
            Long awaited = one.missing.get(peer);
            if (awaited != null && awaited <= ticket) {
                has(one, peer);
            }
        }
    }

    /** What it was sent is given up: it will look into the store. */
    void givenUp(NodeId peer) {
        List.copyOf(waiting).forEach(one -> has(one, peer));
    }

    private void has(Waiting one, NodeId peer) {
        if (one.missing.remove(peer) != null && one.missing.isEmpty()) {
            waiting.remove(one);
            one.then.run();
        }
    }
}
