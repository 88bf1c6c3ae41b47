package dev.mooring.store.redis;

import dev.mooring.message.MessageId;
import dev.mooring.store.index.Entry;
import dev.mooring.store.index.Part;
import io.vertx.core.Future;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code mqtt:msg:{topic}}. With equal scores and ids of 20 characters, which is what is written by default, the
 * order of bytes is that of time, and a part is read from anywhere. Of any other index, of an EMQX or with
 * {@code id_format} emqx4, the whole is read and sorted here: neither scores nor texts of such have a dependable order.
 */
final class Index {
    /** Of an index that another program lets grow, so many of the lowest scores are seen. */
    private static final int WHOLE_MAX = 200_000;
    /** Given at once of what had to be read as a whole, so that it need not be for every page. */
    private static final int SORTED_MAX = 10_000;

    /** What {@link Script#INDEX_READ} says of an index. */
    private static final int ORDERED = 1;

    private static final int ABSENT = 2;

    private final Ids ids;

    Index(Ids ids) {
        this.ids = ids;
    }

    /** The first entries after an id. */
    Future<Part> after(String topic, MessageId after, int count, Pipeline pipeline) {
        Request read = request(topic, "ZRANGEBYLEX", Ids.border('(', after), "+", count);
        return pipeline.sendAfter(read).map(response -> {
            if (response == null || response.get(0).toInteger() == ABSENT) {
                return Part.ABSENT;
            }
            List<Entry> entries = entries(response, topic);
            entries.removeIf(e -> e.id().compareTo(after) <= 0);
            if (response.get(0).toInteger() == ORDERED) {
                return new Part(entries, entries.size() == count);
            }
            int most = Math.max(count, SORTED_MAX);
            return entries.size() > most
                    ? new Part(List.copyOf(entries.subList(0, most)), true)
                    : new Part(entries, false);
        });
    }

    /** The last entry that is not after an id. */
    Future<@Nullable Entry> newest(String topic, MessageId until, Pipeline pipeline) {
        Request read = request(topic, "ZREVRANGEBYLEX", Ids.border('[', until), "-", 1);
        return pipeline.sendAfter(read).map(response -> {
            List<Entry> entries = entries(response, topic);
            entries.removeIf(e -> e.id().compareTo(until) > 0);
            return entries.isEmpty() ? null : entries.get(entries.size() - 1);
        });
    }

    private static Request request(String topic, String command, String from, String to, int count) {
        return Script.INDEX_READ
                .on(Keys.index(Keys.utf8(topic)))
                .arg(command)
                .arg(from)
                .arg(to)
                .arg(count)
                .arg(WHOLE_MAX);
    }

    private List<Entry> entries(@Nullable Response response, String topic) {
        List<Entry> entries = new ArrayList<>();
        Response members = response == null ? null : response.get(1);
        for (int i = 0; members != null && i < members.size(); i++) {
            String text = members.get(i).toString();
            entries.add(new Entry(ids.of(text), text, topic, 0));
        }
        if (response != null && response.get(0).toInteger() != ORDERED) {
            entries.sort(Comparator.comparing(Entry::id));
        }
        return entries;
    }
}
