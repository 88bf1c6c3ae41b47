package dev.mooring.config;

/** A store by its configuration. Sealed, so that whoever opens stores has to know every kind. */
public sealed interface Pool {
    /** When an embedded store acknowledges a write. */
    enum Sync {
        /** After it is on disk. */
        ALWAYS,
        /** At once; on disk within the interval. */
        INTERVAL,
        /** At once; on disk when the system pleases. */
        NEVER
    }

    /**
     * RocksDB on local disk.
     *
     * @param path directory, relative to the working directory of the process
     * @param syncIntervalMs for {@link Sync#INTERVAL}
     */
    record EmbeddedPool(
            String path,
            Sync sync,
            int syncIntervalMs,
            long blockCacheBytes,
            long writeBufferBytes,
            int maxMessagesPerTopic)
            implements Pool {
        public EmbeddedPool {
            Config.require(!path.isEmpty(), "no path");
        }
    }
}
