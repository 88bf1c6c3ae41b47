package dev.mooring.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.dynamodb.Dynalite;
import dev.mooring.dynamodb.NeedsNode;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import dev.mooring.message.UserProperty;
import dev.mooring.message.Will;
import dev.mooring.redis.RedisProcess;
import dev.mooring.store.Fetch;
import dev.mooring.store.OpKind;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.Store;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreOp.Enqueue;
import dev.mooring.store.StoreOp.Enqueue.Entry;
import dev.mooring.store.StoreOp.Enqueue.Retained;
import dev.mooring.store.StoreReply;
import dev.mooring.store.dynamodb.DynamoDbConfig;
import dev.mooring.store.dynamodb.DynamoDbStore;
import dev.mooring.store.embedded.EmbeddedConfig;
import dev.mooring.store.embedded.EmbeddedStore;
import dev.mooring.store.redis.RedisConfig;
import dev.mooring.store.redis.RedisStore;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** From an embedded store to another backend and back: the files of all of them have the same lines. */
@NeedsNode
class RoundTripTest {
    /** Whole seconds, and days from any end: documented layouts keep no more. */
    private static final long NOW_MS = System.currentTimeMillis() / 1000 * 1000;

    /** Half a minute from where its minute would be another one. */
    private static final long END_MS = NOW_MS / 60_000 * 60_000 + 86_400_000;

    @TempDir
    private Path folder;

    enum Backend {
        REDIS,
        DYNAMODB
    }

    @ParameterizedTest
    @DisplayName("what embedded, another backend, and embedded again have is the same; a second import changes nothing")
    @EnumSource
    void roundTrip(Backend backend) throws Exception {
        Path a = folder.resolve("a.ndjson");
        try (OpenStore store = embedded("first")) {
            fill(store);
            assertThat(Export.run(store, true, a, "local", "1").onLine()).isEqualTo(1);
        }
        List<JsonNode> lines = lines(a);
        assertThat(lines.stream().map(l -> l.path("type").asText()).distinct())
                .as("every type of line is tried")
                .hasSize(LineType.values().length);
        try (AutoCloseable server = backend == Backend.REDIS ? RedisProcess.start() : () -> {}) {
            Function<Vertx, Store> make = other(backend, server);
            Path b = folder.resolve("b.ndjson.gz");
            Vertx vertx = Vertx.vertx();
            try (OpenStore store = OpenStore.open(vertx, make.apply(vertx))) {
                assertThat(Import.isEmpty(store, true)).isTrue();
                assertThat(Import.run(a, store, false).isComplete()).isTrue();
                assertThat(Import.isEmpty(store, true)).isFalse();
                assertThat(Import.run(a, store, true).isComplete()).isTrue();
                Export.run(store, true, b, "other", "1");
            }
            assertThat(lines(b)).containsExactlyInAnyOrderElementsOf(lines);
            Path c = folder.resolve("c.ndjson");
            try (OpenStore store = embedded("second")) {
                assertThat(Import.run(b, store, false).isComplete()).isTrue();
                Export.run(store, true, c, "local", "1");
            }
            assertThat(lines(c)).containsExactlyInAnyOrderElementsOf(lines);
        }
    }

    @Test
    @DisplayName("--add passes over a session that a broker has had since, with all of its lines, and says so")
    void replaced() throws Exception {
        Path file = folder.resolve("a.ndjson");
        try (OpenStore store = embedded("first")) {
            fill(store);
            Export.run(store, true, file, "local", "1");
            store.apply(List.of(
                    new StoreOp.SessionSave(new SessionRecord(17, "c17", "", 9, 60, 0, null)),
                    new StoreOp.Dequeue(17, id(1))));
            Import.Done again = Import.run(file, store, true);
            assertThat(again.refused()).isEqualTo(1);
            assertThat(again.told()).singleElement().asString().contains("has an owner of epoch 9");
            assertThat(again.passedOver()).isGreaterThan(3);
            StoreReply.Entries queue = store.ask(
                    new StoreOp.QueueRead(17, MessageId.ZERO, 100, Integer.MAX_VALUE), StoreReply.Entries.class);
            assertThat(queue.entries())
                    .noneMatch(entry -> entry.position().equals(id(1)))
                    .isNotEmpty();
        }
    }

    private OpenStore embedded(String name) throws Unusable {
        return OpenStore.open(Vertx.vertx(), new EmbeddedStore(EmbeddedConfig.of(folder.resolve(name))));
    }

    private static Function<Vertx, Store> other(Backend backend, AutoCloseable server) {
        return backend == Backend.REDIS
                ? vertx -> new RedisStore(vertx, RedisConfig.single(((RedisProcess) server).server()))
                : vertx -> new DynamoDbStore(vertx, DynamoDbConfig.local(Dynalite.server(), Dynalite.newPrefix()));
    }

    /** Whole, as it is for a reader; an end of what rules keep only to the minute. */
    private static List<JsonNode> lines(Path file) throws Exception {
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

    private static void fill(OpenStore store) throws Unusable {
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
        for (int n = 1; n <= 450; n++) { // more than a page
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

    private static MessageId id(long n) {
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
