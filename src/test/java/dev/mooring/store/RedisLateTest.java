package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.redis.RedisClusterProcesses;
import dev.mooring.redis.RedisProcess;
import dev.mooring.redis.RedisSentinels;
import dev.mooring.redis.SlowProxy;
import dev.mooring.store.redis.RedisConfig;
import dev.mooring.store.redis.RedisStore;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * What a connection still had on its way when it was given up never takes effect behind what is newer: of a connection
 * that fell silent, and of a broker that was killed.
 */
class RedisLateTest {
    private static final int COMMAND_TIMEOUT_MS = 300;
    /** Long enough that no Sentinel minds a master that is held. */
    private static final String SENTINEL_PATIENCE = "sentinel down-after-milliseconds mymaster 60000";

    private static final List<StoreOp> WRITES = List.of(
            new StoreOp.MessagePublish(StoreHarness.message(1, "queue/a"), System.currentTimeMillis() + 600_000),
            new StoreOp.ProxySave("c", List.of(Subscription.of("a", 1)), List.of()),
            new StoreOp.ClientConnected("n", "c", 5));
    private static final List<StoreOp> ENDS = List.of(
            new StoreOp.AckedForQueue("c", "queue/a", StoreHarness.id(1)),
            new StoreOp.ProxySave("c", List.of(), List.of("a")),
            new StoreOp.ClientDisconnected("n", "c", 5, 7));

    private final List<AutoCloseable> parts = new ArrayList<>();

    /** Ended in the other order. */
    private <T extends AutoCloseable> T with(T part) {
        parts.add(0, part);
        return part;
    }

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable part : parts) {
            part.close();
        }
    }

    private Vertx vertx() {
        Vertx vertx = Vertx.vertx();
        with(() -> StoreHarness.await(vertx.close()));
        return vertx;
    }

    private static Store open(Vertx vertx, RedisConfig config) throws Exception {
        Store store = new OnContext(vertx, new RedisStore(vertx, config));
        StoreHarness.await(store.open());
        return store;
    }

    @Test
    @DisplayName("one server: what a silent connection had on its way is ended with it, before anything newer is sent")
    void single() throws Exception {
        RedisProcess redis = with(RedisProcess.start());
        SlowProxy proxy = with(SlowProxy.before(redis.port()));
        Store store = open(vertx(), config(RedisConfig.single(proxy.server()), ""));
        fallsSilent(store, List.of(proxy), 0, () -> leftOn(redis));
    }

    @Test
    @DisplayName("Sentinel: likewise, as long as the master is the same")
    void sentinel() throws Exception {
        RedisProcess redis = with(RedisProcess.start());
        SlowProxy proxy = with(SlowProxy.before(redis.port()));
        RedisProcess sentinel = with(RedisProcess.startSentinel(
                List.of("sentinel monitor mymaster 127.0.0.1 " + proxy.port() + " 1", SENTINEL_PATIENCE)));
        await().until(() -> proxy.connections() == 2); // the Sentinel's own, which live on
        RedisConfig config = RedisConfig.of(RedisConfig.Type.SENTINEL, List.of(sentinel.server()), "mymaster");
        Store store = open(vertx(), config(config, ""));
        fallsSilent(store, List.of(proxy), 2, () -> leftOn(redis));
    }

    @Test
    @DisplayName("Sentinel, with a fail-over meanwhile: late commands reach the old master only, which forgets them")
    void sentinelFailover() throws Exception {
        RedisSentinels sentinels = with(RedisSentinels.start());
        RedisProcess old = sentinels.master();
        RedisConfig config = RedisConfig.of(
                RedisConfig.Type.SENTINEL, List.of(sentinels.servers().split(",")), RedisSentinels.NAME);
        Store store = open(vertx(), config(config, ""));
        old.sigstop();
        assertThat(StoreHarness.await(store.apply(WRITES))).anyMatch(StoreReply.Failed.class::isInstance);
        RedisProcess now = sentinels.awaitMasterAfter(old);
        apply(store, WRITES);
        apply(store, ENDS);
        old.sigcont();
        await().until(() -> old.call("ROLE") instanceof List<?> role
                && role.get(0).equals("slave")
                && role.get(3).equals("connected"));
        assertThat(leftOn(now)).isEqualTo(0L);
        assertThat(old.call("EXISTS", "mqtt:msg:queue/a", "mqtt:msg:" + StoreHarness.id(1), "mqtt:sub:c"))
                .isEqualTo(0L);
        StoreHarness.await(store.close());
    }

    @Test
    @DisplayName("Cluster: likewise, on every master")
    void cluster() throws Exception {
        Masters masters = masters();
        Store store = open(vertx(), config(masters.config(), ""));
        fallsSilent(store, masters.proxies(), 0, masters::left);
    }

    @Test
    @DisplayName("what a broker had on its way when it was killed is ended before its next life sends anything")
    void nextLife() throws Exception {
        RedisProcess redis = with(RedisProcess.start());
        SlowProxy proxy = with(SlowProxy.before(redis.port()));
        nextLife(RedisConfig.single(proxy.server()), List.of(proxy), () -> leftOn(redis));
    }

    @Test
    @DisplayName("Cluster: likewise, on every master")
    void nextLifeOnCluster() throws Exception {
        Masters masters = masters();
        nextLife(masters.config(), masters.proxies(), masters::left);
    }

    @Test
    @DisplayName("only connections of the same owner are ended, none of the same life, and none by a later reconnect")
    void others() throws Exception {
        RedisProcess redis = with(RedisProcess.start());
        RedisConfig config = RedisConfig.single(redis.server());
        Vertx first = vertx();
        Store one = open(first, config(config, "n 1"));
        Store reloaded = open(first, config(config, "n 1"));
        open(vertx(), config(config, "n 2"));
        open(vertx(), config(config, ""));
        Set<String> before = clients(redis, "");
        Set<String> earlier = clients(redis, "mooring:0:n+1:");
        assertThat(before).hasSize(4);
        assertThat(earlier).hasSize(2);
        open(vertx(), config(config, "n 1"));
        Set<String> after = clients(redis, "");
        assertThat(after).doesNotContainAnyElementsOf(earlier);
        before.removeAll(earlier);
        assertThat(after).containsAll(before);
        apply(one, WRITES);
        apply(reloaded, WRITES);
        assertThat(clients(redis, "")).as("all are there again").hasSize(5).containsAll(after);
    }

    /** Ids of connections, by what their names begin with. */
    private static Set<String> clients(RedisProcess redis, String name) {
        return redis.call("CLIENT", "LIST")
                .toString()
                .lines()
                .filter(line -> line.contains(" name=" + name) && !line.contains("cmd=client|list"))
                .map(line -> line.split(" ")[0])
                .collect(Collectors.toSet());
    }

    // ---- the scenes

    /**
     * Held on its way to the server, given up, done again and ended by what follows; then what was held goes on.
     *
     * @param others connections that are not the store's
     */
    private static void fallsSilent(Store store, List<SlowProxy> proxies, int others, Callable<Long> left)
            throws Exception {
        proxies.forEach(SlowProxy::hold);
        assertThat(StoreHarness.await(store.apply(WRITES))).anyMatch(StoreReply.Failed.class::isInstance);
        apply(store, WRITES);
        apply(store, ENDS);
        assertThat(left.call()).isEqualTo(0L);
        proxies.forEach(SlowProxy::release);
        await().until(() -> proxies.stream().mapToLong(SlowProxy::held).sum() == others);
        assertThat(left.call()).as("what was ended, and is back").isEqualTo(0L);
        assertThat(((StoreReply.Messages) StoreHarness.await(store.apply(List.of(new StoreOp.FetchForQueue(
                                        "c", StoreHarness.filter("queue/a"), MessageId.ZERO, 9))))
                                .get(0))
                        .messages())
                .isEmpty();
        StoreHarness.await(store.close());
    }

    private void nextLife(RedisConfig config, List<SlowProxy> proxies, Callable<Long> left) throws Exception {
        Vertx killed = Vertx.vertx();
        Store store = open(killed, config(config, "n pool1"));
        proxies.forEach(SlowProxy::hold);
        assertThat(StoreHarness.await(store.apply(WRITES))).anyMatch(StoreReply.Failed.class::isInstance);
        StoreHarness.await(killed.close()); // its sockets end, what they had sent does not
        Store next = open(vertx(), config(config, "n pool1"));
        apply(next, WRITES); // by what the publisher and the client do again
        apply(next, ENDS);
        proxies.forEach(SlowProxy::release);
        await().until(() -> proxies.stream().mapToLong(SlowProxy::held).sum() == 0);
        assertThat(left.call()).as("what was ended, and is back").isEqualTo(0L);
        StoreHarness.await(next.close());
    }

    /** As a broker does: until it is done. */
    private static void apply(Store store, List<StoreOp> ops) {
        await().until(() -> StoreHarness.await(store.apply(ops)).stream().allMatch(StoreReply.DONE::equals));
    }

    private static Long leftOn(RedisProcess redis) {
        return (Long)
                redis.call("EXISTS", "mqtt:msg:queue/a", "mqtt:msg:" + StoreHarness.id(1), "mqtt:sub:c", "mqtt:node:n");
    }

    /** A cluster's masters, each behind a proxy that the cluster names to its clients; without replicas. */
    private record Masters(RedisClusterProcesses cluster, List<RedisProcess> nodes, List<SlowProxy> proxies) {
        RedisConfig config() {
            return RedisConfig.of(
                    RedisConfig.Type.CLUSTER,
                    proxies.stream().map(SlowProxy::server).toList(),
                    "");
        }

        Long left() {
            long left = 0;
            for (RedisProcess node : nodes) {
                List<?> keys = (List<?>) node.call("KEYS", "mqtt:*");
                left += keys.stream()
                        .filter(key -> !key.equals("mqtt:client:c"))
                        .count();
            }
            return left;
        }
    }

    private Masters masters() {
        RedisClusterProcesses cluster = with(RedisClusterProcesses.start());
        List<RedisProcess> nodes = new ArrayList<>();
        for (RedisProcess node : cluster.nodes()) {
            if (node.call("ROLE").toString().contains("master,")) {
                nodes.add(node);
            }
        }
        cluster.nodes().stream().filter(node -> !nodes.contains(node)).forEach(RedisProcess::kill9);
        List<SlowProxy> proxies = new ArrayList<>();
        for (RedisProcess node : nodes) {
            SlowProxy proxy = with(SlowProxy.before(node.port()));
            proxies.add(proxy);
            node.call("CONFIG", "SET", "cluster-announce-port", proxy.port());
        }
        for (RedisProcess node : nodes) {
            await().until(() -> proxies.stream()
                    .allMatch(
                            proxy -> node.call("CLUSTER", "SLOTS").toString().contains(String.valueOf(proxy.port()))));
        }
        return new Masters(cluster, nodes, proxies);
    }

    private static RedisConfig config(RedisConfig c, String owner) {
        return new RedisConfig(
                c.type(),
                c.servers(),
                c.masterName(),
                c.database(),
                c.username(),
                c.password(),
                c.sentinelUsername(),
                c.sentinelPassword(),
                c.tls(),
                c.resp(),
                c.minReplicas(),
                c.waitTimeoutMs(),
                c.connectTimeoutMs(),
                COMMAND_TIMEOUT_MS,
                c.maxMessagesPerTopic(),
                c.retainFormat(),
                c.idFormat(),
                c.timestampUnit(),
                owner);
    }
}
