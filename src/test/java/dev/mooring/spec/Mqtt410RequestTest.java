package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapters 4.10 and 4.11: request and response; no redirection unless someone configures it. */
class Mqtt410RequestTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{\"mqtt\":{\"response_information\":\"answers/${clientid}/\"}}");

    @Test
    @DisplayName("§4.10: a response comes back to the requester, to the topic that it got in CONNACK and named")
    void requestAndResponse() {
        String topic = unique("service/");
        String id = unique("c");
        RawClient responder = BROKER.online(5, unique("c"));
        responder.subscribe("$share/services/" + topic, 1);
        RawClient requester = BROKER.online(connect(5, id).properties(new Props().requestResponseInformation(1)));
        String base = requester.connack().props.text(Props.RESPONSE_INFORMATION);
        assertThat(base).isEqualTo("answers/" + id + "/");
        requester.subscribe(base + "#", 1);
        byte[] correlation = {0, (byte) 0xFF, 7, 0};
        requester.publish(
                publish(5, topic, "question")
                        .properties(new Props().responseTopic(base + "a").correlationData(correlation)),
                1);
        Frame question = responder.expectPublish(topic, "question");
        responder.send(publish(5, question.props.text(Props.RESPONSE_TOPIC), "answer")
                .properties(new Props().correlationData(question.props.binary(Props.CORRELATION_DATA))));
        Frame answer = requester.expectPublish(base + "a", "answer");
        assertThat(answer.props.binary(Props.CORRELATION_DATA)).isEqualTo(correlation);
        assertThat(answer.props.has(Props.RESPONSE_TOPIC)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.3.2-15] a response topic arrives as it was sent, short, odd or very long")
    void responseTopicIsForwarded() {
        for (String responseTopic : List.of("a", " /\u00E9/", "$x/y", "r/" + "x".repeat(60_000))) {
            Frame frame = forwarded(new Props().responseTopic(responseTopic));
            assertThat(frame.props.text(Props.RESPONSE_TOPIC)).isEqualTo(responseTopic);
        }
    }

    @Test
    @DisplayName("[MQTT-3.3.2-16] correlation data arrive as they were sent, none, any or very many bytes")
    void correlationDataAreForwarded() {
        for (byte[] data : List.of(new byte[0], new byte[] {0, (byte) 0xFF, 7, 0}, new byte[65_535])) {
            Frame frame = forwarded(new Props().correlationData(data));
            assertThat(frame.props.binary(Props.CORRELATION_DATA)).isEqualTo(data);
        }
    }

    /** What a subscriber gets of a message with these properties. */
    private static Frame forwarded(Props properties) {
        String topic = unique("fwd/");
        RawClient client = BROKER.online(5, unique("c"));
        client.subscribe(topic, 0);
        client.send(publish(5, topic, "x").properties(properties));
        return client.expectPublish(topic, "x");
    }

    @Test
    @DisplayName("[MQTT-3.1.2-28] no response information unless asked for")
    void notAsked() {
        for (Props properties : new Props[] {new Props(), new Props().requestResponseInformation(0)}) {
            RawClient client = BROKER.online(connect(5, unique("c")).properties(properties));
            assertThat(client.connack().props.has(Props.RESPONSE_INFORMATION)).isFalse();
        }
    }

    @Test
    @DisplayName("[MQTT-3.3.2-13] a response topic that is not well-formed text ends the connection")
    void responseTopicIsText() {
        expectEnd("08 0002 61 FF", "08 0001 00", "08 0003 ED A0 80");
    }

    @Test
    @DisplayName("[MQTT-3.3.2-14] a response topic with wildcards ends the connection")
    void responseTopicHasNoWildcards() {
        expectEnd("08 0003 61 2F 2B", "08 0001 23", "08 0003 61 2B 62");
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] two response topics are a protocol error")
    void twoResponseTopics() {
        expectEnd("08 0001 61 08 0001 61");
    }

    private static void expectEnd(String... properties) {
        for (String property : properties) {
            RawClient client = BROKER.online(5, unique("c"));
            client.send(publish(5, unique("t/"), "x").properties(new Props().raw(property)));
            client.expectDisconnect(0x81, 0x82, 0x90);
        }
    }

    @Test
    @DisplayName("§4.11: no CONNACK and no DISCONNECT names another server")
    void noRedirection() {
        String id = unique("c");
        RawClient first = BROKER.online(5, id);
        assertThat(first.connack().props.has(Props.SERVER_REFERENCE)).isFalse();
        BROKER.online(5, id);
        assertThat(first.expect(Frame.DISCONNECT).props.has(Props.SERVER_REFERENCE))
                .isFalse();
    }
}
