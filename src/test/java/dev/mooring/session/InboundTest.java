package dev.mooring.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.ReasonCode;
import dev.mooring.store.StoreReply;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** PUBLISH from a client: quota, order of answers, QoS 2 packet ids. */
class InboundTest {
    private static final StoreReply FAILED = new StoreReply.Failed(true, "test");

    private final FakePort port = new FakePort();

    private Inbound inbound(boolean durable, int receiveMaximum, int... known) {
        return new Inbound(port, 1, durable, receiveMaximum, known);
    }

    @Test
    @DisplayName("[MQTT-4.3.3-10] a repeated QoS 2 PUBLISH is answered, not routed again, until PUBREL")
    void duplicateIsAnswered() {
        Inbound in = inbound(false, 10);
        in.answer(in.open(3, 2), 3, 2, ReasonCode.SUCCESS);
        assertThat(port.done()).containsExactly("PUBREC 3");
        assertThat(in.open(3, 2)).isEqualTo(Inbound.DUPLICATE);
        assertThat(port.done()).containsExactly("PUBREC 3");
        in.pubrel(3);
        assertThat(port.done()).containsExactly("PUBCOMP 3");
        assertThat(in.open(3, 2)).isNotNegative();
    }

    @Test
    @DisplayName("a repeated PUBLISH whose first one is still being stored gets one answer, when that is stored")
    void duplicateWhileStoring() {
        Inbound in = inbound(true, 10);
        long place = in.open(3, 2);
        assertThat(in.open(3, 2)).isEqualTo(Inbound.DUPLICATE);
        assertThat(port.done()).isEmpty();
        in.answer(place, 3, 2, ReasonCode.SUCCESS);
        assertThat(port.done()).containsExactly("PUBREC 3");
    }

    @Test
    @DisplayName("[MQTT-4.6.0-3] the answer to a duplicate does not overtake the answer to what came before it")
    void duplicateKeepsOrder() {
        Inbound in = inbound(true, 10, 9);
        long first = in.open(8, 2);
        assertThat(in.open(9, 2)).isEqualTo(Inbound.DUPLICATE);
        assertThat(port.done()).isEmpty();
        in.answer(first, 8, 2, ReasonCode.SUCCESS);
        assertThat(port.done()).containsExactly("PUBREC 8", "PUBREC 9");
    }

    @Test
    @DisplayName("PUBCOMP waits until the packet id is forgotten durably, however often the store fails")
    void pubcompWaits() {
        Inbound in = inbound(true, 10, 5);
        in.pubrel(5);
        in.pubrel(5);
        assertThat(port.done()).containsExactly("store INBOUND_RELEASE 5");
        port.answer();
        assertThat(port.done()).containsExactly("PUBCOMP 5");
    }

    @Test
    @DisplayName(
            "PUBREC with an error waits for the same: else the next PUBLISH under that id is taken for a duplicate")
    void refusalWaits() {
        Inbound in = inbound(true, 10);
        in.answer(in.open(5, 2), 5, 2, ReasonCode.UNSPECIFIED_ERROR);
        assertThat(port.done()).containsExactly("store INBOUND_RELEASE 5");
        port.answer();
        assertThat(port.done()).containsExactly("PUBREC 5 UNSPECIFIED_ERROR");
        assertThat(in.open(5, 2)).isNotNegative();
    }

    @Test
    @DisplayName("PUBREL for a packet id that is not known is answered by PUBCOMP 0x92")
    void unknownPubrel() {
        inbound(true, 10).pubrel(4);
        assertThat(port.done()).containsExactly("PUBCOMP 4 PACKET_IDENTIFIER_NOT_FOUND");
    }

    @Test
    @DisplayName("[MQTT-3.3.4-9] one PUBLISH more than the receive maximum is over quota; answers give it back")
    void quota() {
        Inbound in = inbound(false, 2);
        long first = in.open(1, 1);
        long second = in.open(2, 2);
        assertThat(in.isFull()).isTrue();
        assertThat(in.open(3, 1)).isEqualTo(Inbound.OVER_QUOTA);
        in.answer(first, 1, 1, ReasonCode.SUCCESS);
        assertThat(in.open(3, 1)).isNotNegative();
        in.answer(second, 2, 2, ReasonCode.SUCCESS);
        assertThat(in.open(4, 1)).as("QoS 2 counts until PUBCOMP").isEqualTo(Inbound.OVER_QUOTA);
        in.pubrel(2);
        assertThat(in.open(4, 1)).isNotNegative();
    }

    @Test
    @DisplayName("§4.9: PUBCOMP for a flow of an earlier connection gives the client one more, known or not")
    void quotaOfEarlierFlows() {
        Inbound in = inbound(false, 1, 7);
        in.pubrel(7);
        in.pubrel(8);
        assertThat(in.open(1, 1)).isNotNegative();
        assertThat(in.open(2, 1)).isNotNegative();
        assertThat(in.open(3, 1)).isNotNegative();
        assertThat(in.open(4, 1)).isEqualTo(Inbound.OVER_QUOTA);
    }

    @Test
    @DisplayName("answers that come after the end are not sent")
    void closed() {
        Inbound in = inbound(true, 10, 5);
        long place = in.open(1, 1);
        in.pubrel(5);
        port.done();
        in.close();
        in.answer(place, 1, 1, ReasonCode.SUCCESS);
        port.answer();
        assertThat(port.done()).isEmpty();
    }
}
