package dev.mooring.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(name = "config", synopsisSubcommandLabel = "COMMAND", header = "Shows the configuration.")
final class ConfigCommand {
    @Mixin
    private HelpOption help = new HelpOption();
}
