package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What of one commit need not reach the store. */
class CancellingTest {
    private static List<StoreOp> left(StoreOp... ops) {
        List<StoreOp> all = List.of(ops);
        Cancelling cancelling = new Cancelling(List.of(new StoreBatch("p", "me", 0, all, 0)), all.size());
        List<StoreOp> left = new ArrayList<>();
        for (StoreOp op : all) {
            StoreOp rest = cancelling.left(op);
            if (rest != null) {
                left.add(rest);
            }
        }
        return left;
    }

    private static StoreOp sent(long session, long n) {
        return new StoreOp.Sent(session, StoreHarness.id(n), 5);
    }

    @Test
    @DisplayName("an entry that is written and deleted, and the packet id of one that is deleted, are left out")
    void leavesOut() {
        StoreOp dequeue = StoreHarness.dequeue(1, 2);
        assertThat(left(StoreHarness.enqueue(1, 1), sent(1, 1), sent(1, 2), StoreHarness.dequeue(1, 1), dequeue))
                .containsExactly(dequeue);
    }

    @Test
    @DisplayName("a trim finds in flight what is: its packet id stays, though it is deleted by the same commit")
    void trim() {
        StoreOp trim = new StoreOp.QueueTrim(1, 1, 0, StoreHarness.id(9));
        StoreOp dequeue = StoreHarness.dequeue(1, 2);
        StoreOp other = StoreHarness.dequeue(2, 2);
        StoreOp enqueue = StoreHarness.enqueue(1, 1);
        assertThat(left(enqueue, sent(1, 1), sent(1, 2), sent(2, 2), trim, StoreHarness.dequeue(1, 1), dequeue, other))
                .containsExactly(sent(1, 2), trim, dequeue, other);
    }
}
