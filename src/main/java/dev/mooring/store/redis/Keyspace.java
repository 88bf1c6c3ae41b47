package dev.mooring.store.redis;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** All keys, by SCAN: in a cluster those of one master after the other, each asked on a connection of its own. */
final class Keyspace {
    private final Endpoints endpoints;
    private final RedisConfig config;

    Keyspace(Vertx vertx, RedisConfig config) {
        this.endpoints = new Endpoints(vertx, config);
        this.config = config;
    }

    /** @param nextAfter null at the end */
    record Page(List<byte[]> keys, @Nullable String nextAfter) {}

    /** @param after the number of the master and its cursor, as {@code 0:17}; or empty */
    Future<Page> page(String after, int count, Pipeline pipeline) {
        int colon = after.indexOf(':');
        int node = colon < 0 ? 0 : Integer.parseInt(after.substring(0, colon));
        String cursor = colon < 0 ? "0" : after.substring(colon + 1);
        Request scan = Request.cmd(Command.SCAN).arg(cursor).arg("COUNT").arg(count);
        if (!config.isCluster()) {
            return pipeline.send(scan).map(answer -> page(answer, 0, 1));
        }
        return pipeline.send(Request.cmd(Command.CLUSTER).arg("SLOTS")).compose(slots -> {
            List<String> masters = masters(slots);
            if (node >= masters.size()) {
                return Future.failedFuture("the cluster has lost a master while its keys were listed");
            }
            Redis client = endpoints.standalone(masters.get(node));
            return client.connect()
                    .compose(c -> c.send(scan))
                    .timeout(endpoints.timeoutMs() + config.commandTimeoutMs(), TimeUnit.MILLISECONDS)
                    .onComplete(x -> client.close())
                    .map(answer -> page(answer, node, masters.size()));
        });
    }

    private static Page page(@Nullable Response answer, int node, int nodes) {
        List<byte[]> keys = new ArrayList<>();
        for (Response key : RedisStore.part(answer, 1)) {
            keys.add(key.toBytes());
        }
        String cursor = RedisStore.part(answer, 0).toString();
        if (!cursor.equals("0")) {
            return new Page(keys, node + ":" + cursor);
        }
        return new Page(keys, node + 1 < nodes ? node + 1 + ":0" : null);
    }

    /** In an order that does not depend on who answers. */
    private static List<String> masters(@Nullable Response slots) {
        TreeSet<String> masters = new TreeSet<>();
        for (int i = 0; slots != null && i < slots.size(); i++) {
            Response master = slots.get(i).get(2);
            masters.add(master.get(0) + ":" + master.get(1));
        }
        return new ArrayList<>(masters);
    }
}
