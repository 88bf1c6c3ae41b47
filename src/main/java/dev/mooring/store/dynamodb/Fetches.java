package dev.mooring.store.dynamodb;

import dev.mooring.message.Message;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Pages of the messages under a filter, by id. An exact filter reads from its topic's index on from where the page
 * before ended. A wildcard filter reads some entries of each topic that matches and merges them; what is left over of
 * that is kept for the next pages, for as long as they are asked for in order. So a backlog costs one look at each
 * topic for every few thousand messages.
 */
final class Fetches {
    /** A page ends early here, whatever its limit; one message is always taken. */
    private static final long PAGE_BYTES_MAX = 1L << 20;
    /** Fetches whose next entries are kept, and how many entries each. */
    private static final int AHEAD_FETCHES_MAX = 64;

    private static final int AHEAD_ENTRIES_MAX = 10_000;
    /** Topics read in one go. */
    private static final int TOPICS = 512;

    private final Index index;
    private final Positions positions;
    private final Topics topics;
    private final Bodies bodies;
    private final Reads reads;
    private final Lru<String, Ahead> ahead = Lru.byText(AHEAD_FETCHES_MAX);

    /** Entries of a running fetch behind a page that ended at {@code after}. */
    private record Ahead(MessageId after, Part part) {}

    /** Where some topics are read from: after an id, or not at all, for this was the first time. */
    private interface From extends Function<List<String>, Future<Map<String, MessageId>>> {}

    Fetches(Index index, Positions positions, Topics topics, Bodies bodies, Reads reads) {
        this.index = index;
        this.positions = positions;
        this.topics = topics;
        this.bodies = bodies;
        this.reads = reads;
    }

    void forQueue(StoreOp.FetchForQueue op, Answer answer, Stages stages) {
        From from = names -> {
            Map<String, MessageId> all = new HashMap<>();
            names.forEach(name -> all.put(name, op.after()));
            return Future.succeededFuture(all);
        };
        String key = key("q", op.clientId(), op.filter());
        stage(op.filter(), stages).ask(answer, () -> page(key, op.filter(), op.after(), op.limit(), from));
    }

    /** A client has pages of its own: those of another one may be older, and lack what it is still to get. */
    private static String key(String kind, String clientId, TopicFilter filter) {
        return kind + clientId.length() + ":" + clientId + filter;
    }

    private static Stage stage(TopicFilter filter, Stages stages, String... keys) {
        if (filter.wildcard()) {
            return stages.all();
        }
        String topic = TopicMessages.topic(filter.filter());
        return keys.length == 0 ? stages.other(topic) : stages.other(topic, keys[0]);
    }

    /**
     * A topic without a position gets one at its newest message that is not newer than {@code until}. So does a
     * wildcard filter itself, for the topics that get their first message only while the client is away.
     */
    void forPubsub(StoreOp.FetchForPubsub op, Answer answer, Stages stages) {
        if (!positions.isShortEnough(op.clientId(), answer)) {
            return;
        }
        String key = key("p", op.clientId(), op.filter());
        stage(op.filter(), stages, Presence.client(op.clientId())).ask(answer, () -> forPubsub(op, key));
    }

    private Future<StoreReply> forPubsub(StoreOp.FetchForPubsub op, String key) {
        TopicFilter filter = op.filter();
        if (!filter.wildcard()) {
            return page(key, filter, op.after(), op.limit(), names -> from(op, names, null, null));
        }
        String own = filter.filter();
        return positions.get(op.clientId(), List.of(own)).compose(found -> {
            MessageId ofFilter = found.get(own);
            MessageId[] newest = {MessageId.ZERO};
            From from = names -> from(op, names, ofFilter, newest);
            Future<StoreReply> reply = page(key, filter, op.after(), op.limit(), from);
            return ofFilter != null
                    ? reply
                    : reply.compose(
                            r -> positions.begin(op.clientId(), own, newest[0]).map(r));
        });
    }

    private Future<Map<String, MessageId>> from(
            StoreOp.FetchForPubsub op,
            List<String> names,
            @Nullable MessageId ofFilter,
            MessageId @Nullable [] newestOfAll) {
        return positions.get(op.clientId(), names).compose(found -> {
            Map<String, MessageId> from = new HashMap<>();
            List<Future<?>> first = new ArrayList<>();
            for (String name : names) {
                MessageId position = found.getOrDefault(name, ofFilter);
                if (position != null) {
                    from.put(name, position.compareTo(op.after()) > 0 ? position : op.after());
                } else {
                    first.add(index.newest(name, op.until()).compose(newest -> {
                        if (newestOfAll != null && newest.compareTo(newestOfAll[0]) > 0) {
                            newestOfAll[0] = newest;
                        }
                        boolean isEmpty = newest.equals(MessageId.ZERO);
                        return isEmpty && newestOfAll != null // the position of the wildcard filter is for it too
                                ? Future.succeededFuture()
                                : positions.begin(op.clientId(), name, newest);
                    }));
                }
            }
            return Future.join(first).map(from);
        });
    }

    // ---- pages

    private Future<StoreReply> page(String key, TopicFilter filter, MessageId after, int limit, From from) {
        Ahead kept = ahead.remove(key);
        Future<Part> next = kept != null && kept.after.equals(after)
                ? Future.succeededFuture(kept.part)
                : filter.wildcard()
                        ? merged(filter, limit, from)
                        : from.apply(List.of(filter.filter())).compose(at -> read(filter.filter(), limit + 1, at));
        return next.compose(part -> page(key, part, limit));
    }

    private Future<StoreReply> page(String key, Part part, int limit) {
        List<Entry> entries = part.entries();
        int taken = 0;
        Set<Map<String, AttributeValue>> keys = new LinkedHashSet<>(); // another program may have named one twice
        for (long bytes = 0; taken < Math.min(limit, entries.size()); taken++) {
            bytes += entries.get(taken).sizeBytes();
            if (taken > 0 && bytes > PAGE_BYTES_MAX) {
                break;
            }
            keys.add(Item.key(Table.MSG, entries.get(taken).text(), ""));
        }
        int count = taken;
        return reads.get(Table.MSG, List.copyOf(keys)).map(items -> {
            boolean more = count < entries.size();
            MessageId last = count == 0 ? null : entries.get(count - 1).id();
            boolean hasPage = entries.size() - count >= limit || !part.cut();
            if (more && last != null && hasPage) {
                ahead.put(key, new Ahead(last, new Part(entries.subList(count, entries.size()), part.cut())));
            }
            return new StoreReply.Messages(
                    messages(entries.subList(0, count), items), more || part.cut() ? last : null);
        });
    }

    private List<Message> messages(List<Entry> entries, List<Map<String, AttributeValue>> items) {
        Map<String, Map<String, AttributeValue>> byText = new HashMap<>();
        items.forEach(item -> byText.put(Item.text(item, "msgid"), item));
        List<Message> messages = new ArrayList<>(entries.size());
        for (Entry entry : entries) {
            Map<String, AttributeValue> item = byText.get(entry.text());
            Message message = item == null ? null : bodies.read(item, entry.id(), entry.text());
            if (message != null) {
                messages.add(message);
            }
        }
        return messages;
    }

    private Future<Part> read(String topic, int count, Map<String, MessageId> from) {
        MessageId after = from.get(topic);
        return after == null ? Future.succeededFuture(Part.NOTHING) : index.after(topic, after, count);
    }

    // ---- wildcard filters

    private Future<Part> merged(TopicFilter filter, int limit, From from) {
        Merge merge = new Merge(AHEAD_ENTRIES_MAX);
        return merge(merge, filter, "", limit, from).map(v -> merge.result());
    }

    private Future<Void> merge(Merge merge, TopicFilter filter, String afterTopic, int limit, From from) {
        return topics.list(filter, afterTopic, TOPICS).compose(page -> {
            List<Topics.Row> matching = new ArrayList<>();
            List<String> names = new ArrayList<>();
            for (Topics.Row row : page.rows()) {
                if (filter.matches(row.topic())) {
                    matching.add(row);
                    names.add(row.topic());
                }
            }
            boolean isAll = !page.cut() && afterTopic.isEmpty();
            int count = Math.max(limit + 1, isAll ? AHEAD_ENTRIES_MAX / Math.max(1, names.size()) : 0);
            return from.apply(names)
                    .compose(at -> readAll(merge, matching, count, at))
                    .compose(v ->
                            page.cut() ? merge(merge, filter, page.last(), limit, from) : Future.succeededFuture());
        });
    }

    private Future<Void> readAll(Merge merge, List<Topics.Row> rows, int count, Map<String, MessageId> from) {
        List<Future<?>> all = new ArrayList<>(rows.size());
        long nowMs = System.currentTimeMillis();
        for (Topics.Row row : rows) {
            all.add(read(row.topic(), count, from).onSuccess(part -> {
                merge.add(part);
                boolean isWhole = MessageId.ZERO.equals(from.get(row.topic()));
                if (part == Part.ABSENT && isWhole) {
                    topics.empty(row, nowMs);
                }
            }));
        }
        return Future.join(all).mapEmpty();
    }
}
