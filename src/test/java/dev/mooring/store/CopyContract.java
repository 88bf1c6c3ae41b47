package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Message;
import dev.mooring.store.StoreOp.Enqueue.Entry;
import dev.mooring.store.StoreOp.Enqueue.Retained;
import dev.mooring.store.StoreReply.QueueEntry;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The part of {@link StoreContract} about a session that gets a message by several of its subscriptions. */
abstract class CopyContract extends StoreHarness {
    /** Of session 1, which has an ordinary subscription and a shared one; 2 has an ordinary one, 3 is the group's. */
    static StoreOp.Enqueue withCopies(Message m, long inboundSession, int packetId) {
        Entry shared = new Entry(1, 2, false, new int[] {7}, filter("$share/g/t"), m.copy(id(501), false));
        Entry group = new Entry(3, 1, false, new int[0], filter("$share/h/t"), m.copy(id(502), false));
        return new StoreOp.Enqueue(
                m, List.of(entry(1), entry(2), shared, group), inboundSession, packetId, Retained.KEEP, 0);
    }

    private void copies(byte[] payload) throws Exception {
        Message m = message(1, "t", payload);
        StoreOp publish = withCopies(m, 9, 4);
        done(new StoreOp.SessionSave(session(1, 1, null)), publish, enqueue(2, 1), publish);
        restart();
        done(publish);
        assertThat(positions(1)).isEqualTo(ids(1, 2, 501));
        assertThat(positions(2)).isEqualTo(ids(1));
        assertThat(positions(3)).isEqualTo(ids(502));
        QueueEntry copy = queue(1).get(2);
        assertThat(copy.message().id()).isEqualTo(id(501));
        assertThat(copy.message().storedId()).isEqualTo(id(1));
        assertThat(copy.message().payload()).isEqualTo(payload);
        assertThat(copy.shared()).isEqualTo(filter("$share/g/t"));
        assertThat(copy.identifiers()).containsExactly(7);
        assertThat(copy.qos()).isEqualTo(2);
        assertThat(load(9).inboundPacketIds()).containsExactly(4);
        assertThat(sessions().get(0).queuedCount()).isEqualTo(3);
        done(dequeue(1, 1), dequeue(2, 1));
        assertThat(positions(1)).isEqualTo(ids(2, 501));
        assertThat(queue(1).get(1).message().payload()).isEqualTo(payload);
        assertThat(queue(3).get(0).message().payload()).isEqualTo(payload);
        done(new StoreOp.SessionDelete(1, "c"), new StoreOp.SessionDelete(3, "c"), new StoreOp.InboundRelease(9, 4));
        assertThat(queue(1)).isEmpty();
    }

    @Test
    @DisplayName("ENQUEUE writes copies for who has the message by another entry, at their own positions, once")
    void smallCopies() throws Exception {
        copies(new byte[] {1});
    }

    @Test
    @DisplayName("ENQUEUE writes copies of a large message")
    void largeCopies() throws Exception {
        copies(new byte[450_000]);
    }

    @Test
    @DisplayName("ENQUEUE writes copies when nothing else changes, too")
    void copiesAlone() throws Exception {
        done(withCopies(message(1, "t", new byte[5_000]), 0, 0), dequeue(1, 501));
        assertThat(positions(1)).isEqualTo(ids(1));
        assertThat(positions(2)).isEqualTo(ids(1));
        assertThat(positions(3)).isEqualTo(ids(502));
    }
}
