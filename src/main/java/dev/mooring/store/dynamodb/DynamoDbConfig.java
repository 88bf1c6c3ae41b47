package dev.mooring.store.dynamodb;

import dev.mooring.message.IdFormat;
import dev.mooring.message.TimestampUnit;
import org.jspecify.annotations.Nullable;

/**
 * Where a DynamoDB is and how to write to it.
 *
 * @param region empty: from the SDK's chain
 * @param server address of another endpoint than the region's own, or empty
 * @param poolSize connections, and so calls under way at once
 * @param accessKeyId empty: the SDK's chain
 * @param sessionToken of temporary keys, or empty
 * @param tablePrefix begins the name of every table
 * @param createTables whether tables that are missing are created
 * @param capacity of tables that are created; null: they are paid by request
 * @param attemptTimeoutMs of one attempt at a call
 * @param callTimeoutMs of a call with its repetitions
 * @param maxMessagesPerTopic rows of mqtt_topic_msg; a few more until they are counted
 * @param topicMapIdsMax ids in an item of mqtt_topic_msg_map
 * @param keepsSessions whether the broker's own state is here
 */
public record DynamoDbConfig(
        String region,
        String server,
        int poolSize,
        String accessKeyId,
        String secretAccessKey,
        String sessionToken,
        String tablePrefix,
        boolean createTables,
        @Nullable Capacity capacity,
        int connectTimeoutMs,
        int attemptTimeoutMs,
        int callTimeoutMs,
        int maxMessagesPerTopic,
        int topicMapIdsMax,
        IdFormat idFormat,
        TimestampUnit timestampUnit,
        boolean keepsSessions) {

    /** Units per second that a table is created with. */
    public record Capacity(int readUnits, int writeUnits) {}

    /** At an endpoint that takes any key, and with much patience. */
    public static DynamoDbConfig local(String server, String tablePrefix) {
        return new DynamoDbConfig(
                "us-west-2",
                server,
                8,
                "local",
                "local",
                "",
                tablePrefix,
                true,
                null,
                10_000,
                10_000,
                20_000,
                100_000,
                1_000,
                IdFormat.BASE62,
                TimestampUnit.S,
                true);
    }

    /** The same, but a table that is missing is an error. */
    public DynamoDbConfig withoutCreating() {
        return new DynamoDbConfig(
                region,
                server,
                poolSize,
                accessKeyId,
                secretAccessKey,
                sessionToken,
                tablePrefix,
                false,
                capacity,
                connectTimeoutMs,
                attemptTimeoutMs,
                callTimeoutMs,
                maxMessagesPerTopic,
                topicMapIdsMax,
                idFormat,
                timestampUnit,
                keepsSessions);
    }

    /** Where it is, for people. */
    String where() {
        return server.isEmpty() ? "DynamoDB" + (region.isEmpty() ? "" : " in " + region) : "DynamoDB at " + server;
    }

    /** Without the secrets: this may be logged. */
    @Override
    public String toString() {
        return "DynamoDbConfig[" + where() + " " + tablePrefix + "]";
    }
}
