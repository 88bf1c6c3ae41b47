package dev.mooring.store.dynamodb;

import dev.mooring.message.Message;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Where a topic has one message, as an item of its own: the one of an exact filter, or pages by topic of what a
 * wildcard filter matches.
 */
final class TopicPages {
    /** A page ends early here, whatever its limit; one message is always taken. */
    private static final long PAGE_BYTES_MAX = 1L << 20;
    /** Names of topics in one answer. */
    private static final int NAMES = 1_000;

    private final Table table;
    private final Topics topics;
    private final Bodies bodies;
    private final Ids ids;
    private final Reads reads;

    TopicPages(Table table, Topics topics, Bodies bodies, Ids ids, Reads reads) {
        this.table = table;
        this.topics = topics;
        this.bodies = bodies;
        this.ids = ids;
        this.reads = reads;
    }

    void find(TopicFilter filter, String afterTopic, int limit, Answer answer, Stages stages) {
        if (filter.wildcard()) {
            stages.all().ask(answer, () -> find(filter, afterTopic, limit));
        } else if (!afterTopic.isEmpty() || Item.utf8Length(filter.filter()) > Item.HASH_MAX) {
            answer.reply(reply(List.of(), false));
        } else {
            stages.other(TopicMessages.topic(filter.filter()))
                    .ask(
                            answer,
                            () -> reads.get(table, filter.filter(), "").map(item -> {
                                Message m = item == null ? null : message(item);
                                return reply(m == null ? List.of() : List.of(m), false);
                            }));
        }
    }

    private Future<StoreReply> find(TopicFilter filter, String afterTopic, int limit) {
        return topics.list(filter, afterTopic, NAMES).compose(page -> {
            List<Topics.Row> matching = new ArrayList<>();
            for (Topics.Row row : page.rows()) {
                if (matching.size() < limit && filter.matches(row.topic())) {
                    matching.add(row);
                }
            }
            String last = matching.size() == limit ? matching.get(limit - 1).topic() : page.last();
            boolean isEnd = !page.cut() && last.equals(page.last());
            return read(matching).compose(read -> {
                boolean more = !isEnd || read.cut;
                return read.messages.isEmpty() && more // an empty page would not say where to go on
                        ? find(filter, last, limit)
                        : Future.succeededFuture(reply(read.messages, more));
            });
        });
    }

    private record Read(List<Message> messages, boolean cut) {}

    private Future<Read> read(List<Topics.Row> rows) {
        List<Map<String, AttributeValue>> keys = new ArrayList<>(rows.size());
        for (Topics.Row row : rows) {
            if (Item.utf8Length(row.topic()) <= Item.HASH_MAX) {
                keys.add(Item.key(table, row.topic(), ""));
            }
        }
        return reads.get(table, keys).map(items -> {
            Map<String, Map<String, AttributeValue>> byTopic = new HashMap<>();
            items.forEach(item -> byTopic.put(Item.text(item, "topic"), item));
            List<Message> messages = new ArrayList<>(items.size());
            long nowMs = System.currentTimeMillis();
            long bytes = 0;
            for (Topics.Row row : rows) {
                Map<String, AttributeValue> item = byTopic.get(row.topic());
                Message m = item == null ? null : message(item);
                if (item == null) {
                    topics.empty(row, nowMs);
                } else if (m != null) {
                    bytes += m.sizeBytes();
                    if (!messages.isEmpty() && bytes > PAGE_BYTES_MAX) {
                        return new Read(messages, true);
                    }
                    messages.add(m);
                }
            }
            return new Read(messages, false);
        });
    }

    private @Nullable Message message(Map<String, AttributeValue> item) {
        String id = Item.text(item, "msgid");
        return bodies.read(item, ids.of(id), Item.text(item, "topic"));
    }

    private static StoreReply reply(List<Message> messages, boolean more) {
        return new StoreReply.Messages(
                messages, more ? messages.get(messages.size() - 1).id() : null);
    }
}
