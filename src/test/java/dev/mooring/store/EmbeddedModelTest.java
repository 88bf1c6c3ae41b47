package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.store.embedded.EmbeddedConfig;
import dev.mooring.store.embedded.EmbeddedConfig.Sync;
import dev.mooring.store.embedded.EmbeddedStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Random operations in random lists, with restarts, against {@link NaiveStore}. */
class EmbeddedModelTest {
    @Property(tries = 15, shrinking = ShrinkingMode.OFF)
    @Label("answers as the naive model does, across restarts")
    void asTheModel(@ForAll long seed) throws Exception {
        for (int round = 0; round < RandomOps.ROUNDS; round++) {
            compare(seed + round);
        }
    }

    private static void compare(long seed) throws Exception {
        Random random = new Random(seed);
        Path folder = Files.createTempDirectory("mooring-model");
        EmbeddedStore store = open(folder);
        NaiveStore model = new NaiveStore();
        RandomOps operations = RandomOps.all(random, model);
        for (int list = 0; list < 25; list++) {
            List<StoreOp> ops = new ArrayList<>();
            List<String> expected = new ArrayList<>();
            for (int i = random.nextInt(25); i >= 0; i--) {
                StoreOp op = operations.next();
                ops.add(op);
                expected.add(model.apply(op));
            }
            List<StoreReply> replies = StoreHarness.await(store.apply(ops));
            for (int i = 0; i < ops.size(); i++) {
                assertThat(NaiveStore.text(replies.get(i)))
                        .as("seed " + seed + " list " + list + " " + ops.get(i))
                        .isEqualTo(expected.get(i));
            }
            if (random.nextInt(6) == 0) {
                StoreHarness.await(store.close());
                store = open(folder);
            }
        }
        StoreHarness.await(store.close());
        try (var files = Files.walk(folder)) {
            for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }

    private static EmbeddedStore open(Path folder) throws Exception {
        EmbeddedStore store = new EmbeddedStore(EmbeddedConfig.of(folder).withSync(Sync.NEVER));
        StoreHarness.await(store.open());
        return store;
    }
}
