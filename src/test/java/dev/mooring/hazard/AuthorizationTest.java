package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.LogWatch;
import dev.mooring.hazard.Bytes.Connect;
import dev.mooring.hazard.Bytes.Will;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may do what, on the wire: hazard 20 and the CVEs around it. */
class AuthorizationTest {
    private static final String RULES = """
            {"auth": {"acl": {"rules": [
              {"permission": "allow", "topics": ["witness/#"]},
              {"permission": "allow", "topics": ["home/%c/#", "will/%c"]},
              {"permission": "allow", "action": "publish", "topics": ["in/#"], "qos": [0, 1], "retain": false},
              {"permission": "allow", "action": "subscribe", "topics": ["out/#"]},
              {"permission": "allow", "action": "subscribe", "topics": ["will/#"], "clients": ["watcher*"]},
              {"permission": "allow", "topics": ["#"], "clients": ["boss*", "witness*"]}]}}}
            """;

    /** The same, and nobody may read out/secret, or publish Wills. */
    private static final String LESS = """
            {"auth": {"acl": {"rules": [
              {"permission": "deny", "action": "subscribe", "topics": ["out/secret"], "clients": ["reader*"]},
              {"permission": "deny", "action": "publish", "topics": ["will/#"]},
              {"permission": "allow", "topics": ["#"], "clients": ["boss*", "witness*", "watcher*"]},
              {"permission": "allow", "action": "subscribe", "topics": ["out/+"]}]}}}
            """;

    @RegisterExtension
    static final Victim BROKER = new Victim(RULES);

    @AfterEach
    void again() {
        BROKER.test().reload(RULES);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("PUBLISH: topic, QoS and RETAIN; 0x87 where the version has it, and nobody gets the message")
    void publish(int version) {
        try (Peer boss = Peer.online(BROKER.port(), version, "boss-" + version);
                Peer p = Peer.online(BROKER.port(), version, "c1")) {
            boss.subscribe(1, "in/#", "home/#", "other");
            for (byte[] packet : List.of(
                    Bytes.publish(version, "in/x", "no", 2, 1),
                    Bytes.publish(version, "in/x", "no", 1, 1, 1),
                    Bytes.publish(version, "home/c2/x", "no", 1, 1),
                    Bytes.publish(version, "home", "no", 1, 1),
                    Bytes.publish(version, "other", "no", 1, 1))) {
                p.send(packet);
                Frame answer = p.next();
                assertThat(answer.reason()).isEqualTo(version == 5 ? 0x87 : 0);
                String body = new String(answer.body(), StandardCharsets.UTF_8);
                assertThat(body.contains("this client may not publish to this topic"))
                        .isEqualTo(version == 5);
                if (answer.type() == Frame.PUBREC && version == 4) {
                    p.send(Bytes.ack(Frame.PUBREL, 1)).expect(Frame.PUBCOMP, 1);
                }
            }
            p.publish("home/c1/x", "yes").publish("in/x", "yes");
            ack(boss, boss.expectPublish("yes"));
            ack(boss, boss.expectPublish("yes"));
            boss.ping();
        }
    }

    private static void ack(Peer peer, Frame publish) {
        peer.send(Bytes.ack(Frame.PUBACK, publish.packetId()));
    }

    @Test
    @DisplayName("a topic alias stands for its topic: what may not be published by name may not by number")
    void alias() {
        try (Peer p = Peer.online(BROKER.port(), 5, "c1")) {
            byte[] alias = Bytes.block(Bytes.u8(0x23), Bytes.u16(1));
            p.send(Bytes.packet(0x32, Bytes.text("other"), Bytes.u16(1), alias, Bytes.u8('x')));
            assertThat(p.expect(Frame.PUBACK).reason()).isEqualTo(0x87);
            p.send(Bytes.packet(0x32, Bytes.text(""), Bytes.u16(2), alias, Bytes.u8('x')));
            assertThat(p.expect(Frame.PUBACK).reason()).isEqualTo(0x87);
            p.send(Bytes.packet(0x32, Bytes.text("in/x"), Bytes.u16(3), alias, Bytes.u8('x')));
            assertThat(p.expect(Frame.PUBACK).reason()).isLessThan(0x80);
            p.send(Bytes.packet(0x32, Bytes.text(""), Bytes.u16(4), alias, Bytes.u8('x')));
            assertThat(p.expect(Frame.PUBACK).reason()).isLessThan(0x80);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("SUBSCRIBE: a filter must be covered, shared or not; matching is not enough (CVE-2026-49186)")
    void subscribe(int version) {
        try (Peer p = Peer.online(BROKER.port(), version, "c1")) {
            for (String filter : List.of(
                    "#",
                    "+/x",
                    "+",
                    "/#",
                    "+/#",
                    "out",
                    "$share/g/#",
                    "$share/g/+/x",
                    "$SYS/#",
                    "$share/g/$SYS/#",
                    "home/+/x",
                    "home/#",
                    "home/c2/#",
                    "other",
                    "in/x")) {
                boolean isAllowed = filter.equals("out");
                int code = p.subscribe(0, filter).granted(0);
                int expected = isAllowed ? 0 : version == 4 ? 0x80 : 0x87;
                assertThat(code).as(filter).isEqualTo(expected);
            }
            for (String filter : List.of("out/#", "out/+/x", "home/c1/#", "$share/g/out/+")) {
                assertThat(p.subscribe(0, filter).granted(0)).as(filter).isZero();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"+", "#", "c1/x", "../boss", "c1/"})
    @DisplayName("a client id with a meaning fits no place in a rule (CVE-2017-7650, CVE-2026-44838, emqx 2344)")
    void clientIds(String id) {
        try (Peer p = Peer.online(BROKER.port(), 5, id)) {
            for (String filter :
                    List.of("home/#", "home/c1/#", "home/+/x", "home/" + id.replace('#', '+') + "/#", "#")) {
                assertThat(p.subscribe(0, filter).granted(0)).as(filter).isEqualTo(0x87);
            }
            p.send(Bytes.publish(5, "home/c1/x", "x", 1, 1));
            assertThat(p.expect(Frame.PUBACK).reason()).isEqualTo(0x87);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("a Will that may not be published is refused at CONNECT (Moquette 689, mochi 503)")
    void willAtConnect(int version) {
        try (Peer p = Peer.open(BROKER.port()).version(version)) {
            p.send(Connect.of(version, "c1").will(new Will("will/c2", "w")).bytes());
            Frame connack = p.expect(Frame.CONNACK);
            assertThat(connack.reason()).isEqualTo(version == 5 ? 0x87 : 5);
            assertThat(p.expectEnd()).isNull();
        }
    }

    @Test
    @DisplayName("a Will is asked about again when it is due: rights that were taken meanwhile count")
    void willAtPublication() {
        try (Peer watcher = Peer.online(BROKER.port(), 5, "watcher")) {
            watcher.subscribe(0, "will/#");
            Peer kept = Peer.online(BROKER.port(), Connect.of(5, "c1").will(new Will("will/c1", "due")));
            kept.abort();
            watcher.expectPublish("due");
            Peer lost = Peer.online(BROKER.port(), Connect.of(5, "c2").will(new Will("will/c2", "never")));
            Peer boss = Peer.online(BROKER.port(), Connect.of(5, "boss-1").will(new Will("boss", "b")));
            BROKER.test().reload(LESS);
            watcher.subscribe(0, "boss");
            lost.abort();
            boss.abort();
            watcher.expectPublish("b");
            watcher.ping();
            Wait.until(
                    "it is counted", () -> BROKER.broker().metrics().willsDenied.sum() > 0);
        }
    }

    @Test
    @DisplayName("a stored Will keeps over a restart whose it is, and is published by the rights of that client")
    void willAfterRestart() {
        Peer p = Peer.online(
                BROKER.port(), Connect.lasting(5, "boss-will").will(new Will("will/boss", "due", 1, true, 1)));
        p.abort();
        BROKER.restart();
        try (Peer watcher = Peer.online(BROKER.port(), 5, "watcher")) {
            watcher.subscribe(0, "will/#");
            watcher.expectPublish("due"); // retained, when it was due before
        }
        try (Peer boss = Peer.online(BROKER.port(), 5, "boss-5")) {
            boss.retain("will/boss", "");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    @DisplayName("rights that are taken: the subscription ends at once, what waits for the client is not delivered "
            + "(CVE-2021-34434, mosquitto 2.0.12)")
    void revoked(int qos) {
        Connect reader = Connect.lasting(5, "reader-" + qos).cleanStart();
        try (Peer boss = Peer.online(BROKER.port(), 5, "boss-2")) {
            try (Peer p = Peer.online(BROKER.port(), reader)) {
                p.subscribe(qos, "out/secret", "out/open");
            }
            send(boss, "out/secret", "queued", qos);
            send(boss, "out/open", "queued", qos);
            BROKER.test().reload(LESS);
            Connect again = Connect.lasting(5, "reader-" + qos);
            try (Peer p = Peer.open(BROKER.port())) {
                assertThat(p.connect(again).sessionPresent()).isTrue();
                assertThat(p.expectPublish("queued").topic()).isEqualTo("out/open");
                send(boss, "out/secret", "live", qos);
                send(boss, "out/open", "live", qos);
                assertThat(p.expectPublish("live").topic()).isEqualTo("out/open");
                assertThat(p.subscribe(qos, "out/secret").granted(0)).isEqualTo(0x87);
            }
        }
    }

    @Test
    @DisplayName("rights that are taken from a connected client, and given back: by the reload alone")
    void revokedWhileConnected() {
        try (Peer boss = Peer.online(BROKER.port(), 5, "boss-3");
                Peer p = Peer.online(BROKER.port(), 5, "reader-live")) {
            p.subscribe(1, "out/#");
            send(boss, "out/secret", "1", 1);
            ack(p, p.expectPublish("1"));
            BROKER.test().reload(LESS);
            send(boss, "out/secret", "2", 1);
            p.ping();
            assertThat(p.subscribe(1, "out/#").granted(0)).isEqualTo(0x87);
            BROKER.test().reload(RULES);
            assertThat(p.subscribe(1, "out/#").granted(0)).isEqualTo(1);
            send(boss, "out/secret", "3", 1);
            p.expectPublish("3");
        }
    }

    private static void send(Peer boss, String topic, String payload, int qos) {
        boss.send(Bytes.publish(5, topic, payload, qos, 3));
        assertThat(boss.expect(qos == 1 ? Frame.PUBACK : Frame.PUBREC).reason()).isLessThan(0x80);
        if (qos == 2) {
            boss.send(Bytes.ack(Frame.PUBREL, 3)).expect(Frame.PUBCOMP, 3);
        }
    }

    @Test
    @DisplayName("with deny_action disconnect, whoever asks too much is told 0x87 and goes")
    void disconnects() {
        String strict = RULES.replace("\"rules\"", "\"deny_action\": \"disconnect\", \"rules\"");
        BROKER.test().reload(strict);
        LogWatch log = new LogWatch("connections");
        for (int version : new int[] {4, 5}) {
            for (int qos = 0; qos < 3; qos++) {
                try (Peer p = Peer.online(BROKER.port(), version, "c1")) {
                    p.send(Bytes.publish(version, "other", "x", qos, 1));
                    p.expectDisconnect(0x87);
                }
            }
            try (Peer p = Peer.online(BROKER.port(), version, "c1")) {
                p.send(Bytes.subscribe(version, 1, 0, "out/#", "#"));
                p.expectDisconnect(0x87);
            }
        }
        log.close();
        assertThat(log.lines())
                .anyMatch(l -> l.endsWith("disconnected: not allowed to publish to this topic"))
                .anyMatch(l -> l.endsWith("disconnected: not allowed to subscribe to this topic filter"));
    }

    @Test
    @DisplayName(
            "CVE-2018-12546: retained messages and revoked rights: the reader's count at once; the writer's did when"
                    + " it wrote, and keep it from changing or deleting what it left")
    void retainedOfTheRevoked() {
        try (Peer boss = Peer.online(BROKER.port(), 5, "boss-6");
                Peer writer = Peer.online(BROKER.port(), 5, "will-writer");
                Peer reader = Peer.online(BROKER.port(), 5, "reader-retained")) {
            writer.send(Bytes.publish(5, "will/will-writer", "left", 1, 1, 1));
            assertThat(writer.expect(Frame.PUBACK).reason()).isLessThan(0x80);
            boss.retain("out/secret", "kept").retain("out/open", "kept");
            BROKER.test().reload(LESS);
            assertThat(reader.subscribe(0, "out/secret", "out/+").granted(0)).isEqualTo(0x87);
            assertThat(reader.subscribe(0, "out/open").granted(0)).isZero();
            assertThat(reader.expectPublish("kept").topic()).isEqualTo("out/open");
            for (String change : List.of("changed", "")) {
                writer.send(Bytes.publish(5, "will/will-writer", change, 1, 2, 1));
                assertThat(writer.expect(Frame.PUBACK).reason()).isEqualTo(0x87);
            }
            try (Peer other = Peer.online(BROKER.port(), 5, "boss-7")) {
                other.subscribe(0, "will/will-writer");
                other.expectPublish("left");
            }
            BROKER.test().reload(RULES);
            boss.retain("will/will-writer", "").retain("out/secret", "").retain("out/open", "");
        }
    }

    @Test
    @DisplayName("retained messages come by an allowed subscription only")
    void retained() {
        try (Peer boss = Peer.online(BROKER.port(), 5, "boss-4");
                Peer p = Peer.online(BROKER.port(), 5, "c1")) {
            boss.retain("out/kept", "yes").retain("private/kept", "no");
            p.subscribe(0, "#", "private/kept", "+/kept", "out/#");
            p.expectPublish("yes");
            p.ping();
            boss.retain("out/kept", "").retain("private/kept", "");
        }
    }
}
