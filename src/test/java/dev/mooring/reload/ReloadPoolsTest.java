package dev.mooring.reload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.datatypes.MqttQos;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.exceptions.Mqtt5PubAckException;
import com.hivemq.client.mqtt.mqtt5.message.publish.puback.Mqtt5PubAckReasonCode;
import dev.mooring.TestBroker;
import dev.mooring.config.ReloadOutcome;
import dev.mooring.redis.RedisProcess;
import dev.mooring.store.StoreMetrics;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pools of Redis come, change and go while the broker runs. */
class ReloadPoolsTest {
    private static final String RULES = """
            "hooks": {"message.publish": [{"action": {"function": "on_message_publish"}, "pool": "good"}%s]}""";

    private static String config(RedisProcess redis, String more, String rules) {
        return """
                {"pools": {"good": {"backend": "redis", "server": "%s"}%s}, "limits": {"store_deadline_ms": 2000}, %s}
                """.formatted(redis.server(), more, RULES.formatted(rules));
    }

    private static Mqtt5BlockingClient client(TestBroker broker) {
        Mqtt5BlockingClient client = MqttClient.builder()
                .useMqttVersion5()
                .identifier("c")
                .serverHost("127.0.0.1")
                .serverPort(broker.port())
                .buildBlocking();
        client.connect();
        return client;
    }

    private static void publish(Mqtt5BlockingClient client, String topic) {
        client.publishWith().topic(topic).qos(MqttQos.AT_LEAST_ONCE).send();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            wrong host         | "server": "127.0.0.1:1" | refused | check server of the pool
            wrong password     | "server": "%1$s", "username": "mooring", "password": "no" | WRONGPASS | check username
            missing permission | "server": "%1$s", "username": "half", "password": "right" | ZADD on mqtt:* | give the
            unknown master     | "type": "sentinel", "server": "%2$s", "sentinel": "m" | know this master | check
            cluster down       | "type": "cluster", "server": "%3$s" | the cluster is down | see CLUSTER INFO
            """)
    @DisplayName("start and reload say which pool, what failed and what to do; the other pools run on")
    void unusable(String name, String pool, String failed, String advice) {
        try (RedisProcess redis = RedisProcess.start();
                RedisProcess sentinel = RedisProcess.startSentinel(List.of());
                RedisProcess node = RedisProcess.start("cluster-enabled yes")) {
            redis.call("ACL", "SETUSER", "mooring", "on", ">right", "~*", "+@all");
            redis.call("ACL", "SETUSER", "half", "on", ">right", "~*", "+@all", "-zadd");
            String bad = ", \"bad\": {\"backend\": \"redis\", "
                    + pool.formatted(redis.server(), sentinel.server(), node.server()) + "}";
            String rule = ", {\"topic\": \"x\", \"action\": {\"function\": \"on_message_store\"}, \"pool\": \"bad\"}";
            try (TestBroker broker = TestBroker.start(config(redis, "", ""))) {
                Mqtt5BlockingClient client = client(broker);
                assertThatThrownBy(() -> broker.reload(config(redis, bad, rule)))
                        .hasMessageContaining("/pools/bad: pool bad can't be opened: redis ")
                        .hasMessageContaining(failed)
                        .hasMessageContaining(advice);
                assertThat(broker.broker().storeMetrics()).containsOnlyKeys("good", "local");
                publish(client, "after/reload");
                assertThat(redis.call("ZCARD", "mqtt:msg:after/reload")).isEqualTo(1L);
                client.disconnect();
            }
            try (TestBroker broker = TestBroker.start(config(redis, bad, rule))) {
                Mqtt5BlockingClient client = client(broker);
                StoreMetrics figures = broker.broker().storeMetrics().get("bad");
                assertThat(figures.state).isEqualTo(StoreMetrics.State.DOWN);
                assertThat(figures.lastFailure).contains("pool bad can't be opened: redis ", failed, advice);
                publish(client, "after/start");
                assertThat(redis.call("ZCARD", "mqtt:msg:after/start")).isEqualTo(1L);
                ReloadOutcome mended = broker.reload(config(redis, "", ""));
                assertThat(mended.changed()).contains("/pools/bad", "/hooks/message.publish");
                publish(client, "x");
                client.disconnect();
            }
        }
    }

    @Test
    @DisplayName(
            "a pool whose server is silent is replaced: what it was given ends by its deadline, what comes after goes"
                    + " to the new server")
    void replaced() throws Exception {
        try (RedisProcess old = RedisProcess.start();
                RedisProcess fresh = RedisProcess.start();
                TestBroker broker = TestBroker.start(config(old, "", ""))) {
            Mqtt5BlockingClient client = client(broker);
            publish(client, "t");
            assertThat(old.call("ZCARD", "mqtt:msg:t")).isEqualTo(1L);
            old.sigstop();
            var stuck = client.toAsync()
                    .publishWith()
                    .topic("t")
                    .qos(MqttQos.AT_LEAST_ONCE)
                    .send();
            await().until(() ->
                    broker.broker().storeMetrics().get("good").queuedOps.get() > 0);
            ReloadOutcome outcome = broker.reload(config(fresh, "", ""));
            assertThat(outcome.changed()).containsExactly("/pools/good/server");
            publish(client, "t");
            assertThat(fresh.call("ZCARD", "mqtt:msg:t")).isEqualTo(1L);
            assertThatThrownBy(() -> stuck.get().getPublish())
                    .as("refused by its deadline, not forgotten")
                    .hasCauseInstanceOf(Mqtt5PubAckException.class)
                    .satisfies(e -> assertThat(((Mqtt5PubAckException) e.getCause())
                                    .getMqttMessage()
                                    .getReasonCode())
                            .isEqualTo(Mqtt5PubAckReasonCode.UNSPECIFIED_ERROR));
            assertThat(client.getState().isConnected()).isTrue();
            old.sigcont();
            client.disconnect();
        }
    }
}
