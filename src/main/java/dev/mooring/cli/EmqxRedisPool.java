package dev.mooring.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.cli.ImportReport.Line;
import java.util.List;
import java.util.Locale;

/** A line {@code backend.redis.<pool>.<key>}: the keys of EMQX 4, and those that EMQX 5 added. */
final class EmqxRedisPool {
    private static final List<String> TYPES = List.of("single", "sentinel", "cluster");

    private final ImportReport report;

    EmqxRedisPool(ImportReport report) {
        this.report = report;
    }

    /** @param pointer of the pool, with a slash at its end */
    void take(Line line, ObjectNode pool, String key, String pointer) {
        String value = line.value();
        switch (key) {
            case "type" -> {
                if (TYPES.contains(value)) {
                    text(line, pool, key, pointer);
                } else {
                    report.refused(line, "the type is one of " + TYPES + ", not " + value);
                }
            }
            case "server", "sentinel", "channel", "username", "sentinel_username" -> text(line, pool, key, pointer);
            case "password", "sentinel_password" -> {
                text(line, pool, key, pointer);
                report.note(line, "the password is written as it stood; \"${ENV:NAME}\" or \"file:/path\" keep it out");
            }
            case "pool_size", "database" -> number(line, pool, key, pointer);
            case "query_timeout" -> {
                long ms = Durations.ms(value);
                if (ms > 0) {
                    pool.put("command_timeout_ms", ms);
                    report.imported(line, pointer + "command_timeout_ms");
                } else {
                    report.refused(line, "not a time, as 5s: " + value);
                }
            }
            default -> ssl(line, pool, key.startsWith("ssl.") ? key.substring(4) : key, pointer);
        }
    }

    private void ssl(Line line, ObjectNode pool, String key, String pointer) {
        String value = line.value();
        switch (key) {
            case "ssl", "enable" -> flag(line, pool, "enable", pointer, value);
            case "verify" -> flag(line, pool, "verify", pointer, value.replace("verify_", ""));
            case "cafile", "cacertfile", "certfile", "keyfile" -> {
                String ours = key.equals("cafile") ? "cacertfile" : key;
                pool.withObject("/ssl").put(ours, value);
                report.imported(line, pointer + "ssl/" + ours);
            }
            default -> report.refused(line, "there is nothing like it here");
        }
    }

    private void flag(Line line, ObjectNode pool, String ours, String pointer, String value) {
        switch (value.toLowerCase(Locale.ROOT)) {
            case "on", "true", "peer" -> pool.withObject("/ssl").put(ours, true);
            case "off", "false", "none" -> pool.withObject("/ssl").put(ours, false);
            default -> {
                report.refused(line, "neither on nor off: " + value);
                return;
            }
        }
        report.imported(line, pointer + "ssl/" + ours);
    }

    private void text(Line line, ObjectNode pool, String key, String pointer) {
        pool.put(key, line.value());
        report.imported(line, pointer + key);
    }

    private void number(Line line, ObjectNode pool, String key, String pointer) {
        if (!line.value().matches("[0-9]{1,9}")) {
            report.refused(line, "not a number: " + line.value());
            return;
        }
        pool.put(key, Integer.parseInt(line.value()));
        report.imported(line, pointer + key);
    }

    /** What lines say together. */
    void finish(ObjectNode pool, String name) {
        if (!pool.path("sentinel").asText().isEmpty() && !pool.has("type")) {
            pool.put("type", "sentinel");
            report.note(Line.WHOLE, "pool " + name + " names a sentinel, so its type is sentinel");
        }
        if (pool.path("type").asText().equals("cluster") && pool.has("database")) {
            pool.remove("database");
            report.note(Line.WHOLE, "pool " + name + " is a cluster, which has no database but 0");
        }
        if (pool.has("ssl")) {
            ObjectNode ssl = pool.withObject("/ssl");
            if (!ssl.has("enable")) {
                ssl.put("enable", false);
            }
            if (ssl.path("enable").booleanValue() && !ssl.has("verify")) {
                report.note(
                        Line.WHOLE,
                        "pool " + name + ": EMQX took any certificate, Mooring checks it; \"verify\": false does not");
            }
        }
    }
}
