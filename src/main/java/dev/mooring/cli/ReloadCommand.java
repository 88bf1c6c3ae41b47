package dev.mooring.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "reload",
        header = "Has a broker that runs read its configuration again.",
        description = {
            "Prints what counts now, and what needs a restart to count, as JSON pointers; or all mistakes. A"
                    + " configuration with a mistake, or with a pool, login or certificate that cannot be used, changes"
                    + " nothing. No client is disconnected.",
            "",
            "The broker reads its own file, with the environment and arguments of its start. SIGHUP does the same, and"
                    + " so does a change of the file (see /reload/watch_s)."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:what could be taken in is taken in, or nothing has changed",
            "1:refused, the configuration before stays; or only a part is in place, as the answer says then",
            "66:no token",
            "69:nobody answers"
        },
        footerHeading = "%nExamples:%n",
        footer = {"  mooring check conf.json && mooring reload", "  mooring reload --json | jq -r '.restart[]'"})
final class ReloadCommand implements Callable<Integer> {
    /** New pools are opened first, which a database may take its time for. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Host host;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--json", description = "The broker's answer as one JSON object.")
    private boolean asJson;

    @Mixin
    private NodeOptions node = new NodeOptions();

    @Mixin
    private HelpOption help = new HelpOption();

    ReloadCommand(Host host) {
        this.host = host;
    }

    @Override
    public Integer call() {
        CommandSpec own = Objects.requireNonNull(spec);
        return node.run(host, own, true, client -> reload(client, own));
    }

    private int reload(NodeClient client, CommandSpec own) throws IOException {
        NodeClient.Answer answer = client.ask("POST", "/api/v1/reload", PATIENCE);
        PrintWriter out = own.commandLine().getOut();
        PrintWriter err = own.commandLine().getErr();
        if (asJson) {
            out.println(JsonText.of(answer.body()));
        } else if (answer.isGood()) {
            taken(answer.body(), out);
        } else {
            err.println(answer.detail());
            for (JsonNode error : answer.body().path("errors")) {
                err.println("  " + Words.printable(text(error)));
            }
        }
        return answer.isGood() ? ExitCode.OK : ExitCode.FOUND;
    }

    private static void taken(JsonNode answer, PrintWriter out) {
        boolean changed = !answer.path("changed").isEmpty();
        out.println(
                changed
                        ? "reloaded; these count now:"
                        : answer.path("result").asText().equals("unchanged")
                                ? "nothing has changed"
                                : "reloaded; nothing of it counts before a restart");
        answer.path("changed").forEach(pointer -> out.println("  " + Words.printable(pointer.asText())));
        if (!answer.path("restart").isEmpty()) {
            out.println("these need a restart:");
            answer.path("restart").forEach(pointer -> out.println("  " + Words.printable(pointer.asText())));
        }
    }

    private static String text(JsonNode error) {
        String origin = error.path("origin").asText();
        String pointer = error.path("pointer").asText();
        return origin + (pointer.isEmpty() ? "" : ", " + pointer) + ": "
                + error.path("message").asText();
    }
}
