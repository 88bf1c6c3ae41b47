package dev.mooring.store.redis;

import dev.mooring.message.Message;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import org.jspecify.annotations.Nullable;

/** {@code mqtt:latest_msg:{topic}}: a message by its topic, without a body of its own. */
final class Latest {
    private final Ids ids;
    private final Bodies bodies;
    private final Topics topics;
    private final TopicPages pages;

    Latest(Ids ids, Bodies bodies, Topics topics, BodyReader reader) {
        this.ids = ids;
        this.bodies = bodies;
        this.topics = topics;
        this.pages = new TopicPages(topics, reader);
    }

    void store(StoreOp.MessageStoreKeepLatest op, Several done, Pipeline pipeline) {
        Message m = op.message();
        byte[] topic = m.topic().utf8();
        byte[] key = Keys.latest(topic);
        long nowMs = System.currentTimeMillis();
        long lifeMs = TopicMessages.lifeMs(m, op.expiresAtMs(), nowMs);
        if (lifeMs <= 0) {
            pipeline.sendAfter(Request.cmd(Command.DEL).arg(key), done);
            return;
        }
        topics.add(m.topic(), nowMs, done, pipeline);
        Request replace = Script.HASH_REPLACE.on(key).arg(lifeMs);
        pipeline.sendAfter(bodies.fields(replace, m, ids.text(m.id()), m.retain()), done);
    }

    void acked(StoreOp.AckedForKeepLatest op, Several done, Pipeline pipeline) {
        byte[] key = Keys.latest(Keys.utf8(op.topic()));
        pipeline.sendAfter(Script.HASH_DELETE_IF.on(key).arg("id").arg(ids.text(op.id())), done);
    }

    Future<StoreReply> fetch(StoreOp.FetchForKeepLatest op, Pipeline pipeline) {
        return pages.find(op.filter(), op.afterTopic(), op.limit(), this::where, pipeline);
    }

    private Future<@Nullable Body> where(String topic, Pipeline pipeline) {
        byte[] key = Keys.latest(Keys.utf8(topic));
        return pipeline.sendAfter(Request.cmd(Command.HGET).arg(key).arg("id")).map(id -> {
            return id == null ? null : new Body(key, ids.of(id.toString()), id.toBytes());
        });
    }
}
