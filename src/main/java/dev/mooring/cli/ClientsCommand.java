package dev.mooring.cli;

import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Only says what there is below it. */
@Command(
        name = "clients",
        header = "Lists, shows and kicks the clients of a broker that runs.",
        description = "Asks the broker's HTTP listener, with the token in http.token_file.",
        commandListHeading = "%nCommands:%n")
final class ClientsCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private HelpOption help = new HelpOption();

    static CommandLine of(Host host) {
        return new CommandLine(new ClientsCommand())
                .addSubcommand(new ClientsListCommand(host))
                .addSubcommand(new ClientsShowCommand(host))
                .addSubcommand(new ClientsKickCommand(host));
    }

    @Override
    public Integer call() {
        CommandLine own = Objects.requireNonNull(spec).commandLine();
        own.usage(own.getErr());
        return ExitCode.USAGE;
    }
}
