package dev.mooring.redis;

import static dev.mooring.redis.TestProcesses.eventually;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * A cluster of three masters, each with a third of the slots, and a replica of each. A master that is away for a second
 * is replaced.
 */
public final class RedisClusterProcesses implements AutoCloseable {
    private static final int MASTERS = 3;
    private static final int SLOTS = 16_384;

    private final List<RedisProcess> nodes = new ArrayList<>();

    private RedisClusterProcesses() {}

    /**
     * Returns when all nodes agree and the replicas follow.
     *
     * @param lines for the configuration of all nodes
     */
    public static RedisClusterProcesses start(String... lines) {
        return open(RedisProcess::start, List.of(lines));
    }

    /** The same with TLS only; clients need a certificate too, and so do the nodes. */
    public static RedisClusterProcesses startTls(TestCertificates certificates, String... lines) {
        List<String> all = new ArrayList<>(List.of(lines));
        all.add("tls-cluster yes");
        return open(l -> RedisProcess.startTls(certificates, l), all);
    }

    private static RedisClusterProcesses open(Function<String[], RedisProcess> server, List<String> lines) {
        RedisClusterProcesses cluster = new RedisClusterProcesses();
        try {
            cluster.join(server, lines);
            return cluster;
        } catch (RuntimeException | AssertionError e) {
            cluster.close();
            throw e;
        }
    }

    private void join(Function<String[], RedisProcess> server, List<String> lines) {
        List<String> more = new ArrayList<>(lines);
        more.add("cluster-enabled yes");
        more.add("cluster-node-timeout 1000");
        more.add("cluster-replica-validity-factor 0");
        more.add("repl-diskless-sync-delay 0");
        for (int i = 0; i < 2 * MASTERS; i++) {
            RedisProcess node = server.apply(more.toArray(String[]::new));
            nodes.add(node);
            node.call("CLUSTER", "SET-CONFIG-EPOCH", i + 1); // the same epoch at two nodes would delay their agreement
            if (i < MASTERS) {
                node.call("CLUSTER", "ADDSLOTSRANGE", SLOTS * i / MASTERS, SLOTS * (i + 1) / MASTERS - 1);
            }
            node.call("CLUSTER", "MEET", "127.0.0.1", nodes.get(0).port(), busPort(nodes.get(0)));
        }
        for (RedisProcess node : nodes) {
            eventually(
                    "a node knows all", () -> info(node, "cluster_known_nodes").equals("" + nodes.size()));
        }
        for (int i = MASTERS; i < nodes.size(); i++) {
            RedisProcess replica = nodes.get(i);
            Object master = nodes.get(i - MASTERS).call("CLUSTER", "MYID");
            eventually(
                    "a replica is one",
                    () -> replica.call("CLUSTER", "REPLICATE", master).equals("OK"));
        }
        for (RedisProcess master : nodes.subList(0, MASTERS)) {
            eventually("a replica is given all writes", () -> replicas(master) == 1);
        }
        awaitOk();
        eventually("everybody knows the replicas", () -> nodes.stream().allMatch(RedisClusterProcesses::seesReplicas));
    }

    /** Only those that are in step. */
    private static int replicas(RedisProcess master) {
        return ((List<?>) ((List<?>) master.call("ROLE")).get(2)).size();
    }

    private static Object busPort(RedisProcess node) {
        return ((List<?>) node.call("CONFIG", "GET", "cluster-port")).get(1);
    }

    private static boolean seesReplicas(RedisProcess node) {
        return String.valueOf(node.call("CLUSTER", "NODES")).split("slave ", -1).length == MASTERS + 1;
    }

    /** One line of CLUSTER INFO. */
    private static String info(RedisProcess node, String field) {
        for (String line : String.valueOf(node.call("CLUSTER", "INFO")).split("\r\n")) {
            if (line.startsWith(field + ":")) {
                return line.substring(field.length() + 1);
            }
        }
        return "";
    }

    /** Some nodes, for the configuration of a pool: the first masters. */
    public String servers() {
        return nodes.stream().limit(MASTERS).map(RedisProcess::server).collect(Collectors.joining(","));
    }

    public List<RedisProcess> nodes() {
        return List.copyOf(nodes);
    }

    /** The one that has the key's slot, in the eyes of a node that lives; it may be dead all the same. */
    public RedisProcess masterOf(String key) {
        RedisProcess asked =
                nodes.stream().filter(RedisProcess::isAlive).findFirst().orElseThrow();
        long slot = (Long) asked.call("CLUSTER", "KEYSLOT", key);
        for (Object range : (List<?>) asked.call("CLUSTER", "SLOTS")) {
            List<?> parts = (List<?>) range;
            if ((Long) parts.get(0) <= slot && slot <= (Long) parts.get(1)) {
                Object port = ((List<?>) parts.get(2)).get(1);
                return nodes.stream()
                        .filter(n -> port.equals((long) n.port()))
                        .findFirst()
                        .orElseThrow();
            }
        }
        throw new AssertionError("nobody has slot " + slot);
    }

    /** The one that follows this master. */
    public RedisProcess replicaOf(RedisProcess master) {
        return nodes.stream()
                .filter(n -> n.call("ROLE") instanceof List<?> role
                        && role.get(0).equals("slave")
                        && role.get(2).equals((long) master.port()))
                .findFirst()
                .orElseThrow();
    }

    /** A command with the key as its first argument, at the master of this key. */
    public Object call(String command, String key, Object... args) {
        List<Object> all = new ArrayList<>(List.of(command, key));
        all.addAll(List.of(args));
        return masterOf(key).call(all.toArray());
    }

    /** Returns it at once, so that the test may restart it as a replica. */
    public RedisProcess killMasterOf(String key) {
        RedisProcess master = masterOf(key);
        master.kill9();
        return master;
    }

    /** When another one than {@code old} has the key, and all nodes that live have all slots. */
    public RedisProcess awaitMasterOf(String key, RedisProcess old) {
        eventually("another master", () -> masterOf(key) != old);
        awaitOk();
        return masterOf(key);
    }

    /** When all nodes that live have all slots. */
    public void awaitOk() {
        eventually(
                "the cluster is complete",
                () -> nodes.stream()
                        .filter(RedisProcess::isAlive)
                        .allMatch(n -> info(n, "cluster_state").equals("ok")
                                && info(n, "cluster_slots_ok").equals("" + SLOTS)));
    }

    @Override
    public void close() {
        nodes.forEach(RedisProcess::close);
    }
}
