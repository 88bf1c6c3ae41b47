package dev.mooring.config;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads the name of a {@link Setting} key by key. Which keys it names depends on where one stands: a hook has a dot in
 * its name, a variable knows neither dots nor small letters, and a list has numbers.
 */
final class KeyPath {
    private final Setting setting;
    private String rest;

    KeyPath(Setting setting) {
        this.setting = setting;
        String name = setting.name();
        this.rest = switch (setting.layer()) {
            case ENVIRONMENT -> name.substring(Setting.VARIABLE_PREFIX.length());
            case PROPERTY -> name.substring(Setting.PROPERTY_PREFIX.length());
            default -> name.substring(Math.min(1, name.length()));
        };
    }

    boolean hasNext() {
        return !rest.isEmpty();
    }

    /**
     * The next key; one that the schema does not know as it was written, so that the check of the whole can say so.
     *
     * @param schema of the value that has the key
     * @param value that has the key
     */
    String next(JsonNode schema, JsonNode value) {
        return switch (setting.layer()) {
            case ENVIRONMENT -> ofVariable(schema, value);
            case PROPERTY -> ofProperty(schema);
            default -> take("/").replace("~1", "/").replace("~0", "~");
        };
    }

    private String ofVariable(JsonNode schema, JsonNode value) {
        String word = take(Setting.VARIABLE_SEPARATOR);
        List<String> known = Schema.names(schema.path("properties"));
        known.addAll(Schema.names(value));
        for (String key : known) {
            if (asVariable(key).equalsIgnoreCase(word)) {
                return key;
            }
        }
        return word.toLowerCase(Locale.ROOT);
    }

    /** Whether two keys of {@code value} look the same in a variable's name; then neither is meant. */
    static @Nullable String twin(JsonNode value, String key) {
        for (String other : Schema.names(value)) {
            if (!other.equals(key) && asVariable(other).equalsIgnoreCase(asVariable(key))) {
                return other;
            }
        }
        return null;
    }

    private static String asVariable(String key) {
        return key.replace('.', '_').replace('-', '_');
    }

    private String ofProperty(JsonNode schema) {
        String longest = "";
        for (String key : Schema.names(schema.path("properties"))) {
            boolean fits = rest.equals(key) || rest.startsWith(key + ".");
            if (fits && key.length() > longest.length()) {
                longest = key;
            }
        }
        if (longest.isEmpty()) {
            return take(".");
        }
        rest = rest.substring(Math.min(rest.length(), longest.length() + 1));
        return longest;
    }

    private String take(String separator) {
        int end = rest.indexOf(separator);
        String word = end < 0 ? rest : rest.substring(0, end);
        rest = end < 0 ? "" : rest.substring(end + separator.length());
        return word;
    }

    /** What is wrong with the name itself, or null. */
    static @Nullable String problem(Setting setting) {
        String name = setting.name();
        boolean isPointer = setting.layer() == Origin.Layer.ARGUMENT;
        if (isPointer && (!name.startsWith("/") || name.length() == 1)) {
            return "must be a JSON pointer, as /limits/packet_size_max";
        }
        List<String> words = new ArrayList<>();
        KeyPath path = new KeyPath(setting);
        while (path.hasNext()) {
            words.add(path.take(
                    switch (setting.layer()) {
                        case ENVIRONMENT -> Setting.VARIABLE_SEPARATOR;
                        case PROPERTY -> ".";
                        default -> "/";
                    }));
        }
        return words.isEmpty() || words.contains("") ? "has an empty key in its name" : null;
    }
}
