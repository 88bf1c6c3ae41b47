package dev.mooring.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mooring.config.Config;
import dev.mooring.config.ConfigError;
import dev.mooring.config.ConfigResult;
import dev.mooring.config.ConfigSources;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "check",
        header = "Finds all mistakes in a configuration, without starting anything.",
        description =
                "Says where, what, what is allowed, and what was probably meant. Reads what \"run\" would read here:"
                        + " environment, -D and --set too; secrets by reference have to be there.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:no mistakes", "1:mistakes", "66:the file cannot be read"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  mooring check /etc/mooring/conf.json",
            "  mooring check --json conf.json | jq -r '.errors[].pointer'"
        })
final class CheckCommand implements Callable<Integer> {
    private final Host host;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "FILE",
            description = "Default: conf.json in this directory if there is one, else built-in defaults.")
    private @Nullable String file;

    @Option(
            names = "--json",
            description =
                    "The result as one JSON object: source, valid, and errors with pointer, origin, line, message.")
    private boolean asJson;

    @Mixin
    private ValueOptions values = new ValueOptions();

    @Mixin
    private HelpOption help = new HelpOption();

    CheckCommand(Host host) {
        this.host = host;
    }

    @Override
    public Integer call() {
        ConfigSources sources = values.sources(file, host);
        ConfigResult result = sources.read();
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        if (asJson) {
            out.println(JsonText.of(json(sources, result)));
        } else if (result instanceof ConfigResult.Valid valid) {
            out.println(sources.name() + " has no mistakes: " + summary(valid.config()));
        } else {
            out.println(result);
        }
        return result instanceof ConfigResult.Valid ? ExitCode.OK : ValueOptions.exitCode(sources, ExitCode.FOUND);
    }

    private static String summary(Config config) {
        return count(config.listeners().size(), "listener") + ", "
                + count(config.pools().size(), "pool") + ", "
                + count(config.hooks().size(), "rule");
    }

    private static String count(int n, String what) {
        return n + " " + what + (n == 1 ? "" : "s");
    }

    private static ObjectNode json(ConfigSources sources, ConfigResult result) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("source", sources.name());
        json.put("valid", result instanceof ConfigResult.Valid);
        ArrayNode errors = json.putArray("errors");
        if (result instanceof ConfigResult.Invalid invalid) {
            for (ConfigError error : invalid.errors()) {
                errors.addObject()
                        .put("pointer", error.pointer())
                        .put("origin", error.origin().text())
                        .put("line", error.origin().line())
                        .put("message", error.message());
            }
        }
        return json;
    }
}
