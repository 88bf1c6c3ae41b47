package dev.mooring.cli;

import dev.mooring.config.Config;
import dev.mooring.data.Import;
import dev.mooring.data.Unusable;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
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
        name = "import",
        header = "Reads a file of \"data export\" into the store of a pool, of whatever backend.",
        description =
                "Looks at the whole file first: a damaged one, or one of a newer version, changes nothing. Stop the"
                        + " broker, import, then start it with this configuration. What rules still had to fetch is"
                        + " found by the name of its pool: keep the names.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:all of it is in the store",
            "1:the store is not empty, or refused some of it",
            "66:the file cannot be read, or is damaged",
            "69:the store cannot be opened, or has failed on the way: run it again with --add"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  mooring data import -conf redis.json state.ndjson.gz",
            "  mooring data import --add state.ndjson.gz       goes on after a failure"
        })
final class DataImportCommand implements Callable<Integer> {
    private final Host host;

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The file, in gzip or not.")
    private Path file = Path.of("");

    @Option(
            names = "--add",
            description = "Also into a store that holds something. What is there already stays; a session that a broker"
                    + " has had since the first import is passed over.")
    private boolean add;

    @Mixin
    private PoolOption pool = new PoolOption();

    @Mixin
    private HelpOption help = new HelpOption();

    DataImportCommand(Host host) {
        this.host = host;
    }

    @Override
    public Integer call() {
        return pool.run(host, Objects.requireNonNull(spec), true, this::check, this::put);
    }

    private int check(Config config, String name) {
        PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
        try {
            boolean hasState = Import.check(file).hasState();
            if (hasState && !name.equals(config.session().pool())) {
                err.println(file + " has sessions or retained messages, and pool " + name + " does not keep them:"
                        + " /session/pool is " + config.session().pool() + ". Nothing was changed.");
                return ExitCode.FOUND;
            }
            return ExitCode.OK;
        } catch (Unusable e) {
            err.println(e.getMessage());
        } catch (IOException e) {
            err.println(file + " cannot be read: " + FileTrouble.why(e));
        }
        err.println("Nothing was changed.");
        return ExitCode.NO_INPUT;
    }

    private int put(PoolOption.Opened opened) throws IOException, Unusable {
        PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
        if (!add && !Import.isEmpty(opened.store(), opened.keepsSessions())) {
            err.println("pool " + opened.name() + " is not empty. Nothing was changed. --add adds to what is there;"
                    + " \"mooring data inspect\" says what that is.");
            return ExitCode.FOUND;
        }
        Import.Done done;
        try {
            done = Import.run(file, opened.store(), add);
        } catch (Unusable e) {
            throw new Unusable(e.getMessage() + System.lineSeparator() + "The pool has a part of " + file
                    + " now. When the cause is gone, run this again with --add; or empty the pool.");
        }
        spec.commandLine()
                .getOut()
                .println("pool " + opened.name() + " was given " + done.counts() + (done.isComplete() ? "" : "; but"));
        done.told().forEach(text -> err.println("  refused: " + text));
        if (done.refused() > 0) {
            err.println(done.refused() + " operations were refused by the store, all others are in it.");
        }
        if (done.passedOver() > 0) {
            err.println(done.passedOver() + " lines were passed over: a broker has had their sessions since.");
        }
        return done.isComplete() ? ExitCode.OK : ExitCode.FOUND;
    }
}
