package dev.mooring.peer;

import dev.mooring.cluster.NodeId;
import dev.mooring.session.Neighbours;
import io.vertx.core.Vertx;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/** Nodes that have left and are not back, and what they left behind. Confined to the context of the links. */
final class Departed {
    /** Until that is seen to: one may be back soon. */
    private static final long LEFT_MS = 5_000;

    private final Vertx vertx;
    private final Neighbours neighbours;
    private final Map<NodeId, Peer> peers;
    private final Consumer<String> seeTo;
    private final Set<String> names = new HashSet<>();
    /** The last one of each name. */
    private final Set<NodeId> lives = new HashSet<>();

    /**
     * @param peers those that are there
     * @param seeTo sees to what a node has left behind, by its name; again does no harm
     */
    Departed(Vertx vertx, Neighbours neighbours, Map<NodeId, Peer> peers, Consumer<String> seeTo) {
        this.vertx = vertx;
        this.neighbours = neighbours;
        this.peers = peers;
        this.seeTo = seeTo;
    }

    /** Whether this life of the node was taken for over: then it has gone on by itself meanwhile. */
    boolean isBack(NodeId node) {
        return lives.remove(node);
    }

    void add(NodeId node) {
        lives.removeIf(other -> other.isSameNode(node));
        lives.add(node);
        names.add(node.name());
        vertx.setTimer(LEFT_MS, t -> look());
    }

    /** Whoever one falls to may itself be gone before it comes to that: so the next end is reason to look at all. */
    private void look() {
        peers.keySet().forEach(node -> names.remove(node.name()));
        names.stream().filter(neighbours::isMine).forEach(seeTo);
    }
}
