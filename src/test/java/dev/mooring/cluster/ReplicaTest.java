package dev.mooring.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Replicas over links: many entries, broken connections, and a copy that is wrong although nothing was missing. */
class ReplicaTest {
    private static final int MANY = 100_000;

    private final Vertx vertx = Vertx.vertx();
    private final TestNode a = TestNode.start(vertx, "a");
    private final TestNode b = TestNode.start(vertx, "b");

    @AfterEach
    void close() {
        TestNode.get(vertx.close());
    }

    private static void put(TestNode node, int from, int to) {
        node.call(() -> {
            for (int i = from; i < to; i++) {
                node.cluster.replica().put(EntrySetTest.entry(1, "some/topic/filter/" + i, ""));
            }
            return true;
        });
    }

    private static List<Entry> copy(TestNode at, TestNode of) {
        return at.call(() -> {
            List<Entry> entries = new ArrayList<>();
            at.cluster.replica().entries(of.id).forEach(entries::add);
            return entries;
        });
    }

    private static List<Entry> own(TestNode node) {
        return node.call(() -> {
            List<Entry> entries = new ArrayList<>();
            node.cluster.replica().entries().forEach(entries::add);
            return entries;
        });
    }

    @Test
    @DisplayName("a node that joins gets all there is while it changes and connections break")
    void joinsWhileAllBreaks() {
        put(a, 0, MANY);
        try (CutProxy toA = CutProxy.start(vertx, a.cluster.port());
                CutProxy toB = CutProxy.start(vertx, b.cluster.port())) {
            a.view(b.member(toB.port()));
            b.view(a.member(toA.port()));
            Random random = new Random(5);
            long cuts = vertx.setPeriodic(50, id -> (random.nextBoolean() ? toA : toB).cut());
            for (int i = 0; i < 40; i++) {
                int from = MANY + i * 100;
                put(a, from, from + 100);
                a.call(() -> {
                    for (int j = from - 50; j < from; j++) {
                        byte[] key = EntrySetTest.entry(1, "some/topic/filter/" + j, "")
                                .key();
                        a.cluster.replica().remove(1, key);
                    }
                    return true;
                });
            }
            vertx.cancelTimer(cuts);
            b.awaitEvent("complete " + a.id);
            await().atMost(TestNode.PATIENCE).until(() -> b.added.get() == own(a).size());
        }

        assertThat(copy(b, a)).isEqualTo(own(a));
        assertThat(b.metrics.replica.repairs.sum()).isZero();
        assertThat(b.metrics.replica.gaps.sum()).isZero();
        assertThat(b.metrics.replica.copiedEntries.sum()).isEqualTo(own(a).size());
        assertThat(a.metrics.replica.ownEntries.get()).isEqualTo(own(a).size());
    }

    @Test
    @DisplayName("a copy that is wrong is found by the next digest, put right by its differences alone, and counted")
    void repair() {
        put(a, 0, 1_000);
        a.view(b.member());
        b.view(a.member());
        b.awaitEvent("complete " + a.id);
        List<Entry> before = copy(b, a);
        Entry wrong = EntrySetTest.entry(1, "nobody/has/this", "");
        Entry right = EntrySetTest.entry(1, "some/topic/filter/1000", "");
        b.call(() -> {
            // A delta that a never sent takes the number of its next one.
            Delta false1 = new Delta(1_001, List.of(new Delta.Change(true, wrong)));
            return b.cluster.replica().receive(a.id, false1, 0);
        });
        assertThat(copy(b, a)).hasSize(1_001).contains(wrong);
        put(a, 1_000, 1_001);
        await().atMost(TestNode.PATIENCE).until(() -> copy(b, a).contains(right));
        await().atMost(TestNode.PATIENCE).until(() -> !copy(b, a).contains(wrong));

        assertThat(copy(b, a)).isEqualTo(own(a)).containsAll(before);
        assertThat(b.metrics.replica.repairs.sum()).isEqualTo(1);
        assertThat(b.events).containsSubsequence("complete " + a.id, "stale " + a.id, "complete " + a.id);
        assertThat(b.added.get()).isEqualTo(1_001);
    }
}
