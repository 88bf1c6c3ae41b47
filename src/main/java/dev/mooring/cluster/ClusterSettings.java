package dev.mooring.cluster;

/**
 * How this node speaks with others.
 *
 * @param self this life of this node
 * @param host to bind links to
 * @param port of links; 0 for any free one
 * @param secret what peers have to know; empty when none is asked for
 * @param tls of links; see {@link LinkTls#NONE}
 * @param linkBytesMax what may wait for one peer, unacknowledged bytes included
 * @param silenceMs how long a peer that is no member any more, or a connection, may say nothing until it is given up
 * @param digestIntervalMs between two digests of the own entries
 */
public record ClusterSettings(
        NodeId self,
        String host,
        int port,
        String secret,
        LinkTls tls,
        long linkBytesMax,
        int silenceMs,
        int digestIntervalMs) {
    public ClusterSettings {
        if (linkBytesMax < 1 || silenceMs < 1 || digestIntervalMs < 1) {
            throw new IllegalArgumentException("a bound of links is not positive");
        }
    }

    /** Without the secret: this may be logged. */
    @Override
    public String toString() {
        return "ClusterSettings[" + self + " at " + host + ":" + port + "]";
    }
}
