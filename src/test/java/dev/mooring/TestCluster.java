package dev.mooring;

import dev.mooring.cluster.ClusterSettings;
import dev.mooring.cluster.ClusterVerticle;
import dev.mooring.cluster.LinkTls;
import dev.mooring.cluster.Member;
import dev.mooring.cluster.NodeId;
import dev.mooring.cluster.Wire;
import dev.mooring.peer.Bodies;
import dev.mooring.redis.RedisProcess;
import dev.mooring.redis.SlowProxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Several nodes in this process, each with a Vert.x of its own, on one session store. Who is there they are told by the
 * test, in place of Hazelcast.
 */
public final class TestCluster implements AutoCloseable {
    private static final int SILENCE_MS = 1_000;

    private final String json;
    private final String pool;
    private final @Nullable RedisProcess redis;
    /**
     * From a node's name to a life of another node: what its link passes. Empty when there is nothing between nodes.
     */
    private final Map<String, SlowProxy> network = new HashMap<>();
    /** By node, to the store. */
    private final List<SlowProxy> toStore = new ArrayList<>();
    /** Nodes that see nobody else, and that nobody sees. */
    private final Set<String> apart = new HashSet<>();

    private final boolean hasNetwork;
    private final List<TestBroker> nodes = new ArrayList<>();
    private final Map<ClusterVerticle, Member> members = new LinkedHashMap<>();
    private final Set<Integer> stopped = new HashSet<>();
    private int version = Wire.VERSION;
    private long lives = System.currentTimeMillis();

    private TestCluster(String json, String pool, @Nullable RedisProcess redis, boolean hasNetwork) {
        this.hasNetwork = hasNetwork;
        this.json = json;
        this.pool = pool;
        this.redis = redis;
    }

    /** @param json besides the session pool, for each node */
    public static TestCluster start(int nodes, String json) {
        return startSpeaking(Wire.VERSION, nodes, json);
    }

    /** The same, as of nodes that speak this version with each other at most. */
    public static TestCluster startSpeaking(int version, int nodes, String json) {
        RedisProcess redis = RedisProcess.start();
        String pool = "{\"backend\": \"redis\", \"server\": \"" + redis.server() + "\"}";
        return new TestCluster(json, pool, redis, false).speaking(version).with(nodes);
    }

    /** With networks between all nodes, and between each node and Redis, that can be made bad. */
    public static TestCluster startOnNetwork(int nodes, String json) {
        return new TestCluster(json, "", RedisProcess.start(), true).with(nodes);
    }

    /** @param pool where the sessions are kept */
    public static TestCluster startOn(String pool, int nodes) {
        return new TestCluster("{}", pool, null, false).with(nodes);
    }

    private TestCluster with(int count) {
        for (int i = 0; i < count; i++) {
            add();
        }
        return this;
    }

    /** Versions of the protocol that a node speaks with the others. */
    public synchronized Set<Integer> versions(int node) {
        Set<Integer> versions = new HashSet<>();
        for (ClusterVerticle links : members.keySet()) {
            if (links.self().name().equals("node" + node)) {
                links.peers().forEach(link -> versions.add(link.version()));
            }
        }
        return versions;
    }

    public TestBroker node(int i) {
        return nodes.get(i);
    }

    public int size() {
        return nodes.size();
    }

    public RedisProcess redis() {
        return Objects.requireNonNull(redis);
    }

    /** One more node; returns when it serves clients. */
    public void add() {
        String name = "node" + nodes.size();
        String pool = hasNetwork ? throughNetwork() : this.pool;
        String session = "{\"node\": {\"name\": \"" + name + "\"}, \"session\": {\"pool\": \"shared\"}, \"pools\":"
                + " {\"shared\": " + pool + "}";
        String all = json.equals("{}") ? session + "}" : session + ", " + json.substring(1);
        nodes.add(TestBroker.start(all, UnaryOperator.identity(), UnaryOperator.identity(), () -> joining(name)));
    }

    private Joining joining(String name) {
        Wire wire = Wire.of(Math.max(Wire.VERSION_MIN, version - 1), version, Bodies.all());
        return new Joining(settings(name), wire, (vertx, links) -> join(links, wire));
    }

    /** Nodes that start after this, for the first time or again, speak this version with each other at most. */
    public TestCluster speaking(int newest) {
        version = newest;
        return this;
    }

    private String throughNetwork() {
        SlowProxy proxy = SlowProxy.before(redis().port());
        toStore.add(proxy);
        return "{\"backend\": \"redis\", \"server\": \"" + proxy.server() + "\"}";
    }

    /** What is between a node and the store. */
    public SlowProxy toStore(int node) {
        return toStore.get(node);
    }

    /** What is between two nodes, in both directions, over all their lives. */
    public synchronized List<SlowProxy> between(int one, int other) {
        List<SlowProxy> found = new ArrayList<>();
        network.forEach((way, proxy) -> {
            if (way.startsWith("node" + one + ">node" + other + "#")
                    || way.startsWith("node" + other + ">node" + one + "#")) {
                found.add(proxy);
            }
        });
        return found;
    }

    /** A node and all others don't reach each other any more, and are told so; or they do again. */
    public synchronized void partition(int node, boolean isApart) {
        if (isApart) {
            apart.add("node" + node);
        } else {
            apart.remove("node" + node);
        }
        for (int other = 0; other < nodes.size(); other++) {
            for (SlowProxy proxy : between(node, other)) {
                if (isApart) {
                    proxy.refuse();
                    proxy.cut();
                } else {
                    proxy.accept();
                }
            }
        }
        tell();
    }

    private ClusterSettings settings(String name) {
        NodeId id = new NodeId(name, ++lives);
        return new ClusterSettings(id, "127.0.0.1", 0, "secret", LinkTls.NONE, 64 << 20, SILENCE_MS, 10_000);
    }

    private synchronized void join(ClusterVerticle links, Wire wire) {
        members.keySet()
                .removeIf(other -> other.self().name().equals(links.self().name()));
        members.put(links, new Member(links.self(), "127.0.0.1", links.port(), wire.versionMin(), wire.version()));
        tell();
    }

    /** Everybody is told that this node has gone; it is told nothing. */
    public synchronized void outcast(int node) {
        members.keySet().removeIf(links -> links.self().name().equals("node" + node));
        tell();
    }

    private void tell() {
        members.keySet().forEach(links -> links.view(view(links)));
    }

    private List<Member> view(ClusterVerticle of) {
        String self = of.self().name();
        List<Member> view = new ArrayList<>();
        for (Member m : members.values()) {
            boolean isSelf = m.id().equals(of.self());
            if (isSelf || (!apart.contains(self) && !apart.contains(m.id().name()))) {
                view.add(isSelf || !hasNetwork ? m : behindNetwork(self, m));
            }
        }
        return view;
    }

    private Member behindNetwork(String from, Member to) {
        SlowProxy proxy = network.computeIfAbsent(from + ">" + to.id(), way -> SlowProxy.before(to.port()));
        return new Member(to.id(), "127.0.0.1", proxy.port(), to.wireMin(), to.wire());
    }

    /** Stops a node in order, and starts it again under its name; returns when it serves clients. */
    public void restart(int node) {
        nodes.get(node).restart();
    }

    /** Stops a node in order. */
    public void stop(int node) {
        stopped.add(node);
        nodes.get(node).close();
        outcast(node);
    }

    @Override
    public void close() {
        for (int i = 0; i < nodes.size(); i++) {
            if (!stopped.contains(i)) {
                nodes.get(i).close();
            }
        }
        network.values().forEach(SlowProxy::close);
        toStore.forEach(SlowProxy::close);
        if (redis != null) {
            redis.close();
        }
    }
}
