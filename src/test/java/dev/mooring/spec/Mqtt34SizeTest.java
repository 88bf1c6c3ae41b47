package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.pubrec;
import static dev.mooring.spec.Packets.pubrel;
import static dev.mooring.spec.Props.props;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapters 3.4 to 3.7: acknowledgements and the client's Maximum Packet Size. */
class Mqtt34SizeTest {
    private static final int SMALL = 40;

    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{\"auth\": {\"acl\": {\"no_match\": \"allow\", \"rules\":"
            + " [{\"permission\": \"deny\", \"action\": \"publish\", \"topics\": [\"denied\"]}]}}}");

    /** The answer to a PUBLISH that is refused, which comes with a reason string if that fits. */
    private static Frame refusal(int qos, int maximumPacketSize) {
        RawClient client =
                BROKER.online(connect(5, unique("c")).properties(props().maximumPacketSize(maximumPacketSize)));
        client.send(publish(5, "denied", "x").qos(qos, 1));
        Frame answer = client.expect(qos == 1 ? Frame.PUBACK : Frame.PUBREC, 1);
        assertThat(answer.reasonCode).isEqualTo(0x87);
        client.ping();
        return answer;
    }

    @Test
    @DisplayName("[MQTT-3.4.2-2] a reason string that would make PUBACK too large is left out")
    void puback() {
        assertThat(refusal(1, 1_000).props.has(Props.REASON_STRING)).isTrue();
        assertThat(refusal(1, SMALL).props.has(Props.REASON_STRING)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.5.2-2] a reason string that would make PUBREC too large is left out")
    void pubrecSize() {
        assertThat(refusal(2, 1_000).props.has(Props.REASON_STRING)).isTrue();
        assertThat(refusal(2, SMALL).props.has(Props.REASON_STRING)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.4.2-3] PUBACK never has user properties")
    void pubackUserProperties() {
        assertThat(refusal(1, 1_000).props.has(Props.USER_PROPERTY)).isFalse();
        assertThat(refusal(1, SMALL).props.has(Props.USER_PROPERTY)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.5.2-3] PUBREC never has user properties")
    void pubrecUserProperties() {
        assertThat(refusal(2, 1_000).props.has(Props.USER_PROPERTY)).isFalse();
        assertThat(refusal(2, SMALL).props.has(Props.USER_PROPERTY)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.6.2-2] PUBREL has no reason string, even for an unknown packet identifier")
    void pubrelReasonString() {
        assertThat(unknownPubrel().props.has(Props.REASON_STRING)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.6.2-3] PUBREL has no user properties, even for an unknown packet identifier")
    void pubrelUserProperties() {
        assertThat(unknownPubrel().props.has(Props.USER_PROPERTY)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.7.2-2] PUBCOMP has no reason string, even for an unknown packet identifier")
    void pubcompReasonString() {
        assertThat(unknownPubcomp().props.has(Props.REASON_STRING)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.7.2-3] PUBCOMP has no user properties, even for an unknown packet identifier")
    void pubcompUserProperties() {
        assertThat(unknownPubcomp().props.has(Props.USER_PROPERTY)).isFalse();
    }

    /** The PUBREL that answers a PUBREC for nothing. */
    private static Frame unknownPubrel() {
        Frame answer = BROKER.online(5, unique("c")).send(pubrec(78)).expect(Frame.PUBREL, 78);
        assertThat(answer.reasonCode).isEqualTo(0x92);
        return answer;
    }

    /** The PUBCOMP that answers a PUBREL for nothing. */
    private static Frame unknownPubcomp() {
        Frame answer = BROKER.online(5, unique("c")).send(pubrel(77)).expect(Frame.PUBCOMP, 77);
        assertThat(answer.reasonCode).isEqualTo(0x92);
        return answer;
    }
}
