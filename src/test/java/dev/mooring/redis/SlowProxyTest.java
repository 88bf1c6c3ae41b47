package dev.mooring.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SlowProxyTest {
    private static RedisProcess redis;
    private SlowProxy proxy;

    @BeforeAll
    static void start() {
        redis = RedisProcess.start();
    }

    @AfterAll
    static void stop() {
        redis.close();
    }

    @BeforeEach
    void open() {
        redis.call("FLUSHALL");
        proxy = SlowProxy.before(redis.port());
    }

    @AfterEach
    void close() {
        proxy.close();
    }

    @Test
    void bytesGoThroughInOrder() {
        byte[] large = new byte[1_000_000];
        for (int i = 0; i < large.length; i++) {
            large[i] = (byte) (i * 31);
        }
        try (RedisCli cli = through()) {
            for (int delayMs : new int[] {0, 20, 0}) {
                proxy.delay(delayMs, delayMs);
                cli.call("SET", "k", large);
                assertThat((byte[]) cli.callRaw("GET", "k")).isEqualTo(large);
            }
            assertThat(proxy.connections()).isEqualTo(1);
        }
        TestProcesses.eventually("a closed connection is closed behind", () -> proxy.connections() == 0);
    }

    @Test
    void delaysAreOfTheirDirection() {
        try (RedisCli cli = through()) {
            cli.call("PING");
            proxy.delay(150, 0);
            assertThat(elapsedMs(() -> cli.call("PING"))).isBetween(150L, 5_000L);
            proxy.delay(100, 100);
            assertThat(elapsedMs(() -> cli.call("PING"))).isBetween(200L, 5_000L);
        }
    }

    @Test
    void aCutEndsWhatThereIsAndNotWhatComes() {
        try (RedisCli cli = through()) {
            cli.call("PING");
            proxy.cut();
            assertThatThrownBy(() -> cli.call("PING")).isInstanceOf(UncheckedIOException.class);
        }
        try (RedisCli cli = through()) {
            assertThat(cli.call("PING")).isEqualTo("PONG");
        }
    }

    @Test
    void aCommandCutInTheMiddleIsNotRun() {
        try (RedisCli cli = through()) {
            cli.call("PING");
            proxy.cutAfterToServer(20);
            assertThatThrownBy(() -> cli.call("SET", "key", "value")).isInstanceOf(UncheckedIOException.class);
        }
        assertThat(redis.call("EXISTS", "key")).isEqualTo(0L);
    }

    @Test
    void anAnswerCanBeLostThoughTheCommandHasRun() {
        try (RedisCli cli = through()) {
            cli.call("PING");
            proxy.cutAfterToClient(0);
            assertThatThrownBy(() -> cli.call("INCR", "n")).isInstanceOf(UncheckedIOException.class);
        }
        assertThat(redis.call("GET", "n")).isEqualTo("1");
        try (RedisCli cli = through()) {
            assertThat(cli.call("INCR", "n")).as("cut once only").isEqualTo(2L);
        }
    }

    @Test
    void connectionsAreRefusedForAWhile() {
        try (RedisCli cli = through()) {
            cli.call("PING");
            proxy.refuse();
            assertThatThrownBy(this::through).hasCauseInstanceOf(ConnectException.class);
            assertThat(cli.call("PING")).isEqualTo("PONG");
            proxy.accept();
            try (RedisCli another = through()) {
                assertThat(another.call("PING")).isEqualTo("PONG");
            }
        }
    }

    private RedisCli through() {
        return RedisCli.connect(SocketFactory.getDefault(), proxy.port(), 5_000);
    }

    private static long elapsedMs(Runnable task) {
        long start = System.nanoTime();
        task.run();
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    }
}
