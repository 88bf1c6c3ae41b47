package dev.mooring.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** JSON as a person would write a configuration: what is small and flat, or an item of a list, stays on one line. */
final class JsonText {
    private static final int COLUMNS_MAX = 110;

    private JsonText() {}

    static String of(JsonNode node) {
        return text(node, "", false);
    }

    private static String text(JsonNode node, String indent, boolean isItem) {
        String line = line(node);
        boolean isFlat = isItem || !hasContainer(node);
        if (!node.isContainerNode() || node.isEmpty() || isFlat && indent.length() + line.length() <= COLUMNS_MAX) {
            return line;
        }
        String deeper = indent + "  ";
        List<String> parts = new ArrayList<>();
        if (node.isArray()) {
            node.forEach(item -> parts.add(deeper + text(item, deeper, true)));
        }
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            parts.add(deeper + key(entry) + text(entry.getValue(), deeper, false));
        }
        String inner = String.join(",\n", parts);
        return node.isArray() ? "[\n" + inner + "\n" + indent + "]" : "{\n" + inner + "\n" + indent + "}";
    }

    private static String line(JsonNode node) {
        List<String> parts = new ArrayList<>();
        if (node.isArray()) {
            node.forEach(item -> parts.add(line(item)));
            return "[" + String.join(", ", parts) + "]";
        }
        if (node.isObject()) {
            node.properties().forEach(entry -> parts.add(key(entry) + line(entry.getValue())));
            return "{" + String.join(", ", parts) + "}";
        }
        return node.toString();
    }

    private static String key(Map.Entry<String, JsonNode> entry) {
        return com.fasterxml.jackson.databind.node.TextNode.valueOf(entry.getKey()) + ": ";
    }

    private static boolean hasContainer(JsonNode node) {
        for (JsonNode child : node) {
            if (child.isContainerNode()) {
                return true;
            }
        }
        return false;
    }
}
