package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard 6: one session, many connections that want it. */
class TakeOverTest {
    @RegisterExtension
    static final Victim BROKER = new Victim("{}");

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("a hundred connections in a row, each without waiting: each loser is told, the last one owns it all")
    void oneAfterTheOther(int version) {
        Bytes.Connect connect = Bytes.Connect.lasting(version, "row-" + version);
        List<Peer> all = new ArrayList<>();
        try (Peer publisher = Peer.online(BROKER.port(), 4, "row-publisher-" + version)) {
            Peer first = Peer.online(BROKER.port(), connect);
            first.subscribe(1, "row/" + version);
            all.add(first);
            for (int i = 0; i < 100; i++) {
                publisher.publish("row/" + version, "m" + i);
                if (i == 99) { // several loops read; so wait until all were heard, to be sure which one is the last
                    all.subList(1, all.size()).forEach(Peer::next);
                }
                all.add(Peer.open(BROKER.port()).version(version).send(connect.bytes()));
            }
            Peer last = all.get(100);
            assertThat(last.expect(Frame.CONNACK).sessionPresent()).isTrue();
            assertThat(takeUpTo(last, 100)).hasSize(100);
            for (Peer loser : all.subList(0, 100)) {
                assertThat(endsBecause(loser, version)).isIn(0x8E, 0x89, -1);
            }
            last.ping();
        } finally {
            all.forEach(Peer::close);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("a hundred connections at once, from ten threads, ten times: one owner in the end, no message lost")
    void allAtOnce(int version) throws Exception {
        Bytes.Connect connect = Bytes.Connect.lasting(version, "storm-" + version);
        Set<String> got = ConcurrentHashMap.newKeySet();
        try (Peer first = Peer.online(BROKER.port(), connect)) {
            first.subscribe(1, "storm/" + version);
        }
        AtomicBoolean publishing = new AtomicBoolean(true);
        AtomicInteger published = new AtomicInteger();
        Thread publisher = new Thread(() -> {
            try (Peer p = Peer.online(BROKER.port(), 4, "storm-publisher-" + version)) {
                while (publishing.get()) {
                    p.publish("storm/" + version, "m" + published.getAndIncrement());
                }
            }
        });
        publisher.start();
        for (int round = 0; round < 10; round++) {
            ConcurrentLinkedQueue<Peer> all = new ConcurrentLinkedQueue<>();
            CyclicBarrier together = new CyclicBarrier(10);
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 10; t++) {
                Thread thread = new Thread(() -> {
                    try {
                        together.await();
                        for (int i = 0; i < 10; i++) {
                            all.add(Peer.open(BROKER.port()).version(version).send(connect.bytes()));
                        }
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                });
                threads.add(thread);
                thread.start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(owners(all, got)).as("owners in round " + round).hasSize(1);
            all.forEach(Peer::close);
        }
        publishing.set(false);
        publisher.join();
        try (Peer last = Peer.online(BROKER.port(), connect)) {
            for (Frame f = readUntilPong(last, got); f != null; f = readUntilPong(last, got)) {}
            Wait.until(
                    () -> "all of " + published.get() + " messages, but " + got.size(),
                    () -> readUntilPong(last, got) == null && got.size() == published.get());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("clean starts among the connections end the session, and nothing of it comes back")
    void cleanStartInBetween(int version) {
        Bytes.Connect connect = Bytes.Connect.lasting(version, "clean-" + version);
        for (int i = 0; i < 20; i++) {
            Peer a = Peer.online(BROKER.port(), connect);
            a.subscribe(1, "clean/" + version);
            Peer b = Peer.open(BROKER.port());
            assertThat(b.connect(connect).sessionPresent()).isTrue();
            Peer c = Peer.open(BROKER.port());
            assertThat(c.connect(connect.cleanStart().expiry(0)).sessionPresent())
                    .isFalse();
            c.send(Bytes.publish(version, "clean/" + version, "nobody", 1, 1));
            Frame puback = c.expect(Frame.PUBACK, 1);
            assertThat(puback.reason()).isEqualTo(version == 5 ? 0x10 : 0);
            c.ping();
            Peer d = Peer.open(BROKER.port());
            assertThat(d.connect(connect).sessionPresent()).isFalse();
            d.ping();
            List.of(a, b, c)
                    .forEach(loser -> assertThat(endsBecause(loser, version)).isIn(0x8E, -1));
            List.of(a, b, c, d).forEach(Peer::close);
            try (Peer end = Peer.online(BROKER.port(), connect.cleanStart().expiry(0))) {
                end.ping();
            }
        }
    }

    @Test
    @DisplayName("a late PUBLISH, PUBACK and DISCONNECT of the loser do not touch the winner's session")
    void loserIsFenced() {
        Bytes.Connect connect = Bytes.Connect.lasting(5, "fenced");
        try (Peer loser = Peer.online(BROKER.port(), connect);
                Peer publisher = Peer.online(BROKER.port(), 5, "fenced-publisher")) {
            loser.subscribe(1, "fenced/#");
            publisher.publish("fenced/a", "kept");
            int id = loser.expectPublish("kept").packetId();
            try (Peer winner = Peer.open(BROKER.port())) {
                assertThat(winner.connect(connect).sessionPresent()).isTrue();
                loser.send(Bytes.ack(Frame.PUBACK, id), Bytes.publish(5, "fenced/late", "late", 1, 3));
                loser.send(Bytes.packet(0xE0, Bytes.u8(0), Bytes.block(Bytes.u8(0x11), Bytes.u32(0))));
                loser.expectDisconnect(0x8E);
                Frame again = winner.expectPublish("kept");
                assertThat(again.dup()).isTrue();
                assertThat(again.packetId()).isEqualTo(id);
                winner.ping();
                publisher.publish("fenced/a", "next");
                winner.expectPublish("next");
            }
        }
    }

    @Test
    @DisplayName("reconnects of a lasting session leave nothing behind in memory, however long it would last")
    void reconnectsLeaveNothing() {
        String[] filters = new String[100];
        for (int i = 0; i < filters.length; i++) {
            filters[i] = "left/behind/" + i + "/" + "x".repeat(500);
        }
        try (TestBroker unsynced = TestBroker.start("{\"pools\": {\"local\": {\"sync\": \"never\"}}}")) {
            for (int i = 0; i < 100; i++) {
                reconnect(unsynced, filters);
            }
            Memory memory = new Memory();
            for (int i = 0; i < 200; i++) {
                reconnect(unsynced, filters);
            }
            memory.assertGrownByLessThan(10 * Memory.MB); // 200 * 100 filters are 20 MB
            assertThat(unsynced.broker().index().subscriptions()).isZero();
        }
    }

    /** A lasting session with subscriptions, taken up again, then ended by a clean start. */
    private static void reconnect(TestBroker at, String... filters) {
        Bytes.Connect connect = Bytes.Connect.lasting(5, "again-and-again");
        try (Peer p = Peer.online(at.port(), connect)) {
            p.subscribe(1, filters);
            p.disconnect();
        }
        try (Peer p = Peer.online(at.port(), connect)) {
            p.disconnect();
        }
        try (Peer p = Peer.online(at.port(), connect.cleanStart())) {
            p.disconnect();
        }
    }

    /** Those that still answer a PINGREQ; what they got on the way is noted and acknowledged. */
    private static List<Peer> owners(Iterable<Peer> all, Set<String> got) {
        List<Peer> owners = new ArrayList<>();
        for (Peer peer : all) {
            peer.send(Bytes.PINGREQ);
        }
        for (Peer peer : all) {
            for (Frame f = peer.next(); f != null; f = peer.next()) {
                if (f.type() == Frame.PUBLISH) {
                    got.add(f.payload());
                    peer.send(Bytes.ack(Frame.PUBACK, f.packetId()));
                } else if (f.type() == Frame.PINGRESP) {
                    owners.add(peer);
                    break;
                }
            }
        }
        // Whoever answered before it was taken over has been closed by now.
        owners.removeIf(peer -> {
            peer.send(Bytes.PINGREQ);
            Frame f = peer.next();
            while (f != null && f.type() != Frame.PINGRESP) {
                if (f.type() == Frame.PUBLISH) {
                    got.add(f.payload());
                    peer.send(Bytes.ack(Frame.PUBACK, f.packetId()));
                }
                f = peer.next();
            }
            return f == null;
        });
        return owners;
    }

    /** Null when PINGRESP came with nothing before it. */
    private static Frame readUntilPong(Peer peer, Set<String> got) {
        peer.send(Bytes.PINGREQ);
        Frame last = null;
        for (Frame f = peer.next(); f != null && f.type() != Frame.PINGRESP; f = peer.next()) {
            got.add(f.payload());
            peer.send(Bytes.ack(Frame.PUBACK, f.packetId()));
            last = f;
        }
        return last;
    }

    private static Set<String> takeUpTo(Peer peer, int count) {
        Set<String> got = new HashSet<>();
        while (got.size() < count) {
            Frame f = peer.expect(Frame.PUBLISH);
            got.add(f.payload());
            peer.send(Bytes.ack(Frame.PUBACK, f.packetId()));
        }
        return got;
    }

    /** Reason of the last DISCONNECT or CONNACK; -1 when there was none. */
    private static int endsBecause(Peer peer, int version) {
        Frame last = peer.expectEnd();
        boolean told = last != null && (last.type() == Frame.DISCONNECT || last.type() == Frame.CONNACK);
        return told && version == 5 && last.reason() >= 0x80 ? last.reason() : -1;
    }
}
