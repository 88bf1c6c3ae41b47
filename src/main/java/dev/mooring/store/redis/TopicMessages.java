package dev.mooring.store.redis;

import dev.mooring.message.Message;
import dev.mooring.message.TopicName;
import dev.mooring.store.StoreOp;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code mqtt:msg:{msgid}} and {@code mqtt:msg:{topic}}: what a PUBLISH writes and the acknowledgement of a queue's
 * message deletes. The body is there before its index entry; so an entry without a body is one whose message has gone.
 */
final class TopicMessages {
    /** Longest life that is written; beyond it numbers lose their last digits in scripts. */
    private static final long LIFE_MS_MAX = 100L * 365 * 86_400_000;
    /** Life of a message that nothing else gives one. */
    static final long DEFAULT_LIFE_MS = 7_200_000;
    /** Entries of an index that are looked at first when it is trimmed, and from then on. */
    private static final int TRIM_FIRST = 8;

    private static final int TRIM_NEXT = 128;

    private final RedisConfig config;
    private final Ids ids;
    private final Bodies bodies;
    private final Topics topics;
    private final Figures figures;
    private final Supplier<Pipeline> background;
    private final Set<String> trimming = new HashSet<>();

    TopicMessages(
            RedisConfig config, Ids ids, Bodies bodies, Topics topics, Figures figures, Supplier<Pipeline> background) {
        this.config = config;
        this.ids = ids;
        this.bodies = bodies;
        this.topics = topics;
        this.figures = figures;
        this.background = background;
    }

    /** Milliseconds until the earlier of the two ends, at most what Redis takes; not positive: it has ended. */
    static long lifeMs(Message m, long expiresAtMs, long nowMs) {
        long lifeMs = Math.min(expiresAtMs, m.expiresAtMs()) - nowMs;
        return Math.min(lifeMs, LIFE_MS_MAX);
    }

    void store(StoreOp.MessageStore op, Several done, Pipeline pipeline) {
        long lifeMs = lifeMs(op.message(), op.expiresAtMs(), System.currentTimeMillis());
        if (lifeMs > 0) {
            putBody(op.message(), ids.text(op.message().id()), lifeMs, done, pipeline);
        }
    }

    /** On the way of a PUBLISH: three commands, without futures. */
    void publish(StoreOp.MessagePublish op, Several done, Pipeline pipeline) {
        Message m = op.message();
        long nowMs = System.currentTimeMillis();
        long lifeMs = lifeMs(m, op.expiresAtMs(), nowMs);
        if (lifeMs <= 0) {
            return;
        }
        byte[] id = ids.text(m.id());
        byte[] topic = m.topic().utf8();
        topics.add(m.topic(), nowMs, done, pipeline);
        putBody(m, id, lifeMs, done, pipeline);
        Request add = Script.INDEX_ADD
                .on(Keys.index(topic))
                .arg(id)
                .arg(ids.score(m.id()))
                .arg(lifeMs)
                .arg(config.maxMessagesPerTopic());
        pipeline.sendAfter(add, (response, failure) -> {
            done.complete(response, failure);
            if (response != null) {
                trim(m.topic(), response);
            }
        });
    }

    /** A retained one may be there already, to stay. */
    private void putBody(Message m, byte[] id, long lifeMs, Several done, Pipeline pipeline) {
        byte[] key = Keys.body(id);
        if (m.retain()) {
            pipeline.send(bodies.fields(Script.BODY_PUT.on(key).arg(lifeMs), m, id, true), done);
        } else {
            pipeline.send(bodies.fields(Request.cmd(Command.HSET).arg(key), m, id, false), done);
            pipeline.send(Request.cmd(Command.PEXPIRE).arg(key).arg(lifeMs), done);
        }
    }

    void acked(StoreOp.AckedForQueue op, Several done, Pipeline pipeline) {
        byte[] topic = Keys.utf8(op.topic());
        byte[] id = ids.text(op.id());
        pipeline.sendAfter(Request.cmd(Command.ZREM).arg(Keys.index(topic)).arg(id), done);
        deleteUnlessRetained(topic, id, done, pipeline);
    }

    private static void deleteUnlessRetained(byte[] topic, byte[] id, Several done, Pipeline pipeline) {
        Request delete = Script.BODY_DELETE.on(Keys.body(id)).arg(0);
        pipeline.sendAfter(delete, (saysRetained, failure) -> {
            done.complete(saysRetained, failure);
            if (saysRetained != null && saysRetained.toInteger() == 1) {
                pipeline.send(Script.RETAIN.on(Keys.retain(topic)).arg("get"), (retained, failed) -> {
                    done.complete(retained, failed);
                    if (failed == null && !Retained.isOf(retained, id)) {
                        pipeline.send(Script.BODY_DELETE.on(Keys.body(id)).arg(1), done);
                    }
                });
            }
        });
    }

    // ---- trimming, which nobody waits for

    private void trim(TopicName topic, Response due) {
        Pipeline aside = background.get();
        Response dropped = due.size() > 1 ? due.get(1) : null;
        for (int i = 0; dropped != null && i + 1 < dropped.size(); i += 2) {
            figures.droppedMessages.incrementAndGet();
            deleteUnlessRetained(topic.utf8(), dropped.get(i).toBytes(), Several.ignored(), aside);
        }
        if (trimming.add(topic.text())) {
            trim(topic.utf8(), TRIM_FIRST, aside).onComplete(r -> trimming.remove(topic.text()));
        }
        aside.run();
    }

    /** Removes the oldest entries if their messages have ended; while all of them have, it goes on with the next. */
    private static Future<Void> trim(byte[] topic, int count, Pipeline pipeline) {
        byte[] index = Keys.index(topic);
        return pipeline.send(Request.cmd(Command.ZRANGE).arg(index).arg(0).arg(count - 1))
                .compose(oldest -> withoutBody(oldest, pipeline))
                .compose(ended -> remove(index, ended, pipeline)
                        .compose(v ->
                                ended.size() == count ? trim(topic, TRIM_NEXT, pipeline) : Future.succeededFuture()));
    }

    /** Those of these ids that have no body. */
    private static Future<List<byte[]>> withoutBody(@Nullable Response oldest, Pipeline pipeline) {
        List<byte[]> ended = new ArrayList<>();
        List<Future<?>> asked = new ArrayList<>();
        for (int i = 0; oldest != null && i < oldest.size(); i++) {
            byte[] id = oldest.get(i).toBytes();
            asked.add(pipeline.send(Request.cmd(Command.EXISTS).arg(Keys.body(id)))
                    .onSuccess(n -> {
                        if (n != null && n.toInteger() == 0) {
                            ended.add(id);
                        }
                    }));
        }
        return Future.join(asked).map(ended);
    }

    static Future<?> remove(byte[] index, List<byte[]> members, Pipeline pipeline) {
        if (members.isEmpty()) {
            return Future.succeededFuture();
        }
        Request remove = Request.cmd(Command.ZREM).arg(index);
        members.forEach(remove::arg);
        return pipeline.send(remove);
    }
}
