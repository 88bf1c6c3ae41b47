package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Random operations in random lists, with restarts and with repetitions, against {@link NaiveStore}. */
class RedisModelTest {
    private static final TestRedis REDIS = TestRedis.single();

    @BeforeContainer
    static void start() {
        REDIS.open();
    }

    @AfterContainer
    static void stop() throws Exception {
        REDIS.close();
    }

    @Property(tries = 30, shrinking = ShrinkingMode.OFF)
    @Label("answers as the naive model does, though the last operations are applied again now and then")
    void asTheModel(@ForAll long seed) throws Exception {
        for (int round = 0; round < RandomOps.ROUNDS; round++) {
            compare(seed + round);
        }
    }

    private static void compare(long seed) throws Exception {
        Random random = new Random(seed);
        REDIS.empty();
        Store store = open();
        NaiveStore model = new NaiveStore();
        RandomOps operations = RandomOps.ofState(random, model);
        List<StoreOp> past = new ArrayList<>();
        for (int list = 0; list < 25; list++) {
            List<StoreOp> ops = new ArrayList<>();
            List<String> expected = new ArrayList<>();
            for (int i = random.nextInt(25); i >= 0; i--) {
                StoreOp op = operations.next();
                ops.add(op);
                if (op instanceof StoreOp.QueueTrim) {
                    past.clear(); // an entry that was dropped and is enqueued again stays
                }
                past.add(op);
                expected.add(model.apply(op));
            }
            List<StoreReply> replies = StoreHarness.await(store.apply(ops));
            for (int i = 0; i < ops.size(); i++) {
                assertThat(NaiveStore.text(replies.get(i)))
                        .as("seed " + seed + " list " + list + " " + ops.get(i))
                        .isEqualTo(expected.get(i));
            }
            if (random.nextInt(3) == 0) {
                int from = past.size() - random.nextInt(Math.min(past.size(), 200));
                StoreHarness.await(store.apply(List.copyOf(past.subList(from, past.size()))));
            }
            if (random.nextInt(6) == 0) {
                StoreHarness.await(store.close());
                store = open();
            }
        }
        for (long session = 1; session <= 4; session++) {
            StoreHarness.await(store.apply(List.of(new StoreOp.SessionDelete(session, "c"))));
        }
        StoreHarness.await(store.close());
        assertThat(REDIS.call("DBSIZE")).as("seed " + seed + ": keys left").isEqualTo(0L);
    }

    private static Store open() throws Exception {
        Store store = REDIS.newStore();
        StoreHarness.await(store.open());
        return store;
    }
}
