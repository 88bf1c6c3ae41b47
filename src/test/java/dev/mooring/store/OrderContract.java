package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.MessageId;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Operations of one client given in one breath take effect in their order; part of {@link HooksContract}. */
abstract class OrderContract extends RuleDataContract {
    private static StoreOp fetch(String filter) {
        return new StoreOp.FetchForPubsub("c", filter(filter), MessageId.ZERO, MessageId.MAX, 100);
    }

    @Test
    @DisplayName("a first acknowledgement and the end of the subscription behind it leave no position")
    void acknowledgedAndEnded() throws Exception {
        for (String filter : List.of("p/a", "p/+", "#")) {
            done(publish(1, "p/a"));
            done(new StoreOp.AckedForPubsub("c", "p/a", id(1)), new StoreOp.AckedDelete("c", filter(filter)));
            done(publish(2, "p/a"));
            assertThat(messages(fetch("p/a"))).as(filter).isEmpty();
            done(new StoreOp.AckedForPubsub("c", "p/a", id(1)), new StoreOp.AckedDelete("c", filter("p/a")));
            done(new StoreOp.AckedForQueue("c", "p/a", id(2)));
        }
    }

    @Test
    @DisplayName("a first acknowledgement behind the end of a subscription sets a position")
    void endedAndAcknowledged() throws Exception {
        for (String filter : List.of("p/a", "p/+", "#")) {
            done(publish(1, "p/a"), publish(2, "p/a"), new StoreOp.AckedForPubsub("c", "p/a", id(2)));
            done(new StoreOp.AckedDelete("c", filter(filter)), new StoreOp.AckedForPubsub("c", "p/a", id(1)));
            assertThat(ids(messages(fetch("p/a")))).as(filter).isEqualTo(ids(2));
            done(new StoreOp.AckedDelete("c", filter("p/a")));
        }
    }

    @Test
    @DisplayName("a fetch behind a first acknowledgement goes on from there, and moves nothing")
    void acknowledgedAndFetched() throws Exception {
        for (String filter : List.of("p/a", "p/+", "#")) {
            done(publish(1, "p/a"), publish(2, "p/a"));
            List<StoreReply> replies =
                    applyAll(List.of(new StoreOp.AckedForPubsub("c", "p/a", id(1)), fetch(filter), fetch("p/a")));
            assertThat(replies.subList(1, 3))
                    .as(filter)
                    .allSatisfy(reply -> assertThat(ids(((StoreReply.Messages) reply).messages()))
                            .isEqualTo(ids(2)));
            assertThat(ids(messages(fetch("p/a")))).as(filter).isEqualTo(ids(2));
            done(new StoreOp.AckedDelete("c", filter("#")));
        }
    }
}
