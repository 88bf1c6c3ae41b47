package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicName;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What becomes of operations whose store fails until the deadline. */
class StoreVerticleTest {
    private static final StoreOp READ = new StoreOp.SessionLoad(1);
    private static final StoreOp SENT = new StoreOp.Sent(1, position(1), 7);
    private static final StoreOp DEQUEUE = new StoreOp.Dequeue(1, position(1));

    private final Vertx vertx = Vertx.vertx();
    private final FailingStore store = new FailingStore();
    private final StoreMetrics metrics = new StoreMetrics(store);
    private final ConcurrentLinkedQueue<String> told = new ConcurrentLinkedQueue<>();
    private StoreClient client;
    private String deployment;

    private static final class FailingStore implements Store {
        final ConcurrentLinkedQueue<List<StoreOp>> tried = new ConcurrentLinkedQueue<>();
        final ConcurrentLinkedQueue<StoreOp> applied = new ConcurrentLinkedQueue<>();
        volatile Predicate<StoreOp> fails = op -> false;

        @Override
        public Future<Void> open() {
            return Future.succeededFuture();
        }

        @Override
        public Future<List<StoreReply>> apply(List<StoreOp> batch) {
            tried.add(List.copyOf(batch));
            List<StoreReply> replies = new ArrayList<>();
            for (StoreOp op : batch) {
                boolean good = !fails.test(op);
                if (good) {
                    applied.add(op);
                }
                replies.add(good ? StoreReply.DONE : new StoreReply.Failed(true, "test"));
            }
            return Future.succeededFuture(replies);
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

    private static MessageId position(int n) {
        return new MessageId(n, 1);
    }

    private static StoreOp enqueue(long... sessions) {
        Message m = new Message(
                position(1), "p", TopicName.of("t"), 1, false, new byte[0], PublishProperties.EMPTY, 0, Message.NEVER);
        List<StoreOp.Enqueue.Entry> entries = new ArrayList<>();
        for (long session : sessions) {
            entries.add(new StoreOp.Enqueue.Entry(session, 1, false, new int[0], null));
        }
        return new StoreOp.Enqueue(m, entries, 0, 0, StoreOp.Enqueue.Retained.KEEP, 0);
    }

    @BeforeEach
    void deploy() throws Exception {
        LocalCodec.register(vertx);
        client = new StoreClient(vertx.eventBus(), "p", "test", 1_000, 1 << 20);
        wait(vertx.eventBus()
                .<LocalBody>localConsumer("test", m -> client.replies((StoreReplies) m.body()))
                .completion());
        deployment = wait(vertx.deployVerticle(new StoreVerticle("p", store, metrics, 30)));
    }

    @AfterEach
    void close() throws Exception {
        wait(vertx.close());
    }

    private static <T> T wait(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private void submit(StoreOp... ops) {
        for (StoreOp op : ops) {
            client.submit(op, new OnReply() {
                @Override
                public void reply(StoreReply reply) {
                    told.add(op.kind() + (reply instanceof StoreReply.Failed ? " failed" : " done"));
                }

                @Override
                public void late() {
                    told.add(op.kind() + " late");
                }
            });
        }
        client.flush();
    }

    @Test
    @DisplayName("after the deadline a read has failed, and a write is late; it is applied once the store works again")
    void writesAreNotGivenUp() {
        store.fails = op -> true;
        submit(READ, SENT);
        await().untilAsserted(() -> assertThat(told).containsExactly("SESSION_LOAD failed", "SENT late"));
        assertThat(metrics.state).isEqualTo(StoreMetrics.State.DOWN);
        assertThat(client.outstandingOps()).isEqualTo(1);
        store.fails = op -> false;
        await().untilAsserted(() -> assertThat(told).endsWith("SENT done").hasSize(3));
        await().untilAsserted(() -> {
            assertThat(metrics.state).isEqualTo(StoreMetrics.State.CONNECTED);
            assertThat(metrics.queuedOps).hasValue(0);
        });
        assertThat(client.outstandingOps()).isZero();
        assertThat(metrics.queuedOps).hasValue(0);
        assertThat(metrics.queuedBytes).hasValue(0);
        assertThat(metrics.failed.sum()).isEqualTo(1);
    }

    @Test
    @DisplayName("what is late stays in front of what is newer")
    void lateGoesFirst() {
        store.fails = op -> true;
        submit(SENT);
        await().untilAsserted(() -> assertThat(told).containsExactly("SENT late"));
        submit(READ, DEQUEUE);
        await().untilAsserted(() -> assertThat(told).contains("DEQUEUE late"));
        submit(READ);
        store.fails = op -> false;
        await().untilAsserted(() -> assertThat(told).contains("SENT done", "DEQUEUE done", "SESSION_LOAD done"));
        assertThat(store.applied).startsWith(SENT, DEQUEUE);
    }

    @Test
    @DisplayName("an entry that was tried before may be on the disk: its deletion is not cancelled")
    void lateIsNotCancelled() {
        store.fails = op -> true;
        submit(enqueue(1, 2));
        await().untilAsserted(() -> assertThat(told).containsExactly("ENQUEUE late"));
        submit(DEQUEUE);
        store.fails = op -> false;
        await().untilAsserted(() -> assertThat(told).contains("ENQUEUE done", "DEQUEUE done"));
        assertThat(store.applied).extracting(StoreOp::kind).containsExactly(OpKind.ENQUEUE, OpKind.DEQUEUE);
    }

    @Test
    @DisplayName("what was cancelled in part stays so when it is late")
    void lateInPart() {
        store.fails = op -> true;
        submit(enqueue(1, 2), DEQUEUE);
        await().untilAsserted(() -> assertThat(told).containsExactly("ENQUEUE late", "DEQUEUE done"));
        assertThat(metrics.cancelled.sum()).isEqualTo(1);
        store.fails = op -> false;
        await().untilAsserted(() -> assertThat(store.applied).hasSize(1));
        assertThat(((StoreOp.Enqueue) store.applied.element()).entries())
                .extracting(StoreOp.Enqueue.Entry::sessionId)
                .containsExactly(2L);
    }

    @Test
    @DisplayName(
            "the packet id of an entry that is deleted by the same commit is not written, whatever wrote the entry")
    void sentIsCancelled() {
        submit(SENT, new StoreOp.Sent(2, position(1), 7), DEQUEUE);
        await().untilAsserted(() -> assertThat(told).hasSize(3));
        assertThat(store.applied).containsExactly(new StoreOp.Sent(2, position(1), 7), DEQUEUE);
    }

    @Test
    @DisplayName("a store that fails does not keep the node from stopping")
    void stops() throws Exception {
        store.fails = op -> true;
        submit(SENT);
        await().untilAsserted(() -> assertThat(told).containsExactly("SENT late"));
        wait(vertx.undeploy(deployment));
        await().untilAsserted(() -> assertThat(told).containsExactly("SENT late", "SENT failed"));
    }
}
