package dev.mooring.store.redis;

import dev.mooring.message.Message;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/** Where a topic has one message: the one of an exact filter, or pages by topic of what a wildcard filter matches. */
final class TopicPages {
    /** Names of topics in one answer. */
    private static final int NAMES = 1_000;

    private final Topics topics;
    private final BodyReader reader;

    /** How to find a topic's message. */
    interface Where extends BiFunction<String, Pipeline, Future<@Nullable Body>> {}

    TopicPages(Topics topics, BodyReader reader) {
        this.topics = topics;
        this.reader = reader;
    }

    Future<StoreReply> find(TopicFilter filter, String afterTopic, int limit, Where where, Pipeline pipeline) {
        if (!filter.wildcard()) {
            return afterTopic.isEmpty()
                    ? read(List.of(filter.filter()), where, pipeline).map(p -> reply(p.messages, false))
                    : Future.succeededFuture(reply(List.of(), false));
        }
        return topics.list(filter, afterTopic, NAMES, pipeline).compose(names -> {
            List<String> matching = new ArrayList<>();
            for (String name : names) {
                if (matching.size() < limit && !name.isEmpty() && filter.matches(name)) {
                    matching.add(name);
                }
            }
            String last = matching.size() == limit
                    ? matching.get(limit - 1)
                    : names.isEmpty() ? "" : names.get(names.size() - 1);
            boolean isEnd = names.size() < NAMES && (names.isEmpty() || last.equals(names.get(names.size() - 1)));
            return read(matching, where, pipeline).compose(page -> {
                boolean more = !isEnd || page.cut;
                return page.messages.isEmpty() && more // an empty page would not say where to go on
                        ? find(filter, page.cut ? page.last : last, limit, where, pipeline)
                        : Future.succeededFuture(reply(page.messages, more));
            });
        });
    }

    private record Page(List<Message> messages, boolean cut, String last) {}

    private Future<Page> read(List<String> names, Where where, Pipeline pipeline) {
        List<Future<@Nullable Body>> found = new ArrayList<>(names.size());
        names.forEach(name -> found.add(where.apply(name, pipeline)));
        return Future.join(found).compose(v -> {
            List<Body> there = new ArrayList<>();
            List<String> theirNames = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                Body body = found.get(i).result();
                if (body == null) {
                    topics.empty(Keys.utf8(names.get(i)), pipeline);
                } else {
                    there.add(body);
                    theirNames.add(names.get(i));
                }
            }
            return reader.read(there, pipeline)
                    .map(read -> new Page(
                            read.messages(),
                            read.taken() < there.size(),
                            read.taken() == 0 ? "" : theirNames.get(read.taken() - 1)));
        });
    }

    private static StoreReply reply(List<Message> messages, boolean more) {
        return new StoreReply.Messages(
                messages, more ? messages.get(messages.size() - 1).id() : null);
    }
}
