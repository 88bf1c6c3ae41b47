package dev.mooring.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hivemq.client.mqtt.MqttClient;
import com.hivemq.client.mqtt.MqttGlobalPublishFilter;
import com.hivemq.client.mqtt.mqtt5.Mqtt5BlockingClient;
import com.hivemq.client.mqtt.mqtt5.message.publish.Mqtt5Publish;
import dev.mooring.TestBroker;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Sentinels and clusters as they are run in earnest: TLS between all, with certificates of the clients' own, and an ACL
 * user with exactly the documented permissions, by RESP2 and by RESP3; rules, the broker's own state, the channel, and
 * a fail-over.
 */
class RedisSecuredTest {
    private static final String USER = "user mooring on >s3cret ~mqtt:* ~mooring:* &mqtt_channel +@read +@write"
            + " +@scripting +@connection +@pubsub +role +wait";

    private static TestCertificates certificates;

    @BeforeAll
    static void create() {
        certificates = TestCertificates.create();
    }

    @AfterAll
    static void delete() {
        certificates.close();
    }

    /** @param minReplicas all of them: a fail-over by hand may promote any */
    private static TestBroker broker(int resp, int minReplicas, String pool) {
        return TestBroker.start("""
                {"pools": {"pool1": {"backend": "redis", "resp": %d, "username": "mooring", "password": "s3cret",
                                     "min_replicas": %d, "command_timeout_ms": 2000, %s,
                                     "ssl": {"enable": true, "cacertfile": "%s", "certfile": "%s", "keyfile": "%s"}}},
                 "session": {"pool": "pool1"}, "limits": {"store_deadline_ms": 30000},
                 "hooks": {"message.publish": [
                   {"topic": "flood/#", "action": {"function": "on_message_publish"}, "pool": "pool1"}]}}
                """.formatted(
                        resp,
                        minReplicas,
                        pool,
                        certificates.authority(),
                        certificates.clientCertificate(),
                        certificates.clientKey()));
    }

    private static void awaitMore(Flood flood) {
        int target = flood.stored().size() + 200;
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(flood.stored().size()).isGreaterThan(target));
    }

    /** The broker's connections as the server sees them; to a node of a cluster they come when they are needed. */
    private static void assertConnected(RedisProcess server, int resp, int database) {
        await().untilAsserted(() -> assertConnectedNow(server, resp, database));
        assertThat((List<?>) server.call("ACL", "LOG")).as("denied").isEmpty();
    }

    private static void assertConnectedNow(RedisProcess server, int resp, int database) {
        List<String> ours = String.valueOf(server.call("CLIENT", "LIST"))
                .lines()
                .filter(line -> line.contains(" user=mooring ") && !line.contains(" cmd=subscribe "))
                .toList();
        assertThat(ours).isNotEmpty().allSatisfy(line -> assertThat(line).contains(" db=" + database + " "));
        assertThat(ours).anySatisfy(line -> assertThat(line).contains(" resp=" + resp));
    }

    private static void assertChannelIsHeard(TestBroker broker, RedisProcess server) throws Exception {
        Mqtt5BlockingClient client = MqttClient.builder()
                .useMqttVersion5()
                .identifier("c")
                .serverHost("127.0.0.1")
                .serverPort(broker.port())
                .buildBlocking();
        client.connect();
        Mqtt5BlockingClient.Mqtt5Publishes received = client.publishes(MqttGlobalPublishFilter.ALL);
        Optional<Mqtt5Publish> first = Optional.empty();
        for (int i = 0; i < 100 && first.isEmpty(); i++) {
            server.call("PUBLISH", "mqtt_channel", "{\"type\":\"subscribe\",\"clientid\":\"c\",\"topic\":\"a\"}");
            client.publishWith().topic("a").send();
            first = received.receive(100, TimeUnit.MILLISECONDS);
        }
        assertThat(first).isPresent();
        client.disconnect();
    }

    /** @param failOver in the middle of the flood */
    private static Set<Integer> flood(TestBroker broker, Consumer<Flood> failOver) throws Exception {
        try (Flood flood = Flood.start(broker.port(), "f")) {
            awaitMore(flood);
            failOver.accept(flood);
            awaitMore(flood);
            Set<Integer> acknowledged = flood.stop();
            assertThat(flood.refused()).isZero();
            return acknowledged;
        }
    }

    @Test
    @DisplayName("Sentinel: TLS, ACL, a database of its own, RESP2 and RESP3, and a new master")
    void sentinel() throws Exception {
        try (RedisSentinels sentinels = RedisSentinels.startTls(certificates, USER)) {
            String pool = "\"type\": \"sentinel\", \"server\": \"%s\", \"sentinel\": \"%s\", \"database\": 3"
                    .formatted(sentinels.servers(), RedisSentinels.NAME);
            for (int resp : new int[] {2, 3}) {
                try (TestBroker broker = broker(resp, 2, pool)) {
                    assertConnected(sentinels.master(), resp, 3);
                    assertChannelIsHeard(broker, sentinels.master());
                    Set<Integer> acknowledged = flood(broker, flood -> sentinels.failover());
                    assertConnected(sentinels.master(), resp, 3);
                    try (RedisCli reader = sentinels.master().cli()) {
                        reader.call("SELECT", "3");
                        Flood.assertNoneMissing(RedisDownTest.inRedis(reader), acknowledged);
                    }
                }
            }
        }
    }

    @Test
    @DisplayName("Cluster: TLS, ACL, RESP2 and RESP3, and a replica that takes over")
    void cluster() throws Exception {
        try (RedisClusterProcesses cluster = RedisClusterProcesses.startTls(certificates, USER + " +cluster")) {
            String pool = "\"type\": \"cluster\", \"server\": \"%s\"".formatted(cluster.servers());
            String key = "mqtt:msg:flood/0";
            for (int resp : new int[] {2, 3}) {
                try (TestBroker broker = broker(resp, 1, pool)) {
                    assertConnected(cluster.masterOf(key), resp, 0);
                    assertChannelIsHeard(broker, cluster.masterOf(key));
                    Set<Integer> acknowledged = flood(broker, flood -> {
                        RedisProcess old = cluster.masterOf(key);
                        assertThat(cluster.replicaOf(old).call("CLUSTER", "FAILOVER"))
                                .isEqualTo("OK");
                        cluster.awaitMasterOf(key, old);
                    });
                    assertConnected(cluster.masterOf(key), resp, 0);
                    Flood.assertNoneMissing(RedisFailoverTest.inCluster(cluster), acknowledged);
                }
            }
        }
    }
}
