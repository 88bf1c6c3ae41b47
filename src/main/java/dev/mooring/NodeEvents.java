package dev.mooring;

import dev.mooring.cluster.ClusterListener;
import dev.mooring.cluster.Entry;
import dev.mooring.cluster.LinkBody;
import dev.mooring.cluster.NodeId;
import dev.mooring.cluster.PeerLink;
import dev.mooring.cluster.ReplicaListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What this node does about others. On the context of the cluster. */
final class NodeEvents implements ClusterListener, ReplicaListener {
    private static final Logger LOG = LoggerFactory.getLogger(NodeEvents.class);

    @Override
    public void joined(PeerLink link) {}

    @Override
    public void left(NodeId peer, int unacknowledged) {}

    @Override
    public void received(NodeId from, LinkBody body) {
        LOG.debug("{} from {}", body, from);
    }

    @Override
    public void acknowledged(NodeId peer, long ticket) {}

    @Override
    public void writable(NodeId peer) {}

    @Override
    public void interrupted(NodeId peer) {}

    @Override
    public void added(NodeId origin, Entry entry) {}

    @Override
    public void changed(NodeId origin, Entry before, Entry now) {}

    @Override
    public void removed(NodeId origin, Entry entry) {}

    @Override
    public void complete(NodeId origin) {}

    @Override
    public void originLeft(NodeId origin, Iterable<Entry> entries) {}
}
