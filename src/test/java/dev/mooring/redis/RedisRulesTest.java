package dev.mooring.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.mooring.TestBroker;
import dev.mooring.store.StoreMetrics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What only a Redis pool has, or has to show at length: the channel, commands of rules, a long backlog. */
class RedisRulesTest {
    private static TestBroker broker(RedisProcess redis, String hooks) {
        return TestBroker.start("""
                {"pools": {"local": {"backend": "embedded"}, "pool1": {"backend": "redis", "server": "%s"}},
                 "session": {"pool": "local"}, "hooks": {%s}}
                """.formatted(redis.server(), hooks));
    }

    private static Mqtt5BlockingClient client(TestBroker broker, String id) {
        Mqtt5BlockingClient client = newClient(broker, id);
        client.connect();
        return client;
    }

    private static Mqtt5BlockingClient newClient(TestBroker broker, String id) {
        return MqttClient.builder()
                .useMqttVersion5()
                .identifier(id)
                .serverHost("127.0.0.1")
                .serverPort(broker.port())
                .buildBlocking();
    }

    /** By the server's count of HGETALL. */
    private static int bodiesRead(RedisCli redis) {
        Matcher calls = Pattern.compile("calls=(\\d+)").matcher(redis.info("commandstats", "cmdstat_hgetall"));
        return calls.find() ? Integer.parseInt(calls.group(1)) : 0;
    }

    private static void publish(Mqtt5BlockingClient client, String topic, byte[] payload) {
        client.publishWith()
                .topic(topic)
                .qos(MqttQos.AT_LEAST_ONCE)
                .payload(payload)
                .send();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @Test
    @DisplayName("the channel subscribes and unsubscribes a connected client; what is no command changes nothing")
    void channel() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                TestBroker broker = broker(redis, "")) {
            Mqtt5BlockingClient client = client(broker, "c");
            Mqtt5BlockingClient other = client(broker, "other");
            Mqtt5BlockingClient.Mqtt5Publishes received = client.publishes(MqttGlobalPublishFilter.ALL);
            for (String bad : List.of("{\"type\":\"sub", "[]", "{\"type\":\"subscribe\",\"clientid\":\"c\"}", "7")) {
                redis.call("PUBLISH", "mqtt_channel", bad);
            }
            redis.call(
                    "PUBLISH",
                    "mqtt_channel",
                    "{\"type\":\"subscribe\",\"clientid\":\"c\",\"topic\":\"a/#\",\"qos\":\"1\"}");
            Optional<Mqtt5Publish> first = Optional.empty();
            for (int i = 0; i < 100 && first.isEmpty(); i++) {
                publish(other, "a/b", bytes("hello"));
                first = received.receive(100, TimeUnit.MILLISECONDS);
            }
            assertThat(first).hasValueSatisfying(p -> {
                assertThat(p.getTopic()).hasToString("a/b");
                assertThat(p.getQos()).isEqualTo(MqttQos.AT_LEAST_ONCE);
            });
            redis.call("PUBLISH", "mqtt_channel", "{\"type\":\"unsubscribe\",\"clientid\":\"c\",\"topic\":\"a/#\"}");
            await().untilAsserted(() -> assertThat(other.publishWith()
                            .topic("a/b")
                            .qos(MqttQos.AT_LEAST_ONCE)
                            .send()
                            .toString())
                    .contains("NO_MATCHING_SUBSCRIBERS"));
            client.disconnect();
            other.disconnect();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    @DisplayName("the channel's server freezes: the one that takes its place is heard")
    void channelFrozen(int resp) throws Exception {
        try (RedisSentinels sentinels = RedisSentinels.start();
                TestBroker broker = TestBroker.start("""
                        {"pools": {"local": {"backend": "embedded"},
                                   "pool1": {"backend": "redis", "type": "sentinel", "server": "%s", "sentinel": "%s",
                                             "command_timeout_ms": 1500, "resp": %d}},
                         "session": {"pool": "local"}}
                        """.formatted(sentinels.servers(), RedisSentinels.NAME, resp))) {
            Mqtt5BlockingClient client = client(broker, "c");
            Mqtt5BlockingClient.Mqtt5Publishes received = client.publishes(MqttGlobalPublishFilter.ALL);
            RedisProcess old = sentinels.master();
            old.sigstop();
            RedisProcess now = sentinels.awaitMasterAfter(old);
            Optional<Mqtt5Publish> first = Optional.empty();
            for (int i = 0; i < 300 && first.isEmpty(); i++) {
                now.call("PUBLISH", "mqtt_channel", "{\"type\":\"subscribe\",\"clientid\":\"c\",\"topic\":\"a\"}");
                publish(client, "a", bytes("hello"));
                first = received.receive(100, TimeUnit.MILLISECONDS);
            }
            assertThat(first).isPresent();
            client.disconnect();
        }
    }

    @Test
    @DisplayName("a rule's commands: every word stays one argument, whatever a client puts into it")
    void commands() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                TestBroker broker = broker(redis, """
                        "message.publish": [{"topic": "#", "pool": "pool1", "action":
                          {"commands": ["HSET last:${clientid} topic ${topic} payload ${payload}", "INCR count"]}}]
                        """)) {
            Mqtt5BlockingClient client = client(broker, "a b\"c' *{x}");
            byte[] payload = {0, 13, 10, '*', '1', 13, 10, -1};
            publish(client, "x y/'\"z", payload);
            RedisCli reader = redis.cli();
            assertThat(reader.text("HGET", "last:a b\"c' *{x}", "topic")).isEqualTo("x y/'\"z");
            assertThat((byte[]) reader.callRaw("HGET", "last:a b\"c' *{x}", "payload"))
                    .isEqualTo(payload);
            assertThat(reader.text("GET", "count")).isEqualTo("1");
            assertThat(reader.list("KEYS", "*")).hasSize(2);
            client.disconnect();
        }
    }

    @Test
    @DisplayName("a rule's commands run once though one of them fails")
    void commandsOnce() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                TestBroker broker = broker(redis, """
                        "message.publish": [{"topic": "#", "pool": "pool1", "action":
                          {"commands": ["INCR count", "HSET taken f v", "INCR after"]}}]
                        """)) {
            redis.call("SET", "taken", "another program's");
            StoreMetrics figures = broker.broker().storeMetrics().get("pool1");
            Mqtt5BlockingClient client = client(broker, "c");
            client.publishWith().topic("a").payload(bytes("x")).send();
            await().untilAsserted(() -> assertThat(figures.lastFailure).contains("WRONGTYPE"));
            assertThat(redis.call("GET", "count")).isEqualTo("1");
            assertThat(redis.call("GET", "after")).isEqualTo("1");
            client.disconnect();
        }
    }

    @Test
    @DisplayName("100,000 waiting messages come in order, at the pace of the client, and are gone at the end")
    void backlog() throws Exception {
        int count = 100_000;
        try (RedisProcess redis = RedisProcess.start();
                RedisCli writer = redis.cli();
                TestBroker broker = broker(redis, """
                        "session.subscribed": [{"topic": "queue/#", "pool": "pool1",
                          "action": {"function": "on_message_fetch_for_queue"}}],
                        "message.acked": [{"topic": "queue/#", "pool": "pool1",
                          "action": {"function": "on_message_acked_for_queue"}}]
                        """)) {
            int batch = 10_000; // a server on a busy machine answers nobody meanwhile
            for (int from = 1; from <= count; from += batch) {
                writer.call("EVAL", """
                    for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
                        local id = '06XJVUxTbsQ7' .. string.format('%08d', i)
                        redis.call('HSET', 'mqtt:msg:' .. id, 'id', id, 'from', 'app', 'qos', '1', 'topic', 'queue/a',
                            'payload', i, 'ts', '1795475231', 'retain', 'false')
                        redis.call('ZADD', 'mqtt:msg:queue/a', 1, id)
                    end
                    return 1
                    """, "0", Integer.toString(from), Integer.toString(from + batch - 1));
            }
            Mqtt5BlockingClient client = newClient(broker, "c");
            client.connectWith()
                    .restrictions()
                    .receiveMaximum(10)
                    .applyRestrictions()
                    .send();
            Mqtt5BlockingClient.Mqtt5Publishes received = client.publishes(MqttGlobalPublishFilter.ALL, true);
            client.subscribeWith()
                    .topicFilter("queue/a")
                    .qos(MqttQos.AT_LEAST_ONCE)
                    .send();
            Mqtt5Publish next = received.receive(20, TimeUnit.SECONDS).orElseThrow();
            Duration aWhile = Duration.ofSeconds(1); // in which it would go on, if it did
            await().during(aWhile).atMost(Duration.ofSeconds(20)).until(() -> bodiesRead(writer) < 2_000);
            List<Integer> numbers = new ArrayList<>(count);
            while (true) {
                numbers.add(Integer.valueOf(new String(next.getPayloadAsBytes(), StandardCharsets.UTF_8)));
                next.acknowledge();
                if (numbers.size() == count) {
                    break;
                }
                next = received.receive(20, TimeUnit.SECONDS).orElseThrow();
            }
            assertThat(numbers).isSorted().startsWith(1).endsWith(count).doesNotHaveDuplicates();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(
                            () -> assertThat(writer.list("KEYS", "mqtt:*")).isEmpty());
            client.disconnect();
        }
    }
}
