package dev.mooring.config;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.mooring.rule.Rule;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * From a JSON file to a {@link Config}, or to all that is wrong with it at once.
 *
 * <p>The order: parse; lay values from the environment and from arguments over it; check the shape against
 * {@code conf.schema.json}; fill in defaults; put secrets in place; check what belongs together; and only when nothing
 * was wrong make the records. So each check may assume nothing about the shape, and the records may assume all of it.
 * Blocking; no state between calls.
 */
public final class ConfigReader {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .build();

    private final Schema schema = Schema.load();
    private final Function<String, @Nullable String> env;
    private final int cores;
    private final long heapBytes;

    public ConfigReader() {
        this(System::getenv);
    }

    /** @param env environment variables by name */
    ConfigReader(Function<String, @Nullable String> env) {
        this(
                env,
                Runtime.getRuntime().availableProcessors(),
                Runtime.getRuntime().maxMemory());
    }

    /**
     * @param env environment variables by name
     * @param cores what loops "auto" means
     * @param heapBytes of which "auto" takes a quarter
     */
    public ConfigReader(Function<String, @Nullable String> env, int cores, long heapBytes) {
        this.env = env;
        this.cores = cores;
        this.heapBytes = heapBytes;
    }

    public ConfigResult read(Path file) {
        return read(file, List.of());
    }

    /** @param settings over the file, later ones win */
    ConfigResult read(Path file, List<Setting> settings) {
        String why;
        try {
            return read(file.toString(), Files.readAllBytes(file), settings);
        } catch (NoSuchFileException e) {
            why = "there is no such file";
        } catch (IOException e) {
            why = Files.isDirectory(file) ? "it is a directory" : e.toString();
        }
        Origin origin = new Origin(Origin.Layer.FILE, file.toString(), 0);
        return new ConfigResult.Invalid(
                file.toString(), List.of(new ConfigError("", origin, "cannot be read: " + why)));
    }

    /** The same for text instead of a file. */
    public ConfigResult parse(String json) {
        return parse("configuration", json, List.of());
    }

    /** @param name of the text, for people */
    ConfigResult parse(String name, String json, List<Setting> settings) {
        return read(name, json.getBytes(StandardCharsets.UTF_8), settings);
    }

    private ConfigResult read(String name, byte[] json, List<Setting> settings) {
        JsonSource source = JsonSource.parse(json, name);
        JsonNode tree = source.tree();
        if (tree instanceof ObjectNode object) {
            new Overlay(schema, source, object).lay(settings);
        }
        Problems problems = new Problems(source);
        if (!tree.isMissingNode()) {
            schema.check(tree, problems::add);
        }
        if (!(tree instanceof ObjectNode object)) {
            return new ConfigResult.Invalid(name, problems.sorted());
        }
        schema.fillDefaults(object);
        fillFromElsewhere(object);
        EffectiveConfig effective = EffectiveConfig.of(object, schema, source);
        new Secrets(env).resolve(schema, object, problems);
        new Relations(object, problems).check();
        List<Rule> rules = new HookSection(object, problems).read(object.path("hooks"));
        return problems.isEmpty()
                ? new ConfigResult.Valid(config(object, rules), effective)
                : new ConfigResult.Invalid(name, problems.sorted());
    }

    /** Defaults that depend on the machine or on other values. */
    private void fillFromElsewhere(ObjectNode tree) {
        replaceAuto(tree, "loops", IntNode.valueOf(Math.max(1, cores)));
        JsonNode quarter = LongNode.valueOf(Math.max(1, heapBytes / 4));
        replaceAuto(tree.path("limits"), "queued_memory_bytes_max", quarter);
        replaceAuto(tree.at("/limits/retained"), "bytes_max", quarter);

        // Open to the network only for who has thought about who may connect.
        boolean hasUsers = !tree.at("/auth/users").isEmpty();
        boolean isOpen = hasUsers || tree.path("auth").has("allow_anonymous");
        for (JsonNode listener : tree.path("listeners")) {
            if (listener instanceof ObjectNode object && !object.has("host")) {
                object.set("host", TextNode.valueOf(isOpen ? "0.0.0.0" : "127.0.0.1"));
            }
        }
        if (tree.path("auth") instanceof ObjectNode auth && !auth.has("allow_anonymous")) {
            auth.put("allow_anonymous", !hasUsers);
        }
    }

    private static void replaceAuto(JsonNode owner, String key, JsonNode value) {
        if (owner instanceof ObjectNode object && object.path(key).asText().equals("auto")) {
            object.set(key, value);
        }
    }

    private static Config config(ObjectNode tree, List<Rule> rules) {
        Map<String, Pool> pools = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : tree.path("pools").properties()) {
            ObjectNode pool = entry.getValue().deepCopy();
            pools.put(
                    entry.getKey(),
                    switch (pool.remove("backend").asText()) {
                        case "redis" -> to(pool, Pool.RedisPool.class);
                        case "dynamodb" -> to(pool, Pool.DynamoDbPool.class);
                        default -> to(pool, Pool.EmbeddedPool.class);
                    });
        }
        List<Config.Listener> listeners = new ArrayList<>();
        tree.path("listeners").forEach(listener -> listeners.add(to(listener, Config.Listener.class)));
        return new Config(
                to(tree.path("node"), Config.Node.class),
                tree.path("loops").intValue(),
                listeners,
                to(tree.path("limits"), Limits.class),
                to(tree.path("mqtt"), Config.Mqtt.class),
                to(tree.path("auth"), AuthConfig.class),
                Collections.unmodifiableMap(pools),
                to(tree.path("session"), Config.Session.class),
                rules,
                to(tree.path("http"), Config.Http.class),
                to(tree.path("log"), Config.Log.class));
    }

    private static <T> T to(JsonNode node, Class<T> type) {
        return MAPPER.convertValue(node, type);
    }
}
