package dev.mooring.session;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import dev.mooring.route.QueueBound;
import dev.mooring.route.Subscriber;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreOp;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** A QoS 1 message through the session of a subscriber with a clean session: packet id, PUBLISH, PUBACK. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class OutboxBenchmark {
    private static final int[] NO_IDENTIFIERS = {};

    /** Unacknowledged all the time. */
    @Param({"1", "20", "1000"})
    int inFlight;

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
    private final Port port = new Port();
    private final OutboxLimits limits = new OutboxLimits(
            2_000,
            0,
            new QueueBound(100_000, 1L << 28),
            1_000,
            1L << 20,
            true,
            new QueueMemory(1L << 28),
            new LongAdder());
    private final Outbox outbox = new Outbox(port, new Subscriber(1, "c", false), limits, 65_535);

    /** A client that remembers the packet ids, oldest first. */
    private static final class Port implements SessionPort {
        private final int[] sent = new int[4_096];
        private int first;
        private int next;

        int oldest() {
            return sent[first++ & sent.length - 1];
        }

        @Override
        public long nowMs() {
            return 0;
        }

        @Override
        public boolean writable() {
            return true;
        }

        @Override
        public boolean publish(Message m, int packetId, boolean dup, int qos, boolean retain, int[] identifiers) {
            sent[next++ & sent.length - 1] = packetId;
            return true;
        }

        @Override
        public void send(Packet.Ack.Type type, int packetId, ReasonCode reason) {}

        @Override
        public void store(StoreOp op, OnReply onReply) {
            throw new IllegalStateException("nothing is stored for a clean session");
        }

        @Override
        public MessageId asOf() {
            return MessageId.ZERO;
        }

        @Override
        public MessageId nextId() {
            return MessageId.ZERO;
        }

        @Override
        public void fence(Runnable then) {
            then.run();
        }

        @Override
        public void acked(Message m, TopicFilter shared, int qos) {}

        @Override
        public void dropped(Drop reason, Message m) {
            throw new IllegalStateException(reason.name());
        }
    }

    @Setup
    public void fill() {
        for (int i = 1; i < inFlight; i++) {
            outbox.deliver(message, 1, false, NO_IDENTIFIERS, null);
        }
    }

    @Benchmark
    public boolean deliverAndAck() {
        outbox.deliver(message, 1, false, NO_IDENTIFIERS, null);
        return outbox.acked(Packet.Ack.Type.PUBACK, port.oldest(), ReasonCode.SUCCESS);
    }
}
