package dev.mooring.store.embedded;

import java.nio.file.Path;

/**
 * How the embedded store is kept.
 *
 * @param path folder of the store; created when missing, owned by one process at a time
 * @param sync when a write reaches the disk; {@link Sync#ALWAYS} unless a person chose otherwise
 * @param intervalMs longest time between two fsyncs of {@link Sync#INTERVAL}, milliseconds, 1..60,000
 * @param blockCacheBytes bound of the cache of file blocks, outside the Java heap, shared by all tables
 * @param writeBufferBytes bound of what all tables together hold unflushed, outside the Java heap; after a crash this
 *     much log, times four at most, is read again
 * @param maxMessagesPerTopic bound of the topic index of {@code on_message_publish}: the oldest go. Counting is lazy:
 *     up to 1/64 more may stand for a while
 * @param acceptLoss start although acknowledged data is damaged, with what can still be read. For one start, by a
 *     person
 */
public record EmbeddedConfig(
        Path path,
        Sync sync,
        long intervalMs,
        long blockCacheBytes,
        long writeBufferBytes,
        int maxMessagesPerTopic,
        boolean acceptLoss) {
    /**
     * What "acknowledged" survives: ALWAYS everything; the others a crash of the process, but not one of the machine.
     */
    public enum Sync {
        ALWAYS,
        INTERVAL,
        NEVER
    }

    public EmbeddedConfig {
        if (intervalMs < 1 || intervalMs > 60_000) {
            throw new IllegalArgumentException("interval_ms must be 1..60,000: " + intervalMs);
        }
        if (blockCacheBytes < 1 << 20 || writeBufferBytes < 1 << 20) {
            throw new IllegalArgumentException("block cache and write buffer need at least 1 MiB each");
        }
        if (maxMessagesPerTopic < 1) {
            throw new IllegalArgumentException("max_messages_per_topic must be positive: " + maxMessagesPerTopic);
        }
    }

    /** The defaults: fsync before every answer, 64 MiB cache, 128 MiB write buffers, 100,000 messages a topic. */
    public static EmbeddedConfig of(Path path) {
        return new EmbeddedConfig(path, Sync.ALWAYS, 100, 64L << 20, 128L << 20, 100_000, false);
    }

    public EmbeddedConfig withSync(Sync newSync) {
        return new EmbeddedConfig(
                path, newSync, intervalMs, blockCacheBytes, writeBufferBytes, maxMessagesPerTopic, acceptLoss);
    }

    public EmbeddedConfig withMaxMessagesPerTopic(int max) {
        return new EmbeddedConfig(path, sync, intervalMs, blockCacheBytes, writeBufferBytes, max, acceptLoss);
    }

    public EmbeddedConfig withAcceptLoss(boolean accept) {
        return new EmbeddedConfig(
                path, sync, intervalMs, blockCacheBytes, writeBufferBytes, maxMessagesPerTopic, accept);
    }
}
