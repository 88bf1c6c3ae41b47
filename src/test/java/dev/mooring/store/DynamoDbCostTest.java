package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.dynamodb.AwsFaults;
import dev.mooring.dynamodb.Dynalite;
import dev.mooring.dynamodb.NeedsNode;
import dev.mooring.message.MessageId;
import dev.mooring.message.Subscription;
import dev.mooring.store.dynamodb.DynamoDbConfig;
import dev.mooring.store.dynamodb.DynamoDbStore;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Makes the calls that the table in docs/operations.md says, and counts them and their capacity. */
@NeedsNode
class DynamoDbCostTest {
    private static final String BEGIN = "<!-- cost: checked by DynamoDbCostTest -->\n";
    private static final String END = "<!-- /cost -->";

    /** What the rows of the table are about, in their order: the second of two, for the first makes things known. */
    private static Map<String, List<StoreOp>> rows() {
        Map<String, List<StoreOp>> rows = new LinkedHashMap<>();
        rows.put("`on_message_publish`", List.of(HooksContract.publish(2, "q")));
        List<StoreOp> hundred = new ArrayList<>();
        for (int n = 10; n < 110; n++) {
            hundred.add(HooksContract.publish(n, "q"));
        }
        rows.put("the same, 100 to one topic at once", hundred);
        rows.put("`on_message_store`", List.of(new StoreOp.MessageStore(StoreHarness.message(3, "h"), Long.MAX_VALUE)));
        rows.put("`on_message_retain`", List.of(new StoreOp.MessageRetain(StoreHarness.message(4, "r"))));
        rows.put("`on_retain_delete`", List.of(new StoreOp.RetainDelete("r")));
        rows.put(
                "`on_message_store_keep_latest`",
                List.of(new StoreOp.MessageStoreKeepLatest(StoreHarness.message(5, "l"), Long.MAX_VALUE)));
        rows.put(
                "`on_message_fetch_for_queue`, a page of 100",
                List.of(new StoreOp.FetchForQueue("c", StoreHarness.filter("q"), StoreHarness.id(9), 100)));
        rows.put("`on_message_acked_for_queue`", List.of(new StoreOp.AckedForQueue("c", "q", StoreHarness.id(2))));
        rows.put("`on_message_acked_for_pubsub`", List.of(new StoreOp.AckedForPubsub("c", "q", StoreHarness.id(20))));
        rows.put("`on_acked_delete`", List.of(new StoreOp.AckedDelete("c", StoreHarness.filter("q"))));
        rows.put("`on_retain_lookup`", List.of(new StoreOp.RetainLookup(StoreHarness.filter("r"), "", 100)));
        rows.put("`on_subscribe_lookup`", List.of(new StoreOp.SubscribeLookup("c")));
        rows.put("`on_client_connected`", List.of(new StoreOp.ClientConnected("n", "c", 100)));
        rows.put("`on_client_disconnected`", List.of(new StoreOp.ClientDisconnected("n", "c", 100, 101)));
        return rows;
    }

    @Test
    @DisplayName("each function makes the calls, and costs the units, that the documentation says")
    void cost() throws Exception {
        Vertx vertx = Vertx.vertx();
        try (AwsFaults aws = AwsFaults.start()) {
            DynamoDbConfig config = DynamoDbConfig.local(aws.server(), Dynalite.newPrefix());
            Store store = new OnContext(vertx, new DynamoDbStore(vertx, config));
            StoreHarness.await(store.open());
            List<StoreOp> before = List.of(
                    HooksContract.publish(1, "q"),
                    new StoreOp.MessageRetain(StoreHarness.message(1, "r")),
                    new StoreOp.MessageStoreKeepLatest(StoreHarness.message(1, "l"), Long.MAX_VALUE),
                    new StoreOp.AckedForPubsub("c", "q", StoreHarness.id(1)),
                    new StoreOp.ProxySave("c", List.of(Subscription.of("a", 1)), List.of()),
                    new StoreOp.FetchForQueue("c", StoreHarness.filter("q"), MessageId.MAX, 1));
            StoreHarness.await(store.apply(before));
            StringBuilder table = new StringBuilder("| what | calls | write units | read units |\n|---|---|---|---|\n");
            for (Map.Entry<String, List<StoreOp>> row : rows().entrySet()) {
                aws.forget();
                assertThat(StoreHarness.await(store.apply(row.getValue())))
                        .as(row.getKey())
                        .noneMatch(reply -> reply instanceof StoreReply.Failed);
                String calls = aws.calls().entrySet().stream()
                        .map(e -> e.getValue() + " " + e.getKey())
                        .collect(Collectors.joining(", "));
                table.append("| ").append(row.getKey()).append(" | ").append(calls);
                table.append(" | ").append(units(aws, "write")).append(" | ");
                table.append(units(aws, "read")).append(" |\n");
            }
            StoreHarness.await(store.close());
            String page = Files.readString(Path.of("docs/operations.md"));
            assertThat(page.substring(page.indexOf(BEGIN) + BEGIN.length(), page.indexOf(END)))
                    .isEqualTo(table.toString());
        }
        StoreHarness.await(vertx.close());
    }

    private static String units(AwsFaults aws, String kind) {
        double units = aws.capacity().getOrDefault(kind, 0.0);
        return units == Math.rint(units) ? Long.toString((long) units) : Double.toString(units);
    }
}
