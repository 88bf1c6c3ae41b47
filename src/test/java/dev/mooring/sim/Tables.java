package dev.mooring.sim;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** What a store has: the meaning of each {@link StoreOp} in its plainest form. */
final class Tables {
    final TreeMap<Long, Session> sessions = new TreeMap<>();
    final TreeMap<String, Message> retained = new TreeMap<>();
    /** By topic: what has changed it last in the life of a process, which remembers that in memory. */
    final Map<String, MessageId> newestRetained = new HashMap<>();
    /** Queue entries that were there and went. */
    final Set<Place> gone = new HashSet<>();

    /** By both sessions: the last move between them, and what it did. */
    private final Map<String, Done> moves = new HashMap<>();

    /** The last trim of each session, and what it did. */
    private final Map<Long, Done> trims = new HashMap<>();
    /** Entries that trims have dropped. */
    int trimmed;
    /** Told of them: the client id and the message. */
    @Nullable
    BiConsumer<String, MessageId> onTrimmed;

    record Place(long sessionId, MessageId position) {}

    private record Done(MessageId by, StoreReply answer) {}

    static final class Session {
        @Nullable
        SessionRecord record;

        final Map<String, Subscription> subscriptions = new LinkedHashMap<>();
        final TreeMap<MessageId, Row> queue = new TreeMap<>();
        final TreeSet<Integer> inbound = new TreeSet<>();
    }

    /** An entry of a queue. Immutable. */
    record Row(
            Message message,
            int qos,
            boolean retain,
            int[] identifiers,
            @Nullable TopicFilter shared,
            int packetId,
            boolean released) {
        StoreReply.QueueEntry entry(MessageId position) {
            return new StoreReply.QueueEntry(
                    position,
                    released ? null : message,
                    qos,
                    retain,
                    identifiers,
                    shared,
                    packetId,
                    released,
                    message.sizeBytes());
        }
    }

    Tables copy() {
        Tables copy = new Tables();
        sessions.forEach((id, s) -> {
            Session c = copy.session(id);
            c.record = s.record;
            c.subscriptions.putAll(s.subscriptions);
            c.queue.putAll(s.queue);
            c.inbound.addAll(s.inbound);
        });
        copy.retained.putAll(retained);
        copy.gone.addAll(gone);
        copy.moves.putAll(moves);
        copy.trims.putAll(trims);
        copy.trimmed = trimmed;
        return copy;
    }

    Session session(long id) {
        return sessions.computeIfAbsent(id, i -> new Session());
    }

    @Nullable
    Row row(long sessionId, MessageId position) {
        Session session = sessions.get(sessionId);
        return session == null ? null : session.queue.get(position);
    }

    boolean hasEntries() {
        return sessions.values().stream().anyMatch(s -> !s.queue.isEmpty());
    }

    boolean hasInbound(long sessionId, int packetId) {
        Session session = sessions.get(sessionId);
        return session != null && session.inbound.contains(packetId);
    }

    /** All clients have come back, and had what there was for them. */
    void checkDrained(World world) {
        Set<String> ids = new HashSet<>();
        sessions.forEach((id, stored) -> {
            boolean isGroup = stored.record != null && !stored.record.group().isEmpty();
            if (stored.record != null && !isGroup && !ids.add(stored.record.clientId())) {
                world.violation("two sessions are stored for " + stored.record.clientId());
            }
            String of = stored.record == null ? "no session" : stored.record.clientId();
            if (!stored.queue.isEmpty() || !stored.inbound.isEmpty()) {
                world.violation("left over in the store of " + of + " " + Texts.session(id) + ": queue "
                        + stored.queue.keySet().stream().map(Texts::of).toList() + ", inbound " + stored.inbound);
            }
        });
    }

    StoreReply apply(StoreOp op) {
        return switch (op.kind()) {
            case SESSION_SAVE -> save(((StoreOp.SessionSave) op).session());
            case SESSION_DELETE -> done(sessions.remove(((StoreOp.SessionDelete) op).sessionId()));
            case SUBSCRIPTIONS_SAVE -> {
                StoreOp.SubscriptionsSave o = (StoreOp.SubscriptionsSave) op;
                o.subscriptions()
                        .forEach(s -> session(o.sessionId())
                                .subscriptions
                                .put(s.filter().text(), s));
                yield StoreReply.DONE;
            }
            case SUBSCRIPTIONS_DELETE -> {
                StoreOp.SubscriptionsDelete o = (StoreOp.SubscriptionsDelete) op;
                yield done(session(o.sessionId()).subscriptions.keySet().removeAll(o.filters()));
            }
            case ENQUEUE -> enqueue((StoreOp.Enqueue) op);
            case INBOUND_RELEASE -> {
                StoreOp.InboundRelease o = (StoreOp.InboundRelease) op;
                yield done(session(o.sessionId()).inbound.remove(o.packetId()));
            }
            case SENT -> {
                StoreOp.Sent o = (StoreOp.Sent) op;
                yield mark(o.sessionId(), o.position(), o.packetId(), false);
            }
            case RELEASED -> {
                StoreOp.Released o = (StoreOp.Released) op;
                yield mark(o.sessionId(), o.position(), o.packetId(), true);
            }
            case DEQUEUE -> {
                StoreOp.Dequeue o = (StoreOp.Dequeue) op;
                if (session(o.sessionId()).queue.remove(o.position()) != null) {
                    gone.add(new Place(o.sessionId(), o.position()));
                }
                yield StoreReply.DONE;
            }
            case QUEUE_MOVE -> move((StoreOp.QueueMove) op);
            case QUEUE_TRIM -> trim((StoreOp.QueueTrim) op);
            case SESSION_LOAD -> load(((StoreOp.SessionLoad) op).sessionId());
            case QUEUE_READ -> read((StoreOp.QueueRead) op);
            case SESSION_SCAN -> scan((StoreOp.SessionScan) op);
            case RETAINED_SCAN -> new StoreReply.Messages(List.copyOf(retained.values()), null);
            default -> throw new AssertionError("not modelled: " + op.toString());
        };
    }

    private static StoreReply done(@Nullable Object ignored) {
        return StoreReply.DONE;
    }

    private StoreReply save(SessionRecord record) {
        Session session = session(record.sessionId());
        SessionRecord before = session.record;
        if (before != null && before.epoch() > record.epoch()) {
            return new StoreReply.Failed(false, "an old epoch");
        }
        session.record = record;
        return StoreReply.DONE;
    }

    private StoreReply enqueue(StoreOp.Enqueue op) {
        for (StoreOp.Enqueue.Entry e : op.entries()) {
            if (e.qos() == 1) { // it may be written again when its client, who had it before, has acknowledged it
                gone.remove(new Place(e.sessionId(), op.message(e).id()));
            }
            session(e.sessionId())
                    .queue
                    .putIfAbsent(
                            op.message(e).id(),
                            new Row(op.message(e), e.qos(), e.retain(), e.identifiers(), e.shared(), 0, false));
        }
        if (op.retained() != StoreOp.Enqueue.Retained.KEEP) {
            retain(op.message(), op.retained());
        }
        Session will = op.willSessionId() == 0 ? null : sessions.get(op.willSessionId());
        if (will != null && will.record != null) {
            SessionRecord r = will.record;
            will.record = new SessionRecord(
                    r.sessionId(), r.clientId(), r.group(), r.epoch(), r.expiryS(), r.disconnectedAtMs(), null);
        }
        if (op.inboundPacketId() != 0) {
            session(op.inboundSessionId()).inbound.add(op.inboundPacketId());
        }
        return StoreReply.DONE;
    }

    private void retain(Message message, StoreOp.Enqueue.Retained change) {
        String topic = message.topic().text();
        MessageId newest = newestRetained.merge(topic, message.id(), (a, b) -> a.compareTo(b) > 0 ? a : b);
        if (newest.equals(message.id()) && change == StoreOp.Enqueue.Retained.SET) {
            retained.put(topic, message);
        } else if (newest.equals(message.id())) {
            retained.remove(topic);
        }
    }

    private StoreReply mark(long sessionId, MessageId position, int packetId, boolean released) {
        session(sessionId)
                .queue
                .computeIfPresent(
                        position,
                        (p, r) -> new Row(r.message, r.qos, r.retain, r.identifiers, r.shared, packetId, released));
        return StoreReply.DONE;
    }

    private StoreReply move(StoreOp.QueueMove op) {
        String between = op.fromSessionId() + " " + op.toSessionId();
        Done last = moves.get(between);
        if (last != null && last.by.equals(op.by())) {
            return last.answer;
        }
        int count = 0;
        long bytes = 0;
        for (MessageId position : op.positions()) {
            Row row = row(op.fromSessionId(), position);
            if (row != null && row.packetId == 0) {
                session(op.fromSessionId()).queue.remove(position);
                int qos = Math.min(row.qos, op.qosMax());
                Row moved = new Row(row.message, qos, false, op.identifiers(), row.shared, 0, false);
                if (session(op.toSessionId()).queue.putIfAbsent(position, moved) == null) {
                    count++;
                    bytes += row.message.sizeBytes();
                }
            }
        }
        StoreReply answer = new StoreReply.Moved(count, bytes);
        moves.put(between, new Done(op.by(), answer));
        return answer;
    }

    private StoreReply trim(StoreOp.QueueTrim op) {
        Done last = trims.get(op.sessionId());
        if (last != null && last.by.compareTo(op.by()) >= 0) {
            return last.by.equals(op.by()) ? last.answer : new StoreReply.Trimmed(0, 0, MessageId.ZERO);
        }
        Session session = session(op.sessionId());
        int count = 0;
        long bytes = 0;
        MessageId until = MessageId.ZERO;
        for (Map.Entry<MessageId, Row> e : List.copyOf(session.queue.entrySet())) {
            Row row = e.getValue();
            boolean isOld = e.getKey().compareTo(op.before()) < 0;
            if (isOld && row.packetId == 0 && (count < op.count() || bytes < op.bytes())) {
                count++;
                bytes += row.message.sizeBytes();
                until = e.getKey();
                session.queue.remove(until);
                gone.add(new Place(op.sessionId(), until));
                if (onTrimmed != null && session.record != null) {
                    onTrimmed.accept(session.record.clientId(), row.message.storedId());
                }
            }
        }
        trimmed += count;
        StoreReply answer = new StoreReply.Trimmed(count, bytes, until);
        trims.put(op.sessionId(), new Done(op.by(), answer));
        return answer;
    }

    private StoreReply load(long sessionId) {
        Session session = session(sessionId);
        List<StoreReply.QueueEntry> inFlight = new ArrayList<>();
        session.queue.forEach((position, row) -> {
            if (row.packetId != 0) {
                inFlight.add(row.entry(position));
            }
        });
        int[] inbound = session.inbound.stream().mapToInt(i -> i).toArray();
        return new StoreReply.SessionState(inFlight, inbound);
    }

    private StoreReply read(StoreOp.QueueRead op) {
        List<StoreReply.QueueEntry> entries = new ArrayList<>();
        long bytes = 0;
        for (Map.Entry<MessageId, Row> e :
                session(op.sessionId()).queue.tailMap(op.after(), false).entrySet()) {
            Row row = e.getValue();
            if (row.packetId != 0) {
                continue;
            }
            bytes += row.message.sizeBytes();
            if (!entries.isEmpty() && (entries.size() >= op.limit() || bytes > op.bytesMax())) {
                return new StoreReply.Entries(entries, true);
            }
            entries.add(row.entry(e.getKey()));
        }
        return new StoreReply.Entries(entries, false);
    }

    private StoreReply scan(StoreOp.SessionScan op) {
        List<StoreReply.StoredSession> found = new ArrayList<>();
        sessions.tailMap(op.afterSessionId(), false).forEach((id, s) -> {
            SessionRecord record = s.record;
            if (record != null) {
                long bytes = s.queue.values().stream()
                        .mapToLong(r -> r.message.sizeBytes())
                        .sum();
                found.add(new StoreReply.StoredSession(
                        record,
                        List.copyOf(s.subscriptions.values()),
                        s.queue.size(),
                        bytes,
                        s.queue.isEmpty() ? MessageId.ZERO : s.queue.lastKey()));
            }
        });
        return new StoreReply.Sessions(found, false);
    }
}
