package dev.mooring.spec;

import static dev.mooring.spec.Packets.auth;
import static dev.mooring.spec.Packets.connect;
import static dev.mooring.spec.Packets.disconnect;
import static dev.mooring.spec.Packets.pingreq;
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
    @DisplayName("§4.12: SCRAM-SHA-256 lets a client in that knows the password, and proves that the broker knows it")
    void authenticates() {
        for (String user : List.of("ann", "bo,b")) {
            ScramClient scram = new ScramClient(user, user.equals("ann") ? "secret" : "hidden");
            RawClient client = BROKER.connect(5);
            client.send(auth(0x18, last(scram, challenge(client, scram))));
            Frame connack = client.expectConnack(0);
            assertThat(scram.proves(connack.props.binary(Props.AUTHENTICATION_DATA)))
                    .isTrue();
            client.ping();
        }
    }

    @Test
    @DisplayName("[MQTT-4.12.0-2] the broker asks for more with AUTH 0x18")
    void serverContinues() {
        Frame challenge = challenge(BROKER.connect(5), new ScramClient("ann", "secret"));
        assertThat(challenge.reasonCode).isEqualTo(0x18);
    }

    @Test
    @DisplayName("[MQTT-4.12.0-3] a client that answers with AUTH of another code than 0x18 is refused")
    void clientContinues() {
        for (int code : new int[] {0x00, 0x19}) {
            ScramClient scram = new ScramClient("ann", "secret");
            RawClient client = BROKER.connect(5);
            client.send(auth(code, last(scram, challenge(client, scram))));
            client.expectRefused(0x81, 0x82, 0x87);
        }
    }

    @Test
    @DisplayName("[MQTT-4.12.0-5] the broker's AUTH and CONNACK name the method of CONNECT")
    void methodIsNamed() {
        ScramClient scram = new ScramClient("ann", "secret");
        RawClient client = BROKER.connect(5);
        Frame challenge = challenge(client, scram);
        assertThat(challenge.props.text(Props.AUTHENTICATION_METHOD)).isEqualTo(ScramClient.METHOD);
        client.send(auth(0x18, last(scram, challenge)));
        assertThat(client.expectConnack(0).props.text(Props.AUTHENTICATION_METHOD))
                .isEqualTo(ScramClient.METHOD);
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
    @DisplayName("[MQTT-4.12.0-4] a wrong password and an unknown user are refused alike")
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
    @DisplayName("[MQTT-4.12.0-5] the client's AUTH can't name another method than its CONNECT, or none")
    void methodChanges() {
        for (Props method : List.of(new Props().authenticationMethod("PLAIN"), new Props())) {
            ScramClient scram = new ScramClient("ann", "secret");
            RawClient client = BROKER.connect(5);
            byte[] last = scram.clientFinal(challenge(client, scram).props.binary(Props.AUTHENTICATION_DATA));
            client.send(auth(0x18, method.authenticationData(last)));
            client.expectRefused(0x82, 0x8C, 0x87);
        }
    }

    @Test
    @DisplayName("[MQTT-3.1.2-30] a packet other than AUTH and DISCONNECT before CONNACK is a protocol error")
    void otherPacketsBeforeConnack() {
        for (Packets.Packet packet : List.of(
                publish(5, "early", "x"), subscribe(5, 1).filter("early", 0), pingreq(), connect(5, unique("c")))) {
            RawClient client = BROKER.connect(5);
            challenge(client, new ScramClient("ann", "secret"));
            client.send(packet);
            client.expectRefused(0x82);
        }
        RawClient leaving = BROKER.connect(5);
        challenge(leaving, new ScramClient("ann", "secret"));
        leaving.send(disconnect());
        leaving.expectClosed();
    }

    @Test
    @DisplayName("[MQTT-3.1.4-6] what comes behind a CONNECT that is not accepted is not processed")
    void nothingIsProcessedBeforeSuccess() {
        String topic = unique("early/");
        RawClient watcher = BROKER.online(5, unique("c"));
        watcher.subscribe(topic, 0);
        RawClient waiting = BROKER.connect(5);
        waiting.send(
                connect(5, unique("c")).properties(first(new ScramClient("ann", "secret"))),
                publish(5, topic, "behind CONNECT").qos(1, 1));
        waiting.expect(Frame.AUTH);
        waiting.expectRefused(0x82);
        ScramClient wrong = new ScramClient("ann", "wrong");
        RawClient refused = BROKER.connect(5);
        refused.send(
                auth(0x18, last(wrong, challenge(refused, wrong))),
                publish(5, topic, "behind AUTH").qos(1, 1));
        refused.expectRefused(0x82, 0x86, 0x87);
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
    @DisplayName("[MQTT-4.12.0-5] re-authentication with another method is a protocol error")
    void reAuthenticationWithOtherMethod() {
        RawClient client = online("ann", "secret");
        client.send(auth(
                0x19,
                new Props()
                        .authenticationMethod("SCRAM-SHA-1")
                        .authenticationData(new ScramClient("ann", "secret").clientFirst())));
        client.expectDisconnect(0x82, 0x8C);
    }

    @Test
    @DisplayName("[MQTT-4.12.1-1] re-authentication that begins with AUTH 0x18 is a protocol error")
    void reAuthenticationBeginsWith19() {
        RawClient client = online("ann", "secret");
        client.send(auth(0x18, first(new ScramClient("ann", "secret"))));
        client.expectDisconnect(0x82);
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

    /** Begins the exchange. @return the broker's AUTH */
    private static Frame challenge(RawClient client, ScramClient scram) {
        client.send(connect(5, unique("c")).properties(first(scram)));
        return client.expect(Frame.AUTH);
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
