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
 * @param tree missing when the text is not JSON
 * @param lines by JSON pointer, from 1
 * @param errors syntax errors and duplicate keys
 */
record JsonSource(JsonNode tree, Map<String, Integer> lines, List<ConfigError> errors) {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    /** @param json UTF-8 (or what a byte order mark says) */
    static JsonSource parse(byte[] json) {
        JsonSource source = new JsonSource(MissingNode.getInstance(), new HashMap<>(), new ArrayList<>());
        try (JsonParser parser = new JsonFactory().createParser(json)) {
            if (parser.nextToken() == null) {
                return source.broken("the file is empty; the least is {}");
            }
            JsonNode tree = source.value(parser, "");
            if (parser.nextToken() != null) {
                return source.broken("something follows the JSON value" + at(parser.currentTokenLocation()));
            }
            return new JsonSource(tree, source.lines, source.errors);
        } catch (JsonProcessingException e) {
            return source.broken("not JSON: " + e.getOriginalMessage() + at(e.getLocation()));
        } catch (IOException e) {
            return source.broken("not JSON: " + e.getMessage());
        }
    }

    int line(String pointer) {
        return lines.getOrDefault(pointer, 0);
    }

    private JsonSource broken(String message) {
        errors.add(new ConfigError("", 0, message));
        return this;
    }

    private static String at(@Nullable JsonLocation location) {
        return location == null ? "" : " (line " + location.getLineNr() + ", column " + location.getColumnNr() + ")";
    }

    /** The parser stands on the first token of the value. Its depth is bounded by Jackson. */
    private JsonNode value(JsonParser parser, String pointer) throws IOException {
        lines.put(pointer, parser.currentTokenLocation().getLineNr());
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
            int first = line(child);
            parser.nextToken();
            JsonNode value = value(parser, child);
            if (object.has(key)) {
                errors.add(new ConfigError(child, line(child), "written twice; first in line " + first));
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
