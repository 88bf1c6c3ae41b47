package dev.mooring.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import dev.mooring.message.UserProperty;
import dev.mooring.message.Will;
import dev.mooring.store.Fetch;
import dev.mooring.store.OpKind;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreOp.Enqueue;
import dev.mooring.store.StoreOp.Enqueue.Entry;
import dev.mooring.store.StoreOp.Enqueue.Retained;
import dev.mooring.store.StoreReply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Something of everything that a store may have, for tests that move it. */
public final class AllState {
    /** Whole seconds, and days from any end: documented layouts keep no more. */
    private static final long NOW_MS = System.currentTimeMillis() / 1000 * 1000;

    /** Half a minute from where its minute would be another one. */
    private static final long END_MS = NOW_MS / 60_000 * 60_000 + 86_400_000;

    private AllState() {}

    /** Whole, as it is for a reader; an end of what rules keep only to the minute. */
    public static List<JsonNode> lines(Path file) throws Exception {
        List<JsonNode> lines = new ArrayList<>();
        try (DataReader reader = DataReader.open(file)) {
            for (DataReader.Line line = reader.next(); line != null; line = reader.next()) {
                ObjectNode json = (ObjectNode) line.json();
                if (json.has("ends_at_ms")) {
                    json.put("ends_at_ms", (json.get("ends_at_ms").longValue() + 30_000) / 60_000);
                }
                lines.add(json);
            }
        }
        return lines;
    }

    /** That a file has every type of line there is. */
    public static void assertWhole(List<JsonNode> lines) {
        assertThat(lines.stream().map(l -> l.path("type").asText()).distinct())
                .as("every type of line is tried")
                .hasSize(LineType.values().length);
    }

    /** @param many messages for one queue, besides those that have something of their own */
    public static void fill(OpenStore store, int many) throws Unusable {
        Will will = new Will(TopicName.of("last/\u00e4"), 2, true, new byte[] {0, -1}, properties(), 30, 60, "owner\n");
        List<StoreOp> ops = new ArrayList<>();
        ops.add(new StoreOp.SessionSave(new SessionRecord(17, "c17", "", 3, 0xFFFF_FFFFL, NOW_MS, will)));
        ops.add(new StoreOp.SessionSave(new SessionRecord(-2, "c{}\u00fc", "", 1, 60, 0, null)));
        ops.add(new StoreOp.SessionSave(new SessionRecord(19, "", "$share/g/x/#", 1, 60, 0, null)));
        ops.add(new StoreOp.SubscriptionsSave(
                17,
                List.of(
                        new Subscription(TopicFilter.of("a/+/#"), 2, true, true, 1, 268_435_455),
                        Subscription.of("$share/g/x/#", 1))));
        ops.add(new StoreOp.FetchSave(17, new Fetch("a/+/#", "pool1", OpKind.FETCH_FOR_QUEUE, id(1), id(9))));
        Entry plain = new Entry(17, 1, false, new int[0], null);
        Entry rich = new Entry(-2, 2, true, new int[] {1, 7}, null);
        Entry shared = new Entry(19, 1, false, new int[0], TopicFilter.of("$share/g/x/#"));
        byte[] large = new byte[500_000];
        large[499_999] = 7;
        ops.add(new Enqueue(message(1, "a/b", large), List.of(plain, rich, shared), -2, 65_535, Retained.SET, 0));
        for (int n = 2; n <= 5; n++) {
            ops.add(new Enqueue(rich(n, "a/" + n), List.of(plain), 0, 0, Retained.KEEP, 0));
        }
        ops.add(new Enqueue(message(6, "a/6", new byte[0]).copy(id(7), true), List.of(plain), 0, 0, Retained.KEEP, 0));
        ops.add(new StoreOp.Sent(17, id(2), 11));
        ops.add(new StoreOp.Released(17, id(3), 12));
        for (int n = 1; n <= many; n++) {
            ops.add(new Enqueue(message(100 + n, "many/" + n), List.of(shared), 0, 0, Retained.SET, 0));
        }
        ops.add(new StoreOp.ProxySave("c:1", List.of(Subscription.of("p/+", 2), Subscription.of("q", 0)), List.of()));
        ops.add(new StoreOp.MessagePublish(rich(1001, "r/1"), END_MS));
        ops.add(new StoreOp.MessageStore(message(1002, "r/1"), END_MS));
        ops.add(new StoreOp.MessageStoreKeepLatest(message(1003, "r/1"), END_MS));
        ops.add(new StoreOp.MessageRetain(rich(1004, "r/1")));
        ops.add(new StoreOp.AckedForPubsub("c:1", "r/1", id(1001)));
        ops.add(new StoreOp.AckedForPubsub("c:1", "r/#", MessageId.ZERO));
        ops.add(new StoreOp.ClientConnected("node", "c17", 5));
        assertThat(store.apply(ops)).containsOnly(StoreReply.DONE);
    }

    static MessageId id(long n) {
        return new MessageId(NOW_MS * 1000 + n, 0x1234_5678_9abcL << 16);
    }

    private static PublishProperties properties() {
        List<UserProperty> pairs = List.of(new UserProperty("a", "1"), new UserProperty("a", "\u00e4"));
        return PublishProperties.of(1, "text/plain", "reply/to", new byte[] {0, 1, -1}, pairs);
    }

    private static Message rich(long n, String topic) {
        return new Message(
                id(n), "p:\u00fc", TopicName.of(topic), 2, true, new byte[] {-1, 0}, properties(), NOW_MS, END_MS);
    }

    private static Message message(long n, String topic, byte... payload) {
        return new Message(
                id(n), "p", TopicName.of(topic), 1, false, payload, PublishProperties.EMPTY, NOW_MS, Message.NEVER);
    }
}
