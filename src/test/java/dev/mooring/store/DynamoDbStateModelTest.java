package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.dynamodb.Dynalite;
import dev.mooring.dynamodb.NeedsNode;
import dev.mooring.message.MessageId;
import dev.mooring.store.dynamodb.DynamoDbConfig;
import dev.mooring.store.dynamodb.DynamoDbStore;
import dev.mooring.store.dynamodb.Table;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/** Random operations in random lists, with restarts and with repetitions, against {@link NaiveStore}. */
@NeedsNode
class DynamoDbStateModelTest {
    private static DynamoDbAsyncClient client;
    private static Vertx vertx;

    @BeforeContainer
    static void start() throws Exception {
        client = Dynalite.client();
        client.listTables().get(60, TimeUnit.SECONDS);
        vertx = Vertx.vertx();
    }

    @AfterContainer
    static void stop() throws Exception {
        StoreHarness.await(vertx.close());
        client.close();
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
        DynamoDbConfig config = DynamoDbConfig.local(Dynalite.server(), Dynalite.newPrefix());
        Store store = open(config, MessageId.ZERO); // nothing is there: each id is new at first
        NaiveStore model = new NaiveStore();
        RandomOps operations = RandomOps.ofState(random, model);
        List<StoreOp> past = new ArrayList<>();
        for (int list = 0; list < 20; list++) {
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
                        .as("seed " + seed + " list " + list + " " + ops.get(i) + " " + replies.get(i))
                        .isEqualTo(expected.get(i));
            }
            if (random.nextInt(3) == 0) {
                int from = past.size() - random.nextInt(Math.min(past.size(), 100));
                StoreHarness.await(store.apply(List.copyOf(past.subList(from, past.size()))));
            }
            if (random.nextInt(6) == 0) {
                StoreHarness.await(store.close());
                store = open(config, MessageId.MAX); // anything may be there
            }
        }
        for (long session = 1; session <= 4; session++) {
            StoreHarness.await(store.apply(List.of(new StoreOp.SessionDelete(session, "c"))));
        }
        StoreHarness.await(store.close());
        for (Table table : List.of(Table.SESSION, Table.STATE, Table.BODY)) {
            String name = table.name(config.tablePrefix());
            assertThat(client.scan(b -> b.tableName(name))
                            .get(20, TimeUnit.SECONDS)
                            .items())
                    .as("seed " + seed + ": items left in " + name)
                    .isEmpty();
        }
        for (Table table :
                Stream.of(Table.values()).filter(t -> !t.isOfLogins()).toList()) {
            client.deleteTable(b -> b.tableName(table.name(config.tablePrefix())))
                    .get(20, TimeUnit.SECONDS);
        }
    }

    private static Store open(DynamoDbConfig config, MessageId floor) throws Exception {
        Store store = new OnContext(vertx, new DynamoDbStore(vertx, config, floor));
        StoreHarness.await(store.open());
        return store;
    }
}
