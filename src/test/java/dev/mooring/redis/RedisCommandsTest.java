package dev.mooring.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import dev.mooring.TestBroker;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Commands of rules on every hook, with every variable that it has, and what a Redis has of them afterwards. */
class RedisCommandsTest {
    private static final String TIME = "\\d{10}";
    /** Each hook has a list, to which its commands add what they were given; and messages a hash each. */
    private static final String HOOKS = """
            "client.connected": [{"pool": "pool1", "action": {"commands": [
              "RPUSH client.connected ${clientid} ${username} ${ts}", "SET conn:${clientid} clientid"]}}],
            "client.disconnected": [{"pool": "pool1", "action": {"commands": [
              "RPUSH client.disconnected ${clientid} ${username} ${ts}", "DEL conn:${clientid}"]}}],
            "session.created": [{"pool": "pool1", "action": {"commands": [
              "RPUSH session.created ${clientid} ${username} ${ts}"]}}],
            "session.subscribed": [{"topic": "a/#", "pool": "pool1", "action": {"commands": [
              "RPUSH session.subscribed ${clientid} ${username} ${ts} ${topic} ${qos}",
              "HSET sub:${clientid} ${topic} ${qos}"]}}],
            "session.unsubscribed": [{"topic": "a/#", "pool": "pool1", "action": {"commands": [
              "RPUSH session.unsubscribed ${clientid} ${username} ${ts} ${topic}",
              "HDEL sub:${clientid} ${topic}"]}}],
            "message.publish": [{"topic": "a/#", "pool": "pool1", "action": {"commands": [
              "RPUSH message.publish ${clientid} ${username} ${ts} ${topic} ${qos} ${msgid} ${payload} ${retain}",
              "HSET message.publish:${msgid} ${message}"]}}],
            "message.delivered": [{"topic": "a/#", "pool": "pool1", "action": {"commands": [
              "RPUSH message.delivered ${clientid} ${username} ${ts} ${topic} ${qos} ${msgid} ${payload} ${retain}",
              "HSET message.delivered:${msgid} ${message}"]}}],
            "message.acked": [{"topic": "a/#", "pool": "pool1", "action": {"commands": [
              "RPUSH message.acked ${clientid} ${username} ${ts} ${topic} ${qos} ${msgid} ${payload} ${retain}",
              "HSET message.acked:${msgid} ${message}"]}}]
            """;

    private static RedisProcess redis;
    private static TestBroker broker;

    @BeforeAll
    static void start() {
        redis = RedisProcess.start();
        broker = TestBroker.start("""
                {"pools": {"local": {"backend": "embedded"}, "pool1": {"backend": "redis", "server": "%s"}},
                 "session": {"pool": "local"}, "hooks": {%s}}
                """.formatted(redis.server(), HOOKS));
    }

    @AfterAll
    static void stop() {
        broker.close();
        redis.close();
    }

    @BeforeEach
    void empty() {
        redis.call("FLUSHALL");
    }

    private static Mqtt5BlockingClient connect(String id, String user, boolean clean) {
        Mqtt5BlockingClient client = MqttClient.builder()
                .useMqttVersion5()
                .identifier(id)
                .serverHost("127.0.0.1")
                .serverPort(broker.port())
                .buildBlocking();
        client.connectWith()
                .cleanStart(clean)
                .sessionExpiryInterval(clean ? 0 : 60)
                .simpleAuth()
                .username(user)
                .applySimpleAuth()
                .send();
        return client;
    }

    /** What the hook's list has, when it is as long as it should be. */
    private static List<String> pushed(RedisCli reader, String hook, int words) {
        await().untilAsserted(
                        () -> assertThat(reader.list("LRANGE", hook, "0", "-1")).hasSize(words));
        return reader.list("LRANGE", hook, "0", "-1");
    }

    /** All but the time, which has to be one. */
    private static List<String> withoutTime(List<String> words) {
        assertThat(words.get(2)).matches(TIME);
        return List.of(words.stream().filter(word -> word != words.get(2)).toArray(String[]::new));
    }

    @Test
    @DisplayName("hooks of clients and sessions: who, when, and of subscriptions the filter and its QoS")
    void clients() {
        try (RedisCli reader = redis.cli()) {
            Mqtt5BlockingClient client = connect("c{*} 1", "ann b", false);
            assertThat(withoutTime(pushed(reader, "session.created", 3))).containsExactly("c{*} 1", "ann b");
            assertThat(withoutTime(pushed(reader, "client.connected", 3))).containsExactly("c{*} 1", "ann b");
            assertThat(reader.text("GET", "conn:c{*} 1"))
                    .as("a bare word is itself")
                    .isEqualTo("clientid");
            client.subscribeWith()
                    .topicFilter("a/b c/+")
                    .qos(MqttQos.EXACTLY_ONCE)
                    .send();
            client.subscribeWith()
                    .topicFilter("other")
                    .qos(MqttQos.EXACTLY_ONCE)
                    .send();
            assertThat(withoutTime(pushed(reader, "session.subscribed", 5)))
                    .containsExactly("c{*} 1", "ann b", "a/b c/+", "2");
            await().untilAsserted(() ->
                    assertThat(reader.map("HGETALL", "sub:c{*} 1")).containsOnly(java.util.Map.entry("a/b c/+", "2")));
            client.unsubscribeWith().topicFilter("a/b c/+").send();
            assertThat(withoutTime(pushed(reader, "session.unsubscribed", 4)))
                    .containsExactly("c{*} 1", "ann b", "a/b c/+");
            client.disconnect();
            assertThat(withoutTime(pushed(reader, "client.disconnected", 3))).containsExactly("c{*} 1", "ann b");
            await().untilAsserted(() -> assertThat(reader.list("KEYS", "*"))
                    .containsExactlyInAnyOrder(
                            "session.created",
                            "client.connected",
                            "session.subscribed",
                            "session.unsubscribed",
                            "client.disconnected"));
            connect("c{*} 1", "bob", false).disconnect();
            assertThat(pushed(reader, "client.disconnected", 6).subList(3, 5)).containsExactly("c{*} 1", "bob");
            assertThat(pushed(reader, "session.created", 3)).as("resumed").hasSize(3);
        }
    }

    @Test
    @DisplayName("hooks of messages: publisher or subscriber, the message word by word, and as fourteen arguments")
    void messages() throws Exception {
        try (RedisCli reader = redis.cli()) {
            Mqtt5BlockingClient subscriber = connect("sub", "bob", true);
            Mqtt5BlockingClient publisher = connect("pub", "ann", true);
            try (Mqtt5BlockingClient.Mqtt5Publishes received = subscriber.publishes(MqttGlobalPublishFilter.ALL)) {
                subscriber
                        .subscribeWith()
                        .topicFilter("a/#")
                        .qos(MqttQos.AT_LEAST_ONCE)
                        .send();
                publisher
                        .publishWith()
                        .topic("a/x y")
                        .qos(MqttQos.EXACTLY_ONCE)
                        .retain(true)
                        .payload("on \"and\" off\n".getBytes(StandardCharsets.UTF_8))
                        .send();
                assertThat(received.receive(10, TimeUnit.SECONDS)).isPresent();
            }
            List<String> published = pushed(reader, "message.publish", 8);
            String id = published.get(5);
            assertThat(id).matches("[0-9A-Za-z]{20}");
            String payload = "on \"and\" off\n";
            assertThat(withoutTime(published)).containsExactly("pub", "ann", "a/x y", "2", id, payload, "true");
            for (String hook : List.of("message.delivered", "message.acked")) {
                assertThat(withoutTime(pushed(reader, hook, 8)))
                        .as(hook)
                        .containsExactly("sub", "bob", "a/x y", "1", id, payload, "true");
            }
            for (String hook : List.of("message.publish", "message.delivered", "message.acked")) {
                String[] fields = {
                    "id",
                    id,
                    "from",
                    "pub",
                    "qos",
                    "2",
                    "topic",
                    "a/x y",
                    "payload",
                    payload,
                    "ts",
                    published.get(2),
                    "retain",
                    "true"
                };
                await().untilAsserted(() -> assertThat(reader.list("HGETALL", hook + ":" + id))
                        .as(hook)
                        .containsExactly(fields));
            }
            subscriber.disconnect();
            publisher.disconnect();
        }
    }
}
