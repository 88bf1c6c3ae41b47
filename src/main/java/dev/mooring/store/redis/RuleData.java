package dev.mooring.store.redis;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * {@code RULE_DATA_SCAN}: goes through all keys of the database, whoever wrote them, and reads those whose names and
 * types are of the documented layout.
 */
final class RuleData {
    /** Keys of a page, each with a message in the worst case. */
    private static final int KEYS_MAX = 64;
    /** What PTTL says of a key that is not there; -1 is for ever. */
    private static final long GONE = -2;

    private static final String CLIENT = "mqtt:client:";
    private static final String SUB = "mqtt:sub:";
    private static final String MSG = "mqtt:msg:";
    private static final String RETAIN = "mqtt:retain:";
    private static final String LATEST = "mqtt:latest_msg:";
    private static final String ACKED = "mqtt:acked:";
    private static final String OWN_POSITION = "mooring:position:";

    private final Keyspace keyspace;
    private final Ids ids;
    private final Bodies bodies;
    private final BodyReader reader;

    RuleData(Keyspace keyspace, Ids ids, Bodies bodies, BodyReader reader) {
        this.keyspace = keyspace;
        this.ids = ids;
        this.bodies = bodies;
        this.reader = reader;
    }

    Future<StoreReply> page(StoreOp.RuleDataScan op, Pipeline pipeline) {
        Future<Keyspace.Page> listed = keyspace.page(op.after(), Math.max(1, Math.min(op.limit(), KEYS_MAX)), pipeline);
        Future<StoreReply> reply = listed.compose(page -> {
            List<Future<List<StoreOp>>> all = new ArrayList<>();
            for (byte[] key : page.keys()) {
                all.add(writes(key, new String(key, StandardCharsets.UTF_8), pipeline));
            }
            return Future.all(all).map(v -> {
                List<StoreOp> writes = new ArrayList<>();
                all.forEach(each -> writes.addAll(each.result()));
                return new StoreReply.RuleData(writes, page.nextAfter());
            });
        });
        pipeline.waitFor(listed); // behind the line above, which sends what follows
        return reply;
    }

    private Future<List<StoreOp>> writes(byte[] key, String name, Pipeline pipeline) {
        if (name.startsWith(CLIENT)) {
            return hash(key, pipeline, hash -> client(name.substring(CLIENT.length()), hash));
        }
        if (name.startsWith(SUB)) {
            return hash(key, pipeline, hash -> proxies(name.substring(SUB.length()), hash));
        }
        if (name.startsWith(ACKED) || name.startsWith(OWN_POSITION)) {
            return ofType("string", key, pipeline, Request.cmd(Command.GET).arg(key))
                    .map(text -> text == null ? List.of() : position(name, text.toString()));
        }
        if (name.startsWith(MSG)) {
            return message(key, name.substring(MSG.length()), pipeline);
        }
        if (name.startsWith(LATEST)) {
            return living(key, pipeline, (hash, endsAtMs) -> {
                Message m = read(hash, Bodies.id(hash), key);
                return Future.succeededFuture(
                        m == null ? List.of() : List.of(new StoreOp.MessageStoreKeepLatest(m, endsAtMs)));
            });
        }
        return name.startsWith(RETAIN)
                ? retained(key, pipeline)
                : Future.succeededFuture(List.of()); // an index, one of the broker's own, or another program's
    }

    // ---- what stands by itself

    private Future<List<StoreOp>> hash(byte[] key, Pipeline pipeline, Function<Hash, List<StoreOp>> writes) {
        return ofType("hash", key, pipeline, Request.cmd(Command.HGETALL).arg(key))
                .map(response -> response == null ? List.of() : writes.apply(Hash.of(response)));
    }

    /** Null when the key has gone or is of another type. */
    private static Future<@Nullable Response> ofType(String type, byte[] key, Pipeline pipeline, Request read) {
        return pipeline.send(Request.cmd(Command.TYPE).arg(key))
                .compose(found -> type.equals(String.valueOf(found)) ? pipeline.send(read) : Future.succeededFuture());
    }

    private static List<StoreOp> client(String clientId, Hash hash) {
        String node = String.valueOf(hash.text("node"));
        long onlineAtS = seconds(hash.text("online_at"));
        return List.of(
                "1".equals(hash.text("state"))
                        ? new StoreOp.ClientConnected(node, clientId, onlineAtS)
                        : new StoreOp.ClientDisconnected(node, clientId, onlineAtS, seconds(hash.text("offline_at"))));
    }

    private static long seconds(@Nullable String time) {
        try {
            long value = time == null ? 0 : Long.parseLong(time);
            return value > Bodies.SECONDS_MAX ? value / 1000 : value;
        } catch (NumberFormatException undefined) {
            return 0;
        }
    }

    private static List<StoreOp> proxies(String clientId, Hash hash) {
        List<Subscription> found = new ArrayList<>();
        for (int i = 0; i < hash.size(); i++) {
            Presence.add(found, hash.name(i), hash.text(i));
        }
        return found.isEmpty() ? List.of() : List.of(new StoreOp.ProxySave(clientId, found, List.of()));
    }

    /** The two names as {@link Keys#acked} puts them together. */
    private List<StoreOp> position(String key, String text) {
        MessageId id = text.equals("0") ? MessageId.ZERO : ids.of(text);
        String both = key.substring(key.startsWith(ACKED) ? ACKED.length() : OWN_POSITION.length());
        int colon;
        if (key.startsWith(ACKED)) {
            colon = Keys.ackedColon(both);
        } else {
            int length = both.indexOf(':');
            if (length <= 0 || !both.substring(0, length).matches("\\d{1,6}")) {
                return List.of();
            }
            colon = Integer.parseInt(both.substring(0, length));
            both = both.substring(length + 1);
        }
        return colon < 0 || colon >= both.length()
                ? List.of()
                : List.of(new StoreOp.AckedForPubsub(both.substring(0, colon), both.substring(colon + 1), id));
    }

    // ---- messages

    private interface Living {
        Future<List<StoreOp>> writes(Hash hash, long endsAtMs);
    }

    /** A hash and when Redis removes it. */
    private Future<List<StoreOp>> living(byte[] key, Pipeline pipeline, Living then) {
        Future<@Nullable Response> life =
                pipeline.send(Request.cmd(Command.PTTL).arg(key));
        Future<@Nullable Response> found =
                ofType("hash", key, pipeline, Request.cmd(Command.HGETALL).arg(key));
        return life.compose(left -> found.compose(response -> {
            long ms = left == null ? GONE : left.toLong();
            if (response == null || ms == GONE) {
                return Future.succeededFuture(List.of());
            }
            return then.writes(Hash.of(response), ms < 0 ? Message.NEVER : System.currentTimeMillis() + ms);
        }));
    }

    private @Nullable Message read(Hash hash, String id, byte[] key) {
        return hash.size() == 0 ? null : bodies.read(hash, ids.of(id), key);
    }

    /** A body is in its topic's index, or is the retained one, which the retained key has moved; or is history. */
    private Future<List<StoreOp>> message(byte[] key, String idText, Pipeline pipeline) {
        return living(key, pipeline, (hash, endsAtMs) -> {
            Message m = read(hash, idText, key);
            if (m == null) {
                return Future.succeededFuture(List.of());
            }
            byte[] id = Keys.utf8(idText);
            byte[] topic = m.topic().utf8();
            Future<@Nullable Response> score = pipeline.send(
                    Request.cmd(Command.ZSCORE).arg(Keys.index(topic)).arg(id));
            Future<@Nullable Response> retained =
                    pipeline.send(Script.RETAIN.on(Keys.retain(topic)).arg("get"));
            return score.compose(indexed -> indexed != null
                    ? Future.succeededFuture(List.of(new StoreOp.MessagePublish(m, endsAtMs)))
                    : retained.map(now ->
                            Retained.isOf(now, id) ? List.of() : List.of(new StoreOp.MessageStore(m, endsAtMs))));
        });
    }

    private Future<List<StoreOp>> retained(byte[] key, Pipeline pipeline) {
        return pipeline.send(Script.RETAIN.on(key).arg("get")).compose(found -> {
            Body body = Retained.body(key, found, ids);
            if (body == null) {
                return Future.succeededFuture(List.of());
            }
            return reader.read(List.of(body), pipeline).map(read -> {
                List<StoreOp> writes = new ArrayList<>(1);
                read.messages().forEach(m -> writes.add(new StoreOp.MessageRetain(m)));
                return writes;
            });
        });
    }
}
