package dev.mooring.cli;

import dev.mooring.config.Config;
import dev.mooring.config.ConfigResult;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
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

    @Option(
            names = "--cacert",
            paramLabel = "FILE",
            description = "Whom to trust for https: certificates in PEM. Default: the authorities of Java.")
    private @Nullable String authorities;

    @Mixin
    private FileOption file = new FileOption();

    /** What a command does with the broker; returns an exit code. */
    interface Work {
        int with(NodeClient node) throws IOException;
    }

    /** A file that can't be used, with a text for people. */
    private static final class BadFile extends IOException {
        BadFile(String text) {
            super(text);
        }
    }

    /** Runs it, and says what went wrong. */
    int run(Host host, CommandSpec spec, boolean needsToken, Work work) {
        try {
            return work.with(client(host, needsToken));
        } catch (BadFile e) {
            spec.commandLine().getErr().println(e.getMessage());
            return ExitCode.NO_INPUT;
        } catch (IOException e) {
            spec.commandLine().getErr().println(e.getMessage());
            return ExitCode.UNAVAILABLE;
        }
    }

    private NodeClient client(Host host, boolean needsToken) throws IOException {
        SSLContext trust = trust();
        if (url != null && (tokenFile != null || !needsToken)) {
            return new NodeClient(withoutSlash(url), needsToken ? read(tokenFile) : "", trust);
        }
        if (!(file.sources(host).read() instanceof ConfigResult.Valid valid)) {
            throw new IOException(
                    "the configuration has mistakes, see \"mooring check\"; --url and --token-file need none");
        }
        Config.Http http = valid.config().http();
        String address = http.host().equals("0.0.0.0") || http.host().equals("::") ? "127.0.0.1" : http.host();
        String bracketed = address.contains(":") ? "[" + address + "]" : address;
        String own = (http.ssl().enable() ? "https://" : "http://") + bracketed + ":" + http.port();
        return new NodeClient(url == null ? own : withoutSlash(url), needsToken ? token(http) : "", trust);
    }

    private String token(Config.Http http) throws IOException {
        if (tokenFile == null && !http.token().isEmpty()) {
            return http.token();
        }
        return read(tokenFile == null ? http.tokenFile() : tokenFile);
    }

    private static String read(@Nullable String file) throws IOException {
        String name = file == null ? "" : file;
        String token;
        try {
            token = Files.readString(Path.of(name)).strip();
        } catch (NoSuchFileException e) {
            throw new BadFile("there is no token in " + name
                    + ": run this where the broker was started, or name the file with --token-file");
        } catch (IOException | InvalidPathException e) {
            throw new BadFile("the token in " + name + " cannot be read: " + FileTrouble.why(e)
                    + "; run this as the user of the broker, or name a file of yours with --token-file");
        }
        if (token.isEmpty() || !token.chars().allMatch(c -> c > ' ' && c < 0x7F)) { // it goes into a header
            throw new BadFile(name + " has no token: that is one line, without spaces;"
                    + " name the file that the broker made with --token-file");
        }
        return token;
    }

    private @Nullable SSLContext trust() throws IOException {
        if (authorities == null) {
            return null;
        }
        try (InputStream pem = Files.newInputStream(Path.of(authorities))) {
            KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
            trusted.load(null, null);
            for (Certificate one : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                trusted.setCertificateEntry("ca-" + trusted.size(), one);
            }
            if (trusted.size() == 0) {
                throw new BadFile("--cacert " + authorities + " has no certificate (-----BEGIN CERTIFICATE-----)");
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(trusted);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (BadFile e) {
            throw e;
        } catch (IOException | InvalidPathException | GeneralSecurityException e) {
            throw new BadFile("--cacert " + authorities + " cannot be used: " + FileTrouble.why(e));
        }
    }

    private static String withoutSlash(String text) {
        return text.endsWith("/") ? text.substring(0, text.length() - 1) : text;
    }
}
