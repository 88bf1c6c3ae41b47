package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import dev.mooring.rule.Hook;
import dev.mooring.rule.ItemTemplate;
import dev.mooring.rule.ItemTemplate.Value;
import dev.mooring.rule.RuleTables;
import dev.mooring.store.ItemWrite;
import dev.mooring.store.ItemWrite.Change;
import dev.mooring.store.ItemWrite.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The {@code items} of a rule: what the schema can't say about them, and the templates they stand for. */
final class ItemSection {
    private static final List<String> ACTIONS = List.of("put", "delete", "update");
    private static final String FORMS = "a text, a number, true, false, or one typed value as {\"N\": \"${ts}\"} ("
            + String.join(", ", Arrays.stream(Type.values()).map(Type::name).toList()) + ")";

    private final Hook hook;
    private final Problems problems;

    ItemSection(Hook hook, Problems problems) {
        this.hook = hook;
        this.problems = problems;
    }

    /** Those that are right; the shape has been checked. */
    List<ItemTemplate> read(JsonNode items, String pointer) {
        List<ItemTemplate> templates = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            ItemTemplate template = item(items.path(i), pointer + "/" + i);
            if (template != null) {
                templates.add(template);
            }
        }
        return templates;
    }

    private @Nullable ItemTemplate item(JsonNode item, String pointer) {
        List<String> actions = ACTIONS.stream().filter(item::has).toList();
        if (actions.size() != 1) {
            problems.add(pointer, "needs exactly one of " + Schema.quoted(ACTIONS));
            return null;
        }
        String table = item.path("table").asText();
        String name = actions.get(0);
        String at = pointer + "/" + name;
        JsonNode body = item.path(name);
        List<Value> key = new ArrayList<>();
        List<Value> attributes = new ArrayList<>();
        switch (name) {
            case "put" -> attributes(body, Change.SET, at, attributes);
            case "delete" -> attributes(body, Change.SET, at, key);
            default -> {
                attributes(body.path("key"), Change.SET, at + "/key", key);
                attributes(body.path("set"), Change.SET, at + "/set", attributes);
                attributes(body.path("add"), Change.ADD, at + "/add", attributes);
                for (JsonNode removed : body.path("remove")) {
                    add(removed.asText(), Change.REMOVE, Type.S, List.of(), at + "/remove", attributes);
                }
                checkUpdate(key, attributes, at);
            }
        }
        checkKey(
                table,
                name.equals("put") ? attributes : key,
                name.equals("put"),
                name.equals("update") ? at + "/key" : at);
        if (RuleTables.isOurs(table)) {
            problems.add(pointer + "/table", "tables that begin with mooring_ belong to the broker");
        }
        if (problems.anyIn(pointer)) {
            return null;
        }
        ItemWrite.Action action = switch (name) {
            case "put" -> ItemWrite.Action.PUT;
            case "delete" -> ItemWrite.Action.DELETE;
            default -> ItemWrite.Action.UPDATE;
        };
        return new ItemTemplate(item.toString(), action, table, key, attributes);
    }

    private void attributes(JsonNode object, Change change, String pointer, List<Value> into) {
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
            String at = pointer + "/" + ConfigError.escaped(entry.getKey());
            JsonNode value = entry.getValue();
            Type type = type(value);
            List<String> texts = type == null ? List.of() : texts(value, type);
            if (type == null || texts.isEmpty()) {
                problems.add(at, "must be " + FORMS);
                continue;
            }
            if (change == Change.ADD && type != Type.N && type != Type.SS && type != Type.NS) {
                problems.add(at, "add is for numbers and sets: N, SS and NS");
            }
            add(entry.getKey(), change, type, texts, at, into);
        }
    }

    private static @Nullable Type type(JsonNode value) {
        if (value.isTextual()) {
            return Type.S;
        }
        if (value.isNumber()) {
            return Type.N;
        }
        if (value.isBoolean()) {
            return Type.BOOL;
        }
        String name = value.size() == 1 && value.isObject() ? value.fieldNames().next() : "";
        return Arrays.stream(Type.values())
                .filter(t -> t.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** Empty when they have another form. */
    private static List<String> texts(JsonNode value, Type type) {
        JsonNode inner = value.isObject() ? value.path(type.name()) : value;
        if (type != Type.SS && type != Type.NS) {
            boolean fits = inner.isTextual() || !value.isObject() || type == Type.N && inner.isNumber();
            return fits || type == Type.BOOL && inner.isBoolean() ? List.of(inner.asText()) : List.of();
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode one : inner) {
            if (!one.isTextual() && !(type == Type.NS && one.isNumber())) {
                return List.of();
            }
            texts.add(one.asText());
        }
        return inner.isArray() ? texts : List.of();
    }

    private void add(String name, Change change, Type type, List<String> texts, String pointer, List<Value> into) {
        if (name.isEmpty() || name.length() > 255) {
            problems.add(pointer, "the name of an attribute has 1 to 255 characters");
        }
        Value value = ItemTemplate.value(name, change, type, texts, hook, problem -> problems.add(pointer, problem));
        if (value == null) {
            return;
        }
        for (String literal : value.literals()) {
            if ((type == Type.N || type == Type.NS) && !literal.matches("[+-]?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?")) {
                problems.add(pointer, Schema.quote(literal) + " is not a number");
            }
            if (type == Type.BOOL && !literal.equals("true") && !literal.equals("false")) {
                problems.add(pointer, Schema.quote(literal) + " is neither true nor false");
            }
        }
        into.add(value);
    }

    private void checkUpdate(List<Value> key, List<Value> attributes, String pointer) {
        Set<String> names = new HashSet<>();
        key.forEach(value -> names.add(value.name()));
        for (Value value : attributes) {
            if (!names.add(value.name())) {
                problems.add(
                        pointer, Schema.quote(value.name()) + " stands there twice; an update has an attribute once");
            }
        }
        if (attributes.isEmpty() && !problems.anyIn(pointer)) {
            problems.add(pointer, "needs \"set\", \"add\" or \"remove\"");
        }
    }

    /** Of tables that are documented the key is known, of others how many attributes it may have. */
    private void checkKey(String table, List<Value> values, boolean mayHaveMore, String pointer) {
        if (problems.anyIn(pointer)) {
            return;
        }
        List<String> needed = RuleTables.key(table);
        List<String> texts = values.stream()
                .filter(value -> value.type() == Type.S)
                .map(Value::name)
                .toList();
        if (!needed.isEmpty() && !texts.containsAll(needed)) {
            problems.add(pointer, "needs the key of " + table + ", as texts: " + Schema.quoted(needed));
        } else if (!mayHaveMore && values.size() > (needed.isEmpty() ? 2 : needed.size())) {
            String key = needed.isEmpty() ? "one or two attributes" : Schema.quoted(needed);
            problems.add(pointer, "must be the key and nothing else: " + key);
        }
    }
}
