package dev.mooring.cluster;

/**
 * What the broker is told of other nodes. All calls come on the context of the {@link ClusterVerticle}; none may block.
 */
public interface ClusterListener {
    /**
     * A node is there. Its link may be used at once: what is sent before it stands is kept. {@link ReplicaListener}
     * tells what the node has.
     */
    void joined(PeerLink link);

    /**
     * This life of the node is over, or nobody can reach it: its link is closed, and what was not acknowledged is given
     * up. The replica's entries are given up right before this call.
     *
     * @param unacknowledged batches that may have arrived, or not
     */
    void left(NodeId peer, int unacknowledged);

    /** In the order in which the peer sent it, once. */
    void received(NodeId from, LinkBody body);

    /** The peer has, and has passed to its owner, all bodies up to this ticket of {@link PeerLink#send}. */
    void acknowledged(NodeId peer, long ticket);

    /** A link that was not writable is so again. */
    void writable(NodeId peer);

    /**
     * The peer had taken this node for dead, and now has it back: what went between both, in either direction, may be
     * lost in part. What is in doubt has to be asked for anew.
     */
    void interrupted(NodeId peer);
}
