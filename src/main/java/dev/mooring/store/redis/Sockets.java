package dev.mooring.store.redis;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisCluster;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sockets of a connection as the servers know them, so that the connection after it can end them first.
 *
 * <p>A server runs what it receives by a socket though nobody is at its other end any more, and a frozen server or a
 * slow network may have such commands for long. Their operations are tried again on the next connection, with newer
 * ones behind them: run behind those, a late command would bring back what an acknowledgement has deleted.
 *
 * <p>A broker that was killed leaves such sockets to its next life. That knows them by their name: of the owner, and of
 * the life that opened them.
 *
 * @param ends of each socket
 */
record Sockets(List<Ends> ends) {
    private static final Logger LOG = LoggerFactory.getLogger(Sockets.class);
    private static final Pattern CLIENT = Pattern.compile("\\bid=(\\d+) addr=(\\S+) laddr=(\\S+)(?:.*? name=(\\S*))?");
    private static final String LIFE = "mooring.life";
    private static final String EARLIER_LIFE = "an earlier life of this broker";

    static final Sockets NONE = new Sockets(List.of());

    /**
     * As the server sees them. All together are one socket of all in a cluster, also when somebody has got its address.
     *
     * @param id of the server's for its life
     */
    record Ends(String id, String client, String server) {}

    Sockets {
        ends = List.copyOf(ends);
    }

    /** What the connections of this life are called; empty for those of nobody. */
    static String name(Vertx vertx, RedisConfig config) {
        if (config.owner().isEmpty()) {
            return "";
        }
        String life = vertx.sharedData()
                .<String, String>getLocalMap(LIFE)
                .computeIfAbsent(
                        LIFE, k -> Long.toHexString(ThreadLocalRandom.current().nextLong()));
        String owner = URLEncoder.encode(config.owner(), StandardCharsets.UTF_8); // a name has no spaces
        return "mooring:" + config.database() + ":" + owner + ":" + life;
    }

    /** Those of this connection; none, which is said, where the user may not ask. */
    static Future<Sockets> of(RedisConnection connection, boolean cluster) {
        return onMasters(connection, cluster, Request.cmd(Command.CLIENT).arg("INFO"))
                .map(infos -> {
                    List<Ends> found = new ArrayList<>();
                    for (Response info : infos) {
                        Matcher own = CLIENT.matcher(String.valueOf(info));
                        if (own.find()) {
                            found.add(new Ends(own.group(1), own.group(2), own.group(3)));
                        }
                    }
                    return new Sockets(found);
                })
                .otherwise(failure -> {
                    LOG.warn("what a lost connection has sent may take effect late: {}", RedisErrors.text(failure));
                    return NONE;
                });
    }

    /** Those of the owner's earlier lives; none where the user may not ask. */
    static Future<Sockets> ofEarlierLives(RedisConnection connection, boolean cluster, String name) {
        String owner = name.substring(0, name.lastIndexOf(':') + 1);
        return onMasters(connection, cluster, Request.cmd(Command.CLIENT).arg("LIST"))
                .map(lists -> {
                    List<Ends> found = new ArrayList<>();
                    for (Response list : lists) {
                        Matcher each = CLIENT.matcher(String.valueOf(list));
                        while (each.find()) {
                            String whose = String.valueOf(each.group(4));
                            if (whose.startsWith(owner) && !whose.equals(name)) {
                                found.add(new Ends(each.group(1), each.group(2), each.group(3)));
                            }
                        }
                    }
                    return new Sockets(found);
                })
                .recover(failure -> ifAnswered(EARLIER_LIFE, failure).map(NONE));
    }

    /** So that a later life finds this connection. */
    static Future<Void> call(RedisConnection connection, boolean cluster, String name) {
        return onMasters(
                        connection,
                        cluster,
                        Request.cmd(Command.CLIENT).arg("SETNAME").arg(name))
                .<Void>mapEmpty()
                .recover(failure -> ifAnswered(EARLIER_LIFE, failure));
    }

    /**
     * Has the servers end them; what they had sent is executed before this completes, or never. Fails when a server
     * does not answer; where the user may not do it, that is said.
     */
    Future<Void> end(RedisConnection next, boolean cluster) {
        List<Future<?>> all = new ArrayList<>();
        for (Ends each : ends) {
            Request kill = Request.cmd(Command.CLIENT)
                    .arg("KILL")
                    .arg("ID")
                    .arg(each.id)
                    .arg("ADDR")
                    .arg(each.client)
                    .arg("LADDR")
                    .arg(each.server);
            all.add(onMasters(next, cluster, kill));
        }
        return Future.join(all).<Void>mapEmpty().recover(failure -> ifAnswered("a lost connection", failure));
    }

    private static Future<Void> ifAnswered(String whose, Throwable failure) {
        if (!RedisErrors.isAnswer(failure)) {
            return Future.failedFuture(failure);
        }
        LOG.warn("what {} has sent may take effect late: {}", whose, RedisErrors.text(failure));
        return Future.succeededFuture();
    }

    private static Future<List<Response>> onMasters(RedisConnection connection, boolean cluster, Request request) {
        return cluster
                ? RedisCluster.create(connection).onAllMasterNodes(request)
                : connection.send(request).map(List::of);
    }
}
