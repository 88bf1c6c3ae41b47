package dev.mooring.session;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.ReasonCode;
import dev.mooring.message.TopicFilter;
import dev.mooring.message.TopicName;
import dev.mooring.route.Subscriber;
import dev.mooring.store.OnReply;
import dev.mooring.store.StoreOp;
import dev.mooring.store.StoreReply;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Pages and live deliveries that overtake each other. */
class BacklogTest {
    private final ArrayDeque<OnReply> reads = new ArrayDeque<>();
    private final ArrayDeque<Long> after = new ArrayDeque<>();
    private final ArrayDeque<Runnable> fences = new ArrayDeque<>();
    private long asOf;
    private Rescan.Live live = Rescan.Live.TAKEN;
    private final List<Long> taken = new ArrayList<>();
    private final List<Long> inMemory = new ArrayList<>();
    private final Backlog backlog = new Backlog(new Port(), new Subscriber(1, "client", true), new Taker());

    @Test
    @DisplayName("what comes live during a read, is stored behind it, and has an id below the page's end, is taken")
    void skippedDuringReadAndPassedByThePage() {
        backlog.begin(MessageId.ZERO);
        backlog.readIfLow(0);
        assertThat(backlog.takes(delivery(5), false)).isFalse();
        assertThat(backlog.takes(delivery(9), false)).isFalse();
        reads.remove().reply(new StoreReply.Entries(List.of(entry(4), entry(7)), false));
        assertThat(taken).containsExactly(4L, 7L, 5L, 9L);
        assertThat(backlog.isBehind()).isFalse();
    }

    @Test
    @DisplayName("what a page brings is not taken a second time, whether it comes live before or after the page")
    void broughtByThePage() {
        backlog.begin(MessageId.ZERO);
        backlog.readIfLow(0);
        assertThat(backlog.takes(delivery(4), false)).isFalse();
        reads.remove().reply(new StoreReply.Entries(List.of(entry(4), entry(7)), false));
        assertThat(backlog.takes(delivery(7), false)).isFalse();
        assertThat(taken).containsExactly(4L, 7L);
    }

    @Test
    @DisplayName("a rescan brings what was never heard of, and nothing that memory has")
    void rescan() {
        assertThat(backlog.takes(delivery(3), false)).isTrue();
        assertThat(backlog.takes(delivery(9), false)).isTrue();
        inMemory.addAll(List.of(3L, 9L));
        backlog.rescan();
        backlog.readIfLow(0);
        reads.remove().reply(new StoreReply.Entries(List.of(entry(3), entry(5), entry(9)), false));
        assertThat(taken).containsExactly(5L);
        assertThat(backlog.isBehind()).isFalse();
        assertThat(backlog.takes(delivery(5), false)).isFalse();
        assertThat(backlog.takes(delivery(10), false)).isTrue();
    }

    @Test
    @DisplayName("while live messages are held nothing is taken, whether read or live")
    void held() {
        backlog.begin(MessageId.ZERO);
        backlog.readIfLow(0);
        live = Rescan.Live.HELD;
        backlog.rescan();
        reads.remove().reply(new StoreReply.Entries(List.of(entry(4)), false));
        assertThat(backlog.takes(delivery(5), false)).isFalse();
        backlog.readIfLow(0);
        assertThat(reads).isEmpty();
        live = Rescan.Live.TAKEN;
        backlog.rescan();
        backlog.readIfLow(0);
        reads.remove().reply(new StoreReply.Entries(List.of(entry(3), entry(4), entry(5)), false));
        assertThat(taken).containsExactly(3L, 4L, 5L);
        assertThat(backlog.isBehind()).isFalse();
    }

    @Test
    @DisplayName("a rescan that is asked for while a page is read begins again behind that page")
    void rescanDuringRead() {
        backlog.begin(MessageId.ZERO);
        backlog.readIfLow(0);
        backlog.rescan();
        reads.remove().reply(new StoreReply.Entries(List.of(entry(4)), false));
        inMemory.add(4L);
        assertThat(backlog.isBehind()).isTrue();
        backlog.readIfLow(0);
        reads.remove().reply(new StoreReply.Entries(List.of(entry(2), entry(4)), false));
        assertThat(taken).containsExactly(4L, 2L);
        assertThat(backlog.isBehind()).isFalse();
    }

    @Test
    @DisplayName("[MQTT-4.6.0-6] while some node is not heard, what comes live comes behind what is only stored")
    void aSign() {
        assertThat(backlog.takes(delivery(3), false)).isTrue();
        inMemory.add(3L);
        live = Rescan.Live.A_SIGN;
        assertThat(backlog.takes(delivery(6), false)).isFalse();
        backlog.readIfLow(0);
        assertThat(backlog.takes(delivery(8), false)).isFalse();
        page(false, 3, 4, 5, 6); // 7, which its publisher's node forwards to nobody, is not stored yet
        assertThat(taken).containsExactly(4L, 5L, 6L);
        inMemory.addAll(taken);
        backlog.readIfLow(0);
        page(false, 3, 4, 5, 6, 7, 8);
        assertThat(taken).containsExactly(4L, 5L, 6L, 7L, 8L);
        live = Rescan.Live.TAKEN;
        assertThat(backlog.takes(delivery(9), false)).isTrue();
    }

    private void page(boolean more, long... ids) {
        List<StoreReply.QueueEntry> entries = new ArrayList<>();
        for (long id : ids) {
            entries.add(entry(id));
        }
        reads.remove().reply(new StoreReply.Entries(entries, more));
    }

    @Test
    @DisplayName(
            "[MQTT-4.6.0-6] what is stored late, below the end of a page, comes before what was published after it")
    void storedBelowThePagesEnd() {
        backlog.begin(new MessageId(4, 0));
        backlog.readIfLow(0);
        page(true, 4, 7); // 5 has its id, but is not stored yet
        inMemory.addAll(List.of(4L, 7L));
        backlog.readIfLow(0);
        page(true, 5, 7);
        inMemory.add(5L);
        asOf = 8;
        backlog.settle();
        fences.remove().run();
        backlog.readIfLow(0);
        page(true, 5, 7, 8);
        backlog.readIfLow(0);
        assertThat(taken).containsExactly(4L, 7L, 5L, 8L);
        assertThat(after).as("nobody may store below 8 any more").containsExactly(0L, 4L, 4L, 8L);
    }

    @Test
    @DisplayName("a message whose publisher hears of its commit late, when a page has brought it long ago, comes once")
    void broughtByAForgottenPage() {
        backlog.begin(MessageId.ZERO);
        backlog.readIfLow(0);
        page(false, 4, 7);
        inMemory.add(7L); // 4 is acknowledged
        backlog.settle();
        fences.remove().run();
        assertThat(backlog.takes(delivery(4), false)).isFalse();
        assertThat(backlog.takes(delivery(7), false)).isFalse();
        assertThat(backlog.takes(delivery(9), false)).isFalse();
        backlog.readIfLow(0);
        page(false, 7, 9);
        assertThat(taken).containsExactly(4L, 7L, 9L);
        assertThat(backlog.isBehind()).isFalse();
        assertThat(backlog.takes(delivery(10), false)).isTrue();
    }

    @Test
    @DisplayName("what comes while a page is read that fails is not lost, though no page will begin before it")
    void skippedDuringAFailedRead() {
        backlog.begin(new MessageId(8, 0));
        backlog.readIfLow(0);
        page(true, 4, 7);
        backlog.readIfLow(0);
        assertThat(backlog.takes(delivery(3), false)).isFalse(); // moved here from the queue of a shared group
        reads.remove().reply(new StoreReply.Failed(true, "test"));
        backlog.readIfLow(0);
        page(false, 3);
        assertThat(taken).containsExactly(4L, 7L, 3L);
    }

    @Test
    @DisplayName("what an earlier connection may have had already is looked for in the store")
    void publishedBeforeTheConnection() {
        backlog.begin(new MessageId(5, 0));
        backlog.readIfLow(0);
        page(false);
        assertThat(backlog.takes(delivery(3), false)).isFalse();
        backlog.readIfLow(0);
        page(false, 3);
        assertThat(taken).containsExactly(3L);
    }

    @Test
    @DisplayName("a page of what memory has is not read again before some of that is gone, or time has passed")
    void pageOfWhatMemoryHas() {
        assertThat(backlog.takes(delivery(3), false)).isTrue();
        assertThat(backlog.takes(delivery(4), true)).isFalse();
        inMemory.add(3L);
        backlog.readIfLow(1);
        page(true, 3);
        backlog.readIfLow(1);
        assertThat(reads).isEmpty();
        backlog.readIfLow(0);
        assertThat(reads).hasSize(1);
        page(true, 3);
        backlog.readIfLow(0);
        assertThat(reads).isEmpty();
        asOf = 3;
        backlog.settle();
        fences.remove().run();
        backlog.readIfLow(0);
        page(true, 3);
        asOf = 5;
        backlog.settle();
        backlog.readIfLow(0);
        assertThat(after).as("behind what memory has").endsWith(3L);
        page(false, 4);
        assertThat(taken).containsExactly(4L);
    }

    private static Message message(long id) {
        return new Message(
                new MessageId(id, 0),
                "publisher",
                TopicName.of("t"),
                1,
                false,
                new byte[0],
                PublishProperties.EMPTY,
                0,
                Message.NEVER);
    }

    private static Delivery delivery(long id) {
        return new Delivery(new MessageId(id, 0), message(id), 1, false, new int[0], null);
    }

    private static StoreReply.QueueEntry entry(long id) {
        return new StoreReply.QueueEntry(new MessageId(id, 0), message(id), 1, false, new int[0], null, 0, false, 0);
    }

    private final class Taker implements Backlog.Taker {
        @Override
        public void take(Delivery delivery) {
            taken.add(delivery.position.timeUs());
        }

        @Override
        public void pageTaken() {}

        @Override
        public void addPositions(Set<MessageId> positions) {
            inMemory.forEach(id -> positions.add(new MessageId(id, 0)));
        }
    }

    /** Only reads come here. */
    private final class Port implements SessionPort {
        @Override
        public void store(StoreOp op, OnReply onReply) {
            reads.add(onReply);
            after.add(((StoreOp.QueueRead) op).after().timeUs());
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
            throw new AssertionError();
        }

        @Override
        public void send(Packet.Ack.Type type, int packetId, ReasonCode reason) {
            throw new AssertionError();
        }

        @Override
        public Rescan.Live liveMessages() {
            return live;
        }

        @Override
        public MessageId asOf() {
            return new MessageId(asOf, 0);
        }

        @Override
        public MessageId nextId() {
            throw new AssertionError();
        }

        @Override
        public void fence(Runnable then) {
            fences.add(then);
        }

        @Override
        public void acked(Message message, TopicFilter shared, int qos) {
            throw new AssertionError();
        }

        @Override
        public void dropped(Drop reason, Message message) {
            throw new AssertionError();
        }
    }
}
