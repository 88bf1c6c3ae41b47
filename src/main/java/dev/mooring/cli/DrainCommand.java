package dev.mooring.cli;

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
        name = "drain",
        header = "Sends all clients of a broker that runs away, and lets nobody in any more.",
        description = {
            "The broker stays up, is not ready, and waits to be stopped. The section \"drain\" of the configuration"
                    + " says how many clients go per second, and after how long all that are left go at once. It"
                    + " can't be taken back: only a restart lets clients in again.",
            "SIGTERM does the same before it stops the broker."
        },
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:drained, or with --no-wait: begun",
            "1:the broker refuses",
            "66:no token",
            "69:nobody answers, or not any more"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  mooring drain -conf /etc/mooring/conf.json     as the preStop hook of a pod",
            "  mooring drain --no-wait"
        })
final class DrainCommand implements Callable<Integer> {
    private static final long ASK_EVERY_MS = 500;

    private final Host host;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--no-wait", description = "Don't wait until the last client has gone.")
    private boolean onlyBegin;

    @Mixin
    private NodeOptions node = new NodeOptions();

    @Mixin
    private HelpOption help = new HelpOption();

    DrainCommand(Host host) {
        this.host = host;
    }

    @Override
    public Integer call() {
        CommandSpec own = Objects.requireNonNull(spec);
        return node.run(host, own, true, client -> drain(client, own));
    }

    private int drain(NodeClient client, CommandSpec own) throws IOException {
        NodeClient.Answer answer = client.ask("POST", "/api/v1/drain");
        PrintWriter out = own.commandLine().getOut();
        if (!answer.isGood()) {
            own.commandLine().getErr().println(answer.detail());
            return ExitCode.FOUND;
        }
        out.println("draining: " + answer.body().path("connections_left").asInt() + " clients");
        while (!onlyBegin && !answer.body().path("phase").asText().equals("drained")) {
            pause();
            answer = client.ask("GET", "/api/v1/node");
            if (!answer.isGood()) {
                own.commandLine().getErr().println(answer.detail());
                return ExitCode.FOUND;
            }
        }
        if (!onlyBegin) {
            out.println("drained");
        }
        return ExitCode.OK;
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(ASK_EVERY_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
