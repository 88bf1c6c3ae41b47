package dev.mooring.dynamodb;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.nio.netty.NettyNioAsyncHttpClient;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.dynamodb.DynamoDbAsyncClient;

/**
 * The DynamoDB of the tests: Dynalite, which speaks its protocol and has its limits, as one process for this JVM. Tests
 * keep out of each other's way by {@link #newPrefix table prefixes}. Node.js has to be on the PATH; the rest the first
 * test brings from the npm registry, into target/dynalite. It ends with this JVM. Safe from any thread.
 */
public final class Dynalite {
    private static final AtomicInteger PREFIXES = new AtomicInteger();
    /** Of all clients: a client with a loop of its own takes two seconds to close. */
    private static final SdkEventLoopGroup LOOP = SdkEventLoopGroup.builder()
            .numberOfThreads(1)
            .threadFactory(new DefaultThreadFactory("dynalite-client", true))
            .build();

    private static int port;

    private Dynalite() {}

    /** Its address, as a pool's {@code server}. */
    public static String server() {
        return "http://127.0.0.1:" + port();
    }

    /** A prefix that no other test has. */
    public static String newPrefix() {
        return "t" + PREFIXES.incrementAndGet() + "_";
    }

    public static synchronized int port() {
        if (port == 0) {
            port = start();
        }
        return port;
    }

    /** To look at tables with; to be closed. */
    public static DynamoDbAsyncClient client() {
        return DynamoDbAsyncClient.builder()
                .endpointOverride(java.net.URI.create(server()))
                .region(Region.US_WEST_2)
                .credentialsProvider(StaticCredentialsProvider.create(AwsBasicCredentials.create("test", "test")))
                .httpClientBuilder(NettyNioAsyncHttpClient.builder().eventLoopGroup(LOOP))
                .build();
    }

    private static int start() {
        Path folder = Path.of("target", "dynalite").toAbsolutePath();
        try {
            Files.createDirectories(folder);
            // Tests run in two JVMs at once: neither is to touch what the other one is about to load.
            try (FileChannel one = FileChannel.open(folder.resolve("lock"), CREATE, WRITE);
                    FileLock held = one.lock()) {
                install(folder);
                return run(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Returns its port when it listens. */
    private static int run(Path folder) throws IOException {
        Path errors = folder.resolve("errors-" + ProcessHandle.current().pid() + ".txt");
        Process process = new ProcessBuilder("node", "server.js")
                .directory(folder.toFile())
                .redirectError(errors.toFile())
                .start();
        Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        String line = out.readLine();
        if (line == null) {
            throw new AssertionError("Dynalite does not start: " + Files.readString(errors));
        }
        return Integer.parseInt(line);
    }

    private static void install(Path folder) throws IOException {
        Path installed = folder.resolve("node_modules").resolve(".package-lock.json"); // npm writes it at the end
        for (String file : List.of("package.json", "package-lock.json", "server.js")) {
            Files.copy(
                    Path.of("src", "test", "dynalite", file),
                    folder.resolve(file),
                    StandardCopyOption.REPLACE_EXISTING);
        }
        if (Files.exists(installed)) {
            return;
        }
        Path log = folder.resolve("npm.txt");
        Process npm = new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            if (!npm.waitFor(5, TimeUnit.MINUTES) || npm.exitValue() != 0) {
                npm.destroyForcibly();
                throw new AssertionError("npm cannot bring Dynalite: " + Files.readString(log));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
