package dev.mooring.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.LogWatch;
import dev.mooring.cluster.Handshake.Hello;
import dev.mooring.cluster.Handshake.Refusal;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in, and what those cost who are not. */
class HandshakeTest {
    private static final Wire WIRE = Wire.of(List.of(Note.BODY_TYPE));
    private static final String SECRET = "open sesame";
    private static final Path TLS = Path.of("src/test/resources/dev/mooring/tls");

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void close() {
        TestNode.get(vertx.close());
    }

    private TestNode node(String name, String secret) {
        return TestNode.start(vertx, name, secret, LinkTls.NONE, WIRE);
    }

    private static void meet(TestNode a, TestNode b) {
        a.view(b.member());
        b.view(a.member());
    }

    private static void talk(TestNode a, TestNode b) {
        a.awaitConnected(b);
        b.awaitConnected(a);
        int before = b.notes(a).size();
        assertThat(a.call(() -> a.link(b).offer(new Note(1, 10)))).isPositive();
        b.awaitReceived(a, before + 1);
    }

    @Test
    @DisplayName("nodes that know the same secret talk; one with another, or none, is refused by either side")
    void secret() {
        TestNode a = node("a", SECRET);
        TestNode b = node("b", SECRET);
        TestNode wrong = node("wrong", "guess");
        TestNode none = node("none", "");
        try (LogWatch log = new LogWatch("dev.mooring.cluster.Outbound")) {
            a.view(b.member(), wrong.member(), none.member());
            b.view(a.member());
            wrong.view(a.member());
            none.view(a.member());
            talk(a, b);
            await().atMost(TestNode.PATIENCE)
                    .until(() -> a.metrics.handshakesRefused.sum() >= 2
                            && wrong.metrics.handshakesRefused.sum() > 0
                            && none.metrics.handshakesRefused.sum() > 0);
            await().atMost(TestNode.PATIENCE)
                    .untilAsserted(() -> assertThat(log.lines())
                            .anySatisfy(line -> assertThat(line)
                                    .contains("does not know the secret: cluster.secret has to be the same")));
        }

        assertThat(a.link(wrong).connected()).isFalse();
        assertThat(wrong.link(a).connected()).isFalse();
        assertThat(none.link(a).connected()).isFalse();
    }

    @Test
    @DisplayName("a proof that was heard once is of no use another time")
    void replay() throws Exception {
        TestNode a = node("a", SECRET);
        TestNode b = node("b", SECRET);
        meet(a, b);
        talk(a, b);
        Hello hello = new Hello(1, 1, b.id, a.id, 1, false, 0, Handshake.nonce());
        Handshake knows = new Handshake(SECRET);
        try (Stranger first = new Stranger(a);
                Stranger second = new Stranger(a)) {
            byte[] nonce = first.say(Frames.HELLO, hello.bytes()).challenge().nonce();
            second.say(Frames.HELLO, hello.bytes()).challenge();
            byte[] proof = knows.proof(hello.bytes(), 1, nonce);
            assertThat(second.say(Frames.PROOF, proof).refusal().is(Handshake.Reason.SECRET))
                    .isTrue();
        }
    }

    @Test
    @DisplayName("what is no node, or not a member, or meant for another one, is refused, and costs nobody else")
    void strangers() throws Exception {
        TestNode a = node("a", SECRET);
        TestNode b = node("b", SECRET);
        meet(a, b);
        talk(a, b);
        Random random = new Random(3);
        byte[] noise = new byte[300];
        random.nextBytes(noise);
        noise[0] = 0; // a length that could be
        noise[1] = 0;
        noise[2] = 0;
        List<String> told = new ArrayList<>();
        for (byte[] hostile : List.of(
                "GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                noise,
                new byte[] {0x7F, -1, -1, -1, 1},
                new byte[] {0, 0, 0, 0},
                Frames.frame(Frames.BATCH, new byte[20]),
                Frames.frame(Frames.PROOF, new byte[32]),
                Frames.frame(Frames.HELLO, "MOOR".getBytes(StandardCharsets.US_ASCII)),
                Frames.frame(Frames.HELLO, new byte[3_000]),
                Frames.ping())) {
            try (Stranger stranger = new Stranger(a);
                    LogWatch log = new LogWatch("dev.mooring.cluster.Inbound")) {
                stranger.write(hostile);
                assertThat(stranger.isEnded()).isTrue();
                told.addAll(log.lines());
            }
        }
        assertThat(told).anySatisfy(line -> assertThat(line).contains(" does not speak the protocol of links: "));
        NodeId nobody = new NodeId("nobody", 1);
        try (Stranger stranger = new Stranger(a);
                Stranger lost = new Stranger(a);
                Stranger old = new Stranger(a)) {
            assertThat(stranger.introduce(nobody, a.id, 1).is(Handshake.Reason.NO_MEMBER))
                    .isTrue();
            assertThat(lost.introduce(b.id, nobody, 1).is(Handshake.Reason.OTHER_NODE))
                    .isTrue();
            old.say(Frames.HELLO, new Hello(8, 9, b.id, a.id, 1, true, 0, Handshake.nonce()).bytes());
            Refusal refusal = old.refusal();
            assertThat(refusal.is(Handshake.Reason.VERSION)).isTrue();
            assertThat(refusal.text()).contains("8 to 9", Wire.VERSION_MIN + " to " + Wire.VERSION, "upgrade");
        }
        talk(a, b);
        talk(b, a);
        assertThat(a.metrics.link("b").connects.sum()).isEqualTo(1);
    }

    @Test
    @DisplayName("a stranger that says nothing, or dribbles, is closed after the time of silence")
    void silentStranger() throws Exception {
        TestNode a = node("a", "");
        try (Stranger silent = new Stranger(a);
                Stranger dribbles = new Stranger(a)) {
            long timer = vertx.setPeriodic(200, id -> dribbles.tryWrite(new byte[] {0}));
            assertThat(silent.isEnded()).isTrue();
            assertThat(dribbles.isEnded()).isTrue();
            vertx.cancelTimer(timer);
        }
    }

    @Test
    @DisplayName("a peer whose bytes are spoilt loses its connection; nothing of the batch before is lost or doubled")
    void spoiltBatch() throws Exception {
        TestNode a = node("a", "");
        TestNode b = node("b", "");
        meet(a, b);
        talk(a, b);
        try (Stranger stranger = new Stranger(a)) {
            // With no secret whoever comes may say that it is b: it takes the place of b's connection, and spoils it.
            stranger.prove(b.id, a.id, 77);
            stranger.write(Frames.frame(
                    Frames.BATCH,
                    new BodyWriter(16).i64(1).u8(Note.TYPE).i32(99).toBytes()));
            assertThat(stranger.isEnded()).isTrue();
        }
        talk(a, b);
        talk(b, a);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("what can't be read or handled costs a connection and the rest of its batch; the owner is told")
    void poisonedBatch(boolean isMalformed) {
        BodyType.Reader reader = (in, version) -> {
            if (isMalformed) {
                throw new Malformed("it is made so");
            }
            throw new IllegalStateException("it is made so");
        };
        TestNode a = poisoned("a", reader);
        TestNode b = poisoned("b", reader);
        meet(a, b);
        talk(a, b);
        b.call(() -> {
            b.link(a).send(new Note(1_000, 0));
            b.link(a).send(new Poison());
            return b.link(a).send(new Note(1_001, 0));
        });
        a.awaitEvent("interrupted " + b.id);
        assertThat(b.events).doesNotContain("interrupted " + a.id);
        assertThat(a.notes(b)).contains(1_000).doesNotContain(1_001);
        b.awaitConnected(a);
        talk(a, b);
        talk(b, a);
    }

    private TestNode poisoned(String name, BodyType.Reader reader) {
        List<BodyType> types = List.of(Note.BODY_TYPE, new BodyType(Poison.TYPE, "poison", 1, reader));
        return TestNode.start(vertx, name, "", LinkTls.NONE, Wire.of(types));
    }

    private record Poison() implements LinkBody {
        static final int TYPE = 99;

        @Override
        public int type() {
            return TYPE;
        }

        @Override
        public void write(BodyWriter out, int version) {}
    }

    @Test
    @DisplayName("with TLS nodes talk whose certificates the authority has signed, and no others")
    void tls() {
        TestNode a = secured("a", "server", "ca");
        TestNode b = secured("b", "second", "ca");
        TestNode stranger = secured("stranger", "stranger", "ca");
        a.view(b.member(), stranger.member());
        b.view(a.member());
        stranger.view(a.member());
        talk(a, b);
        talk(b, a);

        assertThat(a.link(stranger).connected()).isFalse();
        assertThat(stranger.link(a).connected()).isFalse();
    }

    private TestNode secured(String name, String certificate, String authority) {
        LinkTls tls = new LinkTls(
                TLS.resolve(certificate + ".pem").toString(),
                TLS.resolve(certificate + ".key").toString(),
                TLS.resolve(authority + ".pem").toString());
        return TestNode.start(vertx, name, SECRET, tls, WIRE);
    }

    /** A socket that speaks frames as the test wants it. */
    private static final class Stranger implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;
        private final List<byte[]> frames = new ArrayList<>();

        Stranger(TestNode to) throws IOException {
            socket = new Socket("127.0.0.1", to.cluster.port());
            socket.setSoTimeout((int) TestNode.PATIENCE.toMillis());
            in = socket.getInputStream();
        }

        Stranger say(int type, byte[] content) throws IOException {
            write(Frames.frame(type, content));
            return this;
        }

        void write(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
        }

        void tryWrite(byte[] bytes) {
            try {
                write(bytes);
            } catch (IOException e) {
                assertThat(e).hasMessageNotContaining("unexpected");
            }
        }

        Handshake.Challenge challenge() throws Exception {
            return Handshake.Challenge.read(next(Frames.CHALLENGE));
        }

        Refusal refusal() throws Exception {
            return Refusal.read(next(Frames.REFUSED));
        }

        /** Knows the secret. */
        Refusal introduce(NodeId from, NodeId to, long session) throws Exception {
            prove(from, to, session);
            return refusal();
        }

        void prove(NodeId from, NodeId to, long session) throws Exception {
            Hello hello = new Hello(1, 1, from, to, session, true, 0, Handshake.nonce());
            byte[] nonce = say(Frames.HELLO, hello.bytes()).challenge().nonce();
            String known = to.name().equals("a") && session == 77 ? "" : SECRET;
            say(Frames.PROOF, new Handshake(known).proof(hello.bytes(), 1, nonce));
        }

        private BodyReader next(int type) throws Exception {
            while (frames.isEmpty()) {
                int length = new BodyReader(in.readNBytes(4), 0, 4).i32();
                frames.add(in.readNBytes(length));
            }
            byte[] frame = frames.remove(0);
            BodyReader reader = new BodyReader(frame, 0, frame.length);
            assertThat(reader.u8()).isEqualTo(type);
            return reader;
        }

        /** Whether the other end closes, before patience does. */
        boolean isEnded() throws IOException {
            try {
                while (in.read() >= 0) {
                    continue;
                }
            } catch (java.net.SocketException reset) {
                return true;
            }
            return true;
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
