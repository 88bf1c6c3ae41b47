package dev.mooring.spec;

import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.disconnect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chapter 3.14, DISCONNECT both ways. */
class Mqtt314DisconnectTest {
    @RegisterExtension
    static final SpecBroker BROKER = new SpecBroker("{}");

    @Test
    @DisplayName("[MQTT-3.14.0-1] no DISCONNECT comes before a CONNACK that accepts")
    void notBeforeConnack() {
        for (byte[] first : List.of(
                connect(5, unique("c")).flagsXor(0x01).bytes(), // reserved flag
                connect(5, unique("c"))
                        .properties(new Props().receiveMaximum(0))
                        .bytes(),
                connect(5, unique("c")).properties(new Props().raw("99")).bytes(),
                connect(5, unique("c")).trailer("00").bytes(),
                connect(5, unique("c")).protocolVersion(9).bytes())) {
            RawClient client = BROKER.connect(5);
            client.send(first);
            client.expectRefused(0x80, 0x81, 0x82, 0x84);
        }
        for (String first : List.of("C0 00", "30 04 00 01 61 00", "E0 00", "F0 00", "00 00")) {
            RawClient client = BROKER.connect(5);
            client.send(first);
            client.expectRefused(0x80, 0x81, 0x82);
        }
    }

    @Test
    @DisplayName("[MQTT-3.14.1-1] flags other than 0000 are answered by 0x81, and the Will is published")
    void reservedFlags5() {
        reservedFlags(5);
    }

    @Test
    @DisplayName("[MQTT311-3.14.1-1] flags other than 0000 end the connection, and the Will is published")
    void reservedFlags311() {
        reservedFlags(4);
    }

    private static void reservedFlags(int version) {
        String topic = unique("will/");
        RawClient watcher = BROKER.online(version, unique("c"));
        watcher.subscribe(topic, 0);
        for (int flags = 1; flags < 16; flags++) {
            RawClient client = BROKER.online(connect(version, unique("c")).will(topic, "gone" + flags, 0, false));
            client.send(new byte[] {(byte) (0xE0 | flags), 0});
            client.expectDisconnect(0x81);
            watcher.expectPublish(topic, "gone" + flags);
        }
    }

    @Test
    @DisplayName("[MQTT-3.14.2-1] reason codes that a client can't send, and bodies that can't be, are errors")
    void badDisconnects() {
        for (String packet : List.of(
                "E0 01 01",
                "E0 01 18",
                "E0 01 7F",
                "E0 01 FF", // no reasons to disconnect
                "E0 02 00 01",
                "E0 03 00 01 00",
                "E0 07 00 05 02 00 00 00 01", // wrong length, foreign property
                "E0 0C 00 0A 11 00 00 00 00 11 00 00 00 00")) { // twice
            RawClient client = BROKER.online(5, unique("c"));
            client.send(packet);
            client.expectDisconnect(0x81, 0x82);
        }
    }

    @Test
    @DisplayName("[MQTT-3.14.2-1] every reason code of a client is understood")
    void clientReasonCodes() {
        for (int code :
                new int[] {0x00, 0x04, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99}) {
            BROKER.online(5, unique("c")).disconnect(disconnect(code));
            BROKER.online(5, unique("c"))
                    .disconnect(disconnect(
                            code,
                            new Props()
                                    .reasonString("because")
                                    .userProperty("a", "b")
                                    .userProperty("a", "b")));
        }
    }

    @Test
    @DisplayName("[MQTT-3.14.2-1] the server says why: session taken over, protocol error, malformed packet")
    void serverReasonCodes() {
        assertThat(serverDisconnects()).extracting(f -> f.reasonCode).containsExactly(0x8E, 0x82, 0x81);
    }

    @Test
    @DisplayName("[MQTT-3.14.2-2] the server's DISCONNECT has no session expiry interval")
    void noSessionExpiryOfTheServer() {
        assertThat(serverDisconnects()).noneMatch(f -> f.props.has(Props.SESSION_EXPIRY_INTERVAL));
    }

    /** DISCONNECT of a session that was taken over, after a second CONNECT, and after a malformed packet. */
    private static List<Frame> serverDisconnects() {
        String id = unique("c");
        RawClient first = BROKER.online(connect(5, id).sessionExpiryInterval(60));
        RawClient second = BROKER.online(connect(5, id).sessionExpiryInterval(60));
        Frame takenOver = first.expect(Frame.DISCONNECT);
        Frame protocolError = second.send(connect(5, id)).expect(Frame.DISCONNECT);
        RawClient third = BROKER.online(connect(5, id).sessionExpiryInterval(60));
        return List.of(takenOver, protocolError, third.send("36 03 00 01 61").expect(Frame.DISCONNECT));
    }

    @Test
    @DisplayName("[MQTT-4.13.1-1] a session expiry interval above 0 after one of 0 is a protocol error")
    void sessionExpiryFromZero() {
        RawClient client = BROKER.online(5, unique("c"));
        client.send(disconnect(0, new Props().sessionExpiryInterval(10)));
        client.expectDisconnect(0x82);
        RawClient explicit = BROKER.online(connect(5, unique("c")).sessionExpiryInterval(0));
        explicit.send(disconnect(0, new Props().sessionExpiryInterval(1)));
        explicit.expectDisconnect(0x82);
    }

    @Test
    @DisplayName("[MQTT-4.1.0-2] a session expiry interval of 0 in DISCONNECT ends the session, another changes it")
    void sessionExpiryInDisconnect() {
        String id = unique("c");
        BROKER.online(connect(5, id).sessionExpiryInterval(60))
                .disconnect(disconnect(0, new Props().sessionExpiryInterval(0)));
        RawClient again = BROKER.online(connect(5, id).cleanStart(false).sessionExpiryInterval(60));
        assertThat(again.connack().sessionPresent).isFalse();
        again.disconnect(disconnect(0, new Props().sessionExpiryInterval(0xFFFF_FFFFL)));
        RawClient last = BROKER.online(connect(5, id).cleanStart(false));
        assertThat(last.connack().sessionPresent).isTrue();
    }

    @Test
    @DisplayName("[MQTT-3.14.2-3] a reason string that would make DISCONNECT too large is left out")
    void noRoomForAReasonString() {
        for (String packet : List.of("C1 00", "60 02 00 01", "20 02 00 00", "E0 07 00 05 11 00 00 00 01")) {
            Frame whole = answer(packet, 1_000);
            assertThat(whole.props.has(Props.REASON_STRING)).as(packet).isTrue();
            Frame limited = answer(packet, whole.bytes.length - 1);
            assertThat(limited.props.has(Props.REASON_STRING)).as(packet).isFalse();
            assertThat(limited.reasonCode).isEqualTo(whole.reasonCode);
        }
    }

    @Test
    @DisplayName("[MQTT-3.14.2-4] DISCONNECT has no user properties, whether there is room for them or not")
    void noUserProperties() {
        for (int size : new int[] {30, 1_000}) {
            assertThat(answer("C1 00", size).props.has(Props.USER_PROPERTY)).isFalse();
        }
    }

    /** The DISCONNECT that a packet brings. */
    private static Frame answer(String packet, int maximumPacketSize) {
        RawClient client =
                BROKER.online(connect(5, unique("c")).properties(new Props().maximumPacketSize(maximumPacketSize)));
        Frame frame = client.send(packet).expect(Frame.DISCONNECT);
        assertThat(frame.bytes.length).isLessThanOrEqualTo(maximumPacketSize);
        client.expectClosed();
        return frame;
    }

    @Test
    @DisplayName("[MQTT-3.14.4-1] the server sends nothing behind its DISCONNECT, neither answers nor messages")
    void nothingIsSentAfterwards() {
        String topic = unique("after/");
        RawClient client = BROKER.online(5, unique("c"));
        client.subscribe(topic, 0);
        client.send("C1 00 C0 00 82 07 00 01 00 00 01 61 00");
        BROKER.online(5, unique("c")).publish(topic, "late", 1);
        client.expect(Frame.DISCONNECT);
        assertThat(client.readToEnd()).isEmpty();
    }

    @Test
    @DisplayName("[MQTT-3.14.4-2] the server closes the connection after its DISCONNECT")
    void serverCloses() {
        RawClient client = BROKER.online(5, unique("c"));
        client.send("C1 00").expect(Frame.DISCONNECT);
        client.expectClosed();
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.14.4-1] after a client's DISCONNECT the server closes, should the client not do it")
    void clientDoesNotClose(int version) {
        RawClient client = BROKER.online(version, unique("c"));
        client.send(disconnect()).expectClosed();
    }

    @Test
    @DisplayName("[MQTT-3.14.4-1] what a client sends behind its DISCONNECT is not processed")
    void clientGoesOn5() {
        clientGoesOn(5);
    }

    @Test
    @DisplayName("[MQTT311-3.14.4-2] what a client sends behind its DISCONNECT is not processed")
    void clientGoesOn311() {
        clientGoesOn(4);
    }

    private static void clientGoesOn(int version) {
        String topic = unique("after/");
        RawClient watcher = BROKER.online(version, unique("c"));
        watcher.subscribe(topic, 0);
        RawClient client = BROKER.online(version, unique("c"));
        client.send(Packets.pingreq(), disconnect(), publish(version, topic, "too late"), Packets.pingreq());
        client.expect(Frame.PINGRESP);
        client.expectClosed();
        BROKER.online(version, unique("c")).publish(topic, "end", 1);
        watcher.expectPublish(topic, "end");
    }

    @Test
    @DisplayName("[MQTT-3.14.4-3] DISCONNECT 0x00 deletes the Will, also a delayed one")
    void deletesTheWill5() {
        String topic = unique("will/");
        RawClient watcher = BROKER.online(5, unique("c"));
        watcher.subscribe(topic, 0);
        for (int code : new int[] {-1, 0x00}) {
            BROKER.online(connect(5, unique("c")).will(topic, "never", 1, true))
                    .disconnect(code < 0 ? disconnect() : disconnect(code));
        }
        BROKER.online(connect(5, unique("c"))
                        .sessionExpiryInterval(1)
                        .willDelayInterval(1)
                        .will(topic, "never", 0, false))
                .disconnect();
        watcher.expectNothing(1_300);
        BROKER.online(5, unique("c")).publish(topic, "end", 1);
        watcher.expectPublish(topic, "end");
    }

    @ParameterizedTest(name = "MQTT level {0}")
    @ValueSource(ints = {3, 4})
    @DisplayName("[MQTT311-3.14.4-3] DISCONNECT deletes the Will")
    void deletesTheWill311(int version) {
        String topic = unique("will/");
        RawClient watcher = BROKER.online(version, unique("c"));
        watcher.subscribe(topic, 0);
        BROKER.online(connect(version, unique("c")).will(topic, "never", 1, true))
                .disconnect();
        watcher.expectNothing(150);
        BROKER.online(version, unique("c")).publish(topic, "end", 1);
        watcher.expectPublish(topic, "end");
    }
}
