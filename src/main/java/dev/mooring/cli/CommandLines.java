package dev.mooring.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import picocli.AutoComplete.GenerateCompletion;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Puts the commands together and runs one. What people did wrong is told in a sentence on standard error; only a bug
 * shows a stack trace.
 */
public final class CommandLines {
    private static final List<String> OF_THE_TOP = List.of("-h", "--help", "-V", "--version");

    private static final Map<String, Function<Host, Object>> COMMANDS = commands();
    private static final int COLUMNS = 110;

    private CommandLines() {}

    /** In the order in which the help has them. */
    private static Map<String, Function<Host, Object>> commands() {
        Map<String, Function<Host, Object>> commands = new LinkedHashMap<>();
        commands.put("run", RunCommand::new);
        commands.put("check", CheckCommand::new);
        commands.put("config", host -> new CommandLine(new ConfigCommand()).addSubcommand(new ConfigShowCommand(host)));
        commands.put("passwd", PasswdCommand::new);
        commands.put("import", host -> new ImportCommand());
        commands.put(
                "tables", host -> new CommandLine(new TablesCommand()).addSubcommand(new TablesDynamoDbCommand(host)));
        commands.put("data", DataCommand::of);
        commands.put("clients", ClientsCommand::of);
        commands.put("reload", ReloadCommand::new);
        commands.put("health", HealthCommand::new);
        commands.put("drain", DrainCommand::new);
        return commands;
    }

    /** @return an {@link ExitCode} */
    public static int execute(Host host, PrintWriter out, PrintWriter err, String... arguments) {
        List<String> words = withCommand(arguments);
        String refusal = words.get(0).equals("run") ? VertxHabits.refusal(words) : "";
        if (!refusal.isEmpty()) {
            err.println(refusal);
            err.flush();
            return ExitCode.USAGE;
        }
        CommandLine all = of(host, words.get(0));
        all.setOut(out).setErr(err);
        return all.execute(words.toArray(String[]::new));
    }

    /** {@code run} is the command when none is named. */
    private static List<String> withCommand(String... arguments) {
        List<String> words = new ArrayList<>(List.of(arguments));
        if (words.isEmpty() || words.get(0).startsWith("-") && !OF_THE_TOP.contains(words.get(0))) {
            words.add(0, "run");
        }
        return words;
    }

    /** Every command, or only the one that is named: reading the annotations of all would make a start slower. */
    static CommandLine of(Host host, String named) {
        CommandLine all = new CommandLine(new MooringCommand());
        if (COMMANDS.containsKey(named)) {
            all.addSubcommand(named, COMMANDS.get(named).apply(host));
        } else {
            COMMANDS.forEach((name, command) -> all.addSubcommand(name, command.apply(host)));
            all.addSubcommand(new GenerateCompletion());
        }
        all.getCommandSpec().version("mooring " + host.version());
        all.setExpandAtFiles(false);
        all.setUsageHelpWidth(COLUMNS);
        all.setCaseInsensitiveEnumValuesAllowed(true);
        all.setParameterExceptionHandler(CommandLines::tellMistake);
        all.setExitCodeExceptionMapper(bug -> ExitCode.SOFTWARE);
        return all;
    }

    private static int tellMistake(ParameterException mistake, String[] arguments) {
        CommandLine command = mistake.getCommandLine();
        PrintWriter err = command.getErr();
        err.println(mistake.getMessage());
        UnmatchedArgumentException.printSuggestions(mistake, err);
        err.println("Try \"" + command.getCommandSpec().qualifiedName() + " --help\".");
        return ExitCode.USAGE;
    }
}
