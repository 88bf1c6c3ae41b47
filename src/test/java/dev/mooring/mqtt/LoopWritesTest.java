package dev.mooring.mqtt;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.TestBroker;
import dev.mooring.auth.Authenticator;
import dev.mooring.config.Config;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a loop of a whole broker writes to its connections, which have channels without sockets here. */
class LoopWritesTest {
    private static final int MESSAGES = 20;
    private static final int SUBSCRIBERS = 40;

    private final List<Client> clients = new ArrayList<>();
    private TestBroker broker;
    private Loop loop;

    /** All of it on the loop's thread. */
    private final class Client {
        private final EmbeddedChannel channel;
        private final List<ByteBuf> written = new ArrayList<>();
        private int flushes;

        Client(int version, String subscribe) {
            Config.Listener listener = loop.config().listeners().get(0);
            Arrival arrival = new Arrival(
                    0,
                    listener.name(),
                    loop.node.gate().opened(0),
                    SocketAddress.inetSocketAddress(1, "127.0.0.1"),
                    "127.0.0.1",
                    loop.bounds(0).limits(),
                    null);
            Connecting connecting = new Connecting(loop, new Authenticator(loop.node.hashing()), arrival);
            channel = on(() -> new EmbeddedChannel(new Flushes(this), new MqttConnection(loop, connecting)));
            channel.config().setWriteBufferHighWaterMark(1 << 20);
            clients.add(this);
            String properties = version == 5 ? "[ ] " : "";
            ask("10 s:MQTT 0" + version + " 02 0000 " + properties + "s:c" + clients.size());
            if (!subscribe.isEmpty()) {
                ask("82 0001 " + properties + subscribe);
            }
            forget();
        }

        void send(String... packets) {
            byte[][] bytes = new byte[packets.length][];
            for (int i = 0; i < packets.length; i++) {
                bytes[i] = Wire.packet(packets[i]);
            }
            on(() -> channel.writeInbound(Unpooled.wrappedBuffer(Wire.join(bytes))));
        }

        /** Bytes that have come. */
        int bytes() {
            return on(() -> {
                for (ByteBuf one = channel.readOutbound(); one != null; one = channel.readOutbound()) {
                    written.add(one);
                }
                return written.stream().mapToInt(ByteBuf::readableBytes).sum();
            });
        }

        private void ask(String packet) {
            int before = bytes();
            send(packet);
            await().until(() -> bytes() > before);
        }

        void forget() {
            on(() -> {
                written.forEach(ByteBuf::release);
                written.clear();
                flushes = 0;
                return null;
            });
        }

        void close() {
            forget();
            on(channel::finishAndReleaseAll);
        }
    }

    private static final class Flushes extends ChannelOutboundHandlerAdapter {
        private final Client client;

        Flushes(Client client) {
            this.client = client;
        }

        @Override
        public void flush(ChannelHandlerContext context) {
            client.flushes++;
            context.flush();
        }
    }

    @BeforeEach
    void start() {
        broker = TestBroker.start("{\"loops\": 1}");
        loop = broker.loops().get(0).loop();
    }

    @AfterEach
    void stop() {
        clients.forEach(Client::close);
        broker.close();
    }

    private <T> T on(Callable<T> task) {
        try {
            return loop.eventLoop.submit(task).get(20, SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest(name = "QoS {0}")
    @ValueSource(ints = {0, 1, 2})
    @DisplayName("what a turn of the loop has for a connection goes by one flush: acknowledgements and messages")
    void oneFlush(int qos) {
        Client small = new Client(4, "s:small/# 02");
        Client large = new Client(5, "s:large/# 02");
        Client publisher = new Client(4, "");
        List<String> packets = new ArrayList<>();
        for (int i = 1; i <= MESSAGES; i++) {
            String id = qos == 0 ? "" : String.format("%04X ", i);
            boolean isLarge = i % 5 == 0;
            packets.add(
                    "3" + 2 * qos + (isLarge ? " s:large/t " : " s:small/t ") + id + "AB".repeat(isLarge ? 5_000 : 20));
        }
        publisher.send(packets.toArray(String[]::new));
        int header = 2 + 2 + 7 + (qos == 0 ? 0 : 2);
        await().until(() -> small.bytes() == 16 * (header + 20));
        await().until(() -> large.bytes() == 4 * (header + 1 + 1 + 5_000));
        await().until(() -> publisher.bytes() == (qos == 0 ? 0 : 4 * MESSAGES));
        assertThat(on(() -> small.flushes)).isEqualTo(1);
        assertThat(on(() -> large.flushes)).isEqualTo(1);
        assertThat(on(() -> publisher.flushes)).isEqualTo(qos == 0 ? 0 : 1);
    }

    /** Of both versions and two levels, mixed. */
    private void subscribe() {
        for (int i = 0; i < SUBSCRIBERS; i++) {
            new Client(i % 2 == 0 ? 4 : 5, "s:t 0" + i / 2 % 2);
        }
    }

    @Test
    @DisplayName("a small PUBLISH is encoded once for all subscribers of a version and QoS, who come as they come")
    void encodedOnce() {
        subscribe();
        Client publisher = new Client(4, "");
        int before = on(() -> loop.frames.encodings());
        publisher.send("32 s:t 0001 AABB");
        await().until(() -> publisher.bytes() == 4);
        for (int i = 0; i < SUBSCRIBERS; i++) {
            Client subscriber = clients.get(i);
            int expected = 2 + 2 + 1 + 2 + (i % 2 == 0 ? 0 : 1) + (i / 2 % 2 == 0 ? 0 : 2);
            await().until(() -> subscriber.bytes() == expected);
            assertThat(ByteBufUtil.hexDump(subscriber.written.get(0))).endsWith("aabb");
        }
        assertThat(on(() -> loop.frames.encodings()) - before)
                .as("two versions, two levels")
                .isEqualTo(4);
    }

    @Test
    @DisplayName("a large payload lies in one buffer, of which all subscribers are sent slices")
    void slices() {
        subscribe();
        Client publisher = new Client(5, "");
        int before = on(() -> loop.frames.encodings());
        publisher.send("32 s:t 0001 [ ] " + "AB".repeat(100_000));
        await().until(() -> publisher.bytes() > 0);
        List<Long> addresses = new ArrayList<>();
        for (Client subscriber : clients.subList(0, SUBSCRIBERS)) {
            await().until(() -> subscriber.bytes() > 100_000);
            assertThat(subscriber.written).hasSize(2);
            ByteBuf payload = subscriber.written.get(1);
            assertThat(payload.readableBytes()).isEqualTo(100_000);
            addresses.add(payload.memoryAddress() + payload.readerIndex());
        }
        assertThat(addresses).containsOnly(addresses.get(0));
        assertThat(on(() -> loop.frames.encodings()) - before).isEqualTo(1);
    }
}
