package dev.mooring.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.TestBroker;
import dev.mooring.cli.CommandLines;
import dev.mooring.cli.ExitCode;
import dev.mooring.cli.Host;
import dev.mooring.config.Surroundings;
import dev.mooring.data.Unusable;
import dev.mooring.dynamodb.Dynalite;
import dev.mooring.dynamodb.NeedsNode;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/** A broker with rules on DynamoDB, as EMQX's page has them and of one's own. */
@NeedsNode
class DynamoDbRulesTest {
    private final String prefix = Dynalite.newPrefix();
    private DynamoDbAsyncClient aws;

    @TempDir
    private Path folder;

    @BeforeEach
    void connect() {
        aws = Dynalite.client();
    }

    @AfterEach
    void close() {
        aws.close();
    }

    @Test
    @DisplayName("EMQX's configuration, all eleven rules of it, works as it is imported")
    void imported() throws Exception {
        JsonObject conf = new JsonObject(
                importOf(Files.readString(Path.of("src/test/resources/dev/mooring/cli/emqx_backend_dynamo.conf"))
                        .replace("http://localhost:8000", Dynalite.server())
                        .replace("<access key id>", "test")
                        .replace("<secret access key>", "test")
                        .replace("# backend", "backend")));
        patient(conf.getJsonObject("pools").getJsonObject("pool1"));
        conf.getJsonObject("pools").getJsonObject("local").remove("path");
        try (TestBroker broker = TestBroker.start(conf.encode())) {
            HooksTestClient pub = HooksTestClient.clean(broker.port(), "pub");
            pub.publish("a", "kept for somebody", 1);
            pub.publish("a", "history", 0);
            pub.retain("r", "retained", 1);
            HooksTestClient sub = HooksTestClient.clean(broker.port(), "sub");
            sub.subscribe("a", 1);
            HooksTestClient.Packet fetched = sub.next();
            assertThat(fetched.payload()).isEqualTo("kept for somebody");
            sub.ack(fetched);
            sub.subscribe("r", 1);
            assertThat(sub.next().payload()).isEqualTo("retained");
            eventually(() -> {
                assertThat(texts("mqtt_client", "clientid")).containsExactlyInAnyOrder("pub", "sub");
                assertThat(texts("mqtt_msg", "payload")).contains("history").doesNotContain("kept for somebody");
                assertThat(texts("mqtt_retain", "topic")).containsExactly("r");
                assertThat(texts("mqtt_acked", "clientid")).contains("sub");
            });
        }
    }

    private String importOf(String file) throws Exception {
        Path emqx = Files.writeString(folder.resolve("emqx_backend_dynamo.conf"), file);
        Host host = new Host(
                "test",
                Surroundings.of(Map.of(), Map.of()),
                System.in,
                null,
                (sources, config) -> 0,
                (c, pool, write) -> {
                    throw new Unusable("no store is asked for");
                });
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = CommandLines.execute(
                host, new PrintWriter(out, true), new PrintWriter(err, true), "import", emqx.toString());
        assertThat(code).as(err.toString()).isEqualTo(ExitCode.OK);
        return out.toString();
    }

    @Test
    @DisplayName("items are written before the publisher is answered; a value that does not fit is told and counted")
    void items() {
        JsonObject pool = new JsonObject()
                .put("backend", "dynamodb")
                .put("server", Dynalite.server())
                .put("region", "us-west-2")
                .put("aws_access_key_id", "test")
                .put("aws_secret_access_key", "test");
        patient(pool);
        String rules = """
                {"message.publish": [{"topic": "n/#", "pool": "d", "action": {"items": [
                   {"table": "mqtt_sub",
                    "put": {"clientid": "${clientid}", "topic": "${topic}", "n": {"N": "${payload}"}}}]}}],
                 "session.subscribed": [{"pool": "d", "action": {"items": [
                   {"table": "mqtt_client",
                    "update": {"key": {"clientid": "${clientid}"}, "add": {"qos": {"N": "${qos}"}}}}]}}]}
                """;
        JsonObject conf =
                new JsonObject().put("pools", new JsonObject().put("d", pool)).put("hooks", new JsonObject(rules));
        try (TestBroker broker = TestBroker.start(conf.encode())) {
            HooksTestClient client = HooksTestClient.clean(broker.port(), "c");
            assertThat(client.publish("n/1", "4.5", 1)).isEqualTo(0x10); // nobody has subscribed
            assertThat(scan("mqtt_sub"))
                    .containsExactly(Map.of(
                            "clientid", AttributeValue.fromS("c"),
                            "topic", AttributeValue.fromS("n/1"),
                            "n", AttributeValue.fromN("4.5")));
            assertThat(client.publish("n/1", "four", 1)).isEqualTo(0x80);
            assertThat(scan("mqtt_sub").get(0).get("n").n()).isEqualTo("4.5");
            client.subscribe("x", 2);
            eventually(() -> assertThat(scan("mqtt_client"))
                    .containsExactly(Map.of("clientid", AttributeValue.fromS("c"), "qos", AttributeValue.fromN("2"))));
            assertThat(broker.broker().metrics().publishesRejected.sum()).isEqualTo(1);
            assertThat(broker.broker().storeMetrics().get("d").failed.sum()).isEqualTo(1);
        }
    }

    /** The machine may be busy with other builds. */
    private void patient(JsonObject pool) {
        pool.put("table_prefix", prefix).put("attempt_timeout_ms", 10_000).put("call_timeout_ms", 20_000);
    }

    private List<String> texts(String table, String attribute) {
        return scan(table).stream().map(item -> item.get(attribute).s()).toList();
    }

    private List<Map<String, AttributeValue>> scan(String table) {
        return aws.scan(b -> b.tableName(prefix + table).consistentRead(true))
                .join()
                .items();
    }

    private static void eventually(org.awaitility.core.ThrowingRunnable check) {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(check);
    }
}
