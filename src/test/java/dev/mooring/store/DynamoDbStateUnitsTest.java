package dev.mooring.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.dynamodb.AwsFaults;
import dev.mooring.dynamodb.NeedsNode;
import dev.mooring.message.Message;
import dev.mooring.message.MessageId;
import dev.mooring.message.PublishProperties;
import dev.mooring.message.Subscription;
import dev.mooring.message.TopicName;
import dev.mooring.message.Will;
import dev.mooring.store.StoreOp.Enqueue.Entry;
import dev.mooring.store.StoreOp.Enqueue.Retained;
import dev.mooring.store.dynamodb.DynamoDbConfig;
import dev.mooring.store.dynamodb.Table;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** What docs/operations.md and docs/storage.md say of the broker's own tables in DynamoDB. */
@NeedsNode
class DynamoDbStateUnitsTest extends StoreHarness {
    private static final AwsFaults AWS = AwsFaults.start();
    private static final byte[] SMALL = new byte[700];
    private static final byte[] LARGE = new byte[2_900];
    private static final int TOO_LARGE = 410_000;

    @RegisterExtension
    static final TestDynamoDb DYNAMODB = new TestDynamoDb();

    /** Nothing is older than this life of the broker, as nearly always. */
    @Override
    Store newStore() {
        return DYNAMODB.newStore(
                DynamoDbConfig.local(AWS.server(), DYNAMODB.config().tablePrefix()), MessageId.ZERO);
    }

    @AfterAll
    static void closeEndpoint() {
        AWS.close();
    }

    @Test
    @DisplayName("what operations.md says that an operation costs is what it costs")
    void units() throws Exception {
        Entry[] ten = new Entry[10];
        for (int i = 0; i < ten.length; i++) {
            ten[i] = entry(i + 1);
        }
        Map<String, List<StoreOp>> operations = new LinkedHashMap<>();
        operations.put("PUBLISH at QoS 1 into a queue", List.of(enqueue(message(1, "t", SMALL), entry(1))));
        operations.put(
                "PUBLISH at QoS 2 into a queue",
                List.of(new StoreOp.Enqueue(message(2, "t", SMALL), List.of(entry(1)), 2, 7, Retained.KEEP, 0)));
        operations.put(
                "PUBLISH at QoS 2 into no queue",
                List.of(new StoreOp.Enqueue(message(3, "t", SMALL), List.of(), 2, 8, Retained.KEEP, 0)));
        operations.put("PUBREL of a publisher", List.of(new StoreOp.InboundRelease(2, 7)));
        operations.put("sent to a subscriber", List.of(new StoreOp.Sent(1, id(2), 1)));
        operations.put("PUBREC of a subscriber", List.of(new StoreOp.Released(1, id(2), 1)));
        operations.put("PUBACK or PUBCOMP of a subscriber", List.of(dequeue(1, 2)));
        operations.put("PUBLISH of 3,000 bytes into ten queues", List.of(enqueue(message(4, "t", LARGE), ten)));
        operations.put("sent to one of these", List.of(new StoreOp.Sent(3, id(4), 1)));
        operations.put("PUBACK of one of these", List.of(dequeue(3, 4)));
        operations.put(
                "CONNECT of a durable session",
                List.of(
                        new StoreOp.SessionSave(session(99, 1, null)),
                        new StoreOp.SessionLoad(99),
                        new StoreOp.QueueRead(99, MessageId.ZERO, 9, 9_999)));
        operations.put(
                "SUBSCRIBE, a filter", List.of(new StoreOp.SubscriptionsSave(99, List.of(Subscription.of("a", 1)))));
        operations.put("UNSUBSCRIBE, a filter", List.of(new StoreOp.SubscriptionsDelete(99, List.of("a"))));
        operations.put(
                "retained PUBLISH at QoS 1",
                List.of(new StoreOp.Enqueue(message(5, "t", SMALL), List.of(), 0, 0, Retained.SET, 0)));

        List<String> measured = new ArrayList<>();
        for (Map.Entry<String, List<StoreOp>> e : operations.entrySet()) {
            AWS.forget();
            assertThat(applyAll(e.getValue())).noneMatch(reply -> reply instanceof StoreReply.Failed);
            measured.add(e.getKey() + " | " + writeUnits() + " | " + readUnits());
        }
        assertThat(measured).isEqualTo(table("docs/operations.md", "| what | write units |", 3));
    }

    private static long writeUnits() {
        return Math.round(AWS.capacity().getOrDefault("write", 0.0));
    }

    /** Dynalite counts nothing for a query that finds nothing, Amazon a unit. */
    private static long readUnits() {
        double counted = AWS.capacity().getOrDefault("read", 0.0);
        return Math.max(Math.round(counted), AWS.calls().getOrDefault("Query", 0L));
    }

    @Test
    @DisplayName("a hundred PUBLISHes, deliveries and acknowledgements are four calls of 25 each, and nothing is read")
    void calls() throws Exception {
        List<StoreOp> published = new ArrayList<>();
        List<StoreOp> sent = new ArrayList<>();
        List<StoreOp> acknowledged = new ArrayList<>();
        for (int n = 0; n < 100; n++) {
            published.add(enqueue(message(n, "t", SMALL), entry(n)));
            sent.add(new StoreOp.Sent(n, id(n), 1));
            acknowledged.add(dequeue(n, n));
        }
        AWS.forget();
        applyAll(published);
        assertThat(AWS.calls()).containsExactly(Map.entry("BatchWriteItem", 4L));
        AWS.forget();
        applyAll(sent);
        assertThat(AWS.calls()).containsExactly(Map.entry("BatchWriteItem", 4L));
        AWS.forget();
        applyAll(acknowledged);
        assertThat(AWS.calls()).as("entries and marks").containsExactly(Map.entry("BatchWriteItem", 8L));
        List<StoreOp> both = new ArrayList<>(published);
        both.addAll(acknowledged);
        AWS.forget();
        applyAll(both);
        assertThat(AWS.calls()).as("not new any more").doesNotContainKey("Query");
        assertThat(DYNAMODB.items(Table.STATE)).isEmpty();
    }

    @Test
    @DisplayName("the tables have the keys and attributes that storage.md says, and no others")
    void layout() throws Exception {
        Entry[] two = {entry(1), entry(2)};
        Fetch fetch = new Fetch("a", "local", OpKind.FETCH_FOR_QUEUE, id(1), id(9));
        done(
                new StoreOp.SessionSave(session(1, 1, WILL)),
                new StoreOp.SubscriptionsSave(1, List.of(Subscription.of("a", 1))),
                new StoreOp.FetchSave(1, fetch),
                new StoreOp.Enqueue(richMessage(1, "r"), List.of(entry(1)), 1, 77, Retained.SET, 0),
                enqueue(message(2, "t", LARGE), two),
                new StoreOp.Enqueue(tooLarge(), List.of(), 0, 0, Retained.SET, 0),
                new StoreOp.SessionSave(session(2, 1, tooLargeWill())),
                new StoreOp.Released(1, id(2), 8));
        apply(new StoreOp.QueueTrim(2, 1, 0, id(9)), enqueue(3, 1), move(1, 2, 3));
        Map<String, Set<String>> found = new HashMap<>();
        for (Table table : Stream.of(Table.values()).filter(Table::isState).toList()) {
            for (Map<String, AttributeValue> item : DYNAMODB.items(table)) {
                add(found, table, item);
            }
        }
        Map<String, Set<String>> documented = new HashMap<>();
        for (String row : table("docs/storage.md", "| table | keys | other attributes | stays |", 3)) {
            String[] cells = row.split(" \\| ");
            if (cells[0].startsWith("`mooring_")) {
                Matcher form = Pattern.compile("`([^`]*[<#][^`]*)`").matcher(cells[1]);
                String key = form.find() ? form.group(1) : "";
                Set<String> attributes = new HashSet<>();
                Pattern.compile("`([^` ]+)` [SNB]\\b")
                        .matcher(cells[2])
                        .results()
                        .forEach(m -> attributes.add(m.group(1)));
                documented.put(cells[0].replace("`", "") + " " + key, attributes);
            }
        }
        assertThat(found).isEqualTo(documented);
    }

    private static Message tooLarge() {
        return new Message(
                id(4),
                "c",
                TopicName.of("l"),
                1,
                true,
                new byte[TOO_LARGE],
                PublishProperties.EMPTY,
                NOW_MS,
                NOW_MS + HOUR_MS);
    }

    private static Will tooLargeWill() {
        return new Will(TopicName.of("w"), 1, false, new byte[TOO_LARGE], PublishProperties.EMPTY, 0, -1);
    }

    private static void add(Map<String, Set<String>> found, Table table, Map<String, AttributeValue> item) {
        String range = String.valueOf(table.range());
        String form = item.get(range)
                .s()
                .replaceFirst("^[0-9a-f]{16}", "<sid>")
                .replaceFirst("u#.*", "u#<filter>")
                .replaceFirst("w#[0-9a-f]+#.*", "w#<epoch><digest>#<number>")
                .replaceFirst("^([fq])#.*", "$1#<position>")
                .replaceFirst("^m#.*", "m#<sid>")
                .replaceFirst("^g#.*", "g#<digest>")
                .replaceFirst("^i#.*", "i#<packet id>")
                .replaceFirst("^([bh])#.*", "$1#<number>");
        Set<String> attributes = new HashSet<>();
        for (String name : item.keySet()) {
            if (!name.equals(table.hash()) && !name.equals(range)) {
                attributes.add(name.replaceFirst("^s[0-9a-f]{16}$", "s<sid>"));
            }
        }
        if (table == Table.RETAINED) {
            form = form.indexOf('\u0000') < 0 ? "" : "<topic> 00 <id>#<number>";
        }
        found.computeIfAbsent(table.name("") + " " + form, k -> new HashSet<>()).addAll(attributes);
    }

    /** The first cells of the rows of the last table of a page with such a heading. */
    private static List<String> table(String page, String heading, int cells) throws Exception {
        List<String> lines = Files.readAllLines(Path.of(page));
        List<String> rows = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).startsWith(heading)) {
                rows.clear();
                for (int k = i + 2; k < lines.size() && lines.get(k).startsWith("|"); k++) {
                    String[] all = lines.get(k).substring(2).split(" \\| ");
                    rows.add(String.join(" | ", List.of(all).subList(0, cells)));
                }
            }
        }
        return rows;
    }
}
