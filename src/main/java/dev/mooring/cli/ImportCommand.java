package dev.mooring.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
        header = "Turns the files of EMQX's Redis and DynamoDB backends into a configuration.",
        description = "Reads emqx_backend_redis.conf or emqx_backend_dynamo.conf of EMQX Enterprise 3 and 4. Says"
                + " of each line what became of it, on standard error: where it went, a note, or why not.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:every line was imported",
            "1:some were not; the rest is a configuration all the same",
            "66:the file cannot be read",
            "73:the new file cannot be written"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  mooring import etc/plugins/emqx_backend_redis.conf -o conf.json",
            "  mooring import emqx_backend_dynamo.conf > conf.json && mooring check conf.json"
        })
final class ImportCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The file of EMQX.")
    private String file = "";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Where to; a file that is there already stays as it is. Default: standard output.")
    private @Nullable String output;

    @Mixin
    private HelpOption help = new HelpOption();

    @Override
    public Integer call() {
        PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
        String text;
        try {
            text = new String(Files.readAllBytes(Path.of(file)), StandardCharsets.UTF_8);
        } catch (IOException | IllegalArgumentException e) {
            err.println(file + " cannot be read: " + FileTrouble.why(e));
            return ExitCode.NO_INPUT;
        }
        EmqxImport imported = new EmqxImport(text);
        imported.report().lines().forEach(err::println);
        String conf = JsonText.of(imported.conf());
        if (output == null) {
            spec.commandLine().getOut().println(conf);
        } else {
            try {
                Files.writeString(
                        Path.of(output), conf + "\n", StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            } catch (IOException | IllegalArgumentException e) {
                err.println(output + " cannot be written: " + FileTrouble.why(e));
                return ExitCode.CANNOT_CREATE;
            }
        }
        return imported.report().isComplete() ? ExitCode.OK : ExitCode.FOUND;
    }
}
