package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.redis.SlowProxy;
import dev.mooring.store.redis.RedisConfig;
import dev.mooring.store.redis.RedisStore;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Random operations of hooks in random batches, several of which are under way at once, leave what they leave when each
 * takes effect before the next one: on one server, in a cluster, and on a connection that is cut again and again.
 */
class RedisHooksModelTest {
    @RegisterExtension
    static final TestRedis SINGLE = TestRedis.single();

    @RegisterExtension
    static final TestRedis CLUSTER = TestRedis.cluster();

    private static final int SEEDS = 12 * RandomOps.ROUNDS;
    private static final int BATCHES = 40;
    private static final int EVENTS_MAX = 20;

    /** Where batches go. */
    private interface Way {
        Future<List<StoreReply>> apply(List<StoreOp> batch);
    }

    @Test
    @DisplayName("one server, with as many batches under way as it is given at once")
    void single() throws Exception {
        onEverySeed(SINGLE);
        assertThat(SINGLE.call("KEYS", "mooring:acked:*"))
                .as("notes of positions")
                .isEqualTo(List.of());
        assertThat(SINGLE.call("KEYS", "mqtt:node:*")).as("who is on line").isEqualTo(List.of());
        assertThat(SINGLE.call("KEYS", "mqtt:msg:*")).as("messages").isEqualTo(List.of());
    }

    @Test
    @DisplayName("a cluster, whose nodes do not wait for each other")
    void cluster() throws Exception {
        onEverySeed(CLUSTER);
    }

    private static void onEverySeed(TestRedis redis) throws Exception {
        long from = new Random().nextInt(1_000_000);
        for (long seed = from; seed < from + SEEDS; seed++) {
            redis.empty();
            Store store = redis.newStore();
            StoreHarness.await(store.open());
            compare(seed, store::apply, store.commitsAtOnce());
            StoreHarness.await(store.close());
        }
    }

    /** Also ends all that there is. */
    private static void compare(long seed, Way way, int atOnce) throws Exception {
        Random random = new Random(seed);
        HookOps operations = new HookOps(random);
        HooksModel model = new HooksModel();
        Queue<Future<List<StoreReply>>> underWay = new ArrayDeque<>();
        List<StoreOp> first = operations.first();
        first.forEach(model::apply);
        underWay.add(way.apply(first));
        for (int i = 0; i < BATCHES; i++) {
            List<StoreOp> batch = new ArrayList<>();
            for (int events = random.nextInt(EVENTS_MAX); events >= 0; events--) {
                batch.addAll(operations.next());
            }
            batch.forEach(model::apply);
            if (underWay.size() == atOnce) {
                assertDone(seed, underWay.remove());
            }
            underWay.add(way.apply(batch));
        }
        assertSame(seed, way, underWay, model);
        List<StoreOp> last = operations.last();
        last.forEach(model::apply);
        underWay.add(way.apply(last));
        assertSame(seed, way, underWay, model);
    }

    private static void assertSame(long seed, Way way, Queue<Future<List<StoreReply>>> underWay, HooksModel model)
            throws Exception {
        while (!underWay.isEmpty()) {
            assertDone(seed, underWay.remove());
        }
        List<StoreOp> found = new ArrayList<>();
        for (String after = ""; after != null; ) {
            StoreReply reply = StoreHarness.await(way.apply(List.of(new StoreOp.RuleDataScan(after, 64))))
                    .get(0);
            found.addAll(((StoreReply.RuleData) reply).writes());
            after = ((StoreReply.RuleData) reply).nextAfter();
        }
        TreeSet<String> lines = HooksModel.of(found).lines();
        assertThat(lines).as("seed %d", seed).containsExactlyElementsOf(model.lines());
    }

    private static void assertDone(long seed, Future<List<StoreReply>> batch) throws Exception {
        assertThat(StoreHarness.await(batch)).as("seed %d", seed).noneMatch(StoreReply.Failed.class::isInstance);
    }

    // ---- with faults

    @Test
    @DisplayName("a connection that is cut in the middle of batches, in either direction: what is tried again keeps its"
            + " place")
    void cut() throws Exception {
        long from = new Random().nextInt(1_000_000);
        for (long seed = from; seed < from + SEEDS / 3; seed++) {
            SINGLE.empty();
            Vertx vertx = Vertx.vertx();
            Random random = new Random(seed);
            try (SlowProxy proxy = SlowProxy.before(
                    Integer.parseInt(SINGLE.config().servers().get(0).split(":")[1]))) {
                Lane lane = new Lane(vertx, new RedisStore(vertx, RedisConfig.single(proxy.server())));
                Way cutting = batch -> {
                    if (random.nextInt(4) == 0) {
                        proxy.cutAfterToServer(1 + random.nextInt(4_000));
                    } else if (random.nextInt(4) == 0) {
                        proxy.cutAfterToClient(random.nextInt(1_000));
                    }
                    return lane.apply(batch);
                };
                compare(seed, cutting, 8);
            } finally {
                StoreHarness.await(vertx.close());
            }
        }
    }

    /** A loop of the broker and the verticle of its store. */
    private static final class Lane {
        private final Context loop;
        private final StoreClient client;

        Lane(Vertx vertx, Store store) throws Exception {
            LocalCodec.register(vertx);
            loop = vertx.getOrCreateContext();
            client = new StoreClient(vertx.eventBus(), "p", "loop", 1_000_000, Long.MAX_VALUE);
            Promise<Void> ready = Promise.promise();
            loop.runOnContext(v -> vertx.eventBus()
                    .<LocalBody>localConsumer("loop", m -> client.replies((StoreReplies) m.body()))
                    .completion()
                    .onComplete(ready));
            StoreHarness.await(ready.future());
            StoreHarness.await(vertx.deployVerticle(new StoreVerticle("p", store, new StoreMetrics(store), 600_000)));
        }

        Future<List<StoreReply>> apply(List<StoreOp> batch) {
            Promise<List<StoreReply>> promise = Promise.promise();
            Queue<StoreReply> replies = new ConcurrentLinkedQueue<>();
            loop.runOnContext(v -> {
                batch.forEach(op -> client.submit(op, replies::add));
                client.whenAnswered(() -> promise.complete(List.copyOf(replies)));
            });
            return promise.future();
        }
    }
}
