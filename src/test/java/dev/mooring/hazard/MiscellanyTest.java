package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Small inputs that ended whole brokers. */
class MiscellanyTest {
    @RegisterExtension
    static final Victim BROKER = new Victim("{" + TestBroker.SYS_FOR_ALL + "}");

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "CVE-2021-28166: CONNACK, SUBACK, UNSUBACK and PINGRESP sent by a client: 0x82, before and after CONNECT")
    void packetsOfServers(int version) {
        for (byte[] packet : List.of(
                Bytes.u8(0x20, 2, 0, 0), Bytes.u8(0x90, 3, 0, 1, 0), Bytes.u8(0xB0, 2, 0, 1), Bytes.u8(0xD0, 0))) {
            try (Peer p = Peer.online(BROKER.port(), version, "server-" + version)) {
                p.send(packet);
                p.expectDisconnect(0x82);
            }
            try (Peer p = Peer.open(BROKER.port())) {
                p.send(packet, Bytes.Connect.of(version, "server-" + version).bytes());
                assertThat(p.readToEnd()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("CVE-2021-34432: a PUBLISH with a topic of length 0 ends its connection, in version 5 with 0x82")
    void emptyTopic(int version) {
        for (int qos = 0; qos < 3; qos++) {
            try (Peer p = Peer.online(BROKER.port(), version, "empty-" + version)) {
                p.send(Bytes.publish(version, "", "x", qos, 1));
                p.expectDisconnect(0x82);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "CVE-2018-12543: $ topics that are not $SYS are delivered; # and + do not match them; $SYS is not written")
    void dollarTopics(int version) {
        try (Peer p = Peer.online(BROKER.port(), version, "dollar-" + version);
                Peer all = Peer.online(BROKER.port(), version, "dollar-all-" + version)) {
            all.subscribe(0, "#", "+", "+/#", "/#");
            for (String topic : List.of("$", "$a", "$SYSTEM", "$share", "$/", "$a/b", "$$SYS/a", "$sys/a")) {
                String filter = topic.equals("$share") ? "$share/g/$share" : topic;
                assertThat(p.subscribe(0, filter).granted(0)).as(filter).isZero();
                p.send(Bytes.publish(version, topic, "d", 0, 0));
                assertThat(p.expectPublish("d").topic()).isEqualTo(topic);
                p.send(Bytes.unsubscribe(version, 4, filter)).expect(Frame.UNSUBACK, 4);
            }
            for (String topic : List.of("$SYS", "$SYS/broker/version", "$SYS/x")) {
                p.send(Bytes.publish(version, topic, "forged", 1, 2, 1));
                assertThat(p.expect(Frame.PUBACK, 2).reason()).isEqualTo(version == 5 ? 0x87 : 0);
            }
            p.subscribe(0, "$SYS/broker/version", "$SYS/x");
            assertThat(p.expect(Frame.PUBLISH).payload()).contains("Mooring");
            p.ping();
            all.send(Bytes.PINGREQ);
            for (Frame f = all.next(); f.type() != Frame.PINGRESP; f = all.next()) {
                assertThat(f.topic()).doesNotStartWith("$");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "CVE-2024-8376, CVE-2025-59946: packets of all kinds behind each other and behind DISCONNECT, in one write")
    void sequences(int version) {
        Memory memory = new Memory();
        byte[] connect = Bytes.Connect.lasting(version, "sequence-" + version).bytes();
        for (int i = 0; i < 200; i++) {
            try (Peer p = Peer.open(BROKER.port()).version(version)) {
                p.send(
                        connect,
                        Bytes.subscribe(version, 1, 2, "seq/#"),
                        Bytes.publish(version, "seq/a", "x".repeat(1_000), i % 3, 1),
                        Bytes.unsubscribe(version, 2, "seq/#", "seq/#"),
                        i % 2 == 0 ? connect : Bytes.DISCONNECT,
                        Bytes.subscribe(version, 3, 1, "seq/+"),
                        Bytes.publish(version, "seq/b", "x", 1, 2));
                p.expectEnd();
            }
        }
        try (Peer p = Peer.online(BROKER.port(), Bytes.Connect.of(version, "sequence-" + version))) {
            p.send(Bytes.publish(version, "seq/a", "", 1, 1));
            assertThat(p.expect(Frame.PUBACK).reason()).isEqualTo(version == 5 ? 0x10 : 0); // no subscription is left
        }
        memory.assertGrownByLessThan(10 * Memory.MB);
    }

    @Test
    @DisplayName(
            "a table of topic aliases is full at 131,072 bytes of topics: 0x97; replacing one costs what it is longer")
    void aliasTable() {
        Memory memory = new Memory();
        for (int client = 0; client < 20; client++) {
            try (Peer p = Peer.online(BROKER.port(), 5, "aliases")) {
                for (int round = 0; round < 5; round++) {
                    p.send(alias(1, "a".repeat(65_535)), alias(2, "b".repeat(65_535)));
                }
                p.send(alias(2, "short"), alias(3, "c".repeat(60_000)));
                p.ping();
                p.send(alias(4, "d".repeat(6_000)));
                p.expectDisconnect(0x97);
            }
        }
        memory.assertGrownByLessThan(20 * Memory.MB);
    }

    private static byte[] alias(int alias, String topic) {
        return Bytes.packet(0x30, Bytes.text(topic), Bytes.block(Bytes.u8(0x23), Bytes.u16(alias)));
    }

    @Test
    @DisplayName("topic aliases 0, 33 and 65,535: 0x94; one that was never set: 0x82")
    void aliasesOutOfRange() {
        byte[] topic = Bytes.text("alias");
        for (int alias : new int[] {0, 33, 0xFFFF}) {
            try (Peer p = Peer.online(BROKER.port(), 5, "alias")) {
                p.send(Bytes.packet(0x30, topic, Bytes.block(Bytes.u8(0x23), Bytes.u16(alias))));
                p.expectDisconnect(0x94);
            }
        }
        try (Peer p = Peer.online(BROKER.port(), 5, "alias")) {
            p.send(Bytes.packet(0x30, Bytes.text(""), Bytes.block(Bytes.u8(0x23), Bytes.u16(7))));
            p.expectDisconnect(0x82);
        }
    }
}
