package dev.mooring.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mooring.TestBroker;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Ways to connect, and what is said when it does not work. */
class RedisConnectTest {
    private static TestBroker broker(String pool) {
        return TestBroker.start("""
                {"pools": {"local": {"backend": "embedded"}, "pool1": {"backend": "redis", %s}},
                 "session": {"pool": "local"},
                 "hooks": {"client.connected": [{"action": {"function": "on_client_connected"}, "pool": "pool1"}]}}
                """.formatted(pool));
    }

    private static void works(String pool, RedisCli reader) throws Exception {
        try (TestBroker broker = broker(pool);
                Flood client = new Flood(broker.port(), "c")) {
            assertThat(client.ping()).isTrue();
            org.awaitility.Awaitility.await().untilAsserted(() -> {
                Map<String, String> fields = reader.map("HGETALL", "mqtt:client:c");
                assertThat(fields).containsEntry("state", "1").containsEntry("offline_at", "undefined");
            });
        }
    }

    private static void refuses(String pool, String... said) {
        assertThatThrownBy(() -> broker(pool).close())
                .hasMessageContaining("pool1")
                .satisfies(e -> assertThat(e.getMessage()).contains(said));
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
    @DisplayName("TLS with a certificate of the client's own; a server that is not trusted is refused")
    void tls() throws Exception {
        try (TestCertificates certificates = TestCertificates.create();
                RedisProcess redis = RedisProcess.startTls(certificates, "tls-auth-clients yes")) {
            String trusted = "\"server\": \"localhost:%d\", \"ssl\": {\"enable\": true, \"cacertfile\": \"%s\","
                    + " \"certfile\": \"%s\", \"keyfile\": \"%s\"}";
            works(
                    trusted.formatted(
                            redis.port(),
                            certificates.authority(),
                            certificates.clientCertificate(),
                            certificates.clientKey()),
                    redis.cli());
            refuses("\"server\": \"localhost:%d\", \"ssl\": {\"enable\": true}".formatted(redis.port()), "localhost");
        }
    }

    @Test
    @DisplayName("nobody listens there")
    void wrongPort() {
        refuses("\"server\": \"127.0.0.1:1\"", "127.0.0.1:1", "refused");
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
            refuses(pool, "ZADD on mqtt:*", "HSET on mooring:*", "docs/storage.md");
        }
    }

    @Test
    @DisplayName("Sentinels that do not know the master")
    void unknownMaster() {
        try (RedisSentinels sentinels = RedisSentinels.start()) {
            String pool = "\"type\": \"sentinel\", \"server\": \"%s\", \"sentinel\": \"other\""
                    .formatted(sentinels.servers());
            refuses(pool, "other", "does not know this master");
        }
    }

    @Test
    @DisplayName("a node without its cluster")
    void clusterDown() {
        try (RedisProcess redis = RedisProcess.start("cluster-enabled yes")) {
            refuses("\"type\": \"cluster\", \"server\": \"%s\"".formatted(redis.server()), redis.server());
        }
    }
}
