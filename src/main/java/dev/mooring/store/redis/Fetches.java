package dev.mooring.store.redis;

import dev.mooring.message.MessageId;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import dev.mooring.store.index.Entry;
import dev.mooring.store.index.Lru;
import dev.mooring.store.index.Merge;
import dev.mooring.store.index.Part;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What queue and pubsub subscribers fetch: messages by id, page by page, merged over the topics of a wildcard filter.
 *
 * <p>A page of an exact filter costs one read of its index. To merge topics all their indexes are read from where the
 * page before ended; what comes of it beyond the page is kept for the next ones, for as long as that is asked for in
 * order. So a backlog costs one look at each topic for every few thousand messages.
 */
final class Fetches {
    /** Fetches whose next entries are kept, and how many entries each. */
    private static final int AHEAD_FETCHES_MAX = 64;

    private static final int AHEAD_ENTRIES_MAX = 10_000;
    /** Topics read side by side. */
    private static final int TOPICS = 512;

    private final Index index;
    private final Positions positions;
    private final Topics topics;
    private final BodyReader reader;
    private final Lru<String, Ahead> ahead = Lru.byText(AHEAD_FETCHES_MAX);

    /** Entries of a running fetch behind a page that ended at {@code after}. */
    private record Ahead(MessageId after, Part part) {}

    Fetches(Index index, Positions positions, Topics topics, BodyReader reader) {
        this.index = index;
        this.positions = positions;
        this.topics = topics;
        this.reader = reader;
    }

    Future<StoreReply> forQueue(StoreOp.FetchForQueue op, Pipeline pipeline) {
        Future<@Nullable MessageId> after = Future.succeededFuture(op.after());
        return page(
                key("q", op.clientId(), op.filter()), op.filter(), op.after(), op.limit(), topic -> after, pipeline);
    }

    /** A client has pages of its own: those of another one may be older, and lack what it is still to get. */
    private static String key(String kind, String clientId, TopicFilter filter) {
        return kind + clientId.length() + ":" + clientId + filter;
    }

    /**
     * A topic without a position gets one at its newest message that is not newer than {@code until}. So does a
     * wildcard filter itself, for the topics that get their first message only while the client is away.
     */
    Future<StoreReply> forPubsub(StoreOp.FetchForPubsub op, Pipeline pipeline) {
        String key = key("p", op.clientId(), op.filter());
        if (!op.filter().wildcard()) {
            return page(key, op.filter(), op.after(), op.limit(), t -> from(op, t, null, null, pipeline), pipeline);
        }
        String filter = op.filter().filter();
        return positions.get(op.clientId(), filter, pipeline).compose(ofFilter -> {
            MessageId[] newest = {MessageId.ZERO};
            Function<String, Future<@Nullable MessageId>> from = t -> from(op, t, ofFilter, newest, pipeline);
            Future<StoreReply> reply = page(key, op.filter(), op.after(), op.limit(), from, pipeline);
            return ofFilter != null
                    ? reply
                    : reply.compose(r -> positions
                            .begin(op.clientId(), filter, newest[0], pipeline)
                            .map(r));
        });
    }

    /** Where a topic is read from; null: not at all, for this was the first time. */
    private Future<@Nullable MessageId> from(
            StoreOp.FetchForPubsub op,
            String topic,
            @Nullable MessageId ofFilter,
            MessageId @Nullable [] newestOfAll,
            Pipeline pipeline) {
        return positions.get(op.clientId(), topic, pipeline).compose(own -> {
            MessageId position = own == null ? ofFilter : own;
            if (position != null) {
                return Future.succeededFuture(position.compareTo(op.after()) > 0 ? position : op.after());
            }
            return index.newest(topic, op.until(), pipeline).compose(newest -> {
                MessageId first = newest == null ? MessageId.ZERO : newest.id();
                if (newestOfAll != null && first.compareTo(newestOfAll[0]) > 0) {
                    newestOfAll[0] = first;
                }
                return positions.begin(op.clientId(), topic, first, pipeline).map((MessageId) null);
            });
        });
    }

    // ---- pages

    private Future<StoreReply> page(
            String key,
            TopicFilter filter,
            MessageId after,
            int limit,
            Function<String, Future<@Nullable MessageId>> from,
            Pipeline pipeline) {
        Ahead kept = ahead.remove(key);
        Future<Part> next = kept != null && kept.after.equals(after)
                ? Future.succeededFuture(kept.part)
                : filter.wildcard()
                        ? merged(filter, limit, from, pipeline)
                        : read(filter.filter(), limit + 1, from, pipeline);
        return next.compose(part -> page(key, part, limit, pipeline));
    }

    private Future<StoreReply> page(String key, Part part, int limit, Pipeline pipeline) {
        List<Entry> entries = part.entries();
        List<Body> wanted = new ArrayList<>();
        for (Entry entry : entries.subList(0, Math.min(limit, entries.size()))) {
            byte[] id = Keys.utf8(entry.text());
            wanted.add(new Body(Keys.body(id), entry.id(), id));
        }
        return reader.read(wanted, pipeline).map(read -> {
            removeGone(entries, read, pipeline);
            boolean more = read.taken() < entries.size();
            MessageId last =
                    read.taken() == 0 ? null : entries.get(read.taken() - 1).id();
            boolean hasPage = entries.size() - read.taken() >= limit || !part.cut();
            if (more && last != null && hasPage) {
                ahead.put(key, new Ahead(last, new Part(entries.subList(read.taken(), entries.size()), part.cut())));
            }
            return new StoreReply.Messages(read.messages(), more || part.cut() ? last : null);
        });
    }

    /** Their messages have ended, or were acknowledged by somebody else. */
    private static void removeGone(List<Entry> entries, BodyReader.Read read, Pipeline pipeline) {
        if (read.gone().isEmpty()) {
            return;
        }
        Map<MessageId, byte[]> gone = new HashMap<>();
        read.gone().forEach(body -> gone.put(body.id(), body.text()));
        Map<String, List<byte[]>> byTopic = new HashMap<>();
        for (Entry entry : entries.subList(0, read.taken())) {
            byte[] text = gone.get(entry.id());
            if (text != null) {
                byTopic.computeIfAbsent(entry.topic(), t -> new ArrayList<>()).add(text);
            }
        }
        byTopic.forEach((topic, texts) -> Indexing.remove(Keys.index(Keys.utf8(topic)), texts, pipeline));
    }

    private Future<Part> read(
            String topic, int count, Function<String, Future<@Nullable MessageId>> from, Pipeline pipeline) {
        return from.apply(topic)
                .compose(after -> after == null
                        ? Future.succeededFuture(Part.NOTHING)
                        : index.after(topic, after, count, pipeline));
    }

    // ---- wildcard filters

    private Future<Part> merged(
            TopicFilter filter, int limit, Function<String, Future<@Nullable MessageId>> from, Pipeline pipeline) {
        Merge merge = new Merge(AHEAD_ENTRIES_MAX);
        return merge(merge, filter, "", limit, from, pipeline).map(v -> merge.result());
    }

    private Future<Void> merge(
            Merge merge,
            TopicFilter filter,
            String afterTopic,
            int limit,
            Function<String, Future<@Nullable MessageId>> from,
            Pipeline pipeline) {
        return topics.list(filter, afterTopic, TOPICS, pipeline).compose(names -> {
            List<String> matching = new ArrayList<>();
            for (String name : names) {
                if (!name.isEmpty() && filter.matches(name)) {
                    matching.add(name);
                }
            }
            boolean isAll = names.size() < TOPICS && afterTopic.isEmpty();
            int count = Math.max(limit + 1, isAll ? AHEAD_ENTRIES_MAX / Math.max(1, matching.size()) : 0);
            return readAll(merge, matching, count, from, pipeline)
                    .compose(v -> names.size() < TOPICS
                            ? Future.succeededFuture()
                            : merge(merge, filter, names.get(names.size() - 1), limit, from, pipeline));
        });
    }

    private Future<Void> readAll(
            Merge merge,
            List<String> names,
            int count,
            Function<String, Future<@Nullable MessageId>> from,
            Pipeline pipeline) {
        List<Future<?>> all = new ArrayList<>(names.size());
        for (String name : names) {
            all.add(read(name, count, from, pipeline).onSuccess(part -> {
                merge.add(part);
                if (part == Part.ABSENT) {
                    topics.empty(Keys.utf8(name), pipeline);
                }
            }));
        }
        return Future.join(all).mapEmpty();
    }
}
