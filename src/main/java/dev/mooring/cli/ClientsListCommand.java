package dev.mooring.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
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
        name = "list",
        header = "Lists clients that have a session, in the order of their ids.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:listed", "1:the broker refuses", "66:no token", "69:nobody answers"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  mooring clients list --connected --prefix sensor-",
            "  mooring clients list --json --all | jq -r .clientid"
        })
final class ClientsListCommand implements Callable<Integer> {
    private static final int PAGE = 500;

    private final Host host;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--connected", description = "Only those that are connected.")
    private boolean connected;

    @Option(names = "--disconnected", description = "Only those that are not.")
    private boolean disconnected;

    @Option(names = "--prefix", paramLabel = "TEXT", description = "Only client ids that begin so.")
    private @Nullable String prefix;

    @Option(names = "--contains", paramLabel = "TEXT", description = "Only client ids with this in them.")
    private @Nullable String contains;

    @Option(names = "--all", description = "All of them; without it the first 500.")
    private boolean all;

    @Option(names = "--json", description = "A JSON object a line.")
    private boolean asJson;

    @Mixin
    private NodeOptions node = new NodeOptions();

    @Mixin
    private HelpOption help = new HelpOption();

    ClientsListCommand(Host host) {
        this.host = host;
    }

    @Override
    public Integer call() {
        CommandSpec own = Objects.requireNonNull(spec);
        return node.run(host, own, true, client -> list(client, own));
    }

    private int list(NodeClient client, CommandSpec own) throws IOException {
        PrintWriter out = own.commandLine().getOut();
        String target = "/api/v1/clients?limit=" + PAGE
                + (connected == disconnected ? "" : "&state=" + (connected ? "connected" : "disconnected"))
                + (prefix == null ? "" : "&prefix=" + NodeClient.encoded(prefix))
                + (contains == null ? "" : "&contains=" + NodeClient.encoded(contains));
        if (!asJson) {
            out.printf("%-12s %-10s %10s  %s%n", "STATE", "SESSION", "QUEUED", "CLIENT ID");
        }
        String after = "";
        int shown = 0;
        while (true) {
            NodeClient.Answer answer = client.ask("GET", target + after);
            if (!answer.isGood()) {
                own.commandLine().getErr().println(answer.detail());
                return ExitCode.FOUND;
            }
            for (JsonNode one : answer.body().path("items")) {
                out.println(asJson ? one.toString() : line(one));
                shown++;
            }
            JsonNode next = answer.body().path("next");
            if (next.isMissingNode()) {
                return ExitCode.OK;
            }
            if (!all && shown >= PAGE) {
                own.commandLine().getErr().println("there are more: --all shows them");
                return ExitCode.OK;
            }
            after = "&after=" + NodeClient.encoded(next.asText());
        }
    }

    private static String line(JsonNode one) {
        return String.format(
                "%-12s %-10s %10d  %s",
                one.path("connected").asBoolean() ? "connected" : "away",
                one.path("persistent").asBoolean() ? "persistent" : "transient",
                one.path("queued_messages").asLong(),
                Words.printable(one.path("clientid").asText()));
    }
}
