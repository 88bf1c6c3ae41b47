package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.TopicFilter;
import dev.mooring.store.StoreOp.Enqueue.Entry;
import dev.mooring.store.StoreReply.QueueEntry;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The part of {@link StoreContract} about what goes from one queue to another. */
abstract class MoveContract extends CopyContract {
    @Test
    @DisplayName("QUEUE_MOVE takes entries that are not in flight to another queue, at their positions, once")
    void move() throws Exception {
        byte[] large = new byte[5000];
        done(enqueue(message(1, "t", large), entry(1), entry(3)), enqueue(2, 1), enqueue(3, 1), enqueue(4, 2));
        done(new StoreOp.Sent(1, id(3), 4));
        StoreOp move = move(1, 2, 1, 3, 2, 99);
        long bytes = message(1, "t", large).sizeBytes() + message(2, "t").sizeBytes();
        StoreReply moved = new StoreReply.Moved(2, bytes);
        assertThat(apply(move)).isEqualTo(moved);
        assertThat(apply(dequeue(3, 1), move)).isEqualTo(moved);
        restart();
        assertThat(apply(move)).as("after a restart too").isEqualTo(moved);
        assertThat(positions(1)).isEmpty();
        assertThat(load(1).inFlight()).extracting(QueueEntry::position).isEqualTo(ids(3));
        assertThat(positions(2)).isEqualTo(ids(1, 2, 4));
        assertThat(queue(2).get(0).message().payload()).hasSize(5000);
    }

    @Test
    @DisplayName("QUEUE_MOVE says how much has joined the other queue: not what that had already, nor what was gone")
    void moveCounts() throws Exception {
        byte[] large = new byte[5000];
        done(enqueue(1, 1, 2), enqueue(2, 1), enqueue(3, 1), enqueue(message(4, "t", large), entry(1), entry(2)));
        done(new StoreOp.Sent(2, id(1), 4), new StoreOp.SessionSave(session(2, 1, null)), dequeue(1, 3));
        long size = message(1, "t").sizeBytes();
        assertThat(apply(move(1, 2, 1, 2, 3, 4, 2))).isEqualTo(new StoreReply.Moved(1, size));
        assertThat(positions(1)).isEmpty();
        assertThat(positions(2)).isEqualTo(ids(2, 4));
        assertThat(queue(2).get(1).message().payload()).hasSize(5000);
        assertThat(sessions().get(0).queuedCount()).isEqualTo(3);
        assertThat(apply(move(1, 2, 2))).isEqualTo(new StoreReply.Moved(0, 0));
        assertThat(apply(move(2, 2, 2))).isEqualTo(new StoreReply.Moved(0, 0));
        assertThat(apply(move(2, 1, 2, 1))).isEqualTo(new StoreReply.Moved(1, size));
        assertThat(apply(move(1, 2, 2))).as("another move of the same").isEqualTo(new StoreReply.Moved(1, size));
        done(new StoreOp.SessionDelete(1, "c"), new StoreOp.SessionDelete(2, "c"));
    }

    @Test
    @DisplayName("QUEUE_MOVE gives entries the QoS, RETAIN flag and identifiers of their new owner, once")
    void moveRewrites() throws Exception {
        TopicFilter shared = filter("$share/g/t");
        int[] none = {};
        byte[] large = new byte[5000];
        Entry kept = new Entry(1, 2, true, none, shared);
        done(enqueue(message(1, "t"), kept), enqueue(message(2, "t", large), kept, entry(4)));
        done(enqueue(message(3, "t"), new Entry(1, 1, false, new int[] {1, 2, 3}, shared)));
        StoreOp move = new StoreOp.QueueMove(1, ids(1, 2, 3), 2, 1, true, new int[] {7, 268_435_455}, id(100));
        assertThat(applyAll(List.of(move, move))).allMatch(r -> ((StoreReply.Moved) r).count() == 3);
        done(new StoreOp.Sent(2, id(2), 9));
        restart();
        QueueEntry inFlight = load(2).inFlight().get(0);
        List<QueueEntry> all = List.of(queue(2).get(0), inFlight, queue(2).get(1));
        assertThat(all).extracting(QueueEntry::position).isEqualTo(ids(1, 2, 3));
        assertThat(all).allSatisfy(e -> {
            assertThat(e.qos()).isEqualTo(1);
            assertThat(e.retain()).isEqualTo(!e.position().equals(id(3)));
            assertThat(e.identifiers()).containsExactly(7, 268_435_455);
            assertThat(e.shared()).isEqualTo(shared);
        });
        assertThat(text(all.get(0).message())).isEqualTo(text(message(1, "t")));
        assertThat(inFlight.message().payload()).hasSize(5000);
        apply(new StoreOp.QueueMove(2, ids(1), 3, 2, false, none, id(101)));
        assertThat(queue(3)).singleElement().satisfies(e -> {
            assertThat(e.qos()).as("it was lowered already").isEqualTo(1);
            assertThat(e.retain()).isFalse();
            assertThat(e.identifiers()).isEmpty();
        });
    }
}
