package dev.mooring.mqtt;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.TopicName;
import dev.mooring.session.Packet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vertx.core.impl.buffer.VertxByteBufAllocator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Packets of 256 bytes of payload from a read buffer, and into a write buffer; per packet. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class CodecBenchmark {
    private static final int PACKETS = 50;
    private static final int[] NO_IDENTIFIERS = {};

    @Param({"0", "1"})
    int qos;

    @Param({"4", "5"})
    int version;

    private final ByteBufAllocator allocator = VertxByteBufAllocator.POOLED_ALLOCATOR;
    private final Message message = new Message(
            MessageId.ZERO,
            "c",
            TopicName.of("plant/hall/7/robot/3/state"),
            1,
            false,
            new byte[256],
            PublishProperties.EMPTY,
            0,
            Message.NEVER);
    private final FrameCache frames = new FrameCache();
    private final Counting handler = new Counting();
    private final TopicCache topics = new TopicCache();
    private PacketDecoder decoder = new PacketDecoder(DecoderLimits.DEFAULTS, topics, handler);
    private ByteBuf wire = allocator.directBuffer(0);

    /** Counts what it gets. */
    private static final class Counting implements PacketHandler {
        private long bytes;

        @Override
        public boolean connect(Packet.Connect connect) {
            return true;
        }

        @Override
        public boolean publish(Packet.Publish publish, Payload payload) {
            bytes += payload.length();
            return true;
        }

        @Override
        public boolean ack(Packet.Ack.Type type, int packetId, ReasonCode reason) {
            return true;
        }

        @Override
        public boolean subscribe(Packet.Subscribe subscribe) {
            return true;
        }

        @Override
        public boolean unsubscribe(Packet.Unsubscribe unsubscribe) {
            return true;
        }

        @Override
        public boolean pingreq() {
            return true;
        }

        @Override
        public boolean disconnect(Packet.Disconnect disconnect) {
            return true;
        }

        @Override
        public boolean auth(Packet.Auth auth) {
            return true;
        }

        @Override
        public void failed(ReasonCode reason, String text) {
            throw new IllegalStateException(text);
        }
    }

    @Setup
    public void fill() {
        ByteBuf connect = allocator.directBuffer();
        connect.writeByte(0x10).writeByte(version == 5 ? 14 : 13).writeShort(4).writeBytes("MQTT".getBytes());
        connect.writeByte(version).writeByte(2).writeShort(0);
        if (version == 5) {
            connect.writeByte(0);
        }
        connect.writeShort(1).writeByte('c');
        decoder.feed(connect);
        wire.release();
        wire = allocator.directBuffer();
        for (int i = 1; i <= PACKETS; i++) {
            write(wire, i);
        }
    }

    @TearDown
    public void release() {
        wire.release();
        decoder.close();
    }

    /** All of them in one read. */
    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public long decode() {
        decoder.feed(wire.retainedDuplicate());
        return handler.bytes;
    }

    /** Each a message of its own. */
    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public int encode() {
        ByteBuf out = allocator.directBuffer(16 * 1024);
        for (int i = 1; i <= PACKETS; i++) {
            write(out, i);
        }
        int bytes = out.readableBytes();
        out.release();
        return bytes;
    }

    /** One message for {@value #PACKETS} receivers, which is encoded once. */
    @Benchmark
    @OperationsPerInvocation(PACKETS)
    public int encodeForAll() {
        ByteBuf out = allocator.directBuffer(16 * 1024);
        for (int i = 1; i <= PACKETS; i++) {
            frames.write(out, version, false, qos, false, i, message);
        }
        frames.clear();
        int bytes = out.readableBytes();
        out.release();
        return bytes;
    }

    private void write(ByteBuf out, int packetId) {
        PublishEncoder.write(out, version, false, qos, false, packetId, 0, true, NO_IDENTIFIERS, -1, message);
    }
}
