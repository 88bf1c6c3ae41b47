package dev.mooring.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mooring.cli.ExitCode;
import dev.mooring.it.PacketClient.Received;
import io.netty.handler.codec.mqtt.MqttMessageType;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.JarFile;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Starting, stopping, and the mistakes that people make: each is told in a sentence, with an exit code, and no trace.
 */
class StartIT {
    /** The promise is 3 s; a busy machine may take longer. */
    private static final long STARTED_IN_MS_MAX = 10_000;

    private static final Pattern STACK_TRACE = Pattern.compile("^\\s+at [\\w.$/]+\\(|Exception", Pattern.MULTILINE);
    private static final int SERVER_SHUTTING_DOWN = 0x8B;

    @TempDir
    private Path folder;

    @Test
    @DisplayName("the banner says version, node, configuration, listeners, pool, time and how to stop; start is fast")
    void banner() {
        try (MooringProcess broker = MooringProcess.in(folder).start()) {
            String output = broker.output();
            assertThat(output).contains("Mooring ", "an MQTT 3.1.1 and 5.0 broker");
            assertLine(output, "node", "mooring@127.0.0.1");
            assertLine(output, "configuration", broker.configuration().toString());
            assertLine(output, "listener", "mqtt://127.0.0.1:" + broker.port());
            assertLine(output, "listener", "ws://127.0.0.1:" + broker.webSocketPort() + "/mqtt");
            assertLine(output, "listener", "http://127.0.0.1:" + broker.httpPort() + " (token in " + broker.token());
            assertLine(output, "pool", "local: embedded in " + broker.data());
            assertThat(broker.startedInMs()).isBetween(1L, STARTED_IN_MS_MAX);
            System.out.println("StartIT: from the start of the JVM to listening in " + broker.startedInMs() + " ms");
            broker.terminate();
            assertThat(broker.output()).contains("stopped").doesNotContainPattern(STACK_TRACE);
        }
    }

    @Test
    @DisplayName("the jar has what it needs for Linux and macOS on both processors")
    void natives() throws IOException {
        try (JarFile jar = new JarFile(System.getProperty("mooring.jar"))) {
            List<String> names = jar.stream().map(ZipEntry::getName).toList();
            assertThat(names)
                    .contains(
                            "librocksdbjni-linux64.so",
                            "librocksdbjni-linux-aarch64.so",
                            "librocksdbjni-osx-x86_64.jnilib",
                            "librocksdbjni-osx-arm64.jnilib",
                            "META-INF/native/libnetty_transport_native_epoll_x86_64.so",
                            "META-INF/native/libnetty_transport_native_epoll_aarch_64.so");
        }
    }

    private static void assertLine(String output, String name, String value) {
        assertThat(output).containsPattern("(?m)^  " + name + " +" + Pattern.quote(value));
    }

    @Test
    @DisplayName("SIGTERM tells MQTT 5 clients 0x8B, closes 3.1.1 clients, and publishes the Wills that are due")
    void orderlyStop() {
        try (MooringProcess broker = MooringProcess.in(folder).start()) {
            PacketClient watcher = PacketClient.online(broker.port(), Connect.v5("watcher"));
            watcher.subscribe("will", 1).disconnect();
            PacketClient five =
                    PacketClient.online(broker.port(), Connect.clean("five").will("will", "5", 1, false, 0));
            PacketClient three = PacketClient.online(broker.port(), Connect.v311("three"));
            broker.terminate();
            List<Received> last = five.untilEnd();
            assertThat(last).hasSize(1);
            assertThat(last.get(0).type()).isEqualTo(MqttMessageType.DISCONNECT);
            assertThat(last.get(0).code()).isEqualTo(SERVER_SHUTTING_DOWN);
            assertThat(three.untilEnd()).isEmpty();
            broker.start();
            PacketClient back = PacketClient.online(broker.port(), Connect.v5("watcher"));
            back.takePublish("will", "5");
            assertThat(back.untilPingresp()).isEmpty();
            back.disconnect();
        }
    }

    @Test
    @DisplayName("a second process on the same data is refused, and the first one goes on")
    void sameData() throws IOException {
        try (MooringProcess first = MooringProcess.in(folder.resolve("first")).start()) {
            MooringProcess second = MooringProcess.in(folder.resolve("second"));
            String shared = Files.readString(second.configuration())
                    .replace(second.data().toString(), first.data().toString());
            Files.writeString(second.configuration(), shared);
            MooringProcess.Ended ended =
                    MooringProcess.run(folder, "-conf", second.configuration().toString());
            assertThat(ended.exitCode()).as(ended.output()).isEqualTo(ExitCode.UNAVAILABLE);
            assertThat(ended.output())
                    .contains("Mooring can't start", "pool local", first.data().toString())
                    .doesNotContain("stop with")
                    .doesNotContainPattern(STACK_TRACE);
            PacketClient client = PacketClient.online(first.port(), Connect.v5("client"));
            client.subscribe("a", 2).publish("a", "goes on", 2).takePublish("a", "goes on");
            client.disconnect();
            first.kill9();
            first.start();
            assertThat(PacketClient.online(first.port(), Connect.v5("client")).sessionPresent())
                    .isTrue();
        }
    }

    @Test
    @DisplayName("a port in use is named")
    void portInUse() throws IOException {
        MooringProcess broker = MooringProcess.in(folder);
        try (ServerSocket taken = new ServerSocket(broker.port(), 1, InetAddress.getLoopbackAddress())) {
            assertThat(taken.isBound()).isTrue();
            MooringProcess.Ended ended =
                    MooringProcess.run(folder, "-conf", broker.configuration().toString());
            assertThat(ended.exitCode()).as(ended.output()).isEqualTo(ExitCode.UNAVAILABLE);
            assertThat(ended.output())
                    .contains("Mooring can't start", "" + broker.port(), "in use")
                    .doesNotContainPattern(STACK_TRACE);
        }
    }

    @Test
    @DisplayName("all mistakes of a configuration are told at once")
    void wrongConfiguration() throws IOException {
        Path file = folder.resolve("wrong.json");
        Files.writeString(file, """
                {"listeners": [{"type": "tcp", "prt": 1883}],
                 "limits": {"packet_size_max": 3},
                 "pools": {"local": {"backend": "embeded"}}}
                """);
        MooringProcess.Ended ended = MooringProcess.run(folder, "-conf", file.toString());
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(ExitCode.CONFIG);
        assertThat(ended.output())
                .contains(
                        "/listeners/0/prt",
                        "\"port\"",
                        "/limits/packet_size_max",
                        "/pools/local/backend",
                        "\"embedded\"")
                .doesNotContainPattern(STACK_TRACE);
        assertThat(folder.resolve("data")).doesNotExist();
    }

    @Test
    @DisplayName("a configuration that is not there, or not JSON, and unknown arguments end with a code of their own")
    void wrongArguments() throws IOException {
        assertEnds(ExitCode.NO_INPUT, "cannot be read", "-conf", "none.json");
        Files.writeString(folder.resolve("not.json"), "{\"loops\": ");
        assertEnds(ExitCode.CONFIG, "not.json", "-conf", "not.json");
        assertEnds(ExitCode.USAGE, "Missing required parameter for option '--conf'", "-conf");
        assertEnds(ExitCode.USAGE, "Unknown option: '--frob'", "--frob");
        assertEnds(ExitCode.USAGE, "not in this version", "-cluster");
    }

    @Test
    @DisplayName("--help and --version answer and end with 0")
    void helpAndVersion() {
        assertEnds(ExitCode.OK, "Usage: mooring [run] [-conf FILE]", "--help");
        MooringProcess.Ended version = MooringProcess.run(folder, "--version");
        assertThat(version.exitCode()).isZero();
        assertThat(version.output()).matches("mooring \\d+\\.\\d+\\.\\d+\\S*\\s*");
    }

    @Test
    @DisplayName("what \"passwd\" makes, \"config show\" hides, \"check\" accepts, and \"run\" lets in")
    void commands() throws IOException {
        Files.writeString(folder.resolve("pw"), "open sesame\n");
        MooringProcess.Ended made = MooringProcess.run(folder, folder.resolve("pw"), "passwd", "ann");
        assertThat(made.exitCode()).as(made.output()).isZero();
        String user = made.output().substring(made.output().indexOf('{'));
        MooringProcess broker = MooringProcess.in(folder.resolve("b"), "\"auth\": {\"users\": [" + user + "]}");
        String conf = broker.configuration().toString();
        assertEnds(ExitCode.OK, "has no mistakes", "check", conf);
        assertEnds(ExitCode.OK, "/auth/users/0/password_hash = \"***\"", "config", "show", "--origin", "-conf", conf);
        assertEnds(ExitCode.FOUND, "--set /loops, /loops: must be", "check", "--set", "/loops=0", conf);
        assertEnds(ExitCode.OK, "complete -F _complete_mooring", "generate-completion");
        try (broker) {
            broker.options("-Dmooring.node.name=here").start();
            assertLine(broker.output(), "node", "here");
            PacketClient.online(broker.port(), Connect.v5("ann").login("ann", "open sesame"))
                    .disconnect();
        }
    }

    private void assertEnds(int exitCode, String text, String... arguments) {
        MooringProcess.Ended ended = MooringProcess.run(folder, arguments);
        assertThat(ended.exitCode()).as(ended.output()).isEqualTo(exitCode);
        assertThat(ended.output()).contains(text).doesNotContainPattern(STACK_TRACE);
    }

    @Test
    @DisplayName("log.format json writes one JSON object a line, whatever clients are called")
    void jsonLog() throws IOException {
        MooringProcess broker =
                MooringProcess.in(folder).options("-Dmooring.log.format=json", "-Dmooring.log.level=debug");
        String hostile = "a\" \u2028 b\\";
        try (broker) {
            broker.start();
            PacketClient.online(broker.port(), Connect.clean(hostile)).disconnect();
            broker.terminate();
            List<String> log =
                    broker.output().lines().filter(l -> l.startsWith("{")).toList();
            ObjectMapper json = new ObjectMapper();
            boolean named = false;
            for (String line : log) {
                JsonNode entry = json.readTree(line);
                assertThat(entry.path("level").asText()).isNotEmpty();
                assertThat(entry.path("@timestamp").asText()).isNotEmpty();
                named |= entry.path("message").asText().startsWith(hostile);
            }
            assertThat(named).as("the client in the log:\n" + broker.output()).isTrue();
            String rest =
                    broker.output().lines().filter(l -> !l.startsWith("{")).reduce("", (a, b) -> a + b + "\n");
            assertThat(rest).as("beside the banner").doesNotContainPattern("DEBUG|INFO|WARN|ERROR");
        }
    }
}
