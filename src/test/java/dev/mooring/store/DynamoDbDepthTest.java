package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.mooring.TestBroker;
import dev.mooring.dynamodb.Dynalite;
import dev.mooring.dynamodb.NeedsNode;
import dev.mooring.store.dynamodb.DynamoDbConfig;
import dev.mooring.store.dynamodb.DynamoDbStore;
import dev.mooring.store.dynamodb.Table;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** More messages of one topic than the documented item can hold. */
@NeedsNode
class DynamoDbDepthTest {
    private static final int COUNT = 50_000;
    private static final int BATCH = 1_000;

    @Test
    @Timeout(value = 10, unit = TimeUnit.MINUTES)
    @DisplayName(
            "50,000 messages of one topic come in order, and its item of mqtt_topic_msg_map stays within its bound")
    void backlog() throws Exception {
        String prefix = Dynalite.newPrefix();
        DynamoDbConfig config = DynamoDbConfig.local(Dynalite.server(), prefix);
        Vertx vertx = Vertx.vertx();
        DynamoDbStore store = new DynamoDbStore(vertx, config);
        Store onContext = new OnContext(vertx, store);
        StoreHarness.await(onContext.open());
        for (int from = 1; from <= COUNT; from += BATCH) {
            List<StoreOp> ops = new ArrayList<>(BATCH);
            for (int n = from; n < from + BATCH; n++) {
                byte[] payload = Integer.toString(n).getBytes(StandardCharsets.US_ASCII);
                ops.add(new StoreOp.MessagePublish(
                        StoreHarness.message(n, "queue/a", payload), StoreHarness.NOW_MS + StoreHarness.HOUR_MS));
            }
            assertThat(onContext
                            .apply(ops)
                            .toCompletionStage()
                            .toCompletableFuture()
                            .get(120, TimeUnit.SECONDS))
                    .containsOnly(StoreReply.DONE);
        }
        try (DynamoDbAsyncClient client = Dynalite.client()) {
            Map<String, AttributeValue> item = client.getItem(b -> b.tableName(Table.TOPIC_MSG_MAP.name(prefix))
                            .key(Map.of("topic", AttributeValue.fromS("queue/a"))))
                    .get(20, TimeUnit.SECONDS)
                    .item();
            List<String> listed = item.get("MsgId").ss();
            assertThat(listed)
                    .hasSizeLessThanOrEqualTo(config.topicMapIdsMax())
                    .contains(StoreHarness.id(COUNT).toString());
            assertThat(store.unlistedMessageCount()).isEqualTo(COUNT - listed.size());
        }
        StoreHarness.await(onContext.close());
        StoreHarness.await(vertx.close());
        assertThat(received(prefix)).hasSize(COUNT).isSorted().doesNotHaveDuplicates();
    }

    private static List<Integer> received(String prefix) throws Exception {
        try (TestBroker broker = TestBroker.start("""
                {"pools": {"pool1": {"backend": "dynamodb", "region": "us-west-2", "server": "%s",
                   "table_prefix": "%s", "aws_access_key_id": "a", "aws_secret_access_key": "b",
                   "attempt_timeout_ms": 10000, "call_timeout_ms": 20000}},
                 "session": {"pool": "local"},
                 "hooks": {"session.subscribed": [
                   {"topic": "queue/#", "action": {"function": "on_message_fetch_for_queue"}, "pool": "pool1"}]}}
                """.formatted(Dynalite.server(), prefix))) {
            Mqtt5BlockingClient client = MqttClient.builder()
                    .useMqttVersion5()
                    .identifier("c")
                    .serverHost("127.0.0.1")
                    .serverPort(broker.port())
                    .buildBlocking();
            client.connect();
            Mqtt5BlockingClient.Mqtt5Publishes publishes = client.publishes(MqttGlobalPublishFilter.ALL);
            client.subscribeWith()
                    .topicFilter("queue/a")
                    .qos(MqttQos.AT_LEAST_ONCE)
                    .send();
            List<Integer> numbers = new ArrayList<>(COUNT);
            while (numbers.size() < COUNT) {
                Mqtt5Publish publish = publishes.receive(60, TimeUnit.SECONDS).orElseThrow();
                numbers.add(Integer.valueOf(new String(publish.getPayloadAsBytes(), StandardCharsets.US_ASCII)));
            }
            client.disconnect();
            return numbers;
        }
    }
}
