package dev.mooring;

import dev.mooring.config.Config;
import dev.mooring.config.Pool;
import dev.mooring.config.RedisServer;
import dev.mooring.data.OpenStore;
import dev.mooring.data.Unusable;
import dev.mooring.rule.Function;
import dev.mooring.rule.Rule;
import dev.mooring.store.Store;
import dev.mooring.store.StoreOp;
import dev.mooring.store.dynamodb.DynamoDbConfig;
import dev.mooring.store.dynamodb.DynamoDbStore;
import dev.mooring.store.embedded.EmbeddedConfig;
import dev.mooring.store.embedded.EmbeddedStore;
import dev.mooring.store.redis.RedisConfig;
import dev.mooring.store.redis.RedisStore;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The store that a pool of the configuration describes, not open yet. */
final class Stores {
    private Stores() {}

    /** @param owner see {@link RedisConfig#owner} */
    static Store of(Pool pool, boolean keepsSessions, String owner, Config.Node node, Vertx vertx) {
        if (pool instanceof Pool.EmbeddedPool p) {
            return new EmbeddedStore(new EmbeddedConfig(
                    Path.of(p.path()),
                    EmbeddedConfig.Sync.valueOf(p.sync().name()),
                    p.syncIntervalMs(),
                    p.blockCacheBytes(),
                    p.writeBufferBytes(),
                    p.maxMessagesPerTopic(),
                    p.acceptLoss()));
        }
        if (pool instanceof Pool.RedisPool p) {
            return new RedisStore(vertx, redis(p, owner, node));
        }
        if (pool instanceof Pool.DynamoDbPool p) {
            return new DynamoDbStore(vertx, dynamoDb(p, keepsSessions, node));
        }
        throw new IllegalStateException("no store for " + pool);
    }

    /**
     * Opens the store of a pool for a person's command, beside no broker.
     *
     * @param write whether what is missing may be made
     */
    static OpenStore open(Config config, String name, boolean write) throws Unusable {
        Pool pool = Objects.requireNonNull(config.pools().get(name));
        boolean keepsSessions = name.equals(config.session().pool());
        if (!write && pool instanceof Pool.EmbeddedPool p && !EmbeddedStore.isIn(Path.of(p.path()))) {
            throw new Unusable(
                    "there is no embedded store in " + Path.of(p.path()).toAbsolutePath()
                            + "; the path of a pool is relative to where the broker is started");
        }
        Vertx vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(1));
        Store store = !write && pool instanceof Pool.DynamoDbPool p
                ? new DynamoDbStore(
                        vertx, dynamoDb(p, keepsSessions, config.node()).withoutCreating())
                : of(pool, keepsSessions, "", config.node(), vertx);
        return OpenStore.open(vertx, store);
    }

    static DynamoDbConfig dynamoDb(Pool.DynamoDbPool p, boolean keepsSessions, Config.Node node) {
        return new DynamoDbConfig(
                p.region(),
                p.server(),
                p.poolSize(),
                p.awsAccessKeyId(),
                p.awsSecretAccessKey(),
                p.awsSessionToken(),
                p.tablePrefix(),
                p.createTables(),
                p.billingMode() == Pool.BillingMode.PROVISIONED
                        ? new DynamoDbConfig.Capacity(p.readCapacityUnits(), p.writeCapacityUnits())
                        : null,
                p.connectTimeoutMs(),
                p.attemptTimeoutMs(),
                p.callTimeoutMs(),
                p.maxMessagesPerTopic(),
                p.topicMapIdsMax(),
                node.idFormat(),
                node.timestampUnit(),
                keepsSessions);
    }

    /** For who writes nothing. */
    static RedisConfig redis(Pool.RedisPool p, Config.Node node) {
        return redis(p, "", node);
    }

    private static RedisConfig redis(Pool.RedisPool p, String owner, Config.Node node) {
        return new RedisConfig(
                RedisConfig.Type.valueOf(p.type().name()),
                p.servers().stream().map(RedisServer::address).toList(),
                p.sentinel(),
                p.database(),
                p.username(),
                p.password(),
                p.sentinelUsername(),
                p.sentinelPassword(),
                tls(p.ssl()),
                p.resp(),
                p.minReplicas(),
                p.waitTimeoutMs(),
                p.connectTimeoutMs(),
                p.commandTimeoutMs(),
                p.maxMessagesPerTopic(),
                RedisConfig.RetainFormat.valueOf(p.retainFormat().name()),
                node.idFormat(),
                node.timestampUnit(),
                owner);
    }

    private static RedisConfig.@Nullable Tls tls(Pool.Ssl ssl) {
        return ssl.enable() ? new RedisConfig.Tls(ssl.verify(), ssl.cacertfile(), ssl.certfile(), ssl.keyfile()) : null;
    }

    /**
     * Who writes to a pool, over all its lives: the node. But sessions have one broker at a time outside of a cluster,
     * whatever it is called.
     */
    static String owner(Config config, String pool) {
        return pool.equals(config.session().pool()) && !config.cluster().enable()
                ? "sessions"
                : config.node().name() + " " + pool;
    }

    /**
     * Where rules keep who is on line, nobody is on a node that begins, or has left: a crash may leave somebody there.
     */
    static List<StoreOp> first(String pool, String node, Config config) {
        for (Rule rule : config.hooks()) {
            if (rule.enabled()
                    && rule.action() == Function.CLIENT_CONNECTED
                    && rule.pool().equals(pool)) {
                return List.of(new StoreOp.NodeClear(node, System.currentTimeMillis() / 1000));
            }
        }
        return List.of();
    }
}
