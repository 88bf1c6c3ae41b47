package dev.mooring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.config.ReloadOutcome;
import dev.mooring.config.ReloadOutcome.Result;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** A reload that was proven and then could not be put in place as a whole, as a loop is gone. */
class ReloadPartlyTest {
    private static final String TOKEN = "a-token-of-more-than-thirty-characters";

    private static String config(int subscriptions) {
        return "{\"limits\": {\"subscriptions_per_client_max\": " + subscriptions
                + "}, \"http\": {\"enable\": true, \"port\": 0, \"token\": \"" + TOKEN + "\"}}";
    }

    @Test
    @DisplayName(
            "it does not say that the configuration before stays; what was there before is not taken for unchanged")
    void partly() throws Exception {
        try (TestBroker broker = TestBroker.start(config(10));
                LogWatch log = new LogWatch("dev.mooring.Reload");
                LogWatch audit = new LogWatch("audit")) {
            await().until(() -> ask(broker, "GET", "/api/v1/node").statusCode() == 200);
            String loop = broker.broker().loops.get(1).deploymentID();
            broker.vertx()
                    .undeploy(loop)
                    .toCompletionStage()
                    .toCompletableFuture()
                    .get(30, TimeUnit.SECONDS);

            ReloadOutcome outcome = broker.reload(config(20));
            assertThat(outcome.result()).isEqualTo(Result.PARTLY);
            assertThat(outcome.changed()).containsExactly("/limits/subscriptions_per_client_max");
            assertThat(outcome.errors().toString()).contains("No handlers").doesNotContain("stays");
            assertThat(log.lines())
                    .anyMatch(l -> l.startsWith("ERROR only a part of the configuration is in place (the test): ")
                            && l.endsWith("; reload again, or restart"))
                    .noneMatch(l -> l.contains("the running one stays"));
            assertThat(audit.lines())
                    .containsExactly(
                            "INFO who=\"the test\" action=reload subject=\"" + broker.file() + "\" outcome=\"partly\"");
            assertThat(ask(broker, "GET", "/metrics").body())
                    .contains("mooring_config_reloads_total{result=\"partly\"} 1", "mooring_config_refused 1");

            assertThat(broker.reload(config(10)).result()).isEqualTo(Result.PARTLY);
            HttpResponse<String> answer = ask(broker, "POST", "/api/v1/reload");
            assertThat(answer.statusCode()).isEqualTo(500);
            assertThat(answer.body())
                    .contains("\"title\":\"Configuration partly in place\"")
                    .contains("only a part of it is in place: reload again, or restart; see errors");
        }
    }

    private static HttpResponse<String> ask(TestBroker broker, String method, String path)
            throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + broker.broker().httpPort() + path);
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("Authorization", "Bearer " + TOKEN)
                .method(method, HttpRequest.BodyPublishers.noBody())
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }
}
