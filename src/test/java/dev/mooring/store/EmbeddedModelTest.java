package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.store.StoreOp.Enqueue.Retained;
import dev.mooring.store.embedded.EmbeddedConfig;
import dev.mooring.store.embedded.EmbeddedConfig.Sync;
import dev.mooring.store.embedded.EmbeddedStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Label;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/** Random operations in random lists, with restarts, against {@link NaiveStore}. */
class EmbeddedModelTest {
    private static final String[] TOPICS = {"a", "a/b", "a/c", "b", "$x"};
    private static final String[] FILTERS = {"a", "a/#", "+/+", "#", "b", "a/b", "none"};

    @Property(tries = 40, shrinking = ShrinkingMode.OFF)
    @Label("answers as the naive model does, across restarts")
    void asTheModel(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        Path folder = Files.createTempDirectory("mooring-model");
        EmbeddedStore store = open(folder);
        NaiveStore model = new NaiveStore();
        Set<String> gone = new HashSet<>();
        for (int list = 0; list < 25; list++) {
            List<StoreOp> ops = new ArrayList<>();
            List<String> expected = new ArrayList<>();
            for (int i = random.nextInt(25); i >= 0; i--) {
                StoreOp op = random(random, model, gone);
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

    /** An entry that was in a queue and left it is not enqueued again: ids are new, but for what is repeated. */
    private static StoreOp random(Random random, NaiveStore model, Set<String> gone) {
        long session = 1 + random.nextInt(4);
        long other = 1 + random.nextInt(4);
        long n = random.nextInt(40);
        MessageId id = StoreHarness.id(n);
        String topic = TOPICS[random.nextInt(TOPICS.length)];
        String filter = FILTERS[random.nextInt(FILTERS.length)];
        MessageId after = random.nextBoolean() ? MessageId.ZERO : StoreHarness.id(random.nextInt(40));
        int kind = random.nextInt(20);
        if ((kind == 5 || kind == 6) && !model.has(session, id)) {
            gone.add(session + "/" + n);
        }
        return switch (kind) {
            case 0, 1, 2, 3, 4 -> enqueue(random, n, gone);
            case 5 -> new StoreOp.Sent(session, id, 1 + random.nextInt(9));
            case 6 -> new StoreOp.Released(session, id, 1 + random.nextInt(9));
            case 7, 8 -> {
                gone.add(session + "/" + n);
                yield new StoreOp.Dequeue(session, id);
            }
            case 9 -> {
                for (int i = 0; i < 40 && session != other; i++) {
                    gone.add(session + "/" + i);
                }
                yield new StoreOp.QueueMove(session, List.of(id, StoreHarness.id(random.nextInt(40))), other);
            }
            case 10 -> new StoreOp.QueueRead(session, after, 1 + random.nextInt(9), random.nextInt(5000));
            case 11 -> new StoreOp.SessionLoad(session);
            case 12 -> {
                for (int i = 0; i < 40; i++) {
                    gone.add(session + "/" + i);
                }
                yield random.nextBoolean()
                        ? new StoreOp.QueueTrim(
                                session, random.nextInt(3), random.nextInt(900), StoreHarness.id(random.nextInt(40)))
                        : new StoreOp.SessionDelete(session, "c");
            }
            case 13 -> new StoreOp.SessionSave(new SessionRecord(session, "c", "", random.nextInt(5), 0, 0, null));
            case 14 -> new StoreOp.SessionScan(0, 100);
            case 15 ->
                new StoreOp.MessagePublish(StoreHarness.message(n, TOPICS[(int) (n % TOPICS.length)]), Message.NEVER);
            case 16 -> new StoreOp.FetchForQueue(StoreHarness.filter(filter), after, 1 + random.nextInt(9));
            case 17 -> new StoreOp.FetchForPubsub("c" + session, StoreHarness.filter(filter), after, MessageId.MAX, 9);
            case 18 ->
                random.nextBoolean()
                        ? new StoreOp.AckedForPubsub("c" + session, topic, id)
                        : new StoreOp.AckedForQueue("c", TOPICS[(int) (n % TOPICS.length)], id);
            default ->
                random.nextBoolean()
                        ? new StoreOp.AckedDelete("c" + session, StoreHarness.filter(filter))
                        : new StoreOp.InboundRelease(session, 1 + random.nextInt(3));
        };
    }

    private static StoreOp enqueue(Random random, long n, Set<String> gone) {
        List<StoreOp.Enqueue.Entry> entries = new ArrayList<>();
        for (long session = 1; session <= 4; session++) {
            if (random.nextBoolean() && !gone.contains(session + "/" + n)) {
                entries.add(new StoreOp.Enqueue.Entry(session, 1 + random.nextInt(2), false, new int[0], null));
            }
        }
        Message m = StoreHarness.message(n, "t", new byte[n % 3 == 0 ? 2000 : (int) n]);
        long inbound = random.nextInt(3);
        return new StoreOp.Enqueue(m, entries, inbound, inbound == 0 ? 0 : 1 + random.nextInt(3), Retained.KEEP, 0);
    }
}
