package dev.mooring.store;

import dev.mooring.redis.RedisCli;
import dev.mooring.redis.RedisClusterProcesses;
import dev.mooring.redis.RedisProcess;
import dev.mooring.store.redis.RedisConfig;
import dev.mooring.store.redis.RedisStore;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.utility.DockerImageName;

/** A Redis for the tests of one class, empty for each of them. */
final class TestRedis implements BeforeAllCallback, AfterEachCallback, AfterAllCallback {
    /**
     * @param masters none of a container
     * @param empty deletes all keys
     */
    private record Running(List<RedisProcess> masters, RedisConfig config, Runnable empty, AutoCloseable processes) {}

    private static final int PORT = 6379;
    /** For an answer: what a broker would ask for again fails a test. */
    private static final int PATIENCE_MS = 60_000;

    private final Supplier<Running> start;
    private Running running;
    private Vertx vertx;

    private TestRedis(Supplier<Running> start) {
        this.start = start;
    }

    static TestRedis single() {
        return new TestRedis(() -> {
            RedisProcess redis = RedisProcess.start();
            return running(List.of(redis), RedisConfig.single(redis.server()), redis);
        });
    }

    static TestRedis valkey() {
        return new TestRedis(() -> {
            RedisProcess valkey = RedisProcess.startValkey();
            return running(List.of(valkey), RedisConfig.single(valkey.server()), valkey);
        });
    }

    private static Running running(List<RedisProcess> masters, RedisConfig config, AutoCloseable processes) {
        return new Running(masters, config, () -> masters.forEach(node -> node.call("FLUSHALL")), processes);
    }

    /** Of a Docker engine. */
    static TestRedis container(String image) {
        return new TestRedis(() -> {
            GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse(image)).withExposedPorts(PORT);
            container.start();
            RedisConfig config = RedisConfig.single(container.getHost() + ":" + container.getMappedPort(PORT));
            return new Running(List.of(), config, () -> empty(container), container);
        });
    }

    private static void empty(GenericContainer<?> container) {
        try {
            container.execInContainer("redis-cli", "FLUSHALL");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** One server, as a user who may do what docs/storage.md says and no more. */
    static TestRedis restricted() {
        return new TestRedis(() -> {
            RedisProcess redis = RedisProcess.start("user mooring on >secret ~mqtt:* ~mooring:* &mqtt_channel"
                    + " +@read +@write +@scripting +@connection +@pubsub +role +wait");
            RedisConfig c = RedisConfig.single(redis.server());
            return running(List.of(redis), as(c, "mooring", "secret", c.maxMessagesPerTopic()), redis);
        });
    }

    static TestRedis cluster() {
        return new TestRedis(() -> {
            RedisClusterProcesses cluster = RedisClusterProcesses.start();
            List<RedisProcess> masters = cluster.nodes().stream()
                    .filter(node -> node.call("ROLE").toString().contains("master"))
                    .toList();
            List<String> servers = List.of(cluster.servers().split(","));
            return running(masters, RedisConfig.of(RedisConfig.Type.CLUSTER, servers, ""), cluster);
        });
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        open();
    }

    /** Behind the test's own methods, which close the store. */
    @Override
    public void afterEach(ExtensionContext context) {
        empty();
    }

    @Override
    public void afterAll(ExtensionContext context) throws Exception {
        close();
    }

    // ---- for tests that do not run on JUnit's own engine

    void open() {
        running = start.get();
        vertx = Vertx.vertx();
    }

    void empty() {
        running.empty.run();
    }

    void close() throws Exception {
        StoreHarness.await(vertx.close());
        running.processes.close();
    }

    // ---- what tests work with

    /** Not open yet; to be called from any thread. */
    Store newStore() {
        return newStore(running.config.maxMessagesPerTopic());
    }

    Store newStore(int maxMessagesPerTopic) {
        RedisConfig c = running.config;
        return new OnContext(vertx, new RedisStore(vertx, as(c, c.username(), c.password(), maxMessagesPerTopic)));
    }

    private static RedisConfig as(RedisConfig c, String username, String password, int maxMessagesPerTopic) {
        return new RedisConfig(
                c.type(),
                c.servers(),
                c.masterName(),
                c.database(),
                username,
                password,
                c.sentinelUsername(),
                c.sentinelPassword(),
                c.tls(),
                c.resp(),
                c.minReplicas(),
                c.waitTimeoutMs(),
                PATIENCE_MS,
                PATIENCE_MS,
                maxMessagesPerTopic,
                c.retainFormat(),
                c.idFormat(),
                c.timestampUnit(),
                c.owner());
    }

    RedisConfig config() {
        return running.config;
    }

    Vertx vertx() {
        return vertx;
    }

    /** To a single server, or one master of a cluster. To be closed by the caller. */
    RedisCli cli() {
        return running.masters.get(0).cli();
    }

    /** Of a single server, or one master of a cluster. */
    Object call(Object... command) {
        return running.masters.get(0).call(command);
    }
}
