package dev.mooring.store.embedded;

import dev.mooring.message.MessageId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * Which queue entries are in flight, and under which packet ids.
 *
 * <p>A session that comes back is sent a page of its queue at once, and a row for each message would cost twice what
 * the queue itself does: so what one session marks in a row becomes one row, a run. The runs of a session are a log: of
 * two that name an entry the later one counts, and none does whose entry is gone. A run is written once, and removed by
 * a single delete when every entry that it is the latest to name has left the queue.
 *
 * <p>To know when, it is kept in memory which run that is, for sessions from {@code SESSION_LOAD} to the
 * {@code SESSION_SAVE} that says they are disconnected. Those entries are in flight on a connection, which bounds them.
 * Of any other session it is only known whether it has runs.
 */
final class InFlight {
    /** The entry has come to this queue anew: what was said of it before does not count. */
    static final int NOT = 0;

    static final int SENT = 1;
    static final int RELEASED = 2;

    private static final int RUN_MAX = 256;
    private static final int HEAD = 1 + 1;
    private static final int MARK = MessageId.BYTES + 2;

    private final Rows rows;
    private final Figures figures;
    private final Map<Long, Session> sessions = new HashMap<>(); // those that have runs, and those on line
    private final ByteBuffer open = ByteBuffer.allocateDirect(HEAD + RUN_MAX * MARK);
    private @Nullable Run openRun; // not written yet
    private long openSession;
    private long nextNumber = 1;

    /** A row, and how many entries it is the latest to name. */
    private static final class Run {
        final long number;
        final int state;
        int latest;

        Run(long number, int state) {
            this.number = number;
            this.state = state;
        }
    }

    /** The latest that is said of an entry. */
    static final class Mark {
        final int packetId;
        private final Run run;

        private Mark(int packetId, Run run) {
            this.packetId = packetId;
            this.run = run;
        }

        boolean isReleased() {
            return run.state == RELEASED;
        }

        boolean isInFlight() {
            return run.state != NOT;
        }
    }

    /** The runs of a session. */
    static final class Log {
        final Map<MessageId, Mark> marks = new HashMap<>();
        private final List<byte[]> keys = new ArrayList<>();
        private int named; // entries in all runs, some more than once

        private void add(byte[] key, ByteBuffer value, Figures figures) {
            keys.add(key);
            if (key.length != Keys.RUN_BYTES
                    || (value.remaining() - HEAD) % MARK != 0
                    || value.get() != Table.VERSION) {
                figures.damaged("inflight", "a run of " + value.limit() + " bytes");
                named++; // of nothing that can be left: it goes
                return;
            }
            Run run = new Run(Keys.runOf(key), value.get());
            while (value.hasRemaining()) {
                MessageId position = new MessageId(value.getLong(), value.getLong());
                Mark before = marks.put(position, new Mark(value.getShort() & 0xFFFF, run));
                run.latest++;
                named++;
                if (before != null) {
                    before.run.latest--;
                }
            }
        }
    }

    private static final class Session {
        /** Null when it has runs that were not read. */
        @Nullable
        Map<MessageId, Run> latest;
    }

    InFlight(Rows rows, Figures figures) throws RocksDBException {
        this.rows = rows;
        this.figures = figures;
        try (RocksIterator it = rows.scan(Table.INFLIGHT)) {
            for (it.seekToFirst(); it.isValid(); it.next()) {
                byte[] key = it.key();
                sessions.put(Keys.sessionOf(key), new Session());
                nextNumber = Math.max(nextNumber, key.length == Keys.RUN_BYTES ? Keys.runOf(key) + 1 : 1);
            }
            it.status();
        }
    }

    /** @param state {@link #SENT}, {@link #RELEASED} or {@link #NOT} */
    void mark(long sessionId, MessageId position, int packetId, int state) throws RocksDBException {
        Run run = openRun;
        if (run == null || openSession != sessionId || run.state != state || open.remaining() < MARK) {
            write();
            run = new Run(nextNumber++, state);
            openRun = run;
            openSession = sessionId;
            open.clear().put(Table.VERSION).put((byte) state);
        }
        open.putLong(position.timeUs()).putLong(position.nodeSequence()).putShort((short) packetId);
        Session session = sessions.get(sessionId);
        if (session == null) {
            session = new Session();
            session.latest = new HashMap<>();
            sessions.put(sessionId, session);
        }
        if (session.latest != null) {
            run.latest++;
            Run before = session.latest.put(position, run);
            if (before != null && before != run && before.latest == 1) {
                write(); // or a crash could find neither of the two
            }
            leave(sessionId, before);
        }
    }

    /** What a run from before says of this entry must not count, if there may be one. */
    void markNew(long sessionId, MessageId position) throws RocksDBException {
        Session session = sessions.get(sessionId);
        if (session != null && (session.latest == null || !session.latest.isEmpty())) {
            mark(sessionId, position, 0, NOT);
        }
    }

    /** The entry has left the queue. */
    void remove(long sessionId, MessageId position) throws RocksDBException {
        Session session = sessions.get(sessionId);
        if (session != null && session.latest != null) {
            leave(sessionId, session.latest.remove(position));
        }
    }

    private void leave(long sessionId, @Nullable Run run) throws RocksDBException {
        if (run == null || --run.latest > 0) {
            return;
        }
        if (run == openRun) {
            openRun = null; // and so it never was
        } else {
            rows.deleteOnce(Table.INFLIGHT, Keys.run(sessionId, run.number));
        }
    }

    /** Puts what was marked last into the batch: before that is committed, or read. */
    void write() throws RocksDBException {
        Run run = openRun;
        if (run != null) {
            openRun = null;
            rows.put(Table.INFLIGHT, Keys.run(openSession, run.number), open);
        }
    }

    /** A view: what was asked before the queue changes must be used before. */
    Positions of(long sessionId) throws RocksDBException {
        Session session = sessions.get(sessionId);
        if (session == null) {
            return position -> false;
        }
        Map<MessageId, Run> latest = session.latest;
        if (latest != null) {
            return position -> {
                Run run = latest.get(position);
                return run != null && run.state != NOT;
            };
        }
        Map<MessageId, Mark> marks = read(sessionId).marks;
        return position -> {
            Mark mark = marks.get(position);
            return mark != null && mark.isInFlight();
        };
    }

    /** Entries in flight; {@link #of} tells which they are. */
    interface Positions {
        boolean contains(MessageId position);
    }

    /** All that is said of a session's entries, some of which may be gone. {@link #begin} follows. */
    Log load(long sessionId) throws RocksDBException {
        return sessions.containsKey(sessionId) ? read(sessionId) : new Log();
    }

    /**
     * A connection begins: account is kept from now on.
     *
     * @param log as it was loaded
     * @param left of its marks, those whose entries are there and in flight
     */
    void begin(long sessionId, Log log, Map<MessageId, Mark> left) throws RocksDBException {
        Session session = sessions.get(sessionId);
        if (session == null) {
            return;
        }
        if (left.size() == log.named) {
            Map<MessageId, Run> latest = new HashMap<>();
            left.forEach((position, mark) -> latest.put(position, mark.run));
            session.latest = latest;
            return;
        }
        for (byte[] run : log.keys) { // what does not count any more goes
            rows.deleteOnce(Table.INFLIGHT, run);
        }
        sessions.remove(sessionId);
        for (Map.Entry<MessageId, Mark> e : left.entrySet()) {
            mark(sessionId, e.getKey(), e.getValue().packetId, e.getValue().run.state);
        }
        write();
    }

    /** The connection is gone: what is in flight stays so, on the disk. */
    void rest(long sessionId) {
        Session session = sessions.get(sessionId);
        if (session == null || session.latest == null) {
            return;
        }
        if (session.latest.isEmpty()) {
            sessions.remove(sessionId);
        } else {
            session.latest = null;
        }
    }

    /** Of all its runs, for who deletes them and then {@link #forget}s the session. */
    List<byte[]> keys(long sessionId) throws RocksDBException {
        return load(sessionId).keys;
    }

    void forget(long sessionId) {
        sessions.remove(sessionId);
    }

    private Log read(long sessionId) throws RocksDBException {
        write();
        Log log = new Log();
        try (RocksIterator it = rows.scanSession(Table.INFLIGHT)) {
            for (it.seek(Keys.session(sessionId)); it.isValid(); it.next()) {
                log.add(it.key(), ByteBuffer.wrap(it.value()), figures);
            }
            it.status();
        }
        return log;
    }
}
