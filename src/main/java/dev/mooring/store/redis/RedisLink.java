package dev.mooring.store.redis;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisCluster;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.impl.RequestImpl;
import io.vertx.redis.client.impl.types.ErrorType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one connection of a pool (in a cluster one to each master): batches in order, a watchdog, and reconnecting. The
 * client does none of the last two: a frozen server would be waited for without end, and a lost connection stays lost.
 *
 * <p>While there is no connection batches fail at once; only connection attempts, with growing and jittered pauses,
 * probe the server. Confined to the store's event loop.
 */
final class RedisLink {
    private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);
    private static final long PAUSE_MS_MIN = 50;
    private static final long PAUSE_MS_MAX = 2_000;
    /** An unused connection is tried so often, so that a dead one is known before it is needed. */
    private static final long PING_EVERY_MS = 5_000;

    private final Vertx vertx;
    private final RedisConfig config;
    private final Endpoints endpoints;
    private final String name;
    private @Nullable Redis client;
    private @Nullable RedisConnection connection;
    private @Nullable RedisCluster cluster;
    private Sockets sockets = Sockets.NONE;
    private String whyDown = "not connected yet";
    private long pauseMs = PAUSE_MS_MIN;
    private int outstanding;
    private boolean closed;
    private long pingTimer;

    RedisLink(Vertx vertx, RedisConfig config) {
        this.vertx = vertx;
        this.config = config;
        this.endpoints = new Endpoints(vertx, config);
        this.name = Sockets.name(vertx, config);
    }

    /** Connects for the first time; fails with a text that says what is wrong and where. */
    Future<Void> open() {
        return connect()
                .onSuccess(v -> pingTimer = vertx.setPeriodic(PING_EVERY_MS, t -> {
                    if (connection != null && outstanding == 0) {
                        batch(List.of(Request.cmd(Command.PING)), Set.of());
                    }
                }));
    }

    Future<Void> close() {
        closed = true;
        vertx.cancelTimer(pingTimer);
        Redis last = client;
        connection = null;
        return last == null ? Future.succeededFuture() : last.close();
    }

    /**
     * Sends commands in order. Completes with a reply each, errors as {@link ErrorType}, nil as null; or fails when the
     * connection is lost, the server is silent for too long, too few replicas have the batch, or an error cannot be
     * told apart: then any of the commands may have been executed.
     *
     * @param once those that no error of another command may have sent a second time, by identity
     */
    Future<List<@Nullable Response>> batch(List<Request> requests, Set<Request> once) {
        RedisConnection to = connection;
        if (to == null) {
            return Future.failedFuture(whyDown);
        }
        outstanding++;
        long watchdog = vertx.setTimer(config.commandTimeoutMs(), t -> {
            if (to == connection) {
                lost("no answer within " + config.commandTimeoutMs() + " ms");
            }
        });
        Promise<List<@Nullable Response>> promise = Promise.promise();
        RedisCluster nodes = cluster;
        Future<List<@Nullable Response>> sent =
                nodes == null ? send(to, requests, once) : send(to, nodes, requests, once);
        sent.onComplete(result -> {
            vertx.cancelTimer(watchdog);
            outstanding--;
            if (result.succeeded()) {
                promise.tryComplete(result.result());
            } else {
                seeTo(to, RedisErrors.text(result.cause()));
                promise.tryFail(result.cause());
            }
        });
        return promise.future();
    }

    // ---- sending

    private Future<List<@Nullable Response>> send(RedisConnection to, List<Request> requests, Set<Request> once) {
        if (!once.isEmpty()) {
            return oneByOne(to, requests, once);
        }
        Future<List<Response>> sent;
        if (config.minReplicas() > 0) {
            List<Request> all = new ArrayList<>(requests);
            all.add(waitForReplicas());
            sent = to.batch(all).compose(this::replicated);
        } else {
            sent = to.batch(requests);
        }
        // The client fails a batch as a whole for one command's error. All were executed; so a second time each alone
        // tells which, unless something newer is under way, which an older command must not follow.
        return sent.recover(cause -> {
            if (!RedisErrors.isAnswer(cause)) {
                return Future.failedFuture(cause);
            }
            if (outstanding == 1) {
                return oneByOne(to, requests, once);
            }
            RedisErrors.texts(cause).forEach(text -> seeTo(to, text));
            return Future.failedFuture("one command of the batch failed: " + RedisErrors.text(cause));
        });
    }

    /** The commands of each master side by side. */
    private Future<List<@Nullable Response>> send(
            RedisConnection to, RedisCluster nodes, List<Request> requests, Set<Request> once) {
        return nodes.groupByNodes(requests).compose(grouping -> {
            Map<Request, Integer> index = new IdentityHashMap<>();
            for (int i = 0; i < requests.size(); i++) {
                index.put(requests.get(i), i);
            }
            @Nullable Response[] replies = new Response[requests.size()];
            List<Future<?>> all = new ArrayList<>();
            Collection<List<Request>> groups = new ArrayList<>(grouping.getKeyed());
            grouping.getUnkeyed().forEach(r -> groups.add(List.of(r)));
            for (List<Request> group : groups) {
                all.add(send(to, group, once).onSuccess(r -> {
                    for (int i = 0; i < group.size(); i++) {
                        replies[index.getOrDefault(group.get(i), 0)] = r.get(i);
                    }
                }));
            }
            return Future.join(all).map(v -> Arrays.asList(replies));
        });
    }

    private Future<List<Response>> replicated(List<Response> replies) {
        int have = replies.get(replies.size() - 1).toInteger();
        return have >= config.minReplicas()
                ? Future.succeededFuture(replies.subList(0, replies.size() - 1))
                : Future.failedFuture("NOREPLICAS only " + have + " of " + config.minReplicas()
                        + " replicas have the batch after " + config.waitTimeoutMs() + " ms");
    }

    private Request waitForReplicas() {
        return Request.cmd(Command.WAIT).arg(config.minReplicas()).arg(config.waitTimeoutMs());
    }

    /** Pipelined all the same; so each command's error is known, and none is sent again for another's. */
    private Future<List<@Nullable Response>> oneByOne(RedisConnection to, List<Request> requests, Set<Request> once) {
        @Nullable Response[] replies = new Response[requests.size()];
        List<Future<?>> all = new ArrayList<>(requests.size() + 1);
        for (int i = 0; i < replies.length; i++) {
            int at = i;
            all.add(to.send(requests.get(i)).onSuccess(r -> replies[at] = r).recover(cause -> {
                if (!RedisErrors.isAnswer(cause)) {
                    return Future.failedFuture(cause);
                }
                replies[at] = (Response) cause;
                return Future.succeededFuture();
            }));
        }
        if (config.minReplicas() > 0) {
            all.add(to.batch(List.of(toTheSameNode(requests), waitForReplicas()))
                    .compose(this::replicated));
        }
        return Future.join(all)
                .onComplete(told -> {
                    for (int i = 0; i < replies.length; i++) {
                        if (replies[i] instanceof ErrorType error) {
                            seeTo(to, RedisErrors.text(error), once.contains(requests.get(i)));
                        }
                    }
                })
                .map(v -> Arrays.asList(replies));
    }

    /** A script that a rule calls by itself is not one that a new connection would bring. */
    private void seeTo(RedisConnection which, String failure, boolean isOfRule) {
        if (!isOfRule || !failure.startsWith("NOSCRIPT")) {
            seeTo(which, failure);
        }
    }

    /** A command that changes nothing; what stands behind it in a batch goes where these went. */
    private Request toTheSameNode(List<Request> requests) {
        for (Request request : requests) {
            List<byte[]> keys = config.isCluster() ? ((RequestImpl) request).keys() : List.of();
            if (!keys.isEmpty()) {
                return Request.cmd(Command.EXISTS).arg(keys.get(0));
            }
        }
        return Request.cmd(Command.PING);
    }

    // ---- connecting

    private Future<Void> connect() {
        return endpoints
                .client()
                .compose(next -> {
                    client = next;
                    return next.connect()
                            .compose(c -> prepare(c).map(c))
                            .timeout(endpoints.timeoutMs(), TimeUnit.MILLISECONDS)
                            .onFailure(e -> next.close())
                            .recover(endpoints::explained);
                })
                .compose(this::connected)
                .recover(cause -> Future.failedFuture(where() + ": " + explain(cause)));
    }

    private Future<Void> prepare(RedisConnection to) {
        Future<Void> ready = endOthers(to)
                .compose(v -> endpoints.check(to))
                .compose(v -> Permissions.check(to, config.minReplicas() > 0));
        for (Script script : Script.values()) {
            for (Request load : script.loads()) {
                ready = ready.compose(v -> config.isCluster()
                        ? RedisCluster.create(to).onAllMasterNodes(load).mapEmpty()
                        : to.send(load).mapEmpty());
            }
        }
        return ready.compose(v -> Sockets.of(to, config.isCluster()))
                .onSuccess(own -> sockets = own)
                .mapEmpty();
    }

    /**
     * Whose commands would be older than what this connection sends: the one before it, or at first an earlier life's.
     * Not that later, for then it would be another broker of this name that lives.
     */
    private Future<Void> endOthers(RedisConnection to) {
        boolean cluster = config.isCluster();
        if (name.isEmpty()) {
            return sockets.end(to, cluster);
        }
        Future<Sockets> others = sockets.equals(Sockets.NONE)
                ? Sockets.ofEarlierLives(to, cluster, name)
                : Future.succeededFuture(sockets);
        return others.compose(each -> each.end(to, cluster)).compose(v -> Sockets.call(to, cluster, name));
    }

    private Future<Void> connected(RedisConnection to) {
        if (closed) {
            to.close();
            return Future.failedFuture("closed");
        }
        connection = to;
        cluster = config.isCluster() ? RedisCluster.create(to) : null;
        pauseMs = PAUSE_MS_MIN;
        to.exceptionHandler(e -> ended(to, String.valueOf(e.getMessage())));
        to.endHandler(v -> ended(to, "the server closed the connection"));
        return Future.succeededFuture();
    }

    private void ended(RedisConnection which, String reason) {
        if (which == connection) {
            lost(reason);
        }
    }

    private void seeTo(RedisConnection which, String failure) {
        boolean gone = failure.contains("CONNECTION_CLOSED")
                || failure.contains("Connection is closed")
                || failure.contains("Failed obtaining connection");
        if (which == connection && (gone || RedisErrors.wantsReconnect(failure))) {
            lost(failure);
        }
    }

    private void lost(String reason) {
        if (closed || connection == null) {
            return;
        }
        connection = null;
        whyDown = where() + " is not connected: " + reason;
        LOG.warn("{}; connecting again", whyDown);
        Redis old = client;
        if (old != null) {
            old.close(); // fails what is under way
        }
        reconnect();
    }

    private void reconnect() {
        long pause = pauseMs / 2 + ThreadLocalRandom.current().nextLong(pauseMs);
        pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
        vertx.setTimer(pause, t -> {
            if (!closed) {
                connect()
                        .onSuccess(v -> LOG.info("{} is connected again", where()))
                        .onFailure(cause -> {
                            whyDown = String.valueOf(cause.getMessage());
                            reconnect();
                        });
            }
        });
    }

    private String where() {
        String name = config.masterName().isEmpty() ? "" : " \"" + config.masterName() + "\"";
        return "redis " + config.type().name().toLowerCase(java.util.Locale.ROOT) + name + " at "
                + String.join(",", config.servers());
    }

    private static String explain(Throwable cause) {
        return RedisErrors.failed(cause).reason();
    }
}
