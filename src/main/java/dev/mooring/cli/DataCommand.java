package dev.mooring.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "data",
        header = "Looks into the store of a pool, and moves all of it between embedded, Redis and DynamoDB.",
        description =
                "For a broker that is stopped: what it is about to do is in its memory too. The file is described in"
                        + " docs/operations.md.")
final class DataCommand {
    @Mixin
    private HelpOption help = new HelpOption();

    static CommandLine of(Host host) {
        return new CommandLine(new DataCommand())
                .addSubcommand(new DataInspectCommand(host))
                .addSubcommand(new DataExportCommand(host))
                .addSubcommand(new DataImportCommand(host));
    }
}
