package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazards 13 and 17: lengths that lie, properties in masses, bytes that come one by one or not at all. */
class LengthTest {
    @RegisterExtension
    static final Victim BROKER = new Victim("{}");

    private static final byte[] HUGE = Bytes.u8(0xFF, 0xFF, 0xFF, 0x7F);
    private static final int MALFORMED = 0x81;

    @ParameterizedTest
    @ValueSource(ints = {0x10, 0x30, 0x82, 0xC0, 0xF0, 0x00})
    @DisplayName("CVE-2017-7651, CVE-2023-0809: a first packet that promises 256 MB ends at its fixed header")
    void hugeFirstPacket(int first) {
        Memory memory = new Memory();
        for (int i = 0; i < 50; i++) {
            try (Peer p = Peer.open(BROKER.port())) {
                p.send(Bytes.u8(first), HUGE, new byte[1000]);
                assertThat(p.readToEnd()).isEmpty();
            }
        }
        memory.assertGrownByLessThan(10 * Memory.MB);
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("CVE-2019-0222: 256 MB promised by a client that is on line: 0x95 at once, nothing is buffered")
    void hugePacket(int version) {
        for (int first : new int[] {0x30, 0x32, 0x82, 0xA2}) {
            try (Peer p = Peer.online(BROKER.port(), version, "huge-" + version)) {
                p.send(Bytes.u8(first), HUGE);
                p.expectDisconnect(0x95);
            }
        }
    }

    @Test
    @DisplayName("CVE-2021-33175: 300 clients that promise 1 MB and send little: only what came is kept")
    void promisedAndDribbled() {
        Memory memory = new Memory();
        List<Peer> all = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            Peer p = i % 2 == 0 ? Peer.online(BROKER.port(), 5, "dribble-" + i) : Peer.open(BROKER.port());
            byte[] start = i % 2 == 0 ? Bytes.u8(0x30, 0xF0, 0xFF, 0x3F, 0, 1, 'a') : Bytes.u8(0x10, 0xF0, 0xFF, 0x3F);
            all.add(p.send(start));
        }
        for (int round = 0; round < 20; round++) {
            for (Peer p : all) {
                p.send(new byte[10]);
            }
            BROKER.checkWitness();
        }
        memory.assertGrownByLessThan(40 * Memory.MB); // 300 MB are promised
        all.forEach(Peer::close);
    }

    @Test
    @DisplayName("CVE-2026-44248: 100 KB of properties byte by byte are read once, not once for each byte")
    void propertiesByteByByte() {
        byte[] property = Bytes.join(Bytes.u8(0x26), Bytes.text("k"), Bytes.text("v".repeat(1_000)));
        byte[] properties = Bytes.block(Bytes.repeat(property, 100));
        byte[] packet = Bytes.packet(0x30, Bytes.text("by/byte"), properties, "end".getBytes());
        try (Peer p = Peer.online(BROKER.port(), 4, "byte-reader");
                Peer dribbler = Peer.online(BROKER.port(), 5, "byte-by-byte")) {
            p.subscribe(0, "by/byte");
            long start = System.nanoTime();
            for (byte b : packet) {
                dribbler.trySend(new byte[] {b});
            }
            p.expectPublish("end");
            assertThat((System.nanoTime() - start) / 1_000_000_000)
                    .as("seconds")
                    .isLessThan(20);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName(
            "CVE-2025-66168: a remaining length of five bytes ends the connection; no packet is smuggled behind it")
    void fiveByteRemainingLength(int version) {
        try (Peer reader = Peer.online(BROKER.port(), version, "smuggle-reader-" + version)) {
            reader.subscribe(0, "smuggled");
            byte[] smuggled = Bytes.publish(version, "smuggled", "x", 0, 0);
            for (byte[] length : List.of(
                    Bytes.u8(0x80, 0x80, 0x80, 0x80, 0x01),
                    Bytes.u8(0xFF, 0xFF, 0xFF, 0xFF, 0x7F),
                    Bytes.u8(0x80, 0x80, 0x80, 0x80, 0x10),
                    Bytes.u8(0x82, 0x80, 0x00))) { // longer than needed
                try (Peer p = Peer.online(BROKER.port(), version, "smuggler-" + version)) {
                    p.send(Bytes.u8(0x30), length, smuggled, smuggled);
                    p.expectDisconnect(MALFORMED);
                }
            }
            reader.ping();
        }
    }

    @Test
    @DisplayName(
            "CVE-2026-21888, 2023-29994 to 34494: property lengths of five bytes, past the packet, past the length")
    void propertyLengths() {
        byte[] topic = Bytes.text("t");
        List<byte[]> packets = List.of(
                Bytes.packet(0x30, topic, Bytes.u8(0x80, 0x80, 0x80, 0x80, 0x01)),
                Bytes.packet(0x30, topic, Bytes.u8(0xFF, 0xFF, 0xFF, 0xFF, 0x7F)),
                Bytes.packet(0x30, topic, HUGE),
                Bytes.packet(0x30, topic, Bytes.u8(5, 0x26, 0, 1)),
                Bytes.packet(0x30, topic, Bytes.u8(3, 0x26, 0xFF, 0xFF)),
                Bytes.packet(0x30, topic, Bytes.u8(2, 0x08, 0)),
                Bytes.packet(0x30, topic, Bytes.u8(1, 0x02)),
                Bytes.packet(0x30, Bytes.u8(0xFF, 0xFF)),
                Bytes.packet(0x30, Bytes.u8(0)),
                Bytes.packet(0x30),
                Bytes.packet(0x82, Bytes.u16(1), Bytes.u8(0x80, 0x80, 0x80, 0x80, 0x01)),
                Bytes.packet(0x82, Bytes.u16(1), HUGE, topic, Bytes.u8(0)),
                Bytes.packet(0x82, Bytes.u16(1), Bytes.u8(0), Bytes.u8(0xFF, 0xFF, 'a')),
                Bytes.packet(0x82, Bytes.u16(1), Bytes.u8(0), topic),
                Bytes.packet(0xA2, Bytes.u16(1), HUGE, topic),
                Bytes.packet(0xA2, Bytes.u16(1), Bytes.u8(0), Bytes.u8(0, 9, 'a')),
                Bytes.packet(0xE0, Bytes.u8(0), Bytes.u8(0x80, 0x80, 0x80, 0x80, 0x01)),
                Bytes.packet(0x40, Bytes.u16(1), Bytes.u8(0), HUGE),
                Bytes.packet(0xF0, Bytes.u8(0x18), Bytes.u8(0x7F)));
        for (byte[] packet : packets) {
            try (Peer p = Peer.online(BROKER.port(), 5, "lengths")) {
                p.send(packet);
                p.expectDisconnect(MALFORMED);
            } catch (AssertionError e) {
                throw new AssertionError("for " + Arrays.toString(packet), e);
            }
        }
    }

    @Test
    @DisplayName("CVE-2021-41039: thousands of user properties: 0x97, in CONNECT, in a Will and later")
    void userProperties() {
        byte[] property = Bytes.join(Bytes.u8(0x26), Bytes.text(""), Bytes.text(""));
        byte[] flood = Bytes.block(Bytes.repeat(property, 100_000));
        byte[] protocol = Bytes.join(Bytes.text("MQTT"), Bytes.u8(5));
        byte[] connect = Bytes.packet(0x10, protocol, Bytes.u8(2, 0, 0), flood, Bytes.text("flood"));
        byte[] will = Bytes.packet(
                0x10, protocol, Bytes.u8(6, 0, 0, 0), Bytes.text("flood"), flood, Bytes.text("t"), Bytes.text("p"));
        Memory memory = new Memory();
        for (byte[] first : List.of(connect, will)) {
            try (Peer p = Peer.open(BROKER.port()).version(5).send(first)) {
                assertThat(p.expect(Frame.CONNACK).reason()).isEqualTo(0x97);
                assertThat(p.next()).isNull();
            }
        }
        for (byte[] packet : List.of(
                Bytes.packet(0x30, Bytes.text("t"), flood),
                Bytes.packet(0x82, Bytes.u16(1), flood, Bytes.text("t"), Bytes.u8(0)),
                Bytes.packet(0x40, Bytes.u16(1), Bytes.u8(0), flood))) {
            try (Peer p = Peer.online(BROKER.port(), 5, "flood")) {
                p.send(packet);
                p.expectDisconnect(0x97);
            }
        }
        memory.assertGrownByLessThan(10 * Memory.MB);
    }

    @Test
    @DisplayName("CVE-2023-3592, CVE-2021-34431: CONNECTs with wrong properties are refused, and leak nothing")
    void wrongWillProperties() {
        byte[] head = Bytes.join(Bytes.text("MQTT"), Bytes.u8(5, 6, 0, 0, 0), Bytes.text("wrong-will"));
        Memory memory = new Memory();
        for (int id = 0; id < 0x30; id++) {
            boolean ofWill = List.of(0x01, 0x02, 0x03, 0x08, 0x09, 0x18, 0x26).contains(id);
            byte[] value = new byte[ofWill ? 0 : 4]; // allowed ones lack their value
            byte[] connect = Bytes.packet(
                    0x10, head, Bytes.block(Bytes.u8(id), value), Bytes.text("t"), Bytes.text("x".repeat(50_000)));
            try (Peer p = Peer.open(BROKER.port()).version(5).send(connect)) {
                assertThat(p.expect(Frame.CONNACK).reason())
                        .as("property " + id)
                        .isEqualTo(MALFORMED);
                assertThat(p.next()).isNull();
            }
        }
        memory.assertGrownByLessThan(10 * Memory.MB);
    }

    @Test
    @DisplayName("half-open, half a CONNECT, a byte now and then: the deadline counts from the accept")
    void slowConnect() {
        try (TestBroker impatient = TestBroker.start("{\"limits\": {\"connect_timeout_s\": 1}}");
                Peer silent = Peer.open(impatient.port());
                Peer half = Peer.open(impatient.port());
                Peer dribbling = Peer.open(impatient.port());
                Peer web = Peer.open(impatient.webSocketPort())) {
            half.send(Arrays.copyOf(Bytes.Connect.of(4, "half").bytes(), 10));
            dribbling.send(Bytes.u8(0x10, 0xFF, 0xFF, 0x3F));
            web.send("GET /mqtt HTTP/1.1\r\n".getBytes());
            Wait.until("the dribbling client is cut off", () -> {
                web.trySend("X-More: headers\r\n".getBytes());
                BROKER.checkWitness();
                return !dribbling.trySend(new byte[1]);
            });
            assertThat(silent.readToEnd()).isEmpty();
            assertThat(half.readToEnd()).isEmpty();
            web.readToEnd();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("CVE-2020-13849 (SlowITe): no keep alive, or one of 18 hours, is cut to what the server allows")
    void slowIte(int version) {
        try (TestBroker strict = TestBroker.start("{\"limits\": {\"keep_alive_max_s\": 1}}")) {
            Bytes.Connect connect = Bytes.Connect.of(version, "slowite");
            Peer none = Peer.online(strict.port(), connect);
            Peer longest =
                    Peer.online(strict.port(), Bytes.Connect.of(version, "18h").keepAlive(0xFFFF));
            for (Peer p : List.of(none, longest)) {
                p.expectDisconnect(0x8D);
                p.close();
            }
        }
    }
}
