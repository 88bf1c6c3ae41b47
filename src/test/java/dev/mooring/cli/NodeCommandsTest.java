package dev.mooring.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.mooring.TestBroker;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that ask a broker, against a broker. */
class NodeCommandsTest {
    /** MQTT 5.0, clean start, client id {@code kick}; and one whose id would ring the bell and move the cursor. */
    private static final String KICK = "101100044d515454050200000000046b69636b";

    private static final String BELL = "101400044d51545405020000000007" + "071b5b324a6162";

    @TempDir
    private Path folder;

    private TestBroker broker;
    private String[] which;

    @BeforeEach
    void start() {
        Path token = folder.resolve("token");
        broker = TestBroker.start("{\"http\": {\"enable\": true, \"port\": 0, \"token_file\": \"" + token + "\"}}");
        which = new String[] {
            "--url", "http://127.0.0.1:" + broker.broker().httpPort(), "--token-file", token.toString()
        };
        await().until(() -> run("clients", "list").exitCode() == ExitCode.OK);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    private Cli.Result run(String... words) {
        String[] all = java.util.Arrays.copyOf(words, words.length + which.length);
        System.arraycopy(which, 0, all, words.length, which.length);
        return new Cli().run(all);
    }

    private Socket connect(String hex) throws IOException {
        Socket socket = new Socket("127.0.0.1", broker.port());
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(HexFormat.of().parseHex(hex));
        assertThat(socket.getInputStream().read()).isEqualTo(0x20);
        socket.getInputStream().readNBytes(socket.getInputStream().read());
        return socket;
    }

    @Test
    @DisplayName("health of a broker that runs is 0; where nobody answers it is 69, with the address")
    void health() throws IOException {
        Cli.Result good = run("health");
        assertThat(good.exitCode()).as(good.err()).isEqualTo(ExitCode.OK);
        assertThat(good.out()).containsPattern("live +yes").containsPattern("ready +yes +clients are welcome");
        assertThat(new ObjectMapper()
                        .readTree(run("health", "--json").out())
                        .at("/ready/status")
                        .asText())
                .isEqualTo("up");
        Cli.Result nobody = new Cli().run("health", "--url", "http://127.0.0.1:1");
        assertThat(nobody.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
        assertThat(nobody.err()).contains("no broker answers at http://127.0.0.1:1", "is it running");
    }

    @Test
    @DisplayName("clients are listed, shown and kicked; what they call themselves does nothing to the terminal")
    void clients() throws IOException {
        try (Socket kick = connect(KICK);
                Socket bell = connect(BELL)) {
            assertThat(bell.isConnected()).isTrue();
            Cli.Result list = run("clients", "list", "--connected");
            assertThat(list.out())
                    .containsPattern("connected +transient +0  kick")
                    .contains("  ??[2Jab")
                    .doesNotContain("\u0007", "\u001b");
            assertThat(run("clients", "list", "--prefix", "ki", "--json").out())
                    .contains("\"clientid\":\"kick\"")
                    .doesNotContain("2Jab");
            Cli.Result show = run("clients", "show", "kick");
            assertThat(show.out()).containsPattern("protocol +5.0").containsPattern("connected +true");
            assertThat(run("clients", "kick", "kick").out()).contains("kick is kicked");
            assertThat(kick.getInputStream().readNBytes(3)).startsWith(0xE0, 0x01, 0x98);
        }
        Cli.Result gone = run("clients", "kick", "kick");
        assertThat(gone.exitCode()).isEqualTo(ExitCode.FOUND);
        assertThat(gone.err()).contains("no client with this id is connected");
        assertThat(run("clients", "show", "nobody").err()).contains("there is no session with this client id");
    }

    @Test
    @DisplayName("reload prints what counts now and what needs a restart, or all errors with their places")
    void reload() throws IOException {
        String before = Files.readString(broker.file());
        Cli.Result same = run("reload");
        assertThat(same.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(same.out()).startsWith("nothing has changed\n");
        String other = before.replaceFirst("\\{", "{\"mqtt\": {\"response_information\": \"x\"},");
        Files.writeString(broker.file(), other.replace("\"loops\":2", "\"loops\":3"));
        Cli.Result changed = run("reload");
        assertThat(changed.exitCode()).isEqualTo(ExitCode.OK);
        assertThat(changed.out())
                .startsWith("reloaded; these count now:\n  /mqtt/response_information\nthese need a restart:\n")
                .contains("\n  /loops\n");
        Files.writeString(broker.file(), other.replace("\"loops\":2", "\"loops\":4"));
        assertThat(run("reload").out())
                .startsWith("reloaded; nothing of it counts before a restart\nthese need a restart:\n");

        Files.writeString(broker.file(), "{\n\"loop\": 3, \"limits\": {\"queue\": 5}}");
        Cli.Result refused = run("reload");
        assertThat(refused.exitCode()).isEqualTo(ExitCode.FOUND);
        assertThat(refused.out()).isEmpty();
        assertThat(refused.err())
                .startsWith("the configuration is refused, and the running one stays; see errors\n")
                .contains("conf.json:2, /loop: unknown key; did you mean \"loops\"?\n")
                .contains("conf.json:2, /limits/queue: must be an object {...}, not 5\n");
        Cli.Result json = run("reload", "--json");
        assertThat(json.exitCode()).isEqualTo(ExitCode.FOUND);
        assertThat(new ObjectMapper()
                        .readTree(json.out())
                        .at("/errors/0/pointer")
                        .asText())
                .isEqualTo("/loop");
    }

    @Test
    @DisplayName("\"drain\" sends clients away and waits for it; again it has nothing to do; \"health\" says no then")
    void drain() throws IOException {
        try (Socket client = connect(KICK)) {
            Cli.Result first = run("drain");
            assertThat(first.exitCode()).as(first.err()).isZero();
            assertThat(first.out()).containsPattern("draining: [01] clients").contains("drained");
            assertThat(client.getInputStream().read()).isEqualTo(0xE0);
        }
        assertThat(run("drain", "--no-wait").out()).isEqualToIgnoringNewLines("draining: 0 clients");
        Cli.Result health = run("health");
        assertThat(health.exitCode()).isEqualTo(ExitCode.FOUND);
        assertThat(health.out()).contains("drained");
    }

    @Test
    @DisplayName("of very many clients 500 are listed, and that there are more; --all lists them all")
    void many() throws IOException {
        for (int i = 0; i < 501; i++) { // MQTT 5 with a lasting session, id c0000 to c0500
            String id = HexFormat.of().formatHex("c%04d".formatted(i).getBytes(StandardCharsets.US_ASCII));
            connect("101700044d5154540500003c0511000000ff0005" + id).close();
        }
        await().until(() -> run("clients", "list", "--connected").out().lines().count() == 1);
        Cli.Result some = run("clients", "list");
        assertThat(some.out()).hasLineCount(501).contains("c0499").doesNotContain("c0500");
        assertThat(some.err()).isEqualToIgnoringNewLines("there are more: --all shows them");
        Cli.Result all = run("clients", "list", "--all");
        assertThat(all.out()).hasLineCount(502).contains("c0500");
        assertThat(all.err()).isEmpty();
    }

    @Test
    @DisplayName("a broker with HTTPS is asked by whoever trusts its certificate; who does not is told how to")
    void https() throws IOException {
        Path tls = Path.of("src/test/resources/dev/mooring/tls").toAbsolutePath();
        try (TestBroker secure = TestBroker.start("{\"http\": {\"enable\": true, \"port\": 0, \"token\": \""
                + "t".repeat(32) + "\", \"ssl\": {\"enable\": true,"
                + " \"certfile\": \"" + tls.resolve("server.pem") + "\", \"keyfile\": \""
                + tls.resolve("server.key")
                + "\"}}}")) {
            String url = "https://127.0.0.1:" + secure.broker().httpPort();
            Cli.Result stranger = new Cli().run("health", "--url", url);
            assertThat(stranger.exitCode()).isEqualTo(ExitCode.UNAVAILABLE);
            assertThat(stranger.err()).contains("no connection by TLS to " + url, "--cacert");
            String ca = tls.resolve("ca.pem").toString();
            await().until(() ->
                    new Cli().run("health", "--url", url, "--cacert", ca).exitCode() == ExitCode.OK);
            Path empty = Files.writeString(folder.resolve("empty"), "");
            Path broken = Files.writeString(
                    folder.resolve("broken"), "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n");
            for (Path bad : new Path[] {folder.resolve("none"), empty, broken}) {
                Cli.Result unusable = new Cli().run("health", "--url", url, "--cacert", bad.toString());
                assertThat(unusable.exitCode()).isEqualTo(ExitCode.NO_INPUT);
                String why =
                        bad.equals(empty) ? " has no certificate (-----BEGIN CERTIFICATE-----)" : " cannot be used: ";
                assertThat(unusable.err()).contains("--cacert " + bad + why);
            }
        }
    }

    @Test
    @DisplayName("a missing or wrong token is told with what to do")
    void token() throws IOException {
        String url = "http://127.0.0.1:" + broker.broker().httpPort();
        Cli.Result none = new Cli()
                .run(
                        "clients",
                        "list",
                        "--url",
                        url,
                        "--token-file",
                        folder.resolve("none").toString());
        assertThat(none.exitCode()).isEqualTo(ExitCode.NO_INPUT);
        assertThat(none.err()).contains("--token-file");
        Cli.Result unreadable = new Cli().run("clients", "list", "--url", url, "--token-file", folder.toString());
        assertThat(unreadable.exitCode()).isEqualTo(ExitCode.NO_INPUT);
        assertThat(unreadable.err()).contains("cannot be read: ", "run this as the user of the broker", "--token-file");
        Path lines = folder.resolve("lines");
        for (String text : new String[] {"", "one\ntwo\n", "for the \u0007 broker"}) {
            Files.writeString(lines, text);
            Cli.Result several = new Cli().run("clients", "list", "--url", url, "--token-file", lines.toString());
            assertThat(several.exitCode()).isEqualTo(ExitCode.NO_INPUT);
            assertThat(several.err()).contains(lines + " has no token: that is one line", "--token-file");
        }
        Path wrong = Files.writeString(folder.resolve("wrong"), "x".repeat(43));
        Cli.Result refused = new Cli().run("clients", "list", "--url", url, "--token-file", wrong.toString());
        assertThat(refused.exitCode()).isEqualTo(ExitCode.FOUND);
        assertThat(refused.err()).contains("show the token of the API");
        assertThat(new Cli().run("clients").exitCode()).isEqualTo(ExitCode.USAGE);
    }
}
