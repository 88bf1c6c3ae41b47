package dev.mooring.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.TestBroker;
import dev.mooring.redis.RedisCli;
import dev.mooring.redis.RedisProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Does what "Redis, step by step" in docs/storage.md says, in its order, and expects the answers that stand there. */
class WalkThroughTest {
    private static final String PROMPT = "127.0.0.1:6379> ";
    private static final String REBOOT = "{ \"cmd\": \"reboot\" }";
    private static final Pattern PLACEHOLDER = Pattern.compile("<(time|id\\d)>");

    private final Map<String, String> ids = new HashMap<>();
    private HooksTestClient sub;
    private HooksTestClient pub;
    private TestBroker broker;

    /** What the lines that begin with # and have a client in them say. */
    private Map<String, Runnable> steps() {
        Map<String, Runnable> steps = new LinkedHashMap<>();
        steps.put("sub_client connects", () -> sub = client("sub_client"));
        steps.put("sub_client connects again, and gets what is published to sub_client/downlink", () -> {
            sub.disconnect();
            sub = client("sub_client");
            pub = client("pub_client");
            await().until(
                            () -> { // as soon as the subscription is there
                                pub.publish("sub_client/downlink", "down", 1);
                                HooksTestClient.Packet down = sub.poll(500);
                                if (down != null) {
                                    sub.ack(down);
                                }
                                return down != null;
                            });
        });
        steps.put("pub_client publishes " + REBOOT + " to up/upstream_topic, twice, at QoS 2", () -> {
            pub.publish("up/upstream_topic", REBOOT, 2);
            pub.publish("up/upstream_topic", REBOOT, 2);
        });
        steps.put("pub_client publishes to queue/a", () -> pub.publish("queue/a", "one", 1));
        steps.put("sub_client subscribes to queue/a, gets the message and acknowledges it", () -> {
            sub.subscribe("queue/a", 1);
            receive("one");
        });
        steps.put("sub_client subscribes to pubsub/a, where nothing is stored", () -> sub.subscribe("pubsub/a", 1));
        steps.put("pub_client publishes to pubsub/a, and sub_client acknowledges", () -> {
            pub.publish("pubsub/a", "many", 1);
            receive("many");
        });
        steps.put("sub_client unsubscribes from pubsub/a", () -> sub.unsubscribe("pubsub/a"));
        steps.put(
                "pub_client publishes " + REBOOT + " to upstream_topic, retained, at QoS 2",
                () -> pub.retain("upstream_topic", REBOOT, 2));
        steps.put("sub_client disconnects", () -> sub.disconnect());
        return steps;
    }

    @Test
    @DisplayName("the commands of the documentation answer what it shows")
    void walk() throws IOException {
        String page = Files.readString(Path.of("docs/storage.md"));
        String section = page.substring(page.indexOf("## Redis, step by step"));
        Map<String, Runnable> steps = steps();
        try (RedisProcess redis = RedisProcess.start();
                RedisCli cli = redis.cli();
                TestBroker started = start(block(section, "json"), redis)) {
            broker = started;
            List<String> lines = block(section, "redis").lines().toList();
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                if (line.startsWith(PROMPT)) {
                    List<String> shown = new ArrayList<>();
                    for (int j = i + 1; j < lines.size() && !lines.get(j).matches("|#.*|127.*"); j++) {
                        shown.add(lines.get(j).trim());
                    }
                    check(cli, line.substring(PROMPT.length()), shown);
                } else if (line.startsWith("# ") && line.contains("_client") && !line.contains("application")) {
                    Runnable step = steps.remove(line.substring(2));
                    assertThat(step).as(line).isNotNull();
                    step.run();
                }
            }
            assertThat(steps).isEmpty();
        }
    }

    private static TestBroker start(String config, RedisProcess redis) {
        return TestBroker.start(config.replace("127.0.0.1:6379", redis.server()).replace(", \"path\": \"data\"", ""));
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

    /** What the broker writes behind its answer to the client is waited for; an application's command is run once. */
    private void check(RedisCli cli, String command, List<String> shown) {
        if (command.startsWith("HSET")) {
            assertThat(ask(cli, command)).isEqualTo(shown);
        } else {
            await().untilAsserted(() -> matches(ask(cli, command), shown, command));
        }
    }

    private List<String> ask(RedisCli cli, String command) {
        Object[] words = fill(command).split(" ");
        Object answer = cli.call(words);
        if (!(answer instanceof List<?> all)) {
            return List.of(answer instanceof Long n ? "(integer) " + n : answer == null ? "(nil)" : quoted(answer));
        }
        List<String> lines = new ArrayList<>();
        List<String> quoted = all.stream().map(WalkThroughTest::quoted).toList();
        for (String text : command.startsWith("KEYS") ? quoted.stream().sorted().toList() : quoted) {
            lines.add((lines.size() + 1) + ") " + text);
        }
        return lines.isEmpty() ? List.of("(empty array)") : lines;
    }

    private static String quoted(Object text) {
        return '"' + text.toString().replace("\"", "\\\"") + '"';
    }

    private String fill(String text) {
        return PLACEHOLDER.matcher(text).replaceAll(m -> Matcher.quoteReplacement(ids.getOrDefault(m.group(1), "?")));
    }

    private void matches(List<String> lines, List<String> shown, String command) {
        assertThat(lines).as(command).hasSameSizeAs(shown);
        for (int i = 0; i < shown.size(); i++) {
            Matcher placeholder = PLACEHOLDER.matcher(shown.get(i));
            if (!placeholder.find()) {
                assertThat(lines.get(i)).as(command).isEqualTo(shown.get(i));
                continue;
            }
            String name = placeholder.group(1);
            String form = ids.containsKey(name) ? ids.get(name) : name.equals("time") ? "\\d{10}" : "[0-9A-Za-z]{20}";
            String before = Pattern.quote(shown.get(i).substring(0, placeholder.start()));
            Matcher found = Pattern.compile(before + "(" + form + ")\"").matcher(lines.get(i));
            assertThat(found.matches()).as("%s: %s", command, lines.get(i)).isTrue();
            if (!name.equals("time")) {
                ids.put(name, found.group(1));
            }
        }
    }
}
