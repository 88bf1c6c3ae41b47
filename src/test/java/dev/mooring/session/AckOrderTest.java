package dev.mooring.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.ReasonCode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Answers leave in the order of the PUBLISH packets, whatever the order they become known in. */
class AckOrderTest {
    private final AckOrder order = new AckOrder();
    private final FakePort port = new FakePort();

    @Test
    @DisplayName("[MQTT-4.6.0-2] a later answer waits for the earlier one")
    void laterWaits() {
        long first = order.add(7, false);
        long second = order.add(9, true);
        order.complete(second, ReasonCode.SUCCESS, port);
        assertThat(port.done()).isEmpty();
        assertThat(order.waiting()).isEqualTo(2);
        order.complete(first, ReasonCode.QUOTA_EXCEEDED, port);
        assertThat(port.done()).containsExactly("PUBACK 7 QUOTA_EXCEEDED", "PUBREC 9");
        assertThat(order.waiting()).isZero();
    }

    @Test
    @DisplayName("every reason code and the greatest packet id come out as they went in")
    void reasonsSurvive() {
        for (ReasonCode reason : ReasonCode.values()) {
            order.complete(order.add(0xFFFF, true), reason, port);
            assertThat(port.done())
                    .containsExactly("PUBREC 65535" + (reason == ReasonCode.SUCCESS ? "" : " " + reason));
        }
    }

    @Test
    @DisplayName("any number of answers in any order leave in order, also while the ring grows round its end")
    void anyOrder() {
        Random random = new Random(7);
        int next = 0;
        List<Long> open = new ArrayList<>();
        for (int round = 0; round < 200; round++) {
            int more = random.nextInt(100);
            for (int i = 0; i < more; i++) {
                open.add(order.add(next++ & 0x7FFF, false));
            }
            Collections.shuffle(open, random);
            int answered = random.nextInt(open.size() + 1);
            for (int i = 0; i < answered; i++) {
                order.complete(open.remove(open.size() - 1), ReasonCode.SUCCESS, port);
            }
        }
        open.forEach(place -> order.complete(place, ReasonCode.SUCCESS, port));
        List<String> expected = new ArrayList<>();
        for (int i = 0; i < next; i++) {
            expected.add("PUBACK " + (i & 0x7FFF));
        }
        assertThat(port.done()).isEqualTo(expected);
    }
}
