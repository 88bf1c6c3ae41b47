package dev.mooring.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.MessageId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Packet ids: 1 to 65,535, none twice at once. */
class InflightTest {
    private final Inflight inflight = new Inflight();
    private int made;

    private Delivery delivery() {
        return new Delivery(new MessageId(++made, 0), FakePort.message(made, 1), 1, false, new int[0], null);
    }

    private Delivery add() {
        Delivery d = delivery();
        inflight.add(d);
        return d;
    }

    @Test
    @DisplayName("[MQTT-2.2.1-2] ids go from 1 to 65,535 and begin again at 1, never 0")
    void idsWrap() {
        for (int i = 1; i <= 0xFFFF; i++) {
            Delivery d = add();
            assertThat(d.packetId).isEqualTo(i);
            inflight.remove(d.packetId);
        }
        assertThat(add().packetId).isEqualTo(1);
    }

    @Test
    @DisplayName("[MQTT-2.2.1-3] an id in flight is passed over when the ids come round again")
    void idsInUseArePassedOver() {
        Delivery slow = add();
        for (int i = 0; i < 3 * 0xFFFF; i++) {
            Delivery d = add();
            assertThat(d.packetId).isNotEqualTo(slow.packetId).isBetween(1, 0xFFFF);
            inflight.remove(d.packetId);
        }
        assertThat(inflight.get(slow.packetId)).isSameAs(slow);
    }

    @Test
    @DisplayName("65,535 deliveries are in flight at once, each under its own id")
    void allIdsAtOnce() {
        Set<Integer> ids = new HashSet<>();
        List<Delivery> all = new ArrayList<>();
        for (int i = 0; i < 0xFFFF; i++) {
            Delivery d = add();
            all.add(d);
            ids.add(d.packetId);
        }
        assertThat(ids).hasSize(0xFFFF).doesNotContain(0);
        assertThat(inflight.size()).isEqualTo(0xFFFF);
        assertThat(all).allSatisfy(d -> assertThat(inflight.get(d.packetId)).isSameAs(d));
        inflight.remove(777);
        assertThat(add().packetId).as("the only one free").isEqualTo(777);
    }

    @Test
    @DisplayName("restored ids are kept, even where their low bits meet, and new ones go on behind the last")
    void restoredIdsAreKept() {
        Delivery one = delivery();
        Delivery other = delivery();
        inflight.restore(one, 5);
        inflight.restore(other, 5 + 0x8000);
        assertThat(inflight.get(5)).isSameAs(one);
        assertThat(inflight.get(5 + 0x8000)).isSameAs(other);
        assertThat(add().packetId).isEqualTo(6 + 0x8000);
        assertThat(inflight.size()).isEqualTo(3);
    }

    @Test
    @DisplayName("an id that is not in flight is not known, whatever its low bits")
    void unknownIds() {
        Delivery d = add();
        assertThat(inflight.get(d.packetId + 0x4000)).isNull();
        assertThat(inflight.remove(d.packetId + 0x4000)).isNull();
        assertThat(inflight.remove(d.packetId)).isSameAs(d);
        assertThat(inflight.remove(d.packetId)).isNull();
        assertThat(inflight.size()).isZero();
    }

    @Test
    @DisplayName("random adding and removing agrees with a map")
    void agreesWithAModel() {
        Random random = new Random(42);
        ArrayDeque<Delivery> open = new ArrayDeque<>();
        Set<Integer> ids = new HashSet<>();
        for (int i = 0; i < 200_000; i++) {
            if (open.isEmpty() || (open.size() < 3_000 && random.nextInt(5) < 3)) {
                Delivery d = add();
                assertThat(ids.add(d.packetId)).as("id %d is free", d.packetId).isTrue();
                open.add(d);
            } else {
                Delivery d = random.nextBoolean() ? open.removeFirst() : open.removeLast();
                ids.remove(d.packetId);
                assertThat(inflight.remove(d.packetId)).isSameAs(d);
            }
            assertThat(inflight.size()).isEqualTo(open.size());
        }
    }
}
