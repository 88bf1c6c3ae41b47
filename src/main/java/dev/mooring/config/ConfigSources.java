package dev.mooring.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything a configuration is made of: a file, and what stands above it. {@link ConfigLayers} reads it.
 *
 * @param file null when {@code text} is the configuration itself
 * @param text JSON; empty when there is a file
 * @param surroundings environment and properties of the JVM
 * @param properties that stood among the arguments, over those of the JVM
 * @param arguments later ones win
 */
public record ConfigSources(
        @Nullable Path file,
        String text,
        Surroundings surroundings,
        Map<String, String> properties,
        List<Setting> arguments) {
    public ConfigSources {
        properties = Map.copyOf(properties);
        arguments = List.copyOf(arguments);
    }

    /**
     * In the order of their weight: the file (null: built-in defaults), the environment, properties, arguments.
     *
     * @param file a path, or the JSON object itself, as Vert.x's launcher takes both
     * @param properties of which those that begin with {@code mooring.} count
     */
    public static ConfigSources of(
            @Nullable String file, Surroundings surroundings, Map<String, String> properties, List<Setting> arguments) {
        boolean isText = file == null || file.stripLeading().startsWith("{");
        String text = file == null ? "{}" : isText ? file : "";
        Path path = file == null || isText ? null : Path.of(file);
        return new ConfigSources(path, text, surroundings, properties, arguments);
    }

    /** The same with a value over all others. */
    public ConfigSources with(Setting setting) {
        List<Setting> more = new ArrayList<>(arguments);
        more.add(setting);
        return new ConfigSources(file, text, surroundings, properties, more);
    }

    /** For people. */
    public String name() {
        return file != null ? file.toString() : text.equals("{}") ? "built-in defaults" : "-conf";
    }

    /** Reads all of it, now, where there is no Vert.x yet. Blocking. */
    public ConfigResult read() {
        return ConfigLayers.readOnce(this);
    }
}
