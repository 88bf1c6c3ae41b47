package dev.mooring.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mooring.auth.Acl;
import dev.mooring.auth.AddressRange;
import dev.mooring.config.Config.Listener;
import dev.mooring.message.IdFormat;
import dev.mooring.message.TimestampUnit;
import dev.mooring.rule.CommandTemplate;
import dev.mooring.rule.Commands;
import dev.mooring.rule.Function;
import dev.mooring.rule.Hook;
import dev.mooring.rule.OnError;
import dev.mooring.rule.Rule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvFileSource;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigReaderTest {
    private static final String HASH = "$2b$04$Vx08TmthlFtmttLkYbTbTu6emW3iYMVZ8uSzuOmWxDZnvKZyELqW2";
    private static final String SCRAM = "SCRAM-SHA-256$4096:c2FsdHNhbHQ=$"
            + "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

    @Test
    void allMistakesOfAFileAreToldAtOnce() throws Exception {
        Path file = Path.of("src/test/resources/dev/mooring/config/many-mistakes.json");
        String expected = Files.readString(file.resolveSibling("many-mistakes.txt"));

        ConfigReader reader = new ConfigReader(Map.<String, String>of()::get, 2, 1000);
        assertThat(reader.read(file.toString(), Files.readAllBytes(file), List.of()) + "\n")
                .isEqualTo(expected);
    }

    @Test
    void anEmptyObjectIsEnough() {
        Config config = Config.defaults();

        assertThat(config.listeners()).extracting(Listener::host).containsOnly("127.0.0.1");
        Acl acl = config.auth().acl();
        assertThat(acl.noMatch()).isEqualTo(Acl.NoMatch.BY_RULES);
        assertThat(acl.rules()).singleElement().satisfies(rule -> {
            assertThat(rule.topics()).containsExactly("$SYS/#");
            assertThat(rule.addresses()).extracting(AddressRange::text).containsExactly("127.0.0.0/8", "::1");
        });
        assertThat(config.auth())
                .isEqualTo(new AuthConfig(
                        true,
                        List.of(),
                        List.of(),
                        acl,
                        new AuthConfig.Sources(List.of(), 300),
                        new AuthConfig.Ban(0, 0, 0, 60, 300, 100)));
        assertThat(config.pools()).containsOnlyKeys("local");
        assertThat(config.session().pool()).isEqualTo("local");
        assertThat(config.hooks()).isEmpty();
    }

    @Test
    void autoIsResolvedByTheMachine() {
        ConfigResult result = new ConfigReader(name -> null, 12, 4000).parse("{}");

        Config config = ((ConfigResult.Valid) result).config();
        assertThat(config.loops()).isEqualTo(12);
        assertThat(config.limits().queuedMemoryBytesMax()).isEqualTo(1000);
        assertThat(config.limits().retained().bytesMax()).isEqualTo(1000);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {}                                                                     | 127.0.0.1 | true
            {"auth": {"allow_anonymous": true}}                                    | 0.0.0.0   | true
            {"auth": {"users": [{"username": "a", "password_hash": "HASH"}]}}       | 0.0.0.0   | false
            {"listeners": [{"type": "tcp", "port": 0, "host": "::1"}]}             | ::1       | true
            """)
    void onlyWhoSaidWhoMayConnectIsOpenToTheNetwork(String json, String host, boolean anonymous) {
        Config config = Config.of(json.replace("HASH", HASH));

        assertThat(config.listeners()).extracting(Listener::host).containsOnly(host);
        assertThat(config.auth().allowAnonymous()).isEqualTo(anonymous);
    }

    @Test
    void aRuleHasTheDefaultsOfItsHook() {
        Config config = Config.of("""
                {"hooks": {
                  "message.publish": [
                    {"topic": "a/#", "action": {"function": "on_message_publish"}, "pool": "local"},
                    {"topic": "b", "action": {"function": "on_message_store"}, "pool": "local", "expired_time": 0}],
                  "client.connected": [
                    {"topic": "ignored", "action": {"function": "on_subscription_lookup"}, "pool": "local"}],
                  "message.acked": [{"action": {"function": "on_message_acked"}, "pool": "local",
                    "expired_time": -1, "enabled": false}]}}
                """);

        assertThat(config.hooks())
                .containsExactly(
                        new Rule(
                                Hook.MESSAGE_PUBLISH,
                                dev.mooring.message.TopicFilter.of("a/#"),
                                Function.MESSAGE_PUBLISH,
                                "local",
                                7200,
                                OnError.REJECT,
                                true),
                        Rule.of(Hook.MESSAGE_PUBLISH, "b", Function.MESSAGE_STORE, "local"),
                        Rule.of(Hook.CLIENT_CONNECTED, "", Function.SUBSCRIBE_LOOKUP, "local"),
                        new Rule(
                                Hook.MESSAGE_ACKED,
                                null,
                                Function.ACKED_FOR_PUBSUB,
                                "local",
                                7200,
                                OnError.ACCEPT,
                                false));
    }

    @Test
    void commandsAreForRedisPools() {
        Config config = Config.of("""
                {"node": {"timestamp_unit": "ms"}, "pools": {"local": {"backend": "redis"}},
                 "hooks": {"session.unsubscribed": [
                  {"topic": "#", "action": {"commands": ["DEL mqtt:acked:${clientid}:${topic}", "SET a ${ts}"]},
                   "pool": "local"}]}}
                """);

        Rule rule = config.hooks().get(0);
        assertThat(rule.onError()).isEqualTo(OnError.ACCEPT);
        assertThat(((Commands) rule.action()).templates())
                .extracting(CommandTemplate::toString)
                .containsExactly("DEL mqtt:acked:${clientid}:${topic}", "SET a ${ts}");
        assertThat(((Commands) rule.action()).templates().get(1))
                .isEqualTo(CommandTemplate.parse(
                        "SET a ${ts}", rule.hook(), IdFormat.BASE62, TimestampUnit.MS, problem -> {}));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"loops": }                            | (line 1, column 11)
            {"loops": 1} x                         | (line 1, column 14)
            {"loops": 1}}                          | (line 1, column 13)
            {"loops": 1                            | Unexpected end-of-input
            // no comments                         | (line 1, column 1)
            []                                     | the file: must be an object {...}, not a list
            null                                   | the file: must be an object {...}, not null
            ''                                     | the file is empty; the least is {}
            """)
    void whatIsNotJsonIsSaidWithItsPlace(String json, String message) {
        assertThat(new ConfigReader().parse(json).toString()).contains(message);
    }

    @ParameterizedTest
    @CsvFileSource(
            resources = "mistakes.csv",
            delimiter = '|',
            quoteCharacter = '`',
            numLinesToSkip = 1,
            maxCharsPerColumn = 1000)
    void aMistakeIsSaidWithItsPlaceAndWhatIsAllowed(String json, String message) {
        ConfigResult result = new ConfigReader(name -> null, 2, 1 << 30).parse(json);

        assertThat(result).isInstanceOf(ConfigResult.Invalid.class);
        assertThat(result.toString()).contains(message).doesNotContain("\n\n");
        assertThat(((ConfigResult.Invalid) result).errors()).hasSize(1);
    }

    @Test
    void aSmallQueueNeedsNoSecondKey() {
        Limits limits =
                Config.of("{\"limits\": {\"queue\": {\"count_max\": 10}}}").limits();

        assertThat(limits.memoryQueue().countMax()).isEqualTo(10);
    }

    @Test
    void secretsComeFromEnvironmentAndFilesAndAreNotShown(@TempDir Path dir) throws IOException {
        Path file = Files.writeString(dir.resolve("secret"), SCRAM + "\n");
        String json = """
                {"auth": {"users": [{"username": "ann", "password_hash": "${ENV:ANN}", "scram_sha_256": "file:%s"}]}}
                """.formatted(file);

        ConfigResult result = new ConfigReader(Map.of("ANN", HASH)::get, 2, 1000).parse(json);

        Config config = ((ConfigResult.Valid) result).config();
        assertThat(config.auth().users()).containsExactly(new AuthConfig.User("ann", HASH, SCRAM));
        assertThat(config.toString()).contains("ann").doesNotContain("$2b$", "4096");
    }

    @ParameterizedTest
    @CsvSource({
        "${ENV:NONE}, environment variable NONE is not set",
        "${ENV:EMPTY}, environment variable EMPTY is empty",
        "file:/no/such/file, there is no such file",
        "file:/, it is a directory",
        "hunter2, a password itself is not accepted"
    })
    void aSecretThatIsMissingIsAnErrorAndAWrongOneIsNotShown(String reference, String message) {
        String json = "{\"auth\": {\"users\": [{\"username\": \"a\", \"password_hash\": \"" + reference + "\"}]}}";

        String text =
                new ConfigReader(Map.of("EMPTY", "")::get, 2, 1000).parse(json).toString();

        assertThat(text)
                .contains("line 1, /auth/users/0/password_hash: ")
                .contains(message)
                .doesNotContain("hunter2");
    }

    @Test
    void aSecretOfThisSizeIsAnotherFile(@TempDir Path folder) throws Exception {
        Path large = Files.writeString(folder.resolve("large"), "x".repeat(64 * 1024 + 1));
        String json = "{\"auth\": {\"users\": [{\"username\": \"a\", \"password_hash\": \"file:" + large + "\"}]}}";
        assertThat(new ConfigReader().parse(json).toString())
                .contains("/auth/users/0/password_hash: cannot read file " + large + ": it has more than 65536 bytes");
    }

    @Test
    void noOtherValueIsTakenFromAFile() {
        Config config = Config.of("{\"mqtt\": {\"response_information\": \"file:/etc/passwd\"}}");

        assertThat(config.mqtt().responseInformation()).isEqualTo("file:/etc/passwd");
    }

    @Test
    void programsGetTheErrorsAsText() {
        assertThatThrownBy(() -> Config.of("{\"loops\": -1}"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("/loops");
    }
}
