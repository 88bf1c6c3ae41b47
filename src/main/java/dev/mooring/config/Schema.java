package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * {@code conf.schema.json}: checks a tree against it, and fills in its defaults.
 *
 * <p>Own code for the part of JSON Schema 2020-12 that the file uses, because a validator's words ("Property does not
 * match additional properties schema") are not for people. A test compares both on random input. Immutable.
 */
final class Schema {
    private static final String RESOURCE = "/conf.schema.json";
    private static final String FILE = "x-file";

    private final JsonNode root;

    private Schema(JsonNode root) {
        this.root = root;
    }

    /** The schema that is in the jar; read once. */
    static Schema load() {
        return Loaded.SCHEMA;
    }

    /** Not before it is needed. */
    private static final class Loaded {
        static final Schema SCHEMA = read();

        private static Schema read() {
            try (InputStream in = Schema.class.getResourceAsStream(RESOURCE)) {
                if (in == null) {
                    throw new FileNotFoundException(RESOURCE + " is not in the jar");
                }
                return new Schema(new ObjectMapper().readTree(in));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    JsonNode root() {
        return root;
    }

    /** Keys of the top. */
    Set<String> names() {
        return Set.copyOf(names(root.path("properties")));
    }

    /** Tells {@code errors} every pointer and message. */
    void check(JsonNode value, BiConsumer<String, String> errors) {
        check(root, value, "", errors);
    }

    /** The same for a value that stands elsewhere than in the file. */
    void checkAs(JsonNode declared, JsonNode value, String pointer, BiConsumer<String, String> errors) {
        check(declared, value, pointer, errors);
    }

    /** Adds what is missing and has a default, at any depth. Leaves alone what has the wrong type. */
    void fillDefaults(JsonNode value) {
        fillDefaults(root, value);
    }

    /** Tells {@code secrets} the object and key of each value that may be a reference to a secret. */
    void eachSecret(JsonNode value, KeyVisitor secrets) {
        each(root, value, "", key -> key.path("writeOnly").asBoolean(), secrets);
    }

    /** The same of each value that is the name of a file which is read with the configuration. */
    void eachFile(JsonNode value, KeyVisitor files) {
        each(root, value, "", key -> key.has(FILE), files);
    }

    /** The same of those whose changes nobody would notice but the reload. */
    void eachFileToWatch(JsonNode value, KeyVisitor files) {
        each(root, value, "", key -> key.path(FILE).asText().equals("reload"), files);
    }

    interface KeyVisitor {
        void visit(ObjectNode owner, String key, String pointer);
    }

    /** Whether a change of this value, or of the one that it is in, counts only after a restart. */
    boolean needsRestart(JsonNode tree, String pointer) {
        JsonNode declared = root;
        JsonNode at = tree;
        for (String part : pointer.substring(1).split("/")) {
            String key = part.replace("~1", "/").replace("~0", "~");
            declared = below(kind(declared, at), key);
            if (declared.path("x-restart").asBoolean()) {
                return true;
            }
            at = at.isArray() ? at.path(Integer.parseInt(key)) : at.path(key);
        }
        return false;
    }

    private void check(JsonNode declared, JsonNode value, String pointer, BiConsumer<String, String> errors) {
        JsonNode schema = kind(declared, value);
        if (!hasType(schema, value)) {
            errors.accept(pointer, "must be " + allowed(schema) + ", not " + shown(schema, value));
        } else if (value.isObject()) {
            checkObject(schema, value, pointer, errors);
        } else if (value.isArray()) {
            checkArray(schema, value, pointer, errors);
        } else if (value.isTextual()) {
            checkText(schema, value.textValue(), pointer, errors);
        } else if (value.isNumber() && schema.has("minimum")) {
            double number = value.doubleValue(); // bounds are below 2^53
            if (number < schema.path("minimum").doubleValue()
                    || number > schema.path("maximum").doubleValue()) {
                errors.accept(pointer, "must be " + allowed(schema) + ", not " + shown(schema, value));
            }
        }
    }

    private void checkObject(JsonNode schema, JsonNode value, String pointer, BiConsumer<String, String> errors) {
        JsonNode properties = schema.path("properties");
        JsonNode others = schema.path("additionalProperties");
        JsonNode names = schema.path("propertyNames");
        for (Map.Entry<String, JsonNode> entry : value.properties()) {
            String key = entry.getKey();
            String child = pointer + "/" + ConfigError.escaped(key);
            if (names.has("pattern") && !matches(names, key)) {
                errors.accept(child, "a name here is " + names.path("title").textValue());
            }
            if (properties.has(key)) {
                check(properties.path(key), entry.getValue(), child, errors);
            } else if (others.isObject()) {
                check(others, entry.getValue(), child, errors);
            } else if (others.isBoolean()) {
                List<String> known = names(properties);
                String hint = DidYouMean.hint(key, known);
                errors.accept(child, "unknown key" + (hint.isEmpty() ? " (known: " + quoted(known) + ")" : hint));
            }
        }
        for (JsonNode required : schema.path("required")) {
            if (!value.has(required.textValue())) {
                String key = required.textValue();
                String kind = allowed(resolved(properties.path(key)));
                errors.accept(pointer, "needs \"" + key + "\": " + kind);
            }
        }
        if (value.size() < schema.path("minProperties").asInt(0)
                || value.size() > schema.path("maxProperties").asInt(Integer.MAX_VALUE)) {
            errors.accept(
                    pointer,
                    schema.has("maxProperties")
                            ? "needs exactly one of " + quoted(names(properties))
                            : "needs at least one entry");
        }
    }

    private void checkArray(JsonNode schema, JsonNode value, String pointer, BiConsumer<String, String> errors) {
        for (int i = 0; i < value.size(); i++) {
            check(schema.path("items"), value.get(i), pointer + "/" + i, errors);
        }
        if (value.size() < schema.path("minItems").asInt(0)) {
            errors.accept(pointer, "needs at least one entry");
        }
    }

    private void checkText(JsonNode schema, String text, String pointer, BiConsumer<String, String> errors) {
        int length = text.codePointCount(0, text.length());
        boolean ok = length >= schema.path("minLength").asInt(0)
                && length <= schema.path("maxLength").asInt(Integer.MAX_VALUE)
                && (!schema.has("pattern") || matches(schema, text));
        if (schema.has("enum")) {
            List<String> values = texts(schema.path("enum"));
            if (!values.contains(text)) {
                String hint = DidYouMean.hint(text, values);
                errors.accept(pointer, "must be " + allowed(schema) + ", not " + quote(text) + hint);
            }
        } else if (!ok) {
            String hint = schema.path("writeOnly").asBoolean() ? "" : ", not " + quote(text);
            errors.accept(pointer, "must be " + allowed(schema) + hint);
        }
    }

    private void fillDefaults(JsonNode declared, JsonNode value) {
        JsonNode schema = kind(declared, value);
        if (value instanceof ObjectNode object) {
            for (Map.Entry<String, JsonNode> property :
                    schema.path("properties").properties()) {
                JsonNode preset = property.getValue().path("default");
                if (!preset.isMissingNode() && !object.has(property.getKey())) {
                    object.set(property.getKey(), preset.deepCopy());
                }
            }
            JsonNode others = schema.path("additionalProperties");
            for (Map.Entry<String, JsonNode> entry : object.properties()) {
                JsonNode known = schema.path("properties").path(entry.getKey());
                fillDefaults(known.isMissingNode() ? others : known, entry.getValue());
            }
        } else if (value instanceof ArrayNode array) {
            array.forEach(item -> fillDefaults(schema.path("items"), item));
        }
    }

    private void each(
            JsonNode declared, JsonNode value, String pointer, Predicate<JsonNode> wanted, KeyVisitor visitor) {
        JsonNode schema = kind(declared, value);
        if (value instanceof ObjectNode object) {
            JsonNode others = schema.path("additionalProperties");
            for (String key : names(object)) {
                JsonNode known = schema.path("properties").path(key);
                JsonNode child = known.isMissingNode() ? others : known;
                String childPointer = pointer + "/" + ConfigError.escaped(key);
                if (wanted.test(child)) {
                    visitor.visit(object, key, childPointer);
                } else {
                    each(child, object.path(key), childPointer, wanted, visitor);
                }
            }
        } else if (value.isArray()) {
            for (int i = 0; i < value.size(); i++) {
                each(schema.path("items"), value.get(i), pointer + "/" + i, wanted, visitor);
            }
        }
    }

    /**
     * What {@code value} has to be. Where the schema has several kinds ({@code oneOf}), they differ in the one value of
     * the key that all require; a value that names none of them is told so, and nothing else.
     */
    JsonNode kind(JsonNode declared, JsonNode value) {
        JsonNode schema = resolved(declared);
        String key = schema.path("required").path(0).asText();
        for (JsonNode one : schema.path("oneOf")) {
            JsonNode kind = resolved(one);
            if (kind.path("properties").path(key).path("enum").path(0).equals(value.path(key))) {
                return kind;
            }
        }
        return schema;
    }

    /** Of the value under {@code key}, an item's number in a list; missing when there is none. */
    JsonNode below(JsonNode kind, String key) {
        if (kind.path("type").asText().equals("array")) {
            return kind.path("items");
        }
        JsonNode known = kind.path("properties").path(key);
        JsonNode others = kind.path("additionalProperties");
        return known.isMissingNode() && others.isObject() ? others : known;
    }

    /** Follows {@code $ref}s into {@code $defs}. */
    JsonNode resolved(JsonNode schema) {
        JsonNode at = schema;
        while (at.has("$ref")) {
            at = root.at(at.path("$ref").textValue().substring(1));
        }
        return at;
    }

    private static boolean hasType(JsonNode schema, JsonNode value) {
        JsonNode type = schema.path("type");
        if (!type.isArray()) {
            return type.isMissingNode() || isOf(type.textValue(), value);
        }
        for (JsonNode one : type) {
            if (isOf(one.textValue(), value)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isOf(String type, JsonNode value) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "boolean" -> value.isBoolean();
            case "integer" -> value.isNumber() && value.doubleValue() == Math.rint(value.doubleValue());
            default -> throw new IllegalStateException("the schema has a type that is not known here: " + type);
        };
    }

    /** What may stand there, in words. */
    static String allowed(JsonNode schema) {
        if (schema.has("enum")) {
            return oneOf(texts(schema.path("enum")));
        }
        if (schema.path("type").isArray()) {
            return schema.path("title").asText() + " or " + range(schema);
        }
        String type = schema.path("type").asText();
        return switch (type) {
            case "integer" -> range(schema);
            case "boolean" -> "true or false";
            case "object" -> "an object {...}";
            case "array" -> "a list [...]";
            default -> schema.has("title") ? schema.path("title").asText() : text(schema);
        };
    }

    private static String range(JsonNode schema) {
        String unit = schema.has("x-unit") ? " (" + schema.path("x-unit").asText() + ")" : "";
        return "a whole number from " + schema.path("minimum").asText() + " to "
                + schema.path("maximum").asText() + unit;
    }

    private static String text(JsonNode schema) {
        int least = schema.path("minLength").asInt(0);
        if (!schema.has("maxLength")) {
            return least > 0 ? "text that is not empty" : "text";
        }
        return "text of " + least + " to " + schema.path("maxLength").asInt() + " characters";
    }

    /** The wrong value, short; never one that may be a secret. */
    private static String shown(JsonNode schema, JsonNode value) {
        if (value.isObject()) {
            return "an object";
        }
        if (value.isArray()) {
            return "a list";
        }
        if (schema.path("writeOnly").asBoolean()) {
            return "something else";
        }
        return value.isTextual() ? quote(value.textValue()) : cut(value.asText());
    }

    static String quote(String text) {
        return "\"" + cut(text).replace("\n", "\\n") + "\"";
    }

    private static String cut(String text) {
        return text.length() <= 60 ? text : text.substring(0, 57) + "...";
    }

    static String quoted(List<String> words) {
        return "\"" + String.join("\", \"", words) + "\"";
    }

    static String oneOf(List<String> words) {
        return words.size() == 1 ? quoted(words) : "one of " + quoted(words);
    }

    private static boolean matches(JsonNode schema, String text) {
        return Pattern.compile(schema.path("pattern").textValue()).matcher(text).find();
    }

    /** The keys of an object, in their order; empty for what is none. */
    static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        array.forEach(item -> texts.add(item.asText()));
        return texts;
    }
}
