package dev.mooring.store.dynamodb;

import dev.mooring.message.MessageId;
import dev.mooring.store.Fetch;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import dev.mooring.store.StoreReply.QueueEntry;
import dev.mooring.store.codec.Damaged;
import dev.mooring.store.codec.SessionCodec;
import dev.mooring.store.dynamodb.Owners.Owner;
import dev.mooring.store.dynamodb.QueueRows.Row;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What becomes of queue entries: in flight, released, forgotten; and reading them. */
final class Queues {
    private final DynamoDbLink link;
    private final QueueRows rows;
    private final KnownParts known;
    private final Ranges ranges;
    private final Owners owners;

    Queues(DynamoDbLink link, QueueRows rows, KnownParts known, Owners owners) {
        this.link = link;
        this.rows = rows;
        this.known = known;
        this.ranges = new Ranges(link);
        this.owners = owners;
    }

    /** A mark of an entry that is gone means nothing. */
    void sent(StoreOp.Sent op, @Nullable Owner owner, Answer who, Stages stages) {
        mark(op.sessionId(), op.position(), op.packetId(), false, owner, who, stages);
    }

    void released(StoreOp.Released op, @Nullable Owner owner, Answer who, Stages stages) {
        mark(op.sessionId(), op.position(), op.packetId(), true, owner, who, stages);
    }

    private void mark(
            long sessionId,
            MessageId position,
            int packetId,
            boolean released,
            @Nullable Owner owner,
            Answer who,
            Stages stages) {
        Map<String, AttributeValue> mark = QueueRows.mark(sessionId, position, packetId, released);
        List<Object> keys = List.of(new State.Session(sessionId), position);
        if (owner == null) {
            stages.stage(keys, List.of()).writes.put(Table.STATE, mark, who);
        } else {
            stages.stage(List.of(), keys).run(who, () -> owners.write(owner, owners.put(mark)));
        }
    }

    void inboundRelease(StoreOp.InboundRelease op, @Nullable Owner owner, Answer who, Stages stages) {
        String sid = StateKeys.sid(op.sessionId());
        String key = StateKeys.inbound(op.packetId());
        List<Object> keys =
                List.of(new State.Session(op.sessionId()), new State.Inbound(op.sessionId(), op.packetId()));
        if (owner == null) {
            stages.stage(keys, List.of()).writes.delete(Table.STATE, sid, key, who);
        } else {
            stages.stage(List.of(), keys).run(who, () -> owners.write(owner, owners.delete(sid, key)));
        }
    }

    void dequeue(StoreOp.Dequeue op, Answer who, Stages stages) {
        String sid = StateKeys.sid(op.sessionId());
        int parts = known.of(op.position());
        List<Object> keys = new ArrayList<>(3);
        keys.add(new State.Session(op.sessionId()));
        keys.add(op.position());
        if (parts != KnownParts.NONE) {
            keys.add(State.HOLDERS);
        }
        Stage stage = stages.stage(keys, List.of());
        if (parts != KnownParts.NONE) {
            stage.releases.add(sid, op.position(), parts, who);
        }
        QueueRows.delete(stage.writes, sid, op.position(), who);
    }

    // ---- reading

    void read(StoreOp.QueueRead op, Answer who, Stages stages) {
        stages.stage(List.of(), List.of(new State.Session(op.sessionId())))
                .ask(
                        who,
                        () -> read(StateKeys.sid(op.sessionId()), op.after(), Math.max(1, op.limit()), op.bytesMax()));
    }

    private Future<StoreReply> read(String sid, MessageId after, int limit, int bytesMax) {
        return rows.inFlight(sid, after).compose(marked -> {
            Page page = new Page(after, limit, bytesMax, marked);
            Ranges.Range queue =
                    new Ranges.Range(Table.STATE, sid, StateKeys.entry(after), StateKeys.ENTRY + StateKeys.END);
            return ranges.each(queue, likely(limit, marked), page::add)
                    .compose(v -> rows.entries(page.rows))
                    .compose(entries -> entries.isEmpty() && page.more
                            ? read(sid, page.last, limit, bytesMax) // nothing on it could be used
                            : Future.succeededFuture(new StoreReply.Entries(entries, page.more)));
        });
    }

    private static int likely(int limit, Set<String> marked) {
        return (int) Math.min(1_000L, 2L + limit + marked.size());
    }

    /** Entries of an answer, as they are found. */
    private final class Page {
        final List<Row> rows = new ArrayList<>();
        MessageId last;
        boolean more;
        private final String afterText;
        private final int limit;
        private final int bytesMax;
        private final Set<String> marked;
        private long bytes;

        Page(MessageId after, int limit, int bytesMax, Set<String> marked) {
            this.last = after;
            this.afterText = after.toString();
            this.limit = limit;
            this.bytesMax = bytesMax;
            this.marked = marked;
        }

        boolean add(Map<String, AttributeValue> item) {
            String position = QueueRows.positionText(Item.text(item, "key"));
            if (position.equals(afterText) || marked.contains(position)) {
                return true;
            }
            Row row = Queues.this.rows.row(item, 0, false);
            if (row == null) {
                return true;
            }
            bytes += row.entry().sizeBytes();
            if (!rows.isEmpty() && (rows.size() >= limit || bytes > bytesMax)) {
                more = true;
                return false;
            }
            rows.add(row);
            last = row.position();
            return true;
        }
    }

    void load(StoreOp.SessionLoad op, Answer who, Stages stages) {
        stages.stage(List.of(), List.of(new State.Session(op.sessionId())))
                .ask(who, () -> load(StateKeys.sid(op.sessionId())));
    }

    /** Marks, fetches and inbound packet ids stand together; then the entries of the marks. */
    private Future<StoreReply> load(String sid) {
        Map<String, Map<String, AttributeValue>> marks = new HashMap<>();
        List<Fetch> fetches = new ArrayList<>(0);
        List<Integer> inbound = new ArrayList<>(0);
        Ranges.Range range = new Ranges.Range(Table.STATE, sid, StateKeys.MARK, StateKeys.INBOUND + StateKeys.END);
        return ranges.each(range, 1_000, row -> {
                    String key = Item.text(row, "key");
                    if (key.startsWith(StateKeys.MARK)) {
                        marks.put(QueueRows.positionText(key), row);
                    } else if (key.startsWith(StateKeys.FETCH)) {
                        addFetch(fetches, row);
                    } else {
                        addInbound(inbound, key);
                    }
                    return true;
                })
                .compose(v -> inFlight(sid, marks))
                .map(entries -> new StoreReply.SessionState(
                        entries, inbound.stream().mapToInt(Integer::intValue).toArray(), fetches));
    }

    private Future<List<QueueEntry>> inFlight(String sid, Map<String, Map<String, AttributeValue>> marks) {
        List<Map<String, AttributeValue>> keys = new ArrayList<>(marks.size());
        marks.keySet().forEach(position -> keys.add(Item.key(Table.STATE, sid, StateKeys.ENTRY + position)));
        return new Reads(link).get(Table.STATE, keys).compose(items -> {
            List<Row> found = new ArrayList<>(items.size());
            for (Map<String, AttributeValue> item : items) {
                Map<String, AttributeValue> mark = marks.remove(QueueRows.positionText(Item.text(item, "key")));
                Row row = mark == null
                        ? null
                        : rows.row(
                                item, (int) Item.number(mark, "packet_id", 0), Item.number(mark, "released", 0) != 0);
                if (row != null) {
                    found.add(row);
                }
            }
            found.sort(Comparator.comparing(Row::position));
            return removeMarks(sid, marks.keySet()).compose(v -> rows.entries(found));
        });
    }

    /** Of entries that are gone. Fails never: they mean nothing. */
    private Future<Void> removeMarks(String sid, Set<String> positions) {
        Writes writes = new Writes(link);
        positions.forEach(position -> writes.delete(Table.STATE, sid, StateKeys.MARK + position, Answer.ignored()));
        return writes.run();
    }

    private static void addInbound(List<Integer> ids, String key) {
        try {
            ids.add(Integer.valueOf(key.substring(StateKeys.INBOUND.length())));
        } catch (NumberFormatException e) {
            State.damaged("the packet id " + key, e);
        }
    }

    private static void addFetch(List<Fetch> fetches, Map<String, AttributeValue> row) {
        byte[] name = Item.bytes(row, "name");
        byte[] value = Item.bytes(row, "fetch");
        try {
            fetches.add(SessionCodec.fetch(ByteBuffer.wrap(orEmpty(name)), orEmpty(value)));
        } catch (Damaged e) {
            State.damaged("a fetch of session " + Item.text(row, "sid"), e);
        }
    }

    private static byte[] orEmpty(byte @Nullable [] bytes) {
        return bytes == null ? new byte[0] : bytes;
    }
}
