package dev.mooring.store.redis;

import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.message.Will;
import dev.mooring.store.Fetch;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import dev.mooring.store.codec.Damaged;
import dev.mooring.store.codec.SessionCodec;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Session records, their Wills and subscriptions, fetches, and the scan at the start. */
final class Sessions {
    /** A page of the scan ends early here, so that no answer keeps the server for long. */
    private static final int SCAN_MAX = 1_000;

    private static final int SCAN_BYTES_MAX = 1 << 20;
    /** Entries, and bytes of them, that one step of a deletion takes: some milliseconds of the server's time. */
    private static final int DELETE_MAX = 1_024;

    private static final int DELETE_BYTES_MAX = 8 << 20;

    /** @param owner null for who may begin the session */
    Future<StoreReply> save(SessionRecord s, @Nullable Owner owner, Pipeline pipeline) {
        Will will = s.will();
        Request request = Script.SESSION_SAVE
                .onState(owner)
                .arg(Keys.session(s.sessionId()))
                .arg(SessionCodec.session(s))
                .arg(will == null ? new byte[0] : SessionCodec.will(will));
        return pipeline.send(request)
                .map(stored -> stored == null
                        ? StoreReply.DONE
                        : StoreReply.Failed.replaced(s.sessionId(), stored.toString(), s.epoch()));
    }

    /** In as many rounds as its queue needs. */
    Future<StoreReply> delete(StoreOp.SessionDelete op, @Nullable Owner owner, Pipeline pipeline) {
        Request request = Script.SESSION_DELETE
                .onState(owner)
                .arg(Keys.session(op.sessionId()))
                .arg(DELETE_MAX)
                .arg(DELETE_BYTES_MAX);
        return pipeline.send(request).compose(answer -> {
            if (owner != null && Owner.isRefusal(answer)) {
                boolean wasDeleted = Owner.isGone(answer);
                return Future.succeededFuture(wasDeleted ? StoreReply.DONE : owner.reply(answer));
            }
            return isOne(answer) ? delete(op, owner, pipeline) : Future.succeededFuture(StoreReply.DONE);
        });
    }

    Future<StoreReply> subscribe(StoreOp.SubscriptionsSave op, @Nullable Owner owner, Pipeline pipeline) {
        if (op.subscriptions().isEmpty()) {
            return Future.succeededFuture(StoreReply.DONE);
        }
        Request request = owner == null
                ? Request.cmd(Command.HSET).arg(Keys.state("u", op.sessionId()))
                : Script.SUBSCRIPTIONS_SAVE.onState(owner).arg(Keys.session(op.sessionId()));
        for (Subscription s : op.subscriptions()) {
            request.arg(Keys.utf8(s.filter().text())).arg(SessionCodec.subscription(s));
        }
        return done(request, owner, pipeline);
    }

    Future<StoreReply> unsubscribe(StoreOp.SubscriptionsDelete op, @Nullable Owner owner, Pipeline pipeline) {
        Request request = Script.SUBSCRIPTIONS_DELETE.onState(owner).arg(Keys.session(op.sessionId()));
        op.filters().forEach(filter -> request.arg(Keys.utf8(filter)));
        return done(request, owner, pipeline);
    }

    /** Of a command without a result; guarded when there is an owner. */
    static Future<StoreReply> done(Request request, @Nullable Owner owner, Pipeline pipeline) {
        return owner == null
                ? RedisStore.done(pipeline.send(request))
                : pipeline.send(request).map(owner::reply);
    }

    Future<StoreReply> fetch(StoreOp.FetchSave op, Pipeline pipeline) {
        byte[] key = Keys.state("g", op.sessionId());
        byte[] name = SessionCodec.fetchName(op.fetch());
        return RedisStore.done(pipeline.send(
                op.fetch().isDone()
                        ? Request.cmd(Command.HDEL).arg(key).arg(name)
                        : Request.cmd(Command.HSET).arg(key).arg(name).arg(SessionCodec.fetch(op.fetch()))));
    }

    /** @param flat names and values in turn, as a script answers */
    static List<Fetch> fetches(Response flat) {
        List<Fetch> fetches = new ArrayList<>();
        for (int i = 0; i + 1 < flat.size(); i += 2) {
            try {
                fetches.add(SessionCodec.fetch(
                        java.nio.ByteBuffer.wrap(flat.get(i).toBytes()),
                        flat.get(i + 1).toBytes()));
            } catch (Damaged e) {
                RedisStore.damaged("a fetch", e);
            }
        }
        return fetches;
    }

    // ---- the scan

    Future<StoreReply> scan(StoreOp.SessionScan op, Pipeline pipeline) {
        return scan(Keys.session(op.afterSessionId()), Math.max(1, Math.min(op.limit(), SCAN_MAX)), pipeline);
    }

    /** A page on which nothing can be used is passed over: the caller goes on from the last session that it got. */
    private Future<StoreReply> scan(String after, int limit, Pipeline pipeline) {
        Request request = Script.SESSION_SCAN.onState().arg(after).arg(limit).arg(SCAN_BYTES_MAX);
        return pipeline.send(request).compose(reply -> {
            Response rows = RedisStore.part(reply, 1);
            List<StoreReply.StoredSession> page = new ArrayList<>(rows.size());
            for (Response row : rows) {
                StoreReply.StoredSession session = session(row);
                if (session != null) {
                    page.add(session);
                }
            }
            boolean more = isOne(RedisStore.part(reply, 0));
            return page.isEmpty() && more
                    ? scan(rows.get(rows.size() - 1).get(0).toString(), limit, pipeline)
                    : Future.succeededFuture(new StoreReply.Sessions(page, more));
        });
    }

    /** Null when the row cannot be used; that has been logged then. */
    private static StoreReply.@Nullable StoredSession session(Response row) {
        String sid = row.get(0).toString();
        try {
            if (row.get(1) == null) {
                throw new Damaged("it has no record");
            }
            byte[] will = row.get(2) == null ? null : row.get(2).toBytes();
            SessionRecord session = SessionCodec.session(
                    Long.parseUnsignedLong(sid, 16), row.get(1).toBytes(), will);
            long bytes = row.get(3) == null ? 0 : Long.parseLong(row.get(3).toString());
            int count = row.get(4).toInteger();
            byte[] position = row.get(6).toBytes();
            MessageId last = position.length == 0 ? MessageId.ZERO : MessageId.ofBytes(position, 0);
            return new StoreReply.StoredSession(session, subscriptions(row.get(5)), count, bytes, last);
        } catch (Damaged | NumberFormatException e) {
            RedisStore.damaged("session " + sid, e);
            return null;
        }
    }

    private static List<Subscription> subscriptions(Response flat) {
        List<Subscription> subscriptions = new ArrayList<>(flat.size() / 2);
        for (int i = 0; i + 1 < flat.size(); i += 2) {
            try {
                subscriptions.add(SessionCodec.subscription(
                        new String(flat.get(i).toBytes(), StandardCharsets.UTF_8),
                        flat.get(i + 1).toBytes()));
            } catch (Damaged e) {
                RedisStore.damaged("a subscription", e);
            }
        }
        return subscriptions;
    }

    private static boolean isOne(@Nullable Response response) {
        return response != null && response.toInteger() == 1;
    }
}
