package dev.mooring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.TestBroker;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/** The dashboard and the alert rules in {@code monitoring} ask for metrics and labels that a running broker has. */
class MonitoringTest {
    private static final Pattern METRIC = Pattern.compile("\\b(?:mooring|jvm|process|system|vertx)_[a-z0-9_]+");
    private static final Pattern SELECTOR = Pattern.compile("(mooring_[a-z0-9_]+)\\{([^}]*)}");
    private static final Pattern GROUPED = Pattern.compile("\\bby \\(([^)]*)\\)");
    private static final Pattern LABEL = Pattern.compile("([a-z]+)(?:=~|=|!=)\"([^\"]*)\"");
    /** What Prometheus adds, and what is there only after a garbage collection. */
    private static final Set<String> ADDED = Set.of("instance", "job", "le");

    @Test
    @DisplayName("every metric, label and value that is asked for is there, under traffic")
    void names() throws IOException {
        List<String> expressions = expressions();
        assertThat(expressions).hasSizeGreaterThan(50);
        try (TestBroker broker = TestBroker.start(Traffic.CONFIGURATION);
                Socket subscriber = Traffic.run(broker)) {
            assertThat(subscriber.isConnected()).isTrue();
            System.gc(); // there are figures of garbage collection from the first one on
            int port = broker.broker().httpPort();
            await().untilAsserted(() -> {
                String text = Answer.get(port, "/metrics").body();
                assertThat(missing(expressions, text)).isEmpty();
            });
        }
    }

    private static Set<String> missing(List<String> expressions, String text) {
        Set<String> names = new HashSet<>();
        Set<String> labels = new HashSet<>(ADDED);
        text.lines().filter(l -> !l.startsWith("#")).forEach(line -> {
            names.add(line.split("[{ ]", 2)[0]);
            Matcher label = LABEL.matcher(line);
            while (label.find()) {
                labels.add(label.group(1));
                labels.add(label.group(1) + "=" + label.group(2));
            }
        });
        Set<String> missing = new HashSet<>();
        for (String expression : expressions) {
            Matcher metric = METRIC.matcher(expression);
            while (metric.find()) {
                if (!names.contains(metric.group())) {
                    missing.add(metric.group());
                }
            }
            Matcher grouped = GROUPED.matcher(expression);
            while (grouped.find()) {
                for (String label : grouped.group(1).split(", *")) {
                    if (!labels.contains(label)) {
                        missing.add("label " + label + " in " + expression);
                    }
                }
            }
            Matcher selector = SELECTOR.matcher(expression);
            while (selector.find()) {
                missing.addAll(missingValues(selector.group(2), labels));
            }
        }
        return missing;
    }

    private static Set<String> missingValues(String selector, Set<String> labels) {
        Set<String> missing = new HashSet<>();
        Matcher label = LABEL.matcher(selector);
        while (label.find()) {
            boolean isVariable =
                    ADDED.contains(label.group(1)) || label.group(1).equals("reason");
            for (String value : label.group(2).split("\\|")) {
                if (!isVariable && !labels.contains(label.group(1) + "=" + value)) {
                    missing.add(label.group(1) + "=" + value);
                }
            }
        }
        return missing;
    }

    @Test
    @DisplayName("every alert says what is the matter and what to do, and operations.md has it")
    void alerts() throws IOException {
        String page = Files.readString(Path.of("docs/operations.md"));
        for (Map<String, Object> rule : rules()) {
            String name = (String) rule.get("alert");
            Map<?, ?> texts = (Map<?, ?>) rule.get("annotations");
            assertThat(rule.get("for")).as(name).isNotNull();
            assertThat(((Map<?, ?>) rule.get("labels")).get("severity"))
                    .as(name)
                    .isIn("critical", "warning", "info");
            assertThat(page)
                    .contains("| `" + name + "` (", (String) texts.get("summary"), (String) texts.get("description"));
        }
    }

    @SuppressWarnings("unchecked")
    private static List<Map<String, Object>> rules() throws IOException {
        Map<String, Object> file = new Yaml().load(Files.readString(Path.of("monitoring/alerts.yml")));
        List<Map<String, Object>> rules = new ArrayList<>();
        for (Map<String, Object> group : (List<Map<String, Object>>) file.get("groups")) {
            rules.addAll((List<Map<String, Object>>) group.get("rules"));
        }
        assertThat(rules).hasSizeGreaterThan(10);
        return rules;
    }

    private static List<String> expressions() throws IOException {
        List<String> all = new ArrayList<>();
        rules().forEach(rule -> all.add((String) rule.get("expr")));
        JsonArray panels = new JsonObject(Files.readString(Path.of("monitoring/grafana.json"))).getJsonArray("panels");
        for (int i = 0; i < panels.size(); i++) {
            JsonArray targets = panels.getJsonObject(i).getJsonArray("targets", new JsonArray());
            targets.forEach(target -> all.add(((JsonObject) target).getString("expr")));
        }
        return all;
    }
}
