package dev.mooring.bus;

/** Event bus addresses. One consumer each; none per client or topic. */
public final class Address {
    private Address() {}

    /** The event loop {@code n} and everything it owns. */
    public static String loop(int n) {
        return "loop." + n;
    }

    /** The authority over the sessions of one shard of client ids. */
    public static String session(int shard) {
        return "session." + shard;
    }

    /** What this node has to do with the others; only in a cluster. */
    public static final String PEERS = "peers";

    /** The store of a pool. */
    public static String store(String pool) {
        return "store." + pool;
    }
}
