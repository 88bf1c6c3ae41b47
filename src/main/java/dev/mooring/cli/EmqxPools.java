package dev.mooring.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.cli.ImportReport.Line;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The connections of EMQX's files. */
final class EmqxPools {
    private final ImportReport report;
    private final Map<String, ObjectNode> pools = new LinkedHashMap<>();
    private final Set<String> twins = new HashSet<>();
    private final EmqxRedisPool redis;
    private final EmqxDynamoPool dynamo;
    private @Nullable Line region;

    /** @param lines all of the file, to see which names both backends use */
    EmqxPools(List<Line> lines, ImportReport report) {
        this.report = report;
        redis = new EmqxRedisPool(report);
        dynamo = new EmqxDynamoPool(report);
        Map<String, String> backends = new LinkedHashMap<>();
        for (Line line : lines) {
            List<String> keys = List.of(line.key().split("\\.", -1));
            if (keys.size() > 3 && !keys.get(2).equals("hook")) {
                String backend = backend(keys.get(1));
                String other = backends.putIfAbsent(keys.get(2), backend);
                if (other != null && !other.equals(backend)) {
                    twins.add(keys.get(2));
                }
            }
        }
    }

    /** By the name in EMQX's keys; empty for one that we do not have. */
    static String backend(String name) {
        return switch (name) {
            case "redis" -> "redis";
            case "dynamo", "dynamodb" -> "dynamodb";
            default -> "";
        };
    }

    /** The name here; two pools of one name and different backends get different ones. */
    String name(String backend, String name) {
        return twins.contains(name) ? name + "_" + backend : name;
    }

    /** A rule's pool, made with the backend's defaults when no line speaks of it. */
    void used(Line line, String backend, String name) {
        if (!pools.containsKey(name(backend, name))) {
            report.note(line, "no line says where pool " + name + " is; it has the defaults of its backend");
            pool(backend, name);
        }
    }

    void region(Line line) {
        region = line;
    }

    void take(Line line, String backend, String name, String key) {
        if (!name.matches("[A-Za-z0-9_-]{1,64}")) {
            report.refused(line, "a pool's name has 1 to 64 letters, digits, _ and - here");
            return;
        }
        String pointer = "/pools/" + name(backend, name) + "/";
        ObjectNode pool = pool(backend, name);
        if (line.value().isEmpty()) {
            report.note(line, line.key() + " is empty, so the default counts");
        } else if (backend.equals("redis")) {
            redis.take(line, pool, key, pointer);
        } else {
            dynamo.take(line, pool, key, pointer);
        }
    }

    private ObjectNode pool(String backend, String name) {
        return pools.computeIfAbsent(
                name(backend, name), n -> JsonNodeFactory.instance.objectNode().put("backend", backend));
    }

    /** @return the name of the pool for the broker's own state */
    String putInto(ObjectNode target) {
        String own = pools.containsKey("local") ? "mooring" : "local";
        target.putObject(own).put("backend", "embedded").put("path", "data");
        pools.forEach((name, pool) -> {
            if (pool.path("backend").asText().equals("redis")) {
                redis.finish(pool, name);
            } else if (region != null) {
                pool.put("region", region.value());
                report.imported(region, "/pools/" + name + "/region");
            }
            target.set(name, pool);
        });
        return own;
    }
}
