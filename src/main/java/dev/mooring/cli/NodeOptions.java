package dev.mooring.cli;

import dev.mooring.config.Config;
import dev.mooring.config.ConfigResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** Which broker: by default the one that this configuration would start here. */
final class NodeOptions {
    @Option(
            names = "--url",
            paramLabel = "URL",
            description = "The broker's HTTP listener, as http://host:18083. Default: what the configuration says.")
    private @Nullable String url;

    @Option(
            names = "--token-file",
            paramLabel = "FILE",
            description = "File with the token. Default: what the configuration says.")
    private @Nullable String tokenFile;

    @Mixin
    private FileOption file = new FileOption();

    /** What a command does with the broker; returns an exit code. */
    interface Work {
        int with(NodeClient node) throws IOException;
    }

    /** Runs it, and says what went wrong. */
    int run(Host host, CommandSpec spec, boolean needsToken, Work work) {
        try {
            return work.with(client(host, needsToken));
        } catch (NoSuchFileException e) {
            spec.commandLine()
                    .getErr()
                    .println("there is no token in " + e.getFile()
                            + ": run this where the broker was started, or name the file with --token-file");
            return ExitCode.NO_INPUT;
        } catch (IOException e) {
            spec.commandLine().getErr().println(e.getMessage());
            return ExitCode.UNAVAILABLE;
        }
    }

    private NodeClient client(Host host, boolean needsToken) throws IOException {
        if (url != null && (tokenFile != null || !needsToken)) {
            return new NodeClient(withoutSlash(url), needsToken ? read(tokenFile) : "");
        }
        if (!(file.sources(host).read() instanceof ConfigResult.Valid valid)) {
            throw new IOException(
                    "the configuration has mistakes, see \"mooring check\"; --url and --token-file need none");
        }
        Config.Http http = valid.config().http();
        String address = http.host().equals("0.0.0.0") || http.host().equals("::") ? "127.0.0.1" : http.host();
        String bracketed = address.contains(":") ? "[" + address + "]" : address;
        String own = (http.ssl().enable() ? "https://" : "http://") + bracketed + ":" + http.port();
        return new NodeClient(url == null ? own : withoutSlash(url), needsToken ? token(http) : "");
    }

    private String token(Config.Http http) throws IOException {
        if (tokenFile == null && !http.token().isEmpty()) {
            return http.token();
        }
        return read(tokenFile == null ? http.tokenFile() : tokenFile);
    }

    private static String read(@Nullable String file) throws IOException {
        return Files.readString(Path.of(file == null ? "" : file)).strip();
    }

    private static String withoutSlash(String text) {
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }
}
