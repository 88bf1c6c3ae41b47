package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import dev.mooring.message.UserProperty;
import dev.mooring.message.Will;
import dev.mooring.store.StoreOp.Enqueue.Entry;
import dev.mooring.store.StoreOp.Enqueue.Retained;
import dev.mooring.store.StoreReply.QueueEntry;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** An open, empty store for each test, and short words for what the contracts ask of it. */
abstract class StoreHarness {
    /** Whole seconds: some backends keep nothing finer of a message that is not the broker's own. */
    static final long NOW_MS = System.currentTimeMillis() / 1000 * 1000;

    static final long HOUR_MS = 3_600_000;

    private static final AtomicLong MOVES = new AtomicLong(1_000_000);

    private Store store;

    /** A store on the data of this test, not open yet; asked again for each restart. */
    abstract Store newStore() throws Exception;

    @BeforeEach
    void openStore() throws Exception {
        store = newStore();
        await(store.open());
    }

    @AfterEach
    void closeStore() throws Exception {
        await(store.close());
    }

    void restart() throws Exception {
        closeStore();
        openStore();
    }

    Store store() {
        return store;
    }

    static <T> T await(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    List<StoreReply> applyAll(List<StoreOp> ops) throws Exception {
        List<StoreReply> replies = await(store.apply(ops));
        assertThat(replies).hasSameSizeAs(ops);
        return replies;
    }

    /** Applies in one list; all but the last must be done. */
    StoreReply apply(StoreOp... ops) throws Exception {
        List<StoreReply> replies = applyAll(List.of(ops));
        assertThat(replies).noneMatch(r -> r instanceof StoreReply.Failed && r != replies.get(replies.size() - 1));
        return replies.get(replies.size() - 1);
    }

    void done(StoreOp... ops) throws Exception {
        assertThat(applyAll(List.of(ops))).containsOnly(StoreReply.DONE);
    }

    // ---- values -----------------------------------------------------------------------------------------------------

    static MessageId id(long n) {
        return new MessageId(NOW_MS * 1000 + n, 0x1234_5678_9abcL << 16);
    }

    static Message message(long n, String topic) {
        return message(n, topic, ("payload " + n).getBytes(StandardCharsets.UTF_8));
    }

    static Message message(long n, String topic, byte[] payload) {
        return new Message(
                id(n),
                "publisher",
                TopicName.of(topic),
                1,
                false,
                payload,
                PublishProperties.EMPTY,
                NOW_MS,
                Message.NEVER);
    }

    /** A message that uses everything a message can have. */
    static Message richMessage(long n, String topic) {
        PublishProperties properties = PublishProperties.of(
                1,
                "text/plain",
                "reply/to",
                new byte[] {0, 1, -1},
                List.of(new UserProperty("a", "1"), new UserProperty("a", "2"), new UserProperty("", "\u00e4")));
        byte[] payload = {0, 1, 2, -1, -128, 127};
        return new Message(
                id(n), "p:{}*\u00fc", TopicName.of(topic), 2, true, payload, properties, NOW_MS, NOW_MS + HOUR_MS);
    }

    /** Everything of a message that must survive, comparable. */
    static String text(@Nullable Message m) {
        if (m == null) {
            return "none";
        }
        HexFormat hex = HexFormat.of();
        return String.join(
                "|",
                m.id().toString(),
                m.from(),
                m.topic().text(),
                m.qos() + (m.retain() ? "r" : ""),
                hex.formatHex(m.payload()),
                hex.formatHex(m.properties().wire()),
                "" + m.createdAtMs(),
                "" + m.expiresAtMs());
    }

    static Entry entry(long session) {
        return new Entry(session, 1, false, new int[0], null);
    }

    static StoreOp.Enqueue enqueue(Message m, Entry... entries) {
        return new StoreOp.Enqueue(m, List.of(entries), 0, 0, Retained.KEEP, 0);
    }

    static StoreOp.Enqueue enqueue(long n, long... sessions) {
        List<Entry> entries = new ArrayList<>();
        for (long session : sessions) {
            entries.add(entry(session));
        }
        return new StoreOp.Enqueue(message(n, "t"), entries, 0, 0, Retained.KEEP, 0);
    }

    static StoreOp.Dequeue dequeue(long session, long n) {
        return new StoreOp.Dequeue(session, id(n));
    }

    /** To a session that may have all of it as it is; each time another move. */
    static StoreOp.QueueMove move(long from, long to, long... numbers) {
        return new StoreOp.QueueMove(from, ids(numbers), to, 2, true, new int[0], id(MOVES.incrementAndGet()));
    }

    /** The answer to a trim of so many messages without much in them, the last of them this one. */
    static StoreReply.Trimmed trimmed(int count, long until) {
        long size = message(1, "t").sizeBytes();
        return new StoreReply.Trimmed(count, count * size, count == 0 ? MessageId.ZERO : id(until));
    }

    static TopicFilter filter(String text) {
        return TopicFilter.of(text);
    }

    static SessionRecord session(long id, long epoch, @Nullable Will will) {
        return new SessionRecord(id, "client " + id, "", epoch, 3600, 0, will);
    }

    static final Will WILL = new Will(
            TopicName.of("last/words"),
            1,
            true,
            new byte[] {1, 2},
            PublishProperties.ofWire(new byte[] {1, 1}),
            30,
            -1);

    // ---- readings ---------------------------------------------------------------------------------------------------

    StoreReply.Entries read(long session, MessageId after, int limit, int bytesMax) throws Exception {
        return (StoreReply.Entries) apply(new StoreOp.QueueRead(session, after, limit, bytesMax));
    }

    List<QueueEntry> queue(long session) throws Exception {
        StoreReply.Entries all = read(session, MessageId.ZERO, 1_000_000, Integer.MAX_VALUE);
        assertThat(all.more()).isFalse();
        return all.entries();
    }

    /** Positions of what is not in flight. */
    List<MessageId> positions(long session) throws Exception {
        return queue(session).stream().map(QueueEntry::position).toList();
    }

    StoreReply.SessionState load(long session) throws Exception {
        return (StoreReply.SessionState) apply(new StoreOp.SessionLoad(session));
    }

    List<StoreReply.StoredSession> sessions() throws Exception {
        StoreReply.Sessions all = (StoreReply.Sessions) apply(new StoreOp.SessionScan(0, 1_000_000));
        assertThat(all.more()).isFalse();
        return all.sessions();
    }

    List<Message> messages(StoreOp op) throws Exception {
        return ((StoreReply.Messages) apply(op)).messages();
    }

    static List<MessageId> ids(long... numbers) {
        List<MessageId> ids = new ArrayList<>();
        for (long n : numbers) {
            ids.add(id(n));
        }
        return ids;
    }

    static List<MessageId> ids(List<Message> messages) {
        return messages.stream().map(Message::id).toList();
    }
}
