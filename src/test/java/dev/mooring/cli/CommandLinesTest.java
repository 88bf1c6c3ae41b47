package dev.mooring.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.ValueSource;

/** run, check and config show: what people see, and what scripts see. */
class CommandLinesTest {
    private static final String TRACE = "(?m)^\\s+at |Exception";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @DisplayName("without a command, and in the words of Vert.x's launcher, it runs the broker on the file named")
    @ValueSource(
            strings = {"-conf F", "--conf F", "--conf=F", "run -conf F", "run --conf=F", "run -Dmooring.loops=3 -conf F"
            })
    void run(String arguments) throws IOException {
        Cli cli = new Cli();
        Path file = file("{\"loops\": 3, \"node\": {\"name\": \"here\"}}");
        Cli.Result result = cli.run(arguments.replace("F", file.toString()).split(" "));
        assertThat(result).isEqualTo(new Cli.Result(ExitCode.UNAVAILABLE, "", ""));
        assertThat(cli.started()).hasSize(1);
        assertThat(cli.started().get(0).node().name()).isEqualTo("here");
        assertThat(cli.started().get(0).loops()).isEqualTo(3);
    }

    @Test
    @DisplayName("-conf takes a JSON object, as Vert.x's launcher does")
    void inline() {
        Cli cli = new Cli().environment("MOORING_LOOPS", "5").property("mooring.node.name", "there");
        cli.run("-conf", "{\"loops\": 4}", "--set", "/limits/receive_maximum=9");
        assertThat(cli.started().get(0).loops()).isEqualTo(5);
        assertThat(cli.started().get(0).node().name()).isEqualTo("there");
        assertThat(cli.started().get(0).limits().receiveMaximum()).isEqualTo(9);
    }

    @Test
    @DisplayName("-cluster makes the node one of several, as far as the configuration says where the others are")
    void cluster() throws IOException {
        Path alone = file("{}");
        Cli.Result missing = new Cli().run("-conf", alone.toString(), "-cluster");
        assertThat(missing.exitCode()).isEqualTo(ExitCode.CONFIG);
        assertThat(missing.err()).contains("/cluster: needs \"members\", or \"service_dns\": where other nodes");
        Cli cli = new Cli();
        Path one = file("{\"node\": {\"name\": \"n1\"}, \"pools\": {\"r\": {\"backend\": \"redis\"}},"
                + " \"session\": {\"pool\": \"r\"}, \"cluster\": {\"members\": [\"127.0.0.1\"]}}");
        cli.run("-conf", one.toString(), "-cluster");
        assertThat(cli.started().get(0).cluster().enable()).isTrue();
    }

    @Test
    @DisplayName("a name of a file that no file can have is a wrong argument")
    void noFileName() {
        Cli.Result result = new Cli().run("-conf", "a\u0000b");
        assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(result.err()).contains("not a file name: ");
    }

    @ParameterizedTest
    @DisplayName("-cluster says all that a configuration made for one node lacks")
    @ValueSource(strings = {"-cluster", "run --cluster"})
    void cluster(String arguments) {
        Cli cli = new Cli();
        Cli.Result result = cli.run(arguments.split(" "));
        assertThat(result.exitCode()).isEqualTo(ExitCode.CONFIG);
        assertThat(result.err())
                .contains(
                        "/node: needs \"name\"",
                        "/session/pool: names the embedded pool \"local\", which other nodes can't reach;",
                        "whose backend is \"redis\" or \"dynamodb\"",
                        "/cluster: needs \"members\", or \"service_dns\"");
        assertThat(cli.started()).isEmpty();
    }

    @ParameterizedTest
    @DisplayName("wrong arguments end with 64 and a sentence")
    @CsvFileSource(resources = "/dev/mooring/cli/wrong-arguments.csv", delimiter = '|', quoteCharacter = '\0')
    void wrongArguments(String arguments, String expected) {
        Cli cli = new Cli();
        Cli.Result result = cli.run(arguments.strip().split(" "));
        assertThat(result.err()).contains(expected).doesNotContainPattern(TRACE);
        assertThat(result.exitCode()).isEqualTo(ExitCode.USAGE);
        assertThat(result.out()).isEmpty();
        assertThat(cli.started()).isEmpty();
    }

    @Test
    @DisplayName("run tells all mistakes on standard error, starts nothing and ends with 78, or 66 without the file")
    void runWrong() throws IOException {
        Cli cli = new Cli().environment("MOORING_LIMITS__INFLIGHT_MAX", "0");
        Path file = file("{\n\"loops\": 0,\n\"pols\": {}}");
        Cli.Result result = cli.run("-conf", file.toString());
        assertThat(result.exitCode()).isEqualTo(ExitCode.CONFIG);
        assertThat(result.err()).isEqualTo(file + """
                 has 3 errors:
                  line 2, /loops: must be "auto" or a whole number from 1 to 1024 (threads), not 0
                  line 3, /pols: unknown key; did you mean "pools"?
                  MOORING_LIMITS__INFLIGHT_MAX in the environment, /limits/inflight_max: must be a whole number\
                 from 1 to 65535 (messages), not 0
                """);
        assertThat(cli.started()).isEmpty();
        assertThat(cli.run("-conf", folder.resolve("none").toString()).exitCode())
                .isEqualTo(ExitCode.NO_INPUT);
        assertThat(cli.run("-conf", folder.toString()).err()).contains("cannot be read: it is a directory");
    }

    @Test
    @DisplayName(
            "check says what is right in a sentence, and what is wrong by place, allowed values and what was meant")
    void check() throws IOException {
        Path right = file("{\"listeners\": [{\"type\": \"tcp\", \"port\": 0}]}");
        assertThat(new Cli().run("check", right.toString()))
                .isEqualTo(new Cli.Result(0, right + " has no mistakes: 1 listener, 1 pool, 0 rules\n", ""));
        Path wrong = file("{\"limits\": {\"queue\": {\"policy\": \"drop_oldst\"}}}");
        Cli.Result result = new Cli().run("check", wrong.toString());
        assertThat(result.exitCode()).isEqualTo(ExitCode.FOUND);
        assertThat(result.out())
                .contains("line 1, /limits/queue/policy: must be one of \"drop_oldest\"")
                .contains("did you mean \"drop_oldest\"?");
        assertThat(new Cli().run("check", folder.resolve("none").toString()).exitCode())
                .isEqualTo(ExitCode.NO_INPUT);
    }

    @Test
    @DisplayName("check --json is for programs")
    void checkJson() throws IOException {
        Path file = file("{\n\"lops\": 1}");
        Cli.Result result = new Cli().run("check", "--json", "--set", "/loops=x", file.toString());
        assertThat(result.exitCode()).isEqualTo(ExitCode.FOUND);
        JsonNode json = new ObjectMapper().readTree(result.out());
        assertThat(json.path("valid").booleanValue()).isFalse();
        assertThat(json.path("source").asText()).isEqualTo(file.toString());
        assertThat(json.at("/errors/0"))
                .isEqualTo(new ObjectMapper()
                        .createObjectNode()
                        .put("pointer", "/lops")
                        .put("origin", file + ":2")
                        .put("line", 2)
                        .put("message", "unknown key; did you mean \"loops\"?"));
        assertThat(json.at("/errors/1/origin").asText()).isEqualTo("--set /loops");
        Cli.Result right = new Cli().run("check", "--json", file("{}").toString());
        assertThat(new ObjectMapper().readTree(right.out()).path("valid").booleanValue())
                .isTrue();
        assertThat(right.exitCode()).isZero();
    }

    @Test
    @DisplayName("config show is a configuration with all defaults; --origin says where each value comes from")
    void show() throws IOException {
        String hash = "$2b$04$Vx08TmthlFtmttLkYbTbTu6emW3iYMVZ8uSzuOmWxDZnvKZyEhush";
        Path file = file("{\n\"auth\": {\"users\": [\n{\"username\": \"a\", \"password_hash\": \"" + hash + "\"}]}}");
        Cli cli = new Cli().environment("MOORING_LOOPS", "5");
        Cli.Result json = cli.run("config", "show", "-conf", file.toString());
        assertThat(json.exitCode()).isZero();
        JsonNode tree = new ObjectMapper().readTree(json.out());
        assertThat(tree.path("loops").intValue()).isEqualTo(5);
        assertThat(tree.at("/limits/topic_levels_max").intValue()).isEqualTo(128);
        assertThat(tree.at("/listeners/0/host").asText()).isEqualTo("0.0.0.0");
        assertThat(json.out()).doesNotContain("hush");

        Cli.Result lines = cli.run("config", "show", "--origin", "-conf", file.toString());
        assertThat(lines.out().lines())
                .contains(
                        "/loops = 5    # MOORING_LOOPS in the environment",
                        "/auth/users/0/username = \"a\"    # " + file + ":3",
                        "/auth/users/0/password_hash = \"***\"    # " + file + ":3",
                        "/limits/topic_levels_max = 128    # default");
        assertThat(cli.run("config", "show", "--set", "/loops=0").exitCode()).isEqualTo(ExitCode.CONFIG);
    }

    @Test
    @DisplayName("--version, --help and help of every command end with 0 on standard output")
    void help() {
        assertThat(new Cli().run("--version")).isEqualTo(new Cli.Result(0, "mooring 1.2.3\n", ""));
        for (String command : new String[] {"", "run", "check", "config", "config show", "passwd", "import"}) {
            Cli.Result help = new Cli().run((command + " --help").strip().split(" "));
            assertThat(help.exitCode()).as(command).isZero();
            assertThat(help.out())
                    .startsWith(command.isEmpty() ? "Usage: mooring [run]" : "")
                    .contains("mooring");
            assertThat(help.err()).isEmpty();
        }
    }

    @Test
    @DisplayName("generate-completion knows every command and option")
    void completion() throws Exception {
        Cli.Result script = new Cli().run("generate-completion");
        assertThat(script.exitCode()).isZero();
        assertThat(script.out()).contains("complete -F _complete_mooring", "check", "passwd", "--origin", "-conf");
        Path file = file(script.out());
        assertThat(new ProcessBuilder("bash", "-n", file.toString()).start().waitFor())
                .isZero();
    }

    private Path file(String text) throws IOException {
        return Files.writeString(Files.createTempFile(folder, "conf", ".json"), text);
    }
}
