package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Hazard 18: WebSocket frames and requests that lie, never end, or come from where they should not. */
class WebSocketBombTest {
    @RegisterExtension
    static final Victim BROKER = new Victim("{}");

    private static final String REQUEST =
            "GET /mqtt HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Protocol: mqtt\r\n";
    private static final int FIN = 0x80;
    private static final int CONTINUATION = 0;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int MASKED = 0x80;

    @Test
    @DisplayName("a frame of 2^62, of 2^31 and of 2 MB is refused before any of it is buffered")
    void hugeFrames() {
        Memory memory = new Memory();
        for (byte[] length : List.of(
                Bytes.u8(0x40, 0, 0, 0, 0, 0, 0, 0),
                Bytes.u8(0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF),
                Bytes.u8(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF),
                Bytes.u8(0, 0, 0, 0, 0x80, 0, 0, 0),
                Bytes.u8(0, 0, 0, 0, 0, 0x20, 0, 0))) {
            try (Peer p = upgraded()) {
                p.send(Bytes.u8(FIN | BINARY, MASKED | 127), length, Bytes.u8(0, 0, 0, 0), new byte[1000]);
                assertClosed(p);
            }
        }
        memory.assertGrownByLessThan(10 * Memory.MB);
    }

    @Test
    @DisplayName("an endless message of continuation frames, empty or not, is a stream of packets and no memory")
    void endlessContinuation() {
        Memory memory = new Memory();
        try (Peer p = upgraded()) {
            p.send(frame(BINARY, Bytes.Connect.of(4, "endless").bytes()));
            assertThat(readBinary(p)).startsWith(0x20);
            byte[] empty = Bytes.repeat(frame(CONTINUATION), 1_000);
            for (int i = 0; i < 100; i++) {
                p.send(empty);
            }
            for (int i = 0; i < 100; i++) {
                p.send(frame(CONTINUATION, Bytes.u8(0xC0)), frame(CONTINUATION, Bytes.u8(0)));
                assertThat(readBinary(p)).containsExactly(0xD0, 0);
            }
        }
        memory.assertGrownByLessThan(10 * Memory.MB);
    }

    @Test
    @DisplayName("not masked, text, a reserved bit (permessage-deflate), a reserved opcode, an orphan: the end")
    void forbiddenFrames() {
        byte[] connect = Bytes.Connect.of(4, "forbidden").bytes();
        for (byte[] bad : List.of(
                Bytes.join(Bytes.u8(FIN | BINARY, connect.length), connect),
                frame(FIN | TEXT, connect),
                frame(FIN | 0x40 | BINARY, connect),
                frame(FIN | 3, connect),
                frame(FIN | CONTINUATION, connect),
                frame(9, new byte[10]))) { // a ping in fragments
            try (Peer p = upgraded()) {
                p.send(bad);
                assertClosed(p);
            }
        }
        try (Peer p = Peer.open(BROKER.webSocketPort())) {
            p.send((REQUEST + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n").getBytes());
            assertThat(head(p)).contains(" 101 ").doesNotContainIgnoringCase("extensions");
        }
    }

    @Test
    @DisplayName("CVE-2026-25627: a frame shorter than its MQTT packet: nothing is read over, the rest may follow")
    void frameShorterThanItsPacket() {
        try (Peer p = upgraded()) {
            p.send(frame(FIN | BINARY, Bytes.Connect.of(4, "short").bytes()));
            assertThat(readBinary(p)).startsWith(0x20);
            p.send(frame(FIN | BINARY, Bytes.subscribe(4, 1, 0, "short")));
            assertThat(readBinary(p)).startsWith(0x90);
            byte[] publish = Bytes.publish(4, "short", "whole", 0, 0);
            for (byte b : publish) {
                p.send(frame(FIN | BINARY, new byte[] {b}), frame(FIN | 9, new byte[1])); // and pings between
                p.readBytes(3); // pong
            }
            assertThat(readBinary(p)).isEqualTo(unsigned(publish));
        }
    }

    @Test
    @DisplayName("an endless request line, an endless header and endless headers are refused, and cost 8 KB")
    void endlessHeaders() {
        Memory memory = new Memory();
        for (String start : List.of("GET /", "GET /mqtt HTTP/1.1\r\nX: ", "GET /mqtt HTTP/1.1\r\n")) {
            byte[] more = start.endsWith("\n") ? "A: b\r\n".getBytes() : "x".getBytes();
            try (Peer p = Peer.open(BROKER.webSocketPort())) {
                p.send(start.getBytes());
                byte[] chunk = Bytes.repeat(more, 10_000);
                int sent = 0;
                while (sent < 50 * Memory.MB && p.trySend(chunk)) {
                    sent += chunk.length;
                }
                p.readToEnd();
                assertThat(sent).as("bytes that were read").isLessThan((int) (50 * Memory.MB));
            }
        }
        memory.assertGrownByLessThan(10 * Memory.MB);
    }

    @Test
    @DisplayName("a page of another origin is refused with 403; allowed origins and clients without one come in")
    void origin() {
        String listener =
                "{\"listeners\": [{\"type\": \"tcp\", \"host\": \"127.0.0.1\", \"port\": 0}, {\"type\": \"ws\","
                        + " \"host\": \"127.0.0.1\", \"port\": 0, \"origins\": [\"https://good.example\"]}]}";
        try (TestBroker broker = TestBroker.start(listener)) {
            assertThat(status(broker, "Origin: https://evil.example\r\n")).contains(" 403 ");
            assertThat(status(broker, "Origin: null\r\n")).contains(" 403 ");
            assertThat(status(broker, "Origin: https://good.example.evil.example\r\n"))
                    .contains(" 403 ");
            assertThat(status(broker, "Origin: https://good.example\r\n")).contains(" 101 ");
            assertThat(status(broker, "")).contains(" 101 ");
        }
    }

    private static String status(TestBroker broker, String header) {
        try (Peer p = Peer.open(broker.webSocketPort())) {
            p.send((REQUEST + header + "\r\n").getBytes());
            return head(p);
        }
    }

    private static Peer upgraded() {
        Peer p = Peer.open(BROKER.webSocketPort());
        p.send((REQUEST + "\r\n").getBytes());
        assertThat(head(p)).contains(" 101 ");
        return p;
    }

    private static String head(Peer p) {
        StringBuilder head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            byte[] one = p.readBytes(1);
            if (one.length == 0) {
                break;
            }
            head.append((char) one[0]);
        }
        return head.toString();
    }

    /** Masked with zeros, which leaves the bytes as they are. At most 65,535 bytes. */
    private static byte[] frame(int first, byte... content) {
        byte[] length = content.length < 126
                ? Bytes.u8(first, MASKED | content.length)
                : Bytes.join(Bytes.u8(first, MASKED | 126), Bytes.u16(content.length));
        return Bytes.join(length, new byte[4], content);
    }

    /** Content of the next frame, which is binary and short. */
    private static int[] readBinary(Peer p) {
        byte[] head = p.readBytes(2);
        assertThat(head[0] & 0xFF).isEqualTo(FIN | BINARY);
        return unsigned(p.readBytes(head[1]));
    }

    private static int[] unsigned(byte[] bytes) {
        int[] all = new int[bytes.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = bytes[i] & 0xFF;
        }
        return all;
    }

    /** A close frame at most, and no MQTT. */
    private static void assertClosed(Peer p) {
        byte[] rest = p.readToEnd();
        if (rest.length > 0) {
            assertThat(rest[0] & 0xFF)
                    .as(new String(rest, StandardCharsets.UTF_8))
                    .isEqualTo(FIN | CLOSE);
        }
    }
}
