package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.message.MessageId;
import dev.mooring.store.embedded.EmbeddedConfig;
import dev.mooring.store.embedded.EmbeddedStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedHooksTest extends HooksContract {
    private static final int MAX_PER_TOPIC = 20;

    @TempDir
    Path folder;

    private long nowMs = System.currentTimeMillis();

    @Override
    Store newStore() {
        EmbeddedConfig config = EmbeddedConfig.of(folder.resolve("store")).withMaxMessagesPerTopic(MAX_PER_TOPIC);
        return new EmbeddedStore(config, () -> nowMs);
    }

    private EmbeddedStore embedded() {
        return (EmbeddedStore) store();
    }

    @Test
    @DisplayName("a topic keeps its newest messages, what is dropped is counted, and acked ones make room")
    void capPerTopic() throws Exception {
        List<StoreOp> ops = new ArrayList<>();
        for (int n = 1; n <= MAX_PER_TOPIC; n++) {
            ops.add(publish(n, "cap"));
            ops.add(publish(n, "cap"));
            ops.add(publish(1000 + n, "other/" + n));
        }
        applyAll(ops);
        done(new StoreOp.AckedForQueue("c", "cap", id(5)), publish(21, "cap"));
        assertThat(embedded().droppedMessageCount()).isZero();
        restart();
        done(publish(22, "cap"), publish(23, "cap"));
        assertThat(embedded().droppedMessageCount()).isEqualTo(2);
        List<MessageId> left = ids(messages(new StoreOp.FetchForQueue("c", filter("cap"), MessageId.ZERO, 100)));
        assertThat(left).hasSize(MAX_PER_TOPIC).startsWith(id(3), id(4), id(6)).endsWith(id(23));
        assertThat(messages(new StoreOp.FetchForQueue("c", filter("other/+"), MessageId.ZERO, 100)))
                .hasSize(MAX_PER_TOPIC);
    }

    @Test
    @DisplayName("expired rows disappear by themselves: bodies, index, retained, latest, however many")
    void sweep() throws Exception {
        List<StoreOp> ops = new ArrayList<>();
        for (int n = 1; n <= 1000; n++) {
            long expires = n % 2 == 0 ? nowMs + 1000 : nowMs + HOUR_MS;
            ops.add(new StoreOp.MessagePublish(message(n, "s/" + n % 100), expires));
            ops.add(new StoreOp.MessageStoreKeepLatest(message(n, "l/" + n), expires));
        }
        applyAll(ops);
        nowMs += 1500;
        int steps = 0;
        while (embedded().expiredRowCount() < 1000 && steps++ < 100) {
            nowMs += 250;
            applyAll(List.of());
        }
        assertThat(embedded().expiredRowCount()).isEqualTo(1000);
        assertThat(messages(new StoreOp.FetchForQueue("c", filter("s/+"), MessageId.ZERO, 9999)))
                .hasSize(500);
        nowMs -= 10_000; // what was only filtered would now be seen
        assertThat(messages(new StoreOp.FetchForQueue("c", filter("s/+"), MessageId.ZERO, 9999)))
                .hasSize(500);
        assertThat(messages(new StoreOp.FetchForKeepLatest(filter("l/+"), "", 9999)))
                .hasSize(500);
    }

    @Test
    @DisplayName("a late disconnect changes nothing of a newer connection; a clean start of a node clears what it left")
    void presence() throws Exception {
        done(new StoreOp.ClientConnected("n1", "c", 100), new StoreOp.ClientConnected("n2", "c", 200));
        done(new StoreOp.ClientDisconnected("n1", "c", 100, 201));
        assertThat(await(embedded().clearNode("n1", 300)))
                .as("n1 lost it by its disconnect")
                .isZero();
        done(new StoreOp.ClientConnected("n1", "a", 100), new StoreOp.ClientConnected("n1", "b", 100));
        done(new StoreOp.ClientConnected("n11", "d", 100), new StoreOp.ClientDisconnected("n1", "b", 100, 150));
        done(new StoreOp.ClientDisconnected("n1", "a", 99, 150));
        restart();
        assertThat(await(embedded().clearNode("n1", 300))).isEqualTo(1);
        assertThat(await(embedded().clearNode("n1", 300))).isZero();
        assertThat(await(embedded().clearNode("n2", 300))).isEqualTo(1);
    }
}
