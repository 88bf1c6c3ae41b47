package dev.mooring.peer;

import dev.mooring.cluster.PeerLink;
import dev.mooring.message.Message;
import dev.mooring.route.Relays;
import dev.mooring.route.UnderWay;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Messages for peers, and what is done when there are too many, in either direction. Confined to the context of the
 * links.
 */
final class Sending {
    /** Of the messages of one body: well below what a peer takes. */
    private static final int BODY_BYTES = 256 << 10;

    private final Set<Peer> paused = new HashSet<>();

    /** A peer for which too much waits gets no more: it is told, and looks into the store for what it has missed. */
    void send(Relays relays, Collection<Peer> peers) {
        for (Peer peer : peers) {
            List<Relays.Item> items = new ArrayList<>();
            List<Message> retained = new ArrayList<>(0);
            long bytes = 0;
            for (Relays.Item item : relays.items()) {
                if (item.retained()) {
                    retained.add(item.message());
                } else if (isFor(item.nodes(), peer.number)) {
                    items.add(item);
                } else {
                    continue;
                }
                bytes += item.message().sizeBytes();
                if (bytes >= BODY_BYTES) {
                    send(peer, relays.loop(), items, retained);
                    items = new ArrayList<>();
                    retained = new ArrayList<>(0);
                    bytes = 0;
                }
            }
            send(peer, relays.loop(), items, retained);
        }
    }

    private static boolean isFor(int[] nodes, int number) {
        for (int node : nodes) {
            if (node == number) {
                return true;
            }
        }
        return false;
    }

    private static void send(Peer peer, int loop, List<Relays.Item> items, List<Message> retained) {
        if (!retained.isEmpty()) {
            peer.hasMissed |= peer.link.offer(new Bodies.Retained(retained)) == PeerLink.REFUSED;
        }
        if (!items.isEmpty()) {
            peer.hasMissed |= peer.link.offer(new Bodies.Relayed(loop, items)) == PeerLink.REFUSED;
        }
    }

    /** This node's loops are behind: the peer is read no further. */
    void pause(UnderWay underWay, Peer peer) {
        if (underWay.isFull() && paused.add(peer)) {
            peer.link.pauseReading();
        }
    }

    void resume(UnderWay underWay, Collection<Peer> peers) {
        if (!paused.isEmpty() && underWay.hasRoom()) {
            paused.retainAll(peers);
            paused.forEach(peer -> peer.link.resumeReading());
            paused.clear();
        }
    }
}
