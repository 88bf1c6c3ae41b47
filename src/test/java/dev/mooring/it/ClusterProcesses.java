package dev.mooring.it;

import dev.mooring.FreePorts;
import dev.mooring.redis.RedisProcess;
import dev.mooring.redis.SlowProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/** Nodes that are processes, {@code node0} and so on, all up, on one Redis. */
final class ClusterProcesses implements AutoCloseable {
    private final RedisProcess redis = RedisProcess.start();
    private final List<MooringProcess> nodes = new ArrayList<>();
    /** By node; empty when there is nothing between nodes and the store. */
    private final List<SlowProxy> toStore = new ArrayList<>();

    private final boolean hasNetwork;

    private ClusterProcesses(boolean hasNetwork) {
        this.hasNetwork = hasNetwork;
    }

    /** @param more members for the configuration of each node, such as {@code "limits": {...}}; or empty */
    static ClusterProcesses start(Path folder, int count, int noHeartbeatS, String more) throws IOException {
        return start(new ClusterProcesses(false), folder, count, noHeartbeatS, more);
    }

    /** The same with a network between each node and the store that can be made bad. */
    static ClusterProcesses startOnNetwork(Path folder, int count, int noHeartbeatS, String more) throws IOException {
        return start(new ClusterProcesses(true), folder, count, noHeartbeatS, more);
    }

    private static ClusterProcesses start(
            ClusterProcesses cluster, Path folder, int count, int noHeartbeatS, String more) throws IOException {
        try {
            cluster.startNodes(folder, count, noHeartbeatS, more);
            return cluster;
        } catch (IOException | RuntimeException | AssertionError e) {
            cluster.close(); // nobody else can
            throw e;
        }
    }

    private void startNodes(Path folder, int count, int noHeartbeatS, String more) throws IOException {
        int[] ports = FreePorts.of(2 * count);
        StringJoiner members = new StringJoiner(", ");
        for (int i = 0; i < count; i++) {
            members.add("\"127.0.0.1:" + ports[2 * i] + "\"");
        }
        for (int i = 0; i < count; i++) {
            String pool = "\"state\": {\"backend\": \"redis\", \"server\": \"" + server() + "\"}";
            String all = """
                    "node": {"name": "node%d"}, "session": {"pool": "state"},
                    "cluster": {"enable": true, "port": %d, "link_port": %d, "members": [%s], "no_heartbeat_s": %d}%s
                    """.formatted(
                    i, ports[2 * i], ports[2 * i + 1], members, noHeartbeatS, more.isEmpty() ? "" : ", " + more);
            MooringProcess node = MooringProcess.in(folder.resolve("node" + i), pool, all);
            nodes.add(node);
            node.start();
        }
    }

    private String server() {
        if (!hasNetwork) {
            return redis.server();
        }
        SlowProxy proxy = SlowProxy.before(redis.port());
        toStore.add(proxy);
        return proxy.server();
    }

    /** What is between a node and the store. */
    SlowProxy toStore(int node) {
        return toStore.get(node);
    }

    List<MooringProcess> nodes() {
        return nodes;
    }

    RedisProcess redis() {
        return redis;
    }

    @Override
    public void close() {
        nodes.forEach(MooringProcess::close);
        toStore.forEach(SlowProxy::close);
        redis.close();
    }
}
