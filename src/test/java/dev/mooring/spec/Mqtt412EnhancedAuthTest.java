package dev.mooring.spec;

import static dev.mooring.spec.Packets.auth;
import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.disconnect;
import static dev.mooring.spec.Packets.publish;
import static dev.mooring.spec.Packets.subscribe;
import static dev.mooring.spec.RawClient.unique;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Chapter 4.12, enhanced authentication with SCRAM-SHA-256, and re-authentication. */
class Mqtt412EnhancedAuthTest {
    @RegisterExtension
    static final SpecBroker BROKER = broker();

    /** Users ann (secret) and bob, with a comma in his name (hidden); anybody else may connect without a name. */
    static SpecBroker broker() {
        return new SpecBroker("{\"auth\":{\"allow_anonymous\":true,\"users\":["
                + "{\"username\":\"ann\",\"scram_sha_256\":\"" + ScramClient.stored("secret") + "\"},"
                + "{\"username\":\"bo,b\",\"scram_sha_256\":\"" + ScramClient.stored("hidden") + "\"}]}}");
    }

    @Test
    @DisplayName(
            "[MQTT-4.12.0-2] [MQTT-4.12.0-3] [MQTT-4.12.0-5] SCRAM-SHA-256: AUTH 0x18 both ways, then CONNACK, each "
                    + "with the method, and the server proves that it knows the user")
    void authenticates() {
        for (String user : List.of("ann", "bo,b")) {
            ScramClient scram = new ScramClient(user, user.equals("ann") ? "secret" : "hidden");
            RawClient client = BROKER.connect(5);
            client.send(connect(5, unique("c")).properties(first(scram)));
            Frame challenge = client.expect(Frame.AUTH);
            assertThat(challenge.reasonCode).isEqualTo(0x18);
            assertThat(challenge.props.text(Props.AUTHENTICATION_METHOD)).isEqualTo(ScramClient.METHOD);
            client.send(auth(0x18, last(scram, challenge)));
            Frame connack = client.expectConnack(0);
            assertThat(connack.props.text(Props.AUTHENTICATION_METHOD)).isEqualTo(ScramClient.METHOD);
            assertThat(scram.proves(connack.props.binary(Props.AUTHENTICATION_DATA)))
                    .isTrue();
            client.ping();
        }
    }

    @Test
    @DisplayName("[MQTT-4.12.0-1] an unknown authentication method is refused, whatever its name")
    void unknownMethod() {
        for (String method : List.of("", "PLAIN", "SCRAM-SHA-1", "scram-sha-256", "SCRAM-SHA-256 ")) {
            RawClient client = BROKER.connect(5);
            client.send(connect(5, unique("c"))
                    .properties(new Props()
                            .authenticationMethod(method)
                            .authenticationData(new ScramClient("ann", "secret").clientFirst())));
            client.expectRefused(0x8C, 0x87);
        }
    }

    @Test
    @DisplayName("[MQTT-4.12.0-4] [MQTT-3.1.4-2] a wrong password and an unknown user are refused alike")
    void wrongPassword() {
        for (String user : List.of("ann", "nobody")) {
            ScramClient scram = new ScramClient(user, "wrong");
            RawClient client = BROKER.connect(5);
            client.send(connect(5, unique("c")).properties(first(scram)));
            client.send(auth(0x18, last(scram, client.expect(Frame.AUTH))));
            client.expectRefused(0x86, 0x87);
        }
    }

    @Test
    @DisplayName("[MQTT-4.12.0-4] messages that are not SCRAM are refused")
    void nonsense() {
        for (String data : List.of("", "n,,", "n,,n=ann", "y,,n=,r=", "p=tls-unique,,n=ann,r=abc", "\u0000\u0001")) {
            RawClient client = BROKER.connect(5);
            client.send(connect(5, unique("c"))
                    .properties(new Props()
                            .authenticationMethod(ScramClient.METHOD)
                            .authenticationData(data.getBytes(StandardCharsets.UTF_8))));
            Frame answer = client.read();
            if (answer.type == Frame.CONNACK) {
                assertThat(answer.reasonCode).isGreaterThanOrEqualTo(0x80);
                client.expectClosed();
                continue;
            }
            assertThat(data)
                    .as("only an empty message may be answered by a question")
                    .isEmpty();
        }
        for (String data : List.of("", "c=biws,r=foreign,p=AAAA", "c=biws", "\u0000")) {
            RawClient client = BROKER.connect(5);
            client.send(connect(5, unique("c")).properties(first(new ScramClient("ann", "secret"))));
            client.expect(Frame.AUTH);
            client.send(auth(
                    0x18,
                    new Props()
                            .authenticationMethod(ScramClient.METHOD)
                            .authenticationData(data.getBytes(StandardCharsets.UTF_8))));
            client.expectRefused(0x80, 0x82, 0x86, 0x87);
        }
    }

    @Test
    @DisplayName("[MQTT-4.12.0-5] the method can't change on the way, nor the code be another than 0x18")
    void methodChanges() {
        ScramClient scram = new ScramClient("ann", "secret");
        RawClient client = BROKER.connect(5);
        client.send(connect(5, unique("c")).properties(first(scram)));
        byte[] last = scram.clientFinal(client.expect(Frame.AUTH).props.binary(Props.AUTHENTICATION_DATA));
        client.send(auth(0x18, new Props().authenticationMethod("PLAIN").authenticationData(last)));
        client.expectRefused(0x82, 0x8C, 0x87);
        ScramClient other = new ScramClient("ann", "secret");
        RawClient wrongCode = BROKER.connect(5);
        wrongCode.send(connect(5, unique("c")).properties(first(other)));
        wrongCode.send(auth(0x19, last(other, wrongCode.expect(Frame.AUTH))));
        wrongCode.expectRefused(0x82, 0x87);
    }

    @Test
    @DisplayName("[MQTT-3.1.2-30] [MQTT-3.1.4-6] other packets before CONNACK end the connection and do nothing")
    void otherPacketsBeforeConnack() {
        String topic = unique("early/");
        RawClient watcher = BROKER.online(5, unique("c"));
        watcher.subscribe(topic, 0);
        for (Packets.Packet packet :
                List.of(publish(5, topic, "early"), subscribe(5, 1).filter(topic, 0), connect(5, unique("c")))) {
            RawClient client = BROKER.connect(5);
            client.send(connect(5, unique("c")).properties(first(new ScramClient("ann", "secret"))), packet);
            client.expect(Frame.AUTH);
            client.expectRefused(0x82);
        }
        RawClient leaving = BROKER.connect(5);
        leaving.send(connect(5, unique("c")).properties(first(new ScramClient("ann", "secret"))));
        leaving.expect(Frame.AUTH);
        leaving.send(disconnect());
        leaving.expectClosed();
        watcher.publish(topic, "end", 0);
        watcher.expectPublish(topic, "end");
    }

    @Test
    @DisplayName("[MQTT-4.12.0-4] before it has succeeded, authentication takes over no session and keeps no Will")
    void noTakeOverBeforeSuccess() {
        String topic = unique("will/");
        RawClient owner = BROKER.online(connect(5, unique("c") + "owner"));
        owner.subscribe(topic, 0);
        String id = unique("c");
        RawClient existing = BROKER.online(5, id);
        ScramClient scram = new ScramClient("ann", "wrong");
        RawClient attacker = BROKER.connect(5);
        attacker.send(connect(5, id).properties(first(scram)).will(topic, "never", 0, false));
        Frame challenge = attacker.expect(Frame.AUTH);
        existing.ping();
        attacker.send(auth(0x18, last(scram, challenge)));
        attacker.expectRefused(0x86, 0x87);
        existing.ping();
        owner.publish(topic, "end", 0);
        owner.expectPublish(topic, "end");
    }

    @Test
    @DisplayName("[MQTT-4.12.0-6] without a method in CONNECT there is no AUTH and no method in CONNACK")
    void noMethod() {
        RawClient client = BROKER.connect(5);
        client.send(connect(5, unique("c")));
        Frame connack = client.expectConnack(0);
        assertThat(connack.props.has(Props.AUTHENTICATION_METHOD)).isFalse();
        assertThat(connack.props.has(Props.AUTHENTICATION_DATA)).isFalse();
    }

    @Test
    @DisplayName(
            "[MQTT-4.12.0-7] AUTH of a client that named no method is a protocol error, as are data without method")
    void authWithoutMethod() {
        RawClient client = BROKER.online(5, unique("c"));
        client.send(auth(0x19, first(new ScramClient("ann", "secret"))));
        client.expectDisconnect(0x82);
        RawClient connecting = BROKER.connect(5);
        connecting.send(connect(5, unique("c")).properties(new Props().authenticationData(new byte[] {1})));
        connecting.expectRefused(0x82);
    }

    @Test
    @DisplayName("[MQTT-4.12.1-1] a client re-authenticates, again and again, while messages go on both ways")
    void reAuthenticates() {
        String topic = unique("re/");
        RawClient client = online("ann", "secret");
        client.subscribe(topic, 0);
        for (int i = 0; i < 2; i++) {
            ScramClient scram = new ScramClient("ann", "secret");
            client.send(auth(0x19, first(scram)));
            Frame challenge = client.expect(Frame.AUTH);
            assertThat(challenge.reasonCode).isEqualTo(0x18);
            client.publish(topic, "between " + i, 0);
            client.expectPublish(topic, "between " + i);
            client.send(auth(0x18, last(scram, challenge)));
            Frame success = client.expect(Frame.AUTH);
            assertThat(success.reasonCode).isZero();
            assertThat(success.props.text(Props.AUTHENTICATION_METHOD)).isEqualTo(ScramClient.METHOD);
            assertThat(scram.proves(success.props.binary(Props.AUTHENTICATION_DATA)))
                    .isTrue();
        }
        client.publish(topic, "after", 0);
        client.expectPublish(topic, "after");
    }

    @Test
    @DisplayName("[MQTT-4.12.1-1] [MQTT-4.12.0-5] re-authentication with another method is a protocol error")
    void reAuthenticationWithOtherMethod() {
        RawClient client = online("ann", "secret");
        client.send(auth(
                0x19,
                new Props()
                        .authenticationMethod("SCRAM-SHA-1")
                        .authenticationData(new ScramClient("ann", "secret").clientFirst())));
        client.expectDisconnect(0x82, 0x8C);
        RawClient unasked = online("ann", "secret");
        unasked.send(auth(0x18, first(new ScramClient("ann", "secret"))));
        unasked.expectDisconnect(0x82);
    }

    @Test
    @DisplayName("[MQTT-4.12.1-2] a failed re-authentication ends the connection; another user is a failure")
    void reAuthenticationFails() {
        for (ScramClient scram : List.of(new ScramClient("ann", "wrong"), new ScramClient("bo,b", "hidden"))) {
            RawClient client = online("ann", "secret");
            client.send(auth(0x19, first(scram)));
            Frame answer = client.read();
            if (answer.type == Frame.AUTH) {
                client.send(auth(0x18, last(scram, answer)));
                answer = client.read();
            }
            assertThat(answer.type).isEqualTo(Frame.DISCONNECT);
            assertThat(answer.reasonCode).isIn(0x82, 0x86, 0x87);
            client.expectClosed();
        }
    }

    private static Props first(ScramClient scram) {
        return new Props().authenticationMethod(ScramClient.METHOD).authenticationData(scram.clientFirst());
    }

    private static Props last(ScramClient scram, Frame challenge) {
        return new Props()
                .authenticationMethod(ScramClient.METHOD)
                .authenticationData(scram.clientFinal(challenge.props.binary(Props.AUTHENTICATION_DATA)));
    }

    private static RawClient online(String user, String password) {
        RawClient client = BROKER.connect(5);
        ScramClient scram = new ScramClient(user, password);
        client.send(connect(5, unique("c")).properties(first(scram)));
        client.send(auth(0x18, last(scram, client.expect(Frame.AUTH))));
        client.expectConnack(0);
        return client;
    }
}
