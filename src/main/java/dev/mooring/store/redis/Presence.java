package dev.mooring.store.redis;

import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who is on line where: {@code mqtt:client:{clientid}}, {@code mqtt:node:{node}}; and {@code mqtt:sub:{clientid}}. */
final class Presence {
    private static final int SCAN_COUNT = 512;

    private final RedisConfig config;

    Presence(RedisConfig config) {
        this.config = config;
    }

    Future<StoreReply> connected(StoreOp.ClientConnected op, Pipeline pipeline) {
        String at = time(op.onlineAtS());
        return RedisStore.done(
                pipeline.send(Request.cmd(Command.HSET)
                        .arg(Keys.client(op.clientId()))
                        .arg("state")
                        .arg("1")
                        .arg("online_at")
                        .arg(at)
                        .arg("offline_at")
                        .arg("undefined")
                        .arg("node")
                        .arg(op.node())),
                pipeline.send(Request.cmd(Command.HSET)
                        .arg(Keys.node(op.node()))
                        .arg(op.clientId())
                        .arg(at)));
    }

    Future<StoreReply> disconnected(StoreOp.ClientDisconnected op, Pipeline pipeline) {
        return RedisStore.done(
                goOffline(op.node(), op.clientId(), time(op.onlineAtS()), op.offlineAtS(), pipeline),
                pipeline.send(Script.FIELD_DELETE_IF
                        .on(Keys.node(op.node()))
                        .arg(op.clientId())
                        .arg(time(op.onlineAtS()))));
    }

    /** Page by page; who connects to the node meanwhile stays on line. */
    Future<StoreReply> clear(StoreOp.NodeClear op, Pipeline pipeline) {
        return clear(op, "0", pipeline);
    }

    private Future<StoreReply> clear(StoreOp.NodeClear op, String cursor, Pipeline pipeline) {
        byte[] node = Keys.node(op.node());
        return pipeline.send(Request.cmd(Command.HSCAN)
                        .arg(node)
                        .arg(cursor)
                        .arg("COUNT")
                        .arg(SCAN_COUNT))
                .compose(page -> {
                    List<Future<?>> all = new ArrayList<>();
                    Response fields = page == null ? null : page.get(1);
                    for (int i = 0; fields != null && i + 1 < fields.size(); i += 2) {
                        String clientId = fields.get(i).toString();
                        String onlineAt = fields.get(i + 1).toString();
                        all.add(goOffline(op.node(), clientId, onlineAt, op.offlineAtS(), pipeline)
                                .compose(v -> pipeline.send(Script.FIELD_DELETE_IF
                                        .on(node)
                                        .arg(clientId)
                                        .arg(onlineAt))));
                    }
                    String next = page == null ? "0" : page.get(0).toString();
                    return Future.join(all)
                            .compose(v -> next.equals("0")
                                    ? Future.succeededFuture(StoreReply.DONE)
                                    : clear(op, next, pipeline));
                });
    }

    private Future<@Nullable Response> goOffline(
            String node, String clientId, String onlineAt, long offlineAtS, Pipeline pipeline) {
        return pipeline.send(Script.CLIENT_DISCONNECTED
                .on(Keys.client(clientId))
                .arg(node)
                .arg(onlineAt)
                .arg(time(offlineAtS)));
    }

    // ---- proxy subscriptions

    Future<StoreReply> save(StoreOp.ProxySave op, Pipeline pipeline) {
        byte[] key = Keys.sub(op.clientId());
        List<Future<@Nullable Response>> sent = new ArrayList<>(2);
        if (!op.saved().isEmpty()) {
            Request set = Request.cmd(Command.HSET).arg(key);
            for (Subscription s : op.saved()) {
                set.arg(s.filter().text()).arg(s.qos());
            }
            sent.add(pipeline.send(set));
        }
        if (!op.removed().isEmpty()) {
            Request delete = Request.cmd(Command.HDEL).arg(key);
            op.removed().forEach(delete::arg);
            sent.add(pipeline.send(delete));
        }
        return RedisStore.done(sent);
    }

    /** Written by other programs, so anything may be in it: what is no filter is left out, QoS is clamped. */
    Future<StoreReply> lookup(StoreOp.SubscribeLookup op, Pipeline pipeline) {
        return pipeline.send(Request.cmd(Command.HGETALL).arg(Keys.sub(op.clientId())))
                .map(response -> {
                    List<Subscription> found = new ArrayList<>();
                    Hash hash = Hash.of(response);
                    for (int i = 0; i < hash.size(); i++) {
                        add(found, hash.name(i), hash.text(i));
                    }
                    return new StoreReply.Subscriptions(found);
                });
    }

    static void add(List<Subscription> found, String filter, String qos) {
        try {
            int value = (int) Math.max(0, Math.min(2, Long.parseLong(qos.trim())));
            TopicFilter.of(filter);
            found.add(Subscription.of(filter, value));
        } catch (IllegalArgumentException e) {
            RedisStore.LOG.warn("mqtt:sub has the filter \"{}\" with QoS \"{}\": left out", filter, qos);
        }
    }

    private String time(long seconds) {
        return Long.toString(config.timestampUnit().ofS(seconds));
    }
}
