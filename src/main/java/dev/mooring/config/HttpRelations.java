package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/** What belongs together in the {@code http} section. */
final class HttpRelations {
    /** 20 characters of Base64 are 120 bits. */
    private static final int TOKEN_LENGTH_MIN = 20;

    private final JsonNode http;
    private final Problems problems;

    HttpRelations(JsonNode http, Problems problems) {
        this.http = http;
        this.problems = problems;
    }

    void check() {
        for (String key : List.of("token", "metrics_token")) {
            String pointer = "/http/" + key;
            String token = http.path(key).asText();
            if (!token.isEmpty() && !problems.anyIn(pointer)) {
                if (token.length() < TOKEN_LENGTH_MIN) {
                    problems.add(pointer, "has fewer than " + TOKEN_LENGTH_MIN + " characters and could be guessed");
                } else if (!token.chars().allMatch(c -> c > ' ' && c < 0x7F)) {
                    problems.add(pointer, "must be printable ASCII without spaces: it travels in a header");
                }
            }
        }
        boolean https = http.at("/ssl/enable").asBoolean();
        for (String key : List.of("certfile", "keyfile")) {
            String pointer = "/http/ssl/" + key;
            String file = http.at("/ssl/" + key).asText();
            if (https && !problems.anyIn(pointer)) {
                if (file.isEmpty()) {
                    problems.add("/http/ssl", "needs \"" + key + "\" when it is enabled");
                } else if (!isReadable(file)) {
                    problems.add(pointer, "cannot read file " + file);
                }
            }
        }
    }

    private static boolean isReadable(String file) {
        try {
            return Files.isRegularFile(Path.of(file)) && Files.isReadable(Path.of(file));
        } catch (InvalidPathException e) {
            return false;
        }
    }
}
