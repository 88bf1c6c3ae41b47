package dev.mooring.rule;

import static dev.mooring.rule.HooksTestBroker.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.store.OpKind;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.ClassTemplate;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The store of the sessions does not answer in time: what publishers are told, and what becomes of their messages. */
@ClassTemplate
class SessionStoreDownTest {
    @RegisterExtension
    static final HooksTestBroker BROKER = new HooksTestBroker("{\"limits\": {\"store_deadline_ms\": 1000}}");

    @AfterEach
    void heal() {
        BROKER.faults().heal();
    }

    private static HooksTestClient subscriber(String id) {
        return BROKER.durable(id).subscribe("down/" + id, 2);
    }

    @Test
    @DisplayName("QoS 1: PUBACK says 0x80; the message may come all the same, and its queue is counted right")
    void qos1() {
        try (HooksTestClient p = BROKER.durable("d1-p");
                HooksTestClient c = subscriber("d1")) {
            BROKER.faults().fail(OpKind.ENQUEUE, true);
            assertThat(p.publish("down/d1", "1", 1)).isEqualTo(0x80);
            BROKER.faults().heal();
            assertThat(p.publish("down/d1", "2", 1)).isZero();
            assertThat(c.take(2)).containsExactly("1", "2");
        }
        try (HooksTestClient c = BROKER.durable("d1")) {
            assertThat(c.takeAll(0)).isEmpty();
        }
    }

    @Test
    @DisplayName("QoS 2: the connection ends without PUBREC; what is repeated under its packet id comes once")
    void qos2() {
        try (HooksTestClient c = subscriber("d2")) {
            try (HooksTestClient p = BROKER.durable("d2-p")) {
                BROKER.faults().fail(OpKind.ENQUEUE, true);
                assertThat(p.publish("down/d2", "1", 2)).as("the end").isEqualTo(-1);
            }
            BROKER.faults().heal();
            try (HooksTestClient p = BROKER.durable("d2-p")) {
                assertThat(p.sessionPresent()).isTrue();
                assertThat(p.publish("down/d2", "1", 2)).isZero();
                assertThat(p.publish("down/d2", "2", 2)).isZero();
            }
            assertThat(c.takeAll(2)).containsExactly("1", "2");
        }
    }

    @Test
    @DisplayName("an acknowledged delivery does not come again though the store was slow to delete it")
    void dequeue() {
        try (HooksTestClient p = BROKER.clean("d3-p");
                HooksTestClient c = subscriber("d3")) {
            BROKER.faults().fail(OpKind.DEQUEUE, true);
            p.publish("down/d3", "1", 1);
            assertThat(p.publish("down/d3", "2", 2)).isZero();
            assertThat(c.take(2)).containsExactly("1", "2");
            eventually(() -> assertThat(BROKER.faults().failed()).isGreaterThan(10));
            BROKER.faults().heal();
        }
        try (HooksTestClient c = BROKER.durable("d3")) {
            assertThat(c.takeAll(0)).isEmpty();
        }
    }
}
