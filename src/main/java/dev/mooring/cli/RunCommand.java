package dev.mooring.cli;

import dev.mooring.config.ConfigResult;
import dev.mooring.config.ConfigSources;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "run",
        header = "Runs the broker; what \"mooring\" does without a command.",
        footerHeading = "%nValues come from, each over those before it:%n",
        footer = {
            "  1. the file",
            "  2. the environment: MOORING_ and the keys, two underscores between them:",
            "     MOORING_LIMITS__CONNECTIONS_MAX=500, MOORING_LISTENERS__0__PORT=1884",
            "  3. -Dmooring.limits.connections_max=500",
            "  4. --set /limits/connections_max=500",
            "",
            "SIGTERM and SIGINT stop the broker in order. SIGHUP has it read its configuration again, as does a change"
                    + " of the file. \"mooring check\" finds mistakes without starting it.",
            "",
            "Examples:",
            "  mooring run -conf /etc/mooring/conf.json",
            "  mooring run --set /listeners/0/port=0 --set /pools/local/path=/tmp/mooring"
        })
final class RunCommand implements Callable<Integer> {
    private final Host host;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private FileOption file = new FileOption();

    @Mixin
    private HelpOption help = new HelpOption();

    RunCommand(Host host) {
        this.host = host;
    }

    @Override
    public Integer call() {
        ConfigSources sources = file.sources(host);
        ConfigResult result = sources.read();
        if (result instanceof ConfigResult.Valid valid) {
            return host.start().applyAsInt(sources, valid);
        }
        Objects.requireNonNull(spec).commandLine().getErr().println(result);
        return ValueOptions.exitCode(sources, ExitCode.CONFIG);
    }
}
