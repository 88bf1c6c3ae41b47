package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.dynamodb.NeedsNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Random operations of hooks in random lists, with restarts and with repetitions, against {@link NaiveStore}. */
@NeedsNode
class DynamoDbModelTest {
    private static final TestDynamoDb DYNAMODB = new TestDynamoDb();

    @BeforeContainer
    static void start() throws Exception {
        DYNAMODB.beforeAll(null);
    }

    @AfterContainer
    static void stop() throws Exception {
        DYNAMODB.afterAll(null);
    }

    @Property(tries = 4, shrinking = ShrinkingMode.OFF)
    @Label("answers as the naive model does, though the last operations are applied again now and then")
    void asTheModel(@ForAll long seed) throws Exception {
        for (int round = 0; round < RandomOps.ROUNDS; round++) {
            compare(seed + round);
        }
    }

    private static void compare(long seed) throws Exception {
        Random random = new Random(seed);
        DYNAMODB.afterEach(null);
        Store store = open();
        NaiveStore model = new NaiveStore();
        RandomOps operations = RandomOps.ofHooks(random, model);
        List<StoreOp> past = new ArrayList<>();
        for (int list = 0; list < 15; list++) {
            List<StoreOp> ops = new ArrayList<>();
            List<String> expected = new ArrayList<>();
            for (int i = random.nextInt(25); i >= 0; i--) {
                StoreOp op = operations.next();
                ops.add(op);
                if (op instanceof StoreOp.AckedDelete || op instanceof StoreOp.FetchForPubsub) {
                    past.clear(); // a first position is where the topic ends now
                } else {
                    past.add(op);
                }
                expected.add(model.apply(op));
            }
            List<StoreReply> replies = StoreHarness.await(store.apply(ops));
            for (int i = 0; i < ops.size(); i++) {
                assertThat(NaiveStore.text(replies.get(i)))
                        .as("seed " + seed + " list " + list + " " + ops.get(i))
                        .isEqualTo(expected.get(i));
            }
            if (random.nextInt(3) == 0) {
                StoreHarness.await(store.apply(List.copyOf(past)));
            }
            if (random.nextInt(6) == 0) {
                StoreHarness.await(store.close());
                store = open();
            }
        }
        StoreHarness.await(store.close());
    }

    private static Store open() throws Exception {
        Store store = DYNAMODB.newStore();
        StoreHarness.await(store.open());
        return store;
    }
}
