package dev.mooring.cli;

import dev.mooring.config.ConfigSources;
import dev.mooring.config.Setting;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Values over those of the file, for every command that reads a configuration. */
final class ValueOptions {
    private static final String DEFAULT_FILE = "conf.json";

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec mixee;

    @Option(
            names = "--set",
            paramLabel = "POINTER=VALUE",
            description = "A value for one key, over file and environment, as --set /limits/connections_max=500. Lists"
                    + " and objects are JSON. May be repeated.")
    private List<String> sets = new ArrayList<>();

    @Option(
            names = "-D",
            paramLabel = "KEY=VALUE",
            description = "The same with dots, as -Dmooring.limits.connections_max=500; before -jar too.")
    private Map<String, String> properties = new LinkedHashMap<>();

    /** @param file as it was given; null for conf.json if there is one, else for the built-in defaults */
    ConfigSources sources(@Nullable String file, Host host) {
        List<Setting> arguments = new ArrayList<>();
        for (String set : sets) {
            int end = set.indexOf('=');
            if (end < 0) {
                throw wrong("--set needs POINTER=VALUE, as /limits/connections_max=500, not \"" + set + "\"");
            }
            arguments.add(Setting.ofArgument(set.substring(0, end), set.substring(end + 1)));
        }
        for (String key : properties.keySet()) {
            if (!key.startsWith("mooring.")) {
                throw wrong("-D takes keys that begin with \"mooring.\" here, not \"" + key
                        + "\"; properties of the JVM stand before -jar");
            }
        }
        String named = file == null && Files.exists(Path.of(DEFAULT_FILE)) ? DEFAULT_FILE : file;
        try {
            return ConfigSources.of(named, host.surroundings(), properties, arguments);
        } catch (InvalidPathException e) {
            throw wrong("not a file name: " + e.getReason());
        }
    }

    private ParameterException wrong(String why) {
        CommandSpec spec = java.util.Objects.requireNonNull(mixee);
        CommandLine command = spec.commandLine();
        return new ParameterException(command, why);
    }

    /** What a configuration that is wrong, or cannot even be read, ends a command with. */
    static int exitCode(ConfigSources sources, int wrong) {
        Path file = sources.file();
        boolean readable = file == null || Files.isReadable(file) && !Files.isDirectory(file);
        return readable ? wrong : ExitCode.NO_INPUT;
    }
}
