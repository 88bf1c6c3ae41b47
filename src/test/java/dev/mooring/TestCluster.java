package dev.mooring;

import dev.mooring.cluster.ClusterSettings;
import dev.mooring.cluster.ClusterVerticle;
import dev.mooring.cluster.LinkTls;
import dev.mooring.cluster.Member;
import dev.mooring.cluster.NodeId;
import dev.mooring.redis.RedisProcess;
import io.vertx.core.Vertx;
import java.util.ArrayList;
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
    private final List<TestBroker> nodes = new ArrayList<>();
    private final Map<ClusterVerticle, Member> members = new LinkedHashMap<>();
    private final Set<Integer> stopped = new HashSet<>();
    private long lives = System.currentTimeMillis();

    private TestCluster(String json, String pool, @Nullable RedisProcess redis) {
        this.json = json;
        this.pool = pool;
        this.redis = redis;
    }

    /** @param json besides the session pool, for each node */
    public static TestCluster start(int nodes, String json) {
        RedisProcess redis = RedisProcess.start();
        String pool = "{\"backend\": \"redis\", \"server\": \"" + redis.server() + "\"}";
        return new TestCluster(json, pool, redis).with(nodes);
    }

    /** @param pool where the sessions are kept */
    public static TestCluster startOn(String pool, int nodes) {
        return new TestCluster("{}", pool, null).with(nodes);
    }

    private TestCluster with(int count) {
        for (int i = 0; i < count; i++) {
            add();
        }
        return this;
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
        String session = "{\"node\": {\"name\": \"" + name + "\"}, \"session\": {\"pool\": \"shared\"}, \"pools\":"
                + " {\"shared\": " + pool + "}";
        String all = json.equals("{}") ? session + "}" : session + ", " + json.substring(1);
        nodes.add(TestBroker.start(
                all,
                UnaryOperator.identity(),
                UnaryOperator.identity(),
                () -> new Joining(settings(name), this::join)));
    }

    private ClusterSettings settings(String name) {
        NodeId id = new NodeId(name, ++lives);
        return new ClusterSettings(id, "127.0.0.1", 0, "secret", LinkTls.NONE, 64 << 20, SILENCE_MS, 10_000);
    }

    private synchronized void join(Vertx vertx, ClusterVerticle links) {
        members.keySet()
                .removeIf(other -> other.self().name().equals(links.self().name()));
        members.put(links, new Member(links.self(), "127.0.0.1", links.port(), 1, 1));
        tell();
    }

    /** Everybody is told that this node has gone; it is told nothing. */
    public synchronized void outcast(int node) {
        members.keySet().removeIf(links -> links.self().name().equals("node" + node));
        tell();
    }

    private void tell() {
        List<Member> view = List.copyOf(members.values());
        members.keySet().forEach(links -> links.view(view));
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
        if (redis != null) {
            redis.close();
        }
    }
}
