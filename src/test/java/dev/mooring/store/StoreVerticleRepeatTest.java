package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicName;
import dev.mooring.route.Target;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** No repetition overtakes what is newer, however many commits are under way: the test answers each when it wants. */
class StoreVerticleRepeatTest {
    private static final long KEY = 1;
    private static final long OTHER = 2;
    private static final long THIRD = 3;

    private final Vertx vertx = Vertx.vertx();
    private final Registers store = new Registers();
    private final StoreMetrics metrics = new StoreMetrics(store);
    private final ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
    private final Context loop = vertx.getOrCreateContext();
    private StoreClient client;
    private String deployment;
    private volatile long deadlineMs = 600_000;
    private int submitted;

    /** Registers: a session id names one, a packet id is its value. SENT sets one, ENQUEUE those of its entries. */
    private static final class Registers implements Store {
        private record Given(Context context, List<StoreOp> ops, Promise<List<StoreReply>> answer) {
            List<Integer> values() {
                return ops.stream().map(op -> value(op)).toList();
            }
        }

        final List<Given> given = new CopyOnWriteArrayList<>();
        final Map<Long, Integer> values = new ConcurrentHashMap<>();
        volatile int atOnce = 2;

        /** Takes effect at once, also where nobody will know of it. */
        @Override
        public Future<List<StoreReply>> apply(List<StoreOp> batch) {
            for (StoreOp op : batch) {
                if (op instanceof StoreOp.Enqueue enqueue) {
                    enqueue.entries().forEach(entry -> values.put(entry.sessionId(), value(op)));
                } else {
                    values.put(((StoreOp.Sent) op).sessionId(), value(op));
                }
            }
            Given commit = new Given(Vertx.currentContext(), List.copyOf(batch), Promise.promise());
            given.add(commit);
            return commit.answer.future();
        }

        @Override
        public int commitsAtOnce() {
            return atOnce;
        }

        @Override
        public int commitOpsMax() {
            return 1; // each batch a commit of its own
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
    }

    @BeforeEach
    void deploy() throws Exception {
        LocalCodec.register(vertx);
        client = new StoreClient(vertx.eventBus(), "p", "test", 1_000, 1 << 20);
        wait(vertx.eventBus()
                .<LocalBody>localConsumer("test", m -> client.replies((StoreReplies) m.body()))
                .completion());
        deployment = wait(vertx.deployVerticle(
                new StoreVerticle("p", "p", store, metrics, () -> deadlineMs, Future.succeededFuture())));
    }

    @AfterEach
    void close() throws Exception {
        wait(vertx.close());
    }

    private static <T> T wait(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private static StoreOp set(long register, int value) {
        return new StoreOp.Sent(register, MessageId.ZERO, value);
    }

    private static StoreOp setBoth(int value) {
        Message message = new Message(
                MessageId.ZERO,
                "c",
                TopicName.of("t"),
                2,
                false,
                new byte[0],
                PublishProperties.EMPTY,
                0,
                Message.NEVER);
        List<StoreOp.Enqueue.Entry> entries = new ArrayList<>();
        for (long register : new long[] {KEY, OTHER}) {
            entries.add(new StoreOp.Enqueue.Entry(register, 1, false, Target.NO_IDENTIFIERS, null));
        }
        return new StoreOp.Enqueue(message, entries, THIRD, value, StoreOp.Enqueue.Retained.KEEP, 0);
    }

    private static int value(StoreOp op) {
        return op instanceof StoreOp.Enqueue enqueue ? enqueue.inboundPacketId() : ((StoreOp.Sent) op).packetId();
    }

    /** As one batch, which the verticle has received then. */
    private void submit(StoreOp... ops) throws Exception {
        on(loop, () -> {
            for (StoreOp op : ops) {
                int value = value(op);
                client.submit(op, reply -> told.add(value + (reply == StoreReply.DONE ? " done" : " failed")));
            }
            client.flush();
        });
        submitted += ops.length; // none is forgotten while the first of all is not answered
        await().until(() -> metrics.queuedOps.get() == submitted);
    }

    /**
     * Waits for a commit and answers it: the values of {@code failing} failed. What that leads to at once is done then.
     */
    private void answer(int commit, Integer... failing) throws Exception {
        Registers.Given given = given(commit);
        List<StoreReply> replies = new ArrayList<>();
        for (int value : given.values()) {
            replies.add(Set.of(failing).contains(value) ? new StoreReply.Failed(true, "told to") : StoreReply.DONE);
        }
        on(given.context, () -> given.answer.complete(replies));
        on(given.context, () -> {}); // behind the next commit
    }

    private Registers.Given given(int commit) {
        await().until(() -> store.given.size() > commit);
        return store.given.get(commit);
    }

    private static void on(Context context, Runnable action) throws Exception {
        Promise<Void> done = Promise.promise();
        context.runOnContext(v -> {
            action.run();
            done.complete();
        });
        wait(done.future());
    }

    @Test
    @DisplayName("what waits for a repetition does not overtake what was given to the store before it")
    void joinsBehindWhatIsUnderWay() throws Exception {
        submit(set(KEY, 1), set(OTHER, 2));
        submit(set(KEY, 3));
        submit(set(KEY, 4));
        assertThat(given(1).values()).containsExactly(3);
        answer(0, 1); // the 4 waits for the 1, while the 3 is under way
        answer(1); // and has to be repeated, since it was applied before the 1
        assertThat(given(2).values()).containsExactly(1, 3, 4);
        answer(2);
        await().untilAsserted(() -> assertThat(told).containsExactly("1 done", "2 done", "3 done", "4 done"));
        assertThat(store.values).containsEntry(KEY, 4);
    }

    @Test
    @DisplayName("what waits for a repetition does not overtake what is before it in the same commit")
    void joinsBehindItsOwnCommit() throws Exception {
        store.atOnce = 1;
        submit(set(KEY, 1), set(THIRD, 2));
        submit(set(OTHER, 3), setBoth(4));
        answer(0, 1); // the 4 waits for the 1; the 3 does not
        assertThat(given(1).values()).containsExactly(3);
        answer(1, 3);
        assertThat(given(2).values()).containsExactly(1, 3, 4);
        answer(2);
        await().untilAsserted(() -> assertThat(told).containsExactly("1 done", "2 done", "3 done", "4 done"));
        assertThat(store.values).containsEntry(KEY, 4).containsEntry(OTHER, 4);
    }

    @Test
    @DisplayName("what joined a repetition does not get in front of what came to wait for it later")
    void joinsBehindWhatFailsLater() throws Exception {
        submit(set(KEY, 1));
        submit(set(OTHER, 2));
        submit(set(KEY, 3));
        given(1);
        answer(0, 1); // nothing was applied: the 3 waits for the repetition, and is tried with it
        assertThat(given(2).values()).containsExactly(1, 3);
        answer(1);
        submit(set(KEY, 4)); // waits for the 1 as well
        answer(2, 3);
        assertThat(given(3).values()).containsExactly(3, 4);
        answer(3);
        await().untilAsserted(() -> assertThat(told).containsExactly("1 done", "2 done", "3 done", "4 done"));
        assertThat(store.values).containsEntry(KEY, 4);
    }

    @Test
    @DisplayName("what was done in a repetition is not done a second time for what is newer")
    void newerIsNoReason() throws Exception {
        submit(set(KEY, 1));
        submit(set(OTHER, 2));
        submit(set(KEY, 3));
        given(1);
        answer(0, 1);
        assertThat(given(2).values()).containsExactly(1, 3);
        answer(1);
        submit(set(KEY, 4));
        answer(2);
        assertThat(given(3).values()).containsExactly(4);
        answer(3);
        await().untilAsserted(() -> assertThat(told).containsExactly("1 done", "2 done", "3 done", "4 done"));
        assertThat(store.values).containsEntry(KEY, 4);
    }

    @Test
    @DisplayName("what is given up while it is under way again may take effect: nothing before it counts as done")
    void givenUpWhileUnderWay() throws Exception {
        store.atOnce = 3;
        submit(set(KEY, 1), set(OTHER, 2));
        submit(set(KEY, 3));
        given(1);
        answer(0, 1);
        assertThat(given(2).values()).containsExactly(1);
        submit(set(OTHER, 4));
        given(3);
        deadlineMs = 0;
        Future<Void> stopped = vertx.undeploy(deployment);
        answer(3);
        await().untilAsserted(() -> assertThat(told).containsExactly("1 failed", "2 done"));
        answer(1); // but the 1 came behind it
        answer(2);
        wait(stopped);
        await().untilAsserted(() -> assertThat(told).containsExactly("1 failed", "2 done", "3 failed", "4 done"));
        assertThat(store.values).containsEntry(KEY, 1);
    }
}
