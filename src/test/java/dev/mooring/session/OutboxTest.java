package dev.mooring.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.ReasonCode;
import dev.mooring.route.Subscriber;
import dev.mooring.session.Packet.Ack.Type;
import dev.mooring.store.StoreReply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Deliveries to a client: what is stored before what is sent, and what waits where. */
class OutboxTest {
    private final FakePort port = new FakePort();
    private final Subscriber subscriber = new Subscriber(1, "c", true);
    private final QueueMemory memory = new QueueMemory(1 << 20);

    private Outbox outbox(Subscriber of, int receiveMaximum, int memoryCountMax) {
        OutboxLimits limits =
                new OutboxLimits(100, 0, 1 << 20, 1 << 30, memoryCountMax, 1 << 20, false, memory, new LongAdder());
        return new Outbox(port, of, limits, receiveMaximum);
    }

    private Outbox outbox(int receiveMaximum, int memoryCountMax) {
        return outbox(subscriber, receiveMaximum, memoryCountMax);
    }

    /** As a publisher's loop does: counted first, then delivered. */
    private void deliver(Outbox out, int n, int qos) {
        deliver(out, FakePort.message(n, qos));
    }

    private void deliver(Outbox out, Message message) {
        subscriber.queuedCount.incrementAndGet();
        subscriber.queuedBytes.addAndGet(message.sizeBytes());
        out.deliver(message, message.qos(), false, new int[0], null);
    }

    private static StoreReply.QueueEntry entry(int n, int qos, int packetId, boolean released) {
        Message m = FakePort.message(n, qos);
        return new StoreReply.QueueEntry(
                m.id(), released ? null : m, qos, false, new int[0], null, packetId, released, m.sizeBytes());
    }

    private static StoreReply page(boolean more, int... numbers) {
        List<StoreReply.QueueEntry> entries = new ArrayList<>();
        for (int n : numbers) {
            entries.add(entry(n, 1, 0, false));
        }
        return new StoreReply.Entries(entries, more);
    }

    @Test
    @DisplayName("QoS 2: the packet id is stored before PUBLISH, the release before PUBREL")
    void storesBeforeItSends() {
        Outbox out = outbox(10, 10);
        deliver(out, 1, 2);
        assertThat(port.done()).containsExactly("store SENT 1 id 1");
        port.answer();
        assertThat(port.done()).containsExactly("PUBLISH 1 qos 2 id 1");
        out.acked(Type.PUBREC, 1, ReasonCode.SUCCESS);
        assertThat(port.done()).containsExactly("store RELEASED 1 id 1");
        port.answer();
        assertThat(port.done()).containsExactly("PUBREL 1");
        out.acked(Type.PUBCOMP, 1, ReasonCode.SUCCESS);
        assertThat(port.done()).containsExactly("store DEQUEUE 1");
        assertThat(subscriber.queuedCount).hasValue(0);
        assertThat(subscriber.queuedBytes).hasValue(0);
    }

    @Test
    @DisplayName("QoS 1: the packet id is handed to the store with the PUBLISH, which does not wait for it")
    void qos1IsMarked() {
        Outbox out = outbox(10, 10);
        deliver(out, 1, 1);
        assertThat(port.done()).containsExactly("PUBLISH 1 qos 1 id 1", "store SENT 1 id 1");
        out.acked(Type.PUBACK, 1, ReasonCode.SUCCESS);
        assertThat(port.done()).containsExactly("store DEQUEUE 1");
        deliver(out, 2, 1);
        out.close();
        assertThat(port.done()).containsExactly("PUBLISH 2 qos 1 id 2", "store SENT 2 id 2");
    }

    @Test
    @DisplayName("[MQTT-4.4.0-1] a resumed session repeats PUBLISH with DUP and PUBREL, under their ids, then goes on")
    void resumes() {
        Outbox out = outbox(10, 10);
        subscriber.queuedCount.set(3);
        subscriber.queuedBytes.set(3L * FakePort.message(1, 2).sizeBytes());
        out.resume(List.of(entry(2, 2, 8, false), entry(1, 2, 7, true)), MessageId.ZERO);
        assertThat(port.done()).containsExactly("PUBREL 7", "PUBLISH 2 qos 2 id 8 dup", "store QUEUE_READ after 0.0");
        port.answer(page(false, 3));
        assertThat(port.done()).containsExactly("PUBLISH 3 qos 1 id 9", "store SENT 3 id 9");
        out.acked(Type.PUBCOMP, 7, ReasonCode.SUCCESS);
        out.acked(Type.PUBREC, 8, ReasonCode.QUOTA_EXCEEDED);
        out.acked(Type.PUBACK, 9, ReasonCode.SUCCESS);
        assertThat(subscriber.queuedCount).hasValue(0);
        assertThat(subscriber.queuedBytes)
                .as("also those of a message that the store has dropped at its release")
                .hasValue(0);
    }

    @Test
    @DisplayName("[MQTT-4.3.3-4] PUBREC repeated after the release is answered by PUBREL; for an unknown id with 0x92")
    void repeatedPubrec() {
        Outbox out = outbox(10, 10);
        out.resume(List.of(entry(1, 2, 7, true)), MessageId.ZERO);
        port.done();
        out.acked(Type.PUBREC, 7, ReasonCode.SUCCESS);
        out.acked(Type.PUBREC, 99, ReasonCode.SUCCESS);
        assertThat(port.done()).containsExactly("PUBREL 7", "PUBREL 99 PACKET_IDENTIFIER_NOT_FOUND");
    }

    @Test
    @DisplayName("acks that do not fit the state of their packet id change nothing")
    void wrongAcks() {
        Outbox out = outbox(1, 10);
        deliver(out, 1, 2);
        deliver(out, 2, 1);
        assertThat(out.acked(Type.PUBREC, 1, ReasonCode.SUCCESS))
                .as("not sent yet: meant for an earlier connection")
                .isTrue();
        port.answer();
        port.done();
        assertThat(out.acked(Type.PUBACK, 1, ReasonCode.SUCCESS)).isFalse();
        assertThat(out.acked(Type.PUBCOMP, 1, ReasonCode.SUCCESS)).isFalse();
        assertThat(port.done()).isEmpty();
        assertThat(out.inflightCount()).isEqualTo(1);
    }

    @Test
    @DisplayName("a message that expires while it waits is dropped, counted off and gives its place to the next")
    void expiryInQueue() {
        Outbox out = outbox(1, 10);
        deliver(out, 1, 1);
        deliver(out, FakePort.message(2, 1, port.nowMs + 10));
        deliver(out, 3, 1);
        port.done();
        port.nowMs += 10;
        out.acked(Type.PUBACK, 1, ReasonCode.SUCCESS);
        assertThat(port.done())
                .containsExactly(
                        "store DEQUEUE 1",
                        "drop EXPIRED",
                        "store DEQUEUE 2",
                        "PUBLISH 3 qos 1 id 2",
                        "store SENT 3 id 2");
        assertThat(subscriber.queuedCount).hasValue(1);
        assertThat(memory.bytes()).isZero();
    }

    // ---- what waits in the store only

    /** A session with a window of one and one place in memory; 1 is in flight, 2 waits, 3 is in the store. */
    private Outbox behindBy3() {
        Outbox out = outbox(1, 1);
        deliver(out, 1, 1);
        deliver(out, 2, 1);
        deliver(out, 3, 1);
        assertThat(port.done())
                .containsExactly("PUBLISH 1 qos 1 id 1", "store SENT 1 id 1", "store QUEUE_READ after 0.0");
        return out;
    }

    /** 4 came while the page was on its way. */
    private Outbox behind() {
        Outbox out = behindBy3();
        deliver(out, 4, 1);
        return out;
    }

    @Test
    @DisplayName("a page that begins below what memory holds brings only the rest")
    void pageOverMemory() {
        Outbox out = behind();
        port.answer(page(false, 1, 2, 3, 4));
        assertThat(out.queuedInMemory()).isEqualTo(3);
        ackAll(out, 1, 4);
        assertThat(port.done())
                .contains(
                        "PUBLISH 2 qos 1 id 2",
                        "store SENT 2 id 2",
                        "PUBLISH 3 qos 1 id 3",
                        "store SENT 3 id 3",
                        "PUBLISH 4 qos 1 id 4",
                        "store SENT 4 id 4")
                .doesNotHaveDuplicates();
    }

    private void ackAll(Outbox out, int from, int to) {
        for (int id = from; id <= to; id++) {
            assertThat(out.acked(Type.PUBACK, id, ReasonCode.SUCCESS))
                    .as("id %d", id)
                    .isTrue();
        }
    }

    @Test
    @DisplayName("a message that was acknowledged while a page with it was on its way is not taken from that page")
    void acknowledgedMeanwhile() {
        Outbox out = behind();
        ackAll(out, 1, 1);
        port.done();
        port.answer(page(false, 1, 2, 3, 4));
        ackAll(out, 2, 4);
        assertThat(out.inflightCount()).isZero();
        assertThat(subscriber.queuedCount).hasValue(0);
    }

    @Test
    @DisplayName("a message that came live and by page is sent once")
    void liveAfterPage() {
        Outbox out = behind();
        port.answer(page(false, 1, 2, 3, 4, 5));
        out.deliver(FakePort.message(5, 1), 1, false, new int[0], null);
        assertThat(out.queuedInMemory()).isEqualTo(4);
    }

    @Test
    @DisplayName("positions from pages are remembered until every loop has sent off what it had, in two steps")
    void rememberedUntilFence() {
        Outbox out = behindBy3();
        port.answer(page(false, 3, 4));
        int before = out.queuedInMemory();
        out.tick();
        out.deliver(FakePort.message(4, 1), 1, false, new int[0], null);
        assertThat(out.queuedInMemory()).as("the fence is not passed").isEqualTo(before);
        port.passFences();
        assertThat(out.tick()).isFalse();
    }

    @Test
    @DisplayName("a message stored late, below the last page's end, comes by the next page")
    void lateBelowPage() {
        Outbox out = behindBy3();
        port.answer(page(true, 3, 6));
        int before = out.queuedInMemory();
        deliver(out, 5, 1);
        assertThat(out.queuedInMemory()).isEqualTo(before);
        assertThat(port.done()).containsExactly("store QUEUE_READ after 0.0");
        port.answer(page(false, 2, 3, 5, 6));
        assertThat(out.queuedInMemory()).isEqualTo(before + 1);
    }

    @Test
    @DisplayName("a message that came live while a page was read which ends above it is taken once")
    void skippedBelowPageInFlight() {
        Outbox out = behind();
        deliver(out, 5, 1); // the page was read before 5 was stored
        port.answer(page(true, 1, 2, 3, 4, 6));
        assertThat(out.queuedInMemory()).as("2, 3, 4 and 6").isEqualTo(4);
        assertThat(port.done()).containsExactly("store QUEUE_READ after 0.0");
        port.answer(page(false, 2, 3, 4, 5, 6));
        assertThat(out.queuedInMemory()).as("2, 3, 4, 6 and 5").isEqualTo(5);
    }

    @Test
    @DisplayName("a page that can't be read is asked for again at the next tick")
    void failedPage() {
        Outbox out = behind();
        port.answer(new StoreReply.Failed(true, "test"));
        assertThat(out.tick()).isTrue();
        assertThat(port.done()).containsExactly("store QUEUE_READ after 0.0");
    }

    // ---- the bound of the whole queue

    private Outbox bounded(int queueCountMax, int receiveMaximum) {
        OutboxLimits limits =
                new OutboxLimits(100, 0, queueCountMax, 1 << 30, 100, 1 << 20, true, memory, new LongAdder());
        return new Outbox(port, subscriber, limits, receiveMaximum);
    }

    private void restored(Outbox out, int... numbers) {
        List<StoreReply.QueueEntry> inFlight = new ArrayList<>();
        for (int n : numbers) {
            inFlight.add(entry(n, 1, n, false));
            subscriber.queuedCount.incrementAndGet();
            subscriber.queuedBytes.addAndGet(FakePort.message(n, 1).sizeBytes());
        }
        out.resume(inFlight, MessageId.ZERO);
        port.answer(page(false));
        port.done();
    }

    @Test
    @DisplayName("drop_oldest passes over what an earlier connection had in flight and a smaller window holds back")
    void dropsBehindRestored() {
        Outbox out = bounded(4, 1);
        restored(out, 1, 2, 3);
        for (int n = 4; n <= 9; n++) {
            deliver(out, n, 1);
        }
        assertThat(subscriber.queuedCount).hasValue(4);
        assertThat(port.done().stream().filter("drop QUEUE_FULL"::equals)).hasSize(5);
        ackAll(out, 1, 3);
        assertThat(port.done())
                .containsSubsequence("PUBLISH 2 qos 1 id 2 dup", "PUBLISH 3 qos 1 id 3 dup", "PUBLISH 9 qos 1 id 4");
        ackAll(out, 4, 4);
        assertThat(subscriber.queuedCount).hasValue(0);
        assertThat(memory.bytes()).isZero();
    }

    @Test
    @DisplayName("drop_oldest passes over what an earlier connection had in flight while the channel is full")
    void dropsWhileChannelIsFull() {
        port.writable = false;
        Outbox out = bounded(2, 10);
        restored(out, 1, 2);
        deliver(out, 3, 1);
        deliver(out, 4, 1);
        assertThat(subscriber.queuedCount).hasValue(2);
    }

    @Test
    @DisplayName("many deliveries in flight before do not keep the queue from being read, and so from being bounded")
    void readsBehindManyRestored() {
        Outbox out = bounded(80, 1);
        int[] numbers = new int[80];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = i + 1;
        }
        subscriber.queuedCount.set(3);
        subscriber.queuedBytes.set(3L * FakePort.message(1, 1).sizeBytes());
        List<StoreReply.QueueEntry> inFlight = new ArrayList<>();
        for (int n : numbers) {
            inFlight.add(entry(n, 1, n, false));
            subscriber.queuedCount.incrementAndGet();
        }
        out.resume(inFlight, MessageId.ZERO);
        assertThat(port.done()).contains("store QUEUE_READ after 0.0");
        port.answer(page(false, 81, 82, 83));
        assertThat(port.done().stream().filter("drop QUEUE_FULL"::equals)).hasSize(3);
        assertThat(subscriber.queuedCount).hasValue(80);
    }

    @Test
    @DisplayName("a slow connection is sent nothing until it is writable")
    void slowConnection() {
        Outbox out = outbox(10, 10);
        port.writable = false;
        deliver(out, 1, 1);
        assertThat(port.done()).isEmpty();
        port.writable = true;
        out.pump();
        assertThat(port.done()).containsExactly("PUBLISH 1 qos 1 id 1", "store SENT 1 id 1");
    }

    @Test
    @DisplayName("nothing is left in memory after the end, and late answers of the store do nothing")
    void close() {
        Outbox out = outbox(1, 10);
        deliver(out, 1, 2);
        deliver(out, 2, 1);
        out.close();
        port.done();
        port.answer();
        assertThat(port.done()).isEmpty();
        assertThat(memory.bytes()).isZero();
    }

    @Test
    @DisplayName("a session that is not durable stores nothing and drops what is too much")
    void notDurable() {
        Outbox out = outbox(new Subscriber(2, "d", false), 1, 1);
        for (int n = 1; n <= 3; n++) {
            out.deliver(FakePort.message(n, 2), 2, false, new int[0], null);
        }
        out.acked(Type.PUBREC, 1, ReasonCode.SUCCESS);
        out.acked(Type.PUBCOMP, 1, ReasonCode.SUCCESS);
        assertThat(port.done())
                .containsExactly("PUBLISH 1 qos 2 id 1", "drop QUEUE_FULL", "PUBREL 1", "PUBLISH 2 qos 2 id 2");
    }
}
