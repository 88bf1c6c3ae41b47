package dev.mooring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.mooring.config.Config;
import dev.mooring.http.Lifecycle;
import dev.mooring.metrics.Metrics;
import dev.mooring.store.Store;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients of both versions, sent away by a node that is going to stop. */
class DrainTest {
    private static final int SHUTTING_DOWN = 0x8B;
    private static final int SERVER_MOVED = 0x9D;
    private static final String HTTP =
            "\"http\": {\"enable\": true, \"port\": 0, \"token\": \"" + "t".repeat(24) + "\"}";

    private final List<DrainClient> clients = new ArrayList<>();
    private TestBroker broker;

    @AfterEach
    void close() throws Exception {
        for (DrainClient client : clients) {
            client.close();
        }
        if (broker != null) {
            broker.close();
        }
    }

    private void start(String drain) {
        broker = TestBroker.start("{" + HTTP + ", \"drain\": {" + drain + "}}");
    }

    /** Half of them speak each version. */
    private void connect(int count) throws Exception {
        for (int i = 0; i < count; i++) {
            clients.add(DrainClient.connect(broker.port(), i % 2 == 0 ? 5 : 4, "client-" + i));
        }
    }

    private long ended() {
        return clients.stream().filter(DrainClient::hasEnded).count();
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    private HttpResponse<String> ask(String path) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + broker.broker().httpPort() + path);
        return HttpClient.newHttpClient()
                .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 19, 20, 21, 30, 1_000, 999_999, 1_000_000})
    @DisplayName("the steps of any second send away as many clients as the rate says, evenly")
    void steps(int rate) {
        for (long first : new long[] {0, 3, 19, 1_000_003}) {
            int sum = 0;
            for (int i = 0; i < Drain.STEPS_PER_S; i++) {
                int step = Drain.ofStep(rate, first + i);
                assertThat(step).isBetween(rate / Drain.STEPS_PER_S, rate / Drain.STEPS_PER_S + 1);
                sum += step;
            }
            assertThat(sum).isEqualTo(rate);
        }
        assertThat(Drain.ofStep(rate, 0)).as("somebody goes at once").isPositive();
    }

    @Test
    @DisplayName("a step sends away as many clients as it may, over all loops, and no more")
    void stepByStep() throws Exception {
        start("\"rate\": 50");
        Config config = Config.of("{\"loops\": 2, \"drain\": {\"rate\": 50}}");
        Metrics metrics = broker.broker().metrics();
        Drain drain = new Drain(
                broker.vertx(),
                config,
                broker.broker().loops(),
                metrics,
                broker.broker().storeMetrics());
        connect(11);
        int gone = 0;
        for (int expected : new int[] {3, 2, 3, 2, 1, 0}) { // 2.5 a step; at last nobody is left
            assertThat(get(drain.step())).isEqualTo(expected);
            gone += expected;
            int all = gone;
            await().until(() ->
                    ended() == all && metrics.handingOver.get() == 0 && metrics.connections.get() == 11 - all);
        }
    }

    @Test
    @DisplayName("draining: not ready, who comes is refused, who is there goes one by one; asked again, it is the same")
    void drain() throws Exception {
        start("\"rate\": 1, \"timeout_s\": 60, \"server_reference\": \"other.example:1883\"");
        connect(3);
        assertThat(ask("/health/ready").statusCode()).isEqualTo(200);
        Future<Void> first = broker.broker().drain();
        assertThat(broker.broker().drain()).isSameAs(first);
        HttpResponse<String> ready = ask("/health/ready");
        assertThat(ready.statusCode()).isEqualTo(503);
        assertThat(ready.body()).containsPattern("drain(ing|ed)"); // a busy machine may be that late
        await().until(() -> ended() == 1);
        assertThatThrownBy(() -> DrainClient.connect(broker.port(), 5, "late"))
                .extracting(e -> ((org.eclipse.paho.mqttv5.common.MqttException) e).getReasonCode())
                .isEqualTo(SERVER_MOVED);
        assertThatThrownBy(() -> DrainClient.connect(broker.port(), 4, "late"))
                .extracting(e -> ((org.eclipse.paho.client.mqttv3.MqttException) e).getReasonCode())
                .isEqualTo(3); // server unavailable
        get(first);
        await().until(() -> ended() == 3);
        for (int i = 0; i < 3; i++) {
            DrainClient.End end = clients.get(i).end();
            assertThat(end.reason()).isEqualTo(i % 2 == 0 ? SERVER_MOVED : -1);
            assertThat(end.serverReference()).isEqualTo(i % 2 == 0 ? "other.example:1883" : "");
            assertThat(end.reasonString()).isEqualTo(i % 2 == 0 ? "the node stops" : "");
        }
        assertThat(ask("/health/ready").body()).contains("\"drained\"");
        assertThat(ask("/health/live").statusCode()).isEqualTo(200);
        assertThat(ask("/metrics").body()).contains("mooring_draining 1.0", "mooring_draining_connections 0.0");
        assertThat(broker.broker().drain()).isSameAs(first);
    }

    @Test
    @DisplayName("a stop while the node drains goes on with that, and says 0x8B where no other server is known")
    void stopWhileDraining() throws Exception {
        start("\"rate\": 1, \"timeout_s\": 60");
        connect(3);
        Future<Void> drained = broker.broker().drain();
        await().until(() -> ended() == 1);
        Future<Void> stopped = broker.broker().stop();
        get(stopped);
        assertThat(drained.isComplete()).isTrue();
        await().until(() -> ended() == 3);
        assertThat(clients.get(0).end().reason()).isEqualTo(SHUTTING_DOWN);
        assertThat(clients.get(2).end().reason()).isEqualTo(SHUTTING_DOWN);
    }

    @Test
    @DisplayName("when the time is over, all that are left are told at once")
    void timeOut() throws Exception {
        start("\"rate\": 1, \"timeout_s\": 1");
        connect(20);
        get(broker.broker().drain());
        await().until(() -> ended() == 20);
        assertThat(clients).filteredOn(c -> c.end().reason() == SHUTTING_DOWN).hasSize(10);
    }

    @Test
    @DisplayName("the connection of a lasting session ends when the session is in the store, and not before")
    void storedFirst() throws Exception {
        HeldStore[] store = new HeldStore[1];
        broker = TestBroker.start("{\"drain\": {\"timeout_s\": 60}}", s -> store[0] = new HeldStore(s));
        connect(2);
        store[0].hold();
        Future<Void> drained = broker.broker().drain();
        await().until(() -> broker.broker().metrics().handingOver.get() == 2 && store[0].heldSaves() > 0);
        assertThat(ended()).isZero();
        assertThat(drained.isComplete()).isFalse();
        store[0].release();
        get(drained);
        await().until(() -> ended() == 2);
        assertThat(clients.get(0).end().reason()).isEqualTo(SHUTTING_DOWN);
    }

    @Test
    @DisplayName("a store that never answers keeps clients until the time is over, and then they are told all the same")
    void storeHangs() throws Exception {
        HeldStore[] store = new HeldStore[1];
        broker = TestBroker.start("{\"drain\": {\"timeout_s\": 1}}", s -> store[0] = new HeldStore(s));
        connect(2);
        store[0].hold();
        get(broker.broker().drain());
        await().until(() -> ended() == 2);
        assertThat(clients.get(0).end().reason()).isEqualTo(SHUTTING_DOWN);
        store[0].release();
    }

    @Test
    @DisplayName("a node without clients is drained at once, without the wait for the load balancer")
    void nobody() throws Exception {
        start("\"wait_s\": 3000, \"timeout_s\": 3600");
        get(broker.broker().drain());
        assertThat(ask("/health/ready").body()).contains(Lifecycle.Phase.DRAINED.text());
    }

    /** Answers when it is released: what it has applied is not known to anybody before. */
    private static final class HeldStore implements Store {
        private final Store store;
        private volatile Promise<Void> released = Promise.promise();
        private final java.util.concurrent.atomic.AtomicInteger saves = new java.util.concurrent.atomic.AtomicInteger();
        private volatile boolean holds;

        HeldStore(Store store) {
            this.store = store;
            released.complete();
        }

        void hold() {
            released = Promise.promise();
            holds = true;
        }

        void release() {
            released.complete();
        }

        int heldSaves() {
            return saves.get();
        }

        @Override
        public Future<Void> open() {
            return store.open();
        }

        @Override
        public Future<List<StoreReply>> apply(List<StoreOp> batch) {
            if (holds) {
                batch.forEach(op -> saves.addAndGet(op instanceof StoreOp.SessionSave ? 1 : 0));
            }
            Future<Void> when = released.future();
            return store.apply(batch).compose(replies -> when.map(replies));
        }

        @Override
        public Future<Void> close() {
            return store.close();
        }

        @Override
        public boolean blocking() {
            return store.blocking();
        }
    }
}
