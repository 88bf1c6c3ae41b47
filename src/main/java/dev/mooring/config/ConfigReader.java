package dev.mooring.config;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.mooring.auth.Acl;
import dev.mooring.rule.Rule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * From JSON to a {@link Config}, or to all that is wrong with it at once.
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

    /** What can't be read at all. */
    static ConfigResult unreadable(String name, String why) {
        Origin origin = new Origin(Origin.Layer.FILE, name, 0);
        return new ConfigResult.Invalid(name, List.of(new ConfigError("", origin, "cannot be read: " + why)));
    }

    /** Text that is a configuration by itself. */
    public ConfigResult parse(String json) {
        return parse("configuration", json, List.of());
    }

    /** @param name of the text, for people */
    ConfigResult parse(String name, String json, List<Setting> settings) {
        return read(name, json.getBytes(StandardCharsets.UTF_8), settings);
    }

    /** @param json UTF-8 (or what a byte order mark says) */
    ConfigResult read(String name, byte[] json, List<Setting> settings) {
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
        Acl acl = new AuthSection(schema, object, problems).acl();
        List<Rule> rules = new HookSection(object, problems).read(object.path("hooks"));
        return problems.isEmpty()
                ? new ConfigResult.Valid(config(object, acl, rules), effective.withContents(object, schema))
                : new ConfigResult.Invalid(name, problems.sorted());
    }

    /** Defaults that depend on the machine or on other values. */
    private void fillFromElsewhere(ObjectNode tree) {
        replaceAuto(tree, "loops", IntNode.valueOf(Math.max(1, cores)));
        JsonNode quarter = LongNode.valueOf(Math.max(1, heapBytes / 4));
        replaceAuto(tree.path("limits"), "queued_memory_bytes_max", quarter);
        replaceAuto(tree.at("/limits/retained"), "bytes_max", quarter);

        // Open to the network only for who has thought about who may connect.
        fillChain(tree);
        boolean hasUsers =
                !tree.at("/auth/users").isEmpty() || !tree.at("/auth/chain").isEmpty();
        boolean isOpen = hasUsers || tree.path("auth").has("allow_anonymous");
        for (JsonNode listener : tree.path("listeners")) {
            if (listener instanceof ObjectNode object && !object.has("host")) {
                object.set("host", TextNode.valueOf(isOpen || object.has("allow_anonymous") ? "0.0.0.0" : "127.0.0.1"));
            }
        }
        if (tree.path("auth") instanceof ObjectNode auth && !auth.has("allow_anonymous")) {
            auth.put("allow_anonymous", !hasUsers);
        }
        fillListeners(tree);
        fillAcl(tree);
    }

    /**
     * Who writes rules, or where others are, denies what they say nothing of. Where nothing is written all is allowed
     * but {@code $SYS}, and that to clients of this machine.
     */
    private void fillAcl(ObjectNode tree) {
        if (tree.at("/auth/acl") instanceof ObjectNode acl && !acl.has("no_match")) {
            if (acl.has("rules") || acl.has("file") || acl.has("sources")) {
                acl.put("no_match", "deny");
            } else {
                acl.set(
                        "rules",
                        schema.root()
                                .at("/$defs/acl/properties/rules/x-default")
                                .deepCopy());
            }
        }
    }

    /** Users alone are a chain of one link. */
    private static void fillChain(ObjectNode tree) {
        if (tree.path("auth") instanceof ObjectNode auth && !auth.has("chain")) {
            // Users that have no password, too: whoever shows one must not be taken at his word.
            ArrayNode chain = auth.putArray("chain");
            if (!auth.path("users").isEmpty()) {
                chain.addObject().put("type", "users");
            }
        }
        nameByType(tree.at("/auth/chain"));
        nameByType(tree.at("/auth/acl/sources"));
    }

    private static void nameByType(JsonNode list) {
        for (JsonNode one : list) {
            if (one instanceof ObjectNode object && !object.has("name")) {
                object.set("name", object.path("type"));
            }
        }
    }

    private static void fillListeners(ObjectNode tree) {
        JsonNode listeners = tree.path("listeners");
        for (int i = 0; i < listeners.size(); i++) {
            if (listeners.path(i) instanceof ObjectNode object) {
                if (!object.has("name")) {
                    String port = object.path("port").asText();
                    object.put("name", object.path("type").asText() + (port.equals("0") ? "-" + i : ":" + port));
                }
                if (!object.has("auth")) {
                    ArrayNode all = object.putArray("auth");
                    tree.at("/auth/chain")
                            .forEach(link -> all.add(link.path("name").asText()));
                }
                if (!object.has("allow_anonymous")) {
                    object.set("allow_anonymous", tree.at("/auth/allow_anonymous"));
                }
            }
        }
    }

    private static void replaceAuto(JsonNode owner, String key, JsonNode value) {
        if (owner instanceof ObjectNode object && object.path(key).asText().equals("auto")) {
            object.set(key, value);
        }
    }

    private static Config config(ObjectNode tree, Acl acl, List<Rule> rules) {
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
                auth(tree.path("auth"), acl),
                Collections.unmodifiableMap(pools),
                to(tree.path("session"), Config.Session.class),
                rules,
                to(tree.path("http"), Config.Http.class),
                to(tree.path("cluster"), ClusterConfig.class),
                to(tree.path("reload"), Config.Reload.class),
                to(tree.path("drain"), Config.Drain.class),
                to(tree.path("log"), Config.Log.class));
    }

    private static AuthConfig auth(JsonNode auth, Acl acl) {
        List<AuthConfig.User> users = new ArrayList<>();
        auth.path("users").forEach(user -> users.add(to(user, AuthConfig.User.class)));
        List<AuthLink> chain = new ArrayList<>();
        auth.path("chain").forEach(link -> chain.add(link(link.deepCopy())));
        return new AuthConfig(
                auth.path("allow_anonymous").booleanValue(),
                users,
                chain,
                acl,
                sources(auth.path("acl")),
                to(auth.path("ban"), AuthConfig.Ban.class));
    }

    private static AuthConfig.Sources sources(JsonNode acl) {
        List<AclSource> all = new ArrayList<>();
        acl.path("sources").forEach(source -> all.add(source(source.deepCopy())));
        return new AuthConfig.Sources(all, acl.path("refresh_s").asInt());
    }

    private static AclSource source(ObjectNode source) {
        String type = source.remove("type").asText();
        return switch (type) {
            case "http" -> to(source, AclSource.Http.class);
            case "redis" -> to(source, AclSource.Redis.class);
            case "dynamodb" -> to(source, AclSource.DynamoDb.class);
            default -> throw new IllegalStateException(type + " is in the schema, but not here");
        };
    }

    private static AuthLink link(ObjectNode link) {
        String type = link.remove("type").asText();
        return switch (type) {
            case "users" -> to(link, AuthLink.Users.class);
            case "password_file" -> to(link, AuthLink.PasswordFile.class);
            case "http" -> to(link, AuthLink.Http.class);
            case "redis" -> to(link, AuthLink.Redis.class);
            case "dynamodb" -> to(link, AuthLink.DynamoDb.class);
            case "jwt" -> to(link, AuthLink.Jwt.class);
            case "client_certificate" -> to(link, AuthLink.ClientCertificate.class);
            default -> throw new IllegalStateException(type + " is in the schema, but not here");
        };
    }

    private static <T> T to(JsonNode node, Class<T> type) {
        return MAPPER.convertValue(node, type);
    }
}
