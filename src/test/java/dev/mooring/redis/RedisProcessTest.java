package dev.mooring.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** That the harness does what tests of the broker rely on. */
class RedisProcessTest {
    @Test
    void answersHaveTheTypesOfRedis() {
        try (RedisProcess redis = RedisProcess.start();
                RedisCli cli = redis.cli()) {
            byte[] binary = {0, '\r', '\n', (byte) 0xFF};
            assertThat(cli.call("SET", "k", binary)).isEqualTo("OK");
            assertThat((byte[]) cli.callRaw("GET", "k")).isEqualTo(binary);
            assertThat(cli.text("GET", "none")).isNull();
            assertThat(cli.number("HSET", "h", "b", 2, "a", "ä")).isEqualTo(2);
            assertThat(cli.map("HGETALL", "h")).isEqualTo(Map.of("b", "2", "a", "ä"));
            assertThat(cli.list("HMGET", "h", "a", "x")).isEqualTo(Arrays.asList("ä", "null"));
            assertThat(cli.call("EVAL", "return {1, {'x'}, false}", 0))
                    .isEqualTo(Arrays.asList(1L, List.of("x"), null));
            assertThatThrownBy(() -> cli.call("GET", "h"))
                    .isInstanceOf(RedisCli.RedisError.class)
                    .hasMessageStartingWith("WRONGTYPE");
            assertThat(cli.info("server", "tcp_port")).isEqualTo(String.valueOf(redis.port()));
        }
    }

    @Test
    void dataStayOverAKillWhenTheFileSaysSo() {
        try (RedisProcess redis = RedisProcess.start("appendonly yes", "appendfsync always")) {
            redis.call("SET", "k", "v");
            redis.kill9();
            assertThat(redis.isAlive()).isFalse();
            redis.restart();
            assertThat(redis.call("GET", "k")).isEqualTo("v");
        }
    }

    @Test
    void dataGoWithTheProcessOtherwise() {
        try (RedisProcess redis = RedisProcess.start()) {
            redis.call("SET", "k", "v");
            redis.restart();
            assertThat(redis.call("GET", "k")).isNull();
        }
    }

    @Test
    void aStoppedProcessHoldsItsConnectionsAndAnswersLater() {
        try (RedisProcess redis = RedisProcess.start();
                RedisCli cli = redis.cli(200)) {
            cli.call("PING");
            redis.sigstop();
            assertThatThrownBy(() -> cli.call("SET", "k", "v"))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasCauseInstanceOf(SocketTimeoutException.class);
            redis.sigcont();
            TestProcesses.eventually("the command has run", () -> "v".equals(redis.call("GET", "k")));
        }
    }

    @Test
    void aPasswordIsNoReasonToWait() {
        try (RedisProcess redis = RedisProcess.start("user ann on >secret ~* &* +@all", "user default off");
                RedisCli cli = redis.cli()) {
            assertThatThrownBy(() -> cli.call("GET", "k")).hasMessageStartingWith("NOAUTH");
            cli.call("AUTH", "ann", "secret");
            assertThat(cli.call("GET", "k")).isNull();
        }
    }

    @Test
    void tlsTrustsItsOwnAuthorityOnly() {
        try (TestCertificates certificates = TestCertificates.create();
                TestCertificates others = TestCertificates.create();
                RedisProcess redis = RedisProcess.startTls(certificates)) {
            assertThat(redis.call("PING")).isEqualTo("PONG");
            try (RedisCli stranger = RedisCli.connect(others.socketFactory(), redis.port(), 5_000)) {
                assertThatThrownBy(() -> stranger.call("PING")).isInstanceOf(UncheckedIOException.class);
            }
        }
    }

    @Test
    void aMistakeInTheFileIsShownAndNothingIsLeft() {
        assertThatThrownBy(() -> RedisProcess.start("no-such-key 1"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("no-such-key");
    }

    @Test
    void nothingIsLeft() {
        RedisProcess redis = RedisProcess.start();
        redis.close();

        assertThat(redis.isAlive()).isFalse();
        assertThat(Files.exists(redis.folder())).isFalse();
    }
}
