package dev.mooring.store.embedded;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.store.Fetch;
import dev.mooring.store.RecentIds;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreOp.Enqueue.Entry;
import dev.mooring.store.StoreReply;
import dev.mooring.store.codec.Damaged;
import dev.mooring.store.codec.EntryCodec;
import dev.mooring.store.codec.MessageCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * The queues of sessions. {@code ENQUEUE}, {@code SENT}, {@code RELEASED}, {@code DEQUEUE} and {@code INBOUND_RELEASE}
 * read nothing: what they would have to ask is known in memory ({@link RecentIds}, {@link SharedBodies}, and which
 * sessions have in-flight marks at all), or is put right by the reader (a mark whose entry is gone means nothing).
 *
 * <p>Every operation reads before it writes or changes memory, so that one that fails leaves nothing behind.
 */
final class Queues {
    /** A message up to this size is written into every queue; a longer one once, if more than one queue gets it. */
    static final int INLINE_BYTES_MAX = 256;

    private static final int RECENT_IDS = 16_384;
    private static final int SENT = 1;
    private static final int RELEASED = 2;

    private final Rows rows;
    private final Figures figures;
    private final SharedBodies bodies = new SharedBodies();
    private final Set<Long> marked = new HashSet<>();
    private final RecentIds recent;

    /** Rebuilds what is kept in memory, and removes bodies that no queue refers to any more. */
    Queues(Rows rows, Figures figures) throws RocksDBException {
        this.rows = rows;
        this.figures = figures;
        MessageId greatest = MessageId.ZERO;
        ByteBuffer head = ByteBuffer.allocateDirect(EntryCodec.HEAD);
        byte[] key = new byte[24];
        try (RocksIterator it = rows.scan(Table.QUEUE)) {
            for (it.seekToFirst(); it.isValid(); it.next()) {
                head.clear();
                if (it.key(key) != key.length || it.value(head) < EntryCodec.HEAD) {
                    figures.damaged("queue", "a row of the wrong size");
                    continue;
                }
                MessageId position = Keys.idAtEnd(key);
                greatest = position.compareTo(greatest) > 0 ? position : greatest;
                if (EntryCodec.isElsewhere(head)) {
                    bodies.hold(position, Keys.sessionOf(key));
                }
            }
            it.status();
        }
        try (RocksIterator it = rows.scan(Table.INFLIGHT)) {
            for (it.seekToFirst(); it.isValid(); it.next()) {
                marked.add(Keys.sessionOf(it.key()));
            }
            it.status();
        }
        try (RocksIterator it = rows.scan(Table.BODY)) {
            for (it.seekToFirst(); it.isValid(); it.next()) {
                if (!bodies.isHeld(Keys.idAtEnd(it.key()))) {
                    rows.deleteOnce(Table.BODY, it.key());
                }
            }
            it.status();
        }
        this.recent = new RecentIds(RECENT_IDS, greatest);
    }

    /** The entries of it; the rest is elsewhere. */
    void enqueue(StoreOp.Enqueue op) throws RocksDBException {
        if (op.entries().isEmpty()) {
            return;
        }
        List<Entry> missing = missing(op);
        long[] sessions = new long[missing.size()];
        int others = 0; // than those of copies
        for (Entry e : missing) {
            if (e.copy() == null) {
                sessions[others++] = e.sessionId();
            }
        }
        Message m = op.message();
        int sizeMax = MessageCodec.sizeMax(m);
        boolean inline = others < 2 || sizeMax <= INLINE_BYTES_MAX;
        for (Entry e : missing) {
            Message of = op.message(e);
            boolean isWhole = inline || e.copy() != null;
            ByteBuffer value = rows.value(EntryCodec.sizeMax(e, of, isWhole));
            EntryCodec.write(e, of, isWhole, value);
            rows.put(Table.QUEUE, Keys.entry(e.sessionId(), of.id()), value);
        }
        if (!inline) {
            if (!bodies.isHeld(m.id())) {
                ByteBuffer value = rows.value(sizeMax);
                MessageCodec.write(m, value);
                rows.put(Table.BODY, m.id().toBytes(), value);
            }
            bodies.hold(m.id(), sessions, others);
        }
    }

    private List<Entry> missing(StoreOp.Enqueue op) throws RocksDBException {
        boolean areNew = recent.isNew(op.message().id());
        for (Entry e : op.entries()) {
            areNew &= e.copy() == null || recent.isNew(e.copy().id());
        }
        if (areNew) {
            return op.entries();
        }
        List<Entry> missing = new ArrayList<>();
        for (Entry e : op.entries()) {
            if (!rows.contains(
                    Table.QUEUE, Keys.entry(e.sessionId(), op.message(e).id()))) {
                missing.add(e);
            }
        }
        return missing;
    }

    void inbound(long sessionId, int packetId) throws RocksDBException {
        rows.put(Table.INBOUND, Keys.packet(sessionId, packetId), new byte[] {Table.VERSION});
    }

    StoreReply inboundRelease(long sessionId, int packetId) throws RocksDBException {
        rows.delete(Table.INBOUND, Keys.packet(sessionId, packetId));
        return StoreReply.DONE;
    }

    StoreReply sent(StoreOp.Sent op) throws RocksDBException {
        mark(op.sessionId(), op.position(), op.packetId(), SENT);
        return StoreReply.DONE;
    }

    StoreReply released(StoreOp.Released op) throws RocksDBException {
        mark(op.sessionId(), op.position(), op.packetId(), RELEASED);
        return StoreReply.DONE;
    }

    private void mark(long sessionId, MessageId position, int packetId, int state) throws RocksDBException {
        byte[] value = {Table.VERSION, (byte) (packetId >>> 8), (byte) packetId, (byte) state};
        rows.put(Table.INFLIGHT, Keys.entry(sessionId, position), value);
        marked.add(sessionId);
    }

    StoreReply dequeue(long sessionId, MessageId position) throws RocksDBException {
        byte[] key = Keys.entry(sessionId, position);
        rows.deleteOnce(Table.QUEUE, key);
        if (marked.contains(sessionId)) {
            rows.delete(Table.INFLIGHT, key);
        }
        if (bodies.release(position, sessionId)) {
            rows.deleteOnce(Table.BODY, position.toBytes());
        }
        return StoreReply.DONE;
    }

    /** Positions that are not there, or are in flight, are passed over. */
    StoreReply move(StoreOp.QueueMove op) throws RocksDBException {
        byte[] memory = Keys.move(op.toSessionId(), op.fromSessionId());
        Answered last = Answered.read(rows.get(Table.META, memory));
        if (last != null && last.by().equals(op.by())) {
            return new StoreReply.Moved(last.count(), last.bytes());
        }
        Set<MessageId> inFlight = inFlight(op.fromSessionId()).keySet();
        Map<MessageId, byte[]> values = new HashMap<>();
        Set<MessageId> there = new HashSet<>();
        for (MessageId position : op.positions()) {
            byte[] value = rows.get(Table.QUEUE, Keys.entry(op.fromSessionId(), position));
            if (value != null && !inFlight.contains(position)) {
                values.put(position, value);
                if (rows.contains(Table.QUEUE, Keys.entry(op.toSessionId(), position))) {
                    there.add(position);
                }
            }
        }
        if (op.fromSessionId() == op.toSessionId()) {
            return new StoreReply.Moved(0, 0);
        }
        long bytes = 0;
        for (Map.Entry<MessageId, byte[]> e : values.entrySet()) {
            MessageId position = e.getKey();
            if (!there.contains(position)) {
                byte[] key = Keys.entry(op.toSessionId(), position);
                rows.put(Table.QUEUE, key, EntryCodec.moved(e.getValue(), op));
                bytes += sizeBytes(e.getValue());
                if (marked.contains(op.toSessionId())) {
                    rows.delete(
                            Table.INFLIGHT, key); // of a SENT that came after the entry had moved away from here once
                }
                if (EntryCodec.isElsewhere(ByteBuffer.wrap(e.getValue()))) {
                    bodies.hold(position, op.toSessionId());
                }
            }
            dequeue(op.fromSessionId(), position);
        }
        int count = values.size() - there.size();
        rows.put(Table.META, memory, new Answered(op.by(), count, bytes, MessageId.ZERO).row());
        return new StoreReply.Moved(count, bytes);
    }

    private static long sizeBytes(byte[] entry) {
        return entry.length < EntryCodec.HEAD ? 0 : EntryCodec.sizeBytes(ByteBuffer.wrap(entry));
    }

    StoreReply load(long sessionId, List<Fetch> fetches) throws RocksDBException {
        List<StoreReply.QueueEntry> entries = new ArrayList<>();
        Map<MessageId, byte[]> marks = inFlight(sessionId);
        int left = 0;
        for (Map.Entry<MessageId, byte[]> mark : marks.entrySet()) {
            MessageId position = mark.getKey();
            byte[] key = Keys.entry(sessionId, position);
            byte[] value = rows.get(Table.QUEUE, key);
            if (value == null) {
                rows.delete(Table.INFLIGHT, key);
                continue;
            }
            left++;
            byte[] state = mark.getValue();
            if (state.length < 4 || state[0] != Table.VERSION) {
                figures.damaged("inflight", "a mark of " + state.length + " bytes");
                continue;
            }
            int packetId = (state[1] & 0xFF) << 8 | state[2] & 0xFF;
            StoreReply.QueueEntry entry = entry(position, value, packetId, state[3] == RELEASED);
            if (entry != null) {
                entries.add(entry);
            }
        }
        if (left == 0) {
            marked.remove(sessionId);
        }
        entries.sort((a, b) -> a.position().compareTo(b.position()));
        return new StoreReply.SessionState(entries, inboundIds(sessionId), fetches);
    }

    private int[] inboundIds(long sessionId) throws RocksDBException {
        int[] ids = new int[16];
        int n = 0;
        try (RocksIterator it = rows.scanSession(Table.INBOUND)) {
            for (it.seek(Keys.session(sessionId)); it.isValid(); it.next()) {
                byte[] key = it.key();
                ids = n == ids.length ? Arrays.copyOf(ids, 2 * n) : ids;
                ids[n++] = (key[8] & 0xFF) << 8 | key[9] & 0xFF;
            }
            it.status();
        }
        return Arrays.copyOf(ids, n);
    }

    StoreReply read(StoreOp.QueueRead op) throws RocksDBException {
        Set<MessageId> inFlight = inFlight(op.sessionId()).keySet();
        List<StoreReply.QueueEntry> entries = new ArrayList<>();
        long bytes = 0;
        try (RocksIterator it = rows.scanSession(Table.QUEUE)) {
            for (it.seek(Keys.entry(op.sessionId(), op.after())); it.isValid(); it.next()) {
                MessageId position = Keys.idAtEnd(it.key());
                if (position.equals(op.after()) || inFlight.contains(position)) {
                    continue;
                }
                StoreReply.QueueEntry entry = entry(position, it.value(), 0, false);
                if (entry == null || entry.message() == null) {
                    continue;
                }
                bytes += entry.message().sizeBytes();
                if (!entries.isEmpty() && (entries.size() >= op.limit() || bytes > op.bytesMax())) {
                    return new StoreReply.Entries(entries, true);
                }
                entries.add(entry);
            }
            it.status();
        }
        return new StoreReply.Entries(entries, false);
    }

    /** Drops until at least {@code count} entries and at least {@code bytes} bytes are gone. */
    StoreReply trim(StoreOp.QueueTrim op) throws RocksDBException {
        Answered last = Answered.read(rows.get(Table.META, Keys.trim(op.sessionId())));
        int newer = last == null ? -1 : last.by().compareTo(op.by());
        if (last != null && newer >= 0) {
            return newer > 0
                    ? new StoreReply.Trimmed(0, 0, MessageId.ZERO)
                    : new StoreReply.Trimmed(last.count(), last.bytes(), last.until());
        }
        Set<MessageId> inFlight = inFlight(op.sessionId()).keySet();
        List<MessageId> drop = new ArrayList<>();
        ByteBuffer head = ByteBuffer.allocateDirect(EntryCodec.HEAD);
        long bytes = 0;
        try (RocksIterator it = rows.scanSession(Table.QUEUE)) {
            it.seek(Keys.session(op.sessionId()));
            while (it.isValid() && (drop.size() < op.count() || bytes < op.bytes())) {
                MessageId position = Keys.idAtEnd(it.key());
                if (!inFlight.contains(position)) {
                    drop.add(position);
                    head.clear();
                    bytes += it.value(head) < EntryCodec.HEAD ? 0 : EntryCodec.sizeBytes(head);
                }
                it.next();
            }
            it.status();
        }
        for (MessageId position : drop) {
            dequeue(op.sessionId(), position);
        }
        MessageId until = drop.isEmpty() ? MessageId.ZERO : drop.get(drop.size() - 1);
        rows.put(Table.META, Keys.trim(op.sessionId()), new Answered(op.by(), drop.size(), bytes, until).row());
        return new StoreReply.Trimmed(drop.size(), bytes, until);
    }

    /** Lets go of what a session that is being deleted holds in memory. @return its queued positions */
    List<MessageId> forget(long sessionId) throws RocksDBException {
        List<MessageId> positions = new ArrayList<>();
        try (RocksIterator it = rows.scanSession(Table.QUEUE)) {
            for (it.seek(Keys.session(sessionId)); it.isValid(); it.next()) {
                positions.add(Keys.idAtEnd(it.key()));
            }
            it.status();
        }
        for (MessageId position : positions) {
            if (bodies.release(position, sessionId)) {
                rows.deleteOnce(Table.BODY, position.toBytes());
            }
        }
        marked.remove(sessionId);
        return positions;
    }

    int sharedBodies() {
        return bodies.size();
    }

    private Map<MessageId, byte[]> inFlight(long sessionId) throws RocksDBException {
        if (!marked.contains(sessionId)) {
            return Map.of();
        }
        Map<MessageId, byte[]> marks = new HashMap<>();
        try (RocksIterator it = rows.scanSession(Table.INFLIGHT)) {
            for (it.seek(Keys.session(sessionId)); it.isValid(); it.next()) {
                marks.put(Keys.idAtEnd(it.key()), it.value());
            }
            it.status();
        }
        return marks;
    }

    /** Null when the row cannot be used; that has been counted and logged then. */
    private StoreReply.@Nullable QueueEntry entry(MessageId position, byte[] value, int packetId, boolean released)
            throws RocksDBException {
        try {
            EntryCodec e = EntryCodec.read(ByteBuffer.wrap(value), !released);
            Message message = e.message();
            if (e.bodyElsewhere() && !released) {
                byte[] body = rows.get(Table.BODY, position.toBytes());
                if (body == null) {
                    throw new Damaged("the body of " + position + " is missing");
                }
                message = MessageCodec.read(ByteBuffer.wrap(body));
            }
            return new StoreReply.QueueEntry(
                    position,
                    message,
                    e.qos(),
                    e.retain(),
                    e.identifiers(),
                    e.shared(),
                    packetId,
                    released,
                    e.sizeBytes());
        } catch (Damaged e) {
            figures.damaged("queue", e);
            return null;
        }
    }
}
