package dev.mooring.store.redis;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisCluster;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
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
 * @param ends of each socket
 */
record Sockets(List<Ends> ends) {
    private static final Logger LOG = LoggerFactory.getLogger(Sockets.class);
    private static final Pattern OWN = Pattern.compile("\\bid=(\\d+) addr=(\\S+) laddr=(\\S+)");

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

    /** Those of this connection; none, which is said, where the user may not ask. */
    static Future<Sockets> of(RedisConnection connection, boolean cluster) {
        return onMasters(connection, cluster, Request.cmd(Command.CLIENT).arg("INFO"))
                .map(infos -> {
                    List<Ends> found = new ArrayList<>();
                    for (Response info : infos) {
                        Matcher own = OWN.matcher(String.valueOf(info));
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

    /** Has the servers end them; what they had sent is executed before this completes, or never. Does not fail. */
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
        return Future.join(all).<Void>mapEmpty().otherwise(failure -> {
            LOG.warn("what the lost connection has sent may take effect late: {}", RedisErrors.text(failure));
            return null;
        });
    }

    private static Future<List<Response>> onMasters(RedisConnection connection, boolean cluster, Request request) {
        return cluster
                ? RedisCluster.create(connection).onAllMasterNodes(request)
                : connection.send(request).map(List::of);
    }
}
