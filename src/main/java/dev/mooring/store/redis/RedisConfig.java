package dev.mooring.store.redis;

import dev.mooring.message.IdFormat;
import dev.mooring.message.TimestampUnit;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where a Redis is and how to write to it.
 *
 * @param servers {@code host:port}; the server itself, Sentinels, or any nodes of the cluster
 * @param masterName what the Sentinels call the master; empty unless {@code type} is SENTINEL
 * @param username of an ACL user, or empty
 * @param tls null: plain connections
 * @param resp version of the protocol, 2 or 3
 * @param minReplicas replicas that must have a batch before it is answered, by {@code WAIT}; 0 asks for none
 * @param waitTimeoutMs how long {@code WAIT} waits
 * @param commandTimeoutMs a connection whose oldest batch is unanswered for so long is given up
 * @param maxMessagesPerTopic most members of {@code mqtt:msg:{topic}}
 * @param owner what all lives of who writes have in common: connections of an earlier one are ended before anything is
 *     sent; empty: nobody's
 */
public record RedisConfig(
        Type type,
        List<String> servers,
        String masterName,
        int database,
        String username,
        String password,
        String sentinelUsername,
        String sentinelPassword,
        @Nullable Tls tls,
        int resp,
        int minReplicas,
        int waitTimeoutMs,
        int connectTimeoutMs,
        int commandTimeoutMs,
        int maxMessagesPerTopic,
        RetainFormat retainFormat,
        IdFormat idFormat,
        TimestampUnit timestampUnit,
        String owner) {
    /** How the servers belong together. */
    public enum Type {
        SINGLE,
        SENTINEL,
        CLUSTER
    }

    /** What {@code mqtt:retain:{topic}} is when written; all are understood when read. */
    public enum RetainFormat {
        ZSET,
        HASH,
        STRING
    }

    /**
     * @param verify whether the server's certificate and name are checked
     * @param caFile PEM; empty: the JDK's trust store
     * @param certFile PEM of the client's own certificate, or empty
     * @param keyFile PEM of its key, or empty
     */
    public record Tls(boolean verify, String caFile, String certFile, String keyFile) {}

    public RedisConfig {
        servers = List.copyOf(servers);
        if (servers.isEmpty()) {
            throw new IllegalArgumentException("no server");
        }
        if (type == Type.SENTINEL && masterName.isEmpty()) {
            throw new IllegalArgumentException("type sentinel needs the name of the master");
        }
    }

    /** One server with the defaults: no password, database 0, the seed's formats. */
    public static RedisConfig single(String server) {
        return of(Type.SINGLE, List.of(server), "");
    }

    /** The defaults for any type. */
    public static RedisConfig of(Type type, List<String> servers, String masterName) {
        return new RedisConfig(
                type,
                servers,
                masterName,
                0,
                "",
                "",
                "",
                "",
                null,
                3,
                0,
                1_000,
                5_000,
                5_000,
                100_000,
                RetainFormat.ZSET,
                IdFormat.BASE62,
                TimestampUnit.S,
                "");
    }

    boolean isCluster() {
        return type == Type.CLUSTER;
    }
}
