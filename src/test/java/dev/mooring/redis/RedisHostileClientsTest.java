package dev.mooring.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.mooring.TestBroker;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Real clients with the names and payloads of an attacker: what rules write for one touches nothing of another. */
class RedisHostileClientsTest {
    private static final List<String> NAMES = List.of(
            "a",
            "a:b",
            "b",
            ":",
            "{a}",
            "{topics}",
            "*?[a]",
            " ",
            "x${payload}",
            "\r\n$3\r\nDEL\r\n",
            "mqtt:msg:a",
            "msg:a",
            "mooring:{topics}:msg",
            "06XJVUxTbsQ700000001", // as a message id
            "\u00e4{*}: ".repeat(9_362)); // 65,534 bytes

    private static final String CONFIG = """
            {"node": {"name": "n1"},
             "limits": {"client_id_length_max": 65535},
             "pools": {"pool1": {"backend": "redis", "server": "%s"}},
             "hooks": {
              "client.connected": [{"action": {"function": "on_client_connected"}, "pool": "pool1"}],
              "session.subscribed": [
                {"topic": "#", "action": {"function": "on_message_fetch_for_pubsub"}, "pool": "pool1"}],
              "session.unsubscribed": [
                {"topic": "#", "action": {"function": "on_acked_delete"}, "pool": "pool1"}],
              "message.publish": [
                {"topic": "#", "action": {"function": "on_message_publish"}, "pool": "pool1"},
                {"topic": "#", "action": {"commands": ["HSET seen:${clientid} ${topic} ${payload}"]}, "pool": "pool1"},
                {"topic": "#", "action": {"function": "on_message_retain"}, "pool": "pool1"},
                {"topic": "#", "action": {"function": "on_retain_delete"}, "pool": "pool1"}],
              "message.acked": [
                {"topic": "#", "action": {"function": "on_message_acked_for_pubsub"}, "pool": "pool1"}]}}
            """;

    /** All bytes there are, and the name, so that no two are alike. */
    private static byte[] payload(String name) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        byte[] all = new byte[256 + text.length];
        for (int i = 0; i < 256; i++) {
            all[i] = (byte) i;
        }
        System.arraycopy(text, 0, all, 256, text.length);
        return all;
    }

    private static Mqtt5BlockingClient client(TestBroker broker, String id) {
        Mqtt5BlockingClient client = MqttClient.builder()
                .useMqttVersion5()
                .identifier(id)
                .serverHost("127.0.0.1")
                .serverPort(broker.port())
                .buildBlocking();
        client.connect();
        return client;
    }

    private static void subscribe(Mqtt5BlockingClient client, String topic) {
        client.subscribeWith()
                .topicFilter(topic)
                .qos(MqttQos.AT_LEAST_ONCE)
                .noLocal(true)
                .send();
    }

    private static void publish(Mqtt5BlockingClient client, String topic, byte[] payload, boolean retain) {
        client.publishWith()
                .topic(topic)
                .qos(MqttQos.AT_LEAST_ONCE)
                .retain(retain)
                .payload(payload)
                .send();
    }

    @Test
    @DisplayName("every client gets its own messages byte by byte, and only the documented keys are there")
    void names() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                RedisCli reader = redis.cli();
                TestBroker broker = TestBroker.start(CONFIG.formatted(redis.server()))) {
            reader.call("SET", "other", "x");
            reader.call("SET", "mqtt:other", "y");
            List<String> names = new ArrayList<>(NAMES);
            Mqtt5BlockingClient publisher = client(broker, "p");
            publish(publisher, "first", payload("first"), false);
            names.add(reader.list("ZRANGE", "mqtt:msg:first", "0", "-1").get(0)); // a message that there is

            for (String name : names) { // a first subscription sets the position
                Mqtt5BlockingClient client = client(broker, name);
                subscribe(client, name);
                client.disconnect();
            }
            await().untilAsserted(() -> assertThat(positions(reader)).isEqualTo(names.size()));
            for (String name : names) {
                publish(publisher, name, payload(name), false);
            }
            for (String name : names) {
                Mqtt5BlockingClient client = client(broker, name);
                try (Mqtt5BlockingClient.Mqtt5Publishes received = client.publishes(MqttGlobalPublishFilter.ALL)) {
                    subscribe(client, name);
                    Mqtt5Publish stored = received.receive(10, TimeUnit.SECONDS).orElseThrow();
                    assertThat(stored.getTopic()).hasToString(name);
                    assertThat(stored.getPayloadAsBytes()).isEqualTo(payload(name));
                    publish(client, "done", new byte[0], false); // nothing came before its PUBACK
                    assertThat(received.receiveNow()).isEmpty();
                }
                client.disconnect();
            }
            assertKeys(reader, names);
            Map<String, String> seen = reader.map("HGETALL", "seen:p");
            assertThat(seen.keySet()).containsAll(names).hasSize(names.size() + 1);
            for (String name : names) {
                assertThat((byte[]) reader.callRaw("HGET", "seen:p", name)).isEqualTo(payload(name));
            }
            publisher.disconnect();
        }
    }

    private static int positions(RedisCli reader) {
        return reader.list("KEYS", "mqtt:acked:*").size()
                + reader.list("KEYS", "mooring:position:*").size();
    }

    /** Bodies have their fields and nothing else, indexes one message, and nothing is there that has no reason. */
    private static void assertKeys(RedisCli reader, List<String> names) {
        Set<String> expected = new HashSet<>(Set.of("mqtt:other", "mqtt:node:n1", "mqtt:client:p", "mqtt:msg:first"));
        expected.add("mqtt:msg:done");
        for (String topic : List.of("first", "done")) {
            reader.list("ZRANGE", "mqtt:msg:" + topic, "0", "-1").forEach(id -> expected.add("mqtt:msg:" + id));
        }
        for (String name : names) {
            boolean isLikeId = name.matches("[0-9A-Za-z]{20}");
            String index = (isLikeId ? "mooring:msg:" : "mqtt:msg:") + name;
            List<String> ids = reader.list("ZRANGE", index, "0", "-1");
            assertThat(ids).as(name).hasSize(1);
            Map<String, String> body = reader.map("HGETALL", "mqtt:msg:" + ids.get(0));
            assertThat(body.keySet()) // a hash with a long value forgets their order
                    .containsExactlyInAnyOrder("id", "from", "qos", "topic", "payload", "ts", "retain");
            assertThat(body).containsEntry("from", "p").containsEntry("topic", name);
            assertThat((byte[]) reader.callRaw("HGET", "mqtt:msg:" + ids.get(0), "payload"))
                    .isEqualTo(payload(name));
            assertThat(reader.map("HGETALL", "mqtt:client:" + name).keySet())
                    .containsExactlyInAnyOrder("state", "online_at", "offline_at", "node");
            expected.add("mqtt:msg:" + ids.get(0));
            expected.add("mqtt:msg:" + name);
            expected.add("mqtt:client:" + name);
            expected.add("mqtt:acked:" + name + ":" + name);
        }
        assertThat(expected).containsAll(reader.list("KEYS", "mqtt:*"));
        assertThat(reader.text("GET", "other") + reader.text("GET", "mqtt:other"))
                .isEqualTo("xy");
        assertThat(positions(reader)).isEqualTo(names.size());
    }

    @Test
    @DisplayName("retained messages of such topics replace and delete themselves only")
    void retained() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                RedisCli reader = redis.cli();
                TestBroker broker = TestBroker.start(CONFIG.formatted(redis.server()))) {
            Mqtt5BlockingClient publisher = client(broker, "p");
            for (String name : NAMES) {
                publish(publisher, name, payload("old"), true);
                publish(publisher, name, payload(name), true);
            }
            for (int i = 0; i < NAMES.size(); i++) {
                publish(publisher, NAMES.get(i), new byte[0], true);
                for (int k = 0; k < NAMES.size(); k++) {
                    List<String> ids = reader.list("ZRANGE", "mqtt:retain:" + NAMES.get(k), "0", "-1");
                    assertThat(ids).as(NAMES.get(k)).hasSize(k <= i ? 0 : 1);
                    if (k > i) {
                        assertThat((byte[]) reader.callRaw("HGET", "mqtt:msg:" + ids.get(0), "payload"))
                                .isEqualTo(payload(NAMES.get(k)));
                    }
                }
            }
            publisher.disconnect();
        }
    }
}
