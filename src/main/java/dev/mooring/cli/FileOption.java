package dev.mooring.cli;

import dev.mooring.config.ConfigResult;
import dev.mooring.config.ConfigSources;
import java.util.Objects;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Which configuration, for commands that take the file as an option. */
final class FileOption {
    @Option(
            names = {"-conf", "--conf"},
            paramLabel = "FILE",
            description = "The configuration, or a JSON object itself. Default: conf.json in this directory if there is"
                    + " one, else built-in defaults.")
    private @Nullable String file;

    @Spec(Spec.Target.MIXEE)
    private @Nullable CommandSpec mixee;

    @Mixin
    private ValueOptions values = new ValueOptions();

    ConfigSources sources(Host host) {
        return values.sources(file, host);
    }

    /** Gives the configuration to a command, which returns an exit code; or tells all of its mistakes. */
    int with(Host host, ToIntFunction<ConfigResult.Valid> command) {
        ConfigSources sources = sources(host);
        ConfigResult result = sources.read();
        if (result instanceof ConfigResult.Valid valid) {
            return command.applyAsInt(valid);
        }
        Objects.requireNonNull(mixee).commandLine().getErr().println(result);
        return ValueOptions.exitCode(sources, ExitCode.CONFIG);
    }
}
