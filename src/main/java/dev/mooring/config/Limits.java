package dev.mooring.config;

/**
 * Bounds on everything that a client can make grow. Meanings, units, defaults and ranges: section {@code limits} of
 * {@code conf.schema.json}. "auto" is resolved; where the schema says that 0 is no bound, it is 0 here too.
 */
public record Limits(
        int packetSizeMax,
        int topicLengthMax,
        int topicLevelsMax,
        int clientIdLengthMax,
        int connectionsMax,
        int subscriptionsPerClientMax,
        int filtersPerSubscribeMax,
        int userPropertiesMax,
        int receiveMaximum,
        int inflightMax,
        int topicAliasBytesMax,
        int topicAliasMaxIn,
        int topicAliasMaxOut,
        long sessionExpiryMaxS,
        long messageExpiryMaxS,
        long willDelayMaxS,
        int connectTimeoutS,
        int keepAliveMaxS,
        int connectRateMax,
        int messageRateMax,
        long byteRateMax,
        int channelBytesMax,
        long queuedMemoryBytesMax,
        Queue queue,
        MemoryQueue memoryQueue,
        SharedQueue sharedQueue,
        Retained retained,
        StoreQueue storeQueue,
        int storeDeadlineMs) {
    /** {@link #sessionExpiryMaxS} and {@link #willDelayMaxS} without bound; MQTT's "for ever". */
    public static final long FOREVER_S = 0xFFFF_FFFFL;

    public Limits {
        Config.require(packetSizeMax > 0 && receiveMaximum > 0 && inflightMax > 0, "a limit is 0");
        // What the memory part may hold beyond the whole queue has no meaning; a small queue needs no second key.
        memoryQueue = new MemoryQueue(
                Math.min(memoryQueue.countMax(), queue.countMax()), Math.min(memoryQueue.bytesMax(), queue.bytesMax()));
    }

    /**
     * What one listener bounds otherwise; 0 where it says nothing.
     *
     * @param connectRateMax beside that of all listeners, not in its place
     */
    public record OfListener(int packetSizeMax, int connectRateMax, int messageRateMax, long byteRateMax) {}

    /** These, for connections of a listener. */
    public Limits at(OfListener own) {
        return new Limits(
                own.packetSizeMax == 0 ? packetSizeMax : own.packetSizeMax,
                topicLengthMax,
                topicLevelsMax,
                clientIdLengthMax,
                connectionsMax,
                subscriptionsPerClientMax,
                filtersPerSubscribeMax,
                userPropertiesMax,
                receiveMaximum,
                inflightMax,
                topicAliasBytesMax,
                topicAliasMaxIn,
                topicAliasMaxOut,
                sessionExpiryMaxS,
                messageExpiryMaxS,
                willDelayMaxS,
                connectTimeoutS,
                keepAliveMaxS,
                connectRateMax,
                own.messageRateMax == 0 ? messageRateMax : own.messageRateMax,
                own.byteRateMax == 0 ? byteRateMax : own.byteRateMax,
                channelBytesMax,
                queuedMemoryBytesMax,
                queue,
                memoryQueue,
                sharedQueue,
                retained,
                storeQueue,
                storeDeadlineMs);
    }

    /** What happens to a message that finds a full queue. */
    public enum QueuePolicy {
        DROP_OLDEST,
        DROP_NEW,
        REJECT_PUBLISHER
    }

    /** @param ageMaxS 0 for no bound */
    public record Queue(int countMax, long bytesMax, long ageMaxS, QueuePolicy policy) {}

    /** Never more than {@link Queue}. */
    public record MemoryQueue(int countMax, long bytesMax) {}

    public record SharedQueue(int countMax, long bytesMax) {}

    public record Retained(int countMax, long bytesMax) {}

    /** Per pool. */
    public record StoreQueue(int opsMax, long bytesMax) {}
}
