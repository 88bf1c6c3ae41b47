package dev.mooring.store.redis;

import dev.mooring.message.TopicName;
import dev.mooring.store.index.Lru;
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
 * Adds messages to {@code mqtt:msg:{topic}} and keeps it within its bounds: it ends with the longest of its messages,
 * has no more than so many members, and loses those whose messages have ended.
 *
 * <p>A script does all of that in one step and costs the server half as much again as everything else about a message.
 * So a topic whose index was there already takes a plain {@code ZADD} most of the time, and {@code PTTL} behind it
 * tells whether the index lives long enough, whoever wrote or deleted it meanwhile. Only every so many messages the
 * script counts. It also makes the index of a topic that had none, in one step with its end.
 */
final class Indexing {
    /** Topics that are known to have an index. Any other costs a script. */
    private static final int KNOWN_MAX = 65_536;
    /** Members that are added between two counts at most; also a 64th of those that a topic may have. */
    private static final int UNCOUNTED_MAX = 63;
    /** What {@code PTTL} says of a key that is not there. */
    private static final long ABSENT = -2;
    /** Members that are looked at first when an index is trimmed, and from then on. */
    private static final int TRIM_FIRST = 8;

    private static final int TRIM_NEXT = 128;
    private static final byte[] NX = Keys.utf8("NX");
    private static final byte[] GT = Keys.utf8("GT");

    private final int membersMax;
    private final int uncountedMax;
    private final Figures figures;
    private final Supplier<Pipeline> background;
    private final Lru<String, Known> known = Lru.byText(KNOWN_MAX);
    private final Set<String> trimming = new HashSet<>();

    /** A topic whose index has more than one member, or is being asked for that. */
    private static final class Known {
        int uncounted;
    }

    /** @param background for what nobody waits for */
    Indexing(int membersMax, Figures figures, Supplier<Pipeline> background) {
        this.membersMax = membersMax;
        this.uncountedMax = Math.min(UNCOUNTED_MAX, membersMax / 64);
        this.figures = figures;
        this.background = background;
    }

    /** Behind the message's body. On the way of a PUBLISH. */
    void add(TopicName topic, byte[] id, byte[] score, long lifeMs, Several done, Pipeline pipeline) {
        byte[] index = Keys.index(topic.utf8());
        Known before = known.get(topic.text());
        if (before != null && before.uncounted < uncountedMax) {
            before.uncounted++;
            pipeline.sendAfter(
                    done, Request.cmd(Command.ZADD).arg(index).arg(score).arg(id), done);
            pipeline.sendAfter(done, Request.cmd(Command.PTTL).arg(index), (ttlMs, failure) -> {
                done.complete(ttlMs, failure);
                if (ttlMs != null && ttlMs.toLong() < lifeMs && !done.hasFailed()) {
                    prolong(topic, index, ttlMs.toLong(), lifeMs, done, pipeline);
                }
            });
            return;
        }
        Request add = Script.INDEX_ADD
                .on(index)
                .arg(id)
                .arg(score)
                .arg(lifeMs)
                .arg(membersMax)
                .arg(before == null ? 1 : before.uncounted + 1);
        known.put(topic.text(), new Known()); // what follows on this connection finds the index
        pipeline.sendAfter(done, add, (counted, failure) -> {
            done.complete(counted, failure);
            if (counted == null || counted.get(0).toInteger() == 1) {
                known.remove(topic.text());
            }
            if (counted != null && counted.get(1).toInteger() == 1) {
                trim(topic, counted);
            }
        });
    }

    /**
     * Only of an index that a message has just entered: the key could be anything else that another program put there.
     */
    private void prolong(TopicName topic, byte[] index, long ttlMs, long lifeMs, Several done, Pipeline pipeline) {
        if (ttlMs < 0) {
            known.remove(topic.text()); // it was gone, and may be again by the next message
        }
        if (ttlMs != ABSENT) {
            long longer = lifeMs + lifeMs / 4;
            pipeline.send(Request.cmd(Command.PEXPIRE).arg(index).arg(longer).arg(NX), done);
            pipeline.send(Request.cmd(Command.PEXPIRE).arg(index).arg(longer).arg(GT), done);
        }
    }

    // ---- trimming, which nobody waits for

    private void trim(TopicName topic, Response counted) {
        Pipeline aside = background.get();
        Response dropped = counted.size() > 2 ? counted.get(2) : null;
        for (int i = 0; dropped != null && i + 1 < dropped.size(); i += 2) {
            figures.droppedMessages.incrementAndGet();
            TopicMessages.deleteUnlessRetained(topic.utf8(), dropped.get(i).toBytes(), Several.ignored(), aside);
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
