package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.URISyntaxException;

/** What a schema can't say about a dynamodb pool. */
final class DynamoDbRelations {
    private final JsonNode pool;
    private final String pointer;
    private final Problems problems;

    DynamoDbRelations(JsonNode pool, String pointer, Problems problems) {
        this.pool = pool;
        this.pointer = pointer;
        this.problems = problems;
    }

    void check() {
        checkServer(pool.path("server").asText());
        checkKeys();
        long attemptMs = pool.path("attempt_timeout_ms").asLong();
        if (pool.path("call_timeout_ms").asLong() < attemptMs) {
            add("call_timeout_ms", "must not be less than attempt_timeout_ms (" + attemptMs + ")");
        }
    }

    private void checkServer(String server) {
        if (!server.isEmpty() && !isEndpoint(server)) {
            add("server", "must be http://host:port or https://host[:port], not " + Schema.quote(server));
        }
    }

    /** An http address without path, as EMQX's files have it. */
    private static boolean isEndpoint(String text) {
        try {
            URI uri = new URI(text);
            boolean isHttp = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
            boolean isBare = uri.getRawPath() == null || uri.getRawPath().matches("/?");
            return isHttp
                    && isBare
                    && uri.getHost() != null
                    && uri.getRawQuery() == null
                    && uri.getRawUserInfo() == null
                    && uri.getPort() <= 65_535;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private void checkKeys() {
        boolean hasId = !pool.path("aws_access_key_id").asText().isEmpty();
        boolean hasSecret = !pool.path("aws_secret_access_key").asText().isEmpty();
        if (hasId != hasSecret) {
            add(
                    hasId ? "aws_access_key_id" : "aws_secret_access_key",
                    "aws_access_key_id and aws_secret_access_key go together");
        }
        if (!hasId && !pool.path("aws_session_token").asText().isEmpty()) {
            add("aws_session_token", "needs aws_access_key_id and aws_secret_access_key");
        }
    }

    private void add(String key, String message) {
        if (!problems.anyIn(pointer + "/" + key)) {
            problems.add(pointer + "/" + key, message);
        }
    }
}
