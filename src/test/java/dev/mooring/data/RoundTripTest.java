package dev.mooring.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mooring.dynamodb.Dynalite;
import dev.mooring.dynamodb.NeedsNode;
import dev.mooring.message.MessageId;
import dev.mooring.redis.RedisProcess;
import dev.mooring.store.SessionRecord;
import dev.mooring.store.Store;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import dev.mooring.store.dynamodb.DynamoDbConfig;
import dev.mooring.store.dynamodb.DynamoDbStore;
import dev.mooring.store.embedded.EmbeddedConfig;
import dev.mooring.store.embedded.EmbeddedStore;
import dev.mooring.store.redis.RedisConfig;
import dev.mooring.store.redis.RedisStore;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** From an embedded store to another backend and back: the files of all of them have the same lines. */
@NeedsNode
class RoundTripTest {
    private static final int MORE_THAN_A_PAGE = 450;

    @TempDir
    private Path folder;

    enum Backend {
        REDIS,
        DYNAMODB
    }

    @ParameterizedTest
    @DisplayName("what embedded, another backend, and embedded again have is the same; a second import changes nothing")
    @EnumSource
    void roundTrip(Backend backend) throws Exception {
        Path a = folder.resolve("a.ndjson");
        try (OpenStore store = embedded("first")) {
            AllState.fill(store, MORE_THAN_A_PAGE);
            assertThat(Export.run(store, true, a, "local", "1").onLine()).isEqualTo(1);
        }
        List<JsonNode> lines = AllState.lines(a);
        AllState.assertWhole(lines);
        try (AutoCloseable server = backend == Backend.REDIS ? RedisProcess.start() : () -> {}) {
            Function<Vertx, Store> make = other(backend, server);
            Path b = folder.resolve("b.ndjson.gz");
            Vertx vertx = Vertx.vertx();
            try (OpenStore store = OpenStore.open(vertx, make.apply(vertx))) {
                assertThat(Import.isEmpty(store, true)).isTrue();
                assertThat(Import.run(a, store, false).isComplete()).isTrue();
                assertThat(Import.isEmpty(store, true)).isFalse();
                assertThat(Import.run(a, store, true).isComplete()).isTrue();
                Export.run(store, true, b, "other", "1");
            }
            assertThat(AllState.lines(b)).containsExactlyInAnyOrderElementsOf(lines);
            Path c = folder.resolve("c.ndjson");
            try (OpenStore store = embedded("second")) {
                assertThat(Import.run(b, store, false).isComplete()).isTrue();
                Export.run(store, true, c, "local", "1");
            }
            assertThat(AllState.lines(c)).containsExactlyInAnyOrderElementsOf(lines);
        }
    }

    @Test
    @DisplayName("--add passes over a session that a broker has had since, with all of its lines, and says so")
    void replaced() throws Exception {
        Path file = folder.resolve("a.ndjson");
        try (OpenStore store = embedded("first")) {
            AllState.fill(store, MORE_THAN_A_PAGE);
            Export.run(store, true, file, "local", "1");
            store.apply(List.of(
                    new StoreOp.SessionSave(new SessionRecord(17, "c17", "", 9, 60, 0, null)),
                    new StoreOp.Dequeue(17, AllState.id(1))));
            Import.Done again = Import.run(file, store, true);
            assertThat(again.refused()).isEqualTo(1);
            assertThat(again.told()).singleElement().asString().contains("has an owner of epoch 9");
            assertThat(again.passedOver()).isGreaterThan(3);
            StoreReply.Entries queue = store.ask(
                    new StoreOp.QueueRead(17, MessageId.ZERO, 100, Integer.MAX_VALUE), StoreReply.Entries.class);
            assertThat(queue.entries())
                    .noneMatch(entry -> entry.position().equals(AllState.id(1)))
                    .isNotEmpty();
        }
    }

    private OpenStore embedded(String name) throws Unusable {
        return OpenStore.open(Vertx.vertx(), new EmbeddedStore(EmbeddedConfig.of(folder.resolve(name))));
    }

    private static Function<Vertx, Store> other(Backend backend, AutoCloseable server) {
        return backend == Backend.REDIS
                ? vertx -> new RedisStore(vertx, RedisConfig.single(((RedisProcess) server).server()))
                : vertx -> new DynamoDbStore(vertx, DynamoDbConfig.local(Dynalite.server(), Dynalite.newPrefix()));
    }
}
