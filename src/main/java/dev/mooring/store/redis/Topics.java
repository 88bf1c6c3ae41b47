package dev.mooring.store.redis;

import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import dev.mooring.store.index.Lru;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Which topics have messages, or a retained one, or a latest one: what wildcard filters need and Redis cannot be asked
 * for. A sorted set for each of the three, by name.
 *
 * <p>A topic enters before what it has, and is then known here for a while, so that most writes cost nothing. It leaves
 * when it was seen without anything twice, so far apart that no process still knows it. Each topic that enters has some
 * others looked at in turn; so the set keeps no more than a few times the topics that have something.
 */
final class Topics {
    private static final int KNOWN_MAX = 65_536;
    private static final long KNOWN_MS = 600_000;
    private static final long FORGET_AFTER_S = 2 * KNOWN_MS / 1000;
    private static final int LOOKED_AT = 4;
    private static final byte[] AFTER_ALL = {(byte) 0xff}; // no UTF-8 has it

    /** What a topic can have. */
    enum Kind {
        MSG,
        RETAIN,
        LATEST;

        private final byte[] topics = Keys.utf8("mooring:{topics}:" + name().toLowerCase(java.util.Locale.ROOT));
        private final byte[] empty = Keys.utf8("mooring:{topics}:empty:" + name().toLowerCase(java.util.Locale.ROOT));

        byte[] key(byte[] topic) {
            return switch (this) {
                case MSG -> Keys.index(topic);
                case RETAIN -> Keys.retain(topic);
                case LATEST -> Keys.latest(topic);
            };
        }
    }

    private final Kind kind;
    private final Supplier<Pipeline> background;
    private final Lru<String, Long> knownUntilMs = Lru.byText(KNOWN_MAX);
    private String lookedAt = "-";

    /** @param background for what nobody waits for */
    Topics(Kind kind, Supplier<Pipeline> background) {
        this.kind = kind;
        this.background = background;
    }

    /** To be called before the topic gets something. On the way of a PUBLISH. */
    void add(TopicName topic, long nowMs, Several done, Pipeline pipeline) {
        Long until = knownUntilMs.get(topic.text());
        if (until != null && until > nowMs) {
            return;
        }
        Request add = Script.TOPIC_ADD
                .on(kind.topics, kind.empty)
                .arg(topic.utf8())
                .arg(lookedAt)
                .arg(LOOKED_AT);
        pipeline.send(add, (others, failure) -> {
            done.complete(others, failure);
            if (others != null) {
                knownUntilMs.put(topic.text(), nowMs + KNOWN_MS);
                lookAt(others);
            }
        });
    }

    private void lookAt(Response others) {
        int count = others.size();
        lookedAt = count < LOOKED_AT ? "-" : "(" + others.get(count - 1);
        Pipeline aside = background.get();
        for (int i = 0; i < count; i++) {
            byte[] topic = others.get(i).toBytes();
            aside.send(Request.cmd(Command.EXISTS).arg(kind.key(topic)), (exists, failure) -> {
                if (exists != null && exists.toInteger() == 0) {
                    empty(topic, aside);
                }
            });
        }
        aside.run();
    }

    /** The topic was seen without anything. */
    void empty(byte[] topic, Pipeline pipeline) {
        pipeline.send(
                Script.TOPIC_EMPTY
                        .on(kind.topics, kind.empty)
                        .arg(topic)
                        .arg(FORGET_AFTER_S)
                        .arg(System.currentTimeMillis() / 1000),
                (response, failure) -> {}); // the next to see it will say it again
    }

    /** A part of the topics that may match, in byte order: those that begin as the filter does. */
    Future<List<String>> list(TopicFilter filter, String after, int limit, Pipeline pipeline) {
        byte[] prefix = Keys.utf8(filter.literalPrefix());
        byte[] from = after.isEmpty() ? border('[', prefix) : border('(', Keys.utf8(after));
        Request range = Request.cmd(Command.ZRANGEBYLEX)
                .arg(kind.topics)
                .arg(from)
                .arg(border('[', Keys.join(prefix, AFTER_ALL)))
                .arg("LIMIT")
                .arg(0)
                .arg(limit);
        return pipeline.send(range).map(response -> {
            List<String> topics = new ArrayList<>();
            for (int i = 0; response != null && i < response.size(); i++) {
                topics.add(response.get(i).toString());
            }
            return topics;
        });
    }

    private static byte[] border(char bracket, byte[] text) {
        return Keys.join(new byte[] {(byte) bracket}, text);
    }
}
