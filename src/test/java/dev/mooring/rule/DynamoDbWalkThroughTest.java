package dev.mooring.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.TestBroker;
import dev.mooring.dynamodb.Dynalite;
import dev.mooring.dynamodb.NeedsNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** Does what "DynamoDB, step by step" in docs/storage.md says, in its order, and expects the items that stand there. */
@NeedsNode
class DynamoDbWalkThroughTest {
    private static final String HELLO = "{ \"msg\": \"Hello, World!\" }";
    private static final Pattern AWS = Pattern.compile("\\$ aws (\\S+) --table-name (\\S+)(?: --key (.*))?");
    private static final Pattern PLACEHOLDER = Pattern.compile("<(time|id\\d)>");

    private final String prefix = Dynalite.newPrefix();
    private final Map<String, String> ids = new HashMap<>();
    private HooksTestClient sub;
    private HooksTestClient pub;
    private TestBroker broker;
    private DynamoDbAsyncClient aws;

    /** What the lines that begin with # and have a client in them say. */
    private Map<String, Runnable> steps() {
        Map<String, Runnable> steps = new LinkedHashMap<>();
        steps.put("sub_client connects", () -> sub = client("sub_client"));
        steps.put("pub_client publishes " + HELLO + " to test", () -> {
            pub = client("pub_client");
            pub.publish("test", HELLO, 1);
        });
        steps.put("sub_client subscribes to test, gets the message and acknowledges it", () -> {
            sub.subscribe("test", 1);
            receive(HELLO);
        });
        steps.put("sub_client unsubscribes from test", () -> sub.unsubscribe("test"));
        steps.put("pub_client publishes test to testtopic, retained", () -> pub.retain("testtopic", "test", 1));
        steps.put("sub_client connects again, and gets what is published to test-dynamo-sub", () -> {
            sub.disconnect();
            sub = client("sub_client");
            pub.publish("test-dynamo-sub", "down", 1); // live or, before the subscription is there, fetched
            receive("down");
        });
        steps.put("sub_client disconnects", () -> sub.disconnect());
        return steps;
    }

    @Test
    @DisplayName("the tables have what the documentation shows")
    void walk() throws Exception {
        String page = Files.readString(Path.of("docs/storage.md"));
        String section = page.substring(page.indexOf("## DynamoDB, step by step"));
        Map<String, Runnable> steps = steps();
        try (DynamoDbAsyncClient client = Dynalite.client();
                TestBroker started = start(block(section, "json"))) {
            aws = client;
            broker = started;
            List<String> lines = block(section, "dynamodb").lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                Matcher call = AWS.matcher(lines.get(i));
                if (call.matches()) {
                    check(call.group(1), prefix + call.group(2), call.group(3), items(lines, i + 1));
                } else if (lines.get(i).startsWith("# ") && !lines.get(i).contains("application")) {
                    Runnable step = steps.remove(lines.get(i).substring(2));
                    assertThat(step).as(lines.get(i)).isNotNull();
                    step.run();
                }
            }
            assertThat(steps).isEmpty();
        }
    }

    private TestBroker start(String config) {
        return TestBroker.start(config.replace("http://localhost:8000", Dynalite.server())
                .replace(
                        "\"pool_size\": 8,",
                        "\"pool_size\": 8, \"table_prefix\": \"" + prefix + "\","
                                + "\"attempt_timeout_ms\": 10000, \"call_timeout_ms\": 20000,")
                .replace(", \"path\": \"data\"", ""));
    }

    private static String block(String section, String language) {
        int from = section.indexOf("```" + language + "\n") + language.length() + 4;
        return section.substring(from, section.indexOf("```", from));
    }

    private HooksTestClient client(String id) {
        return HooksTestClient.clean(broker.port(), id);
    }

    private void receive(String payload) {
        HooksTestClient.Packet message = sub.next();
        assertThat(message.payload()).isEqualTo(payload);
        sub.ack(message);
    }

    /** What is shown below a call. */
    private static List<JsonObject> items(List<String> lines, int from) {
        List<String> texts = new ArrayList<>();
        for (int i = from; i < lines.size() && lines.get(i).matches("[ {].*"); i++) {
            if (lines.get(i).startsWith("{")) {
                texts.add(lines.get(i));
            } else {
                texts.set(texts.size() - 1, texts.get(texts.size() - 1) + lines.get(i));
            }
        }
        return texts.stream().map(JsonObject::new).toList();
    }

    /** What the broker writes behind its answer to the client is waited for; an application's call is made once. */
    private void check(String action, String table, String key, List<JsonObject> shown) throws Exception {
        if (action.equals("put-item")) {
            aws.putItem(b -> b.tableName(table).item(attributes(shown.get(0)))).get(20, TimeUnit.SECONDS);
        } else {
            await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
                List<Map<String, AttributeValue>> found = key == null
                        ? aws.scan(b -> b.tableName(table))
                                .get(20, TimeUnit.SECONDS)
                                .items()
                        : List.of(aws.getItem(b -> b.tableName(table).key(attributes(new JsonObject(key))))
                                .get(20, TimeUnit.SECONDS)
                                .item());
                assertThat(found).as(table).hasSameSizeAs(shown);
                for (int i = 0; i < shown.size(); i++) {
                    matches(json(found.get(i)), shown.get(i), table);
                }
            });
        }
    }

    private static Map<String, AttributeValue> attributes(JsonObject item) {
        Map<String, AttributeValue> attributes = new HashMap<>();
        for (String name : item.fieldNames()) {
            JsonObject value = item.getJsonObject(name);
            attributes.put(
                    name,
                    value.containsKey("N")
                            ? AttributeValue.fromN(value.getString("N"))
                            : AttributeValue.fromS(value.getString("S")));
        }
        return attributes;
    }

    private static JsonObject json(Map<String, AttributeValue> item) {
        JsonObject json = new JsonObject();
        item.forEach((name, value) -> json.put(
                name,
                switch (value.type()) {
                    case S -> new JsonObject().put("S", value.s());
                    case N -> new JsonObject().put("N", value.n());
                    case SS -> new JsonObject().put("SS", new JsonArray(value.ss()));
                    default -> new JsonObject().put(value.type().toString(), "");
                }));
        return json;
    }

    /** The same attributes with the same types and values. */
    private void matches(JsonObject found, JsonObject shown, String table) {
        assertThat(new TreeMap<>(found.getMap()).keySet()).as(table).isEqualTo(new TreeMap<>(shown.getMap()).keySet());
        for (String name : shown.fieldNames()) {
            String text = found.getJsonObject(name).encode();
            String expected = shown.getJsonObject(name).encode();
            Matcher placeholder = PLACEHOLDER.matcher(expected);
            if (!placeholder.find()) {
                assertThat(text).as(table + " " + name).isEqualTo(expected);
                continue;
            }
            String id = placeholder.group(1);
            String form = ids.containsKey(id) ? ids.get(id) : id.equals("time") ? "\\d{10}" : "[0-9A-Za-z]{20}";
            String before = Pattern.quote(expected.substring(0, placeholder.start()));
            String behind = Pattern.quote(expected.substring(placeholder.end()));
            Matcher value = Pattern.compile(before + "(" + form + ")" + behind).matcher(text);
            assertThat(value.matches()).as("%s %s: %s", table, name, text).isTrue();
            if (!id.equals("time")) {
                ids.put(id, value.group(1));
            }
        }
    }
}
