package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicName;
import dev.mooring.route.Target;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Order, repetition and deadline, with a store that fails as it is told. */
class StoreVerticleOrderTest {
    private Vertx vertx;

    @BeforeEach
    void start() {
        vertx = Vertx.vertx();
        LocalCodec.register(vertx);
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    /** Registers that SENT sets: the session id names one, the packet id is its value. */
    private static final class Registers implements Store {
        final Random random;
        final int atOnce;
        double failing;
        final Map<Long, Integer> values = new HashMap<>();
        final ArrayDeque<Runnable> answers = new ArrayDeque<>();
        int mostUnderWay;

        Registers(long seed, int atOnce, double failing) {
            this.random = new Random(seed);
            this.atOnce = atOnce;
            this.failing = failing;
        }

        @Override
        public Future<Void> open() {
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }

        @Override
        public boolean blocking() {
            return false;
        }

        @Override
        public int commitsAtOnce() {
            return atOnce;
        }

        @Override
        public int commitOpsMax() {
            return 4;
        }

        /** Takes effect at once; what is said about it comes later, in order, and may be that nobody knows. */
        @Override
        public Future<List<StoreReply>> apply(List<StoreOp> batch) {
            List<StoreReply> replies = new ArrayList<>();
            for (StoreOp op : batch) {
                boolean fails = random.nextDouble() < failing;
                if (!fails) {
                    values.put(((StoreOp.Sent) op).sessionId(), ((StoreOp.Sent) op).packetId());
                }
                replies.add(fails ? new StoreReply.Failed(true, "told to") : StoreReply.DONE);
            }
            boolean lost = random.nextDouble() < failing / 4;
            Promise<List<StoreReply>> promise = Promise.promise();
            answers.add(
                    () -> promise.handle(lost ? Future.failedFuture("answer lost") : Future.succeededFuture(replies)));
            mostUnderWay = Math.max(mostUnderWay, answers.size());
            Vertx.currentContext()
                    .owner()
                    .setTimer(1 + random.nextInt(3), t -> answers.remove().run());
            return promise.future();
        }
    }

    private record Outcome(List<Integer> answered, int failed) {}

    /** Submits values 1..n to three registers in turn, a few a batch, and waits for all answers. */
    private Outcome run(Registers store, int n, long deadlineMs) throws Exception {
        Promise<Outcome> done = Promise.promise();
        vertx.deployVerticle(new StoreVerticle("p", store, new StoreMetrics(store), deadlineMs))
                .toCompletionStage()
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        vertx.getOrCreateContext().runOnContext(v -> {
            StoreClient client = new StoreClient(vertx.eventBus(), "p", "me", 1_000_000, Long.MAX_VALUE);
            List<Integer> answered = new ArrayList<>();
            int[] failed = {0};
            vertx.eventBus().<LocalBody>localConsumer("me", m -> client.replies((StoreReplies) m.body()));
            for (int i = 1; i <= n; i++) {
                int value = i;
                client.submit(new StoreOp.Sent(i % 3 + 1, MessageId.ZERO, i), reply -> {
                    answered.add(value);
                    failed[0] += reply instanceof StoreReply.Failed ? 1 : 0;
                    if (answered.size() == n) {
                        done.complete(new Outcome(answered, failed[0]));
                    }
                });
                if (i % 2 == 0 || i == n) {
                    client.flush();
                }
            }
        });
        return done.future().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    @DisplayName("whatever fails transiently: the last value written wins, and answers come in order")
    void orderSurvivesFailures(long seed) throws Exception {
        Registers store = new Registers(seed, 1 + (int) (seed % 4), 0.05);
        Outcome outcome = run(store, 60, 30_000);
        assertThat(outcome.failed()).isZero();
        assertThat(outcome.answered()).isSorted().hasSize(60);
        assertThat(store.values).containsExactlyInAnyOrderEntriesOf(Map.of(1L, 60, 2L, 58, 3L, 59));
    }

    /** Fails the first attempt at one message, and notes what it took, in order. */
    private static final class FirstFails implements Store {
        final List<String> taken = new ArrayList<>();
        final Promise<Void> failed = Promise.promise();

        @Override
        public Future<Void> open() {
            return Future.succeededFuture();
        }

        @Override
        public Future<Void> close() {
            return Future.succeededFuture();
        }

        @Override
        public boolean blocking() {
            return false;
        }

        @Override
        public Future<List<StoreReply>> apply(List<StoreOp> batch) {
            List<StoreReply> replies = new ArrayList<>();
            for (StoreOp op : batch) {
                String topic = ((StoreOp.Enqueue) op).message().topic().text();
                boolean fails = topic.equals("first") && failed.tryComplete();
                if (!fails) {
                    taken.add(topic);
                }
                replies.add(fails ? new StoreReply.Failed(true, "told to") : StoreReply.DONE);
            }
            return Future.succeededFuture(replies);
        }
    }

    @Test
    @DisplayName("[MQTT-4.6.0-5] no message joins a queue while one before it is to be tried again; other queues go on")
    void queueHasNoGap() throws Exception {
        FirstFails store = new FirstFails();
        Promise<List<String>> done = Promise.promise();
        vertx.deployVerticle(new StoreVerticle("p", store, new StoreMetrics(store), 30_000))
                .toCompletionStage()
                .toCompletableFuture()
                .get(20, TimeUnit.SECONDS);
        vertx.getOrCreateContext().runOnContext(v -> {
            StoreClient client = new StoreClient(vertx.eventBus(), "p", "me", 1_000_000, Long.MAX_VALUE);
            vertx.eventBus().<LocalBody>localConsumer("me", m -> client.replies((StoreReplies) m.body()));
            client.submit(enqueue("first", 1), null);
            client.submit(enqueue("elsewhere", 3), null); // keeps the store from being taken for down
            client.flush();
            store.failed.future().onSuccess(x -> {
                client.submit(enqueue("second", 1, 2), reply -> done.complete(store.taken));
                client.submit(enqueue("third", 3), null);
                client.flush();
            });
        });
        assertThat(done.future().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS))
                .contains("elsewhere", "third")
                .containsSubsequence("first", "second")
                .hasSize(4);
    }

    private static StoreOp enqueue(String topic, long... sessionIds) {
        List<StoreOp.Enqueue.Entry> entries = new ArrayList<>();
        for (long id : sessionIds) {
            entries.add(new StoreOp.Enqueue.Entry(id, 1, false, Target.NO_IDENTIFIERS, null));
        }
        Message message = new Message(
                MessageId.ZERO,
                "c",
                TopicName.of(topic),
                1,
                false,
                new byte[0],
                PublishProperties.EMPTY,
                0,
                Message.NEVER);
        return new StoreOp.Enqueue(message, entries, 0, 0, StoreOp.Enqueue.Retained.KEEP, 0);
    }

    @Test
    @DisplayName("as many commits are under way at once as the store says")
    void severalAtOnce() throws Exception {
        Registers store = new Registers(1, 3, 0);
        run(store, 100, 30_000);
        assertThat(store.mostUnderWay).isEqualTo(3);
    }
}
