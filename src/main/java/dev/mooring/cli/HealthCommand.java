package dev.mooring.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
        name = "health",
        header = "Asks a broker that runs whether it is live, started and ready.",
        description = "Needs no token. For probes of containers and for scripts.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:ready for clients", "1:not ready, or an event loop hangs", "69:nobody answers"},
        footerHeading = "%nExamples:%n",
        footer = {"  mooring health", "  mooring health --url http://10.0.0.7:18083 --json"})
final class HealthCommand implements Callable<Integer> {
    private final Host host;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--json", description = "The three answers as one JSON object.")
    private boolean asJson;

    @Mixin
    private NodeOptions node = new NodeOptions();

    @Mixin
    private HelpOption help = new HelpOption();

    HealthCommand(Host host) {
        this.host = host;
    }

    @Override
    public Integer call() {
        CommandSpec own = Objects.requireNonNull(spec);
        return node.run(
                host, own, false, client -> ask(client, own.commandLine().getOut()));
    }

    private int ask(NodeClient client, PrintWriter out) throws IOException {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        boolean good = true;
        for (String question : new String[] {"live", "startup", "ready"}) {
            NodeClient.Answer answer = client.ask("GET", "/health/" + question);
            good &= answer.isGood();
            all.set(question, answer.body());
            if (!asJson) {
                out.printf(
                        "%-8s %-5s %s%n",
                        question,
                        answer.isGood() ? "yes" : "no",
                        Words.printable(answer.body().path("reason").asText()));
            }
        }
        if (asJson) {
            out.println(JsonText.of(all));
        }
        return good ? ExitCode.OK : ExitCode.FOUND;
    }
}
