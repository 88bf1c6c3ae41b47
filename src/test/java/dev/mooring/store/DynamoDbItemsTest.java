package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.config.Config;
import dev.mooring.dynamodb.NeedsNode;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicName;
import dev.mooring.metrics.ActionMetrics;
import dev.mooring.rule.HookEvent;
import dev.mooring.rule.Operations;
import dev.mooring.rule.Rule;
import dev.mooring.rule.Step;
import dev.mooring.store.dynamodb.Table;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.ScalarAttributeType;

/** Rules with items, from the configuration to the table. */
@NeedsNode
class DynamoDbItemsTest extends StoreHarness {
    @RegisterExtension
    static final TestDynamoDb DYNAMODB = new TestDynamoDb();

    private static final String ID = "2VFt0kuNrOktefX6m4nP";
    private static final byte[] BYTES = {(byte) 0xFF, 0, 'a'};

    @Override
    Store newStore() {
        return DYNAMODB.newStore();
    }

    /** A table of somebody's own: clientid HASH S, at RANGE N. */
    @BeforeAll
    static void createTable() {
        List<AttributeDefinition> attributes = List.of(
                AttributeDefinition.builder()
                        .attributeName("clientid")
                        .attributeType(ScalarAttributeType.S)
                        .build(),
                AttributeDefinition.builder()
                        .attributeName("at")
                        .attributeType(ScalarAttributeType.N)
                        .build());
        List<KeySchemaElement> keys = List.of(
                KeySchemaElement.builder()
                        .attributeName("clientid")
                        .keyType(KeyType.HASH)
                        .build(),
                KeySchemaElement.builder()
                        .attributeName("at")
                        .keyType(KeyType.RANGE)
                        .build());
        try (DynamoDbAsyncClient client = dev.mooring.dynamodb.Dynalite.client()) {
            client.createTable(b -> b.tableName(history())
                            .keySchema(keys)
                            .attributeDefinitions(attributes)
                            .billingMode(BillingMode.PAY_PER_REQUEST))
                    .join();
        }
    }

    private static String history() {
        return DYNAMODB.config().tablePrefix() + "history";
    }

    @Test
    @DisplayName("every type is written as the rule has it, with the values of the event")
    void types() {
        assertThat(published("""
                        {"table": "history", "put": {"clientid": "${clientid}", "at": {"N": "${ts}"},
                          "topic": "t:${topic}", "qos": {"N": "${qos}"}, "retain": {"BOOL": "${retain}"},
                          "bytes": {"B": "${payload}"}, "text": {"S": "${msgid}/${username}"}, "five": 5, "half": 0.5,
                          "yes": true, "names": {"SS": ["${clientid}", "${topic}", "c1"]},
                          "numbers": {"NS": [1, "${qos}"]}}}
                        """, message("c1", "a/b", BYTES))).isEqualTo(StoreReply.DONE);
        Map<String, AttributeValue> expected = new HashMap<>();
        expected.put("clientid", s("c1"));
        expected.put("at", n("1795000000"));
        expected.put("topic", s("t:a/b"));
        expected.put("qos", n("1"));
        expected.put("retain", AttributeValue.builder().bool(true).build());
        expected.put(
                "bytes",
                AttributeValue.builder().b(SdkBytes.fromByteArray(BYTES)).build());
        expected.put("text", s(ID + "/ann"));
        expected.put("five", n("5"));
        expected.put("half", n("0.5"));
        expected.put("yes", AttributeValue.builder().bool(true).build());
        expected.put("names", AttributeValue.builder().ss("a/b", "c1").build());
        expected.put("numbers", AttributeValue.builder().ns("1").build());
        assertThat(items()).containsExactly(expected);
    }

    @Test
    @DisplayName("items are written in their order: put, update with set, add and remove, delete")
    void order() {
        String key = "{\"clientid\": \"${clientid}\", \"at\": 7}";
        String put = "{\"table\": \"history\", \"put\": {\"clientid\": \"${clientid}\", \"at\": 7, \"n\": 1,"
                + " \"gone\": \"x\"}}";
        String update = "{\"table\": \"history\", \"update\": {\"key\": " + key + ", \"set\": {\"name\": \"${topic}\"},"
                + " \"add\": {\"n\": {\"N\": \"${qos}\"}, \"ids\": {\"SS\": [\"${msgid}\"]}}, \"remove\": [\"gone\"]}}";
        assertThat(published(put + "," + update, message("c2", "name", BYTES))).isEqualTo(StoreReply.DONE);
        assertThat(items())
                .containsExactly(Map.of(
                        "clientid",
                        s("c2"),
                        "at",
                        n("7"),
                        "n",
                        n("2"),
                        "name",
                        s("name"),
                        "ids",
                        AttributeValue.builder().ss(ID).build()));
        assertThat(published(
                        update + ", {\"table\": \"history\", \"delete\": " + key + "}", message("c2", "name", BYTES)))
                .isEqualTo(StoreReply.DONE);
        assertThat(items()).isEmpty();
    }

    @ParameterizedTest
    @DisplayName("a value that does not fit the type refuses the whole, says so, and writes nothing")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "n": {"N": "${payload}"}         | 12a | attribute n of table history is a number, and "12a" is none that
            "n": {"N": "${payload}"}         | 1e126 | "1e126" is none that DynamoDB takes
            "n": {"N": "${payload}"}         | 123456789012345678901234567890123456789 | is none that DynamoDB takes
            "n": {"N": "${payload}"}         | `` | "" is none
            "n": {"NS": ["1", "${payload}"]} | x | "x" is none
            "n": {"BOOL": "${payload}"}      | 1 | attribute n of table history is true or false
            """)
    void unfit(String attribute, String payload, String why) {
        String first = "{\"table\": \"history\", \"put\": {\"clientid\": \"first\", \"at\": 1}}";
        String second = "{\"table\": \"history\", \"put\": {\"clientid\": \"second\", \"at\": 1, " + attribute + "}}";
        byte[] bytes = payload.getBytes(StandardCharsets.UTF_8);
        StoreReply reply = published(first + "," + second, message("c", "t", bytes));
        assertThat(reply).isInstanceOf(StoreReply.Failed.class);
        assertThat(((StoreReply.Failed) reply).reason()).contains(why);
        assertThat(((StoreReply.Failed) reply).transientFault()).isFalse();
        assertThat(items()).isEmpty();
    }

    @Test
    @DisplayName("numbers up to DynamoDB's limits are taken; bytes that are no text are refused as text")
    void limits() {
        String put = "{\"table\": \"history\", \"put\": {\"clientid\": \"c\", \"at\": {\"N\": \"${payload}\"}}}";
        for (String number :
                List.of("0", "-0.0", "1E-130", "9.9e125", "12345678901234567890123456789012345678", "+5")) {
            assertThat(published(put, message("c", "t", number.getBytes(StandardCharsets.UTF_8))))
                    .as(number)
                    .isEqualTo(StoreReply.DONE);
        }
        String text = "{\"table\": \"history\", \"put\": {\"clientid\": \"${payload}\", \"at\": 1}}";
        StoreReply.Failed failed = (StoreReply.Failed) published(text, message("c", "t", BYTES));
        assertThat(failed.reason()).contains("attribute clientid of table history is a text", "not UTF-8");
    }

    @Test
    @DisplayName("a missing table and an empty key are named, and do not disturb other rules' items")
    void refusedByDynamoDb() throws Exception {
        StoreOp missing = operation("{\"table\": \"nowhere\", \"put\": {\"k\": \"v\"}}", message("a", "t", BYTES));
        StoreOp empty = operation(
                "{\"table\": \"history\", \"put\": {\"clientid\": \"${payload}\", \"at\": 1}}",
                message("b", "u", new byte[0]));
        StoreOp good = operation(
                "{\"table\": \"history\", \"put\": {\"clientid\": \"c\", \"at\": 2}}", message("c", "v", BYTES));
        List<StoreReply> replies = applyAll(List.of(missing, empty, good));
        assertThat(((StoreReply.Failed) replies.get(0)).reason())
                .contains(DYNAMODB.config().tablePrefix() + "nowhere", "PutItem");
        assertThat(((StoreReply.Failed) replies.get(1)).reason()).contains("history");
        assertThat(replies.get(2)).isEqualTo(StoreReply.DONE);
        assertThat(items()).hasSize(1);
    }

    @Test
    @DisplayName("in one batch, the last word of a topic is the last that was asked for")
    void sameTopic() throws Exception {
        List<StoreOp> ops = new ArrayList<>();
        String latest =
                "{\"table\": \"history\", \"put\": {\"clientid\": \"latest\", \"at\": 1, \"by\": \"${clientid}\"}}";
        for (int i = 0; i < 20; i++) {
            ops.add(operation(latest, message("c" + i, "same", BYTES)));
        }
        assertThat(applyAll(ops)).containsOnly(StoreReply.DONE);
        assertThat(items()).hasSize(1);
        assertThat(items().get(0).get("by")).isEqualTo(s("c19"));
    }

    @Test
    @DisplayName("documented tables may be written too")
    void documented() throws Exception {
        String update = "{\"table\": \"mqtt_client\", \"update\": {\"key\": {\"clientid\": \"${clientid}\"},"
                + " \"set\": {\"last_topic\": \"${topic}\"}}}";
        assertThat(published(update, message("c1", "a", BYTES))).isEqualTo(StoreReply.DONE);
        assertThat(DYNAMODB.items(Table.CLIENT)).containsExactly(Map.of("clientid", s("c1"), "last_topic", s("a")));
    }

    private StoreReply published(String items, Message message) {
        try {
            return apply(operation(items, message));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** What a rule on message.publish with these items asks for. */
    private static StoreOp operation(String items, Message message) {
        Config config = Config.of("""
                {"pools": {"local": {"backend": "embedded"}, "d": {"backend": "dynamodb"}},
                 "hooks": {"message.publish": [{"pool": "d", "action": {"items": [%s]}}]}}
                """.formatted(items));
        Rule rule = config.hooks().get(0);
        Step step =
                new Step(rule.action(), rule.pool(), rule.expiredTimeS(), rule.onError(), false, new ActionMetrics());
        return Operations.of(step, new HookEvent.Published(message, "ann"));
    }

    private static Message message(String from, String topic, byte[] payload) {
        TopicName name = TopicName.of(topic);
        long atMs = 1_795_000_000_123L;
        return new Message(
                MessageId.parse(ID), from, name, 1, true, payload, PublishProperties.EMPTY, atMs, Message.NEVER);
    }

    private static List<Map<String, AttributeValue>> items() {
        return DYNAMODB.client().scan(b -> b.tableName(history()).consistentRead(true)).join().items().stream()
                .map(DynamoDbItemsTest::withSortedSets)
                .toList();
    }

    /** A set has no order. */
    private static Map<String, AttributeValue> withSortedSets(Map<String, AttributeValue> item) {
        Map<String, AttributeValue> sorted = new HashMap<>(item);
        sorted.replaceAll((name, value) -> value.hasSs()
                ? AttributeValue.builder()
                        .ss(value.ss().stream().sorted().toList())
                        .build()
                : value);
        return sorted;
    }

    @AfterEach
    void clear() {
        for (Map<String, AttributeValue> item : items()) {
            Map<String, AttributeValue> key = Map.of("clientid", item.get("clientid"), "at", item.get("at"));
            DYNAMODB.client().deleteItem(b -> b.tableName(history()).key(key)).join();
        }
    }

    private static AttributeValue s(String text) {
        return AttributeValue.builder().s(text).build();
    }

    private static AttributeValue n(String number) {
        return AttributeValue.builder().n(number).build();
    }
}
