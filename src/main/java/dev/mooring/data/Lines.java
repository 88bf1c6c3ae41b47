package dev.mooring.data;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import dev.mooring.message.Will;
import dev.mooring.store.Fetch;
import dev.mooring.store.OpKind;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreOp.Enqueue;
import dev.mooring.store.StoreOp.Enqueue.Retained;
import dev.mooring.store.StoreReply.QueueEntry;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The lines of the file: what is written of each thing, and the operations that make it again. */
final class Lines {
    private static final HexFormat HEX = HexFormat.of();
    /** Stands for a message that is not needed any more, where an operation wants one. */
    private static final TopicName NO_TOPIC = TopicName.of("released");

    private Lines() {}

    // ---- written

    static ObjectNode session(SessionRecord s) {
        ObjectNode line = of(s.sessionId())
                .put("clientid", s.clientId())
                .put("group", s.group())
                .put("epoch", s.epoch())
                .put("expiry_s", s.expiryS())
                .put("disconnected_at_ms", s.disconnectedAtMs());
        Will will = s.will();
        if (will != null) {
            MessageFields.write(will, line.putObject("will"));
        }
        return line;
    }

    static ObjectNode subscription(long sessionId, Subscription s) {
        return of(sessionId)
                .put("filter", s.filter().text())
                .put("qos", s.qos())
                .put("no_local", s.noLocal())
                .put("retain_as_published", s.retainAsPublished())
                .put("retain_handling", s.retainHandling())
                .put("identifier", s.identifier());
    }

    static ObjectNode fetch(long sessionId, Fetch f) {
        return of(sessionId)
                .put("filter", f.filter())
                .put("pool", f.pool())
                .put("function", f.function().name().toLowerCase(Locale.ROOT))
                .put("after", f.after().toString())
                .put("until", f.until().toString());
    }

    static ObjectNode inbound(long sessionId, int packetId) {
        return of(sessionId).put("packet_id", packetId);
    }

    /** A released one has no message any more, wherever it comes from. */
    static ObjectNode queued(long sessionId, QueueEntry e) {
        ObjectNode line = of(sessionId)
                .put("position", e.position().toString())
                .put("qos", e.qos())
                .put("retain", e.retain());
        ArrayNode identifiers = line.putArray("identifiers");
        for (int identifier : e.identifiers()) {
            identifiers.add(identifier);
        }
        TopicFilter shared = e.shared();
        if (shared != null) {
            line.put("shared", shared.text());
        }
        if (e.packetId() != 0) {
            line.put("packet_id", e.packetId()).put("released", e.released());
        }
        Message message = e.message();
        if (message != null && !e.released()) {
            MessageFields.write(message, line.putObject("message"));
        }
        return line;
    }

    static ObjectNode message(Message m) {
        ObjectNode line = JsonNodeFactory.instance.objectNode();
        MessageFields.write(m, line.putObject("message"));
        return line;
    }

    static ObjectNode stored(Message m, long endsAtMs) {
        ObjectNode line = message(m);
        return endsAtMs == Message.NEVER ? line : line.put("ends_at_ms", endsAtMs);
    }

    static ObjectNode lookedUp(String clientId, Subscription s) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("clientid", clientId)
                .put("filter", s.filter().text())
                .put("qos", s.qos());
    }

    static ObjectNode position(StoreOp.AckedForPubsub op) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("clientid", op.clientId())
                .put("topic", op.topic())
                .put("id", op.id().toString());
    }

    private static ObjectNode of(long sessionId) {
        return JsonNodeFactory.instance.objectNode().put("session", HEX.toHexDigits(sessionId));
    }

    // ---- read

    /** The session that a line is of; 0 for none. */
    static long sessionOf(JsonNode line) throws Unusable {
        String text = new Fields(line).textOrNull("session");
        if (text == null) {
            return 0;
        }
        try {
            return HexFormat.fromHexDigitsToLong(text);
        } catch (IllegalArgumentException e) {
            throw new Unusable("\"session\" is no id");
        }
    }

    /** In their order; together, as a batch or none. */
    static List<StoreOp> operations(LineType type, JsonNode line) throws Unusable {
        Fields from = new Fields(line);
        long id = sessionOf(line);
        if (id == 0 && type.isState() && type != LineType.RETAINED) {
            throw new Unusable("\"session\" is missing");
        }
        return switch (type) {
            case SESSION -> List.of(new StoreOp.SessionSave(session(id, from)));
            case SUBSCRIPTION -> List.of(new StoreOp.SubscriptionsSave(id, List.of(subscription(from))));
            case FETCH -> List.of(new StoreOp.FetchSave(id, fetch(from)));
            case INBOUND -> List.of(inbound(id, from));
            case QUEUED -> queued(id, from);
            case RETAINED -> List.of(new Enqueue(message(from), List.of(), 0, 0, Retained.SET, 0));
            case RULE_SUBSCRIPTION -> {
                Subscription s = new Subscription(filter(from), from.small("qos", 2), false, false, 0, 0);
                yield List.of(new StoreOp.ProxySave(from.text("clientid"), List.of(s), List.of()));
            }
            case RULE_MESSAGE -> List.of(new StoreOp.MessagePublish(message(from), endsAtMs(from)));
            case RULE_HISTORY -> List.of(new StoreOp.MessageStore(message(from), endsAtMs(from)));
            case RULE_LATEST -> List.of(new StoreOp.MessageStoreKeepLatest(message(from), endsAtMs(from)));
            case RULE_RETAINED -> List.of(new StoreOp.MessageRetain(message(from)));
            case RULE_POSITION ->
                List.of(new StoreOp.AckedForPubsub(
                        from.text("clientid"), from.text("topic"), MessageFields.id(from.text("id"))));
        };
    }

    private static SessionRecord session(long id, Fields from) throws Unusable {
        Fields will = from.object("will");
        return new SessionRecord(
                id,
                from.text("clientid"),
                from.text("group"),
                from.number("epoch"),
                from.number("expiry_s"),
                from.number("disconnected_at_ms"),
                will == null ? null : MessageFields.will(will));
    }

    private static Subscription subscription(Fields from) throws Unusable {
        return new Subscription(
                filter(from),
                from.small("qos", 2),
                from.flag("no_local"),
                from.flag("retain_as_published"),
                from.small("retain_handling", 2),
                from.small("identifier", Integer.MAX_VALUE));
    }

    private static Fetch fetch(Fields from) throws Unusable {
        try {
            return new Fetch(
                    from.text("filter"),
                    from.text("pool"),
                    OpKind.valueOf(from.text("function").toUpperCase(Locale.ROOT)),
                    MessageFields.id(from.text("after")),
                    MessageFields.id(from.text("until")));
        } catch (IllegalArgumentException e) {
            throw new Unusable("\"function\" is none that fetches");
        }
    }

    private static StoreOp inbound(long id, Fields from) throws Unusable {
        return new Enqueue(
                nothing(new MessageId(id, 0)), List.of(), id, from.small("packet_id", 65_535), Retained.KEEP, 0);
    }

    private static List<StoreOp> queued(long id, Fields from) throws Unusable {
        MessageId position = MessageFields.id(from.text("position"));
        int packetId = from.small("packet_id", 65_535);
        boolean released = from.flag("released");
        Message message = released ? nothing(position) : message(from);
        if (!message.id().equals(position)) {
            throw new Unusable("\"position\" is not the id of the message");
        }
        JsonNode list = from.node().path("identifiers");
        int[] identifiers = new int[list.size()];
        for (int i = 0; i < identifiers.length; i++) {
            identifiers[i] = list.get(i).asInt();
        }
        Enqueue.Entry entry = new Enqueue.Entry(
                id, from.small("qos", 2), from.flag("retain"), identifiers, shared(from.textOrNull("shared")));
        StoreOp enqueue = new Enqueue(message, List.of(entry), 0, 0, Retained.KEEP, 0);
        if (packetId == 0) {
            return List.of(enqueue);
        }
        return List.of(
                enqueue,
                released ? new StoreOp.Released(id, position, packetId) : new StoreOp.Sent(id, position, packetId));
    }

    private static Message nothing(MessageId id) {
        return new Message(
                id, "", NO_TOPIC, 0, false, new byte[0], PublishProperties.EMPTY, id.timeUs() / 1000, Message.NEVER);
    }

    private static Message message(Fields from) throws Unusable {
        Fields message = from.object("message");
        if (message == null) {
            throw new Unusable("\"message\" is missing");
        }
        return MessageFields.message(message);
    }

    private static long endsAtMs(Fields from) throws Unusable {
        return from.number("ends_at_ms", Message.NEVER);
    }

    private static TopicFilter filter(Fields from) throws Unusable {
        TopicFilter filter = shared(from.text("filter"));
        if (filter == null) {
            throw new Unusable("\"filter\" is missing");
        }
        return filter;
    }

    private static @Nullable TopicFilter shared(@Nullable String text) throws Unusable {
        TopicFilter filter = text == null ? null : TopicFilter.parse(text);
        if (text != null && filter == null) {
            throw new Unusable("\"" + text + "\" is no topic filter");
        }
        return filter;
    }
}
