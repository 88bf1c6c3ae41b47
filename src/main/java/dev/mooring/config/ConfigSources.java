package dev.mooring.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything a configuration is made of: a file, and what stands above it. {@link #read} may be called again whenever
 * the file may have changed; environment and arguments are those of the start.
 *
 * @param file null when {@code text} is the configuration itself
 * @param text JSON; empty when there is a file
 * @param settings later ones win
 * @param environment for references to secrets
 */
public record ConfigSources(@Nullable Path file, String text, List<Setting> settings, Map<String, String> environment) {
    public ConfigSources {
        settings = List.copyOf(settings);
        environment = Map.copyOf(environment);
    }

    /**
     * In the order of their weight: the file (null: built-in defaults), the environment, properties, arguments.
     *
     * @param file a path, or the JSON object itself, as Vert.x's launcher takes both
     * @param properties of which those that begin with {@code mooring.} count
     */
    public static ConfigSources of(
            @Nullable String file,
            Map<String, String> environment,
            Map<String, String> properties,
            List<Setting> arguments) {
        List<Setting> settings = new ArrayList<>(Setting.ofEnvironment(environment));
        settings.addAll(Setting.ofProperties(properties));
        settings.addAll(arguments);
        boolean isText = file == null || file.stripLeading().startsWith("{");
        String text = file == null ? "{}" : isText ? file : "";
        return new ConfigSources(file == null || isText ? null : Path.of(file), text, settings, environment);
    }

    /** For people. */
    public String name() {
        return file != null ? file.toString() : text.equals("{}") ? "built-in defaults" : "-conf";
    }

    /** The same with what somebody else has just read from the file. Blocking: it may name other files. */
    public ConfigResult read(byte[] content) {
        return new ConfigReader(environment::get).read(name(), content, settings);
    }

    /** Reads all of it, now. Blocking. */
    public ConfigResult read() {
        ConfigReader reader = new ConfigReader(environment::get);
        return file != null ? reader.read(file, settings) : reader.parse(name(), text, settings);
    }
}
