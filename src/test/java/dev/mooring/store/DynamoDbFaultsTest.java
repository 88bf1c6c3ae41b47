package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mooring.dynamodb.AwsFaults;
import dev.mooring.dynamodb.AwsFaults.Fault;
import dev.mooring.dynamodb.Dynalite;
import dev.mooring.dynamodb.NeedsNode;
import dev.mooring.message.IdFormat;
import dev.mooring.message.MessageId;
import dev.mooring.message.TimestampUnit;
import dev.mooring.redis.SlowProxy;
import dev.mooring.store.dynamodb.DynamoDbConfig;
import dev.mooring.store.dynamodb.DynamoDbStore;
import dev.mooring.store.dynamodb.Table;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;

/** What Amazon's DynamoDB does on a bad day, and what the store makes of it. */
@NeedsNode
class DynamoDbFaultsTest {
    private static final String PREFIX = Dynalite.newPrefix();
    private static final AwsFaults AWS = AwsFaults.start();
    private static Vertx vertx;
    private static DynamoDbStore store;
    private static Store onContext;

    @BeforeAll
    static void open() throws Exception {
        vertx = Vertx.vertx();
        store = new DynamoDbStore(vertx, config(AWS.server(), PREFIX, true, 15_000));
        onContext = new OnContext(vertx, store);
        StoreHarness.await(onContext.open());
    }

    @AfterAll
    static void close() throws Exception {
        StoreHarness.await(onContext.close());
        StoreHarness.await(vertx.close());
        AWS.close();
    }

    private static DynamoDbConfig config(String server, String prefix, boolean create, int attemptTimeoutMs) {
        return new DynamoDbConfig(
                "us-west-2",
                server,
                8,
                "AKIAEXAMPLE",
                "swordfish",
                "",
                prefix,
                create,
                null,
                1_000,
                attemptTimeoutMs,
                2 * attemptTimeoutMs,
                100_000,
                1_000,
                IdFormat.BASE62,
                TimestampUnit.S,
                false);
    }

    private static List<StoreReply> apply(StoreOp... ops) throws Exception {
        return onContext
                .apply(List.of(ops))
                .toCompletionStage()
                .toCompletableFuture()
                .get(90, TimeUnit.SECONDS);
    }

    private static StoreOp publish(long n, String topic) {
        return HooksContract.publish(n, topic);
    }

    private static List<MessageId> stored(String topic) throws Exception {
        AWS.none();
        StoreReply reply = apply(new StoreOp.FetchForQueue("c", StoreHarness.filter(topic), MessageId.ZERO, 1_000))
                .get(0);
        assertThat(reply).isInstanceOf(StoreReply.Messages.class);
        return StoreHarness.ids(((StoreReply.Messages) reply).messages());
    }

    @ParameterizedTest(name = "{1}")
    @CsvSource(delimiter = '|', textBlock = """
            400 | ProvisionedThroughputExceededException | true  | raise its capacity
            400 | ThrottlingException                    | true  | raise its capacity
            400 | RequestLimitExceeded                   | true  | raise its capacity
            500 | InternalServerError                    | true  | InternalServerError
            503 | ServiceUnavailable                     | true  | ServiceUnavailable
            400 | ExpiredTokenException                  | true  | the credentials have expired
            400 | UnrecognizedClientException            | true  | check aws_access_key_id
            400 | AccessDeniedException                  | false | give the pool's user dynamodb:UpdateItem on table
            400 | ResourceNotFoundException              | false | create table
            """)
    @DisplayName("an error names table, call and what to do; when it is over, the same operation succeeds")
    void errors(int status, String code, boolean passes, String advice) throws Exception {
        String topic = "error/" + code;
        AWS.rule(call -> call.action().equals("UpdateItem") ? Fault.error(status, code, "sorry") : Fault.NONE);
        StoreReply.Failed failed = (StoreReply.Failed) apply(publish(1, topic)).get(0);
        assertThat(failed.transientFault()).isEqualTo(passes);
        assertThat(failed.reason())
                .contains("DynamoDB at " + AWS.server(), "UpdateItem", PREFIX + "mqtt_topic_msg_map", code, advice)
                .doesNotContain("swordfish", "AKIAEXAMPLE");
        AWS.none();
        assertThat(apply(publish(1, topic))).containsExactly(StoreReply.DONE);
        assertThat(stored(topic)).isEqualTo(StoreHarness.ids(1));
    }

    @Test
    @DisplayName("what is throttled at first is tried again, and nobody hears of it")
    void throttledAtFirst() throws Exception {
        AWS.forget();
        AWS.rule(call -> call.number() <= 2 ? Fault.throttled() : Fault.NONE);
        assertThat(apply(publish(1, "throttled"))).containsExactly(StoreReply.DONE);
        assertThat(stored("throttled")).isEqualTo(StoreHarness.ids(1));
    }

    @Test
    @DisplayName("a write that was carried out and answered with 500 is there once")
    void appliedButFailed() throws Exception {
        AWS.forget();
        Fault late = Fault.error(500, "InternalServerError", "").butApplied();
        AWS.rule(call -> call.number() == 1 ? late : Fault.NONE);
        StoreOp acked = new StoreOp.AckedForPubsub("c", "late", StoreHarness.id(1));
        assertThat(apply(publish(1, "late"), publish(2, "late"), acked)).containsOnly(StoreReply.DONE);
        assertThat(stored("late")).isEqualTo(StoreHarness.ids(1, 2));
        StoreOp pubsub = new StoreOp.FetchForPubsub("c", StoreHarness.filter("late"), MessageId.ZERO, MessageId.MAX, 9);
        StoreReply.Messages after = (StoreReply.Messages) apply(pubsub).get(0);
        assertThat(StoreHarness.ids(after.messages())).isEqualTo(StoreHarness.ids(2));
    }

    @Test
    @DisplayName("what a batch leaves undone is asked for again, written and read")
    void undone() throws Exception {
        AWS.forget();
        AWS.rule(call -> call.action().equals("BatchWriteItem") && call.number() <= 4 ? Fault.undone(10) : Fault.NONE);
        List<StoreOp> ops = new ArrayList<>();
        List<MessageId> ids = new ArrayList<>();
        for (int n = 1; n <= 60; n++) {
            ops.add(publish(n, "undone"));
            ids.add(StoreHarness.id(n));
        }
        assertThat(apply(ops.toArray(StoreOp[]::new))).containsOnly(StoreReply.DONE);
        AWS.rule(call -> call.action().equals("BatchGetItem") && call.number() <= 2 ? Fault.undone(50) : Fault.NONE);
        StoreReply reply = apply(new StoreOp.FetchForQueue("c", StoreHarness.filter("undone"), MessageId.ZERO, 100))
                .get(0);
        assertThat(StoreHarness.ids(((StoreReply.Messages) reply).messages())).isEqualTo(ids);
    }

    @Test
    @DisplayName("what is left undone again and again fails, and is tried later; what was done is answered")
    void undoneForLong() throws Exception {
        AWS.rule(call -> call.action().equals("BatchWriteItem") ? Fault.undone(1) : Fault.NONE);
        StoreReply.Failed failed = (StoreReply.Failed) apply(publish(1, "long")).get(0);
        assertThat(failed.transientFault()).isTrue();
        assertThat(failed.reason()).contains("BatchWriteItem", PREFIX + "m", "undone 8 times", "raise its capacity");
    }

    @Test
    @DisplayName("an item that is refused takes no other of its batch with it")
    void poisoned() throws Exception {
        AWS.rule(call -> call.action().equals("BatchWriteItem") && call.mentions("poison")
                ? Fault.error(400, "ValidationException", "One or more parameter values were invalid")
                : Fault.NONE);
        List<StoreReply> replies = apply(publish(1, "fine"), publish(2, "poison"), publish(3, "fine"));
        assertThat(replies).element(0).isEqualTo(StoreReply.DONE);
        assertThat(replies)
                .element(1)
                .isInstanceOfSatisfying(
                        StoreReply.Failed.class,
                        failed -> assertThat(failed.transientFault()).isFalse());
        assertThat(stored("fine")).isEqualTo(StoreHarness.ids(1, 3));
    }

    @Test
    @DisplayName("silence, a cut connection and a closed port: a failure that passes, and says where")
    void unreachable() throws Exception {
        try (SlowProxy proxy = SlowProxy.before(Dynalite.port())) {
            String server = "http://" + proxy.server();
            Store near = new OnContext(vertx, new DynamoDbStore(vertx, config(server, PREFIX, true, 1_500)));
            StoreHarness.await(near.open());
            proxy.cutAfterToServer(900);
            assertThat(StoreHarness.await(near.apply(List.of(publish(1, "cut")))))
                    .containsOnly(StoreReply.DONE);
            proxy.delay(60_000, 0);
            StoreReply.Failed silent = (StoreReply.Failed) StoreHarness.await(near.apply(List.of(publish(1, "silent"))))
                    .get(0);
            assertThat(silent.transientFault()).isTrue();
            assertThat(silent.reason()).contains(server, " on " + PREFIX + "m", " millis");
            proxy.close();
            StoreReply.Failed closed = (StoreReply.Failed) StoreHarness.await(near.apply(List.of(publish(1, "closed"))))
                    .get(0);
            assertThat(closed.transientFault()).isTrue();
            assertThat(closed.reason()).contains(server);
            StoreHarness.await(near.close());
        }
        assertThat(stored("cut")).isEqualTo(StoreHarness.ids(1));
    }

    @Test
    @DisplayName(
            "once nothing is answered, the rest of a large batch fails at once; one call finds out when it is over")
    void silenceIsNotWaitedForAgain() throws Exception {
        Store near = new OnContext(vertx, new DynamoDbStore(vertx, config(AWS.server(), PREFIX, true, 1_500)));
        StoreHarness.await(near.open());
        List<StoreOp> ops = new ArrayList<>();
        for (int n = 1; n <= 500; n++) {
            ops.add(publish(n, "silence/" + n)); // 60 batches and 500 updates
        }
        AWS.rule(call -> Fault.SILENCE);
        AWS.forget();
        assertThat(near.apply(ops).toCompletionStage().toCompletableFuture().get(50, TimeUnit.SECONDS))
                .allSatisfy(reply ->
                        assertThat(((StoreReply.Failed) reply).transientFault()).isTrue());
        assertThat(AWS.calls().values().stream().mapToLong(Long::longValue).sum())
                .as("eight connections, three attempts each")
                .isLessThanOrEqualTo(24);
        AWS.forget();
        StoreHarness.await(near.apply(ops));
        assertThat(AWS.calls().values().stream().mapToLong(Long::longValue).sum())
                .isLessThanOrEqualTo(3);
        AWS.none();
        StoreHarness.await(near.apply(List.of(publish(1, "silence/1"))));
        assertThat(StoreHarness.await(near.apply(ops.subList(0, 50)))).containsOnly(StoreReply.DONE);
        StoreHarness.await(near.close());
    }

    @Test
    @DisplayName("what DynamoDB has no room for is refused before it is sent, counted, and hurts nobody else")
    void sizes() throws Exception {
        long before = store.refusedBySizeCount();
        String longTopic = "\u00e4".repeat(1_025);
        String longClient = "c".repeat(2_049);
        byte[] large = new byte[400 * 1024];
        AWS.forget();
        AWS.rule(call -> Fault.error(500, "InternalServerError", "")); // nothing of this may be sent
        List<StoreReply> replies = apply(
                publish(1, longTopic),
                new StoreOp.MessagePublish(StoreHarness.message(2, "large", large), Long.MAX_VALUE),
                new StoreOp.MessageRetain(StoreHarness.message(3, "large", large)),
                new StoreOp.MessageStore(StoreHarness.message(4, "large", large), Long.MAX_VALUE),
                new StoreOp.ClientConnected("n", longClient, 1),
                new StoreOp.AckedForPubsub("c".repeat(1_025), "t", StoreHarness.id(1)));
        assertThat(replies).allSatisfy(reply -> {
            assertThat(((StoreReply.Failed) reply).transientFault()).isFalse();
            assertThat(((StoreReply.Failed) reply).reason()).contains("bytes, and DynamoDB takes");
        });
        assertThat(store.refusedBySizeCount()).isEqualTo(before + replies.size());
        assertThat(AWS.calls()).isEmpty();
        AWS.none();
        byte[] nearly = new byte[400 * 1024 - 300];
        assertThat(apply(new StoreOp.MessagePublish(StoreHarness.message(5, "nearly", nearly), Long.MAX_VALUE)))
                .containsOnly(StoreReply.DONE);
        assertThat(stored("nearly")).isEqualTo(StoreHarness.ids(5));
        String longest = "\u00e4".repeat(1_024);
        assertThat(apply(publish(6, longest), new StoreOp.AckedForPubsub("c", longest, StoreHarness.id(5))))
                .containsOnly(StoreReply.DONE);
        assertThat(stored("+")).contains(StoreHarness.id(6));
    }

    @Test
    @DisplayName("a missing table and one with another key are errors with what to do, all at once")
    void tables() throws Exception {
        String prefix = Dynalite.newPrefix();
        try (DynamoDbAsyncClient client = Dynalite.client()) {
            client.createTable(b -> b.tableName(Table.RETAIN.name(prefix))
                            .keySchema(KeySchemaElement.builder()
                                    .attributeName("id")
                                    .keyType("HASH")
                                    .build())
                            .attributeDefinitions(AttributeDefinition.builder()
                                    .attributeName("id")
                                    .attributeType("N")
                                    .build())
                            .billingMode(BillingMode.PAY_PER_REQUEST))
                    .get(20, TimeUnit.SECONDS);
        }
        Store bare = new OnContext(vertx, new DynamoDbStore(vertx, config(Dynalite.server(), prefix, false, 15_000)));
        assertThatThrownBy(() -> StoreHarness.await(bare.open()))
                .hasMessageContaining("table " + prefix + "mqtt_client is missing; set create_tables, or create it: "
                        + "aws dynamodb create-table --cli-input-json '{\"TableName\":\"" + prefix + "mqtt_client\"")
                .hasMessageContaining("update-time-to-live --table-name " + prefix + "mqtt_msg")
                .hasMessageContaining("table " + prefix + "mqtt_retain has the key id HASH N, not topic HASH S");
    }
}
