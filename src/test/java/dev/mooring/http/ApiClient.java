package dev.mooring.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.TestBroker;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.openapi.contract.OpenAPIContract;
import io.vertx.openapi.contract.Operation;
import io.vertx.openapi.validation.ResponseValidator;
import io.vertx.openapi.validation.ValidatableResponse;
import java.io.IOException;
import java.net.Socket;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** Asks the API of a broker of its own, has the contract look at every answer, and notes which operations answered. */
final class ApiClient implements AutoCloseable {
    /** Client ids and topics that must not be taken for paths, queries or code. */
    static final String[] HOSTILE = {
        "..",
        ".",
        "a/b",
        "<script>alert(1)</script>",
        "ü \"quoted\" \\",
        "100%25",
        "x&limit=0",
        "{\"a\":1}",
        "1.5",
        "null"
    };

    private final TestBroker broker;
    private final OpenAPIContract contract;
    private final ResponseValidator validator;
    private final Set<String> answered = new TreeSet<>();

    private ApiClient(TestBroker broker, OpenAPIContract contract) {
        this.broker = broker;
        this.contract = contract;
        this.validator = ResponseValidator.create(broker.vertx(), contract);
    }

    /** @param more members of section http, with a comma before each */
    static ApiClient start(String more, String hooks) throws Exception {
        TestBroker broker = TestBroker.start("{\"http\": {\"enable\": true, \"port\": 0, \"token\": \"" + Traffic.TOKEN
                + "\"" + more + "}, \"hooks\": " + hooks + "}");
        OpenAPIContract contract = get(OpenAPIContract.from(broker.vertx(), Api.forLibrary(Api.contract())));
        ApiClient api = new ApiClient(broker, contract);
        await().until(() -> api.ask("GET", "/node", "").status() != 503);
        return api;
    }

    private static <T> T get(Future<T> future) throws Exception {
        return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
    }

    TestBroker broker() {
        return broker;
    }

    int port() {
        return broker.broker().httpPort();
    }

    /** Operations that have answered with success. */
    Set<String> answered() {
        return answered;
    }

    List<String> operations(Predicate<String> tag) {
        return contract.operations().stream()
                .filter(o -> tag.test(o.getTags().get(0)))
                .map(Operation::getOperationId)
                .toList();
    }

    Answer ask(String method, String target, String body) {
        return Answer.ask(port(), method, "/api/v1" + target, body, "Authorization: Bearer " + Traffic.TOKEN);
    }

    Answer ask(int status, String operation, String target, String body) throws Exception {
        String method = contract.operation(operation).getHttpMethod().name();
        Answer answer = ask(method, target, body);
        assertThat(answer.status()).as(answer.body()).isEqualTo(status);
        String type = status >= 400 ? "application/problem+json" : "application/json";
        ValidatableResponse response = answer.body().isEmpty()
                ? ValidatableResponse.create(status)
                : ValidatableResponse.create(status, Map.of(), Buffer.buffer(answer.body()), "application/json");
        if (!answer.body().isEmpty()) {
            assertThat(answer.head().toLowerCase(Locale.ROOT)).contains("content-type: " + type);
        }
        if (status != 413) {
            get(validator.validate(response, operation));
        }
        if (status < 300) {
            answered.add(operation);
        }
        return answer;
    }

    /** A persistent session of MQTT 5. */
    Socket connect(String clientId) throws IOException {
        Socket socket = open(clientId);
        Traffic.expect(socket, 0x20);
        return socket;
    }

    /** The same, with CONNACK still to come. */
    Socket open(String clientId) throws IOException {
        Socket socket = new Socket("127.0.0.1", broker.port());
        socket.setSoTimeout(20_000);
        Traffic.say(socket, "10 00 0004 4d515454 05 00 003c 05 11 00000e10", Traffic.string(clientId));
        return socket;
    }

    static void subscribe(Socket socket, String filter, int qos) throws IOException {
        Traffic.say(socket, "82 00 0001 00", Traffic.string(filter), "0" + qos);
        Traffic.expect(socket, 0x90);
    }

    @Override
    public void close() {
        broker.close();
    }

    /** All items of a list, asked for page by page; each page has at most two. */
    List<String> all(String operation, String target, String key) throws Exception {
        List<String> found = new ArrayList<>();
        String after = "";
        while (after != null) {
            JsonObject page = ask(200, operation, target + after, "").json();
            JsonArray items = page.getJsonArray("items");
            items.forEach(item -> found.add(((JsonObject) item).getString(key)));
            assertThat(items.size()).isLessThanOrEqualTo(2);
            after = page.getString("next") == null ? null : "&after=" + encoded(page.getString("next"));
        }
        return found;
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
