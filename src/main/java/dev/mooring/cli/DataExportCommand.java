package dev.mooring.cli;

import dev.mooring.data.Export;
import dev.mooring.data.Unusable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "export",
        header = "Writes all that is in the store of a pool into a file.",
        description = "Sessions with subscriptions, queues, what is in flight and Wills; retained messages; what rules"
                + " keep. Not who is on line. Stop the broker first. The file is lines of JSON with a checksum at the"
                + " end, appears only when it is whole, and can be read by its owner alone.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:written",
            "1:written, but some of the store cannot be read",
            "69:the store cannot be opened, or a broker has it",
            "73:the file is there already, or cannot be written"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  mooring data export state.ndjson.gz",
            "  mooring data export --pool pool1 rules.ndjson && jq -c 'select(.type == \"session\")' rules.ndjson"
        })
final class DataExportCommand implements Callable<Integer> {
    private final Host host;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "Where to; in gzip if its name ends in .gz. One that exists stays.")
    private Path file = Path.of("");

    @Mixin
    private PoolOption pool = new PoolOption();

    @Mixin
    private HelpOption help = new HelpOption();

    DataExportCommand(Host host) {
        this.host = host;
    }

    @Override
    public Integer call() {
        return pool.run(host, Objects.requireNonNull(spec), false, (config, name) -> ExitCode.OK, this::export);
    }

    private int export(PoolOption.Opened opened) throws IOException, Unusable {
        CommandSpec own = Objects.requireNonNull(spec);
        Export.Done done = Export.run(opened.store(), opened.mayHaveState(), file, opened.name(), host.version());
        own.commandLine()
                .getOut()
                .printf(
                        Locale.ROOT,
                        "%s, %,d bytes, has all of pool %s: %s%n",
                        file,
                        Files.size(file),
                        opened.name(),
                        done.counts());
        PrintWriter err = own.commandLine().getErr();
        if (!opened.mayHaveState()) {
            err.println("Only what rules keep: /session/pool is another one.");
        }
        if (done.onLine() > 0) {
            err.println(done.onLine() + " clients are noted as on line, which is not moved: they connect anew.");
        }
        long unreadable = opened.store().unreadableCount();
        if (unreadable > 0) {
            err.println(unreadable + " of its entries could not be read, and are not in the file; see the log above.");
        }
        return unreadable == 0 ? ExitCode.OK : ExitCode.FOUND;
    }
}
