package dev.mooring.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** The top: says what there is. */
@Command(
        name = "mooring",
        mixinStandardHelpOptions = true,
        customSynopsis = {"mooring [run] [-conf FILE] [--set POINTER=VALUE]...", "       mooring COMMAND ...", ""},
        description = "An MQTT 3.1.1 and 5.0 broker that keeps its state where you can read it. \"mooring\" stands for"
                + " \"java -jar mooring.jar\"; without a command it runs the broker.",
        commandListHeading = "%nCommands:%n",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:what was checked or imported has mistakes, or the broker says no",
            "64:wrong arguments",
            "66:a file cannot be read",
            "69:the broker cannot start, as a port is taken, or it does not answer",
            "70:a bug in Mooring",
            "73:a file cannot be written",
            "78:the configuration has mistakes"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  mooring                                   run with ./conf.json, or with built-in defaults",
            "  mooring -conf /etc/mooring/conf.json      run with this file",
            "  mooring check conf.json                   find all mistakes in a file",
            "  mooring config show --origin              which value comes from where",
            "  mooring clients list --connected          who is there",
            "  mooring reload                            have the broker read its configuration again",
            "  mooring data export state.ndjson.gz       all state into a file",
            "  mooring import emqx_backend_redis.conf    turn EMQX's file into ours",
            "",
            "\"mooring COMMAND --help\" says more about one of them."
        })
final class MooringCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Override
    public Integer call() {
        CommandLine all = Objects.requireNonNull(spec).commandLine();
        all.usage(all.getErr());
        return ExitCode.USAGE;
    }
}
