package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.hazard.Bytes.Connect;
import dev.mooring.hazard.Bytes.Will;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard 7: the Will, exactly once when the client is lost, and never when it says good-bye. */
class WillTest {
    @RegisterExtension
    static final Victim BROKER = new Victim("{}");

    private static final int FOR_EVER_S = 3600;

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("RST, FIN, FIN of one direction, protocol errors and oversize: the Will comes, once")
    void lostClients(int version) {
        List<Consumer<Peer>> ends = List.of(
                Peer::abort,
                Peer::close,
                Peer::halfClose,
                p -> p.send(Bytes.u8(0x00, 0x00)),
                p -> p.send(Bytes.u8(0xD0, 0x00)),
                p -> p.send(Bytes.u8(0x30, 0xFF, 0xFF, 0xFF, 0x7F)),
                p -> p.send(Bytes.packet(0x10, Bytes.text("MQTT"))));
        String topic = "will/lost/" + version;
        try (Peer subscriber = Peer.online(BROKER.port(), version, "will-lost-reader-" + version)) {
            subscriber.subscribe(0, topic);
            for (int i = 0; i < ends.size(); i++) {
                Connect connect =
                        Connect.of(version, "will-lost-" + version + i).will(new Will(topic, "lost " + i));
                Peer p = Peer.online(BROKER.port(), connect);
                ends.get(i).accept(p);
                subscriber.expectPublish("lost " + i);
                p.close();
            }
            subscriber.ping();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("keep alive: a silent client is lost after one and a half times, and its Will comes")
    void silentClient(int version) {
        try (Peer subscriber = Peer.online(BROKER.port(), version, "will-silent-reader-" + version)) {
            subscriber.subscribe(0, "will/silent/" + version);
            Will will = new Will("will/silent/" + version, "silent");
            try (Peer p = Peer.online(
                    BROKER.port(),
                    Connect.of(version, "will-silent-" + version).keepAlive(1).will(will))) {
                subscriber.expectPublish("silent");
                p.expectDisconnect(0x8D);
            }
            subscriber.ping();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("DISCONNECT 0 discards the Will, whatever comes behind it; DISCONNECT 4 of version 5 keeps it")
    void disconnect(int version) {
        String topic = "will/bye/" + version;
        try (Peer subscriber = Peer.online(BROKER.port(), version, "will-bye-reader-" + version)) {
            subscriber.subscribe(1, topic);
            Connect connect = Connect.of(version, "will-bye-" + version).will(new Will(topic, "never"));
            Peer.online(BROKER.port(), connect).disconnect();
            try (Peer p = Peer.online(BROKER.port(), connect)) {
                p.send(Bytes.DISCONNECT, Bytes.u8(0x00, 0x00), Bytes.publish(version, topic, "smuggled", 0, 0));
                assertThat(p.expectEnd()).isNull();
            }
            if (version == 5) {
                try (Peer p = Peer.online(BROKER.port(), connect.will(new Will(topic, "asked for")))) {
                    p.send(Bytes.u8(0xE0, 1, 4));
                    subscriber.expectPublish("asked for");
                }
            }
            subscriber.ping();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("take-over publishes a Will without delay; a delay that the new connection ends publishes nothing")
    void takeOver(int version) {
        String topic = "will/taken/" + version;
        try (Peer subscriber = Peer.online(BROKER.port(), version, "will-taken-reader-" + version)) {
            subscriber.subscribe(0, topic);
            Connect lasting = Connect.lasting(version, "will-taken-" + version);
            Peer a = Peer.online(BROKER.port(), lasting.will(new Will(topic, "taken")));
            Peer b = Peer.online(BROKER.port(), lasting.will(new Will(topic, "delayed", 1, false, FOR_EVER_S)));
            subscriber.expectPublish("taken");
            Peer c = Peer.online(BROKER.port(), lasting);
            if (version == 4) { // knows no delay
                subscriber.expectPublish("delayed");
            }
            c.ping();
            c.disconnect();
            subscriber.ping();
            List.of(a, b).forEach(Peer::close);
        }
    }

    @Test
    @DisplayName("a delay ends with the session: at once with expiry 0, after 1 s with expiry 1, by a clean start")
    void delayEndsWithTheSession() {
        try (Peer subscriber = Peer.online(BROKER.port(), 5, "will-delay-reader")) {
            subscriber.subscribe(0, "will/delay");
            Connect c = Connect.of(5, "will-delay");
            Peer.online(BROKER.port(), c.will(new Will("will/delay", "expiry 0", 0, false, FOR_EVER_S)))
                    .abort();
            subscriber.expectPublish("expiry 0");
            Will second = new Will("will/delay", "expiry 1", 1, false, FOR_EVER_S);
            Peer.online(BROKER.port(), c.expiry(1).will(second)).abort();
            subscriber.expectPublish("expiry 1");
            Will third = new Will("will/delay", "clean start", 2, false, FOR_EVER_S);
            Peer.online(BROKER.port(), c.expiry(FOR_EVER_S).will(third)).abort();
            subscriber.ping();
            Peer.online(BROKER.port(), c).disconnect();
            subscriber.expectPublish("clean start");
            subscriber.ping();
        }
    }

    @Test
    @DisplayName("a delayed Will survives a restart and comes once; one that was published does not come again")
    void restartBetweenLossAndWill() {
        Connect reader = Connect.lasting(5, "will-restart-reader");
        try (Peer subscriber = Peer.online(BROKER.port(), reader)) {
            subscriber.subscribe(1, "will/restart");
        }
        Connect c = Connect.lasting(5, "will-restart");
        Peer.online(BROKER.port(), c.will(new Will("will/restart", "at once"))).abort();
        try (Peer subscriber = Peer.online(BROKER.port(), reader)) {
            Frame f = subscriber.expectPublish("at once");
            subscriber.send(Bytes.ack(Frame.PUBACK, f.packetId())).ping();
        }
        Connect other = Connect.lasting(5, "will-restart-2");
        Peer.online(BROKER.port(), other.will(new Will("will/restart", "delayed", 1, false, 1)))
                .abort();
        BROKER.restart();
        try (Peer subscriber = Peer.online(BROKER.port(), reader)) {
            Frame f = subscriber.expectPublish("delayed");
            subscriber.send(Bytes.ack(Frame.PUBACK, f.packetId())).ping();
        }
        BROKER.restart();
        try (Peer subscriber = Peer.online(BROKER.port(), reader)) {
            subscriber.ping();
        }
    }

    @Test
    @DisplayName("a retained Will is retained, is queued for who is off line, and an empty one deletes")
    void retainedWill() {
        Connect reader = Connect.lasting(4, "will-retained-reader");
        try (Peer subscriber = Peer.online(BROKER.port(), reader)) {
            subscriber.subscribe(1, "will/retained");
        }
        Connect c = Connect.of(4, "will-retained");
        Peer.online(BROKER.port(), c.will(new Will("will/retained", "gone", 1, true, 0)))
                .abort();
        try (Peer subscriber = Peer.online(BROKER.port(), reader)) {
            Frame f = subscriber.expectPublish("gone");
            subscriber.send(Bytes.ack(Frame.PUBACK, f.packetId())).ping();
            Peer.online(BROKER.port(), c.will(new Will("will/retained", "", 0, true, 0)))
                    .abort();
            subscriber.expectPublish("");
        }
        try (Peer p = Peer.online(BROKER.port(), 4, "will-retained-late")) {
            p.subscribe(1, "will/retained");
            p.ping();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("a Will to $SYS is refused at CONNECT; one to another $ topic is published")
    void reservedTopics(int version) {
        for (String topic : List.of("$SYS", "$SYS/broker/version")) {
            try (Peer p = Peer.open(BROKER.port()).version(version)) {
                p.send(Connect.of(version, "will-sys")
                        .will(new Will(topic, "forged"))
                        .bytes());
                assertThat(p.expect(Frame.CONNACK).reason()).isEqualTo(version == 5 ? 0x87 : 5);
                assertThat(p.next()).isNull();
            }
        }
        try (Peer subscriber = Peer.online(BROKER.port(), version, "will-sys-reader")) {
            subscriber.subscribe(0, "$other/#");
            Connect c = Connect.of(version, "will-other").will(new Will("$other/topic", "allowed"));
            Peer.online(BROKER.port(), c).abort();
            subscriber.expectPublish("allowed");
        }
    }

    @Test
    @DisplayName("hundred and fifty clients are lost at once: each Will comes, once")
    void allAtOnce() {
        List<Peer> all = new ArrayList<>();
        try (Peer subscriber = Peer.online(BROKER.port(), 4, "will-many-reader")) {
            subscriber.subscribe(0, "will/many/+");
            for (int i = 0; i < 150; i++) {
                Connect c = Connect.of(4 + i % 2, "will-many-" + i);
                all.add(Peer.online(BROKER.port(), c.will(new Will("will/many/" + i, "w" + i))));
            }
            all.forEach(Peer::abort);
            Set<String> seen = new HashSet<>();
            for (int i = 0; i < 150; i++) {
                assertThat(seen.add(subscriber.expect(Frame.PUBLISH).payload())).isTrue();
            }
            subscriber.ping();
        }
    }
}
