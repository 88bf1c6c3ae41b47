package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.mooring.FreePorts;
import dev.mooring.TestHost;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code java -jar mooring.jar -conf FILE} on a folder, again and again on the same ports and data. Its output is kept
 * and shown when something does not come. Not for use by several threads, but for {@link #kill9}.
 */
final class MooringProcess implements AutoCloseable {
    /** Generous: the machine may be busy with other builds. */
    static final Duration PATIENCE = Duration.ofSeconds(90);
    /** What a JVM returns after SIGTERM, when its shutdown hooks have run: 128 + 15. */
    private static final int TERMINATED = 143;

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Pattern PID = Pattern.compile("kill -TERM (\\d+)");
    private static final Pattern STARTED = Pattern.compile("started in\\s+(\\d+) ms");

    private final Path folder;
    private final TestHost host;
    private final int port;
    private final int webSocketPort;
    private final int httpPort;
    private final List<String> wrapper = new ArrayList<>();
    private final List<String> options = new ArrayList<>();
    private final List<String> arguments = new ArrayList<>();
    private List<String> lines = new CopyOnWriteArrayList<>();
    private Thread reader;
    private Process process;

    private MooringProcess(Path folder, TestHost host, int port, int webSocketPort, int httpPort) {
        this.folder = folder;
        this.host = host;
        this.wrapper.addAll(host.under());
        this.port = port;
        this.webSocketPort = webSocketPort;
        this.httpPort = httpPort;
    }

    /** Nothing is started yet. */
    static MooringProcess in(Path folder) {
        return in(folder, "");
    }

    /** @param more members for the configuration, such as {@code "limits": {...}} */
    static MooringProcess in(Path folder, String more) {
        String data = folder.resolve("data").toString();
        return in(folder, "\"local\": {\"backend\": \"embedded\", \"path\": \"" + data + "\"}", more);
    }

    /** @param pools members of the configuration's pools */
    static MooringProcess in(Path folder, String pools, String more) {
        return on(TestHost.LOOPBACK, folder, pools, more);
    }

    static MooringProcess on(TestHost host, Path folder, String pools, String more) {
        try {
            Files.createDirectories(folder);
            int[] ports = FreePorts.of(3);
            MooringProcess broker = new MooringProcess(folder, host, ports[0], ports[1], ports[2]);
            broker.configure(pools, more);
            return broker;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Two event loops whatever the machine, so that loops talk to each other. */
    private void configure(String pools, String more) throws IOException {
        String json = """
                {"loops": 2,
                 "listeners": [{"type": "tcp", "host": "%1$s", "port": %2$d},
                               {"type": "ws", "host": "%1$s", "port": %3$d}],
                 "http": {"host": "%1$s", "port": %4$d, "token_file": "%5$s"},
                 "pools": {%6$s}%7$s}
                """.formatted(
                host.address(), port, webSocketPort, httpPort, token(), pools, more.isEmpty() ? "" : ",\n " + more);
        Files.writeString(configuration(), json);
    }

    // ---- what is to be started
    // ----------------------------------------------------------------------------------------

    Path configuration() {
        return folder.resolve("conf.json");
    }

    Path data() {
        return folder.resolve("data");
    }

    int port() {
        return port;
    }

    /** Of the listener at {@link #port}. */
    InetSocketAddress address() {
        return new InetSocketAddress(host.address(), port);
    }

    int webSocketPort() {
        return webSocketPort;
    }

    int httpPort() {
        return httpPort;
    }

    Path token() {
        return folder.resolve("mooring.token");
    }

    /** JVM options of the next starts, in place of earlier ones. */
    MooringProcess options(String... next) {
        options.clear();
        options.addAll(List.of(next));
        return this;
    }

    /** Arguments of the next starts, besides the configuration, in place of earlier ones. */
    MooringProcess arguments(String... next) {
        arguments.clear();
        arguments.addAll(List.of(next));
        return this;
    }

    /** A program in front of {@code java}. */
    MooringProcess under(String... program) {
        wrapper.addAll(List.of(program));
        return this;
    }

    /** The command line of a broker with these arguments; a small heap, and a JVM that starts fast. */
    static List<String> command(List<String> options, String... arguments) {
        List<String> command = new ArrayList<>(jvm());
        command.addAll(ClassArchive.options());
        command.addAll(options);
        command.add("-jar");
        command.add(jar().toString());
        command.addAll(List.of(arguments));
        return command;
    }

    static List<String> jvm() {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return List.of(java, "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto");
    }

    static Path jar() {
        Path jar = Path.of(System.getProperty("mooring.jar", "target/mooring.jar"));
        assertThat(jar)
                .as("the fat jar: build it with ./mvnw -DskipTests package")
                .exists();
        return jar;
    }

    /** What a process that ends by itself has said. */
    record Ended(int exitCode, String output) {}

    /** Runs {@code java -jar mooring.jar ARGUMENTS} in a folder to its end. */
    static Ended run(Path folder, String... arguments) {
        return run(folder, Path.of("/dev/null"), arguments);
    }

    /** @param input what it reads */
    static Ended run(Path folder, Path input, String... arguments) {
        try {
            Path output = Files.createTempFile(folder, "output", ".txt");
            Process process = new ProcessBuilder(command(List.of(), arguments))
                    .redirectErrorStream(true)
                    .redirectInput(input.toFile())
                    .redirectOutput(output.toFile())
                    .directory(folder.toFile())
                    .start();
            boolean ended = process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            process.destroyForcibly();
            String text = Files.readString(output);
            assertThat(ended).as("ends by itself:\n" + text).isTrue();
            return new Ended(process.exitValue(), text);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- start
    // --------------------------------------------------------------------------------------------------------

    /** Starts and waits for the banner. */
    MooringProcess start() {
        launch();
        awaitBanner();
        return this;
    }

    /** After it the listeners accept, which they do last of all. */
    void awaitBanner() {
        awaitLine(PID);
    }

    /** Starts, and waits for nothing. */
    MooringProcess launch() {
        assertThat(process == null || !process.isAlive()).as("stopped before").isTrue();
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(command(options, "-conf", configuration().toString()));
        command.addAll(arguments);
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.directory(folder.toFile());
            process = builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        List<String> own = new CopyOnWriteArrayList<>();
        lines = own;
        BufferedReader in = process.inputReader(StandardCharsets.UTF_8);
        reader = new Thread(() -> in.lines().forEach(own::add), "output of mooring");
        reader.setDaemon(true);
        reader.start();
        return this;
    }

    /** The first match in a line of the output, which must come. */
    Matcher awaitLine(Pattern pattern) {
        Matcher[] found = new Matcher[1];
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(10)).until(() -> {
            boolean ended = !process.isAlive();
            found[0] = find(pattern);
            if (found[0] == null && ended) {
                reader.join(PATIENCE.toMillis());
                found[0] = find(pattern);
                assertThat(found[0])
                        .as(pattern + " before its end:\n" + output())
                        .isNotNull();
            }
            return found[0] != null;
        });
        return found[0];
    }

    private Matcher find(Pattern pattern) {
        for (String line : lines) {
            Matcher matcher = pattern.matcher(line);
            if (matcher.find()) {
                return matcher;
            }
        }
        return null;
    }

    /** From the start of the JVM until the listeners accept, as the banner says it. */
    long startedInMs() {
        return Long.parseLong(awaitLine(STARTED).group(1));
    }

    /** Since the last start. */
    String output() {
        return String.join("\n", lines);
    }

    /** The answer over HTTP, as the one who has the token; it must be a success. */
    String ask(String method, String path) {
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + host.address() + ":" + httpPort + path))
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .header(
                            "Authorization",
                            "Bearer " + Files.readString(token()).strip())
                    .timeout(PATIENCE)
                    .build();
            HttpResponse<String> answer = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).as(answer.body()).isBetween(200, 299);
            return answer.body();
        } catch (IOException e) {
            throw new AssertionError(method + " " + path + " at " + folder, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    // ---- end
    // ----------------------------------------------------------------------------------------------------------

    /** SIGKILL, and waits until it is gone. From any thread. */
    void kill9() {
        java().destroyForcibly();
        awaitExit();
    }

    /** SIGSTOP: it does nothing any more, and its sockets stay open. */
    void freeze() {
        signal("STOP");
    }

    /** SIGCONT. */
    void thaw() {
        signal("CONT");
    }

    /** SIGHUP. */
    void hangUp() {
        signal("HUP");
    }

    private void signal(String name) {
        try {
            assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(java().pid()))
                            .start()
                            .waitFor())
                    .isZero();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /** SIGTERM, and waits for an orderly end. */
    void terminate() {
        assertThat(process.isAlive()).as("runs:\n" + output()).isTrue();
        java().destroy();
        assertThat(awaitExit()).as(output()).isIn(0, TERMINATED);
    }

    /** The broker itself, also below a wrapper. */
    private ProcessHandle java() {
        if (wrapper.isEmpty()) {
            return process.toHandle();
        }
        long pid = Long.parseLong(awaitLine(PID).group(1));
        return Stream.concat(Stream.of(process.toHandle()), process.descendants()) // a wrapper may have become it
                .filter(p -> p.pid() == pid)
                .findFirst()
                .orElseThrow();
    }

    /** Its exit code; all of its output has been read then. */
    int awaitExit() {
        try {
            assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
                    .as("ends:\n" + output())
                    .isTrue();
            reader.join(PATIENCE.toMillis());
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    /** Kills what is left; nothing survives a test. */
    @Override
    public void close() {
        if (isAlive()) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            awaitExit();
        }
    }
}
