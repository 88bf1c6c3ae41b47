package dev.mooring.store.redis;

import dev.mooring.message.Message;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import dev.mooring.store.index.Lru;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code mqtt:retain:{topic}} and the body that it points to, {@code mqtt:msg:{msgid}}, which stays as long as it does.
 *
 * <p>What the key was before is read a round before it is changed, and remembered until that body is seen to: were it
 * known from the change alone, a lost answer would leave a body that nothing ever ends. All operations change the key
 * in their second round, so they do it in their order.
 */
final class Retained {
    private static final int REPLACED_MAX = 4_096;
    private static final byte[] GET = Keys.utf8("get");
    private static final byte[] DELETE = Keys.utf8("delete");

    private final byte[] format;
    private final Ids ids;
    private final Bodies bodies;
    private final Topics topics;
    private final TopicPages pages;
    private final Lru<String, Set<String>> replaced = Lru.byText(REPLACED_MAX);

    Retained(RedisConfig config, Ids ids, Bodies bodies, Topics topics, BodyReader reader) {
        this.format = Keys.utf8(config.retainFormat().name().toLowerCase(Locale.ROOT));
        this.ids = ids;
        this.bodies = bodies;
        this.topics = topics;
        this.pages = new TopicPages(topics, reader);
    }

    void set(StoreOp.MessageRetain op, Several done, Pipeline pipeline) {
        Message m = op.message();
        long nowMs = System.currentTimeMillis();
        if (m.isExpired(nowMs)) {
            delete(m.topic().text(), done, pipeline);
            return;
        }
        long lifeMs = m.expiresAtMs() == Message.NEVER ? 0 : TopicMessages.lifeMs(m, Message.NEVER, nowMs);
        byte[] id = ids.text(m.id());
        byte[] topic = m.topic().utf8();
        topics.add(m.topic(), nowMs, done, pipeline);
        pipeline.send(bodies.fields(Script.BODY_PUT.on(Keys.body(id)).arg(lifeMs), m, id, true), done);
        Request set =
                Script.RETAIN.on(Keys.retain(topic)).arg(format).arg(lifeMs).arg(id);
        change(m.topic().text(), bodies.fields(set, m, id, true), done, pipeline);
    }

    void delete(String topic, Several done, Pipeline pipeline) {
        byte[] key = Keys.retain(Keys.utf8(topic));
        change(topic, Script.RETAIN.on(key).arg(DELETE), done, pipeline);
    }

    private void change(String topic, Request change, Several done, Pipeline pipeline) {
        pipeline.send(get(Keys.utf8(topic)), (was, failure) -> {
            done.complete(was, failure);
            remember(topic, was);
        });
        pipeline.sendNext(change, (was, failure) -> {
            done.complete(was, failure);
            if (failure == null) {
                remember(topic, was);
                Set<String> old = replaced.computeIfAbsent(topic, t -> new HashSet<>());
                old.forEach(id -> seeTo(topic, id, done, pipeline));
            }
        });
    }

    private void remember(String topic, @Nullable Response was) {
        String id = was == null ? "" : was.get(0).toString();
        if (!id.isEmpty()) {
            replaced.computeIfAbsent(topic, t -> new HashSet<>()).add(id);
        }
    }

    /** A body that is not the retained one now: goes, or ends no earlier than the topic's index if that has it. */
    private void seeTo(String topic, String idText, Several done, Pipeline pipeline) {
        byte[] id = Keys.utf8(idText);
        byte[] utf8 = Keys.utf8(topic);
        byte[] index = Keys.index(utf8);
        Future<@Nullable Response> queued =
                pipeline.send(Request.cmd(Command.ZSCORE).arg(index).arg(id));
        Future<@Nullable Response> indexLife =
                pipeline.send(Request.cmd(Command.PTTL).arg(index));
        pipeline.send(get(utf8))
                .compose(retained -> {
                    if (isOf(retained, id)) {
                        return Future.succeededFuture();
                    }
                    byte[] body = Keys.body(id);
                    return queued.compose(score -> indexLife.compose(ms -> pipeline.send(
                            score == null
                                    ? Script.BODY_DELETE.on(body).arg(1)
                                    : Script.BODY_END.on(body).arg(lifeMs(ms)))));
                })
                .onComplete((response, failure) -> {
                    done.complete(null, failure);
                    if (failure == null) {
                        forget(topic, idText);
                    }
                });
    }

    /** What the message had left is not known any more; its index lives at least as long. */
    private static long lifeMs(@Nullable Response ofIndexMs) {
        return ofIndexMs == null || ofIndexMs.toLong() <= 0 ? TopicMessages.DEFAULT_LIFE_MS : ofIndexMs.toLong();
    }

    private void forget(String topic, String id) {
        Set<String> old = replaced.get(topic);
        if (old != null && old.remove(id) && old.isEmpty()) {
            replaced.remove(topic);
        }
    }

    // ---- reading

    Future<StoreReply> lookup(StoreOp.RetainLookup op, Pipeline pipeline) {
        return pages.find(op.filter(), op.afterTopic(), op.limit(), this::where, pipeline);
    }

    private Future<@Nullable Body> where(String topic, Pipeline pipeline) {
        byte[] utf8 = Keys.utf8(topic);
        Future<?> aRoundBefore = pipeline.send(get(utf8)); // so that it comes behind writes of batches under way
        return aRoundBefore
                .compose(v -> pipeline.send(get(utf8)))
                .map(retained -> body(Keys.retain(utf8), retained, ids));
    }

    /**
     * Where the message of a retained key is; null when there is none.
     *
     * @param retained an answer of {@link Script#RETAIN}
     */
    static @Nullable Body body(byte[] key, @Nullable Response retained, Ids ids) {
        String id = retained == null ? "" : retained.get(0).toString();
        if (retained == null || id.isEmpty()) {
            return null;
        }
        boolean isHash = "hash".equals(retained.get(1).toString());
        return new Body(isHash ? key : Keys.body(Keys.utf8(id)), ids.of(id), Keys.utf8(id));
    }

    private static Request get(byte[] topic) {
        return Script.RETAIN.on(Keys.retain(topic)).arg(GET);
    }

    /** @param retained an answer of {@link Script#RETAIN} */
    static boolean isOf(@Nullable Response retained, byte[] id) {
        return retained != null && Arrays.equals(retained.get(0).toBytes(), id);
    }
}
