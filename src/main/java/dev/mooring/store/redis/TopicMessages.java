package dev.mooring.store.redis;

import dev.mooring.message.Message;
import dev.mooring.store.StoreOp;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;

/**
 * {@code mqtt:msg:{msgid}} and {@code mqtt:msg:{topic}}: what a PUBLISH writes and the acknowledgement of a queue's
 * message deletes. The body is there before its index entry; so an entry without a body is one whose message has gone.
 */
final class TopicMessages {
    /** Longest life that is written; beyond it numbers lose their last digits in scripts. */
    private static final long LIFE_MS_MAX = 100L * 365 * 86_400_000;
    /** Life of a message that nothing else gives one. */
    static final long DEFAULT_LIFE_MS = 7_200_000;

    private final Ids ids;
    private final Bodies bodies;
    private final Topics topics;
    private final Indexing indexing;

    TopicMessages(Ids ids, Bodies bodies, Topics topics, Indexing indexing) {
        this.ids = ids;
        this.bodies = bodies;
        this.topics = topics;
        this.indexing = indexing;
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

    /** On the way of a PUBLISH: four commands, without futures. */
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
        indexing.add(m.topic(), id, ids.score(m.id()), lifeMs, done, pipeline);
    }

    /** A retained one may be there already, to stay. */
    private void putBody(Message m, byte[] id, long lifeMs, Several done, Pipeline pipeline) {
        byte[] key = Keys.body(id);
        if (m.retain()) {
            pipeline.send(bodies.fields(Script.BODY_PUT.on(key).arg(lifeMs), m, id, true), done);
        } else {
            pipeline.send(bodies.fields(Request.cmd(Command.HSET).arg(key), m, id, false), done);
            pipeline.send(Request.cmd(Command.PEXPIRE).arg(key).arg(Keys.number(lifeMs)), done);
        }
    }

    void acked(StoreOp.AckedForQueue op, Several done, Pipeline pipeline) {
        byte[] topic = Keys.utf8(op.topic());
        byte[] id = ids.text(op.id());
        Request remove = Request.cmd(Command.ZREM).arg(Keys.index(topic)).arg(id);
        if (pipeline.keepsOrder()) {
            pipeline.send(remove, done);
            deleteUnlessRetained(topic, id, done, pipeline);
        } else {
            pipeline.sendAfter(remove, (removed, failure) -> {
                done.complete(removed, failure);
                if (failure == null) {
                    deleteUnlessRetained(topic, id, done, pipeline);
                }
            });
        }
    }

    static void deleteUnlessRetained(byte[] topic, byte[] id, Several done, Pipeline pipeline) {
        Request delete = Script.BODY_DELETE.on(Keys.body(id)).arg(0);
        pipeline.send(delete, (saysRetained, failure) -> {
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
}
