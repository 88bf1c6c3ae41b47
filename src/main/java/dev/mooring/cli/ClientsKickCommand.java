package dev.mooring.cli;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "kick",
        header = "Ends a client's connection; its session stays.",
        description = "An MQTT 5 client is told 0x98, administrative action. Nothing keeps it from coming back.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:kicked", "1:it is not connected", "66:no token", "69:nobody answers"},
        footerHeading = "%nExamples:%n",
        footer = {"  mooring clients kick sensor-1"})
final class ClientsKickCommand implements Callable<Integer> {
    private final Host host;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", paramLabel = "CLIENTID", description = "The client id, exactly.")
    private String clientId = "";

    @Mixin
    private NodeOptions node = new NodeOptions();

    @Mixin
    private HelpOption help = new HelpOption();

    ClientsKickCommand(Host host) {
        this.host = host;
    }

    @Override
    public Integer call() {
        CommandSpec own = Objects.requireNonNull(spec);
        return node.run(host, own, true, client -> kick(client, own));
    }

    private int kick(NodeClient client, CommandSpec own) throws IOException {
        NodeClient.Answer answer = client.ask("DELETE", "/api/v1/client?clientid=" + NodeClient.encoded(clientId));
        if (!answer.isGood()) {
            own.commandLine().getErr().println(answer.detail());
            return ExitCode.FOUND;
        }
        own.commandLine().getOut().println(Words.printable(clientId) + " is kicked");
        return ExitCode.OK;
    }
}
