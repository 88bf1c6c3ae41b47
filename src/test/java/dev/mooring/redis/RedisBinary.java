package dev.mooring.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The server that the tests start: what {@code -Dredis.binary} names; else {@code redis-server} on the PATH, if it is
 * new enough; else the one in a test dependency, which has it for Linux and macOS on x86-64 and arm64, with TLS.
 */
final class RedisBinary {
    private static final int OLDEST = 7;
    private static final String IN_JAR = "/redis-server-7.0.15-%s-%s";
    private static final Pattern VERSION = Pattern.compile("\\bv=(\\d+)\\.");

    /** Found out once for all tests. */
    private static final String CHOSEN = choose(System.getProperty("redis.binary", ""), "redis-server");

    private RedisBinary() {}

    static String path() {
        return CHOSEN;
    }

    /** It speaks the same; there may be none. */
    static String valkey() {
        return System.getProperty("valkey.binary", "valkey-server");
    }

    static String choose(String named, String onPath) {
        if (!named.isEmpty()) {
            return named;
        }
        return version(onPath) >= OLDEST ? onPath : unpacked();
    }

    /** The major version that a command says it is; 0 when it does not run. */
    static int version(String command) {
        try {
            Process process = new ProcessBuilder(command, "--version")
                    .redirectErrorStream(true)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            Matcher version = VERSION.matcher(said);
            return version.find() ? Integer.parseInt(version.group(1)) : 0;
        } catch (IOException notThere) {
            return 0;
        }
    }

    private static String unpacked() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("mac") ? "darwin" : "linux";
        String arch = System.getProperty("os.arch").matches("aarch64|arm64") ? "arm64" : "amd64";
        String name = IN_JAR.formatted(os, arch);
        try (InputStream in = RedisBinary.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException("no " + name + " in the class path, and no redis-server " + OLDEST
                        + ".0 or newer on the PATH; -Dredis.binary names another one");
            }
            Path file = TestProcesses.folder("mooring-redis-server").resolve("redis-server");
            Files.copy(in, file);
            if (!file.toFile().setExecutable(true)) {
                throw new IllegalStateException(file + " can't be made executable");
            }
            return file.toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
