package dev.mooring.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Numbers and keepers: no two nodes may come to the same. */
class NeighboursTest {
    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private Neighbours node(String name, int number) {
        return new Neighbours(vertx.eventBus(), name, number);
    }

    @Test
    @DisplayName(
            "every key falls to one of the nodes that are there, about as many to each, and few move when one goes")
    void keepers() {
        List<String> names = List.of("a", "b", "c");
        Map<String, Integer> counts = new HashMap<>();
        int moved = 0;
        for (int i = 0; i < 3_000; i++) {
            String key = "client" + i;
            int keepers = 0;
            String keeper = "";
            for (String name : names) {
                Neighbours node = node(name, 0);
                node.present(names, true);
                keepers += node.isMine(key) ? 1 : 0;
                keeper = node.keeper(key);
            }
            assertThat(keepers).isEqualTo(1);
            counts.merge(keeper, 1, Integer::sum);
            Neighbours left = node("a", 0);
            left.present(List.of("a", "b"), true);
            moved += !keeper.equals("c") && !left.keeper(key).equals(keeper) ? 1 : 0;
        }
        assertThat(counts.values()).allMatch(count -> count > 800 && count < 1_200);
        assertThat(moved).isZero();
    }

    @Test
    @DisplayName("epochs grow, and of two that take over at once are different; those of a node alone are lower")
    void epochs() {
        Neighbours a = node("a", 5);
        Neighbours b = node("b", 6);
        long epoch = 7;
        for (int i = 0; i < 1_000; i++) {
            long ofA = a.nextEpoch(epoch);
            long ofB = b.nextEpoch(epoch);
            assertThat(ofA).isGreaterThan(epoch).isNotEqualTo(ofB).isLessThan(1L << 53);
            assertThat(b.nextEpoch(ofA)).isGreaterThan(Math.max(ofA, ofB));
            epoch = ofB;
        }
    }

    @Test
    @DisplayName("the queue of a shared group has the same id on all nodes")
    void queues() {
        assertThat(Neighbours.queueId("$share/g/t"))
                .isEqualTo(Neighbours.queueId("$share/g/t"))
                .isNotEqualTo(Neighbours.queueId("$share/h/t"))
                .isPositive();
    }
}
