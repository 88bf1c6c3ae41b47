package dev.mooring.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Asks the HTTP listener of a broker that runs. Blocking. */
final class NodeClient {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final String url;
    private final String token;
    private final HttpClient http;

    /** @param body null when there is none */
    record Answer(int status, JsonNode body) {
        boolean isGood() {
            return status < 300;
        }

        /** What a problem says, for people. */
        String detail() {
            String detail = body.path("detail").asText();
            return detail.isEmpty() ? "the answer was " + status : detail;
        }
    }

    /**
     * @param url of the listener, such as {@code http://127.0.0.1:18083}
     * @param token empty when none is needed
     * @param trust null for whom Java trusts
     */
    NodeClient(String url, String token, @Nullable SSLContext trust) {
        this.url = url;
        this.token = token;
        HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(PATIENCE);
        this.http = (trust == null ? builder : builder.sslContext(trust)).build();
    }

    /** Puts a value into a query. */
    static String encoded(String value) {
        return URLEncoder.encode(value, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** @throws IOException with a text for people when nobody answers, or with what is no JSON */
    Answer ask(String method, String target) throws IOException {
        return ask(method, target, PATIENCE);
    }

    /** The same for what may take longer. */
    Answer ask(String method, String target, Duration patience) throws IOException {
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + target))
                    .timeout(patience)
                    .method(method, HttpRequest.BodyPublishers.noBody());
            if (!token.isEmpty()) {
                request.header("Authorization", "Bearer " + token);
            }
            HttpResponse<byte[]> response = http.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
            return new Answer(response.statusCode(), JSON.readTree(response.body()));
        } catch (IllegalArgumentException e) {
            throw new IOException(url + " is no address of a broker: write http://host:port", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } catch (SSLException e) {
            throw new IOException(
                    "no connection by TLS to " + url + " (" + e.getMessage() + "); --cacert names whom to trust, and"
                            + " --url has to have a name that stands in the broker's certificate",
                    e);
        } catch (IOException e) {
            String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw new IOException(
                    "no broker answers at " + url + " (" + why + "); is it running, and is http.enable true?", e);
        }
    }
}
