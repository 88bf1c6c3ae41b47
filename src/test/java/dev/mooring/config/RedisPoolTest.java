package dev.mooring.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.config.Pool.RedisPool;
import dev.mooring.config.Pool.RedisType;
import dev.mooring.config.Pool.RetainFormat;
import dev.mooring.config.Pool.Ssl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedisPoolTest {
    @Test
    void aBackendIsEnough() {
        RedisPool pool = pool("{\"backend\": \"redis\"}");

        assertThat(pool.type()).isEqualTo(RedisType.SINGLE);
        assertThat(pool.servers()).containsExactly(new RedisServer("127.0.0.1", 6379));
        assertThat(pool.password()).isEmpty();
        assertThat(pool.ssl()).isEqualTo(new Ssl(false, true, "", "", ""));
        assertThat(pool.retainFormat()).isEqualTo(RetainFormat.ZSET);
        assertThat(pool.channel()).isEqualTo("mqtt_channel");
    }

    @Test
    void everyKeyArrives(@TempDir Path dir) throws Exception {
        Path secret = Files.writeString(dir.resolve("secret"), "swordfish\n");
        RedisPool pool = pool("""
                {"backend": "redis", "type": "sentinel",
                 "server": "s1:26379, s2", "sentinel": "mymaster", "database": 5,
                 "username": "${ENV:NAME}", "password": "${ENV:PASSWORD}",
                 "sentinel_username": "guard", "sentinel_password": "file:%s", "pool_size": 2,
                 "ssl": {"enable": true, "verify": false},
                 "resp": 2, "channel": "", "min_replicas": 1, "wait_timeout_ms": 10, "connect_timeout_ms": 20,
                 "command_timeout_ms": 30, "max_messages_per_topic": 40, "retain_format": "hash"}
                """.formatted(secret));

        assertThat(pool)
                .isEqualTo(new RedisPool(
                        RedisType.SENTINEL,
                        "s1:26379, s2",
                        "mymaster",
                        5,
                        "ann",
                        "hunter2",
                        "guard",
                        "swordfish",
                        2,
                        new Ssl(true, false, "", "", ""),
                        2,
                        "",
                        1,
                        10,
                        20,
                        30,
                        40,
                        RetainFormat.HASH));
        assertThat(pool.servers()).containsExactly(new RedisServer("s1", 26379), new RedisServer("s2", 6379));
        assertThat(pool.toString()).contains("s1:26379").doesNotContain("hunter2", "swordfish");
    }

    @Test
    void noErrorShowsAPassword() {
        String json =
                "{\"pools\": {\"r\": {\"backend\": \"redis\", \"password\": \"hunter2\", \"type\": \"clusterr\"}}}";

        assertThat(reader().parse(json).toString())
                .contains("did you mean \"cluster\"")
                .doesNotContain("hunter2");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            redis.example           | redis.example | 6379
            127.0.0.1:1             | 127.0.0.1     | 1
            [::1]                   | ::1           | 6379
            [2001:db8::7]:65535     | 2001:db8::7   | 65535
            """)
    void aServerIsAHostAndPerhapsAPort(String text, String host, int port) {
        assertThat(RedisServer.parse(text)).isEqualTo(List.of(new RedisServer(host, port)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ":1", "a:", "a:0", "a:65536", "::1", "[::1", "a b", "user@a", "a,", "a:1:2"})
    void nothingElseIsAServer(String text) {
        assertThat(RedisServer.parse(text)).isNull();
    }

    private static RedisPool pool(String json) {
        String file = "{\"pools\": {\"r\": %s}, \"session\": {\"pool\": \"r\"}}".formatted(json);
        ConfigResult result = reader().parse(file);
        assertThat(result).as(result.toString()).isInstanceOf(ConfigResult.Valid.class);
        return (RedisPool) ((ConfigResult.Valid) result).config().pools().get("r");
    }

    private static ConfigReader reader() {
        return new ConfigReader(Map.of("NAME", "ann", "PASSWORD", "hunter2")::get, 2, 1 << 30);
    }
}
