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
import dev.mooring.store.codec.LastNames;
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

    private final Rows rows;
    private final Figures figures;
    private final SharedBodies bodies = new SharedBodies();
    private final InFlight inFlight;
    private final RecentIds recent;
    private final byte[] readKey = new byte[8 + MessageId.BYTES];
    private final byte[] readValue = new byte[4_096]; // a longer one gets an array of its own

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
        this.inFlight = new InFlight(rows, figures);
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

    boolean hasInbound(long sessionId, int packetId) throws RocksDBException {
        return rows.contains(Table.INBOUND, Keys.packet(sessionId, packetId));
    }

    void inbound(long sessionId, int packetId) throws RocksDBException {
        rows.put(Table.INBOUND, Keys.packet(sessionId, packetId), new byte[] {Table.VERSION});
    }

    StoreReply inboundRelease(long sessionId, int packetId) throws RocksDBException {
        rows.delete(Table.INBOUND, Keys.packet(sessionId, packetId));
        return StoreReply.DONE;
    }

    StoreReply sent(StoreOp.Sent op) throws RocksDBException {
        inFlight.mark(op.sessionId(), op.position(), op.packetId(), InFlight.SENT);
        return StoreReply.DONE;
    }

    StoreReply released(StoreOp.Released op) throws RocksDBException {
        inFlight.mark(op.sessionId(), op.position(), op.packetId(), InFlight.RELEASED);
        return StoreReply.DONE;
    }

    StoreReply dequeue(long sessionId, MessageId position) throws RocksDBException {
        rows.deleteOnce(Table.QUEUE, Keys.entry(sessionId, position));
        inFlight.remove(sessionId, position);
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
        InFlight.Positions sent = inFlight.of(op.fromSessionId());
        Map<MessageId, byte[]> values = new HashMap<>();
        Set<MessageId> there = new HashSet<>();
        for (MessageId position : op.positions()) {
            byte[] value = rows.get(Table.QUEUE, Keys.entry(op.fromSessionId(), position));
            if (value != null && !sent.contains(position)) {
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
                inFlight.markNew(op.toSessionId(), position); // it may have been here before
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
        InFlight.Log log = inFlight.load(sessionId);
        Map<MessageId, InFlight.Mark> left = new HashMap<>();
        LastNames names = new LastNames();
        for (Map.Entry<MessageId, InFlight.Mark> e : log.marks.entrySet()) {
            MessageId position = e.getKey();
            InFlight.Mark mark = e.getValue();
            byte[] value = mark.isInFlight() ? rows.get(Table.QUEUE, Keys.entry(sessionId, position)) : null;
            if (value != null) {
                left.put(position, mark);
                StoreReply.QueueEntry entry =
                        entry(position, ByteBuffer.wrap(value), names, mark.packetId, mark.isReleased());
                if (entry != null) {
                    entries.add(entry);
                }
            }
        }
        inFlight.begin(sessionId, log, left);
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
        InFlight.Positions sent = inFlight.of(op.sessionId());
        List<StoreReply.QueueEntry> entries = new ArrayList<>();
        long bytes = 0;
        LastNames names = new LastNames();
        try (RocksIterator it = rows.scanSession(Table.QUEUE)) {
            for (it.seek(Keys.entry(op.sessionId(), op.after())); it.isValid(); it.next()) {
                it.key(readKey);
                MessageId position = Keys.idAtEnd(readKey);
                if (position.equals(op.after()) || sent.contains(position)) {
                    continue;
                }
                int size = it.value(readValue);
                ByteBuffer value = ByteBuffer.wrap(size > readValue.length ? it.value() : readValue, 0, size);
                StoreReply.QueueEntry entry = entry(position, value, names, 0, false);
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

    /** Drops until at least {@code count} entries and at least {@code bytes} bytes are gone, or none is old enough. */
    StoreReply trim(StoreOp.QueueTrim op) throws RocksDBException {
        Answered last = Answered.read(rows.get(Table.META, Keys.trim(op.sessionId())));
        int newer = last == null ? -1 : last.by().compareTo(op.by());
        if (last != null && newer >= 0) {
            return newer > 0
                    ? new StoreReply.Trimmed(0, 0, MessageId.ZERO)
                    : new StoreReply.Trimmed(last.count(), last.bytes(), last.until());
        }
        InFlight.Positions sent = inFlight.of(op.sessionId());
        List<MessageId> drop = new ArrayList<>();
        ByteBuffer head = ByteBuffer.allocateDirect(EntryCodec.HEAD);
        long bytes = 0;
        try (RocksIterator it = rows.scanSession(Table.QUEUE)) {
            it.seek(Keys.session(op.sessionId()));
            while (it.isValid() && (drop.size() < op.count() || bytes < op.bytes())) {
                MessageId position = Keys.idAtEnd(it.key());
                if (position.compareTo(op.before()) >= 0) {
                    break;
                }
                if (!sent.contains(position)) {
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
        inFlight.forget(sessionId);
        return positions;
    }

    /** To be called before a batch is committed. */
    void write() throws RocksDBException {
        inFlight.write();
    }

    /** The session has no connection any more. */
    void rest(long sessionId) {
        inFlight.rest(sessionId);
    }

    List<byte[]> inFlightKeys(long sessionId) throws RocksDBException {
        return inFlight.keys(sessionId);
    }

    int sharedBodies() {
        return bodies.size();
    }

    /** Null when the row cannot be used; that has been counted and logged then. */
    private StoreReply.@Nullable QueueEntry entry(
            MessageId position, ByteBuffer value, LastNames names, int packetId, boolean released)
            throws RocksDBException {
        try {
            EntryCodec e = EntryCodec.read(value, !released, names);
            Message message = e.message();
            if (e.bodyElsewhere() && !released) {
                byte[] body = rows.get(Table.BODY, position.toBytes());
                if (body == null) {
                    throw new Damaged("the body of " + position + " is missing");
                }
                message = MessageCodec.read(ByteBuffer.wrap(body), names);
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
