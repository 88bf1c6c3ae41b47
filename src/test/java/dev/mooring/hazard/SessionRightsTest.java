package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.password4j.BcryptFunction;
import dev.mooring.TestBroker;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One session, several users; and a reload that fails. The password of every user is "secret". */
class SessionRightsTest {
    private static final String SECRET =
            BcryptFunction.getInstance(4).hash("secret").getResult();
    private static final String AUTH = "{\"auth\": {\"users\": [" + user("ann") + ", " + user("bob") + "],"
            + "\"acl\": {\"rules\": [{\"permission\": \"allow\", \"topics\": [\"%u/#\", \"both\"]}]}}}";

    private static TestBroker broker;

    private static String user(String name) {
        return "{\"username\": \"" + name + "\", \"password_hash\": \"" + SECRET + "\"}";
    }

    @BeforeAll
    static void start() {
        broker = TestBroker.start(AUTH);
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    private static Frame connect(Peer p, String clientId, String username, boolean lasts) {
        byte[] head = Bytes.join(
                Bytes.text("MQTT"),
                Bytes.u8(5, lasts ? 0xC0 : 0xC2),
                Bytes.u16(0),
                lasts ? Bytes.block(Bytes.u8(0x11), Bytes.u32(600)) : Bytes.u8(0));
        p.version(5);
        p.send(Bytes.packet(
                0x10,
                head,
                Bytes.text(clientId),
                Bytes.text(username),
                Bytes.u16(6),
                "secret".getBytes(StandardCharsets.US_ASCII)));
        Frame connack = p.expect(Frame.CONNACK);
        assertThat(connack.reason()).isZero();
        return connack;
    }

    private static void publish(String username, String topic, String payload, int qos) {
        try (Peer p = Peer.open(broker.port())) {
            connect(p, "publisher-" + username, username, false);
            p.send(Bytes.publish(5, topic, payload, qos, 1));
            assertThat(p.next().reason()).isLessThan(0x80);
            if (qos == 2) {
                p.send(Bytes.ack(Frame.PUBREL, 1)).expect(Frame.PUBCOMP, 1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @DisplayName("CVE-2026-6564: who takes another user's session by its client id gets what he may read himself")
    void anotherUser(int qos) {
        String id = "session-" + qos;
        try (Peer ann = Peer.open(broker.port())) {
            connect(ann, id, "ann", true);
            assertThat(ann.subscribe(qos, "ann/x", "both").granted(1)).isEqualTo(qos);
            publish("ann", "ann/x", "in flight", qos);
            ann.expectPublish("in flight"); // not acknowledged: it would be sent again
        }
        publish("ann", "ann/x", "queued", qos);
        publish("ann", "both", "for both", qos);
        try (Peer bob = Peer.open(broker.port())) {
            assertThat(connect(bob, id, "bob", true).sessionPresent()).isTrue();
            assertThat(bob.expectPublish("for both").topic()).isEqualTo("both");
            publish("ann", "ann/x", "live", qos);
            bob.ping();
            assertThat(bob.subscribe(qos, "ann/x").granted(0)).isEqualTo(0x87);
        }
    }

    @Test
    @DisplayName("CVE-2017-7652: a reload that can't load what it needs changes nothing, and says what it lacks")
    void badReload() {
        String chain = "\"chain\": [{\"type\": \"users\"}, {\"type\": \"password_file\", \"file\": \"none\"}]";
        String noFile = AUTH.replace("\"acl\"", chain + ", \"acl\"").replace("%u/#", "#");
        assertThatThrownBy(() -> broker.reload(noFile))
                .hasMessageContaining("auth password_file: there is no file none");
        try (Peer p = Peer.open(broker.port())) {
            connect(p, "after-reload", "ann", false);
            assertThat(p.subscribe(0, "ann/y").granted(0)).isZero();
            assertThat(p.subscribe(0, "bob/y").granted(0)).isEqualTo(0x87);
        }
    }
}
