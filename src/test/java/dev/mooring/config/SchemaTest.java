package dev.mooring.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.rule.Function;
import dev.mooring.rule.Hook;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.json.schema.Draft;
import io.vertx.json.schema.JsonSchema;
import io.vertx.json.schema.JsonSchemaOptions;
import io.vertx.json.schema.OutputFormat;
import io.vertx.json.schema.Validator;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** {@code conf.schema.json} is a schema, and speaks of the same configuration as the code. */
class SchemaTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Schema SCHEMA = Schema.load();
    private static final Validator VALIDATOR = Validator.create(
            JsonSchema.of(new JsonObject(SCHEMA.root().toString())),
            new JsonSchemaOptions()
                    .setDraft(Draft.DRAFT202012)
                    .setBaseUri("https://mooring.dev")
                    .setOutputFormat(OutputFormat.Flag));

    @Test
    void itIsAValidSchema() {
        JsonSchemaOptions options = new JsonSchemaOptions()
                .setDraft(Draft.DRAFT202012)
                .setBaseUri("https://mooring.dev")
                .setOutputFormat(OutputFormat.Basic);
        var repository = io.vertx.json.schema.SchemaRepository.create(options)
                .preloadMetaSchema(io.vertx.core.Vertx.vertx().fileSystem());
        var result = repository
                .validator("https://json-schema.org/draft/2020-12/schema")
                .validate(new JsonObject(SCHEMA.root().toString()));

        assertThat(result.getValid()).as(String.valueOf(result.getErrors())).isTrue();
    }

    @Test
    void everyObjectIsClosedAndEveryKeyIsExplained() {
        List<String> open = new ArrayList<>();
        each(SCHEMA.root(), "", (pointer, schema) -> {
            boolean free = schema.has("oneOf"); // a choice between kinds, each of which is closed
            if (schema.path("type").asText().equals("object") && !free && !schema.has("additionalProperties")) {
                open.add(pointer);
            }
            for (Map.Entry<String, JsonNode> key : schema.path("properties").properties()) {
                if (key.getValue().path("description").asText().isBlank()) {
                    open.add(pointer + "/" + key.getKey());
                }
            }
            if (schema.path("type").asText().equals("integer")) {
                assertThat(schema.has("minimum") && schema.has("maximum"))
                        .as(pointer)
                        .isTrue();
            }
        });
        assertThat(open).isEmpty();
    }

    @Test
    void everyFileIsKnownAsOneThatAReloadReads() {
        List<String> unknown = new ArrayList<>();
        each(SCHEMA.root(), "", (pointer, schema) -> {
            for (Map.Entry<String, JsonNode> key : schema.path("properties").properties()) {
                boolean isFile = key.getKey().endsWith("file") && key.getValue().has("type");
                if (isFile && !key.getValue().has("x-file") && !key.getValue().has("x-restart")) {
                    unknown.add(pointer + "/" + key.getKey());
                }
                String notices = key.getValue().path("x-file").asText();
                if (notices.equals("reload_s") && !pointer.contains("certificate")) { // which is in one that has it
                    assertThat(schema.path("properties").has("reload_s"))
                            .as(pointer)
                            .isTrue();
                }
            }
        });
        assertThat(unknown).isEmpty();
    }

    @Test
    void hooksAndFunctionsAreThoseOfTheCode() {
        JsonNode root = SCHEMA.root();
        Set<String> hooks = new HashSet<>();
        root.at("/properties/hooks/properties").fieldNames().forEachRemaining(hooks::add);
        Set<String> functions = new HashSet<>();
        root.at("/$defs/rule/properties/action/properties/function/enum").forEach(f -> functions.add(f.asText()));

        assertThat(hooks)
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(Hook.values())
                        .flatMap(h -> h.names().stream())
                        .toList());
        assertThat(functions)
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(Function.values())
                        .flatMap(f -> f.names().stream())
                        .toList());
        for (Hook hook : Hook.values()) {
            String description = root.at("/properties/hooks/properties")
                    .path(hook.text())
                    .path("description")
                    .asText();
            hook.functions().forEach(f -> assertThat(description).contains(f.text()));
        }
        assertThat(root.at("/$defs/rule/properties/expired_time/default").asLong())
                .isEqualTo(dev.mooring.rule.Rule.DEFAULT_EXPIRED_TIME_S);
    }

    @Test
    void everyDefaultOfTheSchemaIsTheDefaultOfTheConfig() throws Exception {
        Config config = Config.defaults();
        Set<String> different = new TreeSet<>();
        compare(SCHEMA.root(), config, "", different);

        // Not one value: resolved by the machine or by other values, or lists and maps of records.
        assertThat(different)
                .containsExactly(
                        "/$schema",
                        "/auth/acl",
                        "/auth/allow_anonymous",
                        "/auth/chain",
                        "/auth/users",
                        "/hooks",
                        "/http/hosts",
                        "/limits/queued_memory_bytes_max",
                        "/limits/retained/bytes_max",
                        "/listeners",
                        "/log/levels",
                        "/loops",
                        "/pools");
        assertThat(differentOfPool("embedded", config.pools().get("local"))).containsExactly("/backend");
        Config redis = Config.of("{\"pools\": {\"r\": {\"backend\": \"redis\"}}, \"session\": {\"pool\": \"r\"}}");
        assertThat(differentOfPool("redis", redis.pools().get("r"))).containsExactly("/backend", "/ssl");
    }

    private static Set<String> differentOfPool(String backend, Pool pool) throws Exception {
        Set<String> different = new TreeSet<>();
        compare(SCHEMA.root().at("/$defs/" + backend + "_pool"), pool, "", different);
        return different;
    }

    /** Compares default texts with record components, by name. */
    private static void compare(JsonNode schema, Object owner, String pointer, Set<String> different) throws Exception {
        for (Map.Entry<String, JsonNode> key : schema.path("properties").properties()) {
            JsonNode property = key.getValue();
            String child = pointer + "/" + key.getKey();
            Object value = component(owner, key.getKey());
            if (property.path("type").asText().equals("object") && (value instanceof Record || value == null)) {
                compare(property, value == null ? owner : value, child, different);
            } else if (!property.path("default").asText("none").equals(text(value))) {
                different.add(child);
            }
        }
    }

    private static String text(Object value) {
        return value instanceof Enum<?> e ? e.name().toLowerCase(java.util.Locale.ROOT) : String.valueOf(value);
    }

    private static Object component(Object owner, String key) throws Exception {
        String flat = key.replace("_", "");
        for (RecordComponent component : owner.getClass().getRecordComponents()) {
            if (component.getName().equalsIgnoreCase(flat)) {
                return component.getAccessor().invoke(owner);
            }
        }
        return null;
    }

    @Property(tries = 1000)
    void ourOwnCheckAgreesWithAValidator(@ForAll long seed) throws Exception {
        JsonNode tree = mutated(new Random(seed));
        List<String> errors = new ArrayList<>();
        SCHEMA.check(tree, (pointer, message) -> errors.add(pointer + ": " + message));

        Object value = tree.isObject() ? new JsonObject(tree.toString()) : JSON.treeToValue(tree, Object.class);
        boolean valid = VALIDATOR
                .validate(tree.isArray() ? new JsonArray(tree.toString()) : value)
                .getValid();

        assertThat(errors.isEmpty()).as(tree + " " + errors).isEqualTo(valid);
    }

    @Property(tries = 1000)
    void noFileMakesTheReaderThrow(@ForAll long seed) throws Exception {
        Random random = new Random(seed);
        String json = mutated(random).toString();
        String broken = random.nextInt(4) == 0 ? json.substring(0, random.nextInt(json.length() + 1)) : json;

        assertThatCode(() -> {
                    ConfigResult result = new ConfigReader(name -> null, 2, 1 << 30).parse(broken);
                    assertThat(result.toString()).isNotEmpty();
                })
                .doesNotThrowAnyException();
    }

    /** A file that has about everything, with a few values, keys or list items changed. */
    private static JsonNode mutated(Random random) throws Exception {
        JsonNode tree = JSON.readTree(Files.readString(Path.of(
                random.nextBoolean() ? "conf.json" : "src/test/resources/dev/mooring/config/many-mistakes.json")));
        if (random.nextBoolean()) {
            SCHEMA.fillDefaults(tree);
        }
        for (int n = random.nextInt(4); n > 0; n--) {
            List<JsonNode> containers = new ArrayList<>();
            collect(tree, containers);
            if (containers.isEmpty()) {
                return tree;
            }
            JsonNode owner = containers.get(random.nextInt(containers.size()));
            if (owner instanceof ObjectNode object) {
                mutate(object, random);
            } else {
                ((ArrayNode) owner).add(junk(random));
            }
        }
        return random.nextInt(50) == 0 ? junk(random) : tree;
    }

    private static void mutate(ObjectNode object, Random random) throws Exception {
        List<String> keys = new ArrayList<>();
        object.fieldNames().forEachRemaining(keys::add);
        String key = keys.isEmpty() || random.nextInt(5) == 0
                ? "k" + random.nextInt(3)
                : keys.get(random.nextInt(keys.size()));
        if (random.nextInt(4) == 0) {
            object.remove(key);
        } else {
            object.set(key, junk(random));
        }
    }

    private static JsonNode junk(Random random) throws Exception {
        String[] junk = {
            "null",
            "true",
            "false",
            "0",
            "1",
            "-1",
            "65535",
            "65536",
            "1.5",
            "2.0",
            "1e30",
            "99999999999999999999",
            "\"\"",
            "\"auto\"",
            "\"local\"",
            "\"tcp\"",
            "\"embedded\"",
            "\"redis\"",
            "\"#\"",
            "\"a/#/b\"",
            "\"/\"",
            "\"\\u0000\"",
            "\"file:\\u0000\"",
            "\"${ENV:X}\"",
            "[]",
            "{}",
            "[[]]",
            "[{}]",
            "{\"a\": {}}",
            "{\"backend\": \"embedded\"}",
            "{\"backend\": \"redis\"}",
            "{\"backend\": \"redis\", \"type\": \"cluster\", \"ssl\": {\"enable\": true}, \"path\": \"x\"}",
            "{\"enable\": true}",
            "{\"type\": \"ws\", \"port\": 1883}",
            "\"reject\"",
            "[{\"action\": {\"function\": \"on_retain_lookup\"}, \"pool\": \"local\"}]",
            "\"on_message_publish\""
        };
        return JSON.readTree(junk[random.nextInt(junk.length)]);
    }

    private static void collect(JsonNode node, List<JsonNode> containers) {
        if (node.isContainerNode()) {
            containers.add(node);
            node.forEach(child -> collect(child, containers));
        }
    }

    interface Visitor {
        void visit(String pointer, JsonNode schema);
    }

    /** Every schema in the schema. */
    static void each(JsonNode schema, String pointer, Visitor visitor) {
        visitor.visit(pointer, schema);
        for (String map : List.of("properties", "$defs")) {
            schema.path(map).properties().forEach(e -> each(e.getValue(), pointer + "/" + e.getKey(), visitor));
        }
        for (String one : List.of("items", "additionalProperties")) {
            if (schema.path(one).isObject()) {
                each(schema.path(one), pointer + "/items", visitor);
            }
        }
    }
}
