package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mooring.auth.PasswordHash;
import dev.mooring.auth.ScramCredentials;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a schema can't say: values that must fit each other or the machine. Looks at a tree with defaults filled in,
 * whose shape may be wrong anywhere.
 */
final class Relations {
    private static final Pattern SCRAM = Pattern.compile("SCRAM-SHA-256\\$([0-9]{1,9}):([^$:]+)\\$([^$:]+):([^$:]+)");
    private static final int SCRAM_ITERATIONS_MIN = 4096; // RFC 7677 §4

    private final JsonNode tree;
    private final Problems problems;

    Relations(JsonNode tree, Problems problems) {
        this.tree = tree;
        this.problems = problems;
    }

    void check() {
        new ListenerRelations(
                        tree.path("listeners"),
                        tree.at("/limits/packet_size_max").asLong(),
                        problems)
                .check();
        checkLimits();
        checkUsers();
        checkPools();
        new HttpRelations(tree.path("http"), problems).check();
        new ClusterRelations(tree, problems).check();
        checkDrain();
        JsonNode pool = tree.at("/session/pool");
        List<String> names = new ArrayList<>();
        tree.path("pools").fieldNames().forEachRemaining(names::add);
        if (pool.isTextual() && !names.isEmpty() && !names.contains(pool.textValue())) {
            problems.replace("/session/pool", HookSection.noSuchPool(pool.textValue(), names));
        }
    }

    private void checkLimits() {
        for (String bound : List.of("queue", "shared_queue", "store_queue")) {
            String larger = "/limits/" + bound + "/bytes_max";
            long packet = number("/limits/packet_size_max");
            if (packet > number(larger) && number(larger) >= 0) {
                String culprit = problems.isWritten(larger) ? larger : "/limits/packet_size_max";
                problems.add(
                        culprit,
                        "packet_size_max (" + packet + ") must not be more than " + bound + ".bytes_max ("
                                + number(larger) + "), or the largest messages would never fit");
            }
        }
    }

    private void checkDrain() {
        long wait = number("/drain/wait_s");
        long timeout = number("/drain/timeout_s");
        if (timeout > 0 && wait >= timeout) {
            problems.add(
                    problems.isWritten("/drain/wait_s") ? "/drain/wait_s" : "/drain/timeout_s",
                    "wait_s (" + wait + ") must be less than timeout_s (" + timeout
                            + "), or all clients would be sent away at once");
        }
    }

    /** -1 when it is no number or wrong already. */
    private long number(String pointer) {
        JsonNode value = tree.at(pointer);
        return value.isNumber() && !problems.anyIn(pointer) ? value.longValue() : -1;
    }

    private void checkUsers() {
        JsonNode users = tree.at("/auth/users");
        new ChainRelations(tree, problems).check();
        Map<String, Integer> seen = new HashMap<>();
        for (int i = 0; i < users.size(); i++) {
            JsonNode user = users.path(i);
            String pointer = "/auth/users/" + i;
            String name = user.path("username").textValue();
            Integer first = name == null ? null : seen.putIfAbsent(ScramCredentials.prepare(name), i);
            if (first != null) {
                problems.add(pointer + "/username", Schema.quote(name) + " is taken by /auth/users/" + first);
            }
            if (!problems.anyIn(pointer) && !user.has("password_hash") && !user.has("scram_sha_256")) {
                problems.add(pointer, "needs \"password_hash\", \"scram_sha_256\" or both");
            }
            checkPassword(user.path("password_hash"), pointer + "/password_hash");
            checkScram(user.path("scram_sha_256"), pointer + "/scram_sha_256");
        }
    }

    private void checkPassword(JsonNode hash, String pointer) {
        if (!hash.isTextual() || problems.anyIn(pointer)) {
            return;
        }
        if (!hash.textValue().matches("\\$[a-z0-9-]+\\$.+")) {
            problems.add(
                    pointer,
                    "must be a hash in its self-describing form, as $argon2id$... or $2b$...;"
                            + " a password itself is not accepted");
            return;
        }
        String problem = PasswordHash.problem(hash.textValue());
        if (problem != null) {
            problems.add(pointer, problem);
        }
    }

    private void checkScram(JsonNode text, String pointer) {
        if (!text.isTextual() || problems.anyIn(pointer)) {
            return;
        }
        Matcher m = SCRAM.matcher(text.textValue());
        boolean ok = m.matches() && decoded(m.group(2)) > 0 && decoded(m.group(3)) == 32 && decoded(m.group(4)) == 32;
        if (!ok) {
            problems.add(
                    pointer,
                    "must be SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>,"
                            + " the last three in Base64, the keys of 32 bytes");
        } else if (Integer.parseInt(m.group(1)) < SCRAM_ITERATIONS_MIN) {
            problems.add(pointer, "must have at least " + SCRAM_ITERATIONS_MIN + " iterations");
        }
    }

    private static int decoded(String base64) {
        try {
            return Base64.getDecoder().decode(base64).length;
        } catch (IllegalArgumentException e) {
            return -1;
        }
    }

    private void checkPools() {
        Map<Path, String> seen = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : tree.path("pools").properties()) {
            String pointer = "/pools/" + ConfigError.escaped(entry.getKey());
            JsonNode pool = entry.getValue();
            switch (pool.path("backend").asText()) {
                case "embedded" -> checkPath(pool.path("path").asText(), pointer + "/path", seen);
                case "redis" -> new RedisRelations(pool, pointer, problems).check();
                case "dynamodb" -> new DynamoDbRelations(pool, pointer, problems).check();
                default -> {} // said by the schema
            }
        }
    }

    private void checkPath(String text, String pointer, Map<Path, String> seen) {
        if (problems.anyIn(pointer)) {
            return;
        }
        try {
            Path path = Path.of(text).toAbsolutePath().normalize();
            for (Map.Entry<Path, String> other : seen.entrySet()) {
                if (path.startsWith(other.getKey()) || other.getKey().startsWith(path)) {
                    problems.add(pointer, Schema.quote(text) + " is the same as, or inside, " + other.getValue());
                    return;
                }
            }
            seen.put(path, pointer);
            if (Files.exists(path) && !Files.isDirectory(path)) {
                problems.add(pointer, Schema.quote(text) + " is a file, not a directory");
            }
        } catch (InvalidPathException e) {
            problems.add(pointer, "is not a path on this system: " + e.getReason());
        }
    }
}
