package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.dynamodb.NeedsNode;
import dev.mooring.message.IdFormat;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.TimestampUnit;
import dev.mooring.store.dynamodb.DynamoDbConfig;
import dev.mooring.store.dynamodb.Table;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;

/** What is in the tables, attribute by attribute, for those who read and write them beside the broker. */
@NeedsNode
class DynamoDbLayoutTest extends StoreHarness {
    @RegisterExtension
    static final TestDynamoDb DYNAMODB = new TestDynamoDb();

    private static final long NOW_S = NOW_MS / 1000;

    private DynamoDbConfig config = null;

    @Override
    Store newStore() {
        return DYNAMODB.newStore(config == null ? DYNAMODB.config() : config);
    }

    private void with(IdFormat format, TimestampUnit unit, int topicMapIdsMax, int maxMessagesPerTopic)
            throws Exception {
        DynamoDbConfig c = DYNAMODB.config();
        config = new DynamoDbConfig(
                c.region(),
                c.server(),
                c.poolSize(),
                c.accessKeyId(),
                c.secretAccessKey(),
                "",
                c.tablePrefix(),
                true,
                null,
                c.connectTimeoutMs(),
                c.attemptTimeoutMs(),
                c.callTimeoutMs(),
                maxMessagesPerTopic,
                topicMapIdsMax,
                format,
                unit,
                false);
        restart();
    }

    private static Map<String, AttributeValue> only(Table table) throws Exception {
        List<Map<String, AttributeValue>> items = DYNAMODB.items(table);
        assertThat(items).as(table.name()).hasSize(1);
        return items.get(0);
    }

    private static void put(Table table, Map<String, AttributeValue> item) throws Exception {
        DYNAMODB.client()
                .putItem(b -> b.tableName(DYNAMODB.name(table)).item(item))
                .get(20, TimeUnit.SECONDS);
    }

    private static AttributeValue s(String text) {
        return AttributeValue.fromS(text);
    }

    private static AttributeValue n(long number) {
        return AttributeValue.fromN(Long.toString(number));
    }

    private List<MessageId> fetch(String filter) throws Exception {
        return ids(messages(new StoreOp.FetchForQueue("c", filter(filter), MessageId.ZERO, 1_000)));
    }

    @Test
    @DisplayName("a message has the seven attributes; bytes that are no text are B; MQTT 5 stands beside them")
    void message() throws Exception {
        Message text = message(1, "t", "gr\u00fc\u00df".getBytes(StandardCharsets.UTF_8));
        done(new StoreOp.MessagePublish(text, NOW_MS + HOUR_MS));
        String id = id(1).toString();
        AttributeValue end = n(NOW_S + 3600);
        assertThat(only(Table.MSG))
                .isEqualTo(Map.of(
                        "msgid", s(id),
                        "topic", s("t"),
                        "sender", s("publisher"),
                        "qos", n(1),
                        "retain", n(0),
                        "payload", s("gr\u00fc\u00df"),
                        "arrived", n(NOW_S),
                        "expire_at", end));
        assertThat(only(Table.TOPIC_MSG))
                .isEqualTo(Map.of("topic", s("t"), "msgid", s(id), "size", n(text.sizeBytes()), "expire_at", end));
        assertThat(only(Table.TOPIC_MSG_MAP))
                .isEqualTo(Map.of("topic", s("t"), "MsgId", AttributeValue.fromSs(List.of(id))));

        done(new StoreOp.MessageRetain(richMessage(2, "r")));
        Map<String, AttributeValue> rich = only(Table.RETAIN);
        assertThat(rich)
                .containsEntry(
                        "payload",
                        AttributeValue.fromB(
                                SdkBytes.fromByteArray(richMessage(2, "r").payload())));
        assertThat(rich)
                .containsEntry("retain", n(1))
                .containsEntry("p:payload_format", n(1))
                .containsEntry("p:content_type", s("text/plain"))
                .containsEntry("p:response_topic", s("reply/to"))
                .containsEntry(
                        "p:correlation_data", AttributeValue.fromB(SdkBytes.fromByteArray(new byte[] {0, 1, -1})))
                .containsEntry("p:user_properties", s("[[\"a\",\"1\"],[\"a\",\"2\"],[\"\",\"\u00e4\"]]"))
                .containsEntry("p:expires_at", n(NOW_MS + HOUR_MS))
                .containsEntry("expire_at", n(NOW_S + 3600));
        done(new StoreOp.MessageRetain(message(3, "r", new byte[0])));
        assertThat(only(Table.RETAIN)).containsEntry("payload", s("")).doesNotContainKey("expire_at");
    }

    @Test
    @DisplayName("tables whose items end have TTL; what has ended is not delivered though it is still there")
    void ends() throws Exception {
        for (Table table :
                Stream.of(Table.values()).filter(t -> !t.isOfLogins()).toList()) {
            var ttl = DYNAMODB.client()
                    .describeTimeToLive(b -> b.tableName(DYNAMODB.name(table)))
                    .get(20, TimeUnit.SECONDS)
                    .timeToLiveDescription();
            assertThat(ttl.timeToLiveStatus() == TimeToLiveStatus.ENABLED)
                    .as(table.name())
                    .isEqualTo(table.ends());
            assertThat(ttl.attributeName()).isEqualTo(table.ends() ? "expire_at" : null);
        }
        done(HooksContract.publish(1, "t"), HooksContract.publish(2, "t"), new StoreOp.MessageRetain(message(3, "t")));
        done(new StoreOp.MessageStoreKeepLatest(message(4, "t"), NOW_MS + HOUR_MS));
        for (Table table : List.of(Table.MSG, Table.TOPIC_MSG, Table.RETAIN, Table.LATEST)) {
            for (Map<String, AttributeValue> item : DYNAMODB.items(table)) {
                if (!item.get("msgid").s().equals(id(2).toString())) {
                    Map<String, AttributeValue> ended = new java.util.HashMap<>(item);
                    ended.put("expire_at", n(NOW_S - 1));
                    put(table, ended);
                }
            }
        }
        assertThat(fetch("t")).isEqualTo(ids(2));
        assertThat(fetch("#")).isEqualTo(ids(2));
        assertThat(messages(new StoreOp.RetainLookup(filter("t"), "", 9))).isEmpty();
        assertThat(messages(new StoreOp.RetainLookup(filter("#"), "", 9))).isEmpty();
        assertThat(messages(new StoreOp.FetchForKeepLatest(filter("t"), "", 9))).isEmpty();
    }

    @Test
    @DisplayName("connect and disconnect: the five attributes, others stay, a late word has no effect")
    void presence() throws Exception {
        put(Table.CLIENT, Map.of("clientid", s("c"), "colour", s("red")));
        done(new StoreOp.ClientConnected("n1", "c", NOW_S));
        assertThat(only(Table.CLIENT))
                .isEqualTo(Map.of(
                        "clientid", s("c"),
                        "colour", s("red"),
                        "connect_state", n(1),
                        "node", s("n1"),
                        "online_at", n(NOW_S),
                        "offline_at", n(0)));
        done(new StoreOp.ClientConnected("n2", "c", NOW_S + 5));
        done(new StoreOp.ClientDisconnected("n1", "c", NOW_S, NOW_S + 6));
        done(new StoreOp.ClientConnected("n1", "c", NOW_S));
        Map<String, AttributeValue> there = only(Table.CLIENT);
        assertThat(there).containsEntry("connect_state", n(1)).containsEntry("node", s("n2"));
        done(new StoreOp.ClientDisconnected("n2", "c", NOW_S + 5, NOW_S + 9));
        assertThat(only(Table.CLIENT))
                .containsEntry("connect_state", n(0))
                .containsEntry("offline_at", n(NOW_S + 9))
                .containsEntry("online_at", n(NOW_S + 5))
                .containsEntry("colour", s("red"));
        done(new StoreOp.ClientDisconnected("n1", "never", NOW_S, NOW_S));
        assertThat(DYNAMODB.items(Table.CLIENT)).hasSize(1);
    }

    @Test
    @DisplayName("the start of a node sets off line whom its earlier life left there, and nobody else")
    void nodeClear() throws Exception {
        String longId = "c".repeat(1_500);
        done(
                new StoreOp.ClientConnected("n1", "a", NOW_S),
                new StoreOp.ClientConnected("n1", longId, NOW_S),
                new StoreOp.ClientConnected("n1", "moved", NOW_S),
                new StoreOp.ClientConnected("n2", "moved", NOW_S + 1),
                new StoreOp.ClientConnected("n2", "b", NOW_S));
        done(new StoreOp.NodeClear("n1", NOW_S + 7));
        Map<String, String> states = DYNAMODB.items(Table.CLIENT).stream()
                .collect(Collectors.toMap(
                        i -> i.get("clientid").s(), i -> i.get("connect_state").n()));
        assertThat(states).isEqualTo(Map.of("a", "0", longId, "0", "moved", "1", "b", "1"));
        assertThat(DYNAMODB.items(Table.NODE)).allSatisfy(row -> assertThat(row).containsEntry("node", s("n2")));
    }

    @Test
    @DisplayName("with id_format emqx4 and timestamp_unit ms: ids of 47 characters, in order all the same")
    void emqx4() throws Exception {
        with(IdFormat.EMQX4, TimestampUnit.MS, 1_000, 100_000);
        done(
                HooksContract.publish(1, "t"),
                HooksContract.publish(2, "t"),
                new StoreOp.ClientConnected("n", "c", NOW_S));
        assertThat(DYNAMODB.items(Table.MSG)).allSatisfy(item -> {
            assertThat(item.get("msgid").s()).hasSize(47).startsWith("M");
            assertThat(item).containsEntry("arrived", n(NOW_MS));
        });
        assertThat(only(Table.TOPIC_MSG_MAP).get("MsgId").ss())
                .containsExactlyInAnyOrder(IdFormat.EMQX4.text(id(1)), IdFormat.EMQX4.text(id(2)));
        assertThat(only(Table.CLIENT)).containsEntry("online_at", n(NOW_MS));
        assertThat(fetch("t")).isEqualTo(ids(1, 2));
        done(new StoreOp.AckedForPubsub("c", "t", id(2)), new StoreOp.AckedForPubsub("c", "t", id(1)));
        assertThat(only(Table.ACKED))
                .isEqualTo(Map.of(
                        "topic", s("t"),
                        "clientid", s("c"),
                        "msgid", s(IdFormat.EMQX4.text(id(2))),
                        "position", s(id(2).toString())));
        with(IdFormat.BASE62, TimestampUnit.S, 1_000, 100_000); // positions and messages of the other form stay good
        done(new StoreOp.AckedForPubsub("c", "t", id(1)));
        assertThat(only(Table.ACKED)).containsEntry("msgid", s(IdFormat.EMQX4.text(id(2))));
        done(new StoreOp.AckedForPubsub("c", "t", id(3)));
        assertThat(only(Table.ACKED)).containsEntry("msgid", s(id(3).toString()));
        assertThat(fetch("t")).isEqualTo(ids(1, 2));
        done(new StoreOp.AckedForQueue("c", "t", id(1)));
        assertThat(fetch("t")).isEqualTo(ids(2));
        assertThat(only(Table.MSG)).containsEntry("msgid", s(IdFormat.EMQX4.text(id(2))));
    }

    @Test
    @DisplayName("a topic has no more messages than it may, give or take an eighth; the oldest give way")
    void bounded() throws Exception {
        with(IdFormat.BASE62, TimestampUnit.S, 4, 16);
        for (int n = 1; n <= 60; n++) {
            done(HooksContract.publish(n, "t"));
        }
        org.awaitility.Awaitility.await().untilAsserted(() -> {
            List<MessageId> left = fetch("t");
            assertThat(left).hasSizeBetween(16, 18).endsWith(id(60));
            assertThat(DYNAMODB.items(Table.MSG)).hasSameSizeAs(left);
        });
        assertThat(only(Table.TOPIC_MSG_MAP).get("MsgId").ss())
                .hasSizeLessThanOrEqualTo(4)
                .contains(id(60).toString());
    }

    @Test
    @DisplayName("what another program wrote, or left out, is read as well as it can be")
    void foreign() throws Exception {
        put(Table.SUB, Map.of("clientid", s("c"), "topic", s("a/#"), "qos", n(7)));
        put(Table.SUB, Map.of("clientid", s("c"), "topic", s("a/#/b"), "qos", n(1)));
        put(Table.SUB, Map.of("clientid", s("c"), "topic", s("x"), "qos", s("1")));
        StoreReply.Subscriptions found = (StoreReply.Subscriptions) apply(new StoreOp.SubscribeLookup("c"));
        assertThat(found.subscriptions())
                .extracting(sub -> sub.filter().text() + " " + sub.qos())
                .containsExactlyInAnyOrder("a/# 2", "x 1");
        String emqx = IdFormat.EMQX4.text(id(9));
        put(Table.RETAIN, Map.of("topic", s("r"), "msgid", s(emqx), "payload", s("on"), "arrived", n(NOW_MS)));
        Message m = messages(new StoreOp.RetainLookup(filter("r"), "", 9)).get(0);
        assertThat(m.id()).isEqualTo(id(9));
        assertThat(m.createdAtMs()).isEqualTo(NOW_MS);
        put(Table.RETAIN, Map.of("topic", s("r2"), "msgid", s("?")));
        assertThat(messages(new StoreOp.RetainLookup(filter("r2"), "", 9))).hasSize(1);
    }
}
