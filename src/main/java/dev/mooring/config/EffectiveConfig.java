package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * What a configuration comes to, with its defaults and where each value comes from; for people, hence without secrets.
 *
 * @param tree not to be changed
 * @param values the leaves of the tree, in its order
 */
public record EffectiveConfig(JsonNode tree, List<Value> values) {
    private static final String HIDDEN = "***";

    /** @param value a number, text, truth value, or an empty list or object */
    public record Value(String pointer, JsonNode value, Origin origin) {}

    /** @param tree with defaults, and with references where secrets will be */
    static EffectiveConfig of(ObjectNode tree, Schema schema, JsonSource source) {
        ObjectNode shown = tree.deepCopy();
        schema.eachSecret(shown, (owner, key, pointer) -> {
            String text = owner.path(key).asText();
            if (!text.isEmpty() && !Secrets.isReference(text)) {
                owner.put(key, HIDDEN);
            }
        });
        List<Value> values = new ArrayList<>();
        collect(shown, "", source.origins(), values::add);
        return new EffectiveConfig(shown, List.copyOf(values));
    }

    private static void collect(JsonNode node, String pointer, Map<String, Origin> origins, Consumer<Value> values) {
        if (node.isEmpty()) { // as any leaf is
            values.accept(new Value(pointer, node, origins.getOrDefault(pointer, Origin.DEFAULT)));
        }
        int i = 0;
        for (JsonNode item : node.isArray() ? node : List.<JsonNode>of()) {
            collect(item, pointer + "/" + i++, origins, values);
        }
        for (Map.Entry<String, JsonNode> entry : node.properties()) {
            collect(entry.getValue(), pointer + "/" + ConfigError.escaped(entry.getKey()), origins, values);
        }
    }
}
