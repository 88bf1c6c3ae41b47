package dev.mooring.spec;

import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What a person who looks into a client of version 5 reads when the broker ends its connection. */
class Mqtt314ReasonStringTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("a topic alias that stands for nothing, or is too high, is named")
    void alias() {
        RawClient unknown = BROKER.online(5, unique("c"));
        unknown.send(publish(5, "", "x").properties(new Props().topicAlias(7)));
        reads(unknown, 0x82, "topic alias 7 stands for no topic");
        RawClient tooHigh = BROKER.online(5, unique("c"));
        tooHigh.send(publish(5, "", "x").properties(new Props().topicAlias(60_000)));
        reads(tooHigh, 0x94, "topic alias 60000 is above the maximum");
    }

    @Test
    @DisplayName("topic aliases for more than the limit of bytes")
    void aliasBytes() {
        RawClient client = BROKER.online(5, unique("c"));
        for (int alias = 1; alias <= 3; alias++) {
            client.send(publish(5, "a".repeat(60_000) + alias, "x").properties(new Props().topicAlias(alias)));
        }
        reads(client, 0x97, "the topics of the topic aliases are too long in sum");
    }

    private static void reads(RawClient client, int reasonCode, String text) {
        Frame last = client.expect(Frame.DISCONNECT);
        assertThat(last.reasonCode).isEqualTo(reasonCode);
        assertThat(last.props.text(Props.REASON_STRING)).contains(text);
    }
}
