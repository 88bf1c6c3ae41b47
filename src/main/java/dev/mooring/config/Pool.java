package dev.mooring.config;

import java.util.List;
import java.util.Objects;

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
            int maxMessagesPerTopic,
            boolean acceptLoss)
            implements Pool {
        public EmbeddedPool {
            Config.require(!path.isEmpty(), "no path");
        }
    }

    /** What {@link RedisPool#server} names. */
    enum RedisType {
        /** The one server. */
        SINGLE,
        /** Sentinels, which know the master. */
        SENTINEL,
        /** Some nodes of a cluster, which know the others. */
        CLUSTER
    }

    /** How {@code mqtt:retain:<topic>} is written. */
    enum RetainFormat {
        ZSET,
        HASH,
        STRING
    }

    /**
     * Redis or Valkey. Texts are empty where the file says nothing.
     *
     * @param server as in the file; see {@link #servers}
     * @param sentinel name of the master, for {@link RedisType#SENTINEL} and only then
     * @param resp 2 or 3
     * @param channel empty for none
     * @param minReplicas 0 for no WAIT
     */
    record RedisPool(
            RedisType type,
            String server,
            String sentinel,
            int database,
            String username,
            String password,
            String sentinelUsername,
            String sentinelPassword,
            int poolSize,
            Ssl ssl,
            int resp,
            String channel,
            int minReplicas,
            int waitTimeoutMs,
            int connectTimeoutMs,
            int commandTimeoutMs,
            int maxMessagesPerTopic,
            RetainFormat retainFormat)
            implements Pool {
        public RedisPool {
            Config.require(RedisServer.parse(server) != null, "server " + server);
            Config.require((type == RedisType.SENTINEL) != sentinel.isEmpty(), "sentinel " + sentinel);
            Config.require(type != RedisType.CLUSTER || database == 0, "database " + database);
        }

        /** At least one. */
        public List<RedisServer> servers() {
            return Objects.requireNonNull(RedisServer.parse(server));
        }

        /** Without the secrets: this may be logged. */
        @Override
        public String toString() {
            return "RedisPool[" + type + " " + server + " database " + database + "]";
        }
    }

    /** How AWS charges for a table that is created. */
    enum BillingMode {
        PAY_PER_REQUEST,
        PROVISIONED
    }

    /**
     * Amazon DynamoDB. Texts are empty where the file says nothing.
     *
     * @param region empty: from the SDK's chain
     * @param server address of another endpoint than the region's own
     * @param poolSize connections
     * @param awsAccessKeyId empty: the SDK's chain; then so are the other two
     * @param readCapacityUnits for {@link BillingMode#PROVISIONED}, as writeCapacityUnits
     */
    record DynamoDbPool(
            String region,
            String server,
            int poolSize,
            String awsAccessKeyId,
            String awsSecretAccessKey,
            String awsSessionToken,
            String tablePrefix,
            boolean createTables,
            BillingMode billingMode,
            int readCapacityUnits,
            int writeCapacityUnits,
            int connectTimeoutMs,
            int attemptTimeoutMs,
            int callTimeoutMs,
            int maxMessagesPerTopic,
            int topicMapIdsMax)
            implements Pool {
        public DynamoDbPool {
            Config.require(awsAccessKeyId.isEmpty() == awsSecretAccessKey.isEmpty(), "half of a key");
        }

        /** Without the secrets: this may be logged. */
        @Override
        public String toString() {
            return "DynamoDbPool[" + region + " " + server + " " + tablePrefix + "]";
        }
    }

    /**
     * TLS; all but {@code enable} count only with it. Texts are empty where the file says nothing.
     *
     * @param verify whether the server has to show a trusted certificate for its name
     */
    record Ssl(boolean enable, boolean verify, String cacertfile, String certfile, String keyfile) {}
}
