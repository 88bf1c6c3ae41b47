package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.pingreq;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.RawClient.hex;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.spec.RawWebSocket.WsFrame;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 6: MQTT over WebSocket. */
class Mqtt6WebSocketTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-6.0.0-1] MQTT goes both ways in binary frames")
    void binaryFrames() {
        binaryFrames(5);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-6.0.0-1] MQTT goes both ways in binary frames")
    void binaryFramesOf311(int version) {
        binaryFrames(version);
    }

    private static void binaryFrames(int version) {
        String topic = unique("ws/");
        RawWebSocket client = online(version);
        client.send(subscribe(version, 1).filter(topic, 1));
        client.expect(version, Frame.SUBACK);
        BROKER.online(4, unique("c")).publish(topic, "x".repeat(70_000), 1);
        assertThat(client.expect(version, Frame.PUBLISH).payload).hasSize(70_000);
        client.send(pingreq());
        WsFrame pingresp = client.read();
        assertThat(pingresp.opcode()).isEqualTo(RawWebSocket.BINARY);
        assertThat(hex(pingresp.payload())).isEqualTo("D0 00");
    }

    @Test
    @DisplayName("[MQTT-6.0.0-1] a text frame ends the connection, also as the first one")
    void textFrame() {
        textFrame(5);
    }

    @Test
    @DisplayName("[MQTT311-6.0.0-1] a text frame ends the connection, also as the first one")
    void textFrameOf311() {
        textFrame(4);
    }

    private static void textFrame(int version) {
        RawWebSocket client = online(version);
        client.send(RawWebSocket.TEXT, true, true, pingreq().bytes());
        client.expectClosed();
        RawWebSocket first = open();
        first.send(RawWebSocket.TEXT, true, true, connect(version, unique("c")).bytes());
        first.expectClosed();
        RawWebSocket fragmented = online(version);
        fragmented.send(RawWebSocket.TEXT, false, true, new byte[] {(byte) 0xC0});
        fragmented.send(RawWebSocket.CONTINUATION, true, true, new byte[] {0});
        fragmented.expectClosed();
    }

    @Test
    @DisplayName("[MQTT-6.0.0-2] many packets in one frame, and packets over many frames")
    void packetsAndFramesNeedNotAgree() {
        packetsAndFramesNeedNotAgree(5);
    }

    @Test
    @DisplayName("[MQTT311-6.0.0-2] many packets in one frame, and packets over many frames")
    void packetsAndFramesNeedNotAgreeOf311() {
        packetsAndFramesNeedNotAgree(4);
    }

    private static void packetsAndFramesNeedNotAgree(int version) {
        String topic = unique("ws/");
        byte[] session = session(version, topic);
        RawWebSocket oneFrame = open();
        oneFrame.send(session);
        expectSession(oneFrame, version, topic);
        RawWebSocket oneByteEach = open();
        for (byte b : session) {
            oneByteEach.send(new byte[] {b});
        }
        expectSession(oneByteEach, version, topic);
        RawWebSocket sevenBytesEach = open();
        for (int i = 0; i < session.length; i += 7) {
            sevenBytesEach.send(Arrays.copyOfRange(session, i, Math.min(i + 7, session.length)));
            sevenBytesEach.send(new byte[0]);
        }
        expectSession(sevenBytesEach, version, topic);
    }

    @Test
    @DisplayName("[MQTT-6.0.0-2] messages in fragments, with control frames between them")
    void fragments() {
        fragments(5);
    }

    @Test
    @DisplayName("[MQTT311-6.0.0-2] messages in fragments, with control frames between them")
    void fragmentsOf311() {
        fragments(4);
    }

    private static void fragments(int version) {
        String topic = unique("ws/");
        byte[] session = session(version, topic);
        RawWebSocket client = open();
        int third = session.length / 3;
        client.send(RawWebSocket.BINARY, false, true, Arrays.copyOf(session, third));
        client.send(RawWebSocket.PING, true, true, "are you there".getBytes(StandardCharsets.US_ASCII));
        client.send(RawWebSocket.CONTINUATION, false, true, Arrays.copyOfRange(session, third, 2 * third));
        client.send(RawWebSocket.CONTINUATION, true, true, Arrays.copyOfRange(session, 2 * third, session.length));
        expectSession(client, version, topic);
    }

    @Test
    @DisplayName("§6: a WebSocket ping is answered by a pong with its data")
    void pong() {
        RawWebSocket client = online(5);
        client.send(RawWebSocket.PING, true, true, new byte[] {1, 2, 3});
        WsFrame pong = client.read();
        assertThat(pong.opcode()).isEqualTo(RawWebSocket.PONG);
        assertThat(pong.payload()).containsExactly(1, 2, 3);
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "§6: an end that the broker wants, or the client's DISCONNECT, comes with a close frame (RFC 6455 §7.1.2)")
    void closeFrame(int version) {
        for (byte[] packet : List.of(hex("36 03 00 01 61"), Packets.disconnect().bytes())) {
            RawWebSocket client = online(version);
            client.send(packet);
            WsFrame last = client.read();
            if (version == 5 && packet[0] == 0x36) {
                assertThat(last.payload()[0]).isEqualTo((byte) 0xE0);
                last = client.read();
            }
            assertThat(last.opcode()).isEqualTo(RawWebSocket.CLOSE);
            assertThat(hex(last.payload())).startsWith("03 E8"); // 1000
            assertThat(client.read()).isNull();
        }
    }

    @Test
    @DisplayName("[MQTT-6.0.0-3] a client that does not offer mqtt is not let in")
    void notOffered() {
        notOffered(5);
    }

    @Test
    @DisplayName("[MQTT311-6.0.0-3] a client that does not offer mqtt is not let in")
    void notOfferedOf311() {
        notOffered(4);
    }

    private static void notOffered(int version) {
        for (String protocols : new String[] {null, "chat", "mqttt", "xmqtt, chat"}) {
            RawWebSocket client = new RawWebSocket(BROKER.webSocketPort(), "/mqtt", protocols);
            assertThat(client.status()).as("offered %s", protocols).isEqualTo(400);
            assertThat(client.header("Sec-WebSocket-Protocol"))
                    .as("offered %s", protocols)
                    .isNull();
            client.send(connect(version, unique("c")));
            client.expectClosed();
        }
    }

    @Test
    @DisplayName("[MQTT-6.0.0-4] the broker selects mqtt, also among others")
    void selectsMqtt() {
        selectsMqtt(5);
    }

    @Test
    @DisplayName("[MQTT311-6.0.0-4] the broker selects mqtt, also among others")
    void selectsMqttOf311() {
        selectsMqtt(4);
    }

    private static void selectsMqtt(int version) {
        for (String protocols : new String[] {"mqtt", "chat, mqtt", "mqtt,chat", "mqttv3.1, mqtt"}) {
            RawWebSocket client = new RawWebSocket(BROKER.webSocketPort(), "/mqtt", protocols);
            assertThat(client.status()).as("offered %s", protocols).isEqualTo(101);
            assertThat(client.header("Sec-WebSocket-Protocol"))
                    .as("offered %s", protocols)
                    .isEqualTo("mqtt");
            assertThat(client.header("Sec-WebSocket-Accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
            client.send(connect(version, unique("c")));
            client.expect(version, Frame.CONNACK);
        }
    }

    @Test
    @DisplayName("§6: another path is no WebSocket, and plain HTTP is answered, not served")
    void otherPath() {
        assertThat(new RawWebSocket(BROKER.webSocketPort(), "/other", "mqtt").status())
                .isBetween(400, 499);
    }

    @Test
    @DisplayName(
            "[MQTT-4.13.1-1] frames that RFC 6455 forbids end the connection: unmasked, reserved types and bits, a "
                    + "continuation of nothing, control frames in fragments, lengths beyond the maximum packet")
    void forbiddenFrames() {
        RawWebSocket unmasked = online(5);
        unmasked.send(RawWebSocket.BINARY, true, false, pingreq().bytes());
        unmasked.expectClosed();
        for (String frame : new String[] {
            "83 80 01020304",
            "8B 80 01020304",
            "C2 80 01020304",
            "80 80 01020304",
            "09 80 01020304",
            "82 FF 7FFFFFFFFFFFFFFF 01020304",
            "82 FF FFFFFFFFFFFFFFFF 01020304"
        }) {
            RawWebSocket client = online(5);
            client.raw(hex(frame));
            client.expectClosed();
        }
    }

    @Test
    @DisplayName("[MQTT-3.1.2-8] a close frame without DISCONNECT publishes the Will, DISCONNECT does " + "not")
    void willOverWebSocket() {
        willOverWebSocket(5);
    }

    @Test
    @DisplayName("[MQTT311-3.1.2-8] a close frame without DISCONNECT publishes the Will, DISCONNECT " + "does not")
    void willOverWebSocketOf311() {
        willOverWebSocket(4);
    }

    private static void willOverWebSocket(int version) {
        String topic = unique("ws/");
        RawClient watcher = BROKER.online(version, unique("c"));
        watcher.subscribe(topic, 0);
        RawWebSocket polite = open();
        polite.send(connect(version, unique("c")).will(topic, "never", 0, false));
        polite.expect(version, Frame.CONNACK);
        polite.send(Packets.disconnect());
        polite.expectClosed();
        RawWebSocket closing = open();
        closing.send(connect(version, unique("c")).will(topic, "closed", 0, false));
        closing.expect(version, Frame.CONNACK);
        closing.send(RawWebSocket.CLOSE, true, true, new byte[] {3, (byte) 0xE8});
        closing.expectClosed();
        watcher.expectPublish(topic, "closed");
    }

    /** CONNECT, SUBSCRIBE and three PUBLISHes as one row of bytes. */
    private static byte[] session(int version, String topic) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(connect(version, unique("c")).bytes());
        out.writeBytes(subscribe(version, 1).filter(topic, 0).bytes());
        for (int i = 0; i < 3; i++) {
            out.writeBytes(publish(version, topic, "m" + i).bytes());
        }
        return out.toByteArray();
    }

    private static void expectSession(RawWebSocket client, int version, String topic) {
        client.expect(version, Frame.CONNACK);
        client.expect(version, Frame.SUBACK);
        for (int i = 0; i < 3; i++) {
            Frame frame = client.expect(version, Frame.PUBLISH);
            assertThat(frame.topic).isEqualTo(topic);
            assertThat(frame.payloadText()).isEqualTo("m" + i);
        }
        client.close();
    }

    private static RawWebSocket open() {
        return new RawWebSocket(BROKER.webSocketPort(), "/mqtt", "mqtt");
    }

    private static RawWebSocket online(int version) {
        RawWebSocket client = open();
        client.send(connect(version, unique("c")));
        assertThat(client.expect(version, Frame.CONNACK).reasonCode).isZero();
        return client;
    }
}
