package dev.mooring.cli;

import dev.mooring.config.ConfigSources;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which configuration, for commands that take the file as an option. */
final class FileOption {
    @Option(
            names = {"-conf", "--conf"},
            paramLabel = "FILE",
            description = "The configuration, or a JSON object itself. Default: conf.json in this directory if there is"
                    + " one, else built-in defaults.")
    private @Nullable String file;

    @Mixin
    private ValueOptions values = new ValueOptions();

    ConfigSources sources(Host host) {
        return values.sources(file, host);
    }
}
