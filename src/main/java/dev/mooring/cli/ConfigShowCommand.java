package dev.mooring.cli;

import dev.mooring.config.EffectiveConfig;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "show",
        header = "Shows the configuration that \"run\" would use here, with all defaults.",
        description = "Secrets are shown as ***, references to them as they are.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  mooring config show                                   as JSON",
            "  mooring config show --origin | grep -v default        what somebody has set, and where",
            "  MOORING_LOOPS=4 mooring config show --origin | grep loops"
        })
final class ConfigShowCommand implements Callable<Integer> {
    private final Host host;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--origin",
            description = "A line for each value: its JSON pointer, the value, and where it comes from.")
    private boolean withOrigin;

    @Mixin
    private FileOption file = new FileOption();

    @Mixin
    private HelpOption help = new HelpOption();

    ConfigShowCommand(Host host) {
        this.host = host;
    }

    @Override
    public Integer call() {
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        return file.with(host, valid -> {
            if (withOrigin) {
                origins(valid.effective(), out);
            } else {
                out.println(JsonText.of(valid.effective().tree()));
            }
            return ExitCode.OK;
        });
    }

    private static void origins(EffectiveConfig effective, PrintWriter out) {
        for (EffectiveConfig.Value value : effective.values()) {
            out.println(value.pointer() + " = " + value.value() + "    # "
                    + value.origin().text());
        }
    }
}
