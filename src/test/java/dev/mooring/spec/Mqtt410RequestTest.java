package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapters 4.10 and 4.11: request and response; no redirection unless someone configures it. */
class Mqtt410RequestTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{\"mqtt\":{\"response_information\":\"answers/${clientid}/\"}}");

    @Test
    @DisplayName("[MQTT-3.1.2-28] [MQTT-3.3.2-15] [MQTT-3.3.2-16] a request carries its response topic and correlation "
            + "data to the responder, the response comes back to the requester alone")
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
        assertThat(question.props.text(Props.RESPONSE_TOPIC)).isEqualTo(base + "a");
        assertThat(question.props.binary(Props.CORRELATION_DATA)).isEqualTo(correlation);
        responder.send(publish(5, question.props.text(Props.RESPONSE_TOPIC), "answer")
                .properties(new Props().correlationData(question.props.binary(Props.CORRELATION_DATA))));
        Frame answer = requester.expectPublish(base + "a", "answer");
        assertThat(answer.props.binary(Props.CORRELATION_DATA)).isEqualTo(correlation);
        assertThat(answer.props.has(Props.RESPONSE_TOPIC)).isFalse();
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
    @DisplayName(
            "[MQTT-3.3.2-13] [MQTT-3.3.2-14] a response topic with wildcards or bad text, or twice, is an error; any "
                    + "other is the requester's affair")
    void badResponseTopic() {
        for (String property :
                new String[] {"08 0003 61 2F 2B", "08 0001 23", "08 0002 61 FF", "08 0001 00", "08 0001 61 08 0001 61"
                }) {
            RawClient client = BROKER.online(5, unique("c"));
            client.send(publish(5, unique("t/"), "x").properties(new Props().raw(property)));
            client.expectDisconnect(0x81, 0x82, 0x90);
        }
        String topic = unique("odd/");
        RawClient client = BROKER.online(5, unique("c"));
        client.subscribe(topic, 0);
        String longest = "r/" + "x".repeat(60_000);
        byte[] data = "y".repeat(65_535).getBytes(StandardCharsets.UTF_8);
        client.send(publish(5, topic, "x")
                .properties(new Props().responseTopic(longest).correlationData(data)));
        Frame frame = client.expectPublish(topic, "x");
        assertThat(frame.props.text(Props.RESPONSE_TOPIC)).isEqualTo(longest);
        assertThat(frame.props.binary(Props.CORRELATION_DATA)).isEqualTo(data);
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
