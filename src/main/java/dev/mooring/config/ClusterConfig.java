package dev.mooring.config;

import java.util.List;

/**
 * This node among others: section {@code cluster} of {@code conf.schema.json}.
 *
 * @param publicHost empty when it is {@code host}
 * @param serviceDns empty when {@code members} counts
 * @param secret empty when nodes need none
 */
public record ClusterConfig(
        boolean enable,
        String name,
        String host,
        String publicHost,
        int port,
        int linkPort,
        List<String> members,
        String serviceDns,
        int noHeartbeatS,
        String secret,
        long linkBytesMax,
        int answerTimeoutMs,
        int digestIntervalS,
        Tls tls) {
    public ClusterConfig {
        members = List.copyOf(members);
        Config.require(!enable || !members.isEmpty() || !serviceDns.isEmpty(), "no members");
    }

    /** Files in PEM; all are named when it is enabled. */
    public record Tls(boolean enable, String certfile, String keyfile, String cacertfile) {}

    /** Where others reach this node. */
    public String address() {
        return publicHost.isEmpty() ? host : publicHost;
    }

    /** Without the secret: this may be logged. */
    @Override
    public String toString() {
        return "ClusterConfig[" + name + " at " + address() + ":" + port + "]";
    }
}
