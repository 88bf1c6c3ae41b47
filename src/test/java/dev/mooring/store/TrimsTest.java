package dev.mooring.store;

import static dev.mooring.store.StoreHarness.enqueue;
import static dev.mooring.store.StoreHarness.id;
import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.MessageId;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

class TrimsTest {
    private long sequence;

    private Commit commit(List<Commit.Item> again, Repeats repeats, List<Commit> underWay, StoreOp... ops) {
        return new Commit(again, List.of(open(ops)), repeats, underWay);
    }

    private OpenBatch open(StoreOp... ops) {
        return new OpenBatch(new StoreBatch("p", "test", sequence, List.of(ops), 0), sequence++, 0);
    }

    private static StoreOp trim(long session, long by, MessageId before) {
        return new StoreOp.QueueTrim(session, 1, 0, id(by), before);
    }

    private static StoreOp trim(long session, long by) {
        return trim(session, by, MessageId.MAX);
    }

    @Test
    @DisplayName("a trim spares what the store may be given again: of this commit, of others, and what has failed")
    void sparesWhatIsNotAnswered() {
        Repeats repeats = new Repeats();
        StoreOp failed = enqueue(4, 3);
        repeats.add(new Commit.Item(failed, open(failed), 0));
        Commit other = commit(List.of(), new Repeats(), List.of(), enqueue(5, 1), enqueue(6, 1));
        Commit commit = commit(
                List.of(), repeats, List.of(other), enqueue(8, 1), enqueue(7, 2), trim(1, 9), trim(2, 9), trim(4, 9));
        assertThat(commit.ops()).endsWith(trim(1, 9, id(5)), trim(2, 9, id(7)), trim(4, 9, MessageId.MAX));
        Commit behind = commit(repeats.begin(), repeats, List.of(), trim(3, 9));
        assertThat(behind.ops()).containsExactly(failed, trim(3, 9, id(4)));
    }

    @Test
    @DisplayName("one trim of a session at a time: another one drops nothing, and is answered so with its batch")
    void oneAtATime() {
        Commit first = commit(List.of(), new Repeats(), List.of(), trim(1, 7), trim(1, 8), trim(2, 8));
        assertThat(first.ops()).containsExactly(trim(1, 7), trim(2, 8));
        Commit next = commit(List.of(), new Repeats(), List.of(first), trim(1, 9), trim(3, 9));
        assertThat(next.ops()).containsExactly(trim(3, 9));
        Repeats repeats = new Repeats();
        repeats.add(new Commit.Item(trim(1, 7), open(trim(1, 7)), 0));
        assertThat(commit(repeats.begin(), repeats, List.of(), trim(1, 9)).ops())
                .containsExactly(trim(1, 7));
        Commit after = commit(List.of(), new Repeats(), List.of(), trim(1, 9));
        assertThat(after.ops()).containsExactly(trim(1, 9));
    }
}
