package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.MessageId;
import dev.mooring.redis.RedisProcess;
import dev.mooring.store.redis.RedisConfig;
import dev.mooring.store.redis.RedisStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What was given first takes effect first, from one batch to the next behind it. */
class RedisOrderTest {
    @Test
    @DisplayName("a batch behind another one finds what that leaves, though both are on their way")
    void nextBatch() throws Exception {
        Vertx vertx = Vertx.vertx();
        try (RedisProcess redis = RedisProcess.start()) {
            Store store = new OnContext(vertx, new RedisStore(vertx, RedisConfig.single(redis.server())));
            StoreHarness.await(store.open());
            for (long n = 1; n <= 3; n++) {
                StoreOp.MessagePublish publish = new StoreOp.MessagePublish(
                        StoreHarness.message(n, "p/a"), System.currentTimeMillis() + 600_000);
                assertThat(apply(store, publish)).isEqualTo(StoreReply.DONE);
            }
            apply(store, new StoreOp.AckedForPubsub("c", "p/a", StoreHarness.id(1)));
            StoreOp end = new StoreOp.AckedDelete("c", StoreHarness.filter("p/#"));
            StoreOp fetch =
                    new StoreOp.FetchForPubsub("c", StoreHarness.filter("p/a"), MessageId.ZERO, MessageId.MAX, 9);
            Future<List<StoreReply>> ended = store.apply(List.of(end));
            Future<List<StoreReply>> begun = store.apply(List.of(fetch));
            assertThat(StoreHarness.await(ended)).containsExactly(StoreReply.DONE);
            assertThat(((StoreReply.Messages) StoreHarness.await(begun).get(0)).messages())
                    .as("a first subscription")
                    .isEmpty();
            assertThat(redis.call("GET", "mqtt:acked:c:p/a"))
                    .isEqualTo(StoreHarness.id(3).toString());
            StoreHarness.await(store.apply(List.of(end)));
            begun = store.apply(List.of(fetch));
            ended = store.apply(List.of(end));
            StoreHarness.await(begun);
            StoreHarness.await(ended);
            assertThat(redis.call("EXISTS", "mqtt:acked:c:p/a", "mooring:acked:c"))
                    .as("nothing that a later subscription would find")
                    .isEqualTo(0L);
            StoreHarness.await(store.close());
        } finally {
            StoreHarness.await(vertx.close());
        }
    }

    @Test
    @DisplayName("the end of a subscription behind a first acknowledgement under way leaves nothing of it, by any id")
    void acknowledgedAndEnded() throws Exception {
        Vertx vertx = Vertx.vertx();
        try (RedisProcess redis = RedisProcess.start()) {
            Store store = new OnContext(vertx, new RedisStore(vertx, RedisConfig.single(redis.server())));
            StoreHarness.await(store.open());
            StoreOp acked = new StoreOp.AckedForPubsub("c", "p/a", StoreHarness.id(1));
            List<StoreOp> ended = List.of(new StoreOp.AckedDelete("c", StoreHarness.filter("p/a")));
            List<Future<List<StoreReply>>> all = List.of(
                    store.apply(List.of(acked)), store.apply(ended), store.apply(List.of(acked)), store.apply(ended));
            for (Future<List<StoreReply>> each : all) {
                assertThat(StoreHarness.await(each)).containsExactly(StoreReply.DONE);
            }
            assertThat(redis.call("EXISTS", "mqtt:acked:c:p/a", "mooring:acked:c"))
                    .isEqualTo(0L);
            redis.call("SET", "mqtt:acked:c:p/a", "Mjg4MTk1MDYwNTk0NjYwNzYzMTg4MDk3OTQ2MDU2Nzg1OTD"); // an EMQX's
            List<StoreOp> both = List.of(acked, ended.get(0));
            assertThat(StoreHarness.await(store.apply(both))).hasSize(2).containsOnly(StoreReply.DONE);
            assertThat(redis.call("EXISTS", "mqtt:acked:c:p/a", "mooring:acked:c"))
                    .isEqualTo(0L);
            StoreHarness.await(store.close());
        } finally {
            StoreHarness.await(vertx.close());
        }
    }

    @Test
    @DisplayName("each of a client's operations on positions follows the one before it, however many, in however many"
            + " batches")
    void manyOfOneClient() throws Exception {
        Vertx vertx = Vertx.vertx();
        try (RedisProcess redis = RedisProcess.start()) {
            Store store = new OnContext(vertx, new RedisStore(vertx, RedisConfig.single(redis.server())));
            StoreHarness.await(store.open());
            for (long n = 1; n <= 2; n++) {
                StoreOp.MessagePublish publish = new StoreOp.MessagePublish(
                        StoreHarness.message(n, "p/a"), System.currentTimeMillis() + 600_000);
                assertThat(apply(store, publish)).isEqualTo(StoreReply.DONE);
            }
            StoreOp end = new StoreOp.AckedDelete("c", StoreHarness.filter("p/#"));
            StoreOp fetch =
                    new StoreOp.FetchForPubsub("c", StoreHarness.filter("p/a"), MessageId.ZERO, MessageId.MAX, 9);
            StoreOp all = new StoreOp.FetchForPubsub("c", StoreHarness.filter("p/+"), MessageId.ZERO, MessageId.MAX, 9);
            StoreOp acked = new StoreOp.AckedForPubsub("c", "p/a", StoreHarness.id(2));
            Future<List<StoreReply>> before = store.apply(List.of(all, fetch));
            Future<List<StoreReply>> behind = store.apply(List.of(fetch, all, acked, end, fetch, all));
            assertThat(StoreHarness.await(before)).hasSize(2).noneMatch(StoreReply.Failed.class::isInstance);
            assertThat(StoreHarness.await(behind)).hasSize(6).noneMatch(StoreReply.Failed.class::isInstance);
            assertThat(redis.call("GET", "mqtt:acked:c:p/a"))
                    .as("of the fetches behind the end")
                    .isEqualTo(StoreHarness.id(2).toString());
            StoreHarness.await(store.close());
        } finally {
            StoreHarness.await(vertx.close());
        }
    }

    @Test
    @DisplayName("a message of a broker whose clock is behind a position is skipped, and stays stored: they need NTP")
    void clocksDiffer() throws Exception {
        Vertx vertx = Vertx.vertx();
        try (RedisProcess redis = RedisProcess.start()) {
            Store fast = new OnContext(vertx, new RedisStore(vertx, RedisConfig.single(redis.server())));
            Store slow = new OnContext(vertx, new RedisStore(vertx, RedisConfig.single(redis.server())));
            StoreHarness.await(fast.open());
            StoreHarness.await(slow.open());
            long expiry = System.currentTimeMillis() + 600_000;
            apply(fast, new StoreOp.MessagePublish(StoreHarness.message(5, "p/a"), expiry));
            StoreOp fetch =
                    new StoreOp.FetchForPubsub("c", StoreHarness.filter("p/a"), MessageId.ZERO, MessageId.MAX, 9);
            apply(fast, fetch); // the position is at 5
            apply(slow, new StoreOp.MessagePublish(StoreHarness.message(3, "p/a"), expiry));
            apply(slow, new StoreOp.MessagePublish(StoreHarness.message(7, "p/a"), expiry));
            assertThat(((StoreReply.Messages) apply(slow, fetch)).messages())
                    .as("only what is newer than the position, by the clocks that gave the ids")
                    .hasSize(1);
            assertThat(redis.call("ZCARD", "mqtt:msg:p/a")).isEqualTo(3L);
            StoreHarness.await(fast.close());
            StoreHarness.await(slow.close());
        } finally {
            StoreHarness.await(vertx.close());
        }
    }

    private static StoreReply apply(Store store, StoreOp op) throws Exception {
        return StoreHarness.await(store.apply(List.of(op))).get(0);
    }
}
