package dev.mooring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * {@code /api/v1} of a whole broker. Every answer is checked against the contract, and at the end every operation of
 * the contract has answered.
 */
class ApiTest {
    private static ApiClient api;

    @BeforeAll
    static void start() throws Exception {
        api = ApiClient.start(
                "",
                "{\"message.publish\": [{\"topic\": \"rule/#\", \"action\":"
                        + " {\"function\": \"on_message_publish\"}, \"pool\": \"local\"}]}");
    }

    @AfterAll
    static void stop() {
        api.close();
        assertThat(api.answered())
                .as("operations of the contract that a test asks")
                .containsExactlyInAnyOrderElementsOf(api.operations(
                        tag -> !List.of("traces", "drain", "bans").contains(tag)));
    }

    private static Answer ask(String method, String target, String body) {
        return api.ask(method, target, body);
    }

    private static Answer ask(int status, String operation, String target, String body) throws Exception {
        return api.ask(status, operation, target, body);
    }

    private static Socket connect(String clientId) throws IOException {
        return api.connect(clientId);
    }

    private static void subscribe(Socket socket, String filter, int qos) throws IOException {
        ApiClient.subscribe(socket, filter, qos);
    }

    @Test
    @DisplayName("without the token there is nothing to see, not even which paths there are")
    void token() {
        int port = api.port();
        for (String path : new String[] {"/api/v1/node", "/api/v1/none", "/api/v1/openapi.json"}) {
            assertThat(Answer.get(port, path).status()).isEqualTo(401);
            Answer wrong = Answer.get(port, path, "Authorization: Bearer " + "x".repeat(40));
            assertThat(wrong.status()).isEqualTo(401);
            assertThat(wrong.detail())
                    .isEqualTo("show the token of the API (see http.token_file) in the header:"
                            + " Authorization: Bearer <token>");
        }
        assertThat(ask("GET", "/none", "").detail()).contains("/api/v1/openapi.json");
        assertThat(ask("GET", "/openapi.json", "").json().getString("openapi")).isEqualTo("3.1.0");
    }

    @Test
    @DisplayName("a reload says what counts now and what needs a restart, or everything that is wrong")
    void reload() throws Exception {
        Path file = api.broker().file();
        String before = Files.readString(file);
        JsonObject same = ask(200, "reload", "/reload", "").json();
        assertThat(same.getString("result")).isEqualTo("unchanged");
        Files.writeString(
                file,
                before.replaceFirst("\\{", "{\"mqtt\": {\"response_information\": \"x\"},")
                        .replace("\"loops\":2", "\"loops\":3"));
        JsonObject changed = ask(200, "reload", "/reload", "").json();
        assertThat(changed.getString("result")).isEqualTo("applied");
        assertThat(changed.getJsonArray("changed")).containsExactly("/mqtt/response_information");
        assertThat(changed.getJsonArray("restart")).contains("/loops");
        assertThat(changed.getString("config_hash")).isNotEqualTo(same.getString("config_hash"));
        assertThat(Answer.get(api.port(), "/metrics").body())
                .contains("mooring_config_info{hash=\"" + changed.getString("config_hash") + "\"} 1");

        Files.writeString(file, "{\"loop\": 3,\n \"limits\": {\"queue\": 5}}");
        JsonObject refused = ask(422, "reload", "/reload", "").json();
        assertThat(refused.getString("detail"))
                .isEqualTo("the configuration is refused, and the running one stays; see errors");
        assertThat(refused.getJsonArray("errors").encode())
                .contains("\"pointer\":\"/loop\"", "unknown key; did you mean \\\"loops\\\"?")
                .contains("\"pointer\":\"/limits/queue\"", "conf.json:2\"", "must be an object {...}, not 5");
        assertThat(Answer.get(api.port(), "/health/ready").json().getString("configuration"))
                .isEqualTo("refused");
        assertThat(Answer.get(api.port(), "/metrics").body()).contains("mooring_config_refused 1");
        Files.writeString(file, before);
        ask(200, "reload", "/reload", "");
        Answer ready = Answer.get(api.port(), "/health/ready");
        assertThat(ready.status()).isEqualTo(200);
        assertThat(ready.json().getString("configuration")).isEqualTo("taken");
    }

    @Test
    @DisplayName("another token counts from the reload on, and the one before no longer")
    void otherToken() throws Exception {
        Path file = api.broker().file();
        String before = Files.readString(file);
        String other = "another-token-of-thirty-characters";
        Files.writeString(file, before.replace(Traffic.TOKEN, other));
        ask(200, "reload", "/reload", "");
        assertThat(ask("GET", "/node", "").status()).isEqualTo(401);
        Files.writeString(file, before);
        Answer back = Answer.ask(api.port(), "POST", "/api/v1/reload", "", "Authorization: Bearer " + other);
        assertThat(back.json().getJsonArray("changed")).containsExactly("/http/token");
        assertThat(ask("GET", "/node", "").status()).isEqualTo(200);
    }

    @Test
    @DisplayName("clients are listed page by page, in order, by prefix, part and state, whatever they call themselves")
    void clients() throws Exception {
        List<String> ids = new ArrayList<>();
        for (String hostile : ApiClient.HOSTILE) {
            ids.add("list " + hostile);
        }
        for (String id : ids) {
            connect(id).close();
        }
        ids.sort(null);
        try (Socket here = connect("list here")) {
            assertThat(here.isConnected()).isTrue();
            await().untilAsserted(() -> assertThat(
                            api.all("listClients", "/clients?limit=2&prefix=list&state=disconnected", "clientid"))
                    .isEqualTo(ids));
            assertThat(api.all("listClients", "/clients?limit=2&prefix=list&state=connected", "clientid"))
                    .containsExactly("list here");
            String part = ApiClient.encoded("list <script>"); // without: other tests have such a client, too
            assertThat(api.all("listClients", "/clients?limit=2&contains=" + part, "clientid"))
                    .containsExactly("list <script>alert(1)</script>");
            assertThat(api.all("listClients", "/clients?limit=2&prefix=none", "clientid"))
                    .isEmpty();
        }
        assertThat(ask(400, "listClients", "/clients?limit=0", "").detail()).contains("limit");
        assertThat(ask(400, "listClients", "/clients?limt=5", "").detail())
                .contains("not known", "limit, after, state")
                .doesNotContain("limt");
        assertThat(ask(400, "listClients", "/clients?state=away", "").detail()).contains("state");
    }

    @Test
    @DisplayName("a client can be looked at and kicked under every name that it can have")
    void hostileNames() throws Exception {
        for (String id : (String.join("\n", ApiClient.HOSTILE) + "\n+").split("\n")) {
            try (Socket socket = connect(id)) {
                JsonObject client = ask(200, "getClient", "/client?clientid=" + ApiClient.encoded(id), "")
                        .json();
                assertThat(client.getString("clientid")).isEqualTo(id);
                assertThat(client.getBoolean("connected")).isTrue();
                ask(204, "kickClient", "/client?clientid=" + ApiClient.encoded(id), "");
                assertThat(Traffic.expect(socket, 0xE0)).startsWith(0x98);
            }
        }
    }

    @Test
    @DisplayName("one client: connection, queue, in flight, subscriptions, and why it was last disconnected")
    void client() throws Exception {
        try (Socket socket = connect("one")) {
            subscribe(socket, "one/#", 1);
            ask(200, "publish", "/publish", "{\"topic\": \"one/a\", \"payload\": \"x\", \"qos\": 1}");
            Traffic.expect(socket, 0x32); // and no PUBACK
            JsonObject client =
                    ask(200, "getClient", "/client?clientid=one", "").json();
            assertThat(client.getInteger("queued_messages")).isEqualTo(1);
            assertThat(client.getInteger("session_expiry_s")).isEqualTo(3600);
            assertThat(client.getString("last_disconnect_reason")).isNull();
            assertThat(client.getJsonArray("subscriptions").getJsonObject(0).getString("filter"))
                    .isEqualTo("one/#");
            JsonObject connection = client.getJsonObject("connection");
            assertThat(connection.getString("protocol")).isEqualTo("5.0");
            assertThat(connection.getInteger("inflight_messages")).isEqualTo(1);
            assertThat(connection.getInteger("keep_alive_s")).isEqualTo(60);
            assertThat(connection.getString("address")).contains("127.0.0.1:" + socket.getLocalPort());

            ask(204, "kickClient", "/client?clientid=one", "");
            assertThat(Traffic.expect(socket, 0xE0)).startsWith(0x98);
        }
        JsonObject gone = ask(200, "getClient", "/client?clientid=one", "").json();
        assertThat(gone.getBoolean("connected")).isFalse();
        assertThat(gone.getJsonObject("connection")).isNull();
        assertThat(gone.getString("last_disconnect_reason")).contains("administrator");
        assertThat(gone.getString("disconnected_at")).startsWith("20");
        assertThat(gone.getJsonArray("subscriptions")).hasSize(1);
        assertThat(gone.getInteger("queued_messages")).isEqualTo(1);
        assertThat(ask(404, "kickClient", "/client?clientid=one", "").detail()).contains("no client with this id");
        assertThat(ask(404, "getClient", "/client?clientid=none", "").detail()).contains("GET /api/v1/clients");
        assertThat(ask(400, "getClient", "/client", "").detail()).contains("clientid");
    }

    @Test
    @DisplayName("subscriptions are listed by filter, client, group and topic, page by page")
    void subscriptions() throws Exception {
        try (Socket a = connect("sub a");
                Socket b = connect("sub b")) {
            for (String filter : new String[] {"subs/1", "subs/+", "$share/team/subs/#"}) {
                subscribe(a, filter, 1);
                subscribe(b, filter, 0);
            }
            String list = "/subscriptions?limit=2";
            assertThat(api.all("listSubscriptions", list + "&topic=subs/1", "filter"))
                    .containsExactly(
                            "$share/team/subs/#", "$share/team/subs/#", "subs/+", "subs/+", "subs/1", "subs/1");
            assertThat(api.all("listSubscriptions", list + "&group=team", "clientid"))
                    .containsExactly("sub a", "sub b");
            assertThat(api.all("listSubscriptions", list + "&clientid=" + ApiClient.encoded("sub b"), "filter"))
                    .containsExactly("$share/team/subs/#", "subs/+", "subs/1");
            assertThat(api.all("listSubscriptions", list + "&filter=" + ApiClient.encoded("subs/+"), "clientid"))
                    .containsExactly("sub a", "sub b");
        }
        assertThat(ask(400, "listSubscriptions", "/subscriptions?after=!", "").detail())
                .contains("`next` of the page before");
        assertThat(ask(400, "listSubscriptions", "/subscriptions?topic=%23", "").detail())
                .contains("without wildcards");
    }

    @Test
    @DisplayName("retained messages are published, listed, shown and deleted, under every topic")
    void retained() throws Exception {
        for (String hostile : ApiClient.HOSTILE) {
            String topic = "kept/" + hostile;
            JsonObject message = new JsonObject()
                    .put("topic", topic)
                    .put("payload", "aGk=")
                    .put("encoding", "base64")
                    .put("qos", 1)
                    .put("retain", true)
                    .put("expiry_s", 3600);
            ask(200, "publish", "/publish", message.encode());
            JsonObject shown = ask(200, "getRetained", "/retained/message?topic=" + ApiClient.encoded(topic), "")
                    .json();
            assertThat(shown.getString("topic")).isEqualTo(topic);
            assertThat(new String(Base64.getDecoder().decode(shown.getString("payload")), StandardCharsets.UTF_8))
                    .isEqualTo("hi");
            assertThat(shown.getString("expires_at")).isNotNull();
        }
        assertThat(api.all("listRetained", "/retained?limit=2&filter=" + ApiClient.encoded("kept/#"), "topic"))
                .hasSize(ApiClient.HOSTILE.length)
                .isSorted();
        for (String hostile : ApiClient.HOSTILE) {
            ask(204, "deleteRetained", "/retained/message?topic=" + ApiClient.encoded("kept/" + hostile), "");
            ask(404, "getRetained", "/retained/message?topic=" + ApiClient.encoded("kept/" + hostile), "");
        }
        assertThat(ask(404, "deleteRetained", "/retained/message?topic=kept", "")
                        .detail())
                .contains("no retained message");
        assertThat(ask(400, "listRetained", "/retained?filter=" + ApiClient.encoded("#/a"), "")
                        .detail())
                .contains("no topic filter");
        assertThat(ask(400, "getRetained", "/retained/message?topic=%2B", "").detail())
                .contains("no topic name");
    }

    @Test
    @DisplayName("what is published goes the way of every message; what can't be published is told")
    void publish() throws Exception {
        try (Socket socket = connect("reader")) {
            subscribe(socket, "rule/1", 0);
            JsonObject published = ask(
                            200, "publish", "/publish", "{\"topic\": \"rule/1\", \"payload\": \"ü\", \"qos\": 1}")
                    .json();
            assertThat(published.getString("reason")).isEqualTo("success");
            assertThat(new String(Traffic.expect(socket, 0x30), StandardCharsets.UTF_8))
                    .endsWith("ü");
            assertThat(ask(200, "publish", "/publish", "{\"topic\": \"nobody\"}")
                            .json()
                            .getString("reason"))
                    .isEqualTo("no_matching_subscribers");
            JsonObject rule = ask(200, "listHooks", "/hooks", "")
                    .json()
                    .getJsonArray("items")
                    .getJsonObject(0);
            assertThat(rule.getString("topic")).isEqualTo("rule/#");
            assertThat(rule.getJsonObject("counts").getInteger("success")).isEqualTo(1);
        }
        String base64 = "{\"topic\": \"a\", \"payload\": \"!\", \"encoding\": \"base64\"}";
        assertThat(ask(400, "publish", "/publish", base64).detail())
                .isEqualTo("`payload` is not Base64 as `encoding` says");
        for (String topic : new String[] {"a/+", "#", "$SYS/x", "a\\u0000"}) {
            assertThat(ask(400, "publish", "/publish", "{\"topic\": \"" + topic + "\"}")
                            .detail())
                    .contains("no topic name that may be published to");
        }
        ask(400, "publish", "/publish", "{\"topic\": \"a\", \"qos\": 3}");
        ask(400, "publish", "/publish", "{\"topic\": \"a\", \"qso\": 1}");
        ask(400, "publish", "/publish", "{\"payload\": \"a\"}");
        ask(400, "publish", "/publish", "{");
        String large = "{\"topic\": \"a\", \"payload\": \"" + "a".repeat(1_100_000) + "\"}";
        assertThat(ask(400, "publish", "/publish", large).detail())
                .isEqualTo("the payload has 1100000 bytes, more than limits.packet_size_max (1048576)");
        String huge = "{\"topic\": \"a\", \"payload\": \"" + "a".repeat(5_000_000) + "\"}";
        assertThat(ask(413, "publish", "/publish", huge).detail())
                .startsWith("a body may have ")
                .endsWith(" bytes");
    }

    @Test
    @DisplayName("the node and its pools show their state, and no secret")
    void nodeAndPools() throws Exception {
        JsonObject node = ask(200, "getNode", "/node", "").json();
        assertThat(node.getString("phase")).isEqualTo("running");
        JsonObject pool =
                ask(200, "listPools", "/pools", "").json().getJsonArray("items").getJsonObject(0);
        assertThat(pool.getString("name")).isEqualTo("local");
        assertThat(pool.getString("state")).isEqualTo("connected");
        assertThat(pool.getBoolean("keeps_sessions")).isTrue();
        assertThat(pool.getLong("commits")).isPositive();
    }
}
