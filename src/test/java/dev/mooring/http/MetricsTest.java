package dev.mooring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.TestBroker;
import dev.mooring.metrics.Metrics;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** {@code /metrics} of a whole broker that has just had a little of everything. */
class MetricsTest {
    private static final Path PAGE = Path.of("docs/metrics.md");
    private static final Pattern TABLE = Pattern.compile("(?s)(<!-- metrics: [^\n]*-->\n).*(<!-- /metrics -->)");
    private static final Pattern HELP = Pattern.compile("(?m)^# HELP (mooring_\\S+) (.*)\n# TYPE \\S+ (\\S+)");
    private static final Pattern LABEL = Pattern.compile("([a-z]+)=\"([^\"]*)\"");

    private TestBroker broker;
    private Socket subscriber = new Socket();

    @BeforeEach
    void start() {
        broker = TestBroker.start(Traffic.CONFIGURATION);
    }

    @AfterEach
    void stop() throws IOException {
        subscriber.close();
        broker.close();
    }

    private String scrape(String... headers) {
        int port = broker.broker().httpPort();
        await().until(() -> Answer.get(port, "/metrics", headers).status() != 503);
        Answer answer = Answer.get(port, "/metrics", headers);
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        return answer.body();
    }

    private static double value(String text, String series) {
        Matcher m = Pattern.compile("(?m)^" + Pattern.quote(series) + " (\\S+)").matcher(text);
        assertThat(m.find()).as(series + " in\n" + text).isTrue();
        return Double.parseDouble(m.group(1));
    }

    private static void check(String text, String series, double expected) {
        assertThat(value(text, series)).as(series).isEqualTo(expected);
    }

    @Test
    @DisplayName("what clients did is counted once, by type, direction, QoS, reason, action and pool")
    void counts() throws IOException {
        subscriber = Traffic.run(broker);
        await().untilAsserted(() -> {
            String text = scrape();
            assertThat(value(text, "mooring_messages_total{direction=\"received\",qos=\"1\"}"))
                    .isEqualTo(2);
            assertThat(value(text, "mooring_messages_total{direction=\"sent\",qos=\"1\"}"))
                    .isEqualTo(1);
            assertThat(value(text, "mooring_messages_total{direction=\"received\",qos=\"0\"}"))
                    .isEqualTo(1);
            assertThat(value(text, "mooring_packets_total{direction=\"received\",type=\"connect\"}"))
                    .isEqualTo(2);
            assertThat(value(text, "mooring_packets_total{direction=\"sent\",type=\"connack\"}"))
                    .isEqualTo(3);
            assertThat(value(text, "mooring_packets_total{direction=\"sent\",type=\"suback\"}"))
                    .isEqualTo(1);
            assertThat(value(text, "mooring_packets_total{direction=\"sent\",type=\"puback\"}"))
                    .isEqualTo(2);
            assertThat(value(text, "mooring_packets_total{direction=\"sent\",type=\"pingresp\"}"))
                    .isEqualTo(1);
            check(text, "mooring_connections", 1);
            assertThat(value(text, "mooring_connections_closed_total{by=\"client\",reason=\"normal\"}"))
                    .isEqualTo(1);
            assertThat(value(text, "mooring_connections_refused_total{reason=\"malformed_packet\"}"))
                    .isEqualTo(1);
            assertThat(value(text, "mooring_authentications_total{result=\"accepted\"}"))
                    .isEqualTo(2);
            check(text, "mooring_inflight_messages", 1);
            check(text, "mooring_queued_messages", 1);
            assertThat(value(text, "mooring_retained_messages")).isGreaterThanOrEqualTo(1);
            String action = "{action=\"on_message_publish\",hook=\"message.publish\",pool=\"local\"";
            assertThat(value(text, "mooring_actions_matched_total" + action + "}"))
                    .isEqualTo(3);
            assertThat(value(text, "mooring_actions_total" + action + ",result=\"success\"}"))
                    .isEqualTo(2);
            assertThat(value(text, "mooring_actions_total" + action + ",result=\"skipped\"}"))
                    .isEqualTo(1);
            assertThat(value(text, "mooring_store_commit_seconds_count{pool=\"local\"}"))
                    .isPositive();
            assertThat(value(text, "mooring_store_fsyncs_total{pool=\"local\"}"))
                    .isPositive();
            assertThat(value(text, "mooring_store_state{pool=\"local\",state=\"connected\"}"))
                    .isEqualTo(1);
            assertThat(text)
                    .contains(
                            "mooring_info{version=\"", "jvm_memory_used_bytes{", "jvm_gc_memory_allocated_bytes_total");
        });
    }

    @Test
    @DisplayName("the same figures are in the $SYS topics' source")
    void agreesWithSys() throws IOException {
        subscriber = Traffic.run(broker);
        Metrics m = broker.broker().metrics();
        String text = scrape();
        double received = 0;
        double sent = 0;
        for (int qos = 0; qos <= 2; qos++) {
            received += value(text, "mooring_messages_total{direction=\"received\",qos=\"" + qos + "\"}");
            sent += value(text, "mooring_messages_total{direction=\"sent\",qos=\"" + qos + "\"}");
        }
        assertThat(received).isEqualTo(m.messagesReceived());
        assertThat(sent).isEqualTo(m.messagesSent());
        assertThat(value(text, "mooring_bytes_total{direction=\"received\"}")).isEqualTo(m.bytesReceived.sum());
        assertThat(value(text, "mooring_bytes_total{direction=\"sent\"}")).isEqualTo(m.bytesSent.sum());
    }

    @Test
    @DisplayName("no label has what a client chose")
    void labels() throws IOException {
        subscriber = Traffic.run(broker);
        Matcher label = LABEL.matcher(
                scrape().lines().filter(l -> l.startsWith("mooring_")).toList().toString());
        while (label.find()) {
            assertThat(label.group(2)).doesNotContain(Traffic.CLIENT_ID, Traffic.TOPIC);
        }
    }

    @Test
    @DisplayName("a token for metrics opens /metrics and nothing else; OpenMetrics is spoken when asked for")
    void token() {
        broker.close();
        String token = "m".repeat(20);
        broker = TestBroker.start(
                Traffic.CONFIGURATION.replace("\"port\": 0", "\"port\": 0, \"metrics_token\": \"" + token + "\""));
        int port = broker.broker().httpPort();
        await().until(() -> Answer.get(port, "/metrics").status() != 503);
        Answer refused = Answer.get(port, "/metrics");
        assertThat(refused.status()).isEqualTo(401);
        assertThat(refused.detail()).contains("http.metrics_token");
        assertThat(Answer.get(port, "/metrics", "Authorization: Bearer " + "x".repeat(20))
                        .status())
                .isEqualTo(401);
        assertThat(scrape("Authorization: Bearer " + Traffic.TOKEN)).contains("mooring_connections");
        String open = scrape("Authorization: Bearer " + token, "Accept: application/openmetrics-text");
        assertThat(open).endsWith("# EOF\n");
    }

    @Test
    @DisplayName("docs/metrics.md has every metric; MOORING_DOCS_WRITE=true writes it anew")
    void page() throws IOException {
        subscriber = Traffic.run(broker);
        broker.broker().metrics().cluster.link("other@127.0.0.1"); // as if there had been another node
        Map<String, String> rows = new TreeMap<>();
        String text = scrape();
        Matcher help = HELP.matcher(text);
        while (help.find()) {
            String name = help.group(1);
            TreeMap<String, Boolean> labels = new TreeMap<>();
            text.lines()
                    .filter(l -> l.matches(name + "(_bucket|_sum|_count)?\\{.*"))
                    .forEach(l -> {
                        Matcher label = LABEL.matcher(l);
                        while (label.find()) {
                            labels.put(label.group(1), true);
                        }
                    });
            labels.remove("le");
            rows.put(
                    name,
                    "| `" + name + "` | " + help.group(3) + " | " + String.join(", ", labels.keySet()) + " | "
                            + help.group(2) + " |\n");
        }
        String table = "| metric | type | labels | meaning |\n|---|---|---|---|\n" + String.join("", rows.values());
        String page = Files.readString(PAGE);
        String expected =
                TABLE.matcher(page).replaceFirst(m -> Matcher.quoteReplacement(m.group(1) + table + m.group(2)));
        if ("true".equals(System.getenv("MOORING_DOCS_WRITE"))) {
            Files.writeString(PAGE, expected);
        }
        assertThat(Files.readString(PAGE)).isEqualTo(expected);
        assertThat(rows.size()).isGreaterThan(30);
    }
}
