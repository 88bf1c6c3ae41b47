package dev.mooring.store;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.TopicFilter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a store does, as plainly as it can be said: maps in memory. Answers as text, so that answers can be compared.
 * Knows the operations that have a state worth guessing wrong: queues, marks, inbound ids, topics, positions.
 */
final class NaiveStore {
    private record Entry(StoreOp.Enqueue.Entry of, Message message) {}

    private record Mark(int packetId, boolean released) {}

    private record Answered(MessageId by, String answer) {}

    private final Map<Long, Answered> trims = new HashMap<>();
    /** By the session that got something, then by that which gave it. */
    private final Map<Long, Map<Long, Answered>> moves = new HashMap<>();

    private final Map<Long, TreeMap<MessageId, Entry>> queues = new TreeMap<>();
    private final Map<Long, Map<MessageId, Mark>> marks = new HashMap<>();
    private final Map<Long, TreeSet<Integer>> inbound = new HashMap<>();
    private final Map<Long, Long> epochs = new TreeMap<>();
    private final TreeMap<String, TreeMap<MessageId, Message>> topics = new TreeMap<>();
    private final Map<String, MessageId> positions = new HashMap<>();

    String apply(StoreOp op) {
        return switch (op.kind()) {
            case SESSION_SAVE -> save(((StoreOp.SessionSave) op).session());
            case SESSION_DELETE -> delete(((StoreOp.SessionDelete) op).sessionId());
            case ENQUEUE -> enqueue((StoreOp.Enqueue) op);
            case INBOUND_RELEASE -> {
                StoreOp.InboundRelease release = (StoreOp.InboundRelease) op;
                inbound.getOrDefault(release.sessionId(), new TreeSet<>()).remove(release.packetId());
                yield "done";
            }
            case SENT -> {
                StoreOp.Sent sent = (StoreOp.Sent) op;
                yield mark(sent.sessionId(), sent.position(), new Mark(sent.packetId(), false));
            }
            case RELEASED -> {
                StoreOp.Released released = (StoreOp.Released) op;
                yield mark(released.sessionId(), released.position(), new Mark(released.packetId(), true));
            }
            case DEQUEUE -> dequeue(((StoreOp.Dequeue) op).sessionId(), ((StoreOp.Dequeue) op).position());
            case QUEUE_MOVE -> move((StoreOp.QueueMove) op);
            case SESSION_LOAD -> load(((StoreOp.SessionLoad) op).sessionId());
            case QUEUE_READ -> read((StoreOp.QueueRead) op);
            case QUEUE_TRIM -> trim((StoreOp.QueueTrim) op);
            case SESSION_SCAN -> scan();
            case MESSAGE_PUBLISH -> {
                Message m = ((StoreOp.MessagePublish) op).message();
                topics.computeIfAbsent(m.topic().text(), t -> new TreeMap<>()).put(m.id(), m);
                yield "done";
            }
            case FETCH_FOR_QUEUE -> {
                StoreOp.FetchForQueue fetch = (StoreOp.FetchForQueue) op;
                yield page(under(fetch.filter(), fetch.after(), Map.of()), fetch.limit());
            }
            case FETCH_FOR_PUBSUB -> pubsub((StoreOp.FetchForPubsub) op);
            case ACKED_FOR_QUEUE -> {
                StoreOp.AckedForQueue acked = (StoreOp.AckedForQueue) op;
                topics.getOrDefault(acked.topic(), new TreeMap<>()).remove(acked.id());
                yield "done";
            }
            case ACKED_FOR_PUBSUB -> {
                StoreOp.AckedForPubsub acked = (StoreOp.AckedForPubsub) op;
                positions.merge(
                        acked.clientId() + " " + acked.topic(), acked.id(), (a, b) -> a.compareTo(b) > 0 ? a : b);
                yield "done";
            }
            case ACKED_DELETE -> {
                StoreOp.AckedDelete acked = (StoreOp.AckedDelete) op;
                positions
                        .keySet()
                        .removeIf(key -> key.startsWith(acked.clientId() + " ")
                                && acked.filter()
                                        .matches(key.substring(acked.clientId().length() + 1)));
                yield "done";
            }
            default -> throw new IllegalArgumentException(op.kind() + " is not modelled");
        };
    }

    boolean has(long session, MessageId position) {
        return queue(session).containsKey(position);
    }

    private String save(SessionRecord s) {
        if (epochs.getOrDefault(s.sessionId(), Long.MIN_VALUE) > s.epoch()) {
            return "failed";
        }
        epochs.put(s.sessionId(), s.epoch());
        return "done";
    }

    private String delete(long session) {
        queues.remove(session);
        marks.remove(session);
        inbound.remove(session);
        trims.remove(session);
        moves.remove(session);
        epochs.remove(session);
        return "done";
    }

    private String enqueue(StoreOp.Enqueue op) {
        for (StoreOp.Enqueue.Entry e : op.entries()) {
            queue(e.sessionId()).putIfAbsent(op.message(e).id(), new Entry(e, op.message(e)));
        }
        if (op.inboundSessionId() != 0) {
            inbound.computeIfAbsent(op.inboundSessionId(), s -> new TreeSet<>()).add(op.inboundPacketId());
        }
        return "done";
    }

    private String mark(long session, MessageId position, Mark mark) {
        if (queue(session).containsKey(position)) {
            marks(session).put(position, mark);
        }
        return "done";
    }

    private String dequeue(long session, MessageId position) {
        queue(session).remove(position);
        marks(session).remove(position);
        return "done";
    }

    private String move(StoreOp.QueueMove op) {
        Map<Long, Answered> memory = moves.computeIfAbsent(op.toSessionId(), s -> new HashMap<>());
        Answered last = memory.get(op.fromSessionId());
        if (last != null && last.by.equals(op.by())) {
            return last.answer;
        }
        int count = 0;
        long bytes = 0;
        for (MessageId position : op.positions()) {
            boolean free = !marks(op.fromSessionId()).containsKey(position);
            Entry e = free ? queue(op.fromSessionId()).remove(position) : null;
            if (e != null && op.fromSessionId() == op.toSessionId()) {
                queue(op.toSessionId()).put(position, e);
            } else if (e != null && queue(op.toSessionId()).putIfAbsent(position, moved(e, op)) == null) {
                count++;
                bytes += e.message.sizeBytes();
            }
        }
        String answer = "moved " + count + " " + bytes;
        memory.put(op.fromSessionId(), new Answered(op.by(), answer));
        return answer;
    }

    private static Entry moved(Entry e, StoreOp.QueueMove op) {
        return new Entry(
                new StoreOp.Enqueue.Entry(
                        op.toSessionId(),
                        Math.min(e.of.qos(), op.qosMax()),
                        e.of.retain() && op.retain(),
                        op.identifiers(),
                        e.of.shared()),
                e.message);
    }

    private String load(long session) {
        StringBuilder out = new StringBuilder();
        for (Map.Entry<MessageId, Entry> e : queue(session).entrySet()) {
            Mark mark = marks(session).get(e.getKey());
            if (mark != null) {
                out.append(text(e.getKey(), options(e.getValue().of), mark.packetId, mark.released, null));
            }
        }
        return out + "inbound " + inbound.getOrDefault(session, new TreeSet<>());
    }

    private String read(StoreOp.QueueRead op) {
        StringBuilder out = new StringBuilder();
        int count = 0;
        long bytes = 0;
        for (Map.Entry<MessageId, Entry> e :
                queue(op.sessionId()).tailMap(op.after(), false).entrySet()) {
            if (marks(op.sessionId()).containsKey(e.getKey())) {
                continue;
            }
            bytes += e.getValue().message.sizeBytes();
            if (count > 0 && (count >= op.limit() || bytes > op.bytesMax())) {
                return out + "more";
            }
            out.append(text(e.getKey(), options(e.getValue().of), 0, false, e.getValue().message));
            count++;
        }
        return out + "end";
    }

    private String trim(StoreOp.QueueTrim op) {
        Answered last = trims.get(op.sessionId());
        if (last != null && last.by.compareTo(op.by()) >= 0) {
            return last.by.equals(op.by()) ? last.answer : "trimmed 0 0 " + MessageId.ZERO;
        }
        int count = 0;
        long bytes = 0;
        MessageId until = MessageId.ZERO;
        for (MessageId position : List.copyOf(queue(op.sessionId()).keySet())) {
            if ((count < op.count() || bytes < op.bytes())
                    && position.compareTo(op.before()) < 0
                    && !marks(op.sessionId()).containsKey(position)) {
                count++;
                bytes += queue(op.sessionId()).remove(position).message.sizeBytes();
                until = position;
            }
        }
        String answer = "trimmed " + count + " " + bytes + " " + until;
        trims.put(op.sessionId(), new Answered(op.by(), answer));
        return answer;
    }

    private String scan() {
        StringBuilder out = new StringBuilder();
        epochs.forEach((session, epoch) -> {
            long bytes = queue(session).values().stream()
                    .mapToLong(e -> e.message.sizeBytes())
                    .sum();
            out.append(session + ":" + epoch + ":" + queue(session).size() + ":" + bytes + " ");
        });
        return out.toString();
    }

    private String pubsub(StoreOp.FetchForPubsub op) {
        Map<String, MessageId> after = new HashMap<>();
        TreeSet<String> names = new TreeSet<>();
        if (op.filter().wildcard()) {
            topics.forEach((name, messages) -> {
                if (!messages.isEmpty() && op.filter().matches(name)) {
                    names.add(name);
                }
            });
        } else {
            names.add(op.filter().filter());
        }
        String ofFilter = op.clientId() + " " + op.filter().filter();
        MessageId given = op.filter().wildcard() ? positions.get(ofFilter) : null;
        MessageId newestOfAll = MessageId.ZERO;
        for (String name : names) {
            TreeMap<MessageId, Message> messages = topics.getOrDefault(name, new TreeMap<>());
            MessageId newest = messages.isEmpty() ? MessageId.ZERO : messages.lastKey();
            String key = op.clientId() + " " + name;
            if (positions.get(key) == null && given == null) {
                positions.put(key, newest);
                newestOfAll = newest.compareTo(newestOfAll) > 0 ? newest : newestOfAll;
            }
            after.put(name, positions.getOrDefault(key, given));
        }
        if (op.filter().wildcard()) {
            positions.putIfAbsent(ofFilter, newestOfAll);
        }
        return page(under(op.filter(), op.after(), after), op.limit());
    }

    private List<Message> under(TopicFilter filter, MessageId after, Map<String, MessageId> afterOfTopic) {
        TreeMap<MessageId, Message> found = new TreeMap<>();
        topics.forEach((name, messages) -> {
            if (filter.matches(name)) {
                MessageId own = afterOfTopic.getOrDefault(name, MessageId.ZERO);
                found.putAll(messages.tailMap(own.compareTo(after) > 0 ? own : after, false));
            }
        });
        return List.copyOf(found.values());
    }

    private static String page(List<Message> messages, int limit) {
        List<String> ids = new ArrayList<>();
        messages.stream().limit(limit).forEach(m -> ids.add(StoreHarness.text(m)));
        return ids + (messages.size() > limit ? "more" : "end");
    }

    private TreeMap<MessageId, Entry> queue(long session) {
        return queues.computeIfAbsent(session, s -> new TreeMap<>());
    }

    private Map<MessageId, Mark> marks(long session) {
        return marks.computeIfAbsent(session, s -> new HashMap<>());
    }

    private static String options(StoreOp.Enqueue.Entry e) {
        return options(e.qos(), e.retain(), e.identifiers());
    }

    private static String options(StoreReply.QueueEntry e) {
        return options(e.qos(), e.retain(), e.identifiers());
    }

    private static String options(int qos, boolean retain, int[] identifiers) {
        return "qos" + qos + (retain ? " retain " : " ") + Arrays.toString(identifiers);
    }

    private static String text(MessageId at, String options, int packetId, boolean released, @Nullable Message m) {
        return at + " " + options + " p" + packetId + (released ? "r " : " ") + (m == null ? "" : StoreHarness.text(m))
                + "; ";
    }

    /**
     * A real store's answer in the same words. Messages of what is in flight are not compared: released ones may go.
     */
    static String text(StoreReply reply) {
        StringBuilder out = new StringBuilder();
        if (reply instanceof StoreReply.Failed) {
            return "failed";
        } else if (reply instanceof StoreReply.SessionState state) {
            for (StoreReply.QueueEntry e : state.inFlight()) {
                out.append(text(e.position(), options(e), e.packetId(), e.released(), null));
            }
            TreeSet<Integer> ids = new TreeSet<>();
            for (int id : state.inboundPacketIds()) {
                ids.add(id);
            }
            return out + "inbound " + ids;
        } else if (reply instanceof StoreReply.Entries entries) {
            for (StoreReply.QueueEntry e : entries.entries()) {
                out.append(text(e.position(), options(e), e.packetId(), e.released(), e.message()));
            }
            return out + (entries.more() ? "more" : "end");
        } else if (reply instanceof StoreReply.Trimmed trimmed) {
            return "trimmed " + trimmed.count() + " " + trimmed.bytes() + " " + trimmed.until();
        } else if (reply instanceof StoreReply.Moved moved) {
            return "moved " + moved.count() + " " + moved.bytes();
        } else if (reply instanceof StoreReply.Sessions sessions) {
            for (StoreReply.StoredSession s : sessions.sessions()) {
                out.append(s.session().sessionId() + ":" + s.session().epoch() + ":" + s.queuedCount() + ":"
                        + s.queuedBytes() + " ");
            }
            return out.toString();
        } else if (reply instanceof StoreReply.Messages page) {
            return page.messages().stream().map(StoreHarness::text).toList()
                    + (page.nextAfter() == null ? "end" : "more");
        }
        return "done";
    }
}
