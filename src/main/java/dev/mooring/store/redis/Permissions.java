package dev.mooring.store.redis;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Whether the pool's user may run what the store runs, on its keys. Found out by trying, on keys that do not exist,
 * since a user need not be allowed to ask; so a missing permission is said at the start and not by the first message.
 */
final class Permissions {
    private static final List<String> PREFIXES = List.of("mqtt:", "mooring:");

    /** In this order they leave nothing behind. K stands for the key. */
    private static final List<String> COMMANDS = List.of(
            "EVALSHA 0000000000000000000000000000000000000000 1 K",
            "EXISTS K",
            "TYPE K",
            "GET K",
            "PTTL K",
            "HEXISTS K f",
            "HGET K f",
            "HGETALL K",
            "HKEYS K",
            "HMGET K f",
            "HSCAN K 0",
            "HSTRLEN K f",
            "SMEMBERS K",
            "SSCAN K 0",
            "ZCARD K",
            "ZRANGE K 0 -1",
            "ZRANGEBYLEX K - +",
            "ZRANGEBYSCORE K 0 1",
            "ZREVRANGE K 0 0",
            "ZREVRANGEBYLEX K + -",
            "ZSCORE K m",
            "HSET K f v",
            "HSETNX K f v",
            "HINCRBY K n 1",
            "PEXPIRE K 1000",
            "PERSIST K",
            "HDEL K f n",
            "SADD K m",
            "SREM K m",
            "SET K v XX",
            "ZADD K XX 1 m",
            "ZREM K m",
            "ZREMRANGEBYLEX K - +",
            "ZPOPMIN K",
            "UNLINK K",
            "DEL K");

    private Permissions() {}

    /**
     * Fails with the commands and key patterns that are missing.
     *
     * @param waits whether it is going to ask for replicas
     */
    static Future<Void> check(RedisConnection connection, boolean waits) {
        List<String> missing = new ArrayList<>();
        List<Future<?>> tried = new ArrayList<>();
        for (String prefix : PREFIXES) {
            for (String command : COMMANDS) {
                List<String> words = Arrays.asList(command.split(" "));
                Request request = Request.cmd(Command.create(words.get(0)));
                for (String word : words.subList(1, words.size())) {
                    request.arg(word.equals("K") ? prefix + "probe" : word);
                }
                tried.add(attempt(connection, request, words.get(0) + " on " + prefix + "*", missing));
            }
        }
        if (waits) {
            tried.add(attempt(connection, Request.cmd(Command.WAIT).arg(0).arg(1), "WAIT", missing));
        }
        return Future.join(tried)
                .compose(all -> missing.isEmpty()
                        ? Future.succeededFuture()
                        : Future.failedFuture("NOPERM the user may not run " + String.join(", ", missing)));
    }

    private static Future<?> attempt(RedisConnection connection, Request request, String what, List<String> missing) {
        return connection.send(request).<Void>mapEmpty().otherwise(failure -> {
            if (RedisErrors.text(failure).startsWith("NOPERM")) {
                missing.add(what);
            }
            return null; // anything else is for the operations to meet
        });
    }
}
