package dev.mooring.store.redis;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads hashes that other programs keep in a Redis, on one connection of its own: who waits to log in does not wait
 * behind the messages of a pool. Connects when it is asked and has no connection. Safe for all threads; works on a
 * context of its own.
 */
public final class RedisRows {
    private final io.vertx.core.Context context;
    private final Endpoints endpoints;
    private final RedisConfig config;
    private @Nullable Future<RedisConnection> connection;
    private @Nullable Redis client;

    public RedisRows(Vertx vertx, RedisConfig config) {
        this.context = vertx.getOrCreateContext();
        this.config = config;
        this.endpoints = new Endpoints(vertx, config);
    }

    /** Fails with a text for people when the server can't be reached. */
    public Future<Void> open() {
        Promise<Void> done = Promise.promise();
        context.runOnContext(v -> connected().<Void>mapEmpty().onComplete(done));
        return done.future();
    }

    /** The fields of a hash; empty when there is none. */
    public Future<Map<String, String>> row(String key) {
        Promise<Map<String, String>> done = Promise.promise();
        context.runOnContext(v -> connected()
                .compose(c -> c.send(Request.cmd(Command.HGETALL).arg(key))
                        .timeout(config.commandTimeoutMs(), TimeUnit.MILLISECONDS)
                        .onFailure(e -> lost(c)))
                .map(RedisRows::fields)
                .recover(e -> Future.failedFuture(RedisErrors.failed(e).reason()))
                .onComplete(done));
        return done.future();
    }

    private static Map<String, String> fields(@Nullable Response response) {
        Map<String, String> fields = new LinkedHashMap<>();
        if (response == null) {
            return fields;
        }
        if (!response.getKeys().isEmpty()) { // RESP3 has maps
            response.getKeys().forEach(k -> fields.put(k, response.get(k).toString()));
        } else {
            for (int i = 0; i + 1 < response.size(); i += 2) {
                fields.put(response.get(i).toString(), response.get(i + 1).toString());
            }
        }
        return fields;
    }

    private Future<RedisConnection> connected() {
        Future<RedisConnection> now = connection;
        if (now == null || now.failed()) {
            now = endpoints
                    .client()
                    .compose(opened -> {
                        client = opened;
                        return opened.connect();
                    })
                    .timeout(endpoints.timeoutMs(), TimeUnit.MILLISECONDS)
                    .onSuccess(c -> {
                        c.exceptionHandler(e -> lost(c));
                        c.endHandler(v -> lost(c));
                    });
            connection = now;
        }
        return now;
    }

    private void lost(RedisConnection lost) {
        Future<RedisConnection> now = connection;
        if (now != null && now.succeeded() && now.result() == lost) {
            connection = null;
            closeClient();
        }
    }

    private void closeClient() {
        Redis opened = client;
        client = null;
        if (opened != null) {
            opened.close();
        }
    }

    public void close() {
        context.runOnContext(v -> {
            connection = null;
            closeClient();
        });
    }
}
