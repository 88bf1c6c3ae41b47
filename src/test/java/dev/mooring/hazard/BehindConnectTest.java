package dev.mooring.hazard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.TestBroker;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Hazard 17: much comes behind a CONNECT that nobody has answered yet. */
class BehindConnectTest {
    private static final int MESSAGES = 32_768;
    private static final int PAYLOAD_BYTES = 1_024;
    /** Sockets of this machine take about a third of what is sent; nothing moves for so long once they are full. */
    private static final int STILL_MS = 2_000;

    private static final LinkedBlockingQueue<HttpServerRequest> LOGINS = new LinkedBlockingQueue<>();

    private static Vertx vertx;
    private static TestBroker broker;

    /** Logins are answered when the test says so. */
    @BeforeAll
    static void start() {
        vertx = Vertx.vertx();
        HttpServer server = vertx.createHttpServer()
                .requestHandler(LOGINS::add)
                .listen(0, "127.0.0.1")
                .await();
        broker = TestBroker.start("{\"auth\": {\"chain\": [{\"type\": \"http\", \"url\": \"http://127.0.0.1:"
                + server.actualPort() + "/login\", \"timeout_ms\": 60000}]},"
                + "\"limits\": {\"connect_timeout_s\": 100, \"receive_maximum\": 65535}}");
    }

    @AfterAll
    static void stop() {
        broker.close();
        vertx.close().await();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5})
    @DisplayName("32 MB behind CONNECT: the socket is not read before the login is answered, then all goes in order")
    void flood(int version) throws Exception {
        byte[] all = everything(version);
        Memory memory = new Memory();
        long before = broker.broker().metrics().bytesReceived.sum();
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), broker.port());
        try (SocketChannel channel = SocketChannel.open(address)) {
            ByteBuffer rest = ByteBuffer.wrap(all);
            sendUntilStill(channel, rest);
            assertThat(rest.remaining()).as("not sent").isPositive();
            assertThat(broker.broker().metrics().bytesReceived.sum() - before)
                    .as("bytes that the broker has read")
                    .isLessThan(Memory.MB);
            memory.assertGrownByLessThan(10 * Memory.MB);

            HttpServerRequest login = LOGINS.poll(Peer.TIMEOUT_MS, TimeUnit.MILLISECONDS);
            assertThat(login).as("the broker's question").isNotNull();
            login.response().setStatusCode(204).end();
            AtomicReference<Throwable> failure = new AtomicReference<>();
            Thread sender = new Thread(() -> send(channel, rest));
            sender.setUncaughtExceptionHandler((t, e) -> failure.set(e));
            channel.configureBlocking(true);
            sender.start();
            Peer peer = Peer.over(channel.socket()).version(version);
            assertThat(peer.expect(Frame.CONNACK).reason()).isZero();
            for (int id = 1; id <= MESSAGES; id++) {
                peer.expect(Frame.PUBACK, id);
            }
            sender.join();
            assertThat(failure.get()).isNull();
            peer.ping();
        }
    }

    private static byte[] everything(int version) {
        byte[][] packets = new byte[MESSAGES + 1][];
        packets[0] = LoginTest.connect(version, "somebody", "secret");
        String payload = "x".repeat(PAYLOAD_BYTES);
        for (int id = 1; id <= MESSAGES; id++) {
            packets[id] = Bytes.publish(version, "behind/connect", payload, 1, id);
        }
        return Bytes.join(packets);
    }

    private static void sendUntilStill(SocketChannel channel, ByteBuffer rest) throws IOException {
        channel.configureBlocking(false);
        try (Selector selector = Selector.open()) {
            channel.register(selector, SelectionKey.OP_WRITE);
            while (rest.hasRemaining() && selector.select(STILL_MS) > 0) {
                selector.selectedKeys().clear();
                channel.write(rest);
            }
        }
    }

    private static void send(SocketChannel channel, ByteBuffer rest) {
        try {
            while (rest.hasRemaining()) {
                channel.write(rest);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
