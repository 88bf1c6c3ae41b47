package dev.mooring.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Map;
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
        name = "show",
        header = "Shows one client: connection, queue, subscriptions, why it was last disconnected.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:shown", "1:there is no such session", "66:no token", "69:nobody answers"},
        footerHeading = "%nExamples:%n",
        footer = {"  mooring clients show sensor-1", "  mooring clients show -- -odd-name"})
final class ClientsShowCommand implements Callable<Integer> {
    private final Host host;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", paramLabel = "CLIENTID", description = "The client id, exactly.")
    private String clientId = "";

    @Option(names = "--json", description = "As the API says it.")
    private boolean asJson;

    @Mixin
    private NodeOptions node = new NodeOptions();

    @Mixin
    private HelpOption help = new HelpOption();

    ClientsShowCommand(Host host) {
        this.host = host;
    }

    @Override
    public Integer call() {
        CommandSpec own = Objects.requireNonNull(spec);
        return node.run(host, own, true, client -> show(client, own));
    }

    private int show(NodeClient client, CommandSpec own) throws IOException {
        NodeClient.Answer answer = client.ask("GET", "/api/v1/client?clientid=" + NodeClient.encoded(clientId));
        if (!answer.isGood()) {
            own.commandLine().getErr().println(answer.detail());
            return ExitCode.FOUND;
        }
        PrintWriter out = own.commandLine().getOut();
        if (asJson) {
            out.println(JsonText.of(answer.body()));
        } else {
            print(answer.body(), out);
        }
        return ExitCode.OK;
    }

    private static void print(JsonNode object, PrintWriter out) {
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            String name = field.getKey().replace('_', ' ');
            JsonNode value = field.getValue();
            if (value.isObject()) {
                print(value, out);
            } else if (value.isArray()) {
                value.forEach(one -> out.printf(
                        "%-24s %s, QoS %d%n",
                        "subscription",
                        Words.printable(one.path("filter").asText()),
                        one.path("qos").asInt()));
            } else {
                out.printf("%-24s %s%n", name, Words.printable(value.asText()));
            }
        }
    }
}
