package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/** What a schema can't say about a redis pool. */
final class RedisRelations {
    private final JsonNode pool;
    private final String pointer;
    private final Problems problems;

    RedisRelations(JsonNode pool, String pointer, Problems problems) {
        this.pool = pool;
        this.pointer = pointer;
        this.problems = problems;
    }

    void check() {
        if (!problems.anyIn(pointer + "/type")) {
            checkType(text("type"));
        }
        for (String prefix : List.of("", "sentinel_")) {
            String password = prefix + "password";
            if (!text(prefix + "username").isEmpty() && text(password).isEmpty()) {
                add(prefix + "username", "needs a " + password);
            }
        }
        long waitMs = number("wait_timeout_ms");
        if (number("min_replicas") > 0 && waitMs > 0 && number("command_timeout_ms") <= waitMs) {
            add("command_timeout_ms", "must be more than wait_timeout_ms (" + waitMs + "), or no write could wait");
        }
        checkSsl(pool.path("ssl"));
    }

    private void checkType(String type) {
        List<RedisServer> servers = RedisServer.parse(text("server"));
        if (servers == null) {
            add("server", "must be host[:port], several separated by commas, not " + Schema.quote(text("server")));
        } else if (type.equals("single") && servers.size() > 1) {
            add("server", "names " + servers.size() + " servers; type single has one, sentinel and cluster have more");
        }
        boolean isSentinel = type.equals("sentinel");
        if (isSentinel && text("sentinel").isEmpty() && !problems.anyIn(pointer + "/sentinel")) {
            problems.add(pointer, "needs \"sentinel\": the name of the master that the Sentinels watch");
        }
        for (String key : List.of("sentinel", "sentinel_username", "sentinel_password")) {
            if (!isSentinel && !text(key).isEmpty()) {
                add(key, "is for type sentinel only");
            }
        }
        if (type.equals("cluster") && number("database") > 0) {
            add("database", "must be 0: a cluster has no other");
        }
    }

    private void checkSsl(JsonNode ssl) {
        String at = pointer + "/ssl";
        if (problems.anyIn(at) || !ssl.path("enable").booleanValue()) {
            return;
        }
        boolean hasKey = !ssl.path("keyfile").asText().isEmpty();
        boolean hasCert = !ssl.path("certfile").asText().isEmpty();
        if (hasKey != hasCert) {
            problems.add(at + (hasKey ? "/keyfile" : "/certfile"), "certfile and keyfile go together");
        }
        for (String key : List.of("cacertfile", "certfile", "keyfile")) {
            String file = ssl.path(key).asText();
            if (!file.isEmpty() && !ListenerRelations.isFile(file)) {
                problems.add(at + "/" + key, "there is no file " + Schema.quote(file));
            }
        }
    }

    private void add(String key, String message) {
        if (!problems.anyIn(pointer + "/" + key)) {
            problems.add(pointer + "/" + key, message);
        }
    }

    private String text(String key) {
        return pool.path(key).asText();
    }

    /** 0 when it is no number. */
    private long number(String key) {
        return pool.path(key).asLong();
    }
}
