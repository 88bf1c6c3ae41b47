package dev.mooring.rule;

import static dev.mooring.rule.HooksTestBroker.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.ClassTemplate;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** One-to-many messages, from configuration to the store and back. */
@ClassTemplate
class HooksPubsubTest {
    @RegisterExtension
    static final HooksTestBroker HOOKS = new HooksTestBroker(HooksTestBroker.CONFIG);

    @Test
    @DisplayName(
            "one-to-many: the first subscription begins at the tail; each client gets what came after its position")
    void oneToMany() {
        try (HooksTestClient p = HOOKS.clean("ps-p")) {
            p.publish("pubsub/life", "old", 1);
            for (String id : List.of("ps-1", "ps-2")) {
                try (HooksTestClient c = HOOKS.clean(id)) {
                    c.subscribe("pubsub/life", 1);
                    assertThat(c.poll(300)).isNull();
                    eventually(() -> assertThat(HOOKS.store().positions(id)).isNotEmpty());
                }
            }
            p.publish("pubsub/life", "1", 1);
            p.publish("pubsub/life", "2", 1);
            try (HooksTestClient c = HOOKS.clean("ps-1")) {
                c.subscribe("pubsub/life", 1);
                assertThat(c.takeAll(2)).containsExactly("1", "2");
                p.publish("pubsub/life", "3", 1);
                assertThat(c.take(1)).containsExactly("3");
            }
            assertThat(HOOKS.queued("pubsub/life"))
                    .as("never deleted by an ack")
                    .containsExactly("old", "1", "2", "3");
            try (HooksTestClient c = HOOKS.clean("ps-2")) {
                c.subscribe("pubsub/life", 2);
                assertThat(c.takeAll(3)).containsExactly("1", "2", "3");
            }
            try (HooksTestClient c = HOOKS.clean("ps-1")) {
                c.subscribe("pubsub/life", 1);
                assertThat(c.takeAll(0)).isEmpty();
                c.unsubscribe("pubsub/life");
                eventually(() -> assertThat(HOOKS.store().positions("ps-1")).isEmpty());
                p.publish("pubsub/life", "4", 1);
                c.subscribe("pubsub/life", 1);
                assertThat(c.takeAll(0)).as("begins at the tail again").isEmpty();
            }
        }
    }

    @Test
    @DisplayName("one-to-many: who subscribed while nothing was stored has position 0, and misses nothing")
    void positionZero() {
        try (HooksTestClient p = HOOKS.clean("zero-p")) {
            try (HooksTestClient c = HOOKS.clean("zero-c")) {
                c.subscribe("pubsub/zero", 1).subscribe("pubsub/zero/+", 1);
                eventually(() -> assertThat(HOOKS.store().positions("zero-c"))
                        .containsEntry("pubsub/zero", "0")
                        .containsEntry("pubsub/zero/+", "0"));
            }
            p.publish("pubsub/zero", "1", 1);
            p.publish("pubsub/zero/new", "2", 1);
            try (HooksTestClient c = HOOKS.clean("zero-c")) {
                c.subscribe("pubsub/zero", 1).subscribe("pubsub/zero/+", 1);
                assertThat(c.takeAll(2))
                        .as("the lookup subscribes first, in any order")
                        .containsExactlyInAnyOrder("1", "2");
                c.unsubscribe("pubsub/zero/+");
                eventually(() -> assertThat(HOOKS.store().positions("zero-c")).containsOnlyKeys("pubsub/zero"));
            }
        }
    }

    @Test
    @DisplayName("one-to-many: an ack after UNSUBSCRIBE makes no position again")
    void lateAck() {
        try (HooksTestClient p = HOOKS.clean("late-p");
                HooksTestClient c = HOOKS.clean("late-c")) {
            c.subscribe("pubsub/late", 1);
            p.publish("pubsub/late", "1", 1);
            HooksTestClient.Packet inFlight = c.next();
            c.unsubscribe("pubsub/late");
            c.ack(inFlight);
            eventually(() -> assertThat(HOOKS.store().positions("late-c")).isEmpty());
            c.publish("nowhere", "", 1);
            assertThat(HOOKS.store().positions("late-c"))
                    .as("nothing comes behind the end")
                    .isEmpty();
        }
    }

    @Test
    @DisplayName("one-to-many: the ack of a retained copy counts for the stored message, not for what came later")
    void retainedCopy() {
        try (HooksTestClient p = HOOKS.clean("copy-p")) {
            p.retain("pubsub/copy", "retained", 1);
            try (HooksTestClient c = HOOKS.clean("copy-c")) {
                c.subscribe("pubsub/copy", 1);
                assertThat(c.take(1)).containsExactly("retained");
            }
            p.publish("pubsub/copy", "1", 1);
            p.publish("pubsub/copy", "2", 1);
            try (HooksTestClient c = HOOKS.clean("copy-c")) {
                c.subscribe("pubsub/copy", 1);
                HooksTestClient.Packet first = c.next();
                while (!first.retain()) {
                    first = c.next();
                }
                c.ack(first); // and of nothing else
                c.publish("nowhere", "", 1);
            }
            try (HooksTestClient c = HOOKS.clean("copy-c")) {
                c.subscribe("pubsub/copy", 1);
                assertThat(c.takeAll(2)).contains("1", "2");
            }
        }
    }
}
