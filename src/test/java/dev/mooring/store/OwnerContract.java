package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.Subscription;
import dev.mooring.store.StoreOp.Enqueue.Retained;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What an owner of a session that has been replaced, or whose session has ended, may still do: nothing. */
abstract class OwnerContract extends MoveContract {
    private static final StoreOp INBOUND_OF_7 =
            new StoreOp.Enqueue(message(9, "t"), List.of(entry(8)), 7, 77, Retained.SET, 0);
    private static final StoreOp WILL_OF_7 =
            new StoreOp.Enqueue(message(10, "w"), List.of(entry(8)), 0, 0, Retained.KEEP, 7);

    /** Whatever the owner may ask for but the end, in an order in which each can be done. */
    private static final List<StoreOp> OF_7 = List.of(
            new StoreOp.SubscriptionsSave(7, List.of(Subscription.of("new", 1))),
            new StoreOp.SubscriptionsDelete(7, List.of("old")),
            INBOUND_OF_7,
            WILL_OF_7,
            new StoreOp.Sent(7, id(1), 11),
            new StoreOp.Released(7, id(2), 12),
            new StoreOp.InboundRelease(7, 66),
            new StoreOp.SessionSave(session(7, 5, null)));

    private void given() throws Exception {
        done(
                new StoreOp.SessionSave(session(7, 5, WILL)),
                new StoreOp.SessionSave(session(8, 5, null)),
                new StoreOp.SubscriptionsSave(7, List.of(Subscription.of("old", 1))),
                enqueue(1, 7),
                enqueue(2, 7),
                new StoreOp.Enqueue(message(3, "t"), List.of(), 7, 66, Retained.KEEP, 0));
    }

    private static StoreOp owned(StoreOp op, long epoch) {
        return new StoreOp.Owned(op, 7, epoch);
    }

    @Test
    @DisplayName("the owner's writes take effect, in order with others'")
    void ownerMayWrite() throws Exception {
        given();
        for (StoreOp op : OF_7) {
            done(owned(op, 5));
        }
        StoreReply.StoredSession seven = sessions().get(0);
        assertThat(seven.session().will()).isNull();
        assertThat(seven.subscriptions()).containsExactly(Subscription.of("new", 1));
        assertThat(sessions().get(1).queuedCount()).isEqualTo(2);
        StoreReply.SessionState state = (StoreReply.SessionState) apply(new StoreOp.SessionLoad(7));
        assertThat(state.inboundPacketIds()).containsExactly(77);
        assertThat(state.inFlight()).extracting(StoreReply.QueueEntry::packetId).containsExactly(11, 12);
        done(owned(new StoreOp.SessionDelete(7, "c"), 6), owned(new StoreOp.SessionDelete(7, "c"), 6));
        assertThat(sessions()).hasSize(1);
    }

    @Test
    @DisplayName("whoever has been replaced changes nothing, and is told for good, in one batch and alone")
    void replacedOwnerMayNot() throws Exception {
        given();
        done(new StoreOp.SessionSave(session(7, 6, WILL)));
        assertThat(applyAll(OF_7.stream().map(op -> owned(op, 5)).toList())).allSatisfy(OwnerContract::isReplaced);
        for (StoreOp op : OF_7) {
            isReplaced(apply(owned(op, 5)));
        }
        isReplaced(apply(owned(new StoreOp.SessionDelete(7, "c"), 5)));
        restart();
        assertThat(sessions().get(0).session()).usingRecursiveComparison().isEqualTo(session(7, 6, WILL));
        assertThat(sessions().get(0).subscriptions()).containsExactly(Subscription.of("old", 1));
        assertThat(sessions().get(1).queuedCount()).isZero();
        StoreReply.SessionState state = (StoreReply.SessionState) apply(new StoreOp.SessionLoad(7));
        assertThat(state.inboundPacketIds()).containsExactly(66);
        assertThat(state.inFlight()).isEmpty();
        assertThat(((StoreReply.Messages) apply(new StoreOp.RetainedScan("", 10))).messages())
                .isEmpty();
    }

    @Test
    @DisplayName("what an owner enqueues once more, as the answer was lost, stays away once others have taken it out")
    void enqueuedAgain() throws Exception {
        given();
        done(owned(INBOUND_OF_7, 5));
        assertThat(sessions().get(1).queuedCount()).isEqualTo(1);
        done(new StoreOp.Dequeue(8, id(9)));
        done(owned(INBOUND_OF_7, 5));
        assertThat(sessions().get(1).queuedCount()).isZero();
        done(owned(new StoreOp.InboundRelease(7, 77), 5));
        done(owned(new StoreOp.Enqueue(message(12, "t"), List.of(entry(8)), 7, 77, Retained.KEEP, 0), 5));
        assertThat(sessions().get(1).queuedCount()).isEqualTo(1);
    }

    @Test
    @DisplayName("nothing of a session that has ended comes back")
    void endedSessionStaysAway() throws Exception {
        given();
        done(new StoreOp.SessionDelete(7, "c"));
        for (StoreOp op : OF_7) {
            isReplaced(apply(owned(op, 9)));
        }
        assertThat(sessions()).hasSize(1);
        assertThat(sessions().get(0).queuedCount()).isZero();
    }

    private static void isReplaced(StoreReply reply) {
        assertThat(reply)
                .isInstanceOfSatisfying(
                        StoreReply.Failed.class,
                        failed -> assertThat(failed.isReplaced() && !failed.transientFault())
                                .as(failed.reason())
                                .isTrue());
    }
}
