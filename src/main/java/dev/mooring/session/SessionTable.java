package dev.mooring.session;

import dev.mooring.message.MessageId;
import dev.mooring.message.Will;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreClient;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The sessions that one shard has the say over, and how it writes them down. Confined to the shard. */
final class SessionTable {
    private final Sessions sessions;
    private final StoreClient store;
    private final Map<String, SessionEntry> entries = new HashMap<>();
    private final SessionDeadlines deadlines = new SessionDeadlines();
    private Consumer<SessionEntry> replaced = entry -> {};

    SessionTable(Sessions sessions, StoreClient store) {
        this.sessions = sessions;
        this.store = store;
    }

    /** @param then is given a session of which the store has refused a write, as another node has it */
    void whenReplaced(Consumer<SessionEntry> then) {
        replaced = then;
    }

    Sessions sessions() {
        return sessions;
    }

    StoreClient store() {
        return store;
    }

    SessionDeadlines deadlines() {
        return deadlines;
    }

    long now() {
        return sessions.nowMs();
    }

    @Nullable
    SessionEntry get(String clientId) {
        return entries.get(clientId);
    }

    boolean has(SessionEntry entry) {
        return entries.get(entry.clientId) == entry;
    }

    /** Those that administrators ask for. */
    ClientsFound found(ClientsQuery query) {
        return SessionEntry.found(query, entries);
    }

    void began(SessionEntry entry) {
        entries.put(entry.clientId, entry);
        sessions.began(entry.subscriber);
    }

    void forget(SessionEntry entry) {
        entries.remove(entry.clientId, entry);
        sessions.ended(entry.subscriber);
    }

    // ---- the store

    /** A write that is refused once another node has the session. */
    StoreOp owned(SessionEntry entry, StoreOp op) {
        return sessions.neighbours() == null ? op : new StoreOp.Owned(op, entry.subscriber.sessionId(), entry.epoch);
    }

    StoreOp delete(SessionEntry entry) {
        return owned(entry, new StoreOp.SessionDelete(entry.subscriber.sessionId(), entry.clientId));
    }

    void save(SessionEntry entry, boolean connected, @Nullable Will will) {
        save(entry, connected, will, reply -> {});
    }

    void save(SessionEntry entry, boolean connected, @Nullable Will will, OnReply then) {
        StoreOp save = owned(entry, new StoreOp.SessionSave(entry.record(connected, will)));
        store.submit(save, new OnReply() {
            @Override
            public void reply(StoreReply reply) {
                if (reply instanceof StoreReply.Failed failed && failed.isReplaced()) {
                    replaced.accept(entry);
                }
                then.reply(reply);
            }

            @Override
            public void late() {
                then.late();
            }
        });
    }

    void write(StoreOp op) {
        store.submit(op, null);
        store.flush();
    }

    // ---- other nodes

    /** A new owner, with this epoch behind it. */
    void epoch(SessionEntry entry, long before) {
        long next = sessions.nextEpoch(before);
        if (sessions.neighbours() == null) {
            entry.epoch = next;
        } else {
            entry.epoch(next);
            entry.claim = MessageId.ZERO;
        }
    }

    void announce(SessionEntry entry, Announce.Place place) {
        if (sessions.neighbours() != null && entry.isStored) {
            sessions.announce(entry.announce(place));
        }
    }
}
