package dev.mooring.store.redis;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.ProtocolVersion;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.RedisReplicas;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Which server to connect to, and with what options. The master behind Sentinels is asked for at every connect, so a
 * connection that was lost by a fail-over finds the new one; and what the Sentinels name must say itself that it is the
 * master. (The client's own Sentinel type would log in to Sentinels with the servers' password.)
 */
final class Endpoints {
    /** Commands that may be unanswered on one connection. Bounded before by what one commit takes. */
    private static final int WAITING_MAX = 1 << 17;

    /** One is used, in a cluster one to each master. */
    private static final int CONNECTIONS_MAX = 1_000;

    private final Vertx vertx;
    private final RedisConfig config;

    Endpoints(Vertx vertx, RedisConfig config) {
        this.vertx = vertx;
        this.config = config;
    }

    /** A client for the server that takes writes now, not connected yet. Fails with a text that names what is wrong. */
    Future<Redis> client() {
        return switch (config.type()) {
            case SINGLE -> Future.succeededFuture(server(config.servers().subList(0, 1)));
            case CLUSTER -> Future.succeededFuture(server(config.servers()));
            case SENTINEL -> master(0, "").map(address -> server(List.of(address)));
        };
    }

    /** A client for one connection that only listens to a channel: of a cluster any node will do. */
    Future<Redis> listener() {
        if (!config.isCluster()) {
            return client();
        }
        String any = config.servers()
                .get(ThreadLocalRandom.current().nextInt(config.servers().size()));
        return Future.succeededFuture(standalone(any));
    }

    /** From the start of a connect until it can be used. */
    long timeoutMs() {
        return 2L * config.connectTimeoutMs();
    }

    /** Fails unless what is at the other end takes writes. */
    Future<Void> check(RedisConnection connection) {
        if (config.isCluster()) {
            return isUp(connection);
        }
        return connection
                .send(Request.cmd(Command.ROLE))
                .compose(
                        role -> {
                            String name = role == null || role.size() == 0
                                    ? "?"
                                    : role.get(0).toString();
                            return name.equals("master")
                                    ? Future.succeededFuture()
                                    : Future.failedFuture("READONLY the server is a " + name);
                        },
                        failure -> RedisErrors.text(failure).startsWith("NOPERM") // the first write will tell
                                ? Future.succeededFuture()
                                : Future.failedFuture(failure));
    }

    private static Future<Void> isUp(RedisConnection node) {
        return node.send(Request.cmd(Command.CLUSTER).arg("INFO")).compose(info -> {
            String text = String.valueOf(info);
            return text.contains("cluster_state:ok")
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                            "the cluster is down, " + text.lines().limit(4).toList());
        });
    }

    /** A failed connect, with the reason: of a cluster the client only says that no node would do. */
    <T> Future<T> explained(Throwable cause) {
        return config.isCluster() ? ask(0, RedisErrors.text(cause) + ":") : Future.failedFuture(cause);
    }

    /** One node of the cluster after the other, what is wrong with it. */
    private <T> Future<T> ask(int at, String said) {
        if (at == config.servers().size()) {
            return Future.failedFuture(said.substring(0, said.length() - 1)); // the last semicolon
        }
        String node = config.servers().get(at);
        Redis client = standalone(node);
        return client.connect()
                .compose(Endpoints::isUp)
                .timeout(config.connectTimeoutMs(), TimeUnit.MILLISECONDS)
                .onComplete(r -> client.close())
                .transform(r -> ask(
                        at + 1,
                        said + " " + node + " says " + (r.failed() ? RedisErrors.text(r.cause()) : "ok") + ";"));
    }

    /** A client for this node alone. */
    Redis standalone(String node) {
        RedisOptions options = options(List.of(node), config.username(), config.password(), 0);
        return Redis.createClient(vertx, options.setType(RedisClientType.STANDALONE));
    }

    private Redis server(List<String> addresses) {
        return Redis.createClient(vertx, options(addresses, config.username(), config.password(), config.database()));
    }

    private RedisOptions options(List<String> addresses, String username, String password, int database) {
        String scheme = config.tls() == null ? "redis://" : "rediss://";
        String path = database == 0 ? "" : "/" + database;
        RedisOptions options = new RedisOptions()
                .setType(config.isCluster() ? RedisClientType.CLUSTER : RedisClientType.STANDALONE)
                .setUseReplicas(RedisReplicas.NEVER)
                .setEndpoints(addresses.stream().map(a -> scheme + a + path).toList())
                .setNetClientOptions(net())
                .setMaxWaitingHandlers(WAITING_MAX)
                .setMaxNestedArrays(32)
                .setMaxPoolSize(CONNECTIONS_MAX)
                .setMaxPoolWaiting(CONNECTIONS_MAX)
                .setPreferredProtocolVersion(config.resp() == 2 ? ProtocolVersion.RESP2 : ProtocolVersion.RESP3);
        if (!password.isEmpty()) {
            options.setPassword(password);
            if (!username.isEmpty()) {
                options.setUser(username);
            }
        }
        return options;
    }

    private NetClientOptions net() {
        NetClientOptions net = new NetClientOptions()
                .setTcpNoDelay(true)
                .setTcpKeepAlive(true)
                .setConnectTimeout(config.connectTimeoutMs())
                .setReconnectAttempts(0);
        RedisConfig.Tls tls = config.tls();
        if (tls != null) {
            net.setSsl(true).setHostnameVerificationAlgorithm(tls.verify() ? "HTTPS" : "");
            if (!tls.verify()) {
                net.setTrustAll(true);
            } else if (!tls.caFile().isEmpty()) {
                net.setTrustOptions(new PemTrustOptions().addCertPath(tls.caFile()));
            }
            if (!tls.certFile().isEmpty()) {
                net.setKeyCertOptions(
                        new PemKeyCertOptions().setCertPath(tls.certFile()).setKeyPath(tls.keyFile()));
            }
        }
        return net;
    }

    // ---- Sentinel

    /** Asks one Sentinel after the other. */
    private Future<String> master(int at, String failures) {
        if (at == config.servers().size()) {
            return Future.failedFuture("no Sentinel names a master for \"" + config.masterName() + "\":"
                    + failures.substring(0, failures.length() - 1)); // the last semicolon
        }
        String sentinel = config.servers().get(at);
        Redis client = Redis.createClient(
                vertx, options(List.of(sentinel), config.sentinelUsername(), config.sentinelPassword(), 0));
        return client.connect()
                .compose(c -> c.send(Request.cmd(Command.SENTINEL)
                        .arg("GET-MASTER-ADDR-BY-NAME")
                        .arg(config.masterName())))
                .timeout(config.connectTimeoutMs(), TimeUnit.MILLISECONDS)
                .compose(Endpoints::address)
                .onComplete(r -> client.close())
                .recover(cause -> master(at + 1, failures + " " + sentinel + " says " + cause.getMessage() + ";"));
    }

    private static Future<String> address(@Nullable Response response) {
        return response == null || response.size() < 2
                ? Future.failedFuture("it does not know this master")
                : Future.succeededFuture(response.get(0) + ":" + response.get(1));
    }
}
