package dev.mooring.store.embedded;

import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.message.Will;
import dev.mooring.store.Fetch;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import dev.mooring.store.codec.Damaged;
import dev.mooring.store.codec.EntryCodec;
import dev.mooring.store.codec.SessionCodec;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/** Session records, their Wills and subscriptions, and the scan at the start. */
final class Sessions {
    /** From here on one range tombstone is cheaper for later readers than so many single ones. */
    private static final int RANGE_DELETE_FROM = 4096;

    private static final long NONE = Long.MIN_VALUE;

    private final Rows rows;
    private final Figures figures;
    private final Queues queues;

    /** Epochs that the batch has written and a read would not see; connects come in storms, and each asks for one. */
    private final Map<Long, Long> pendingEpochs = new HashMap<>();

    private long pendingGeneration;

    Sessions(Rows rows, Figures figures, Queues queues) {
        this.rows = rows;
        this.figures = figures;
        this.queues = queues;
    }

    StoreReply save(SessionRecord s) throws RocksDBException {
        long stored = epoch(s.sessionId());
        if (stored != NONE && stored > s.epoch()) {
            return StoreReply.Failed.replaced(s.sessionId(), Long.toString(stored), s.epoch());
        }
        byte[] key = Keys.session(s.sessionId());
        rows.put(Table.SESSION, key, SessionCodec.session(s));
        Will will = s.will();
        if (will == null) {
            rows.delete(Table.WILL, key);
        } else {
            rows.put(Table.WILL, key, SessionCodec.will(will));
        }
        pendingEpochs.put(s.sessionId(), s.epoch());
        if (s.disconnectedAtMs() != 0) {
            queues.rest(s.sessionId());
        }
        return StoreReply.DONE;
    }

    /** What an owner of this epoch is told, or null when the session is still its own. */
    @Nullable
    StoreReply refusal(StoreOp op, long sessionId, long epoch) throws RocksDBException {
        long stored = epoch(sessionId);
        if (stored == NONE && op instanceof StoreOp.SessionDelete) {
            return StoreReply.DONE; // it was deleted before
        }
        return stored != NONE && stored <= epoch
                ? null
                : StoreReply.Failed.replaced(sessionId, stored == NONE ? "none" : Long.toString(stored), epoch);
    }

    private long epoch(long sessionId) throws RocksDBException {
        if (pendingGeneration != rows.generation()) {
            pendingEpochs.clear();
            pendingGeneration = rows.generation();
        }
        Long pending = pendingEpochs.get(sessionId);
        if (pending != null) {
            return pending;
        }
        byte[] value = rows.getSettled(Table.SESSION, Keys.session(sessionId));
        try {
            return value == null ? NONE : SessionCodec.epoch(value);
        } catch (Damaged e) {
            figures.damaged("session", e);
            return NONE;
        }
    }

    void removeWill(long sessionId) throws RocksDBException {
        rows.delete(Table.WILL, Keys.session(sessionId));
    }

    StoreReply delete(long sessionId) throws RocksDBException {
        List<byte[]> subscriptions = keys(Table.SUBSCRIPTION, sessionId);
        List<byte[]> fetches = keys(Table.FETCH, sessionId);
        List<byte[]> inFlight = queues.inFlightKeys(sessionId);
        List<byte[]> inbound = keys(Table.INBOUND, sessionId);
        List<byte[]> moves = moves(sessionId);
        List<MessageId> queued = queues.forget(sessionId);
        if (queued.size() >= RANGE_DELETE_FROM && sessionId != -1) {
            rows.deleteRange(Table.QUEUE, Keys.session(sessionId), Keys.session(sessionId + 1));
            rows.compactSoon(Table.QUEUE);
        } else {
            for (MessageId position : queued) {
                rows.deleteOnce(Table.QUEUE, Keys.entry(sessionId, position));
            }
        }
        deleteAll(Table.SUBSCRIPTION, subscriptions);
        deleteAll(Table.FETCH, fetches);
        for (byte[] run : inFlight) {
            rows.deleteOnce(Table.INFLIGHT, run);
        }
        deleteAll(Table.INBOUND, inbound);
        rows.delete(Table.SESSION, Keys.session(sessionId));
        rows.delete(Table.WILL, Keys.session(sessionId));
        rows.delete(Table.META, Keys.trim(sessionId));
        deleteAll(Table.META, moves);
        epoch(sessionId); // drops what is stale, so that the next line is not dropped with it
        pendingEpochs.put(sessionId, NONE);
        return StoreReply.DONE;
    }

    private List<byte[]> keys(Table table, long sessionId) throws RocksDBException {
        List<byte[]> keys = new ArrayList<>();
        try (RocksIterator it = rows.scanSession(table)) {
            for (it.seek(Keys.session(sessionId)); it.isValid(); it.next()) {
                keys.add(it.key());
            }
            it.status();
        }
        return keys;
    }

    private List<byte[]> moves(long sessionId) throws RocksDBException {
        List<byte[]> keys = new ArrayList<>(0);
        byte[] prefix = Keys.moves(sessionId);
        try (RocksIterator it = rows.scan(Table.META)) {
            for (it.seek(prefix); it.isValid() && Keys.startsWith(it.key(), prefix); it.next()) {
                keys.add(it.key());
            }
            it.status();
        }
        return keys;
    }

    private void deleteAll(Table table, List<byte[]> keys) throws RocksDBException {
        for (byte[] key : keys) {
            rows.delete(table, key);
        }
    }

    StoreReply subscribe(StoreOp.SubscriptionsSave op) throws RocksDBException {
        for (Subscription s : op.subscriptions()) {
            byte[] key = Keys.subscription(op.sessionId(), s.filter().text());
            rows.put(Table.SUBSCRIPTION, key, SessionCodec.subscription(s));
        }
        return StoreReply.DONE;
    }

    StoreReply unsubscribe(StoreOp.SubscriptionsDelete op) throws RocksDBException {
        for (Fetch fetch : fetches(op.sessionId())) {
            if (op.filters().contains(fetch.filter())) {
                rows.delete(Table.FETCH, Keys.fetch(op.sessionId(), fetch));
            }
        }
        for (String filter : op.filters()) {
            rows.delete(Table.SUBSCRIPTION, Keys.subscription(op.sessionId(), filter));
        }
        return StoreReply.DONE;
    }

    StoreReply fetch(StoreOp.FetchSave op) throws RocksDBException {
        byte[] key = Keys.fetch(op.sessionId(), op.fetch());
        if (op.fetch().isDone()) {
            rows.delete(Table.FETCH, key);
        } else {
            rows.put(Table.FETCH, key, SessionCodec.fetch(op.fetch()));
        }
        return StoreReply.DONE;
    }

    List<Fetch> fetches(long sessionId) throws RocksDBException {
        List<Fetch> found = new ArrayList<>();
        try (RocksIterator it = rows.scanSession(Table.FETCH)) {
            for (it.seek(Keys.session(sessionId)); it.isValid(); it.next()) {
                try {
                    found.add(SessionCodec.fetch(Keys.afterSession(it.key()), it.value()));
                } catch (Damaged e) {
                    figures.damaged("fetch", e);
                }
            }
            it.status();
        }
        return found;
    }

    /** One pass over four tables that share their order: each iterator only ever moves forward. */
    StoreReply scan(StoreOp.SessionScan op) throws RocksDBException {
        List<StoreReply.StoredSession> page = new ArrayList<>();
        boolean more = false;
        ByteBuffer head = ByteBuffer.allocateDirect(EntryCodec.HEAD);
        byte[] entryKey = new byte[24];
        try (RocksIterator sessions = rows.scan(Table.SESSION);
                RocksIterator subscriptions = rows.scan(Table.SUBSCRIPTION);
                RocksIterator queued = rows.scan(Table.QUEUE)) {
            seekAfter(sessions, op.afterSessionId());
            for (; sessions.isValid() && !more; sessions.next()) {
                if (page.size() >= Math.max(1, op.limit())) {
                    more = true;
                    break;
                }
                byte[] key = sessions.key();
                SessionRecord record = record(key, sessions.value());
                if (record == null) {
                    continue;
                }
                int count = 0;
                long bytes = 0;
                MessageId last = MessageId.ZERO;
                for (seekTo(queued, key); queued.isValid(); queued.next()) {
                    queued.key(entryKey);
                    if (Keys.sessionOf(entryKey) != record.sessionId()) {
                        break;
                    }
                    last = Keys.idAtEnd(entryKey);
                    head.clear();
                    if (queued.value(head) >= EntryCodec.HEAD) {
                        count++;
                        bytes += EntryCodec.sizeBytes(head);
                    }
                }
                queued.status();
                page.add(new StoreReply.StoredSession(record, subscriptions(subscriptions, key), count, bytes, last));
            }
            sessions.status();
        }
        return new StoreReply.Sessions(page, more);
    }

    private List<Subscription> subscriptions(RocksIterator it, byte[] session) throws RocksDBException {
        List<Subscription> found = new ArrayList<>();
        for (seekTo(it, session); it.isValid(); it.next()) {
            byte[] key = it.key();
            if (!Keys.startsWith(key, session)) {
                break;
            }
            try {
                found.add(SessionCodec.subscription(Keys.second(key, session), it.value()));
            } catch (Damaged e) {
                figures.damaged("subscription", e);
            }
        }
        it.status();
        return found;
    }

    private @Nullable SessionRecord record(byte[] key, byte[] value) throws RocksDBException {
        long id = Keys.sessionOf(key);
        byte[] will = rows.get(Table.WILL, key);
        try {
            return SessionCodec.session(id, value, will);
        } catch (Damaged e) {
            figures.damaged("session", "session " + id + ": " + e.getMessage());
            return null;
        }
    }

    /** Moves on to {@code key} if the iterator does not stand there or just before already. */
    private static void seekTo(RocksIterator it, byte[] key) {
        if (!it.isValid() || Arrays.compareUnsigned(it.key(), key) < 0) {
            it.seek(key);
        }
    }

    private static void seekAfter(RocksIterator it, long sessionId) {
        byte[] key = Keys.session(sessionId);
        it.seek(key);
        if (it.isValid() && Arrays.equals(it.key(), key)) {
            it.next();
        }
    }
}
