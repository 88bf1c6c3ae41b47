package dev.mooring.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "tables",
        synopsisSubcommandLabel = "COMMAND",
        header = "Prints what a database needs before the broker can use it.")
final class TablesCommand {
    @Mixin
    private HelpOption help = new HelpOption();
}
