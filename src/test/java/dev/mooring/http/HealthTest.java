package dev.mooring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.config.Config;
import dev.mooring.metrics.Metrics;
import dev.mooring.store.StoreMetrics;
import dev.mooring.store.embedded.EmbeddedConfig;
import dev.mooring.store.embedded.EmbeddedStore;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The three questions, in every state that a node can be in. The listener is the real one; its node is this test. */
class HealthTest {
    private static final long NS_PER_S = 1_000_000_000L;

    private final Vertx vertx = Vertx.vertx();
    private final Lifecycle lifecycle = new Lifecycle();
    private final Metrics metrics = new Metrics(2);
    private final StoreMetrics store = new StoreMetrics(new EmbeddedStore(EmbeddedConfig.of(Path.of("not opened"))));
    private int port;

    @BeforeEach
    void open(@TempDir Path folder) {
        Config config = Config.of(
                "{\"http\": {\"port\": 0, \"token_file\": \"" + folder.resolve("token") + "\"}, \"loops\": 2}");
        HttpVerticle http = new HttpVerticle(config, lifecycle, metrics, Map.of("local", store), Registry.create());
        await().until(vertx.deployVerticle(http)::succeeded);
        port = http.port();
    }

    @AfterEach
    void close() {
        await().until(vertx.close()::succeeded);
    }

    @Test
    @DisplayName("while the node starts it is live, neither started nor ready, and says what it is about")
    void starting() {
        lifecycle.phase(Lifecycle.Phase.RESTORING_SESSIONS);
        assertThat(Answer.get(port, "/health/live").status()).isEqualTo(200);
        Answer startup = Answer.get(port, "/health/startup");
        assertThat(startup.status()).isEqualTo(503);
        assertThat(startup.json().getString("phase")).isEqualTo("restoring_sessions");
        assertThat(startup.json().getString("reason")).contains("read from the store");
        assertThat(Answer.get(port, "/health/ready").status()).isEqualTo(503);
    }

    @Test
    @DisplayName("a node that runs is ready; while its session pool is down it is not, and while that lags it is")
    void sessionPool() {
        lifecycle.phase(Lifecycle.Phase.RUNNING);
        assertThat(Answer.get(port, "/health/startup").status()).isEqualTo(200);
        assertThat(Answer.get(port, "/health/ready").status()).isEqualTo(200);
        store.state = StoreMetrics.State.DEGRADED;
        assertThat(Answer.get(port, "/health/ready").json().getString("session_pool"))
                .isEqualTo("degraded");
        assertThat(Answer.get(port, "/health/ready").status()).isEqualTo(200);
        store.state = StoreMetrics.State.DOWN;
        Answer down = Answer.get(port, "/health/ready");
        assertThat(down.status()).isEqualTo(503);
        assertThat(down.json().getString("reason")).isEqualTo("the session pool local is down");
        assertThat(Answer.get(port, "/health/live").status()).isEqualTo(200); // a restart would not help
    }

    @Test
    @DisplayName("a node that runs with a listener closed has started and is not ready, and says which; until it opens")
    void closedListener() {
        lifecycle.listenerClosed("tokens");
        lifecycle.phase(Lifecycle.Phase.OPENING_LISTENERS);
        assertThat(Answer.get(port, "/health/startup").status()).isEqualTo(503);
        lifecycle.phase(Lifecycle.Phase.RUNNING);
        assertThat(Answer.get(port, "/health/startup").status()).isEqualTo(200);
        Answer closed = Answer.get(port, "/health/ready");
        assertThat(closed.status()).isEqualTo(503);
        assertThat(closed.json().getString("reason")).contains("tokens");
        assertThat(closed.json().getJsonArray("closed_listeners")).containsExactly("tokens");
        lifecycle.listenerOpen("tokens");
        assertThat(Answer.get(port, "/health/ready").status()).isEqualTo(200);
    }

    @Test
    @DisplayName("a node that drains is live and started, and not ready")
    void draining() {
        lifecycle.phase(Lifecycle.Phase.DRAINING);
        assertThat(Answer.get(port, "/health/live").status()).isEqualTo(200);
        assertThat(Answer.get(port, "/health/startup").status()).isEqualTo(200);
        Answer ready = Answer.get(port, "/health/ready");
        assertThat(ready.status()).isEqualTo(503);
        assertThat(ready.json().getString("reason")).contains("stops");
    }

    @Test
    @DisplayName("a loop that has not turned for ten seconds makes the node not live, and is shown")
    void hangingLoop() {
        long now = System.nanoTime();
        metrics.loops().get(0).turned(now, 100);
        metrics.loops().get(1).turned(now - 11 * NS_PER_S, 100);
        Answer live = Answer.get(port, "/health/live");
        assertThat(live.status()).isEqualTo(503);
        assertThat(live.json().getString("reason")).isEqualTo("an event loop hangs");
        assertThat(live.json().getJsonArray("loops").getJsonObject(0).getBoolean("turns"))
                .isTrue();
        assertThat(live.json().getJsonArray("loops").getJsonObject(1).getBoolean("turns"))
                .isFalse();
        metrics.loops().get(1).turned(System.nanoTime(), 100);
        Answer again = Answer.get(port, "/health/live");
        assertThat(again.status()).isEqualTo(200);
        assertThat(again.json().getString("reason")).isEqualTo("every event loop turns");
    }

    @Test
    @DisplayName("the lag of a loop is the longest of the last windows, and grows while it hangs")
    void lag() {
        var loop = new Metrics(1).loops().get(0);
        long t = TimeUnit.MILLISECONDS.toNanos(1);
        loop.turned(0, 100);
        loop.turned(130 * t, 100);
        loop.turned(230 * t, 100);
        assertThat(loop.lagS(230 * t)).isEqualTo(0.030);
        assertThat(loop.lagS(830 * t)).isEqualTo(0.5);
        loop.turned(16_000 * t, 16_000); // a window later it still counts, two windows later no more
        assertThat(loop.lagS(16_000 * t)).isEqualTo(0.030);
        loop.turned(32_000 * t, 16_000);
        assertThat(loop.lagS(32_000 * t)).isZero();
    }
}
