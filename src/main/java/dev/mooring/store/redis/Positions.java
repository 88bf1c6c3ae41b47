package dev.mooring.store.redis;

import dev.mooring.message.MessageId;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code mqtt:acked:{clientid}:{topic}}: how far a client has acknowledged a topic. Which topics it has such keys for
 * is in a set of its own, where they enter first; so the end of a wildcard subscription finds them all.
 */
final class Positions {
    private static final int SCAN_COUNT = 512;
    private static final byte[] NOTHING_YET = {'0'};

    private final Ids ids;

    Positions(Ids ids) {
        this.ids = ids;
    }

    /** Null when the client has none. */
    Future<@Nullable MessageId> get(String clientId, String topic, Pipeline pipeline) {
        return pipeline.send(Request.cmd(Command.GET).arg(Keys.acked(clientId, topic)))
                .map(text -> text == null ? null : id(text.toString()));
    }

    private MessageId id(String text) {
        return text.equals("0") ? MessageId.ZERO : ids.of(text);
    }

    private byte[] text(MessageId id) {
        return id.equals(MessageId.ZERO) ? NOTHING_YET : ids.text(id);
    }

    /** Moves a position forward, never back. One command, unless it is the first one of the topic. */
    void acked(StoreOp.AckedForPubsub op, Completable<@Nullable Response> done, Pipeline pipeline) {
        forward(op.clientId(), op.topic(), op.id(), "", false, done, pipeline);
    }

    /** As {@link #acked}, for who knows that there is none. */
    Future<@Nullable Response> begin(String clientId, String topic, MessageId id, Pipeline pipeline) {
        Promise<@Nullable Response> promise = Promise.promise();
        create(clientId, topic, id, promise, pipeline);
        return promise.future();
    }

    private void create(
            String clientId, String topic, MessageId id, Completable<@Nullable Response> done, Pipeline pipeline) {
        Request note = Request.cmd(Command.SADD).arg(Keys.ackedTopics(clientId)).arg(topic);
        pipeline.send(note, (added, failure) -> {
            if (failure != null) {
                done.fail(failure);
            } else {
                forward(clientId, topic, id, "", true, done, pipeline);
            }
        });
    }

    /** @param older what the position may be replaced for, whatever its form */
    private void forward(
            String clientId,
            String topic,
            MessageId id,
            String older,
            boolean create,
            Completable<@Nullable Response> done,
            Pipeline pipeline) {
        Request move = Script.POSITION
                .on(Keys.acked(clientId, topic))
                .arg(text(id))
                .arg(older)
                .arg(create ? 1 : 0);
        pipeline.send(move, (answer, failure) -> {
            if (failure != null || answer == null) {
                done.complete(answer, failure);
            } else if (answer.type() != ResponseType.NUMBER) {
                String old = answer.toString();
                if (id(old).compareTo(id) < 0) {
                    forward(clientId, topic, id, old, create, done, pipeline);
                } else {
                    done.succeed(answer);
                }
            } else if (answer.toInteger() == 1) {
                create(clientId, topic, id, done, pipeline);
            } else {
                done.succeed(answer);
            }
        });
    }

    // ---- the end of a subscription

    Future<StoreReply> delete(StoreOp.AckedDelete op, Pipeline pipeline) {
        TopicFilter filter = op.filter();
        Future<StoreReply> own = delete(op.clientId(), List.of(filter.filter()), pipeline);
        return filter.wildcard() ? own.compose(v -> deleteMatching(op.clientId(), filter, "0", pipeline)) : own;
    }

    private Future<StoreReply> deleteMatching(String clientId, TopicFilter filter, String cursor, Pipeline pipeline) {
        Request scan = Request.cmd(Command.SSCAN)
                .arg(Keys.ackedTopics(clientId))
                .arg(cursor)
                .arg("COUNT")
                .arg(SCAN_COUNT);
        return pipeline.send(scan).compose(page -> {
            List<String> matching = new ArrayList<>();
            Response topics = page == null ? null : page.get(1);
            for (int i = 0; topics != null && i < topics.size(); i++) {
                String topic = topics.get(i).toString();
                if (!topic.isEmpty() && filter.matches(topic)) {
                    matching.add(topic);
                }
            }
            String next = page == null ? "0" : page.get(0).toString();
            return delete(clientId, matching, pipeline)
                    .compose(v -> next.equals("0")
                            ? Future.succeededFuture(StoreReply.DONE)
                            : deleteMatching(clientId, filter, next, pipeline));
        });
    }

    private static Future<StoreReply> delete(String clientId, List<String> topics, Pipeline pipeline) {
        List<Future<@Nullable Response>> sent = new ArrayList<>();
        for (String topic : topics) {
            sent.add(pipeline.send(Request.cmd(Command.DEL).arg(Keys.acked(clientId, topic))));
        }
        if (!topics.isEmpty()) {
            Request forget = Request.cmd(Command.SREM).arg(Keys.ackedTopics(clientId));
            topics.forEach(forget::arg);
            sent.add(pipeline.sendAfter(forget));
        }
        return RedisStore.done(sent);
    }
}
