package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Lays {@link Setting}s over the tree of a file. They are texts; the schema says what they stand for: {@code 60} is a
 * number where a number has to be, a list or an object is given as JSON. What does not fit stays a text, and the check
 * of the whole tree says so, with its origin.
 *
 * <p>A key that the file leaves out begins with its default, so that {@code MOORING_LISTENERS__0__PORT} works on an
 * empty file too.
 */
final class Overlay {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final Schema schema;
    private final ObjectNode tree;
    private final Map<String, Origin> origins;
    private final List<ConfigError> errors;

    Overlay(Schema schema, JsonSource source, ObjectNode tree) {
        this.schema = schema;
        this.tree = tree;
        this.origins = source.origins();
        this.errors = source.errors();
    }

    void lay(List<Setting> settings) {
        for (Setting setting : settings) {
            String problem = KeyPath.problem(setting);
            if (problem == null) {
                put(setting);
            } else {
                errors.add(new ConfigError("", setting.origin(), problem));
            }
        }
        // What kind a pool is may have come after its other keys.
        retype(schema.root(), tree, "");
        refuseVisibleSecrets();
    }

    private void put(Setting setting) {
        KeyPath path = new KeyPath(setting);
        JsonNode declared = schema.root();
        JsonNode at = tree;
        String pointer = "";
        while (true) {
            JsonNode kind = schema.kind(declared, at);
            String key = path.next(kind, at);
            String twin = setting.layer() == Origin.Layer.ENVIRONMENT ? KeyPath.twin(at, key) : null;
            String child = pointer + "/" + ConfigError.escaped(key);
            String problem = twin == null ? problem(at, key, pointer) : "may mean \"" + key + "\" or \"" + twin + "\"";
            if (problem != null) {
                errors.add(new ConfigError(child, setting.origin(), problem));
                return;
            }
            declared = schema.below(kind, key);
            if (!path.hasNext()) {
                place(at, key, declared, setting, child);
                return;
            }
            if (!mayHaveKeys(at, key, declared)) {
                errors.add(new ConfigError(child, setting.origin(), child + " has no keys"));
                return;
            }
            at = container(at, key, declared, child, setting.origin());
            pointer = child;
        }
    }

    private static @Nullable String problem(JsonNode at, String key, String pointer) {
        if (at.isObject() || key.matches("[0-9]{1,9}") && Integer.parseInt(key) <= at.size()) {
            return null;
        }
        return pointer + " is a list of " + at.size() + ": items are numbered from 0, the next new one is " + at.size();
    }

    /** What is not known to the schema may have keys too: then its own name is the mistake. */
    private boolean mayHaveKeys(JsonNode at, String key, JsonNode declared) {
        JsonNode there = child(at, key);
        String types = types(declared);
        return there.isContainerNode() || there.isMissingNode() && (types.isEmpty() || isContainer(types));
    }

    /** As {@code "integer"} or {@code ["integer","string"]}; empty when anything may stand there. */
    private String types(JsonNode declared) {
        return schema.resolved(declared).path("type").toString();
    }

    private static boolean isContainer(String types) {
        return types.contains("object") || types.contains("array");
    }

    private static JsonNode child(JsonNode at, String key) {
        return at.isArray() ? at.path(Integer.parseInt(key)) : at.path(key);
    }

    private JsonNode container(JsonNode at, String key, JsonNode declared, String pointer, Origin origin) {
        JsonNode there = child(at, key);
        if (!there.isMissingNode()) {
            return there;
        }
        JsonNode preset = declared.path("default");
        boolean isList = types(declared).contains("array");
        JsonNode made = preset.isContainerNode() ? preset.deepCopy() : isList ? NODES.arrayNode() : NODES.objectNode();
        set(at, key, made);
        origins.put(pointer, origin);
        return made;
    }

    private static void set(JsonNode at, String key, JsonNode value) {
        if (at instanceof ObjectNode object) {
            object.set(key, value);
        } else if (Integer.parseInt(key) < at.size()) {
            ((ArrayNode) at).set(Integer.parseInt(key), value);
        } else {
            ((ArrayNode) at).add(value);
        }
    }

    private void place(JsonNode at, String key, JsonNode declared, Setting setting, String pointer) {
        Origin origin = setting.origin();
        String text = setting.value();
        String types = types(declared);
        if (!isContainer(types) && !(types.isEmpty() && text.startsWith("{"))) {
            forget(pointer);
            origins.put(pointer, origin);
            set(at, key, typed(types, text));
            return;
        }
        JsonSource json = JsonSource.parse(text.getBytes(StandardCharsets.UTF_8), origin.name());
        json.errors().forEach(e -> errors.add(new ConfigError(pointer + e.pointer(), origin, e.message())));
        if (!json.tree().isMissingNode()) {
            forget(pointer);
            json.origins().forEach((below, from) -> origins.put(pointer + below, origin));
            set(at, key, json.tree());
        }
    }

    private void forget(String pointer) {
        origins.keySet().removeIf(p -> p.equals(pointer) || p.startsWith(pointer + "/"));
    }

    private static JsonNode typed(String types, String text) {
        if (types.contains("integer") && text.matches("-?[0-9]{1,30}")) {
            return NODES.numberNode(new BigInteger(text));
        }
        if (types.contains("boolean") && (text.equals("true") || text.equals("false"))) {
            return NODES.booleanNode(text.equals("true"));
        }
        return TextNode.valueOf(text);
    }

    private void retype(JsonNode declared, JsonNode value, String pointer) {
        JsonNode kind = schema.kind(declared, value);
        if (value instanceof ObjectNode object) {
            for (String key : Schema.names(object)) {
                JsonNode below = schema.below(kind, key);
                String child = pointer + "/" + ConfigError.escaped(key);
                JsonNode old = object.path(key);
                if (old.isTextual() && isFromOutside(child)) {
                    object.set(key, typed(types(below), old.textValue()));
                }
                retype(below, object.path(key), child);
            }
        } else if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                retype(kind.path("items"), value.path(i), pointer + "/" + i);
            }
        }
    }

    private boolean isFromOutside(String pointer) {
        Origin origin = origins.getOrDefault(pointer, Origin.DEFAULT);
        return origin.layer().compareTo(Origin.Layer.FILE) > 0;
    }

    /** Everybody on the machine sees the arguments of a process. */
    private void refuseVisibleSecrets() {
        schema.eachSecret(tree, (owner, key, pointer) -> {
            Origin origin = origins.getOrDefault(pointer, Origin.DEFAULT);
            boolean isVisible = origin.layer().compareTo(Origin.Layer.ENVIRONMENT) > 0;
            String text = owner.path(key).asText();
            if (isVisible && !text.isEmpty() && !Secrets.isReference(text)) {
                errors.add(new ConfigError(
                        pointer,
                        origin,
                        "a secret on the command line is seen by everybody on this machine;"
                                + " use ${ENV:NAME}, file:/path or an environment variable"));
            }
        });
    }
}
