package dev.mooring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Traces, from their start over the API to the file that is fetched. */
class TracesApiTest {
    @TempDir
    private Path folder;

    private ApiClient api;

    @BeforeEach
    void start() throws Exception {
        api = ApiClient.start(", \"trace_dir\": \"" + folder + "\"", "{}");
    }

    @AfterEach
    void stop() {
        api.close();
    }

    /** Lines of a trace's file that has what a test waits for. */
    private List<JsonObject> recorded(String name, String event) {
        List<JsonObject> lines = new ArrayList<>();
        await().until(() -> {
            lines.clear();
            Answer file = api.ask("GET", "/traces/" + name + "/file", "");
            assertThat(file.status()).isEqualTo(200);
            file.body().lines().forEach(line -> lines.add(new JsonObject(line)));
            return lines.stream().anyMatch(line -> line.getString("event").equals(event));
        });
        api.answered().add("getTraceFile");
        return lines;
    }

    @Test
    @DisplayName(
            "a trace records what one client, topic or address does, without payloads, and nothing once it is over")
    void traces() throws Exception {
        String start = "{\"name\": \"%s\", \"kind\": \"%s\", \"value\": \"%s\"}";
        api.ask(201, "startTrace", "/traces", start.formatted("client", "clientid", "traced"));
        api.ask(201, "startTrace", "/traces", start.formatted("topic", "topic", "traced/#"));
        api.ask(201, "startTrace", "/traces", start.formatted("nobody", "address", "192.0.2.1"));
        try (Socket socket = api.connect("traced");
                Socket other = api.connect("another")) {
            ApiClient.subscribe(socket, "traced/+", 0);
            ApiClient.subscribe(other, "elsewhere", 0);
            Traffic.say(other, "30 00", Traffic.string("traced/1"), "00", "736563726574");
            Traffic.expect(socket, 0x30);
        }
        List<JsonObject> client = recorded("client", "connection CLOSED");
        assertThat(client)
                .extracting(line -> line.getString("event"))
                .startsWith("received CONNECT")
                .contains("sent CONNACK", "received SUBSCRIBE", "sent SUBACK", "sent PUBLISH")
                .doesNotContain("received PUBLISH");
        assertThat(client).allMatch(line -> line.getString("clientid").equals("traced"));
        assertThat(recorded("topic", "sent PUBLISH"))
                .extracting(line -> line.getString("event"))
                .containsExactly("received PUBLISH", "sent PUBLISH");
        String both = client.toString() + recorded("topic", "sent PUBLISH");
        assertThat(both).doesNotContain("secret").contains("traced/1");
        for (String name : new String[] {"client", "topic"}) {
            api.ask(204, "stopTrace", "/traces/" + name + "/stop", "");
        }
        JsonArray all = api.ask(200, "listTraces", "/traces", "").json().getJsonArray("items");
        assertThat(all.stream().map(t -> ((JsonObject) t).getBoolean("running")))
                .containsExactly(false, false, true);
        assertThat(all.getJsonObject(2).getLong("bytes")).isZero();
        for (String name : new String[] {"client", "topic", "nobody"}) {
            api.ask(204, "deleteTrace", "/traces/" + name, "");
            api.ask(404, "deleteTrace", "/traces/" + name, "");
        }
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
        assertThat(api.answered()).containsAll(api.operations(tag -> tag.equals("traces")));
    }

    @Test
    @DisplayName("a trace is bounded in bytes and number, and its name is no path")
    void traceBounds() throws Exception {
        String small = "{\"name\": \"small\", \"kind\": \"clientid\", \"value\": \"busy\", \"bytes_max\": 1024}";
        api.ask(201, "startTrace", "/traces", small);
        assertThat(api.ask(409, "startTrace", "/traces", small).detail()).contains("of this name");
        try (Socket socket = api.connect("busy")) {
            for (int i = 0; i < 50; i++) {
                Traffic.say(socket, "c0 00");
                Traffic.expect(socket, 0xD0);
            }
        }
        await().until(() -> !api.ask("GET", "/traces", "")
                .json()
                .getJsonArray("items")
                .getJsonObject(0)
                .getBoolean("running"));
        JsonObject trace =
                api.ask("GET", "/traces", "").json().getJsonArray("items").getJsonObject(0);
        assertThat(trace.getLong("lost_events")).isPositive();
        assertThat(Files.size(folder.resolve("small.jsonl"))).isBetween(500L, 1024L);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("small.jsonl"))))
                .isEqualTo("rw-------");
        api.ask(204, "deleteTrace", "/traces/small", "");
        for (String name : new String[] {"../x", "a/b", "", "a b"}) {
            String wrong = "{\"name\": \"" + name + "\", \"kind\": \"clientid\", \"value\": \"a\"}";
            assertThat(api.ask(400, "startTrace", "/traces", wrong).detail()).contains("name");
        }
        String noFilter = "{\"name\": \"a\", \"kind\": \"topic\", \"value\": \"a/#/b\"}";
        assertThat(api.ask(400, "startTrace", "/traces", noFilter).detail()).contains("no topic filter");
    }
}
