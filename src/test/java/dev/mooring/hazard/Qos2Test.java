package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazards 1 to 5: repeated, late and wrong packets of the QoS 2 flow, in both directions. */
class Qos2Test {
    @RegisterExtension
    static final Victim BROKER = new Victim("{}");

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("a PUBLISH that is repeated before PUBREC, after it, over two reconnects and a restart arrives once")
    void repeatedPublishArrivesOnce(int version) {
        String topic = "q2/in/" + version;
        Bytes.Connect publisher = Bytes.Connect.lasting(version, "q2-publisher-" + version);
        Bytes.Connect reader = Bytes.Connect.lasting(version, "q2-reader-" + version);
        try (Peer subscriber = Peer.online(BROKER.port(), reader)) {
            subscriber.subscribe(2, topic);
        }
        byte[] first = Bytes.publish(version, topic, "once", 2, 5);
        byte[] again = Bytes.publish(version, topic, "once", 2, 5, 8);
        try (Peer p = Peer.online(BROKER.port(), publisher)) {
            p.send(first, again); // the second comes before PUBREC
            p.expect(Frame.PUBREC, 5);
            p.send(again, Bytes.PINGREQ);
            for (Frame f = p.next(); f.type() != Frame.PINGRESP; f = p.next()) {
                assertThat(f.type()).isEqualTo(Frame.PUBREC);
            }
            p.abort();
        }
        for (int i = 0; i < 2; i++) {
            try (Peer p = Peer.open(BROKER.port())) {
                assertThat(p.connect(publisher).sessionPresent()).isTrue();
                p.send(again);
                p.expect(Frame.PUBREC, 5);
            }
        }
        BROKER.restart();
        try (Peer p = Peer.online(BROKER.port(), publisher)) {
            p.send(again);
            p.expect(Frame.PUBREC, 5);
            p.send(Bytes.ack(Frame.PUBREL, 5));
            p.expect(Frame.PUBCOMP, 5);
            p.send(Bytes.publish(version, topic, "new", 2, 5)); // the id is free again
            p.expect(Frame.PUBREC, 5);
        }
        try (Peer subscriber = Peer.online(BROKER.port(), reader)) {
            assertThat(takeAll(subscriber)).containsExactly("once", "new");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("a packet id that is used again right after PUBCOMP is a new message, two hundred times")
    void packetIdIsReused(int version) {
        String topic = "q2/reuse/" + version;
        try (Peer subscriber = Peer.online(BROKER.port(), version, "q2-reuse-reader-" + version);
                Peer p = Peer.online(
                        BROKER.port(),
                        Bytes.Connect.lasting(version, "q2-reuse-" + version).cleanStart())) {
            subscriber.subscribe(0, topic);
            for (int i = 0; i < 200; i++) {
                p.send(Bytes.publish(version, topic, "n" + i, 2, 1));
                p.expect(Frame.PUBREC, 1);
                p.send(Bytes.ack(Frame.PUBREL, 1));
                p.expect(Frame.PUBCOMP, 1);
            }
            for (int i = 0; i < 200; i++) {
                subscriber.expectPublish("n" + i);
            }
            subscriber.ping();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("PUBREL for an id that was never used: PUBCOMP, 0x92 in version 5, and the connection goes on")
    void pubrelForUnknownId(int version) {
        try (Peer p = Peer.online(BROKER.port(), version, "q2-unknown-" + version)) {
            for (int id : new int[] {1, 77, 0xFFFF}) {
                p.send(Bytes.ack(Frame.PUBREL, id));
                assertThat(p.expect(Frame.PUBCOMP, id).reason()).isEqualTo(version == 5 ? 0x92 : 0);
            }
            p.ping();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("acks under foreign ids change nothing for a QoS 2 delivery; its own flow still ends")
    void foreignAcksForADelivery(int version) {
        String topic = "q2/acks/" + version;
        try (Peer p = Peer.online(BROKER.port(), Bytes.Connect.lasting(version, "q2-acks-" + version))) {
            int id = deliverOne(p, version, topic);
            p.send(Bytes.ack(Frame.PUBACK, id + 1), Bytes.ack(Frame.PUBCOMP, id + 1));
            p.send(Bytes.ack(Frame.PUBREC, id), Bytes.ack(Frame.PUBREC, id));
            int pubrels = 0;
            p.send(Bytes.PINGREQ);
            boolean ponged = false;
            while (pubrels == 0 || !ponged) { // the release is stored first, so it may come behind
                Frame f = p.next();
                assertThat(f.type()).isIn(Frame.PUBREC, Frame.PUBREL, Frame.PINGRESP);
                pubrels += f.type() == Frame.PUBREL && f.packetId() == id ? 1 : 0;
                ponged |= f.type() == Frame.PINGRESP;
            }
            p.send(Bytes.ack(Frame.PUBCOMP, id), Bytes.PINGREQ);
            while (p.next().type() != Frame.PINGRESP) { // a second PUBREL answers the second PUBREC
                pubrels++;
            }
            assertThat(pubrels).isBetween(1, 2);
        }
        try (Peer p = Peer.online(BROKER.port(), Bytes.Connect.lasting(version, "q2-acks-" + version))) {
            p.ping(); // nothing is delivered again
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("PUBACK or an early PUBCOMP for a QoS 2 delivery ends the connection, and the delivery comes again")
    void wrongAcksForADelivery(int version) {
        for (int wrong : new int[] {Frame.PUBACK, Frame.PUBCOMP}) {
            String topic = "q2/wrong/" + version + "/" + wrong;
            Bytes.Connect connect = Bytes.Connect.lasting(version, "q2-wrong-" + version + "-" + wrong);
            try (Peer p = Peer.online(BROKER.port(), connect)) {
                p.send(Bytes.ack(wrong, deliverOne(p, version, topic)));
                p.expectEnd();
            }
            try (Peer p = Peer.online(BROKER.port(), connect)) {
                int id = p.expectPublish("two").packetId();
                p.send(Bytes.ack(Frame.PUBREC, id));
                p.expect(Frame.PUBREL, id);
                p.send(Bytes.ack(Frame.PUBCOMP, id));
                p.ping();
            }
        }
    }

    /** Returns the packet id of a message at QoS 2 that the client is sent. */
    private static int deliverOne(Peer p, int version, String topic) {
        p.subscribe(2, topic);
        p.send(Bytes.publish(version, topic, "one", 0, 0), Bytes.publish(version, topic, "two", 2, 1));
        p.expectPublish("one");
        Frame two = p.next();
        while (two.type() != Frame.PUBLISH) { // PUBREC may come before
            two = p.next();
        }
        return two.packetId();
    }

    @Test
    @DisplayName("after PUBREC a delivery never comes again as PUBLISH: over a reconnect and a restart it is PUBREL")
    void releasedIsNotPublishedAgain() {
        String topic = "q2/released";
        Bytes.Connect connect = Bytes.Connect.lasting(5, "q2-released");
        try (Peer p = Peer.online(BROKER.port(), connect);
                Peer other = Peer.online(BROKER.port(), 5, "q2-released-publisher")) {
            p.subscribe(2, topic);
            other.publish(topic, "qos 1 for company");
            other.send(Bytes.publish(5, topic, "m", 2, 1));
            Frame one = p.expectPublish("qos 1 for company");
            Frame two = p.expectPublish("m");
            p.send(Bytes.ack(Frame.PUBACK, one.packetId()), Bytes.ack(Frame.PUBREC, two.packetId()));
            p.expect(Frame.PUBREL, two.packetId());
            p.abort();
        }
        int id = pubrelOnConnect(connect);
        BROKER.restart();
        assertThat(pubrelOnConnect(connect)).isEqualTo(id);
        try (Peer p = Peer.online(BROKER.port(), connect)) {
            p.expect(Frame.PUBREL, id);
            p.send(Bytes.ack(Frame.PUBCOMP, id));
            p.ping();
        }
        BROKER.restart(); // what was acknowledged is forgotten durably
        try (Peer p = Peer.online(BROKER.port(), connect)) {
            p.ping();
        }
    }

    @Test
    @DisplayName("CVE-2023-28366: 20,000 QoS 2 PUBLISH with one id and no PUBREL are one message, and cost nothing")
    void oneIdManyTimes() {
        try (Peer subscriber = Peer.online(BROKER.port(), 4, "q2-flood-reader");
                Peer p = Peer.online(
                        BROKER.port(), Bytes.Connect.lasting(4, "q2-flood").cleanStart())) {
            subscriber.subscribe(0, "q2/flood");
            Memory memory = new Memory();
            byte[] batch = Bytes.repeat(Bytes.publish(4, "q2/flood", "x".repeat(1000), 2, 9), 100);
            for (int i = 0; i < 200; i++) {
                p.send(batch);
                p.send(Bytes.PINGREQ);
                for (Frame f = p.next(); f.type() != Frame.PINGRESP; f = p.next()) {
                    assertThat(f.type()).isEqualTo(Frame.PUBREC);
                }
            }
            memory.assertGrownByLessThan(20 * Memory.MB);
            subscriber.expect(Frame.PUBLISH);
            subscriber.ping();
        }
    }

    @Test
    @DisplayName("CVE-2023-28366: a subscriber that never answers PUBREC gets no more than the window, and no memory")
    void pubrecNeverComes() {
        try (Peer subscriber = Peer.online(BROKER.port(), 4, "q2-mute");
                Peer p = Peer.online(BROKER.port(), 4, "q2-mute-publisher")) {
            subscriber.subscribe(2, "q2/mute");
            Memory memory = new Memory();
            for (int i = 0; i < 10_000; i++) {
                p.send(Bytes.publish(4, "q2/mute", "x".repeat(1000), 1, 1));
                if (i % 100 == 99) {
                    for (int k = 0; k < 100; k++) {
                        p.expect(Frame.PUBACK, 1);
                    }
                }
            }
            memory.assertGrownByLessThan(30 * Memory.MB);
            int received = 0;
            subscriber.send(Bytes.PINGREQ);
            for (Frame f = subscriber.next(); f.type() != Frame.PINGRESP; f = subscriber.next()) {
                received++;
            }
            assertThat(received).isBetween(1, 1024);
        }
    }

    private int pubrelOnConnect(Bytes.Connect connect) {
        try (Peer p = Peer.open(BROKER.port())) {
            assertThat(p.connect(connect).sessionPresent()).isTrue();
            int id = p.expect(Frame.PUBREL).packetId();
            p.ping();
            return id;
        }
    }

    /** Completes every delivery; the payloads in order. */
    private static List<String> takeAll(Peer peer) {
        List<String> all = new ArrayList<>();
        peer.send(Bytes.PINGREQ);
        int open = 0;
        boolean ponged = false;
        while (!ponged || open > 0 || all.size() < 2) {
            Frame f = peer.next();
            if (f.type() == Frame.PUBLISH) {
                all.add(f.payload());
                open++;
                peer.send(Bytes.ack(Frame.PUBREC, f.packetId()));
            } else if (f.type() == Frame.PUBREL) {
                peer.send(Bytes.ack(Frame.PUBCOMP, f.packetId()));
                open--;
            } else {
                assertThat(f.type()).isEqualTo(Frame.PINGRESP);
                ponged = true;
            }
        }
        peer.ping();
        return all;
    }
}
