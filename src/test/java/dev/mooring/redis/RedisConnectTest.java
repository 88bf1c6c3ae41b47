package dev.mooring.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.mooring.LogWatch;
import dev.mooring.TestBroker;
import dev.mooring.store.StoreMetrics;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ways to connect, and what is said when it does not work. */
class RedisConnectTest {
    private static TestBroker broker(String pool) {
        return TestBroker.start("""
                {"pools": {"local": {"backend": "embedded"}, "pool1": {"backend": "redis", %s}},
                 "session": {"pool": "local"}, "limits": {"store_deadline_ms": 1000},
                 "hooks": {"client.connected": [{"action": {"function": "on_client_connected"}, "pool": "pool1"}]}}
                """.formatted(pool));
    }

    private static void works(String pool, RedisCli reader) throws Exception {
        reader.call("DEL", "mqtt:client:c");
        try (TestBroker broker = broker(pool);
                Flood client = new Flood(broker.port(), "c")) {
            assertThat(client.ping()).isTrue();
            await().untilAsserted(() -> {
                Map<String, String> fields = reader.map("HGETALL", "mqtt:client:c");
                assertThat(fields).containsEntry("state", "1").containsEntry("offline_at", "undefined");
            });
        }
    }

    /** Without the pool of its sessions a broker does not start; one of rules only is missed, and said. */
    private static void refuses(String pool, String... said) {
        assertThatThrownBy(() -> TestBroker.start("""
                        {"pools": {"pool1": {"backend": "redis", %s}}, "session": {"pool": "pool1"}}
                        """.formatted(pool)).close())
                .hasMessageContaining("pool pool1 can't be opened")
                .satisfies(e -> assertThat(e.getMessage()).contains(said));
        try (TestBroker broker = broker(pool);
                Flood client = new Flood(broker.port(), "c")) {
            StoreMetrics figures = broker.broker().storeMetrics().get("pool1");
            assertThat(figures.state).isEqualTo(StoreMetrics.State.DOWN);
            assertThat(figures.lastFailure)
                    .contains("pool pool1 can't be opened")
                    .contains(said);
            assertThat(broker.broker().storeMetrics().get("local").state).isEqualTo(StoreMetrics.State.CONNECTED);
            assertThat(client.ping()).isTrue();
        } catch (Exception e) {
            throw new AssertionError(pool, e);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    @DisplayName("RESP2 and RESP3")
    void protocols(int resp) throws Exception {
        try (RedisProcess redis = RedisProcess.start()) {
            works("\"server\": \"%s\", \"resp\": %d".formatted(redis.server(), resp), redis.cli());
        }
    }

    @Test
    @DisplayName("an ACL user with exactly the documented permissions, and a database of its own")
    void aclAndDatabase() throws Exception {
        try (RedisProcess redis = RedisProcess.start()) {
            redis.call(
                    "ACL",
                    "SETUSER",
                    "mooring",
                    "on",
                    ">s3cret",
                    "~mqtt:*",
                    "~mooring:*",
                    "&mqtt_channel",
                    "+@read",
                    "+@write",
                    "+@scripting",
                    "+@connection",
                    "+@pubsub",
                    "+role",
                    "+wait");
            RedisCli reader = redis.cli();
            reader.call("SELECT", "3");
            works(
                    "\"server\": \"%s\", \"username\": \"mooring\", \"password\": \"s3cret\", \"database\": 3"
                            .formatted(redis.server()),
                    reader);
        }
    }

    @Test
    @DisplayName(
            "TLS with a certificate of the client's own; a server that is not trusted is refused, unless it need not")
    void tls() throws Exception {
        try (TestCertificates certificates = TestCertificates.create();
                RedisProcess redis = RedisProcess.startTls(certificates, "tls-auth-clients yes")) {
            String ssl = "\"server\": \"localhost:%d\", \"ssl\": {\"enable\": true, \"certfile\": \"%s\","
                    + " \"keyfile\": \"%s\", %s}";
            for (String how : List.of("\"cacertfile\": \"" + certificates.authority() + "\"", "\"verify\": false")) {
                works(
                        ssl.formatted(redis.port(), certificates.clientCertificate(), certificates.clientKey(), how),
                        redis.cli());
            }
            refuses(
                    "\"server\": \"localhost:%d\", \"ssl\": {\"enable\": true}".formatted(redis.port()),
                    "localhost",
                    "check ssl");
        }
    }

    @Test
    @DisplayName("a key of another type that is needed at the start: which pool, command and key, and what to do")
    void wrongTypeAtTheStart() throws Exception {
        try (RedisProcess redis = RedisProcess.start()) {
            String pool = "\"server\": \"%s\"".formatted(redis.server());
            redis.call("SET", "mqtt:node:n1", "mine");
            try (LogWatch log = new LogWatch("dev.mooring");
                    TestBroker broker = TestBroker.start("""
                            {"node": {"name": "n1"}, "pools": {"pool1": {"backend": "redis", %s}},
                             "hooks": {
                              "client.connected": [{"action": {"function": "on_client_connected"}, "pool": "pool1"}]}}
                            """.formatted(pool));
                    Flood client = new Flood(broker.port(), "c")) {
                assertThat(client.ping()).isTrue();
                await().untilAsserted(() -> assertThat(log.lines())
                        .anySatisfy(line -> assertThat(line)
                                .contains("pool pool1", "WRONGTYPE", "on mqtt:node:n1)", "rename or delete it")));
            }
            redis.call("SET", "mooring:{state}:sessions", "mine");
            assertThatThrownBy(() -> TestBroker.start("""
                            {"pools": {"pool1": {"backend": "redis", %s}}, "session": {"pool": "pool1"}}
                            """.formatted(pool)).close())
                    .hasMessageContainingAll("pool pool1", "WRONGTYPE", "mooring:{state}:", "rename or delete it");
        }
    }

    @Test
    @DisplayName("nobody listens there, or the host is unknown")
    void wrongHost() {
        refuses("\"server\": \"127.0.0.1:1\"", "127.0.0.1:1", "refused", "check server");
        refuses("\"server\": \"no-such-host.invalid\"", "no-such-host.invalid", "check server");
    }

    @Test
    @DisplayName("a server that is away at the start: the broker runs, and has the pool as soon as it is there")
    void late() throws Exception {
        try (RedisProcess redis = RedisProcess.start("appendonly yes", "appendfsync always")) {
            redis.call("HSET", "mqtt:node:n1", "left", "1542272836");
            redis.call("HSET", "mqtt:client:left", "state", "1", "online_at", "1542272836", "node", "n1");
            redis.stop();
            try (TestBroker broker = TestBroker.start("""
                            {"node": {"name": "n1"},
                             "pools": {"pool1": {"backend": "redis", "server": "%s"}},
                             "limits": {"store_deadline_ms": 60000},
                             "hooks": {
                              "client.connected": [
                                {"action": {"function": "on_client_connected"}, "pool": "pool1"}],
                              "message.publish": [
                                {"topic": "#", "action": {"function": "on_message_publish"}, "pool": "pool1"}]}}
                            """.formatted(redis.server()));
                    Flood flood = Flood.start(broker.port(), "f")) {
                assertThat(flood.ping()).isTrue();
                assertThat(flood.stored()).isEmpty();
                redis.restart();
                await().untilAsserted(() -> assertThat(flood.stored()).hasSizeGreaterThan(500));
                Set<Integer> acknowledged = flood.stop();
                try (RedisCli reader = redis.cli()) {
                    Flood.assertNoneMissing(RedisDownTest.inRedis(reader), acknowledged);
                    assertThat(reader.text("HGET", "mqtt:client:left", "state"))
                            .as("what an earlier life left")
                            .isEqualTo("0");
                    assertThat(reader.list("HKEYS", "mqtt:node:n1")).containsExactly("f");
                }
                assertThat(broker.broker().storeMetrics().get("pool1").state).isEqualTo(StoreMetrics.State.CONNECTED);
            }
        }
    }

    @Test
    @DisplayName("a key of another type: the operation fails for good, which is said; others go on")
    void wrongType() throws Exception {
        try (RedisProcess redis = RedisProcess.start();
                LogWatch log = new LogWatch("dev.mooring.store");
                TestBroker broker = broker("\"server\": \"%s\"".formatted(redis.server()))) {
            redis.call("SET", "mqtt:client:taken", "mine");
            StoreMetrics figures = broker.broker().storeMetrics().get("pool1");
            try (Flood taken = new Flood(broker.port(), "taken");
                    Flood free = new Flood(broker.port(), "free")) {
                assertThat(taken.ping() && free.ping()).isTrue();
                await().untilAsserted(() -> assertThat(figures.lastFailure)
                        .contains("client taken", "WRONGTYPE", "(HSET on mqtt:client:taken)", "rename or delete it"));
                await().untilAsserted(() -> assertThat(log.lines())
                        .anySatisfy(line -> assertThat(line)
                                .contains(
                                        "ERROR",
                                        "pool pool1",
                                        "WRONGTYPE",
                                        "(HSET on mqtt:client:taken)",
                                        "rename or delete")));
                await().untilAsserted(() -> assertThat(redis.call("HGET", "mqtt:client:free", "state"))
                        .isEqualTo("1"));
            }
            assertThat(redis.call("GET", "mqtt:client:taken")).isEqualTo("mine");
            assertThat(figures.state).isEqualTo(StoreMetrics.State.CONNECTED);
        }
    }

    @Test
    @DisplayName("a wrong password")
    void wrongPassword() {
        try (RedisProcess redis = RedisProcess.start("requirepass right")) {
            String pool = "\"server\": \"%s\", \"password\": \"wrong\"".formatted(redis.server());
            refuses(pool, redis.server(), "WRONGPASS", "check username and password");
        }
    }

    @Test
    @DisplayName("a missing permission: the command and the keys are named")
    void missingPermission() {
        try (RedisProcess redis = RedisProcess.start()) {
            redis.call("ACL", "SETUSER", "weak", "on", ">pw", "~mqtt:*", "&*", "+@all", "-zadd");
            String pool = "\"server\": \"%s\", \"username\": \"weak\", \"password\": \"pw\"".formatted(redis.server());
            refuses(pool, "the user may not run ", "ZADD on mqtt:*", "HSET on mooring:*", "docs/storage.md");
            redis.call("ACL", "SETUSER", "weak", "~mooring:*", "+@all", "-evalsha", "-zscore", "-wait");
            refuses(pool + ", \"min_replicas\": 1", "EVALSHA on mqtt:*", "ZSCORE on mooring:*", "WAIT");
        }
    }

    @Test
    @DisplayName("a permission that is taken away while the broker runs: pool, command and key are named")
    void permissionTaken() throws Exception {
        try (RedisProcess redis = RedisProcess.start("user weak on >pw ~mqtt:* ~mooring:* &* +@all");
                LogWatch log = new LogWatch("dev.mooring.store");
                TestBroker broker = broker(
                        "\"server\": \"%s\", \"username\": \"weak\", \"password\": \"pw\"".formatted(redis.server()))) {
            redis.call("ACL", "SETUSER", "weak", "-hset");
            try (Flood client = new Flood(broker.port(), "c")) {
                assertThat(client.ping()).isTrue();
                await().untilAsserted(() -> assertThat(log.lines())
                        .anySatisfy(line -> assertThat(line)
                                .contains("pool pool1", "NOPERM", "(HSET on mqtt:client:c)", "give the pool's user")));
            }
        }
    }

    @Test
    @DisplayName("Sentinels that do not know the master")
    void unknownMaster() {
        try (RedisSentinels sentinels = RedisSentinels.start()) {
            String pool = "\"type\": \"sentinel\", \"server\": \"%s\", \"sentinel\": \"other\""
                    .formatted(sentinels.servers());
            refuses(pool, "no Sentinel names a master for \"other\": ", "does not know this master", "check sentinel");
        }
    }

    @Test
    @DisplayName("Sentinels with a password of their own, which is not the servers'")
    void sentinelPassword() throws Exception {
        try (RedisProcess redis = RedisProcess.start("requirepass of-servers");
                RedisProcess sentinel = RedisProcess.startSentinel(List.of(
                        "requirepass of-sentinels",
                        "sentinel monitor mymaster 127.0.0.1 " + redis.port() + " 1",
                        "sentinel auth-pass mymaster of-servers"))) {
            String pool = "\"type\": \"sentinel\", \"server\": \"%s\", \"sentinel\": \"mymaster\","
                    + " \"password\": \"of-servers\"";
            try (RedisCli reader = redis.cli()) {
                reader.call("AUTH", "of-servers");
                works(pool.formatted(sentinel.server()) + ", \"sentinel_password\": \"of-sentinels\"", reader);
            }
            refuses(pool.formatted(sentinel.server()), "NOAUTH", "check sentinel", "sentinel_password");
        }
    }

    @Test
    @DisplayName("a database that the server does not have")
    void noSuchDatabase() {
        try (RedisProcess redis = RedisProcess.start("databases 4")) {
            refuses("\"server\": \"%s\", \"database\": 4".formatted(redis.server()), "check database");
        }
    }

    @Test
    @DisplayName("a cluster with another password, or none that listens")
    void clusterWrong() {
        try (RedisProcess redis = RedisProcess.start("cluster-enabled yes", "requirepass right")) {
            String cluster = "\"type\": \"cluster\", \"server\": \"%s\", \"password\": \"wrong\"";
            refuses(cluster.formatted(redis.server()), redis.server(), "WRONGPASS", "check username and password");
            refuses(cluster.formatted("127.0.0.1:1"), "127.0.0.1:1", "refused", "check server");
        }
    }

    @Test
    @DisplayName("a node without its cluster")
    void clusterDown() {
        try (RedisProcess redis = RedisProcess.start("cluster-enabled yes")) {
            refuses(
                    "\"type\": \"cluster\", \"server\": \"%s\"".formatted(redis.server()),
                    redis.server(),
                    "cluster is down",
                    "CLUSTER INFO");
        }
    }
}
