package dev.mooring.spec;

import static dev.mooring.spec.Packets.auth;
import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapter 3.15, the form of AUTH. What it is for is in {@link Mqtt412EnhancedAuthTest}. */
class Mqtt315AuthTest {
    @RegisterExtension
    static final SpecBroker BROKER = Mqtt412EnhancedAuthTest.broker();

    @Test
    @DisplayName("[MQTT-3.15.1-1] flags other than 0000 are malformed")
    void reservedFlags() {
        for (int flags = 1; flags < 16; flags++) {
            RawClient client = online();
            client.send(new byte[] {(byte) (0xF0 | flags), 0});
            client.expectDisconnect(0x81);
        }
        RawClient connecting = BROKER.connect(5);
        connecting.send(connect(5, unique("c")).properties(method(new ScramClient("ann", "secret"))));
        connecting.expect(Frame.AUTH);
        connecting.send("F1 00");
        connecting.expectRefused(0x81);
    }

    @Test
    @DisplayName(
            "[MQTT-3.15.2-1] AUTH of the server is 0x18 or 0x00; any code of a client but 0x18 and 0x19 is an error")
    void reasonCodes() {
        for (int code : new int[] {0x00, 0x01, 0x17, 0x80, 0xFF}) {
            RawClient client = online();
            client.send(auth(code, new Props().authenticationMethod(ScramClient.METHOD)));
            client.expectDisconnect(0x81, 0x82);
        }
        RawClient client = online();
        ScramClient scram = new ScramClient("ann", "secret");
        client.send(auth(0x19, method(scram)));
        Frame first = client.expect(Frame.AUTH);
        assertThat(first.reasonCode).isEqualTo(0x18);
        client.send(auth(0x18, data(scram, first)));
        assertThat(client.expect(Frame.AUTH).reasonCode).isEqualTo(0x00);
    }

    @Test
    @DisplayName("AUTH 0x18 where nothing was asked is named as what is not expected")
    void notAsked() {
        RawClient client = online();
        client.send(auth(0x18, new Props().authenticationMethod(ScramClient.METHOD)));
        Frame last = client.expect(Frame.DISCONNECT);
        assertThat(last.reasonCode).isEqualTo(0x82);
        assertThat(last.props.text(Props.REASON_STRING)).contains(" is not expected here");
    }

    @Test
    @DisplayName("[MQTT-3.15.2-1] AUTH without a method, with two, or with a foreign property is an error")
    void properties() {
        for (Props properties : List.of(
                new Props(),
                new Props().authenticationData(new byte[] {1}),
                new Props().authenticationMethod(ScramClient.METHOD).authenticationMethod(ScramClient.METHOD),
                new Props().authenticationMethod(ScramClient.METHOD).messageExpiryInterval(1))) {
            RawClient client = online();
            client.send(auth(0x19, properties));
            client.expectDisconnect(0x81, 0x82);
        }
        for (String packet : List.of("F0 00", "F0 01 19", "F0 02 19 00", "F0 02 19 05")) {
            RawClient client = online();
            client.send(packet);
            client.expectDisconnect(0x81, 0x82);
        }
    }

    @Test
    @DisplayName("[MQTT-3.15.2-2] an AUTH that just fits has its data and no reason string")
    void noRoomForAReasonString() {
        Frame auth = authThatJustFits();
        assertThat(auth.props.binary(Props.AUTHENTICATION_DATA)).isNotEmpty();
        assertThat(auth.props.has(Props.REASON_STRING)).isFalse();
    }

    @Test
    @DisplayName("[MQTT-3.15.2-3] an AUTH that just fits has its data and no user properties")
    void noRoomForUserProperties() {
        Frame auth = authThatJustFits();
        assertThat(auth.props.binary(Props.AUTHENTICATION_DATA)).isNotEmpty();
        assertThat(auth.props.has(Props.USER_PROPERTY)).isFalse();
    }

    /** To a client whose Maximum Packet Size leaves room for method and data, and for nothing more. */
    private static Frame authThatJustFits() {
        ScramClient scram = new ScramClient("ann", "secret");
        RawClient plain = BROKER.connect(5);
        plain.send(connect(5, unique("c")).properties(method(scram)));
        Props needed = plain.expect(Frame.AUTH).props;
        int size = auth(
                        0x18,
                        new Props()
                                .authenticationMethod(needed.text(Props.AUTHENTICATION_METHOD))
                                .authenticationData(needed.binary(Props.AUTHENTICATION_DATA)))
                .bytes()
                .length;
        RawClient client = BROKER.connect(5);
        client.send(connect(5, unique("c")).properties(method(scram).maximumPacketSize(size)));
        Frame frame = client.expect(Frame.AUTH);
        assertThat(frame.bytes.length).isLessThanOrEqualTo(size);
        client.send(auth(0x18, data(scram, frame)));
        client.expectConnack(0);
        return frame;
    }

    @Test
    @DisplayName("[MQTT-3.1.2-24] AUTH that would be larger than the client takes is not sent; the login is refused")
    void tooLarge() {
        ScramClient scram = new ScramClient("ann", "secret");
        RawClient client = BROKER.connect(5);
        client.send(connect(5, unique("c")).properties(method(scram).maximumPacketSize(40)));
        client.expectConnack(0x83);
        client.expectClosed();
    }

    /** Properties of the first packet: method and client-first-message. */
    private static Props method(ScramClient scram) {
        return new Props().authenticationMethod(ScramClient.METHOD).authenticationData(scram.clientFirst());
    }

    private static Props data(ScramClient scram, Frame serverFirst) {
        return new Props()
                .authenticationMethod(ScramClient.METHOD)
                .authenticationData(scram.clientFinal(serverFirst.props.binary(Props.AUTHENTICATION_DATA)));
    }

    private static RawClient online() {
        RawClient client = BROKER.connect(5);
        ScramClient scram = new ScramClient("ann", "secret");
        client.send(connect(5, unique("c")).properties(method(scram)));
        client.send(auth(0x18, data(scram, client.expect(Frame.AUTH))));
        client.expectConnack(0);
        return client;
    }
}
