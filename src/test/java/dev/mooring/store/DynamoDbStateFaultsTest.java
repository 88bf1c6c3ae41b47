package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.bus.LocalBody;
import dev.mooring.bus.LocalCodec;
import dev.mooring.dynamodb.AwsFaults;
import dev.mooring.dynamodb.AwsFaults.Fault;
import dev.mooring.dynamodb.Dynalite;
import dev.mooring.dynamodb.NeedsNode;
import dev.mooring.message.MessageId;
import dev.mooring.store.dynamodb.DynamoDbConfig;
import dev.mooring.store.dynamodb.DynamoDbStore;
import dev.mooring.store.dynamodb.Table;
import io.vertx.core.Context;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/**
 * Random operations of sessions, through the verticle that tries again, while calls fail in spells, are carried out or
 * not, or leave things undone: the answers are those of {@link NaiveStore} all the same, and nothing is left over.
 */
@NeedsNode
class DynamoDbStateFaultsTest {
    /** Applied by themselves: they would see what a commit leaves out, or be overtaken by a higher epoch. */
    private static final Set<OpKind> ALONE = EnumSet.of(
            OpKind.SESSION_SAVE,
            OpKind.QUEUE_READ,
            OpKind.SESSION_LOAD,
            OpKind.SESSION_SCAN,
            OpKind.QUEUE_TRIM,
            OpKind.QUEUE_MOVE,
            OpKind.SESSION_DELETE);

    private static final int OPERATIONS = 100;

    private final DynamoDbConfig config = DynamoDbConfig.local(Dynalite.server(), Dynalite.newPrefix());
    private AwsFaults aws;
    private Vertx vertx;
    private Context context;
    private StoreClient client;
    private Random faults;
    private int spell;
    private long failed;

    @BeforeEach
    void start() {
        aws = AwsFaults.start();
        vertx = Vertx.vertx();
        LocalCodec.register(vertx);
        context = vertx.getOrCreateContext();
    }

    @AfterEach
    void stop() throws Exception {
        vertx.close().toCompletionStage().toCompletableFuture().get(60, TimeUnit.SECONDS);
        aws.close();
    }

    /** @param floor whether ids are taken for new, or may be in the tables already */
    private void deploy(MessageId floor) throws Exception {
        DynamoDbConfig of = DynamoDbConfig.local(aws.server(), config.tablePrefix());
        Store store = new DynamoDbStore(vertx, of, floor);
        StoreVerticle verticle = new StoreVerticle("p", store, new StoreMetrics(store), 600_000);
        await(vertx.deployVerticle(verticle));
        client = new StoreClient(vertx.eventBus(), "p", "me", 1_000_000, Long.MAX_VALUE);
        Promise<Void> listening = Promise.promise();
        context.runOnContext(v -> vertx.eventBus()
                .<LocalBody>localConsumer("me", m -> client.replies((StoreReplies) m.body()))
                .completion()
                .onComplete(listening));
        await(listening.future());
    }

    private static <T> T await(io.vertx.core.Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(120, TimeUnit.SECONDS);
    }

    /** About every eighth call begins a spell in which all fail, long enough for the SDK to give up. */
    private synchronized Fault fault(AwsFaults.Call call) {
        if (spell == 0 && faults.nextInt(8) == 0) {
            spell = 1 + faults.nextInt(8);
        }
        if (spell == 0) {
            return Fault.NONE;
        }
        spell--;
        failed++;
        if (call.action().startsWith("Batch") && faults.nextBoolean()) {
            return Fault.undone(1 + faults.nextInt(25));
        }
        Fault error = Fault.error(500, "InternalServerError", "one of those days");
        return faults.nextBoolean() ? error.butApplied() : error;
    }

    private List<StoreReply> apply(List<StoreOp> ops) throws Exception {
        StoreReply[] replies = new StoreReply[ops.size()];
        int[] left = {ops.size()};
        Promise<Void> done = Promise.promise();
        context.runOnContext(v -> {
            for (int i = 0; i < replies.length; i++) {
                int at = i;
                client.submit(ops.get(i), reply -> {
                    replies[at] = reply;
                    if (--left[0] == 0) {
                        done.complete();
                    }
                });
            }
            client.flush();
        });
        await(done.future());
        return List.of(replies);
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 3})
    @DisplayName("whatever fails, the broker's state is what it would be if nothing had")
    void faults(long seed) throws Exception {
        Random random = new Random(seed);
        faults = new Random(-seed);
        deploy(seed % 2 == 0 ? MessageId.ZERO : MessageId.MAX);
        aws.rule(this::fault);
        NaiveStore model = new NaiveStore();
        RandomOps operations = RandomOps.ofState(random, model);
        List<StoreOp> together = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < OPERATIONS; i++) {
            StoreOp op = operations.next();
            boolean alone = ALONE.contains(op.kind());
            if (alone || together.size() == 12) {
                check(seed, together, expected);
            }
            together.add(op);
            expected.add(model.apply(op));
            if (alone) {
                check(seed, together, expected);
            }
        }
        for (long session = 1; session <= 4; session++) {
            together.add(new StoreOp.SessionDelete(session, "c"));
            expected.add("done");
        }
        check(seed, together, expected);
        assertThat(failed).isGreaterThan(10);
        try (DynamoDbAsyncClient direct = Dynalite.client()) {
            for (Table table : List.of(Table.SESSION, Table.STATE, Table.BODY)) {
                String name = table.name(config.tablePrefix());
                assertThat(direct.scan(b -> b.tableName(name))
                                .get(20, TimeUnit.SECONDS)
                                .items())
                        .as("items left in " + name)
                        .isEmpty();
            }
        }
    }

    private void check(long seed, List<StoreOp> ops, List<String> expected) throws Exception {
        if (!ops.isEmpty()) {
            List<StoreReply> replies = apply(List.copyOf(ops));
            for (int i = 0; i < replies.size(); i++) {
                assertThat(NaiveStore.text(replies.get(i)))
                        .as("seed " + seed + " " + ops.get(i) + " " + replies.get(i))
                        .isEqualTo(expected.get(i));
            }
        }
        ops.clear();
        expected.clear();
    }
}
