package dev.mooring.store.dynamodb;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.store.StoreOp.Enqueue.Entry;
import dev.mooring.store.StoreReply.QueueEntry;
import dev.mooring.store.codec.Damaged;
import dev.mooring.store.codec.EntryCodec;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Queue entries and marks as items of {@link Table#STATE}. */
final class QueueRows {
    /** An entry without a body is put away when it is so old: before, its ENQUEUE may be under way elsewhere. */
    private static final long ORPHAN_AFTER_US = 600_000_000L;

    private final DynamoDbLink link;
    private final SharedBodies bodies;
    private final KnownParts known;

    QueueRows(DynamoDbLink link, SharedBodies bodies, KnownParts known) {
        this.link = link;
        this.bodies = bodies;
        this.known = known;
    }

    /** @param parts rows of holders, or {@link KnownParts#NONE} when the body is to be in the item */
    static Map<String, AttributeValue> item(Entry e, Message m, int parts) {
        boolean inline = parts == KnownParts.NONE;
        ByteBuffer out = ByteBuffer.allocate(EntryCodec.sizeMax(e, m, inline));
        EntryCodec.write(e, m, inline, out);
        Map<String, AttributeValue> item = new HashMap<>(8);
        item.put("sid", Item.text(StateKeys.sid(e.sessionId())));
        item.put("key", Item.text(StateKeys.entry(m.id())));
        item.put("entry", Item.bytes(Arrays.copyOf(out.array(), out.position())));
        item.put("size", Item.number(m.sizeBytes()));
        if (!inline) {
            item.put("parts", Item.number(parts));
        }
        return item;
    }

    static Map<String, AttributeValue> mark(long sessionId, MessageId position, int packetId, boolean released) {
        Map<String, AttributeValue> item = new HashMap<>(8);
        item.put("sid", Item.text(StateKeys.sid(sessionId)));
        item.put("key", Item.text(StateKeys.mark(position)));
        item.put("packet_id", Item.number(packetId));
        if (released) {
            item.put("released", Item.number(1));
        }
        return item;
    }

    /** Rows of holders of what an item's entry refers to. */
    static int parts(Map<String, AttributeValue> item) {
        return (int) Item.number(item, "parts", KnownParts.NONE);
    }

    /** Positions of a session that are in flight, not before this one. */
    Future<Set<String>> inFlight(String sid, MessageId from) {
        Set<String> positions = new HashSet<>();
        Ranges.Range marks =
                new Ranges.Range(Table.STATE, sid, StateKeys.mark(from), StateKeys.MARK + StateKeys.END, "key");
        return new Ranges(link)
                .each(marks, 1_000, row -> positions.add(positionText(Item.text(row, "key"))))
                .map(positions);
    }

    static String positionText(String key) {
        return key.substring(StateKeys.ENTRY.length());
    }

    /** What is found of an entry before its body is fetched. */
    record Row(String sid, MessageId position, EntryCodec entry, int parts, int packetId, boolean released) {
        boolean needsBody() {
            return entry.bodyElsewhere() && !released;
        }
    }

    /** Null when it cannot be used; that has been said then. */
    @Nullable
    Row row(Map<String, AttributeValue> item, int packetId, boolean released) {
        String sid = Item.text(item, "sid");
        String key = Item.text(item, "key");
        try {
            byte[] value = Item.bytes(item, "entry");
            if (value == null) {
                throw new Damaged("it has no entry");
            }
            EntryCodec entry = EntryCodec.read(ByteBuffer.wrap(value), !released);
            MessageId position = StateKeys.position(key);
            int parts = parts(item);
            known.note(position, parts);
            return new Row(sid, position, entry, parts, packetId, released);
        } catch (Damaged | IllegalArgumentException e) {
            State.damaged("the queue entry " + sid + " " + key, e);
            return null;
        }
    }

    /** With their messages, in the same order; without those that have none. */
    Future<List<QueueEntry>> entries(List<Row> rows) {
        Set<MessageId> ids = new HashSet<>();
        for (Row row : rows) {
            if (row.needsBody()) {
                ids.add(row.position);
            }
        }
        return bodies.read(ids).compose(messages -> {
            List<QueueEntry> entries = new ArrayList<>(rows.size());
            List<Row> orphans = new ArrayList<>(0);
            for (Row row : rows) {
                Message message = row.needsBody() ? messages.get(row.position) : row.entry.message();
                if (message == null && !row.released) {
                    orphans.add(row);
                    continue;
                }
                entries.add(new QueueEntry(
                        row.position,
                        message,
                        row.entry.qos(),
                        row.entry.retain(),
                        row.entry.identifiers(),
                        row.entry.shared(),
                        row.packetId,
                        row.released,
                        row.entry.sizeBytes()));
            }
            return putAway(orphans).map(entries);
        });
    }

    /** Fails never: what is left is met again. */
    private Future<Void> putAway(List<Row> orphans) {
        long oldUs = System.currentTimeMillis() * 1_000 - ORPHAN_AFTER_US;
        Releases releases = new Releases(link);
        Writes writes = new Writes(link);
        for (Row row : orphans) {
            if (row.position.timeUs() < oldUs) {
                Answer nobody = Answer.ignored();
                releases.add(row.sid, row.position, row.parts, nobody);
                delete(writes, row.sid, row.position, nobody);
            }
        }
        return releases.run().compose(v -> writes.run());
    }

    /** An entry and its mark. */
    static void delete(Writes writes, String sid, MessageId position, Answer who) {
        writes.delete(Table.STATE, sid, StateKeys.entry(position), who);
        writes.delete(Table.STATE, sid, StateKeys.mark(position), who);
    }
}
