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
import dev.mooring.store.StoreOp.Enqueue.Entry;
import dev.mooring.store.StoreOp.Enqueue.Retained;
import dev.mooring.store.dynamodb.DynamoDbConfig;
import dev.mooring.store.dynamodb.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * What the broker's own state in DynamoDB has to bear beyond the contract: any names, much at once, nothing left over,
 * and ends at any moment.
 */
@NeedsNode
class DynamoDbStateTest extends StoreHarness {
    private static final int MANY = 200;
    private static final List<Table> QUEUES = List.of(Table.SESSION, Table.STATE, Table.BODY);
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

    private static void isEmpty(List<Table> tables) throws Exception {
        for (Table table : tables) {
            assertThat(DYNAMODB.items(table)).as(table.name("")).isEmpty();
        }
    }

    @Test
    @DisplayName("no name of a client, topic or filter reaches another key, and each comes back as it was")
    void anyNames() throws Exception {
        String longest = "\u00e4{*}:\r\n".repeat(8_191);
        List<String> names =
                List.of("a", "a:b", "{x}", "*?[a]\\", "~u", "\u0001", "\u007f\uffff", longest, longest + "b");
        for (int i = 0; i < names.size(); i++) {
            String name = names.get(i);
            String filter = name.replace('*', '_').replace('#', '_') + "/#";
            Fetch fetch = new Fetch(filter, name, OpKind.FETCH_FOR_QUEUE, id(1), id(9));
            done(
                    new StoreOp.SessionSave(new SessionRecord(i + 1, name, "", 1, 60, 0, null)),
                    new StoreOp.SubscriptionsSave(i + 1, List.of(Subscription.of(filter, 1), Subscription.of("x", 2))),
                    new StoreOp.FetchSave(i + 1, fetch),
                    new StoreOp.Enqueue(named(i, name), List.of(entry(i + 1)), 0, 0, Retained.SET, 0));
        }
        for (int i = 0; i < names.size(); i++) {
            StoreReply.StoredSession s = sessions().get(i);
            assertThat(s.session().clientId()).isEqualTo(names.get(i));
            assertThat(s.subscriptions()).hasSize(2);
            String filter = load(i + 1).fetches().get(0).filter();
            assertThat(load(i + 1).fetches().get(0).pool()).isEqualTo(names.get(i));
            done(new StoreOp.SubscriptionsDelete(i + 1, List.of(filter)));
            assertThat(load(i + 1).fetches()).isEmpty();
            assertThat(sessions().get(i).subscriptions()).containsExactly(Subscription.of("x", 2));
            assertThat(queue(i + 1).get(0).message().from()).isEqualTo(names.get(i));
        }
        assertThat(messages(new StoreOp.RetainedScan("", 99)))
                .extracting(m -> m.topic().text())
                .containsExactlyInAnyOrderElementsOf(names);
        for (int i = 0; i < names.size(); i++) {
            done(
                    new StoreOp.Enqueue(named(100 + i, names.get(i)), List.of(), 0, 0, Retained.CLEAR, 0),
                    new StoreOp.SessionDelete(i + 1, names.get(i)));
        }
        isEmpty(QUEUES);
        isEmpty(List.of(Table.RETAINED));
    }

    private static Message named(long n, String name) {
        return new Message(
                id(n),
                name,
                TopicName.of(name),
                1,
                true,
                new byte[] {0, 13, 10},
                PublishProperties.EMPTY,
                NOW_MS,
                Message.NEVER);
    }

    @Test
    @DisplayName("retained messages that have ended are not read, and end by TTL; an older one replaces nothing")
    void retainedEnds() throws Exception {
        done(retain(1, "gone", NOW_MS - 1, 9), retain(6, "stays", NOW_MS + HOUR_MS, 9));
        assertThat(DYNAMODB.items(Table.RETAINED))
                .extracting(item -> Long.parseLong(item.get(Table.TTL).n()))
                .containsExactlyInAnyOrder(NOW_MS / 1000, (NOW_MS + HOUR_MS) / 1000);
        done(retain(7, "stays", Message.NEVER, 9), retain(3, "stays", NOW_MS + HOUR_MS, 9));
        assertThat(messages(new StoreOp.RetainedScan("", 1)))
                .extracting(Message::id)
                .containsExactly(id(7));
        restart();
        assertThat(messages(new StoreOp.RetainedScan("", 9)))
                .extracting(Message::id)
                .containsExactly(id(7));
    }

    private static StoreOp retain(long n, String topic, long expiresAtMs, int bytes) {
        Message m = new Message(
                id(n),
                "c",
                TopicName.of(topic),
                1,
                true,
                new byte[bytes],
                PublishProperties.EMPTY,
                NOW_MS,
                expiresAtMs);
        return new StoreOp.Enqueue(m, List.of(), 0, 0, Retained.SET, 0);
    }

    @Test
    @DisplayName("trims and deletions of many entries drop shared bodies with them")
    void muchAtOnce() throws Exception {
        byte[] large = new byte[3_000];
        List<StoreOp> ops = new ArrayList<>();
        for (int n = 0; n < MANY; n++) {
            ops.add(enqueue(message(n, "t", large), entry(1), entry(2)));
        }
        assertThat(applyAll(ops)).containsOnly(StoreReply.DONE);
        done(new StoreOp.Sent(1, id(0), 1), new StoreOp.SessionSave(session(1, 1, null)));
        int size = message(1, "t", large).sizeBytes();
        StoreOp trim = new StoreOp.QueueTrim(1, MANY - 10, 0, id(MANY));
        StoreReply trimmed = new StoreReply.Trimmed(MANY - 10, (long) size * (MANY - 10), id(MANY - 10));
        assertThat(applyAll(List.of(trim, trim))).containsExactly(trimmed, trimmed);
        assertThat(sessions().get(0).queuedCount()).isEqualTo(10);
        assertThat(sessions().get(0).queuedBytes()).isEqualTo(10L * size);
        done(new StoreOp.SessionDelete(2, "c"));
        assertThat(DYNAMODB.items(Table.BODY))
                .as("a chunk and a row of holders each")
                .hasSize(20);
        assertThat(queue(1)).hasSize(9).allMatch(e -> e.message().payload().length == 3_000);
        done(new StoreOp.SessionDelete(1, "c"));
        isEmpty(QUEUES);
    }

    @Test
    @DisplayName("a trim that ended half-way drops the rest, and nothing else, when it comes again")
    void trimGoesOn() throws Exception {
        done(enqueue(1, 1), enqueue(2, 1), enqueue(3, 1));
        StoreOp trim = new StoreOp.QueueTrim(1, 2, 0, id(9));
        AWS.rule(call -> call.action().equals("BatchWriteItem") && call.mentions("DeleteRequest")
                ? Fault.error(400, "AccessDeniedException", "not now")
                : Fault.NONE);
        assertThat(apply(trim)).isInstanceOf(StoreReply.Failed.class);
        AWS.none();
        assertThat(apply(trim)).isEqualTo(trimmed(2, 2));
        assertThat(positions(1)).isEqualTo(ids(3));
        done(enqueue(0, 1));
        assertThat(apply(trim)).isEqualTo(trimmed(2, 2));
        assertThat(positions(1)).isEqualTo(ids(0, 3));
    }

    @ParameterizedTest(name = "{0} bytes")
    @ValueSource(ints = {1, 5_000, 450_000})
    @DisplayName("a QoS 2 PUBLISH and the copies of it for one session are there together, or not at all")
    void copiesAtomically(int bytes) throws Exception {
        StoreOp publish = CopyContract.withCopies(message(1, "t", new byte[bytes]), 9, 4);
        AWS.rule(call -> call.action().equals("TransactWriteItems")
                ? Fault.error(400, "AccessDeniedException", "not now")
                : Fault.NONE);
        assertThat(apply(publish)).isInstanceOf(StoreReply.Failed.class);
        AWS.none();
        assertThat(List.of(positions(1), positions(2), positions(3))).containsOnly(List.of());
        assertThat(load(9).inboundPacketIds()).isEmpty();
        done(publish);
        assertThat(positions(1)).isEqualTo(ids(1, 501));
        assertThat(load(9).inboundPacketIds()).containsExactly(4);
    }

    @Test
    @DisplayName("a move that ended half-way goes on when it comes again, and says what both times have moved")
    void moveGoesOn() throws Exception {
        List<StoreOp> ops = new ArrayList<>();
        long[] numbers = new long[50];
        for (int n = 0; n < numbers.length; n++) {
            numbers[n] = n + 1;
            ops.add(n < 2 ? enqueue(n + 1, 1, 2) : enqueue(n + 1, 1));
        }
        assertThat(applyAll(ops)).containsOnly(StoreReply.DONE);
        StoreOp move = move(1, 2, numbers);
        int[] calls = {0};
        AWS.rule(call -> call.action().equals("TransactWriteItems") && ++calls[0] == 2
                ? Fault.error(400, "AccessDeniedException", "not now")
                : Fault.NONE);
        assertThat(apply(move)).isInstanceOf(StoreReply.Failed.class);
        AWS.none();
        assertThat(positions(1)).isNotEmpty();
        assertThat(positions(2)).hasSizeGreaterThan(2);
        long bytes = 48L * message(1, "t").sizeBytes() + 41; // the numbers in 41 payloads have two digits
        assertThat(apply(move)).isEqualTo(new StoreReply.Moved(48, bytes));
        assertThat(positions(1)).isEmpty();
        assertThat(positions(2)).hasSize(50);
    }

    @Test
    @DisplayName("a QoS 2 PUBLISH to more queues than a transaction takes is there as a whole, or not at all")
    void manyQueuesAtomically() throws Exception {
        Entry[] entries = new Entry[MANY];
        for (int i = 0; i < MANY; i++) {
            entries[i] = entry(i + 1);
        }
        MessageId old = new MessageId(id(1).timeUs() - HOUR_MS * 1_000, 7);
        Message m = new Message(
                old, "c", TopicName.of("t"), 2, false, new byte[9], PublishProperties.EMPTY, NOW_MS, Message.NEVER);
        StoreOp publish = new StoreOp.Enqueue(m, List.of(entries), 999, 5, Retained.KEEP, 0);
        AWS.rule(call -> call.action().equals("TransactWriteItems")
                ? Fault.error(400, "AccessDeniedException", "not now")
                : Fault.NONE);
        assertThat(apply(publish)).isInstanceOf(StoreReply.Failed.class);
        AWS.none();
        restart();
        assertThat(load(999).inboundPacketIds()).isEmpty();
        assertThat(DYNAMODB.items(Table.STATE)).hasSize(MANY);
        assertThat(queue(1)).as("an entry without a body is none").isEmpty();
        assertThat(queue(MANY)).isEmpty();
        assertThat(DYNAMODB.items(Table.STATE))
                .as("and is put away when it is old")
                .hasSize(MANY - 2);

        done(publish);
        assertThat(load(999).inboundPacketIds()).containsExactly(5);
        List<StoreOp> reads = new ArrayList<>();
        List<StoreOp> ops = new ArrayList<>();
        for (int i = 1; i <= MANY; i++) {
            reads.add(new StoreOp.QueueRead(i, MessageId.ZERO, 100, Integer.MAX_VALUE));
            ops.add(new StoreOp.Dequeue(i, old));
        }
        assertThat(applyAll(reads))
                .allSatisfy(reply ->
                        assertThat(((StoreReply.Entries) reply).entries()).hasSize(1));
        ops.add(new StoreOp.InboundRelease(999, 5));
        assertThat(applyAll(ops)).containsOnly(StoreReply.DONE);
        isEmpty(QUEUES);
    }

    @Test
    @DisplayName("a DEQUEUE that could not let go of a shared body keeps its entry, and does both when it comes again")
    void releaseFails() throws Exception {
        Message m = message(1, "t", new byte[3_000]);
        done(enqueue(m, entry(1), entry(2)));
        restart();
        AWS.rule(call ->
                call.action().equals("UpdateItem") ? Fault.error(400, "AccessDeniedException", "not now") : Fault.NONE);
        assertThat(apply(dequeue(1, 1))).isInstanceOf(StoreReply.Failed.class);
        AWS.none();
        assertThat(positions(1)).isEqualTo(ids(1));
        done(dequeue(1, 1), dequeue(2, 1));
        isEmpty(QUEUES);
    }

    @Test
    @DisplayName("what cannot be read is left out and left where it is; the rest comes")
    void damaged() throws Exception {
        done(
                new StoreOp.SessionSave(session(1, 1, null)),
                new StoreOp.SessionSave(session(2, 1, null)),
                new StoreOp.SubscriptionsSave(2, List.of(Subscription.of("a", 1), Subscription.of("b", 1))),
                enqueue(1, 2),
                enqueue(2, 2),
                retain(3, "r", Message.NEVER, 9),
                retain(4, "s", Message.NEVER, 9));
        damage(Table.SESSION, Map.of("shard", "1", "key", "0000000000000001"), "record");
        damage(Table.SESSION, Map.of("shard", "2", "key", "0000000000000002u#b"), "subscription");
        damage(Table.STATE, Map.of("sid", "0000000000000002", "key", "q#" + id(1)), "entry");
        damage(Table.RETAINED, Map.of("shard", String.valueOf((int) 's' & 15), "topic", "s"), "message");
        restart();
        assertThat(sessions()).singleElement().satisfies(s -> {
            assertThat(s.session().sessionId()).isEqualTo(2);
            assertThat(s.subscriptions()).containsExactly(Subscription.of("a", 1));
        });
        assertThat(positions(2)).isEqualTo(ids(2));
        assertThat(messages(new StoreOp.RetainedScan("", 9)))
                .extracting(Message::id)
                .containsExactly(id(3));
        assertThat(DYNAMODB.items(Table.SESSION)).hasSize(4);
        assertThat(DYNAMODB.items(Table.STATE)).hasSize(2);
    }

    private static void damage(Table table, Map<String, String> key, String attribute) throws Exception {
        Map<String, AttributeValue> of = new java.util.HashMap<>();
        key.forEach((name, text) -> of.put(name, AttributeValue.fromS(text)));
        DYNAMODB.client()
                .updateItem(b -> b.tableName(DYNAMODB.name(table))
                        .key(of)
                        .updateExpression("SET #a = :b")
                        .conditionExpression("attribute_exists(#a)")
                        .expressionAttributeNames(Map.of("#a", attribute))
                        .expressionAttributeValues(Map.of(
                                ":b",
                                AttributeValue.fromB(
                                        software.amazon.awssdk.core.SdkBytes.fromByteArray(new byte[] {99})))))
                .get();
    }
}
