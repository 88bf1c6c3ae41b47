package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import dev.mooring.auth.PasswordHash;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazards 16, 17 and 19: many who come at once, who may not come in, or who speak another language. */
class ConnectStormTest {
    @RegisterExtension
    static final Victim BROKER = new Victim("{}");

    private static final int CLIENTS = 400;

    @Test
    @DisplayName("400 clients connect at once, subscribe and are lost at once: all are served, nothing stays")
    void storm() throws Exception {
        int witnesses = 2;
        Wait.until(
                "those of other tests have gone",
                () -> BROKER.broker().metrics().connections.get() == witnesses);
        long subscriptions = BROKER.broker().index().subscriptions();
        long descriptors = Memory.descriptors();
        ConcurrentLinkedQueue<Peer> all = new ConcurrentLinkedQueue<>();
        ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 8; t++) {
            int number = t;
            Thread thread = new Thread(() -> {
                List<Peer> own = new ArrayList<>();
                for (int i = 0; i < CLIENTS / 8; i++) { // nobody waits for an answer
                    Peer p = Peer.open(BROKER.port());
                    own.add(p.send(
                            Bytes.Connect.of(4, "storm-" + number + "-" + i).bytes(),
                            Bytes.subscribe(4, 9, 0, "storm")));
                }
                for (Peer p : own) {
                    p.expect(Frame.CONNACK);
                    p.expect(Frame.SUBACK);
                }
                all.addAll(own);
            });
            thread.setUncaughtExceptionHandler((x, e) -> failures.add(e));
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(BROKER.broker().metrics().connections.get()).isEqualTo(witnesses + CLIENTS);
        all.forEach(Peer::abort);
        Wait.until(
                "all connections are gone",
                () -> BROKER.broker().metrics().connections.get() == witnesses);
        Wait.until("all subscriptions are gone", () -> BROKER.broker().index().subscriptions() == subscriptions);
        Wait.until("all sockets are closed", () -> Memory.descriptors() <= descriptors + 5);
    }

    @Test
    @DisplayName("CVE-2017-7654, CVE-2025-56352: hundreds of failed CONNECTs are all closed, and leave no memory")
    void failedConnects() {
        byte[] v4 = Bytes.join(Bytes.text("MQTT"), Bytes.u8(4));
        List<byte[]> failing = List.of(
                Bytes.packet(0x10, v4, Bytes.u8(0, 0, 0), Bytes.text("")), // empty id without clean session
                Bytes.packet(0x10, Bytes.text("MQTT"), Bytes.u8(9, 2, 0, 0), Bytes.text("a")),
                Bytes.packet(0x10, Bytes.text("HTTP"), Bytes.u8(4, 2, 0, 0), Bytes.text("a")),
                Bytes.packet(0x10, v4, Bytes.u8(3, 0, 0), Bytes.text("a")),
                Bytes.packet(0x10, v4, Bytes.u8(2, 0, 0), Bytes.text("x".repeat(60_000))),
                Bytes.packet(0x11, v4, Bytes.u8(2, 0, 0), Bytes.text("a")),
                Bytes.PINGREQ,
                "GET / HTTP/1.1\r\n\r\n".getBytes(),
                Bytes.u8(0x16, 3, 1, 2, 0, 1)); // TLS
        failing.forEach(this::refused);
        long descriptors = Memory.descriptors();
        Memory memory = new Memory();
        for (int i = 0; i < 50; i++) {
            failing.forEach(this::refused);
        }
        Wait.until("all sockets are closed", () -> Memory.descriptors() <= descriptors + 5);
        memory.assertGrownByLessThan(15 * Memory.MB);
    }

    private void refused(byte[] first) {
        try (Peer p = Peer.open(BROKER.port()).send(first)) {
            assertThat(p.readToEnd().length).isIn(0, 4, 5); // nothing or a CONNACK, and the end
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("CVE-2016-9877 and hazard 19: no password, wrong ones, unknown users: one answer; no state, no Will")
    void loginFlood(int version) {
        String users =
                "{\"auth\": {\"allow_anonymous\": true, \"users\": [{\"username\": \"ann\", \"password_hash\": \""
                        + PasswordHash.make("secret".getBytes()) + "\"}]}}";
        try (TestBroker guarded = TestBroker.start(users)) {
            try (Witness witness = new Witness(guarded).watch()) {
                long before = guarded.broker().index().subscriptions();
                List<Peer> all = new ArrayList<>();
                for (int i = 0; i < 60; i++) {
                    String user = i % 2 == 0 ? "ann" : "nobody";
                    all.add(Peer.open(guarded.port())
                            .version(version)
                            .send(
                                    login(version, user, i % 3 == 0 ? null : "wrong"),
                                    Bytes.subscribe(version, 1, 0, "#")));
                }
                for (Peer p : all) {
                    Frame connack = p.next();
                    assertThat(connack.type()).isEqualTo(Frame.CONNACK);
                    assertThat(connack.reason()).isEqualTo(version == 5 ? 0x86 : 4);
                    assertThat(p.next()).isNull();
                    p.close();
                }
                assertThat(guarded.broker().index().subscriptions()).isEqualTo(before);
                try (Peer p = Peer.open(guarded.port()).version(version).send(login(version, "ann", "secret"))) {
                    assertThat(p.expect(Frame.CONNACK).reason()).isZero();
                }
            }
        }
    }

    private static byte[] login(int version, String user, String password) {
        byte[] none = {};
        return Bytes.packet(
                0x10,
                Bytes.text("MQTT"),
                Bytes.u8(version, 0x82 | (password == null ? 0 : 0x40), 0, 0),
                version == 5 ? Bytes.u8(0) : none,
                Bytes.text("guest"),
                Bytes.text(user),
                password == null ? none : Bytes.text(password));
    }

    @Test
    @DisplayName("CVE-2024-50948 and fuzz: garbage and mutated packets; no connection, subscription or socket is left")
    void garbage() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        try (TestBroker own = TestBroker.start("{\"pools\": {\"local\": {\"sync\": \"never\"}}}")) {
            Witness witness = new Witness(own);
            int connections = own.broker().metrics().connections.get();
            long descriptors = Memory.descriptors();
            for (int i = 0; i < 600; i++) {
                int port = i % 5 == 0 ? own.webSocketPort() : own.port();
                try (Peer p = Peer.open(port)) {
                    p.trySend(i % 3 == 0 ? noise(random) : mutated(random));
                    if (random.nextBoolean()) {
                        p.abort();
                    } else {
                        p.halfClose();
                        p.readToEnd();
                    }
                }
                if (i % 20 == 0) {
                    witness.check();
                }
            }
            Wait.until(
                    "connections are gone",
                    () -> own.broker().metrics().connections.get() == connections);
            Wait.until("sockets are closed", () -> Memory.descriptors() <= descriptors + 5);
            witness.close();
        } catch (AssertionError e) {
            throw new AssertionError("seed " + seed, e);
        }
    }

    private static byte[] noise(Random random) {
        byte[] noise = new byte[random.nextInt(2_000)];
        random.nextBytes(noise);
        return random.nextBoolean()
                ? noise
                : Bytes.join(Bytes.Connect.of(4, "noise").bytes(), noise);
    }

    /** A sound conversation in which some bytes are changed, left out or doubled. */
    private static byte[] mutated(Random random) {
        int version = 4 + random.nextInt(2);
        byte[] all = Bytes.join(
                Bytes.Connect.of(version, "mutant-" + random.nextInt(5))
                        .will(new Bytes.Will("mutant/will", "w", random.nextInt(3), false, 0))
                        .bytes(),
                Bytes.subscribe(version, 1, random.nextInt(3), "mutant/#", "+/x", "$share/g/mutant/a"),
                Bytes.publish(version, "mutant/a", "x".repeat(random.nextInt(300)), random.nextInt(3), 2),
                Bytes.ack(Frame.PUBREL, 2),
                Bytes.ack(Frame.PUBACK, 1),
                Bytes.PINGREQ,
                Bytes.unsubscribe(version, 3, "mutant/#"),
                Bytes.DISCONNECT);
        int from = random.nextInt(4) == 0 ? 0 : 14; // mostly let it come in first
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = from + random.nextInt(all.length - from);
            switch (random.nextInt(3)) {
                case 0 -> all[at] = (byte) random.nextInt(256);
                case 1 -> all = Bytes.join(Arrays.copyOf(all, at), Arrays.copyOfRange(all, at + 1, all.length));
                default -> all = Bytes.join(Arrays.copyOf(all, at), Arrays.copyOfRange(all, at / 2, all.length));
            }
        }
        return all;
    }
}
