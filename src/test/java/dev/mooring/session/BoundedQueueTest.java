package dev.mooring.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.TopicFilter;
import dev.mooring.route.QueueBound;
import dev.mooring.route.Subscriber;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The bound of a durable session's queue under drop_oldest, with a store that answers when the test wants. */
class BoundedQueueTest {
    private static final int RUNS = 400;

    private final Subscriber subscriber = new Subscriber(1, "c", true);
    private final QueueMemory memory = new QueueMemory(1 << 20);
    private final LongAdder inflight = new LongAdder();

    /** A store and a client; what is asked for takes effect at once, and is answered in order. */
    private final class World implements SessionPort {
        final TreeMap<MessageId, Message> stored = new TreeMap<>();
        final Set<MessageId> marked = new HashSet<>();
        final ArrayDeque<Runnable> answers = new ArrayDeque<>();
        final List<Integer> sent = new ArrayList<>();
        final Map<Integer, Integer> unacknowledged = new HashMap<>();
        final List<Runnable> fences = new ArrayList<>();
        int dropped;
        int trimsUnanswered;
        int readsUnanswered;
        int ids;

        @Override
        public void store(StoreOp op, OnReply onReply) {
            StoreReply reply = apply(op);
            if (onReply != null) {
                boolean isRead = op instanceof StoreOp.QueueRead;
                boolean isTrim = op instanceof StoreOp.QueueTrim;
                readsUnanswered += isRead ? 1 : 0;
                trimsUnanswered += isTrim ? 1 : 0;
                answers.add(() -> {
                    readsUnanswered -= isRead ? 1 : 0;
                    trimsUnanswered -= isTrim ? 1 : 0;
                    onReply.reply(reply);
                });
            }
        }

        private StoreReply apply(StoreOp op) {
            if (op instanceof StoreOp.Sent o) {
                marked.add(o.position());
            } else if (op instanceof StoreOp.Released o) {
                marked.add(o.position());
            } else if (op instanceof StoreOp.Dequeue o) {
                stored.remove(o.position());
                marked.remove(o.position());
            } else if (op instanceof StoreOp.QueueRead o) {
                return read(o);
            } else if (op instanceof StoreOp.QueueTrim o) {
                return trim(o);
            }
            return StoreReply.DONE;
        }

        private StoreReply read(StoreOp.QueueRead op) {
            List<StoreReply.QueueEntry> entries = new ArrayList<>();
            for (Message m : stored.tailMap(op.after(), false).values()) {
                if (!marked.contains(m.id()) && entries.size() == 4) {
                    return new StoreReply.Entries(entries, true);
                } else if (!marked.contains(m.id())) {
                    entries.add(new StoreReply.QueueEntry(
                            m.id(), m, m.qos(), false, new int[0], null, 0, false, m.sizeBytes()));
                }
            }
            return new StoreReply.Entries(entries, false);
        }

        private StoreReply trim(StoreOp.QueueTrim op) {
            int count = 0;
            long bytes = 0;
            MessageId until = MessageId.ZERO;
            for (Message m : List.copyOf(stored.values())) {
                if (!marked.contains(m.id()) && (count < op.count() || bytes < op.bytes())) {
                    stored.remove(m.id());
                    count++;
                    bytes += m.sizeBytes();
                    until = m.id();
                }
            }
            return new StoreReply.Trimmed(count, bytes, until);
        }

        void answer() {
            answers.remove().run();
        }

        void passFences() {
            List<Runnable> due = List.copyOf(fences);
            fences.clear();
            due.forEach(Runnable::run);
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
            assertThat(stored).as("sent is what is stored").containsKey(m.id());
            sent.add((int) m.id().timeUs());
            unacknowledged.put(packetId, qos);
            return true;
        }

        @Override
        public void send(Packet.Ack.Type type, int packetId, ReasonCode reason) {}

        @Override
        public MessageId asOf() {
            return FakePort.position(ids);
        }

        @Override
        public MessageId nextId() {
            return new MessageId(ids, 2 + answers.size());
        }

        @Override
        public void fence(Runnable then) {
            fences.add(then);
        }

        @Override
        public void acked(Message message, TopicFilter shared, int qos) {}

        @Override
        public void dropped(Drop reason, Message message) {
            dropped += reason == Drop.QUEUE_FULL ? 1 : 0;
        }
    }

    private final World world = new World();

    private Outbox outbox(int countMax, long bytesMax, int window, int memoryMax) {
        OutboxLimits limits = new OutboxLimits(
                100, 0, new QueueBound(countMax, bytesMax), memoryMax, 1 << 20, true, memory, inflight);
        return new Outbox(world, subscriber, limits, window);
    }

    /** Stored and counted by its publisher; delivered later. */
    private Message publish(int qos) {
        Message m = FakePort.message(++world.ids, qos);
        world.stored.put(m.id(), m);
        subscriber.count(1, m.sizeBytes());
        return m;
    }

    private static void deliver(Outbox out, Message m) {
        out.deliver(m, m.qos(), false, new int[0], null);
    }

    /** Whatever the client has not acknowledged, until nothing more comes. */
    private void drain(Outbox out) {
        for (int i = 0; i < 10_000 && !(world.answers.isEmpty() && world.unacknowledged.isEmpty()); i++) {
            if (!world.answers.isEmpty()) {
                world.answer();
            } else {
                acknowledge(out, world.unacknowledged.keySet().iterator().next());
            }
            if (world.answers.isEmpty() && world.unacknowledged.isEmpty()) {
                world.passFences();
                out.tick();
                world.passFences();
                out.tick();
            }
        }
    }

    private void acknowledge(Outbox out, int packetId) {
        if (world.unacknowledged.remove(packetId) == 1) {
            out.acked(Packet.Ack.Type.PUBACK, packetId, ReasonCode.SUCCESS);
        } else {
            out.acked(Packet.Ack.Type.PUBREC, packetId, ReasonCode.QUOTA_EXCEEDED); // ends it in one step
        }
    }

    @ParameterizedTest(name = "by count: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("drop_oldest holds the bound while a page of the queue is read: the store drops its oldest")
    void whilePageIsRead(boolean byCount) {
        long size = FakePort.message(1, 1).sizeBytes();
        for (int i = 0; i < 20; i++) {
            publish(1);
        }
        Outbox out = byCount ? outbox(20, 1 << 30, 1, 100) : outbox(1 << 20, 20 * size, 1, 100);
        out.resume(List.of(), FakePort.position(20));
        assertThat(world.readsUnanswered).isEqualTo(1);
        for (int i = 0; i < 50; i++) {
            deliver(out, publish(1));
            assertThat(world.stored).as("after " + world.ids).hasSizeLessThanOrEqualTo(20);
            if (byCount) {
                assertThat(subscriber.queuedCount.get()).isLessThanOrEqualTo(20);
            } else {
                assertThat(subscriber.queuedBytes.get()).isLessThanOrEqualTo(20 * size);
            }
        }
        assertThat(world.stored.lastKey()).isEqualTo(FakePort.position(70));
        drain(out);
        assertThat(world.dropped + world.sent.size()).isEqualTo(70);
        assertThat(world.sent).isSorted().endsWith(69, 70).doesNotHaveDuplicates();
        assertThat(world.sent.size()).isBetween(15, 20);
        assertThat(subscriber.queuedCount).hasValue(0);
        assertThat(subscriber.queuedBytes).hasValue(0);
        assertThat(out.isBehind()).isFalse();
    }

    @Test
    @DisplayName("whatever comes when: the bound holds, what is dropped is counted, the rest comes once and in order")
    void whateverComesWhen() {
        for (int seed = 0; seed < RUNS; seed++) {
            new BoundedQueueTest().run(new Random(seed), "seed " + seed);
        }
    }

    /** Two publishers' loops, whose deliveries come in the order of each; a read takes as long as it likes. */
    private void run(Random random, String seed) {
        int bound = 1 + random.nextInt(12);
        int window = 1 + random.nextInt(4);
        for (int i = random.nextInt(2 * bound); i > 0; i--) {
            publish(1 + random.nextInt(2));
        }
        Outbox out = outbox(bound, 1 << 30, window, 1 + random.nextInt(6));
        out.resume(List.of(), FakePort.position(world.ids));
        List<ArrayDeque<Message>> loops = List.of(new ArrayDeque<>(), new ArrayDeque<>());
        int allowed = Math.max(bound, world.stored.size());
        int published = world.ids;
        int slowness = 2 + random.nextInt(20);
        for (int i = 0; i < 300; i++) {
            ArrayDeque<Message> loop = loops.get(random.nextInt(2));
            int what = random.nextInt(10);
            if (what < 4) {
                loop.add(publish(1 + random.nextInt(2)));
                published++;
            } else if (what < 8 && !loop.isEmpty()) {
                boolean isPageHeld = world.trimsUnanswered > 0 && world.readsUnanswered == 0;
                deliver(out, loop.remove());
                int underWay = loops.get(0).size() + loops.get(1).size();
                if (!isPageHeld) {
                    assertThat(subscriber.queuedCount.get() - underWay)
                            .as("%s, %d under way", seed, underWay)
                            .isLessThanOrEqualTo(Math.max(allowed, out.inflightCount()));
                }
            } else if (what == 8 && !world.unacknowledged.isEmpty()) {
                acknowledge(out, world.unacknowledged.keySet().iterator().next());
            } else if (random.nextInt(slowness) == 0 && !world.answers.isEmpty()) {
                world.answer();
            }
            if (loops.get(0).isEmpty() && loops.get(1).isEmpty()) {
                world.passFences();
                out.tick();
            }
        }
        loops.forEach(loop -> loop.forEach(m -> deliver(out, m)));
        drain(out);
        assertThat(world.sent).as(seed).doesNotHaveDuplicates();
        assertThat(world.dropped + world.sent.size()).as(seed).isEqualTo(published);
        assertThat(world.stored).as(seed).isEmpty();
        assertThat(subscriber.queuedCount).as(seed).hasValue(0);
        assertThat(subscriber.queuedBytes).as(seed).hasValue(0);
        assertThat(out.isBehind()).as(seed).isFalse();
        assertThat(memory.bytes()).as(seed).isZero();
    }

    @Test
    @DisplayName(
            "a queue of few large messages that has passed its bytes loses some of them, not as many as of small ones")
    void fewLarge() {
        for (int i = 0; i < 100; i++) {
            subscriber.count(1, 1 << 20);
        }
        List<StoreOp> asked = new ArrayList<>();
        QueueBound bound = new QueueBound(100_000, 100 << 20);
        new Trim(bound).ask(subscriber, 1, 1 << 20, MessageId.ZERO, (op, then) -> asked.add(op), x -> {});
        assertThat(asked).containsExactly(new StoreOp.QueueTrim(1, 0, (1 << 20) + (100L << 20) / 16, MessageId.ZERO));
    }
}
