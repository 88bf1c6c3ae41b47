package dev.mooring.it;

import dev.mooring.FreePorts;
import dev.mooring.TestHost;
import dev.mooring.TestNetwork;
import dev.mooring.redis.RedisProcess;
import dev.mooring.redis.SlowProxy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.StringJoiner;
import java.util.stream.IntStream;

/** Nodes that are processes, {@code node0} and so on, all up, on one Redis. */
final class ClusterProcesses implements AutoCloseable {
    private final RedisProcess redis;
    /** Of the nodes. */
    private final List<TestHost> hosts;

    private final List<MooringProcess> nodes = new ArrayList<>();
    /** By node; empty when there is nothing between nodes and the store. */
    private final List<SlowProxy> toStore = new ArrayList<>();

    private final boolean hasNetwork;

    private ClusterProcesses(RedisProcess redis, List<TestHost> hosts, boolean hasNetwork) {
        this.redis = redis;
        this.hosts = hosts;
        this.hasNetwork = hasNetwork;
    }

    /** @param more members for the configuration of each node, such as {@code "limits": {...}}; or empty */
    static ClusterProcesses start(Path folder, int count, int noHeartbeatS, String more) throws IOException {
        return onLoopback(false, folder, count, noHeartbeatS, more);
    }

    /** The same with a network between each node and the store that can be made bad. */
    static ClusterProcesses startOnNetwork(Path folder, int count, int noHeartbeatS, String more) throws IOException {
        return onLoopback(true, folder, count, noHeartbeatS, more);
    }

    private static ClusterProcesses onLoopback(
            boolean hasNetwork, Path folder, int count, int noHeartbeatS, String more) throws IOException {
        List<TestHost> hosts = Collections.nCopies(count, TestHost.LOOPBACK);
        return new ClusterProcesses(RedisProcess.start(), hosts, hasNetwork).start(folder, noHeartbeatS, more);
    }

    /** The same with every node on a host of its own, and Redis on the one behind these. */
    static ClusterProcesses startOn(TestNetwork network, Path folder, int count, int noHeartbeatS, String more)
            throws IOException {
        List<TestHost> hosts = IntStream.range(0, count).mapToObj(network::host).toList();
        return new ClusterProcesses(RedisProcess.startOn(network.host(count)), hosts, false)
                .start(folder, noHeartbeatS, more);
    }

    private ClusterProcesses start(Path folder, int noHeartbeatS, String more) throws IOException {
        try {
            startNodes(folder, noHeartbeatS, more);
            return this;
        } catch (IOException | RuntimeException | AssertionError e) {
            close(); // nobody else can
            throw e;
        }
    }

    private void startNodes(Path folder, int noHeartbeatS, String more) throws IOException {
        int count = hosts.size();
        int[] ports = FreePorts.of(2 * count);
        StringJoiner members = new StringJoiner(", ");
        for (int i = 0; i < count; i++) {
            members.add("\"" + hosts.get(i).address() + ":" + ports[2 * i] + "\"");
        }
        for (int i = 0; i < count; i++) {
            String pool = "\"state\": {\"backend\": \"redis\", \"server\": \"" + server() + "\"}";
            String all = """
                    "node": {"name": "node%d"}, "session": {"pool": "state"},
                    "cluster": {"enable": true, "host": "%s", "port": %d, "link_port": %d, "secret": "secret",
                                "members": [%s], "no_heartbeat_s": %d}%s
                    """.formatted(
                            i,
                            hosts.get(i).address(),
                            ports[2 * i],
                            ports[2 * i + 1],
                            members,
                            noHeartbeatS,
                            more.isEmpty() ? "" : ", " + more);
            MooringProcess node = MooringProcess.on(hosts.get(i), folder.resolve("node" + i), pool, all);
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
