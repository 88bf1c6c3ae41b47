package dev.mooring.mqtt;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.TopicName;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vertx.core.impl.buffer.VertxByteBufAllocator;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The way of a QoS 0 payload from the read buffer to the write buffers of its receivers, on one loop, without sockets:
 * by way of an array, as the broker does, and as a slice of the read buffer. Filling that buffer is part of both, and
 * stands for the copy that the kernel makes. Samples, because their median (p0.50) holds on a busy machine too.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(3)
public class PayloadBenchmark {
    private static final TopicName TOPIC = TopicName.of("plant/line/1/state");
    private static final int[] NO_IDENTIFIERS = {};
    private static final int HEADER_BYTES = 32;

    /** Of the payload. */
    @Param({"64", "256", "4096", "65536"})
    int bytes;

    @Param({"1", "200"})
    int receivers;

    /** What Vert.x gives the sockets of a listener. */
    private final ByteBufAllocator allocator = VertxByteBufAllocator.POOLED_ALLOCATOR;

    private final FrameCache frames = new FrameCache();
    private ByteBuf[] written = new ByteBuf[0];
    private ByteBuf wire = allocator.directBuffer(0);
    private Message sameLength = message(new byte[0]);

    @Setup(Level.Trial)
    public void fill() {
        written = new ByteBuf[2 * receivers];
        wire.release();
        wire = allocator.directBuffer(HEADER_BYTES + bytes).writeZero(HEADER_BYTES + bytes);
        sameLength = message(new byte[bytes]);
    }

    @TearDown(Level.Trial)
    public void release() {
        wire.release();
    }

    @Benchmark
    public int array() {
        ByteBuf in = read();
        byte[] payload = new byte[bytes];
        in.getBytes(HEADER_BYTES, payload);
        Message message = message(payload);
        boolean large = bytes >= FrameCache.SLICE_FROM;
        int count = 0;
        for (int i = 0; i < receivers; i++) {
            ByteBuf out = allocator.directBuffer(2048);
            if (large) {
                PublishEncoder.writeHeader(out, 4, false, 0, false, 0, 0, true, NO_IDENTIFIERS, -1, message);
                written[count++] = frames.payload(allocator, message);
            } else {
                frames.write(out, 4, false, 0, false, 0, message);
            }
            written[count++] = out;
        }
        frames.clear();
        return sent(in, count);
    }

    @Benchmark
    public int slice() {
        ByteBuf in = read();
        int count = 0;
        for (int i = 0; i < receivers; i++) {
            ByteBuf out = allocator.directBuffer(2048);
            PublishEncoder.writeHeader(out, 4, false, 0, false, 0, 0, true, NO_IDENTIFIERS, -1, sameLength);
            written[count++] = in.retainedSlice(HEADER_BYTES, bytes);
            written[count++] = out;
        }
        return sent(in, count);
    }

    private ByteBuf read() {
        return allocator.directBuffer(wire.readableBytes()).writeBytes(wire, 0, wire.readableBytes());
    }

    private int sent(ByteBuf in, int count) {
        in.release();
        int sum = 0;
        for (int i = 0; i < count; i++) {
            sum += written[i].readableBytes();
            written[i].release();
        }
        return sum;
    }

    private static Message message(byte[] payload) {
        return new Message(MessageId.ZERO, "c", TOPIC, 0, false, payload, PublishProperties.EMPTY, 0, Message.NEVER);
    }
}
