package dev.mooring.spec;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mooring.TestCluster;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The API of a node of a cluster: about the clients that this node has, as docs/operations.md says. */
class ClusterApiTest {
    private static final String TOKEN = "a-token-of-the-test-for-clusters";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static TestCluster cluster;

    @BeforeAll
    static void start() {
        cluster = TestCluster.start(2, "{\"http\": {\"enable\": true, \"port\": 0, \"token\": \"" + TOKEN + "\"}}");
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    private static HttpResponse<String> ask(int node, String method, String path) throws Exception {
        int port = cluster.node(node).broker().httpPort();
        return HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/v1" + path))
                        .header("Authorization", "Bearer " + TOKEN)
                        .method(method, HttpRequest.BodyPublishers.noBody())
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static RawClient durable(int node, String name) {
        return RawClient.online(
                cluster.node(node).port(),
                Packets.connect(5, name).cleanStart(false).sessionExpiryInterval(3600));
    }

    private static TreeSet<String> listed(int node, String query) throws Exception {
        JsonNode answer =
                JSON.readTree(ask(node, "GET", "/clients?limit=100" + query).body());
        TreeSet<String> ids = new TreeSet<>();
        answer.findValues("clientid").forEach(id -> ids.add(id.asText()));
        return ids;
    }

    @Test
    @DisplayName(
            "each node lists its own clients; one kicks what is connected to it, and a session is where it was last")
    void clients() throws Exception {
        String name = RawClient.unique("k");
        Awaitility.await().until(() -> ask(0, "GET", "/clients").statusCode() == 200);
        Awaitility.await().until(() -> ask(1, "GET", "/clients").statusCode() == 200);
        try (RawClient onA = durable(0, name + "a");
                RawClient onB = durable(1, name + "b")) {
            onA.subscribe(name, 1);
            onB.subscribe(name, 1);
            assertThat(listed(0, "&state=connected")).containsExactly(name + "a");
            assertThat(listed(1, "&state=connected")).containsExactly(name + "b");

            assertThat(ask(0, "DELETE", "/client?clientid=" + name + "b").statusCode())
                    .isEqualTo(404);
            onB.ping();
            assertThat(ask(1, "DELETE", "/client?clientid=" + name + "b").statusCode())
                    .isEqualTo(204);
            onB.expectDisconnect(0x98);
            assertThat(listed(1, "")).containsExactly(name + "b");
        }
        try (RawClient back = durable(0, name + "b")) {
            assertThat(back.connack().sessionPresent).isTrue();
            assertThat(listed(0, "&state=connected")).containsAll(List.of(name + "b"));
            Awaitility.await().untilAsserted(() -> assertThat(listed(1, "")).isEmpty());
        }
    }
}
