package dev.mooring.cluster;

/** What a {@link Replica} learns of other nodes. No call may change the replica. */
public interface ReplicaListener {
    void added(NodeId origin, Entry entry);

    /** The value is another one. */
    void changed(NodeId origin, Entry before, Entry now);

    void removed(NodeId origin, Entry entry);

    /** All that the node had when its copy was begun is here. */
    void complete(NodeId origin);

    /** Something of it was missed: until the next {@link #complete} its changes are not heard of. */
    void stale(NodeId origin);

    /** The node has left; {@code entries} were its own. */
    void originLeft(NodeId origin, Iterable<Entry> entries);
}
