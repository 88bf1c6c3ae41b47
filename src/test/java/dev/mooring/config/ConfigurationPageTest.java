package dev.mooring.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The table of all keys in {@code docs/configuration.md} is made from the schema. To write it anew:
 * {@code MOORING_DOCS_WRITE=true ./mvnw test -Dtest=ConfigurationPageTest}.
 */
class ConfigurationPageTest {
    private static final Path PAGE = Path.of("docs/configuration.md");
    private static final Pattern TABLE = Pattern.compile("(?s)(<!-- keys: [^\n]*-->\n).*(<!-- /keys -->)");
    private static final Pattern EXAMPLE = Pattern.compile("(?s)```json\n(.*?)```");

    private final Schema schema = Schema.load();

    @Test
    void thePageHasEveryKeyOfTheSchema() throws IOException {
        String page = Files.readString(PAGE);
        Matcher table = TABLE.matcher(page);
        String expected =
                table.replaceFirst(match -> Matcher.quoteReplacement(match.group(1) + keys() + match.group(2)));
        if ("true".equals(System.getenv("MOORING_DOCS_WRITE"))) {
            Files.writeString(PAGE, expected);
        }
        assertThat(Files.readString(PAGE)).isEqualTo(expected);
    }

    @Test
    void theExamplesWork() throws IOException {
        Matcher example = EXAMPLE.matcher(Files.readString(PAGE));
        int found = 0;
        while (example.find()) {
            found++;
            assertThat(new ConfigReader().parse(example.group(1))).isInstanceOf(ConfigResult.Valid.class);
        }
        assertThat(found).isPositive();
    }

    private String keys() {
        StringBuilder out = new StringBuilder("| key | type | default | unit | meaning |\n|---|---|---|---|---|\n");
        rows(schema.root(), "", out);
        return out.toString();
    }

    private void rows(JsonNode declared, String pointer, StringBuilder out) {
        JsonNode object = schema.resolved(declared);
        for (Map.Entry<String, JsonNode> entry : object.path("properties").properties()) {
            String child = pointer + "/" + ConfigError.escaped(entry.getKey());
            JsonNode key = entry.getValue();
            JsonNode resolved = schema.resolved(key);
            JsonNode required = object.path("required");
            out.append(row(child, key, resolved, required.toString().contains('"' + entry.getKey() + '"')));
            if (pointer.equals("/hooks")) {
                continue; // a rule is shown once, below
            }
            children(child, resolved, out);
        }
        if (pointer.equals("/hooks")) {
            rows(schema.root().at("/$defs/rule"), "/hooks/<hook>/<n>", out);
        }
    }

    private void children(String pointer, JsonNode resolved, StringBuilder out) {
        JsonNode items = schema.resolved(resolved.path("items"));
        JsonNode others = schema.resolved(resolved.path("additionalProperties"));
        if (items.has("oneOf")) {
            for (JsonNode one : items.path("oneOf")) {
                JsonNode kind = schema.resolved(one);
                rows(kind, pointer + "/<" + kind.at("/properties/type/enum/0").asText() + ">", out);
            }
        } else if (items.has("properties")) {
            rows(items, pointer + "/<n>", out);
        } else if (others.has("oneOf")) {
            for (JsonNode one : others.path("oneOf")) {
                JsonNode kind = schema.resolved(one);
                String name = kind.at("/properties/backend/enum/0").asText();
                rows(kind, pointer + "/<" + name + ">", out);
            }
        } else {
            rows(resolved, pointer, out);
        }
    }

    private static String row(String pointer, JsonNode key, JsonNode resolved, boolean required) {
        String type = resolved.path("type").asText();
        boolean isSection = type.equals("object") || pointer.matches("/hooks/[a-z.]+");
        JsonNode value = key.has("x-default") ? key.path("x-default") : key.path("default");
        String preset = required ? "required" : isSection ? "" : code(value);
        String unit = resolved.path("x-unit").asText();
        String allowed = Schema.allowed(resolved).replaceAll(" \\([^)]*\\)$", "");
        String text = key.path("description").asText().replace("<", "&lt;");
        text += key.path("x-restart").asBoolean() ? " *restart*" : "";
        return "| `" + pointer + "` | " + allowed + " | " + preset + " | " + unit + " | " + text + " |\n";
    }

    private static String code(JsonNode value) {
        return value.isMissingNode() ? "" : "`" + value + "`";
    }
}
