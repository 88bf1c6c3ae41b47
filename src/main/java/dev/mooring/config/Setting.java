package dev.mooring.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A value from outside the file, as it was given: nobody has looked yet whether there is such a key.
 *
 * @param name whole name of the variable or property, or the JSON pointer of an argument
 */
public record Setting(Origin.Layer layer, String name, String value) {
    static final String VARIABLE_PREFIX = "MOORING_";
    static final String PROPERTY_PREFIX = "mooring.";
    /** Between two keys of a variable's name, since a key may have single ones. */
    static final String VARIABLE_SEPARATOR = "__";

    /** For tests of the broker itself, see {@code CrashPoint}; and of the build. */
    private static final Set<String> OTHER_PROPERTIES = Set.of("mooring.crash", "mooring.jar");

    /**
     * {@code MOORING_LIMITS__QUEUE__COUNT_MAX} and the like, in the order of their keys, so that nothing depends on the
     * environment's own order. A name without a double underscore counts only when all of it is a key of the top: a
     * Kubernetes service with the name mooring gives its neighbours {@code MOORING_PORT} and more.
     */
    public static List<Setting> ofEnvironment(Map<String, String> environment) {
        List<Setting> found = new ArrayList<>();
        Set<String> top = Schema.load().names();
        environment.forEach((name, value) -> {
            if (name.startsWith(VARIABLE_PREFIX)) {
                String key = name.substring(VARIABLE_PREFIX.length());
                if (key.contains(VARIABLE_SEPARATOR) || top.contains(key.toLowerCase(Locale.ROOT))) {
                    found.add(new Setting(Origin.Layer.ENVIRONMENT, name, value));
                }
            }
        });
        found.sort(Comparator.comparing(Setting::sortKey));
        return found;
    }

    /** {@code mooring.limits.queue.count_max} and the like. */
    public static List<Setting> ofProperties(Map<String, String> properties) {
        List<Setting> found = new ArrayList<>();
        properties.forEach((name, value) -> {
            if (name.startsWith(PROPERTY_PREFIX) && !OTHER_PROPERTIES.contains(name)) {
                found.add(new Setting(Origin.Layer.PROPERTY, name, value));
            }
        });
        found.sort(Comparator.comparing(Setting::sortKey));
        return found;
    }

    /** @param pointer JSON pointer, as {@code /limits/queue/count_max} */
    public static Setting ofArgument(String pointer, String value) {
        return new Setting(Origin.Layer.ARGUMENT, pointer, value);
    }

    Origin origin() {
        return new Origin(layer, name, 0);
    }

    /** Item 10 after item 9. */
    private String sortKey() {
        StringBuilder key = new StringBuilder();
        for (String part : name.split("[._]")) {
            key.append(part.matches("[0-9]{1,9}") ? String.format("%09d", Integer.parseInt(part)) : part)
                    .append('.');
        }
        return key.toString();
    }
}
