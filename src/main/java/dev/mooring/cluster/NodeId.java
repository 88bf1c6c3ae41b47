package dev.mooring.cluster;

/**
 * One life of a node: a restart makes another id.
 *
 * @param name as configured, unique in the cluster
 * @param epoch of this life; greater than those before as far as the clock knows
 */
public record NodeId(String name, long epoch) implements Comparable<NodeId> {
    public NodeId {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a node without a name");
        }
    }

    /** The same node in another life, or in this one. */
    public boolean isSameNode(NodeId other) {
        return name.equals(other.name);
    }

    @Override
    public int compareTo(NodeId other) {
        int byName = name.compareTo(other.name);
        return byName == 0 ? Long.compare(epoch, other.epoch) : byName;
    }

    @Override
    public String toString() {
        return name + "#" + Long.toString(epoch, Character.MAX_RADIX);
    }
}
