package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What moves the data of rules from one backend to another may rely on; part of {@link HooksContract}. */
abstract class RuleDataContract extends NamesContract {
    static StoreOp publish(long n, String topic) {
        return new StoreOp.MessagePublish(message(n, topic), NOW_MS + HOUR_MS);
    }

    @Test
    @DisplayName("RULE_DATA_SCAN lists all there is, in pages, as the operations that write it")
    void ruleData() throws Exception {
        List<StoreOp> all = new ArrayList<>();
        for (int n = 1; n <= 30; n++) {
            all.add(publish(n, n % 2 == 0 ? "q:" + n : "$s/{" + n + "}"));
            all.add(new StoreOp.AckedForPubsub("c:" + n, "a/" + n + ":b", id(n)));
            all.add(new StoreOp.ProxySave("c:" + n, List.of(Subscription.of("+/" + n + "/#", n % 3)), List.of()));
        }
        all.add(new StoreOp.MessagePublish(richMessage(40, "rich"), NOW_MS + HOUR_MS));
        all.add(new StoreOp.MessageStore(message(41, "q"), NOW_MS + HOUR_MS));
        all.add(new StoreOp.MessageStoreKeepLatest(message(42, "q"), NOW_MS + HOUR_MS));
        all.add(new StoreOp.MessageRetain(richMessage(43, "r")));
        all.add(new StoreOp.AckedForPubsub("d", "#", MessageId.ZERO));
        all.add(new StoreOp.ClientConnected("n", "on line", 5));
        done(all.toArray(StoreOp[]::new));
        done(new StoreOp.ClientConnected("n", "off line", 5), new StoreOp.ClientDisconnected("n", "off line", 5, 7));
        all.add(new StoreOp.ClientDisconnected("n", "off line", 5, 7));
        List<String> found = new ArrayList<>();
        for (String after = ""; after != null; ) {
            StoreReply.RuleData page = (StoreReply.RuleData) apply(new StoreOp.RuleDataScan(after, 7));
            page.writes().forEach(op -> found.add(ruleText(op)));
            after = page.nextAfter();
        }
        assertThat(found)
                .containsExactlyInAnyOrderElementsOf(
                        all.stream().map(RuleDataContract::ruleText).toList());
    }

    /** Without the end: a server may keep how long is left, or whole seconds. */
    private static String ruleText(StoreOp op) {
        if (op instanceof StoreOp.OfMessage m) {
            return op.kind() + " " + text(m.message());
        }
        return op.toString();
    }
}
