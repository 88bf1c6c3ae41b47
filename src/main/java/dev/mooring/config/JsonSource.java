package dev.mooring.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON with what a plain tree has lost: the line of each value, and keys that were written twice.
 *
 * @param name of the file, for people
 * @param tree missing when the text is not JSON
 * @param origins by JSON pointer, of every value that is written
 * @param errors syntax errors and duplicate keys
 */
record JsonSource(String name, JsonNode tree, Map<String, Origin> origins, List<ConfigError> errors) {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** @param json UTF-8 (or what a byte order mark says) */
    static JsonSource parse(byte[] json, String name) {
        JsonSource source = new JsonSource(name, MissingNode.getInstance(), new HashMap<>(), new ArrayList<>());
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            if (parser.nextToken() == null) {
                return source.broken("the file is empty; the least is {}");
            }
            JsonNode tree = source.value(parser, "");
            if (parser.nextToken() != null) {
                return source.broken("something follows the JSON value" + at(parser.currentTokenLocation()));
            }
            return new JsonSource(name, tree, source.origins, source.errors);
        } catch (JsonProcessingException e) {
            String why = e.getOriginalMessage().replaceAll(" \\(for \\w+ starting at \\[.*]\\)", "");
            return source.broken("not JSON: " + why + at(e.getLocation()));
        } catch (IOException e) {
            return source.broken("not JSON: " + e.getMessage());
        }
    }

    private JsonSource broken(String message) {
        errors.add(new ConfigError("", origin(0), message));
        return this;
    }

    private Origin origin(int line) {
        return new Origin(Origin.Layer.FILE, name, line);
    }

    private static String at(@Nullable JsonLocation location) {
        return location == null ? "" : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
    }

    /** The parser stands on the first token of the value. Its depth is bounded by Jackson. */
    private JsonNode value(JsonParser parser, String pointer) throws IOException {
        origins.put(pointer, origin(parser.currentTokenLocation().getLineNr()));
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser, pointer);
            case START_ARRAY -> array(parser, pointer);
            case VALUE_STRING -> NODES.textNode(parser.getText());
            case VALUE_NUMBER_INT -> NODES.numberNode(parser.getBigIntegerValue());
            case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDoubleValue());
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            default -> NODES.nullNode();
        };
    }

    private ObjectNode object(JsonParser parser, String pointer) throws IOException {
        ObjectNode object = NODES.objectNode();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            String child = pointer + "/" + ConfigError.escaped(key);
            Origin first = origins.getOrDefault(child, Origin.DEFAULT);
            parser.nextToken();
            JsonNode value = value(parser, child);
            if (object.has(key)) {
                Origin second = origins.getOrDefault(child, first);
                errors.add(new ConfigError(child, second, "written twice; first in line " + first.line()));
            } else {
                object.set(key, value);
            }
        }
        return object;
    }

    private ArrayNode array(JsonParser parser, String pointer) throws IOException {
        ArrayNode array = NODES.arrayNode();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            array.add(value(parser, pointer + "/" + array.size()));
        }
        return array;
    }
}
