package dev.mooring.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mooring.rule.Function;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

/** A file, what the environment says, what properties say, what arguments say: later ones win. */
class LayersTest {
    @TempDir
    private Path folder;

    @Test
    @DisplayName("arguments win over properties, these over the environment, that over the file")
    void order() {
        String file =
                "{\"limits\": {\"connections_max\": 1, \"inflight_max\": 1, \"receive_maximum\": 1}, \"loops\": 1}";
        ConfigSources sources = of(
                file,
                Map.of(
                        "MOORING_LIMITS__CONNECTIONS_MAX",
                        "2",
                        "MOORING_LIMITS__INFLIGHT_MAX",
                        "2",
                        "MOORING_LOOPS",
                        "2"),
                Map.of("mooring.limits.inflight_max", "3", "mooring.loops", "3", "java.version", "17"),
                List.of(Setting.ofArgument("/loops", "4")));
        ConfigResult.Valid valid = valid(sources);
        assertThat(valid.config().limits().receiveMaximum()).isEqualTo(1);
        assertThat(valid.config().limits().connectionsMax()).isEqualTo(2);
        assertThat(valid.config().limits().inflightMax()).isEqualTo(3);
        assertThat(valid.config().loops()).isEqualTo(4);
        assertThat(origins(valid))
                .contains(
                        "/loops = 4 (--set /loops)",
                        "/limits/receive_maximum = 1 (-conf:1)",
                        "/limits/connections_max = 2 (MOORING_LIMITS__CONNECTIONS_MAX in the environment)",
                        "/limits/inflight_max = 3 (-Dmooring.limits.inflight_max)",
                        "/limits/topic_levels_max = 128 (default)",
                        "/session/pool = \"local\" (default)");
    }

    @ParameterizedTest
    @DisplayName("a variable's name stands for exactly one key, typed as the schema says")
    @CsvSource(delimiter = '|', quoteCharacter = '\0', textBlock = """
            MOORING_LIMITS__QUEUE__COUNT_MAX            | 7     | /limits/queue/count_max = 7
            MOORING_limits__Queue__policy               | drop_new | /limits/queue/policy = "drop_new"
            MOORING_MQTT__RETAIN_AVAILABLE              | false | /mqtt/retain_available = false
            MOORING_LISTENERS__0__PORT                  | 0     | /listeners/0/port = 0
            MOORING_LISTENERS__1__TYPE                  | tcp   | /listeners/1/type = "tcp"
            MOORING_POOLS__LOCAL__PATH                  | 12    | /pools/local/path = "12"
            MOORING_LISTENERS                           | [{"type": "tcp", "port": 9}] | /listeners/0/port = 9
            MOORING_NODE__NAME                          | 5     | /node/name = "5"
            MOORING_LOOPS                               | 3     | /loops = 3
            """)
    void variables(String name, String value, String expected) {
        assertThat(origins(valid(ofEnvironment("{}", name, value))))
                .anyMatch(line -> line.startsWith(expected + " (" + name));
    }

    @Test
    @DisplayName("a hook and a pool with a dash can be reached from the environment; items follow their list")
    void names() {
        String rule = "{\"action\": {\"function\": \"on_message_store\"}, \"pool\": \"a-b\"}";
        String file = "{\"pools\": {\"local\": {\"backend\": \"embedded\"}, \"a-b\": {\"backend\": \"redis\"}}}";
        Config config = valid(ofEnvironment(
                        file,
                        "MOORING_HOOKS__MESSAGE_PUBLISH",
                        "[" + rule + "]",
                        "MOORING_HOOKS__MESSAGE_PUBLISH__0__EXPIRED_TIME",
                        "60",
                        "MOORING_POOLS__A_B__MIN_REPLICAS",
                        "2"))
                .config();
        assertThat(config.hooks().get(0).action()).isEqualTo(Function.MESSAGE_STORE);
        assertThat(config.hooks().get(0).expiredTimeS()).isEqualTo(60);
        assertThat(((Pool.RedisPool) config.pools().get("a-b")).minReplicas()).isEqualTo(2);
    }

    @Test
    @DisplayName("properties reach hooks, whose names have dots; a pool may be put together key by key, its kind last")
    void keyByKey() {
        ConfigSources sources = of(
                null,
                Map.of(),
                Map.of(
                        "mooring.hooks.message.acked",
                        "[{\"action\": {\"function\": \"on_message_acked\"}, \"pool\": \"r\"}]",
                        "mooring.hooks.message.acked.0.enabled",
                        "false",
                        "mooring.crash",
                        "is not configuration"),
                List.of(Setting.ofArgument("/pools/r/database", "3"), Setting.ofArgument("/pools/r/backend", "redis")));
        Config config = valid(sources).config();
        assertThat(config.hooks().get(0).enabled()).isFalse();
        assertThat(config.pools()).containsOnlyKeys("local", "r");
        assertThat(((Pool.RedisPool) config.pools().get("r")).database()).isEqualTo(3);
    }

    @Test
    @DisplayName("what Kubernetes and others put beside it is left alone")
    void foreignVariables() {
        ConfigSources sources = ofEnvironment(
                "{}",
                "MOORING_PORT",
                "tcp://10.0.0.1:1883",
                "MOORING_SERVICE_HOST",
                "10.0.0.1",
                "MOORING_PORT_1883_TCP_ADDR",
                "10.0.0.1",
                "MOORING_LOG_LEVEL_NETTY",
                "DEBUG",
                "MOORINGS__LOOPS",
                "x",
                "PATH",
                "/bin");
        assertThat(origins(valid(sources))).allMatch(line -> line.endsWith("(default)"));
    }

    @ParameterizedTest
    @DisplayName("every mistake names the variable, property or argument it comes from")
    @CsvFileSource(resources = "/dev/mooring/config/layer-mistakes.csv", delimiter = '|', quoteCharacter = '\0')
    void mistakes(String name, String value, String expected) {
        assertThat(errors(of(name, value))).contains(expected).startsWith("-conf has an error:");
    }

    @Test
    @DisplayName("a pool is named by a variable only when no other looks the same there")
    void twins() {
        String file = "{\"pools\": {\"local\": {\"backend\": \"embedded\"}, \"a-b\": {\"backend\": \"redis\"},"
                + " \"A_b\": {\"backend\": \"redis\"}}}";
        assertThat(errors(ofEnvironment(file, "MOORING_POOLS__A_B__DATABASE", "1")))
                .contains("/pools/a-b: may mean \"a-b\" or \"A_b\"");
    }

    @Test
    @DisplayName("a secret may come by the environment or as a reference, not by the command line; none is shown")
    void secrets() {
        String file = "{\"pools\": {\"local\": {\"backend\": \"embedded\"}, \"r\": {\"backend\": \"redis\"}}}";
        String pointer = "/pools/r/password";
        ConfigSources visible = of(file, Map.of(), Map.of(), List.of(Setting.ofArgument(pointer, "hush")));
        assertThat(errors(visible))
                .contains("--set " + pointer, "seen by everybody")
                .doesNotContain("hush");

        ConfigResult.Valid direct = valid(ofEnvironment(file, "MOORING_POOLS__R__PASSWORD", "hush"));
        assertThat(((Pool.RedisPool) direct.config().pools().get("r")).password())
                .isEqualTo("hush");
        assertThat(origins(direct))
                .contains(pointer + " = \"***\" (MOORING_POOLS__R__PASSWORD in the environment)")
                .noneMatch(line -> line.contains("hush"));

        ConfigResult.Valid reference =
                valid(of(file, Map.of("PW", "hush"), Map.of(), List.of(Setting.ofArgument(pointer, "${ENV:PW}"))));
        assertThat(((Pool.RedisPool) reference.config().pools().get("r")).password())
                .isEqualTo("hush");
        assertThat(origins(reference)).contains(pointer + " = \"${ENV:PW}\" (--set " + pointer + ")");
    }

    @Test
    @DisplayName("reading again sees the file as it is then, under the same settings")
    void again() throws IOException {
        Path file = folder.resolve("c.json");
        Files.writeString(file, "{\"loops\": 1, \"limits\": {\"inflight_max\": 5}}");
        ConfigSources sources = of(file.toString(), Map.of("MOORING_LOOPS", "7"), Map.of(), List.of());
        assertThat(valid(sources).config().limits().inflightMax()).isEqualTo(5);
        Files.writeString(file, "{\"loops\": 1, \"limits\": {\"inflight_max\": 6}}");
        assertThat(valid(sources).config().limits().inflightMax()).isEqualTo(6);
        assertThat(valid(sources).config().loops()).isEqualTo(7);
        Files.delete(file);
        assertThat(errors(sources)).contains("cannot be read: there is no such file");
    }

    @Test
    @DisplayName("a file that cannot be read says why")
    void unreadable() throws Exception {
        assertThat(errors(of(folder.toString(), Map.of(), Map.of(), List.of()))).contains("it is a directory");
        Path pipe = folder.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        ConfigSources sources = of(pipe.toString(), Map.of(), Map.of(), List.of());
        CompletableFuture<Path> written = CompletableFuture.supplyAsync(() -> write(pipe, "{\"loops\": 3}"));
        ConfigResult.Valid first = valid(sources);
        written.join();
        assertThat(first.config().loops()).isEqualTo(3);
        Vertx vertx = Vertx.vertx();
        ConfigLayers again =
                new ConfigLayers(vertx, sources, ConfigLayers.files(sources, first.effective()), 0, () -> {});
        assertThat(again.read().toCompletionStage().toCompletableFuture().join().toString())
                .contains("cannot be read: it is a pipe or a device, which is read only once");
        vertx.close();
    }

    private static Path write(Path file, String text) {
        try {
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    @DisplayName("every byte of a file, and every text of the other layers, comes through vertx-config as it is")
    void asItIs() throws IOException {
        String name = "007 \u00e4\u20ac\ud83d\ude00 \\n \" ";
        Path file = Files.writeString(
                folder.resolve("c.json"),
                new JsonObject()
                        .put("mqtt", new JsonObject().put("response_information", name))
                        .encode());
        String path = file.toString();
        assertThat(information(of(path, Map.of(), Map.of(), List.of()))).isEqualTo(name);
        for (ConfigSources sources : List.of(
                of(path, Map.of("MOORING_MQTT__RESPONSE_INFORMATION", name + 1), Map.of(), List.of()),
                of(path, Map.of(), Map.of("mooring.mqtt.response_information", name + 1), List.of()),
                of(path, Map.of(), Map.of(), List.of(Setting.ofArgument("/mqtt/response_information", name + 1))))) {
            assertThat(information(sources)).isEqualTo(name + 1);
        }
        Map<String, String> agent = Map.of("MOORING_MQTT__RESPONSE_INFORMATION", "007");
        assertThat(information(of(path, agent, Map.of(), List.of()))).isEqualTo("007");
    }

    private static String information(ConfigSources sources) {
        return valid(sources).config().mqtt().responseInformation();
    }

    @Test
    @DisplayName("a variable is no property, whatever their names, and the other way round")
    void apart() {
        ConfigSources sources =
                of("{}", Map.of("mooring.loops", "3"), Map.of("MOORING_LOOPS", "4", "environment", "{}"), List.of());
        assertThat(origins(valid(sources))).allMatch(line -> line.endsWith("(default)"));
    }

    @Test
    @DisplayName("the process's own environment and properties are read by vertx-config's stores env and sys")
    void ofProcess() {
        System.setProperty("mooring.limits.inflight_max", "007");
        try {
            String path = "${ENV:PATH}";
            ConfigSources sources = ConfigSources.of(
                    "{\"pools\": {\"local\": {\"backend\": \"embedded\"}, \"r\": {\"backend\": \"redis\"}}}",
                    Surroundings.ofProcess(),
                    Map.of(),
                    List.of(Setting.ofArgument("/pools/r/password", path)));
            ConfigResult.Valid valid = valid(sources);
            assertThat(origins(valid)).contains("/limits/inflight_max = 7 (-Dmooring.limits.inflight_max)");
            assertThat(((Pool.RedisPool) valid.config().pools().get("r")).password())
                    .isEqualTo(System.getenv("PATH"));
        } finally {
            System.clearProperty("mooring.limits.inflight_max");
        }
    }

    private static ConfigSources of(
            @Nullable String file, Map<String, String> env, Map<String, String> properties, List<Setting> arguments) {
        return ConfigSources.of(file, Surroundings.of(env, properties), Map.of(), arguments);
    }

    private static ConfigSources of(String name, String value) {
        if (name.startsWith("MOORING_")) {
            return ofEnvironment("{ }", name, value);
        }
        return name.startsWith("mooring.")
                ? of("{ }", Map.of(), Map.of(name, value), List.of())
                : of("{ }", Map.of(), Map.of(), List.of(Setting.ofArgument(name, value)));
    }

    private static ConfigSources ofEnvironment(String file, String... namesAndValues) {
        Map<String, String> environment = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            environment.put(namesAndValues[i], namesAndValues[i + 1]);
        }
        return of(file, environment, Map.of(), List.of());
    }

    private static ConfigResult.Valid valid(ConfigSources sources) {
        ConfigResult result = sources.read();
        assertThat(result).as(result.toString()).isInstanceOf(ConfigResult.Valid.class);
        return (ConfigResult.Valid) result;
    }

    private static String errors(ConfigSources sources) {
        ConfigResult result = sources.read();
        assertThat(result).isInstanceOf(ConfigResult.Invalid.class);
        return result.toString();
    }

    private static List<String> origins(ConfigResult.Valid valid) {
        return valid.effective().values().stream()
                .map(v -> v.pointer() + " = " + v.value() + " (" + v.origin().text() + ")")
                .toList();
    }
}
