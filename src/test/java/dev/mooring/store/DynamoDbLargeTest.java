package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.dynamodb.AwsFaults;
import dev.mooring.dynamodb.AwsFaults.Fault;
import dev.mooring.dynamodb.NeedsNode;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicName;
import dev.mooring.message.Will;
import dev.mooring.store.StoreOp.Enqueue.Retained;
import dev.mooring.store.dynamodb.DynamoDbConfig;
import dev.mooring.store.dynamodb.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Retained messages and Wills that one item cannot hold: whole or not at all, whenever the broker ends. */
@NeedsNode
class DynamoDbLargeTest extends StoreHarness {
    private static final int LARGE = 450_000;
    private static final AwsFaults AWS = AwsFaults.start();

    @RegisterExtension
    static final TestDynamoDb DYNAMODB = new TestDynamoDb();

    @Override
    Store newStore() {
        return DYNAMODB.newStore(
                DynamoDbConfig.local(AWS.server(), DYNAMODB.config().tablePrefix()));
    }

    @AfterEach
    void noFaults() {
        AWS.none();
    }

    @AfterAll
    static void closeEndpoint() {
        AWS.close();
    }

    private static byte[] bytes(int length, int value) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    /** An hour old: what nothing refers to is put away at once. */
    private static StoreOp.Enqueue retain(long n, String topic, int length, Retained what, int inbound) {
        MessageId id = new MessageId(id(n).timeUs() - HOUR_MS * 1_000, 7);
        Message m = new Message(
                id,
                "c",
                TopicName.of(topic),
                1,
                true,
                bytes(length, (int) n),
                PublishProperties.EMPTY,
                NOW_MS,
                Message.NEVER);
        return new StoreOp.Enqueue(m, List.of(), inbound == 0 ? 0 : 99, inbound, what, 0);
    }

    /** Payloads by their first byte and length. */
    private List<String> retained() throws Exception {
        List<String> found = new ArrayList<>();
        for (Message m : scanned(100)) {
            found.add(m.topic() + " " + m.payload()[0] + " " + m.payload().length);
        }
        return found;
    }

    /** All bytes of each payload are the same. */
    private List<Message> scanned(int limit) throws Exception {
        List<Message> found = new ArrayList<>();
        String after = "";
        StoreReply.Messages page;
        do {
            page = (StoreReply.Messages) apply(new StoreOp.RetainedScan(after, limit));
            for (Message m : page.messages()) {
                assertThat(Arrays.equals(m.payload(), bytes(m.payload().length, m.payload()[0])))
                        .isTrue();
                found.add(m);
                after = m.topic().text();
            }
        } while (page.nextAfter() != null);
        return found;
    }

    private static void nothingLeft(Table... tables) throws Exception {
        for (Table table : tables) {
            assertThat(DYNAMODB.items(table).size()).as(table.name("")).isZero();
        }
    }

    // ---- retained messages

    @Test
    @DisplayName("a large retained message is read whole, replaced by small and large ones, and leaves nothing behind")
    void retainedLarge() throws Exception {
        List<String> topics = List.of("t", "t/a", "\u00e4".repeat(510), "\u00e4".repeat(512), "x".repeat(60_000));
        for (String topic : topics) {
            done(retain(1, topic, LARGE, Retained.SET, 0));
        }
        restart();
        assertThat(retained())
                .containsExactlyInAnyOrderElementsOf(
                        topics.stream().map(t -> t + " 1 " + LARGE).toList());
        done(retain(2, "t", 3 * LARGE, Retained.SET, 0), retain(2, "t/a", 5, Retained.SET, 0));
        assertThat(retained()).hasSize(5).contains("t 2 " + 3 * LARGE, "t/a 2 5");
        done(retain(3, "t", LARGE, Retained.SET, 1), retain(4, "t", 7, Retained.SET, 2));
        assertThat(retained()).contains("t 4 7");
        for (String topic : topics) {
            done(retain(5, topic, 0, Retained.CLEAR, 0));
        }
        nothingLeft(Table.RETAINED);
        assertThat(load(99).inboundPacketIds()).containsExactly(1, 2);
    }

    @Test
    @DisplayName("pages of the scan go over large messages as over others")
    void pages() throws Exception {
        for (int n = 1; n <= 9; n++) {
            done(retain(n, "p/" + n, n % 2 == 0 ? LARGE : 5, Retained.SET, 0));
        }
        assertThat(scanned(2)).extracting(Message::topic).hasSize(9).doesNotHaveDuplicates();
    }

    @ParameterizedTest(name = "QoS 2 packet id {0}")
    @ValueSource(ints = {0, 5})
    @DisplayName("whenever the broker ends while a large message replaces another, one of them is there whole")
    void retainedCrash(int inbound) throws Exception {
        done(retain(1, "t", LARGE, Retained.SET, 0));
        StoreOp next = retain(2, "t", 2 * LARGE, Retained.SET, inbound);
        String before = "t 1 " + LARGE;
        String afterwards = "t 2 " + 2 * LARGE;
        int seen = 0;
        for (int calls = 0; seen < 2; calls++) {
            assertThat(calls).as("calls of one operation").isLessThan(20);
            endAfter(calls);
            boolean isDone = apply(next).equals(StoreReply.DONE);
            AWS.none();
            restart();
            assertThat(retained()).as("after %d calls", calls).hasSize(1).containsAnyOf(before, afterwards);
            seen += isDone ? 1 : 0;
        }
        assertThat(retained()).containsExactly(afterwards);
        restart();
        retained();
        done(retain(3, "t", 0, Retained.CLEAR, 0));
        nothingLeft(Table.RETAINED);
    }

    /** So many calls are carried out, of the last only a part, if it is a batch; from then on none is. */
    private static void endAfter(int calls) {
        int[] left = {calls};
        AWS.rule(call -> {
            synchronized (left) {
                if (left[0]-- > 1) {
                    return Fault.NONE;
                }
                return left[0] == 0 && call.action().equals("BatchWriteItem")
                        ? Fault.undone(1)
                        : left[0] == 0 ? Fault.NONE : Fault.error(400, "AccessDeniedException", "the end");
            }
        });
    }

    // ---- Wills

    private static StoreOp save(long session, long epoch, int length, int value) {
        Will will = length == 0
                ? null
                : new Will(TopicName.of("w"), 1, false, bytes(length, value), PublishProperties.EMPTY, 3, -1, "owner");
        return new StoreOp.SessionSave(new SessionRecord(session, "c" + session, "", epoch, 60, 0, will));
    }

    /** The Wills of sessions 1 to 3 by first byte and length. */
    private List<String> wills() throws Exception {
        List<String> found = new ArrayList<>();
        for (StoreReply.StoredSession s : sessions()) {
            @Nullable Will will = s.session().will();
            if (will != null) {
                assertThat(Arrays.equals(will.payload(), bytes(will.payload().length, will.payload()[0])))
                        .isTrue();
                assertThat(will.owner()).isEqualTo("owner");
            }
            found.add(will == null ? "none" : will.payload()[0] + " " + will.payload().length);
        }
        return found;
    }

    @Test
    @DisplayName("a large Will is read whole, replaced, published and ended, and leaves nothing behind")
    void willLarge() throws Exception {
        done(save(1, 1, LARGE, 1), save(2, 1, LARGE, 2), save(3, 1, LARGE, 3));
        done(new StoreOp.SubscriptionsSave(2, List.of(Subscription.of("a", 1))), save(2, 1, LARGE, 2));
        restart();
        assertThat(wills()).containsExactly("1 " + LARGE, "2 " + LARGE, "3 " + LARGE);
        assertThat(sessions().get(1).subscriptions()).hasSize(1);
        assertThat(apply(save(1, 0, LARGE, 9))).isInstanceOf(StoreReply.Failed.class);
        done(save(1, 2, 3 * LARGE, 4), save(3, 2, 0, 0));
        StoreOp published = new StoreOp.Enqueue(message(1, "w"), List.of(entry(3)), 0, 0, Retained.KEEP, 2);
        done(published);
        assertThat(wills()).containsExactly("4 " + 3 * LARGE, "none", "none");
        done(save(2, 2, 5, 5));
        assertThat(wills()).containsExactly("4 " + 3 * LARGE, "5 5", "none");
        assertThat(DYNAMODB.items(Table.SESSION).size())
                .as("records, a subscription, chunks of one Will")
                .isEqualTo(3 + 1 + 4);
        for (int session = 1; session <= 3; session++) {
            done(new StoreOp.SessionDelete(session, "c"));
        }
        nothingLeft(Table.SESSION, Table.STATE, Table.BODY);
    }

    @Test
    @DisplayName("whenever the broker ends while a large Will is stored, the one before or this one is there whole")
    void willCrash() throws Exception {
        done(save(1, 1, LARGE, 1));
        int epoch = 2;
        for (int calls = 0; ; calls++) {
            assertThat(calls).as("calls of one operation").isLessThan(20);
            endAfter(calls);
            boolean isDone = apply(save(1, epoch, 2 * LARGE, 2)).equals(StoreReply.DONE);
            boolean isDoneAlone = apply(save(2, epoch, LARGE, 3)).equals(StoreReply.DONE);
            AWS.none();
            restart();
            assertThat(wills().get(0)).as("after %d calls", calls).isIn("1 " + LARGE, "2 " + 2 * LARGE);
            if (isDone && isDoneAlone) {
                break;
            }
            done(save(1, ++epoch, LARGE, 1));
            assertThat(wills().get(0)).isEqualTo("1 " + LARGE);
            epoch++;
        }
        assertThat(wills()).containsExactly("2 " + 2 * LARGE, "3 " + LARGE);
        assertThat(DYNAMODB.items(Table.SESSION).size())
                .as("records and their chunks, and nothing of what ended before")
                .isEqualTo(2 + 3 + 2);
    }
}
