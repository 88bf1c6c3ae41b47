package dev.mooring.cluster;

import static org.awaitility.Awaitility.await;

import dev.mooring.metrics.ClusterMetrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/** A node without a broker, whose view of the cluster the test makes. Writes down what it is told. */
final class TestNode implements ClusterListener, ReplicaListener {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    static final int SILENCE_MS = 2_000;
    static final long LINK_BYTES_MAX = 1024 * 1024;

    private static final AtomicLong EPOCHS = new AtomicLong();

    final NodeId id;
    final ClusterMetrics metrics = new ClusterMetrics();
    final ClusterVerticle cluster;
    final Map<NodeId, List<Integer>> received = new ConcurrentHashMap<>();
    final List<String> events = new CopyOnWriteArrayList<>();
    final Map<NodeId, Long> acknowledged = new ConcurrentHashMap<>();
    final AtomicLong added = new AtomicLong();
    private final Vertx vertx;
    private final Wire wire;
    private String deployment = "";

    private TestNode(Vertx vertx, String name, String secret, LinkTls tls, Wire wire) {
        this.vertx = vertx;
        this.wire = wire;
        id = new NodeId(name, EPOCHS.incrementAndGet());
        ClusterSettings settings =
                new ClusterSettings(id, "127.0.0.1", 0, secret, tls, LINK_BYTES_MAX, SILENCE_MS, 1_000);
        cluster = new ClusterVerticle(settings, wire, metrics, this, this);
    }

    static TestNode start(Vertx vertx, String name) {
        return start(vertx, name, "", LinkTls.NONE, Wire.of(List.of(Note.BODY_TYPE)));
    }

    static TestNode start(Vertx vertx, String name, String secret, LinkTls tls, Wire wire) {
        TestNode node = new TestNode(vertx, name, secret, tls, wire);
        node.deployment = get(vertx.deployVerticle(node.cluster));
        return node;
    }

    static <T> T get(Future<T> future) {
        try {
            return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** As others see it. */
    Member member() {
        return member(cluster.port());
    }

    /** As others see it through a proxy. */
    Member member(int port) {
        return new Member(id, "127.0.0.1", port, wire.versionMin(), wire.version());
    }

    void view(Member... others) {
        List<Member> all = new ArrayList<>(List.of(member()));
        Collections.addAll(all, others);
        cluster.view(all);
    }

    /** On its context. */
    <T> T call(Callable<T> call) {
        CompletableFuture<T> result = new CompletableFuture<>();
        cluster.run(() -> {
            try {
                result.complete(call.call());
            } catch (Throwable e) {
                result.completeExceptionally(e);
            }
        });
        try {
            return result.get(30, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    PeerLink link(TestNode other) {
        await().atMost(PATIENCE).until(() -> cluster.link(other.id) != null);
        return cluster.link(other.id);
    }

    void awaitConnected(TestNode other) {
        await().atMost(PATIENCE).until(() -> link(other).connected());
    }

    void awaitReceived(TestNode from, int count) {
        await(id + " gets " + count + " notes of " + from.id)
                .atMost(PATIENCE)
                .until(() -> notes(from).size() >= count);
    }

    void awaitEvent(String event) {
        await(event + " in " + events).atMost(PATIENCE).until(() -> events.contains(event));
    }

    List<Integer> notes(TestNode from) {
        return received.getOrDefault(from.id, List.of());
    }

    void stop() {
        get(vertx.undeploy(deployment));
    }

    @Override
    public void joined(PeerLink link) {
        events.add("joined " + link.peer());
    }

    @Override
    public void left(NodeId peer, int unacknowledged) {
        events.add("left " + peer);
    }

    @Override
    public void received(NodeId from, LinkBody body) {
        received.computeIfAbsent(from, f -> Collections.synchronizedList(new ArrayList<>()))
                .add(((Note) body).number());
    }

    @Override
    public void acknowledged(NodeId peer, long ticket) {
        acknowledged.put(peer, ticket);
    }

    @Override
    public void writable(NodeId peer) {
        events.add("writable " + peer);
    }

    @Override
    public void interrupted(NodeId peer) {
        events.add("interrupted " + peer);
    }

    @Override
    public void added(NodeId origin, Entry entry) {
        added.incrementAndGet();
    }

    @Override
    public void changed(NodeId origin, Entry before, Entry now) {}

    @Override
    public void removed(NodeId origin, Entry entry) {
        added.decrementAndGet();
    }

    @Override
    public void complete(NodeId origin) {
        events.add("complete " + origin);
    }

    @Override
    public void stale(NodeId origin) {
        events.add("stale " + origin);
    }

    @Override
    public void originLeft(NodeId origin, Iterable<Entry> entries) {
        entries.forEach(entry -> added.decrementAndGet());
    }
}
